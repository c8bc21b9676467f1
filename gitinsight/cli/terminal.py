"""What commands that work on one repository share: its address, the plugins, the bar, the output."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TextIO

from gitinsight.cli.formats import Tell
from gitinsight.config import Settings
from gitinsight.errors import SourceUnreachable
from gitinsight.registry import Registry, load_registry


def plugins_of(settings: Settings) -> Registry:
    """The plugins with their analyzers and tables; what they print while asked must not get into the result."""
    with redirect_stdout(sys.stderr):
        registry = load_registry(settings.environment)
        _ = registry.order(), registry.tables
    return registry


def absolute(text: str) -> str:
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


def write(text: str, stream: TextIO) -> None:
    """Write text that may hold any character of a repository to a stream of any encoding."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding))
    stream.flush()


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Tell]:
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
