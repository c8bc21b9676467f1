"""``gitinsight analyze``: one repository, in this process's charge alone, with a summary to read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from gitinsight.cli import formats
from gitinsight.cli.terminal import absolute, plugins_of, progress_bars, write
from gitinsight.config import load_settings
from gitinsight.domain.paths import PathFilter, problem_with
from gitinsight.logs import configure_logs
from gitinsight.services.local import LocalAnalyses


@click.command()
@click.argument("repository", metavar="PATH|URL")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="How to print the result.",
)
@click.option("--analyzers", metavar="A,B", help="Only these analyzers; default all that are installed.")
@click.option("--branch", default="", help="The branch to analyse; default the repository's own.")
@click.option(
    "--include",
    multiple=True,
    metavar="PATTERN",
    help="Count only this file, folder or pattern, in which * is any text; may be given again.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="PATTERN",
    help="Leave these out, of what is included; may be given again.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result to a file.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def analyze(
    repository: str,
    form: str,
    analyzers: str | None,
    branch: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    output: Path | None,
    quiet: bool,
) -> None:
    """Analyse a repository and print what matters; no server, no account, nothing sent anywhere.

    PATH|URL is a folder with a git repository, a git address, or owner/name on GitHub. Exit code 0 when
    the analysis was made, 1 when no analyzer gave a result, 2 when something in the way of it was wrong (the
    repository, an option, a setting), 130 after Ctrl-C.
    """
    _check_output(output)
    names, paths = (
        _names(analyzers),
        PathFilter(_patterns(include, "--include"), _patterns(exclude, "--exclude")),
    )
    settings = load_settings()
    configure_logs(settings, quiet=True)
    address, registry = absolute(repository), plugins_of(settings)
    with progress_bars(quiet) as tell:
        found = LocalAnalyses(settings, registry, tell).run(address, names, branch, paths)
    text = formats.FORMATS[form](found, registry)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        write(text, sys.stdout)
    sys.exit(0 if found.reports or not registry.analyzers else 1)


def _check_output(output: Path | None) -> None:
    """Refuse a file that could not be written before the analysis rather than after it."""
    if output is None:
        return
    folder = output.absolute().parent
    if not folder.is_dir():
        raise click.BadParameter(f"there is no folder {str(folder)!r}", param_hint="--output")
    if not output.exists() and not os.access(folder, os.W_OK):
        raise click.BadParameter(f"the folder {str(folder)!r} cannot be written to", param_hint="--output")


def _patterns(patterns: tuple[str, ...], option: str) -> tuple[str, ...]:
    for pattern in patterns:
        problem = problem_with(pattern)
        if problem:
            raise click.BadParameter(f"{pattern!r} {problem}", param_hint=option)
    return patterns


def _names(analyzers: str | None) -> list[str]:
    """The analyzers that are asked for, none for all of them."""
    names = [name.strip() for name in (analyzers or "").split(",") if name.strip()]
    if analyzers is not None and not names:
        raise click.BadParameter("names no analyzer; leave it out for all", param_hint="--analyzers")
    return names
