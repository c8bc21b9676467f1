"""The inside of an analyzer's process: read the task, run the analyzer, leave the report.

Started by ``isolation`` as ``python -m gitinsight.services.analyzer_process FOLDER``. Progress goes to
the parent as JSON lines; when the parent is gone the process ends itself.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import structlog

from gitinsight.domain.paths import PathFilter
from gitinsight.domain.report import check_report
from gitinsight.registry import load_registry
from gitinsight.services import workspaces
from gitinsight.services.codec import dump_report, load_series

_PROGRESS_SECONDS = 0.2
_MOST_REASON = 500


def main(folder: Path) -> int:
    """Run the task in this folder; the process's exit code."""
    channel = _private_stdout()
    # What other plugins could not do is told by the product's own processes.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    try:
        report = _run(json.loads((folder / "task.json").read_text()), folder, channel)
    except BaseException as error:
        traceback.print_exc()
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        (folder / "error.txt").write_text(reason[:_MOST_REASON], encoding="utf-8", errors="replace")
        return 1
    draft = folder / "report.draft"
    draft.write_bytes(report)
    draft.rename(folder / "report.json")
    return 0


def _run(task: dict[str, Any], folder: Path, channel: IO[str]) -> bytes:
    registry = load_registry(task["environment"])
    if task["analyzer"] not in registry.analyzers:
        reasons = "; ".join(f"{failure.plugin}: {failure.reason}" for failure in registry.failures)
        raise LookupError(f"no plugin registers it{f' ({reasons})' if reasons else ''}")
    analyzer = registry.analyzers[task["analyzer"]]
    metrics, series = load_series((folder / "series.json").read_bytes())
    workspace = workspaces.open_workspace(task["home"], task["history_url"], task["workspace"])
    with workspace.history(
        name=task["repository"],
        head=task["head"],
        now=datetime.fromisoformat(task["now"]),
        analyzer=analyzer,
        metrics=metrics,
        series=series,
        progress=_Teller(channel),
        paths=PathFilter.of(task["paths"]),
    ) as history:
        report = analyzer.analyze(history, registry.settings_of(analyzer.name))
    check_report(analyzer.name, analyzer.metrics, report)
    return dump_report(report)


class _Teller:
    """Sends progress to the parent, at most five times a second."""

    def __init__(self, channel: IO[str]) -> None:
        self._channel = channel
        self._last = 0.0

    def __call__(self, done: float, total: float) -> None:
        if time.monotonic() - self._last >= _PROGRESS_SECONDS:
            self._last = time.monotonic()
            print(json.dumps([done, total]), file=self._channel, flush=True)


def _private_stdout() -> IO[str]:
    """The pipe to the parent; what a plugin prints goes to standard error from now on."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return channel


def _end_with_parent(folder: Path) -> None:
    """Wait until the parent's end of our standard input closes, which only its death does, and end.

    The process leads a group of its own, so whatever a plugin started ends with it.
    """
    # Reading the descriptor itself: a buffered reader's lock would be held at the interpreter's end.
    while os.read(0, 1024):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
