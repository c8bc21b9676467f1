"""An analysis under way while processes die: nothing lives on, and the work goes on to its end."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from tests.processes import command_line, lives
from tests.repositories import Repo
from tests.running import STOP_SECONDS, Up, install_plugin, running, until

RECOVERY_SECONDS = 60

WAITING_PLUGIN = """
import os
import subprocess
import time
from pathlib import Path

import gitinsight.plugin as gi


@gi.hookimpl
def register_analyzers():
    return [gi.Analyzer("waiting", "Waiting", version="1", analyze=_analyze)]


def _analyze(history, settings):
    helper = subprocess.Popen(["sleep", "600"])
    while not Path(os.environ["WAITING_IS_OVER"]).exists():
        history.progress(1, 2)
        time.sleep(0.1)
    helper.kill()
    helper.wait()
    return gi.Report()
"""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file for which the analyzer `waiting` waits."""
    return tmp_path / "go"


@pytest.fixture
def environment(tmp_path: Path, gate: Path, clean_environment: dict[str, str]) -> dict[str, str]:
    """An environment with the analyzer `waiting`, which starts a helper and ends when the gate is there."""
    variables = install_plugin(tmp_path / "plugins", "waiting", WAITING_PLUGIN)
    return clean_environment | variables | {"WAITING_IS_OVER": str(gate)}


@pytest.fixture
def source(tmp_path: Path) -> str:
    repo = Repo(tmp_path, "small.git")
    repo.commit({"a.py": "print(1)\n"}, "Begin")
    return str(repo.git_dir)


def helpers(up: Up) -> list[psutil.Process]:
    """The helpers that waiting analyzers have started."""
    return [one for one in up.family() if command_line(one)[:1] == ["sleep"]]


def wait_until_analysed(up: Up) -> None:
    until(lambda: up.repositories()[0]["analysis_status"] == "ready", RECOVERY_SECONDS)


def test_an_analysis_survives_an_orderly_stop_and_a_killed_supervisor(
    tmp_path: Path, environment: dict[str, str], source: str, gate: Path
) -> None:
    home = tmp_path / "home"
    with occupied(8000), running(home, environment, "--repo", source) as up:
        assert int(up.address.rpartition(":")[2]) > 8000, "the next free port is taken"
        until(lambda: helpers(up))
        assert up.ask_to_stop(signal.SIGTERM) < STOP_SECONDS
        assert up.survivors() == []

    with running(home, environment) as up:
        until(lambda: helpers(up), RECOVERY_SECONDS)
        up.process.kill()
        # Without the kernel's help, as on macOS, the next start ends what is left.
        if sys.platform == "linux":
            assert up.survivors(within_seconds=6) == []

    with running(home, environment) as up:
        until(lambda: helpers(up), RECOVERY_SECONDS)
        gate.touch()
        wait_until_analysed(up)
        assert '"level": "error"' not in up.complained
        assert up.ask_to_stop(signal.SIGTERM) < STOP_SECONDS
        assert up.survivors() == []


def test_an_analysis_survives_its_work_horse_its_worker_and_valkey(
    tmp_path: Path, environment: dict[str, str], source: str, gate: Path
) -> None:
    with running(tmp_path / "home", environment | {"PORT": "0"}, "--repo", source) as up:
        killed = until(lambda: horse_of(up))
        assert killed is not None
        killed.kill()
        until(lambda: not lives(killed) and horse_of(up) not in {None, killed}, RECOVERY_SECONDS)

        horse = until(lambda: horse_of(up))
        assert horse is not None
        worker = horse.parent()
        assert worker is not None
        worker.kill()
        until(lambda: not lives(horse), 5)
        until(lambda: helpers(up), RECOVERY_SECONDS)

        next(one for one in up.process.children() if "valkey-server" in " ".join(command_line(one))).kill()
        gate.touch()
        wait_until_analysed(up)
        assert "Traceback" not in up.complained


def horse_of(up: Up) -> psutil.Process | None:
    """The work horse above the waiting analyzer's helper; None where none is at work right now."""
    for helper in helpers(up):
        with contextlib.suppress(psutil.NoSuchProcess):
            analyzer = helper.parent()
            if analyzer is not None and "analyzer_process" in " ".join(command_line(analyzer)):
                return analyzer.parent()
    return None


def occupied(port: int) -> socket.socket:
    """A socket that holds the port, or a socket of no account where another program holds it already."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError:
        return socket.socket()
