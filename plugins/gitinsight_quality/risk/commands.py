"""The commands ``gitinsight quality validate`` and ``gitinsight quality fit``."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from gitinsight.plugin import CommandContext


@click.command()
@click.argument("repository", metavar="REPO")
@click.option(
    "--at",
    "moment",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]),
    metavar="DATE",
    help="Rank the files as of this day or ISO time (UTC unless it says otherwise); default 180 days before the newest commit.",
)
@click.option("--branch", default="", help="The branch to look at; default the repository's own.")
@click.option("--json", "as_json", is_flag=True, help="Print everything, file by file, as JSON.")
@click.pass_obj
def validate(
    context: CommandContext, repository: str, moment: datetime | None, branch: str, as_json: bool
) -> None:
    """Check on a repository's own past whether the risk score finds the files that need fixing.

    Ranks the code files as of a date by what was known then, and counts which of them a bug fix changed
    in the 180 days after it. Exit code 0 when there was something to rank, 1 when the repository had no code
    at that date.
    """
    from gitinsight_quality.risk.model import load_model
    from gitinsight_quality.risk.printing import as_table, to_json
    from gitinsight_quality.risk.validation import default_moment, validate_at
    from gitinsight_quality.risk.windows import Timeline

    limit = float(context.settings.get("file_time_limit_seconds", 5.0))
    with context.open_history(repository, analyzer="quality", branch=branch) as history:
        found = None
        if not history.commits.is_empty():
            timeline = Timeline(history)
            at = _aware(moment) if moment else default_moment(timeline)
            found = validate_at(history, timeline, at, load_model(), limit)
        name, head = history.name, history.head
    if found is None:
        raise click.ClickException("There was no code to rank at that date.")
    if as_json:
        click.echo(json.dumps(to_json(found, name, head), ensure_ascii=True, indent=1))
    else:
        click.echo(as_table(found, name), nl=False)


@click.command()
@click.option(
    "--data",
    "folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of bare repositories, each at NAME, NAME.git or NAME/repo.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file of weights."
)
@click.option(
    "--table", type=click.Path(dir_okay=False, path_type=Path), help="Also write the figures as Markdown."
)
@click.option(
    "--only", metavar="A,B", default="", help="Only these repositories, by the names in the folder."
)
@click.pass_obj
def fit(context: CommandContext, folder: Path, out: Path, table: Path | None, only: str) -> None:
    """Fit the weights of the risk score on repositories' past, each judged by weights from the others.

    The same repositories give the same weights. Repositories that cannot be read, or in which too few files
    were fixed in every window, are named and left out.
    """
    from gitinsight_quality.risk.card import markdown, model_json
    from gitinsight_quality.risk.training import collect

    names = {name.strip() for name in only.split(",") if name.strip()}
    limit = float(context.settings.get("file_time_limit_seconds", 5.0))
    samples = collect(context, folder, names, limit, lambda text: click.echo(text, err=True))
    if len({sample.repository for sample in samples}) < 2:
        raise click.ClickException("Fitting needs two repositories with enough fixes.")
    out.write_text(json.dumps(model_json(samples), indent=1) + "\n", encoding="utf-8")
    if table is not None:
        table.write_text(markdown(samples), encoding="utf-8")


def _aware(moment: datetime) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
