"""An analyzer's own process: whatever it does is told with its name, and nothing of it stays."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from gitinsight.config import Settings, load_settings
from gitinsight.domain import clock
from gitinsight.domain.report import Report
from gitinsight.errors import (
    AnalysisCancelled,
    AnalyzerCrashed,
    AnalyzerOutOfMemory,
    AnalyzerTimedOut,
    GitInsightError,
)
from gitinsight.git.source import parse_source
from gitinsight.services import workspaces
from gitinsight.services.isolation import AnalyzerTask, run_isolated
from tests.probing import install, on_path, small_repository
from tests.processes import lives


@dataclass(frozen=True)
class Place:
    """A repository that is ready to be analysed, in a home of its own; ``temporary`` is the temporary folder."""

    settings: Settings
    head: str
    temporary: Path

    def run(self, analyzer: str, **changes: object) -> Report:
        """The report of an analyzer, with limits of the test's own."""
        told: list[tuple[float, float]] = []
        settings = replace(self.settings, **changes) if changes else self.settings
        task = AnalyzerTask(analyzer, "key", "a/b", self.head, clock.now())
        return run_isolated(task, settings, lambda *step: told.append(step), lambda: False)

    def pids(self) -> list[int]:
        """The processes that the analyzer told of."""
        return [int(text) for text in (self.temporary.parent / "pids").read_text().split()]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("isolation")
    install(folder / "plugins", "unruly")
    install(folder / "plugins", "quitter", "raise SystemExit('leaving')\n")
    repo = small_repository(folder / "source")
    environment = {
        "GITINSIGHT_HOME": str(folder / "home"),
        "GITINSIGHT_PROFILE": "testing",
        "GITINSIGHT_MIN_FREE_BYTES": "0",
    }
    settings = load_settings(environment)
    workspace = workspaces.workspace_of(settings, "key")
    rules = workspaces.source_rules(settings, operator=True)
    source = parse_source(str(repo.git_dir), rules)
    head = workspace.refresh(source, rules, "", lambda *_: None, lambda: False)
    workspace.read_commits(head, lambda *_: None)
    workspace.read_changes(head, lambda *_: None, lambda _: None)
    temporary = folder / "temporary"
    temporary.mkdir()
    with on_path(folder / "plugins"):
        yield Place(settings, head, temporary)


