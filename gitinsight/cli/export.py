"""``gitinsight export``: a repository's tables as files that other tools read."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitinsight.cli.formats import plain
from gitinsight.cli.terminal import absolute, plugins_of, progress_bars, write
from gitinsight.config import Settings, load_settings
from gitinsight.domain.tables import FORMS
from gitinsight.errors import ConfigurationError, RepositoryNotFound
from gitinsight.logs import configure_logs

if TYPE_CHECKING:
    from gitinsight.registry import Registry
    from gitinsight.services.exports import Export, Origin


@click.command()
@click.argument("repository", metavar="REPO")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(FORMS),
    default="parquet",
    show_default=True,
    help="Parquet or CSV files, one a table, or one DuckDB database.",
)
@click.option("--branch", default="", help="The branch to export; default the repository's own.")
@click.option("--quiet", is_flag=True, help="No progress bar and no list of what was written.")
def export(repository: str, folder: Path, form: str, branch: str, quiet: bool) -> None:
    """Write a repository's commits, changes, files and more as tables into a folder; no server involved.

    REPO is a folder with a git repository, a git address, owner/name on GitHub, or the name or id of a
    repository that this installation knows, which is exported as of its last analysis. DIR is made where it
    does not exist. Tables of an earlier export in it are replaced once all have been written; other files
    stay. docs/tables.md describes the tables. Exit code 0 when all were written, 1 when a plugin's table
    failed and the others were written, 2 when nothing was, 130 after Ctrl-C.
    """
    from gitinsight.services.exports import Exports

    settings = load_settings()
    configure_logs(settings, quiet=True)
    folder = folder.expanduser().absolute()
    origin = origin_named(settings, repository, branch)
    configure_logs(settings, quiet=True)
    registry = plugins_of(settings)
    with progress_bars(quiet) as tell, redirect_stdout(sys.stderr):
        done = Exports(settings, registry, tell).run(origin, folder, form)
    if not quiet:
        write(_summary(done), sys.stdout)
    sys.exit(_tell_failures(done, registry))


def origin_named(settings: Settings, text: str, branch: str) -> Origin:
    """What the text means: a folder that exists, then the name of a known repository, then an address."""
    from gitinsight.services.exports import origin_of

    address = absolute(text)
    may_be_name = bool(text) and not text.startswith(("/", ".", "~", "-")) and ":" not in text
    if not may_be_name or Path(address).is_dir():
        return origin_of(settings, address, branch)
    is_address = address == text
    known = _known(settings, text, branch, must_answer=not is_address)
    if known is None and not is_address:
        raise RepositoryNotFound(f"There is no folder and no known repository called {text!r}.")
    return known or origin_of(settings, address, branch)


def _known(settings: Settings, text: str, branch: str, *, must_answer: bool) -> Origin | None:
    """The known repository of this name; without an answer of the database, none unless one is needed."""
    from gitinsight.cli.admin import application
    from gitinsight.services.exports import has_database, known_origin

    if not has_database(settings):
        return None
    try:
        with application():
            return known_origin(text, branch)
    except ConfigurationError:
        if must_answer:
            raise
        return None


def _summary(done: Export) -> str:
    width = max(len(table.name) for table in done.tables)
    lines = [f"{plain(done.repository)}  ·  {done.head[:10]}"]
    lines += [f"  {table.name:<{width}}  {table.rows:>11,} rows  {table.path}" for table in done.tables]
    return "\n".join(lines) + "\n"


def _tell_failures(done: Export, registry: Registry) -> int:
    """Name the tables that are missing and the plugins that could not tell theirs; the exit code."""
    lines = [
        f"the table {failure.name} of the plugin {failure.plugin} failed: {failure.reason}"
        for failure in done.failures
    ]
    unregistered = [one for one in registry.failures if one.action == "register_tables"]
    lines += [f"the plugin {failure.plugin} offers no tables: {failure.reason}" for failure in unregistered]
    for line in lines:
        write(f"gitinsight: {plain(line)}\n", sys.stderr)
    return 1 if lines else 0
