"""Writes the generated parts of the documentation: ``python docs/generate.py``, or ``make docs``.

A generated part stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``; everything else in a page
is written by hand. A test fails where a part is not what the code says.
"""

from __future__ import annotations

import configparser
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import click

from gitinsight.cli import gitinsight
from gitinsight.config import SETTINGS
from gitinsight.domain.audit import ACTIONS
from gitinsight.domain.exported import TABLES
from gitinsight.domain.report import Bucket, Metric
from gitinsight.domain.tables import SCHEMA_VERSION, Table
from gitinsight.plugin import ENTRY_POINT_GROUP
from gitinsight.registry import Registry, load_registry
from gitinsight_quality.risk.rankings import RANKINGS

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = "plugins/gitinsight_quality/risk/weights.json"
RISK_FIGURES = ("auc", "precision_at_20")
STEPS = {
    Bucket.DAY: "a value a day",
    Bucket.WEEK: "a value a week",
    Bucket.MONTH: "a value a month",
    Bucket.SNAPSHOT: "one value, as of the analysed commit",
}


def settings() -> str:
    """The table of the product's environment variables."""
    rows = [(f"`{spec.variable}`", _shown(spec.default), spec.help) for spec in SETTINGS]
    return _table(("variable", "default", "meaning"), rows)


def actions() -> str:
    """What the audit log speaks of."""
    return _table(("action", "meaning"), [(f"`{action}`", meaning) for action, meaning in ACTIONS.items()])


def plugin_settings() -> str:
    """The table of the bundled plugins' environment variables."""
    rows = [
        (f"`GITINSIGHT_{plugin.name}_{setting.name}`".upper(), _shown(setting.default), setting.help)
        for plugin in bundled().plugins
        if hasattr(plugin.module, "register_settings")
        for setting in plugin.module.register_settings()
    ]
    return _table(("variable", "default", "meaning"), rows)


def commands() -> str:
    """Every command of the command line with its arguments and options."""
    return "\n\n".join(_command(path, command) for path, command in command_tree())


def command_tree() -> Iterator[tuple[str, click.Command]]:
    """The product's own commands that do something, with their full names; plugins' are left out."""
    assert isinstance(gitinsight, click.Group)
    for name in gitinsight.commands_by_module:
        command = gitinsight.get_command(click.Context(gitinsight), name)
        assert command is not None
        yield from _leaves(f"gitinsight {name}", command)


def metrics() -> str:
    """The definitions of all metrics that the bundled plugins declare, analyzer by analyzer."""
    parts = []
    for analyzer in bundled().analyzers.values():
        about = f"{analyzer.description}\n\n" if analyzer.description else ""
        lines = "\n".join(_metric(metric) for metric in analyzer.metrics)
        parts.append(f"## {analyzer.title}: `{analyzer.name}`\n\n{about}{lines}")
    return "\n\n".join(parts)


def risk_figures() -> str:
    """What the risk score reaches beside simple rankings: pooled as the model's card has it, then by repository."""
    card = json.loads((ROOT / WEIGHTS).read_text(encoding="utf-8"))["card"]
    rows = [
        (
            RANKINGS[name],
            *(_interval(card["left_out"][name][figure], ".3f") for figure in RISK_FIGURES),
            *(
                _interval(card["over_loc"][name][figure], "+.3f") if name != "loc" else ""
                for figure in RISK_FIGURES
            ),
        )
        for name in ("risk", "loc", "loc_x_churn")
    ]
    titles = ("ranking", "AUC", "precision at 20", "AUC over LOC", "precision over LOC")
    told = (ROOT / "docs/risk.md").read_text(encoding="utf-8").split("<!-- fit:end -->")[0]
    by_repository = told[told.index("By repository left out") :].strip()
    pooled = f"{card['judged_windows']} windows of {card['judged_repositories']} repositories"
    return f"Pooled over {pooled}, with intervals of 95 %:\n\n{_table(titles, rows)}\n\n{by_repository}"


def tables() -> str:
    """The columns of every table of an export, the product's own and the bundled plugins'."""
    parts = [_described(table) for table in TABLES]
    parts += [_described(table, f" From the plugin `{plugin}`.") for plugin, table in bundled().tables]
    return "\n\n".join([f"This is version {SCHEMA_VERSION} of the schema.", *parts])


def example() -> str:
    """The example of a third party's plugin, as Python code in Markdown."""
    code = (ROOT / "examples/gitinsight-weekend/gitinsight_weekend.py").read_text(encoding="utf-8")
    return f"```python\n{code.strip()}\n```"


def bundled() -> Registry:
    """A registry of the bundled plugins alone, whatever else is installed."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = parser["options.entry_points"][ENTRY_POINT_GROUP].strip().splitlines()
    pairs = [[part.strip() for part in line.split("=")] for line in lines]
    return load_registry({}, [EntryPoint(name, value, ENTRY_POINT_GROUP) for name, value in pairs])


PARTS: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "plugin"): example,
    ("README.md", "settings"): settings,
    ("docs/audit.md", "actions"): actions,
    ("docs/configuration.md", "settings"): settings,
    ("docs/configuration.md", "plugin-settings"): plugin_settings,
    ("docs/cli.md", "commands"): commands,
    ("docs/metrics.md", "metrics"): metrics,
    ("docs/metrics.md", "risk"): risk_figures,
    ("docs/plugins.md", "example"): example,
    ("docs/tables.md", "tables"): tables,
}
"""The page and the name of each generated part, and what writes it."""


def replaced(page: str, name: str, text: str) -> str:
    """The page with this text between the part's two marks; ValueError where it has no such marks."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if page.count(begin) != 1 or page.count(end) != 1:
        raise ValueError(f"the page needs the marks {begin} and {end}, each once")
    before, rest = page.split(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}"


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _interval(estimate: Sequence[float], form: str) -> str:
    value, low, high = (format(part, form) for part in estimate)
    return f"{value} ({low} to {high})"


def _shown(value: Any) -> str:
    """A default as one would write it into the environment; nothing for one that the help explains."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, frozenset):
        return f"`{','.join(sorted(value))}`"
    return f"`{value}`" if value not in {"", None} else ""


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in command.commands.items():
        yield from _leaves(f"{path} {name}", inner)


def _command(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    usage = " ".join([path, *command.collect_usage_pieces(context)])
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    records = [option.get_help_record(context) for option in options]
    rows = [(f"`{names}`", text) for names, text in filter(None, records)]
    table = f"\n\n{_table(('option', 'meaning'), rows)}" if rows else ""
    return f"## `{usage}`\n\n{inspect.cleandoc(command.help or '')}{table}"


def _described(table: Table, origin: str = "") -> str:
    rows = [(f"`{column.name}`", column.type, column.meaning) for column in table.columns]
    return f"## `{table.name}`\n\n{table.title}.{origin}\n\n{_table(('column', 'type', 'meaning'), rows)}"


def _metric(metric: Metric) -> str:
    better = f"; {metric.better} is better" if metric.better else ""
    kind = f"{metric.unit}; {STEPS[metric.bucket]}{better}"
    # Two underscores would begin bold text.
    definition = metric.definition.replace("__", r"\_\_")
    return f"- **{metric.title}** `{metric.id}` ({kind}). {definition}"


def main() -> None:
    """Write every generated part anew."""
    for (page, name), text in PARTS.items():
        path = ROOT / page
        path.write_text(replaced(path.read_text(encoding="utf-8"), name, text()), encoding="utf-8")


if __name__ == "__main__":
    main()