@pytest.fixture
def place(prepared: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """The prepared place; afterwards nothing is left in the temporary folder."""
    monkeypatch.setenv("TMPDIR", str(prepared.temporary))
    monkeypatch.setenv("UNRULY_FOLDER", str(prepared.temporary.parent))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield prepared
    assert list(prepared.temporary.iterdir()) == []


def reason(place: Place, analyzer: str, kind: type[GitInsightError], **changes: object) -> str:
    with pytest.raises(kind) as raised:
        place.run(analyzer, **changes)
    assert raised.value.message.startswith(f"The analyzer {analyzer} ")
    return raised.value.message


def gone(pid: int) -> bool:
    """Whether a process has ended, at the latest within two seconds."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            process = psutil.Process(pid)
        except psutil.NoSuchProcess:
            return True
        if not lives(process):
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("analyzer", "told"),
    [
        ("raises", "ValueError: a \ufffd and a ? and a \x1b[31m"),
        ("raises_strangely", "RuntimeError: not even this works"),
        ("exits", "SystemExit: 7"),
        ("exits_at_once", "its process ended with exit code 0"),
        ("dies", "its process was ended by SIGABRT, saying 'these are my last words'"),
        ("gives_nothing", "gives_nothing returned NoneType instead of a Report."),
        ("gives_nan", "'gives_nan.value' is nan."),
    ],
)
def test_an_analyzer_that_fails_is_told_with_its_reason(place: Place, analyzer: str, told: str) -> None:
    assert told in reason(place, analyzer, AnalyzerCrashed)


def test_a_report_that_cannot_be_read_is_told(place: Place) -> None:
    assert "unreadable report" in reason(place, "forges", AnalyzerCrashed)


def test_an_analyzer_that_no_plugin_brings_is_told_with_the_plugins_that_failed(place: Place) -> None:
    told = reason(place, "missing", AnalyzerCrashed)

    assert "no plugin registers it" in told
    assert "quitter: SystemExit: leaving" in told


def test_an_analyzer_that_hangs_is_ended_with_all_its_children(place: Place) -> None:
    told = reason(place, "hangs", AnalyzerTimedOut, analyzer_timeout_seconds=3)

    assert "took more than 3 s (GITINSIGHT_ANALYZER_TIMEOUT_SECONDS)" in told
    assert len(place.pids()) == 2
    assert all(gone(pid) for pid in place.pids())


def test_a_child_that_an_analyzer_leaves_behind_is_ended(place: Place) -> None:
    assert place.run("leaves_a_child") == Report([], [], [])

    assert all(gone(pid) for pid in place.pids())


@pytest.mark.parametrize("analyzer", ["eats", "child_eats"])
def test_an_analyzer_that_eats_memory_is_ended(place: Place, analyzer: str) -> None:
    told = reason(place, analyzer, AnalyzerOutOfMemory, analyzer_memory_bytes=400 * 2**20)

    assert "may hold 400 MiB (GITINSIGHT_ANALYZER_MEMORY_BYTES)" in told


def test_an_analyzer_that_prints_without_end_is_ended(place: Place) -> None:
    assert "printed more than 64 MiB" in reason(place, "floods", AnalyzerCrashed)


def test_what_an_analyzer_prints_does_no_harm(place: Place) -> None:
    assert place.run("prints").points[0].value == 1.0


def test_files_that_an_analyzer_leaves_in_the_temporary_folder_go_with_it(place: Place) -> None:
    assert place.run("leaves_files") == Report([], [], [])


def test_text_that_no_database_stores_is_replaced(place: Place) -> None:
    report = place.run("gives_strange_text")

    clean = "a\ufffdb?c"
    insight, artifact = report.insights[0], report.artifacts[0]
    assert (insight.title, insight.evidence[0].ref, insight.data) == (clean, clean, {clean: clean})
    assert insight.description == "\\u0000", "the written form of a NUL is an honest text"
    assert (artifact.name, artifact.content) == (clean, {clean: [clean]})


def test_progress_that_makes_no_sense_does_no_harm(place: Place) -> None:
    assert place.run("tells_strange_progress") == Report([], [], [])


def test_an_analyzer_is_given_its_plugins_settings(place: Place) -> None:
    assert place.run("reads_settings").points[0].value == 5.0
    given = place.settings.environment | {"GITINSIGHT_UNRULY_LEVEL": "9"}
    assert place.run("reads_settings", environment=given).points[0].value == 9.0


@pytest.mark.parametrize(("name", "shown"), [("LEVEL", True), ("TOKEN", False)])
def test_a_wrong_setting_of_a_plugin_is_named_and_a_secret_one_is_not_shown(
    place: Place, name: str, shown: bool
) -> None:
    given = place.settings.environment | {f"GITINSIGHT_UNRULY_{name}": "hunter2"}

    told = reason(place, "reads_settings", AnalyzerCrashed, environment=given)

    assert f"GITINSIGHT_UNRULY_{name} is wrong" in told
    assert ("hunter2" in told) is shown


def test_a_cancelled_analyzer_is_ended_within_a_second(place: Place) -> None:
    task = AnalyzerTask("hangs", "key", "a/b", place.head, clock.now())
    pids = place.temporary.parent / "pids"
    pids.unlink(missing_ok=True)
    started: list[float] = []

    def cancelled() -> bool:
        if pids.exists():
            started.append(time.monotonic())
        return bool(started)

    with pytest.raises(AnalysisCancelled):
        run_isolated(task, place.settings, lambda *_: None, cancelled)

    assert time.monotonic() - started[0] < 1
    assert all(gone(pid) for pid in place.pids())


def test_an_analyzer_ends_with_the_worker_that_started_it_and_takes_its_files_along(
    place: Place, tmp_path: Path
) -> None:
    pids = place.temporary.parent / "pids"
    pids.unlink(missing_ok=True)
    code = (
        "import sys\n"
        "from gitinsight.config import load_settings\n"
        "from gitinsight.domain import clock\n"
        "from gitinsight.services.isolation import AnalyzerTask, run_isolated\n"
        "task = AnalyzerTask('hangs', 'key', 'a/b', sys.argv[1], clock.now())\n"
        "run_isolated(task, load_settings(), lambda *_: None, lambda: False)\n"
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", code, place.head], env=os.environ | dict(place.settings.environment)
    )
    deadline = time.monotonic() + 20
    while not pids.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.1)

    worker.send_signal(signal.SIGKILL)
    worker.wait()

    assert all(gone(pid) for pid in place.pids())
    while list(place.temporary.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)


def test_what_a_run_left_whose_processes_were_all_killed_is_swept_by_the_next_one(place: Place) -> None:
    left, used, young = (place.temporary / f"gitinsight-run-{name}" for name in ("left", "used", "young"))
    for folder in (left, used, young):
        folder.mkdir()
        (folder / "lock").touch()
    for folder in (left, used):
        os.utime(folder, (0, 0))
    with (used / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place.run("prints")
        assert sorted(place.temporary.iterdir()) == [used, young]
    for folder in (used, young):
        shutil.rmtree(folder)
