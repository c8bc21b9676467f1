"""Tables of plugins for exports: what is refused at registration, and which rows are of a table's columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from gitinsight.domain.exported import TABLES
from gitinsight.domain.tables import Column, Table, frame_of, problem_with
from gitinsight.errors import TableInvalid
from gitinsight.plugin import Analyzer, Report, Setting, hookimpl
from gitinsight.registry import LoadedPlugin, Registry
from gitinsight.testing import FakeCommit, FakeHistory, check_plugin, table_rows

AT = datetime(2024, 6, 1, 12, tzinfo=UTC)
COLUMNS = (
    Column("name", "String", "a name"),
    Column("count", "Int64", "a number"),
    Column("at", "Datetime(us, UTC)", "a time"),
    Column("share", "Float64", "a share"),
)


def table(
    name: str = "mine", columns: Sequence[Column] = COLUMNS, rows: Any = (), analyzer: str = ""
) -> Table:
    return Table(name, "Mine", columns, lambda _history, _settings: rows, analyzer)


def plugin(tables: Sequence[Any], *analyzers: Analyzer) -> SimpleNamespace:
    return SimpleNamespace(
        __name__="module",
        register_tables=hookimpl(lambda: tables),
        register_analyzers=hookimpl(lambda: analyzers),
        register_settings=hookimpl(lambda: [Setting("depth", 3, "how deep", int)]),
    )


def registry_of(**modules: SimpleNamespace) -> Registry:
    registry = Registry({})
    for name, module in modules.items():
        registry.add(LoadedPlugin(name, module, f"gitinsight-{name}", "2.1"))
    return registry


def analyzer(name: str) -> Analyzer:
    return Analyzer(name, name, "1", lambda _history, _settings: Report())


# Registration


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (table("Mine"), "'Mine' is not a lower-case word"),
        (table("../mine"), "not a lower-case word"),
        (table("m" * 51), "more than 50 characters"),
        (table("commits"), "a table named 'commits' exists already"),
        (table(columns=()), "no columns"),
        (table(columns=(COLUMNS[0], COLUMNS[0])), "two of one name"),
        (table(columns=(Column("a", "Object", ""),)), "has the type 'Object', none of Binary, Boolean"),
    ],
)
def test_a_table_that_cannot_be_written_is_refused_with_the_reason(made: Table, reason: str) -> None:
    registry = registry_of(bad=plugin([made]), good=plugin([table("fine")]))

    assert [(name, one.name) for name, one in registry.tables] == [("good", "fine")]
    (failure,) = registry.failures
    assert (failure.plugin, failure.action) == ("bad", "register_tables")
    assert reason in failure.reason
    with pytest.raises(TableInvalid, match=r"table|column"):
        check_plugin(plugin([made]))


def test_the_first_of_two_plugins_keeps_a_name() -> None:
    registry = registry_of(first=plugin([table()]), second=plugin([table()]))

    assert [name for name, _ in registry.tables] == ["first"]
    assert "a table named 'mine' exists already" in registry.failures[0].reason


def test_a_table_shares_what_is_remembered_with_an_analyzer_of_its_own_plugin_only() -> None:
    registry = registry_of(
        one=plugin([table("a", analyzer="own")], analyzer("own")),
        two=plugin([table("b", analyzer="own")]),
        three=plugin([table("c", analyzer="nobody")]),
    )

    assert [name for name, _ in registry.tables] == ["one"]
    assert "names the analyzer 'own', none of its plugin" in registry.failures[0].reason


def test_what_is_no_table_is_refused() -> None:
    registry = registry_of(bad=plugin(["commits"]))

    assert registry.tables == []
    assert "expected Table, got str" in registry.failures[0].reason


def test_a_table_is_made_with_its_plugins_settings_and_version() -> None:
    registry = registry_of(mine=plugin([table()]))

    assert registry.settings_of_plugin("mine") == {"depth": 3}
    assert (registry.version_of("mine"), registry.version_of("nobody")) == ("2.1", "")


def test_the_products_own_tables_are_without_fault() -> None:
    names = [one.name for one in TABLES]

    assert names == ["commits", "changes", "files", "releases", "lines"]
    assert [problem_with(one, names[:n]) for n, one in enumerate(TABLES)] == [""] * len(TABLES)


# Rows


@pytest.mark.parametrize("rows", [[], [("a", 1, AT, 0.5), (None, None, None, None)], [("a", True, AT, 1)]])
def test_rows_of_the_columns_become_a_frame(rows: list[tuple[Any, ...]]) -> None:
    frame = frame_of(table(), iter(rows), pl)

    assert frame.rows() == rows
    assert frame.schema == {
        "name": pl.String, "count": pl.Int64, "at": pl.Datetime("us", "UTC"), "share": pl.Float64
    }  # fmt: skip


def test_rows_of_many_batches_stay_in_order() -> None:
    rows = [(f"{number}", number, AT, 0.0) for number in range(45_000)]

    assert frame_of(table(), iter(rows), pl)["count"].to_list() == list(range(45_000))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("a", 1.5, AT, 0.5), "found value of type Float64: 1.5"),
        ((1, 1, AT, 0.5), "found value of type Int64: 1"),
        ((b"a", 1, AT, 0.5), "found value of type Binary"),
        (("a", 2**70, AT, 0.5), "found value of type Int128"),
        (("\udcff", 1, AT, 0.5), "surrogates not allowed"),
        (("a", 1, AT), "4 columns and a row of 3 values"),
    ],
)
def test_a_row_that_is_not_of_the_columns_is_refused(row: tuple[Any, ...], reason: str) -> None:
    with pytest.raises(TableInvalid, match=reason) as refused:
        frame_of(table(), [row], pl)

    assert refused.value.message.startswith("The table mine has rows that are not of its columns: ")
    assert "\n" not in refused.value.message


def test_a_frame_is_taken_in_the_order_of_the_columns_with_integers_of_any_width() -> None:
    given = pl.DataFrame({"count": [1], "at": [AT], "share": [0.5], "name": [None]})

    frame = frame_of(table(), given.cast({"count": pl.Int8, "at": pl.Datetime("us", "UTC")}), pl)

    assert frame.rows() == [(None, 1, AT, 0.5)]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"count": pl.lit(1.5)}, "count is Int64 and was given as Float64"),
        ({"at": pl.lit(datetime(2024, 6, 1))}, "at is Datetime"),  # noqa: DTZ001
        ({"more": pl.lit(1)}, "declares name, count, at, share and was given name, count, at, share, more"),
    ],
)
def test_a_frame_of_other_columns_is_refused(changes: dict[str, Any], reason: str) -> None:
    frame = frame_of(table(), [("a", 1, AT, 0.5)], pl).with_columns(**changes)

    with pytest.raises(TableInvalid, match=reason):
        frame_of(table(), frame, pl)


def test_an_error_of_the_plugin_itself_stays_what_it_is() -> None:
    def rows() -> Any:
        yield "a", 1, AT, 0.5
        raise ValueError("no luck")

    with pytest.raises(ValueError, match=r"^no luck$"):
        frame_of(table(), rows(), pl)


def test_the_functions_of_the_quality_plugin_are_a_table() -> None:
    import gitinsight_quality

    (functions, _) = gitinsight_quality.register_tables()
    history = FakeHistory(
        [FakeCommit()],
        {
            "b.py": "class A:\n    def f(self, x):\n        if x:\n            return 1\n        return 2\n",
            "a.py": "def g():\n    pass\n",
            "vendor/c.py": "def h():\n    pass\n",
        },
        vendored=["vendor/c.py"],
    )

    frame = table_rows(functions, history)

    assert frame.columns == [
        "path", "name", "start_line", "end_line", "cyclomatic", "cognitive", "length", "nesting",
        "parameters",
    ]  # fmt: skip
    assert frame.rows() == [("a.py", "g", 1, 2, 1, 0, 2, 0, 0), ("b.py", "A.f", 2, 5, 2, 1, 4, 1, 2)]
