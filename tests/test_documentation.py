"""The documentation against the code: what is generated is current, what is listed is complete."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from types import FunctionType
from typing import Any

import click
import pytest

from benchmarks.differences import LIZARD
from docs import generate
from gitinsight import hookspecs, plugin
from gitinsight.config import SETTINGS
from gitinsight.domain.audit import ACTIONS
from gitinsight.domain.events import Topic
from gitinsight.domain.report import check_report
from gitinsight.plugin import Artifact, ArtifactKind, History, Report
from gitinsight.testing import FakeHistory
from gitinsight_quality.risk.rankings import RANKINGS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
FRAMES = (
    "commits",
    "changes",
    "lines",
    "burndown",
    "line_lives",
    "overwrites",
    "releases",
    "comments",
    "issues",
    "pulls",
)
ARTIFACTS = "\n## Artifacts\n"


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """The parts of a page by their headings of the second and third level, such as ### `table`."""
    parts = re.split(r"^#{2,3} `?(.+?)`?$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "part"), generate.PARTS)
def test_generated_parts_are_what_the_code_says(name: str, part: str) -> None:
    assert generate.replaced(page(name), part, generate.PARTS[name, part]()) == page(name), "run `make docs`"


def test_a_page_without_the_marks_of_a_part_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- settings:begin -->"):
        generate.replaced("no marks", "settings", "| a |")


def test_the_readme_names_the_two_commands_and_the_makefile_has_them() -> None:
    targets = set(re.findall(r"^([a-z-]+):", page("Makefile"), flags=re.MULTILINE))
    assert {"make run", "make test"} <= set(re.findall(r"make [a-z]+", page("README.md")))
    told = {name for path in PAGES for name in re.findall(r"[`$] ?make ([a-z-]+)", page(path))}
    assert {"run", "test", "docs"} <= targets
    assert told <= targets


@pytest.mark.parametrize("name", PAGES)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page(name))
    missing = [target for target in targets if not ((ROOT / name).parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("name", PAGES)
def test_every_variable_that_a_page_names_is_a_setting(name: str) -> None:
    known = {spec.variable for spec in SETTINGS} | set(
        re.findall(r"GITINSIGHT_\w+", generate.plugin_settings())
    )
    named = set(re.findall(r"GITINSIGHT_[A-Z_]*[A-Z]", page(name)))
    assert named <= known


def test_every_hook_is_documented_with_its_arguments() -> None:
    hooks = {
        f"{name}({', '.join(function.__code__.co_varnames[: function.__code__.co_argcount])})"
        for name, function in vars(hookspecs).items()
        if isinstance(function, FunctionType) and hasattr(function, "gitinsight_spec")
    }
    assert len(hooks) == 9
    assert (
        set(
            re.findall(r"^\| `(\w+\([\w, ]*\))` \|", sections(page("docs/plugins.md"))["Hooks"], re.MULTILINE)
        )
        == hooks
    )


@pytest.mark.parametrize("name", plugin.__all__)
def test_every_public_name_of_the_plugin_interface_is_documented(name: str) -> None:
    assert re.search(rf"`{name}\b|\bimport .*\b{name}\b", page("docs/plugins.md"))


def test_every_member_of_a_history_is_documented() -> None:
    text = sections(page("docs/plugins.md"))["What a history offers"]
    told = set(re.findall(r"`(\w+)(?:\([^)]*\))?`", text))
    assert {name for name in vars(History) if not name.startswith("_")} <= told


@pytest.mark.parametrize("frame", FRAMES)
def test_every_column_of_a_history_is_documented_with_its_type(frame: str) -> None:
    # A frame and a kind of artifact are both called commits: the frames come first.
    text = sections(page("docs/plugins.md").split(ARTIFACTS)[0])[frame]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE)
    schema = getattr(FakeHistory(), frame).schema
    assert rows == [(name, _told(kind)) for name, kind in schema.items()]


def _told(kind: Any) -> str:
    """A Polars type as the documentation writes it."""
    return str(kind).replace("time_unit='us', time_zone='UTC'", "us, UTC")


@pytest.mark.parametrize("kind", ArtifactKind)
def test_every_kind_of_artifact_is_shown_by_an_example_that_the_check_takes(kind: ArtifactKind) -> None:
    (example,) = code_blocks(sections(page("docs/plugins.md").split(ARTIFACTS)[1])[kind.value], "json")
    content = json.loads(example)

    check_report("x", (), Report(artifacts=[Artifact("a", kind, "A", content)]))
    described = re.search(rf"- ``{kind.value}``: (.*?)(?=\n\s*- |\Z)", ArtifactKind.__doc__ or "", re.DOTALL)
    assert described is not None
    assert set(content) == _top_keys(described[1])


def _top_keys(shape: str) -> set[str]:
    """The keys of the outermost object in a description such as ``{"a": [{"b"}], "c"?}``."""
    depth, keys = 0, set()
    for token in re.findall(r'[{}\[\]]|"\w+"\??', shape.split("``")[1]):
        depth += (token in "{[") - (token in "}]")
        if depth == 1 and token.startswith('"'):
            keys.add(token.strip('"?'))
    return keys


@pytest.mark.parametrize("name", PAGES)
def test_python_in_the_pages_can_be_compiled(name: str) -> None:
    for code in code_blocks(page(name), "python"):
        ast.parse(code)


def test_every_topic_is_documented_and_no_other() -> None:
    told = re.findall(r"^\| `([a-z.]+)` \|", page("docs/events.md"), re.MULTILINE)
    assert sorted(told) == sorted(Topic)


def test_every_action_of_the_audit_log_is_explained_and_no_other() -> None:
    written = {
        argument.value
        for path in (ROOT / "gitinsight").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "audit"
        for argument in call.args[1:2]
        if isinstance(argument, ast.Constant)
    }
    assert len(written) > 20
    assert written == set(ACTIONS)


@pytest.mark.parametrize(("path", "command"), list(generate.command_tree()))
def test_every_command_and_option_is_explained(path: str, command: click.Command) -> None:
    text = next(
        text for title, text in sections(page("docs/cli.md")).items() if f"{title} ".startswith(f"{path} ")
    )
    assert (command.help or "").split("\n")[0] in text
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    for option in options:
        assert option.help, f"{path} {option.opts[0]} has no help"
        assert f"`{option.opts[0]}" in text


def test_every_metric_has_its_definition_in_the_documentation() -> None:
    declared = generate.bundled().metrics.values()
    told = re.findall(r"^- \*\*.+?\*\* `([\w.]+@\d+)`", page("docs/metrics.md"), re.MULTILINE)
    assert sorted(told) == sorted(metric.id for metric in declared)


def test_the_page_on_risk_tells_the_pooled_figures_of_the_stored_model() -> None:
    card = json.loads((generate.ROOT / generate.WEIGHTS).read_text())["card"]
    pooled = page("docs/risk.md").split("All windows that were fitted on")[0]
    for name, title in RANKINGS.items():
        figures = card["left_out"][name]
        told = next(line for line in pooled.splitlines() if line.startswith(f"| {title} |"))
        assert [float(cell) for cell in told.split("|")[2:5]] == pytest.approx(
            [value for value, _, _ in figures.values()], abs=0.00051
        )


def test_every_rule_for_a_difference_from_lizard_is_documented() -> None:
    text = page("docs/metrics.md")
    names = {name for rules in LIZARD.values() for name in rules}
    assert len(names) > 20
    assert [name for name in sorted(names) if f"| {name} |" not in text] == []
