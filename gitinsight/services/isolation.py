"""Running one analyzer in a process of its own, watched from outside.

The process is started afresh (never forked: Polars' threads do not survive a fork), reads its task
from a file and writes its report to another. Whatever it does, hang, crash or eat memory, ends with
an error that names the analyzer and costs its own results only.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from gitinsight import resources
from gitinsight.config import Settings
from gitinsight.domain import clock
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Metric, Point, Report
from gitinsight.errors import AnalysisCancelled, AnalyzerCrashed, AnalyzerOutOfMemory, AnalyzerTimedOut
from gitinsight.services.codec import BROKEN, dump_series, load_report, storable

_POLL_SECONDS = 0.1
_LOOK_SECONDS = 0.5
_MOST_PRINTED_BYTES = 64 * 1024**2
_LAST_WORDS_BYTES = 4096
_MOST_REASON = 500
_PREFIX = "gitinsight-run-"
_YOUNG_SECONDS = 60


@dataclass(frozen=True, slots=True)
class AnalyzerTask:
    """What an analyzer's process has to know: which analyzer, which history, as of when."""

    analyzer: str
    workspace: str
    repository: str
    head: str
    now: datetime
    metrics: Sequence[Metric] = ()
    series: Mapping[str, Sequence[Point]] | None = None
    paths: PathFilter = EVERYTHING


def run_isolated(
    task: AnalyzerTask,
    settings: Settings,
    progress: Callable[[float, float], None],
    cancelled: Callable[[], bool],
) -> Report:
    """The analyzer's report, checked in its own process.

    Raises AnalyzerCrashed, AnalyzerTimedOut, AnalyzerOutOfMemory, or AnalysisCancelled where
    ``cancelled`` came true; the process and its children are gone in each case.
    """
    with _own_folder() as folder:
        _write_task(task, settings, folder)
        watch = _Watch(task.analyzer, folder, settings)
        try:
            watch.follow(progress, cancelled)
        finally:
            watch.end()
        return watch.report()


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """A temporary folder for one run, locked as long as this process lives."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, (Path(name) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(name)


def _sweep(root: Path) -> None:
    """Remove the folders of runs whose processes were all killed; those in use are locked or young."""
    for folder in root.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            about = folder.lstat()
            is_ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
            if is_ours and clock.now().timestamp() - about.st_mtime > _YOUNG_SECONDS:
                with (folder / "lock").open("a") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)


def _write_task(task: AnalyzerTask, settings: Settings, folder: Path) -> None:
    fields = {
        "analyzer": task.analyzer,
        "workspace": task.workspace,
        "repository": task.repository,
        "head": task.head,
        "now": task.now.isoformat(),
        "paths": task.paths.settings,
        "home": str(settings.home),
        "history_url": settings.history_url,
        "environment": dict(settings.environment),
    }
    (folder / "task.json").write_text(json.dumps(fields))
    (folder / "series.json").write_bytes(dump_series(task.metrics, task.series or {}))


class _Watch:
    """A running analyzer process: its progress, its limits, its end."""

    def __init__(self, analyzer: str, folder: Path, settings: Settings) -> None:
        self._analyzer = analyzer
        self._folder = folder
        self._settings = settings
        self._told: tuple[float, float] | None = None
        self._complaints = (folder / "stderr").open("wb")
        self._deadline = time.monotonic() + settings.analyzer_timeout_seconds
        self._process = subprocess.Popen(
            [*resources.python_module("gitinsight.services.analyzer_process"), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            start_new_session=True,
            # What it leaves in its temporary folder goes with ours.
            env=os.environ | resources.import_environment() | {"TMPDIR": str(folder)},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(ValueError, TypeError):
                done, total = json.loads(line)
                self._told = (float(done), float(total))

    def follow(self, progress: Callable[[float, float], None], cancelled: Callable[[], bool]) -> None:
        """Return when the process has ended by itself; raise where a limit ends it."""
        looked, last = time.monotonic(), None
        while True:
            try:
                self._process.wait(_POLL_SECONDS)
                return
            except subprocess.TimeoutExpired:
                pass
            if time.monotonic() - looked < _LOOK_SECONDS:
                continue
            looked = time.monotonic()
            if self._told != last and self._told is not None:
                last = self._told
                progress(*last)
            self._check_limits()
            if cancelled():
                raise AnalysisCancelled("The analysis was cancelled.")

    def _check_limits(self) -> None:
        held, most = self._memory(), self._settings.analyzer_memory_bytes
        if held > most:
            raise AnalyzerOutOfMemory(
                f"The analyzer {self._analyzer} held {held // 2**20} MiB and may hold {most // 2**20} MiB "
                "(GITINSIGHT_ANALYZER_MEMORY_BYTES)."
            )
        if os.fstat(self._complaints.fileno()).st_size > _MOST_PRINTED_BYTES:
            raise AnalyzerCrashed(
                f"The analyzer {self._analyzer} printed more than {_MOST_PRINTED_BYTES // 2**20} MiB."
            )
        if time.monotonic() > self._deadline:
            raise AnalyzerTimedOut(
                f"The analyzer {self._analyzer} took more than {self._settings.analyzer_timeout_seconds} s "
                "(GITINSIGHT_ANALYZER_TIMEOUT_SECONDS)."
            )

    def _memory(self) -> int:
        """Resident bytes of the process and of all its children."""
        try:
            root = psutil.Process(self._process.pid)
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return 0
        total = 0
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                total += member.memory_info().rss
        return total

    def end(self) -> None:
        """Leave no process behind, whether it ended by itself or not."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            if pipe is not None:
                pipe.close()

    def report(self) -> Report:
        """What the process left; AnalyzerCrashed where it left none, with its last words."""
        written = self._folder / "report.json"
        if self._process.returncode == 0 and written.exists():
            try:
                return load_report(written.read_bytes())
            except BROKEN as error:
                raise AnalyzerCrashed(f"The analyzer {self._analyzer} left an unreadable report.") from error
        reason = _end_of(self._folder / "error.txt").strip()
        if not reason:
            words = _end_of(self._folder / "stderr").strip().splitlines()
            reason = _ending(self._process.returncode) + (f", saying {words[-1]!r}" if words else "")
        raise AnalyzerCrashed(f"The analyzer {self._analyzer} failed: {storable(reason[:_MOST_REASON])}")


def _end_of(path: Path) -> str:
    """The last few kilobytes of a text file; nothing of a file that is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LAST_WORDS_BYTES))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def _ending(exit_code: int) -> str:
    if exit_code >= 0:
        return f"its process ended with exit code {exit_code}"
    return f"its process was ended by {signal.Signals(-exit_code).name}"
