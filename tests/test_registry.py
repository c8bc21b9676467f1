"""Loading plugins: what is wrong with one costs this one only, and is listed with its reason."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gitinsight.domain.report import Metric, Report
from gitinsight.plugin import Analyzer, Model, Panel, Setting, hookimpl
from gitinsight.registry import LoadedPlugin, Registry, load_registry
from tests.probing import install, on_path, points_in


def analyzer(name: str = "good", **changes: Any) -> Analyzer:
    fields = {"title": name, "version": "1", "analyze": lambda _history, _settings: Report()}
    return Analyzer(**{"name": name} | fields | changes)


def plugin(**hooks: Any) -> SimpleNamespace:
    """A module with these hooks, each given as a function or as what it returns."""
    module = SimpleNamespace(__name__="module")
    for name, hook in hooks.items():
        setattr(module, name, hookimpl(hook if callable(hook) else _returning(hook)))
    return module


def _returning(result: Any) -> Any:
    def hook() -> Any:
        return result

    return hook


def registry_of(**modules: Any) -> Registry:
    registry = Registry({})
    for name, module in modules.items():
        registry.add(LoadedPlugin(name, module))
    return registry


def failures(registry: Registry) -> list[tuple[str, str]]:
    _ = registry.analyzers, registry.models, registry.panels
    return [(failure.plugin, failure.reason) for failure in registry.failures]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with on_path(tmp_path):
        yield tmp_path
    for name in [name for name in sys.modules if name.startswith("gitinsight_bad")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("def broken(:\n", "SyntaxError"),
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_plugin_that_cannot_be_imported_is_listed_and_the_others_work(
    folder: Path, source: str, told: str
) -> None:
    install(folder, "bad", source)
    install(folder, "probe")

    registry = load_registry({}, points_in(folder))

    assert [one.name for one in registry.plugins] == ["probe"]
    assert "probe" in registry.analyzers
    (failure,) = registry.failures
    assert (failure.plugin, failure.action) == ("bad", "import")
    assert told in failure.reason


def test_a_plugin_is_known_by_its_distribution(folder: Path) -> None:
    install(folder, "probe")

    (loaded,) = load_registry({}, points_in(folder)).plugins

    assert (loaded.name, loaded.distribution, loaded.version) == ("probe", "gitinsight-probe", "1.0")


def test_the_products_own_plugins_load_without_a_failure(registry: Registry) -> None:
    assert failures(registry) == []
    assert {"quality", "people", "sentiment", "trends"} <= set(registry.analyzers)
    assert all(name.partition(".")[0] in registry.analyzers for name in registry.metrics)


def test_a_misspelt_hook_is_an_error_of_the_plugin() -> None:
    registry = registry_of(bad=plugin(register_analyzer=[analyzer()]), good=plugin(register_analyzers=[]))

    ((name, reason),) = failures(registry)
    assert name == "bad"
    assert "register_analyzer" in reason
    assert [one.name for one in registry.plugins] == ["good"]


def test_an_unknown_argument_of_a_hook_is_an_error_of_the_plugin() -> None:
    def register_analyzers(app: Any) -> Any:
        return []

    ((name, reason),) = failures(registry_of(bad=plugin(register_analyzers=register_analyzers)))

    assert name == "bad"
    assert "app" in reason


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("no"), AssertionError("no")])
def test_a_hook_that_raises_costs_its_own_plugin_only(error: BaseException) -> None:
    def raises() -> Any:
        raise error

    registry = registry_of(
        bad=plugin(register_analyzers=raises, register_panels=raises, register_models=raises),
        good=plugin(register_analyzers=[analyzer()]),
    )

    assert list(registry.analyzers) == ["good"]
    assert failures(registry) == [("bad", f"{type(error).__name__}: no")] * 3


@pytest.mark.parametrize("hook", ["register_analyzers", "register_models", "register_panels"])
@pytest.mark.parametrize("result", [7, ["text"], [None], [Analyzer]])
def test_a_hook_that_returns_something_else_costs_its_own_plugin_only(hook: str, result: Any) -> None:
    registry = registry_of(bad=plugin(**{hook: result}), good=plugin(register_analyzers=[analyzer()]))

    assert [name for name, _ in failures(registry)] == ["bad"]
    assert list(registry.analyzers) == ["good"]


def test_a_hook_that_returns_nothing_is_fine() -> None:
    assert failures(registry_of(quiet=plugin(register_panels=None))) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "Good"}, "not a lower-case word"),
        ({"name": "two words"}, "not a lower-case word"),
        ({"name": ""}, "not a lower-case word"),
        ({"name": "a.b"}, "not a lower-case word"),
        ({"name": None}, "not a lower-case word"),
        ({"name": "x" * 101}, "not a lower-case word"),
        ({"version": ""}, "version"),
        ({"version": 1}, "version"),
        ({"version": "1" * 51}, "version"),
        ({"after": "quality"}, "give a list of names"),
        ({"metrics": [Metric("bad.x", "X", "x", "X.")]}, "does not begin with 'good' and a dot"),
        ({"metrics": [Metric("goodx", "X", "x", "X.")]}, "does not begin with 'good' and a dot"),
        ({"metrics": ["good.x"]}, "no Metric"),
        ({"metrics": [Metric("good.x", "X", "x", "X.")] * 2}, "declared twice"),
    ],
)
def test_an_analyzer_that_breaks_the_rules_is_refused(changes: dict[str, Any], told: str) -> None:
    registry = registry_of(bad=plugin(register_analyzers=[analyzer(**changes), analyzer("other")]))

    ((_, reason),) = failures(registry)
    assert told in reason
    assert list(registry.analyzers) == ["other"], "its other analyzer is used"


def test_of_two_analyzers_of_one_name_the_first_is_used() -> None:
    first, second = analyzer(), analyzer()
    registry = registry_of(one=plugin(register_analyzers=[first]), two=plugin(register_analyzers=[second]))

    assert registry.analyzers["good"] is first
    assert failures(registry) == [
        ("two", "ValueError: an analyzer named 'good' is registered already by one")
    ]


def test_analyzers_that_wait_for_each_other_are_refused_since_they_could_never_start() -> None:
    registry = registry_of(
        circle=plugin(
            register_analyzers=[
                analyzer("a", after=["b"]),
                analyzer("b", after=["a"]),
                analyzer("c", after=["a"]),
                analyzer("d", after=["d", "*", "elsewhere"]),
                analyzer("e"),
            ]
        )
    )

    assert list(registry.analyzers) == ["d", "e"]
    assert len(failures(registry)) == 3


def test_analyzers_run_in_the_order_in_which_they_need_each_other() -> None:
    registry = registry_of(
        some=plugin(
            register_analyzers=[
                analyzer("late", after=["*"]),
                analyzer("middle", after=["early"]),
                analyzer("early"),
                analyzer("other"),
            ]
        )
    )
    every = list(registry.analyzers)

    assert {name: registry.waits_for(name, every) for name in every} == {
        "late": {"early", "other"},
        "middle": {"early"},
        "early": set(),
        "other": set(),
    }
    assert [one.name for one in registry.order()] == ["early", "other", "late", "middle"]
    assert [one.name for one in registry.order(["middle", "early", "early"])] == ["early", "middle"]
    assert registry.waits_for("middle", ["middle", "other"]) == set(), (
        "one that does not run is not waited for"
    )
    assert registry.waits_for("removed", every) == set()
    assert registry.waits_for("late", ["late", "early", "removed"]) == {"early"}


def test_a_plugins_settings_are_read_from_its_own_variables() -> None:
    hooks = plugin(
        register_analyzers=[analyzer()],
        register_settings=[Setting("most_lines", 10, "lines", int), Setting("color", "red", "a color")],
    )
    registry = Registry({"GITINSIGHT_MY_PLUGIN_MOST_LINES": "20", "GITINSIGHT_OTHER_COLOR": "blue"})
    registry.add(LoadedPlugin("my-plugin", hooks))

    assert registry.settings_of("good") == {"most_lines": 20, "color": "red"}


def test_a_failure_that_happens_again_is_listed_once() -> None:
    def raises(repository: str, analyzer: str, report: Report) -> None:
        raise ValueError("deaf")

    registry = registry_of(bad=plugin(analysis_finished=raises))
    for _ in range(3):
        registry.tell_finished("a/b", "good", Report())

    assert failures(registry) == [("bad", "ValueError: deaf")]


def test_every_plugin_is_told_of_a_finished_analysis_though_one_raises() -> None:
    heard: list[tuple[str, str]] = []

    def raises(repository: str) -> None:
        raise SystemExit

    def hears(repository: str, analyzer: str) -> None:
        heard.append((repository, analyzer))

    registry = registry_of(bad=plugin(analysis_finished=raises), good=plugin(analysis_finished=hears))
    registry.tell_finished("a/b", "quality", Report())

    assert heard == [("a/b", "quality")]


def test_models_and_panels_come_with_their_plugins_names() -> None:
    model = Model("m", "task", "1", "M", 1, lambda: print)
    panel = Panel("P", "overview", lambda _context: "")
    registry = registry_of(one=plugin(register_models=[model], register_panels=[panel]))

    assert registry.models == [("one", model)]
    assert registry.panels == [("one", panel)]
    assert registry.pages == registry.api == registry.commands == []
