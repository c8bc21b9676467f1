"""Which functions a commit changed, worked out by hand, and by git for a real repository."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import gitinsight_quality
from gitinsight.plugin import Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze
from gitinsight_quality import xray
from gitinsight_quality.comparison import Change, changed_functions, changed_lines
from gitinsight_quality.files import measured_files
from gitinsight_quality.hotspots import find_hotspots
from gitinsight_quality.versions import NOTHING, Version
from tests.plugins.risk_repositories import Opened, opened_with
from tests.repositories import Repo

BOT = "renovate[bot] <bot@example.com>"


def version(**functions: str | list[str]) -> Version:
    listed = {name: [text] if isinstance(text, str) else text for name, text in functions.items()}
    return Version({name: [tuple(text.encode().split()) for text in texts] for name, texts in listed.items()})


def test_a_function_that_only_moved_did_not_change() -> None:
    before = version(first="a b c", second="d e")
    assert list(changed_functions(before, version(second="d e", first="a b c"))) == []


def test_added_and_deleted_lines_are_those_within_the_function() -> None:
    changes = changed_functions(version(f="a b c d", g="x"), version(f="a B c d e", g="x"))
    assert list(changes) == [Change(("f", 0), added=2, deleted=1)]


def test_a_new_function_is_all_added_and_a_removed_one_is_not_told() -> None:
    assert list(changed_functions(version(old="a b"), version(new="a b c"))) == [Change(("new", 0), 3, 0)]
    assert list(changed_functions(NOTHING, version(f="a"))) == [Change(("f", 0), 1, 0)]


def test_namesakes_with_equal_lines_belong_together() -> None:
    before = version(f=["a", "b c"])
    after = version(f=["new one", "a", "b d"])
    # "b c" is what is left for the first that has no equal, so this one is told against it, the last as new.
    assert list(changed_functions(before, after)) == [Change(("f", 0), 2, 2), Change(("f", 2), 2, 0)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("a b c", "a b c", (0, 0)),
        ("a c", "a b c", (1, 0)),
        ("a a a", "a", (0, 2)),
        ("a x b y c", "a b z c", (1, 2)),
    ],
)
def test_lines_are_counted_as_diff_counts_them(before: str, after: str, expected: tuple[int, int]) -> None:
    assert changed_lines(before.encode().split(), after.encode().split()) == expected


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return opened_with(tmp_path, monkeypatch)


def report_of(history: Any, **settings: Any) -> Report:
    analyzer, *_ = gitinsight_quality.register_analyzers()
    return analyze(analyzer, history, settings)


def content_of(report: Report, name: str) -> Any:
    (found,) = [artifact for artifact in report.artifacts if artifact.name == name]
    return found.content


def rows(report: Report, name: str) -> list[dict[str, Any]]:
    content = content_of(report, name)
    names = [column["name"] for column in content["columns"]]
    return [dict(zip(names, row, strict=True)) for row in content["rows"]]


def days_ago(days: int) -> str:
    now = int(datetime.now(tz=UTC).timestamp())
    return datetime.fromtimestamp(now - 86_400 * days, tz=UTC).isoformat(timespec="seconds")


RUN = "def run(a):\n    if a:\n        return 1\n    return 2\n\n\n"
STOP = "def stop():\n    return 0\n\n\n"
IDLE = "def idle():\n    return None\n"


def busy_file(tmp_path: Path) -> Repo:
    """``run`` changes twice within the year, the second time after a rename; ``stop`` only moves."""
    repo = Repo(tmp_path)
    repo.commit({"old.py": RUN + STOP + IDLE}, "Begin", date=days_ago(700))
    changed = RUN.replace("return 1", "return 10")
    repo.commit({"old.py": changed + STOP + IDLE}, "Return more", date=days_ago(90))
    repo.commit({"old.py": None, "new.py": changed + STOP + IDLE}, "Rename", date=days_ago(60))
    longer = changed.replace("    return 2\n", "    a += 1\n    return 2 + a\n")
    repo.commit({"new.py": STOP + longer + IDLE}, "Add to it, stop first", date=days_ago(30))
    repo.commit({"new.py": STOP + longer + IDLE + "    # bot\n"}, "Comment", BOT, days_ago(20))
    return repo


def test_changes_of_a_function_are_followed_through_a_rename_and_a_move(
    tmp_path: Path, opened: Opened
) -> None:
    with opened(busy_file(tmp_path)) as history:
        report = report_of(history)
    (run,) = rows(report, "hotspot_functions")
    assert (run["path"], run["function"], run["changes"]) == ("new.py", "run", 2)
    # "return 1" became "return 10"; then "return 2" became two other lines.
    assert (run["added"], run["deleted"]) == (3, 2)
    assert (run["cyclomatic"], run["cognitive"], run["lines"]) == (2, 1, 5)
    assert run["last_change"] == days_ago(30)[:10]
    (title,) = [artifact.title for artifact in report.artifacts if artifact.name == "hotspot_functions"]
    assert title == "Functions of the hottest file that changed in the last year (3 commits read)"


def test_git_says_the_same_of_a_functions_changes(tmp_path: Path, opened: Opened) -> None:
    repo = busy_file(tmp_path)
    with opened(repo) as history:
        (run,) = rows(report_of(history), "hotspot_functions")
    log = repo.run("log", "-L", ":run:new.py", "--since=1.year", "--format=commit %s", "main~1")
    changed = log.split("commit ")[1:]
    told = sum(
        any(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in one.splitlines())
        for one in changed
    )
    assert run["changes"] == told == 2


def test_a_file_opens_into_its_functions_in_the_map(tmp_path: Path, opened: Opened) -> None:
    with opened(busy_file(tmp_path)) as history:
        content = content_of(report_of(history), "hotspots")
    (leaf,) = content["tree"]["children"]
    assert [(part["name"], part["size"]) for part in leaf["parts"]] == [("run", 5), ("idle", 3), ("stop", 2)]
    # Of three functions run has the largest weight and complexity: (2.5 / 3) ** 2; the others tie at 1 / 3.
    assert [part["color"] for part in leaf["parts"]] == [0.694, 0.111, 0.111]
    assert leaf["parts"][0]["facts"]["changes in the last year"] == 2
    assert content["parts"]["title"] == "Functions"


def test_a_change_loses_half_its_weight_in_a_half_life(tmp_path: Path, opened: Opened) -> None:
    with opened(busy_file(tmp_path)) as history:
        files = measured_files(history, 5.0)
        (seen,) = xray.xray(history, files, find_hotspots(history, files, 30.0), 30.0, 5.0)
    weights = {one.function.name: one.weight for one in seen.functions}
    # 90 and 30 days are three half-lives and one.
    assert weights == pytest.approx({"run": 0.125 + 0.5, "stop": 0, "idle": 0}, rel=1e-3)


def test_the_commit_that_makes_a_file_makes_its_functions() -> None:
    history = FakeHistory([FakeCommit(changes={"a.py": (2, 0)})], {"a.py": IDLE})
    (idle,) = rows(report_of(history), "hotspot_functions")
    assert (idle["changes"], idle["added"], idle["deleted"]) == (1, 2, 0)


def test_files_at_rest_open_in_the_map_and_are_in_no_table() -> None:
    commit = FakeCommit(at=datetime(2020, 1, 1, tzinfo=UTC), changes={"a.py": (2, 0)})
    report = report_of(FakeHistory([commit], {"a.py": IDLE}, now=datetime(2024, 1, 1, tzinfo=UTC)))
    (leaf,) = content_of(report, "hotspots")["tree"]["children"]
    assert [part["name"] for part in leaf["parts"]] == ["idle"]
    assert "hotspot_functions" not in {artifact.name for artifact in report.artifacts}


def test_commits_around_which_the_file_cannot_be_parsed_are_left_out(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": IDLE}, "Begin", date=days_ago(50))
    repo.commit({"a.py": b"\0" + IDLE.encode()}, "Break", date=days_ago(40))
    repo.commit({"a.py": IDLE.replace("None", "0")}, "Mend", date=days_ago(30))
    repo.commit({"a.py": IDLE.replace("None", "1")}, "Go on", date=days_ago(20))
    with opened(repo) as history:
        (idle,) = rows(report_of(history), "hotspot_functions")
    assert (idle["changes"], idle["added"], idle["deleted"]) == (2, 3, 1)


def test_the_shortest_functions_of_a_long_file_are_one_field() -> None:
    functions = "".join(f"def f{n}():\n" + "    x()\n" * (n + 1) + "\n\n" for n in range(43))
    history = FakeHistory([FakeCommit(changes={"a.py": (1, 0)})], {"a.py": functions})
    (leaf,) = content_of(report_of(history), "hotspots")["tree"]["children"]
    assert len(leaf["parts"]) == 41
    # f0, f1 and f2 have 2, 3 and 4 lines.
    assert leaf["parts"][-1] == {"name": "3 shorter functions", "size": 9, "color": None}


def test_commits_beyond_the_bounds_are_not_read(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xray, "MAX_COMMITS", 1)
    with opened(busy_file(tmp_path)) as history:
        report = report_of(history)
    (run,) = rows(report, "hotspot_functions")
    assert (run["changes"], run["added"], run["deleted"]) == (1, 2, 1)
    assert any("(1 commit, the newest of each file read)" in artifact.title for artifact in report.artifacts)
    monkeypatch.setattr(xray, "MAX_LINES", 0)
    with opened(busy_file(tmp_path / "again")) as history:
        (leaf,) = content_of(report_of(history), "hotspots")["tree"]["children"]
    assert "parts" not in leaf


def focused(tmp_path: Path) -> Repo:
    """Twelve functions; of nine changes six are to ``f0``, two to ``f1`` and one to the text around them."""
    repo = Repo(tmp_path)

    def text(first: int, second: int, note: str = "") -> str:
        bodies = [first, second, *[0] * 10]
        return note + "".join(f"def f{n}():\n    return {body}\n\n\n" for n, body in enumerate(bodies))

    repo.commit({"a.py": text(0, 0)}, "Begin", date=days_ago(500))
    for n in range(6):
        repo.commit({"a.py": text(n + 1, 0)}, f"Change f0 ({n})", date=days_ago(100 - n))
    for n in range(2):
        repo.commit({"a.py": text(6, n + 1)}, f"Change f1 ({n})", date=days_ago(50 - n))
    repo.commit({"a.py": text(6, 2, "import os\n")}, "Import", date=days_ago(10))
    return repo


def test_a_function_that_takes_most_changes_is_told_with_its_share(tmp_path: Path, opened: Opened) -> None:
    with opened(focused(tmp_path)) as history:
        report = report_of(history)
    (told,) = [one for one in report.insights if "functions" in one.tags]
    assert told.title == "One function takes 67 % of the last year's changes to a.py"
    assert told.description.startswith("6 of the 9 commits read changed f0, out of 12 functions.")
    # P(X <= 6) of 10 tosses of a coin: (1 + 10 + 45 + 120 + 210 + 252 + 210) / 1024.
    assert told.confidence == round(848 / 1024, 3)
    assert len([piece for piece in told.evidence if piece.kind == "commit"]) == 6


def test_nothing_is_told_of_a_few_commits(tmp_path: Path, opened: Opened) -> None:
    with opened(busy_file(tmp_path)) as history:
        assert not [one for one in report_of(history).insights if "functions" in one.tags]
