"""The command ``gitinsight quality findings``."""

from __future__ import annotations

from pathlib import Path

import click

from gitinsight.plugin import CommandContext


@click.command()
@click.argument("repository", metavar="REPO")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "sarif"]),
    default="table",
    show_default=True,
    help="How to print the findings; SARIF 2.1.0 is what code hosts and editors read.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write them to a file."
)
@click.option("--branch", default="", help="The branch to look at; default the repository's own.")
@click.pass_obj
def findings(context: CommandContext, repository: str, form: str, output: Path | None, branch: str) -> None:
    """List what makes a repository's code hard to read, and other places worth a second look.

    These are all deductions of the health score at the newest commit, the most costly first, then findings
    that cost nothing. Exit code 0, however many there are.
    """
    from gitinsight_quality.duplication import duplication_of
    from gitinsight_quality.files import measured_files
    from gitinsight_quality.health import health_of
    from gitinsight_quality.listing import as_json, as_sarif, as_table
    from gitinsight_quality.sarif import code_findings

    limit = float(context.settings.get("file_time_limit_seconds", 5.0))
    with context.open_history(repository, analyzer="quality", branch=branch) as history:
        files = [] if history.commits.is_empty() else measured_files(history, limit)
        health = health_of(files, duplication_of(history, files).files)
        name, head = history.name, history.head
    found = code_findings(health, files)
    text = (
        as_sarif(found) if form == "sarif" else (as_json if form == "json" else as_table)(found, name, head)
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")
