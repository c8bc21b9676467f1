"""``gitinsight analyze``: one repository, in this process's charge alone, with a summary to read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TextIO

import click

from gitinsight.cli import formats
from gitinsight.config import Settings, load_settings
from gitinsight.errors import SourceUnreachable
from gitinsight.logs import configure_logs
from gitinsight.registry import Registry, load_registry
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
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the result to a file.",
)
@click.option("--quiet", is_flag=True, help="No progress bar.")
def analyze(
    repository: str, form: str, analyzers: str | None, branch: str, output: Path | None, quiet: bool
) -> None:
    """Analyse a repository and print what matters; no server, no account, nothing sent anywhere.

    PATH|URL is a folder with a git repository, a git address, or owner/name on GitHub. Exit code 0 when
    the analysis was made, 1 when no analyzer gave a result, 2 when something in the way of it was wrong (the
    repository, an option, a setting), 130 after Ctrl-C.
    """
    _check_output(output)
    names = _names(analyzers)
    settings = load_settings()
    configure_logs(settings, quiet=True)
    address, registry = _address(repository), _registry(settings)
    with _progress(quiet) as tell:
        found = LocalAnalyses(settings, registry, tell).run(address, names, branch)
    text = formats.FORMATS[form](found, registry)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        _print(text, sys.stdout)
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


def _names(analyzers: str | None) -> list[str]:
    """The analyzers that are asked for, none for all of them."""
    names = [name.strip() for name in (analyzers or "").split(",") if name.strip()]
    if analyzers is not None and not names:
        raise click.BadParameter("names no analyzer; leave it out for all", param_hint="--analyzers")
    return names


def _registry(settings: Settings) -> Registry:
    """The plugins with their analyzers; what they print while they are asked must not get into the result."""
    with redirect_stdout(sys.stderr):
        registry = load_registry(settings.environment)
        registry.order()
    return registry


def _address(text: str) -> str:
    """The text, as an absolute path where it can only mean a place on this machine.

    A folder that exists is meant as a folder, whatever else its name could mean; of names that do not
    exist, ``owner/name`` and those with a colon are left to be addresses.
    """
    try:
        path = Path(text).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError):
        return text
    if is_file:
        raise SourceUnreachable("This is a file; give the folder of a git repository.")
    is_address = text.startswith("-") or ":" in text or text.strip("/").count("/") == 1
    return str(path.absolute()) if text and (is_folder or not is_address) else text


def _print(text: str, stream: TextIO) -> None:
    """Write text that may hold any character of a repository to a stream of any encoding."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


@contextmanager
def _progress(quiet: bool) -> Iterator[formats.Tell]:
    """A bar on the terminal's standard error; nothing where that is a file or quiet was asked for."""
    if quiet or not sys.stderr.isatty():
        yield lambda _stage, _text, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, text: str, done: float, total: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(text, total=1.0)
            bars.update(tasks[stage], description=text, completed=done / total if total else 0.0)

        yield tell
