"""Running analyzers without a server: order, hand-over, failures, limits and cancellation."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gitinsight.config import Settings, load_settings
from gitinsight.domain import clock
from gitinsight.errors import SourceEmpty, ValidationError
from gitinsight.registry import Registry, load_registry
from gitinsight.services.local import LocalAnalyses, LocalAnalysis
from tests.probing import install, on_path, points_in, small_repository
from tests.processes import command_line, lives
from tests.repositories import Repo

DIARY = '''
"""Analyzers that write down when they ran."""
import time
from pathlib import Path
from gitinsight.plugin import Analyzer, Report, Setting, hookimpl

def _named(name):
    def analyze(history, settings):
        begun = time.monotonic()
        history.progress(1, 2)
        time.sleep(0.4)
        with Path(settings["file"]).open("a") as diary:
            diary.write(f"{name} {begun} {time.monotonic()}\\n")
        return Report()
    return analyze

@hookimpl
def register_analyzers():
    after = {"last": ["*"], "second": ["first", "not_installed"], "first": [], "other": [], "third": []}
    return [Analyzer(name, name.title(), "1", _named(name), after=names) for name, names in after.items()]

@hookimpl
def register_settings():
    return [Setting("file", "", "where the diary is kept")]
'''
Entry = tuple[str, float, float]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return small_repository(tmp_path)


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "plugins"
    install(folder, "probe")
    install(folder, "diary", DIARY)
    with on_path(folder):
        yield folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {
            "GITINSIGHT_HOME": str(tmp_path / "home"),
            "GITINSIGHT_DIARY_FILE": str(tmp_path / "diary"),
            "GITINSIGHT_MIN_FREE_BYTES": "0",
        }
    )


@pytest.fixture
def registry(plugins: Path, settings: Settings) -> Registry:
    return load_registry(settings.environment, points_in(plugins))


class Told:
    """What the progress callback heard, as (stage, text, done, total)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, float, float]] = []

    def __call__(self, stage: str, text: str, done: float, total: float) -> None:
        self.calls.append((stage, text, done, total))


def analyse(
    settings: Settings, registry: Registry, repo: Repo, *analyzers: str, told: Told | None = None
) -> LocalAnalysis:
    return LocalAnalyses(settings, registry, told or Told()).run(str(repo.git_dir), analyzers)


def diary_of(tmp_path: Path) -> dict[str, Entry]:
    """Who ran from when to when, by name."""
    rows = [line.split() for line in (tmp_path / "diary").read_text().splitlines()]
    return {name: (name, float(begun), float(ended)) for name, begun, ended in rows}


def most_at_once(entries: dict[str, Entry]) -> int:
    begins = [begun for _, begun, _ in entries.values()]
    return max(sum(begun <= moment < ended for _, begun, ended in entries.values()) for moment in begins)


def leftovers() -> list[str]:
    """The command lines of what this process has started and that still runs an analyzer."""
    family = psutil.Process().children(recursive=True)
    lines = [" ".join(command_line(one)) for one in family if lives(one)]
    return [line for line in lines if "analyzer_process" in line]


def test_analyzers_start_when_those_they_come_after_have_ended_and_as_many_at_once_as_cores(
    tmp_path: Path, settings: Settings, registry: Registry, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)

    found = analyse(settings, registry, repo, "last", "second", "first", "other", "third")

    assert found.failures == {}
    ran = diary_of(tmp_path)
    assert ran.keys() == {"last", "second", "first", "other", "third"} == found.reports.keys()
    assert ran["second"][1] >= ran["first"][2]
    assert ran["last"][1] >= max(ran[name][2] for name in ("first", "other", "third"))
    assert most_at_once(ran) == 2


def test_an_analyzer_gets_the_series_of_those_it_comes_after(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    found = analyse(settings, registry, repo, "echo", "probe")

    # The probe tells 1 commit, a gap, and all 3 commits.
    assert [point.value for point in found.reports["echo"].points] == [4.0]


def test_an_analyzer_alone_finds_the_other_ones_series_empty(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    found = analyse(settings, registry, repo, "echo")

    assert found.reports.keys() | found.failures.keys() == {"echo"}
    assert found.failures or [point.value for point in found.reports["echo"].points] == [0.0]


def test_failures_are_values_and_cost_nothing_else(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    found = analyse(settings, registry, repo, "probe", "broken")

    assert found.reports.keys() == {"probe"}
    assert found.failures.keys() == {"broken"}
    assert found.failures["broken"].code == "ANALYZER_CRASHED"
    assert found.failures["broken"].reason == "The analyzer broken failed: ValueError: no luck today"
    assert found.seconds.keys() == {"sync", "history", "probe", "broken"}
    assert all(seconds > 0 for seconds in found.seconds.values())


def test_an_analyzer_whose_forerunner_failed_runs_all_the_same(
    settings: Settings, plugins: Path, repo: Repo
) -> None:
    install(
        plugins,
        "heir",
        "from gitinsight.plugin import Analyzer, Report, hookimpl\n"
        "@hookimpl\n"
        "def register_analyzers():\n"
        "    return [Analyzer('heir', 'Heir', '1', lambda history, settings: Report(), after=['broken'])]\n",
    )

    found = analyse(settings, load_registry(settings.environment, points_in(plugins)), repo, "broken", "heir")

    assert (found.reports.keys(), found.failures.keys()) == ({"heir"}, {"broken"})


def test_progress_names_the_stage_and_never_passes_its_total(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    told = Told()

    analyse(settings, registry, repo, "probe", told=told)

    assert list(dict.fromkeys(call[0] for call in told.calls)) == ["sync", "history", "probe"]
    for stage, text in (("history", "The history is read"), ("probe", "Probe")):
        own = [call[2] / call[3] for call in told.calls if call[0] == stage]
        assert own == sorted(own)
        assert own[-1] == 1.0
        assert [call[1] for call in told.calls if call[0] == stage][-1] == text


def test_the_result_tells_what_was_analysed_and_when(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    before = clock.now()

    found = analyse(settings, registry, repo, "probe")

    assert (found.repository, found.address) == ("repo", str(repo.git_dir))
    assert (found.head, found.commits) == (repo.head(), 3)
    assert before <= found.at <= clock.now()


def test_an_unknown_analyzer_is_refused_before_anything_is_fetched(
    settings: Settings, registry: Registry, repo: Repo
) -> None:
    with pytest.raises(ValidationError, match=r"no analyzer named 'probes'; there are .*probe"):
        analyse(settings, registry, repo, "probes")

    assert not (settings.home / "mirrors").exists()


def test_a_repository_that_cannot_be_read_raises_its_own_error(
    tmp_path: Path, settings: Settings, registry: Registry
) -> None:
    with pytest.raises(SourceEmpty):
        analyse(settings, registry, Repo(tmp_path, "empty.git"), "probe")


def test_an_interrupt_ends_what_runs_and_starts_nothing_more(
    tmp_path: Path, settings: Settings, registry: Registry, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    interrupted_at: list[float] = []

    def interrupt(stage: str, _text: str, done: float, _total: float) -> None:
        if stage == "slow" and done > 0 and not interrupted_at:
            interrupted_at.append(time.monotonic())
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    # A shell starts what runs in the background with the signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            LocalAnalyses(settings, registry, interrupt).run(
                str(repo.git_dir), ["slow", "first", "other", "third"]
            )
    finally:
        signal.signal(signal.SIGINT, before)

    assert time.monotonic() - interrupted_at[0] < 3
    assert leftovers() == []
    assert not (tmp_path / "diary").exists()


def test_a_listener_that_raises_ends_the_analysis(settings: Settings, registry: Registry, repo: Repo) -> None:
    def complain(stage: str, _text: str, done: float, _total: float) -> None:
        if stage == "slow" and done > 0:
            raise BrokenPipeError("nobody listens")

    with pytest.raises(BrokenPipeError):
        LocalAnalyses(settings, registry, complain).run(str(repo.git_dir), ["slow", "slow"])

    assert leftovers() == []
