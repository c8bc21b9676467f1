"""`gitinsight up` on real processes: what it starts, what it prints, and that nothing outlives it."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis
from redis.exceptions import RedisError

from gitinsight.config import embedded_socket
from tests.processes import command_line, proportional_bytes
from tests.repositories import Repo
from tests.running import STOP_SECONDS, Up, running, until

IDLE_BYTES = 450 * 1024**2
RECOVERY_SECONDS = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of three commits."""
    repo = Repo(tmp_path_factory.mktemp("source"), "small.git")
    for number in range(3):
        repo.commit({"a.py": f"print({number})\n"}, f"Print {number}")
    return repo.git_dir


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with modules named as those that we import, each of which leaves a mark when it runs."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("gitinsight", "psutil", "redis", "flask", "polars", "gevent"):
        (folder / f"{name}.py").write_text(
            f"open({str(folder / 'mark')!r}, 'w')\nraise SystemExit({name!r})\n"
        )
    return folder


@pytest.fixture(scope="module")
def up(
    tmp_path_factory: pytest.TempPathFactory,
    clean_environment: dict[str, str],
    source: Path,
    hostile: Path,
) -> Iterator[Up]:
    """One installation, started in a hostile folder, in a home folder whose path is very long."""
    home = tmp_path_factory.mktemp("home") / ("long-" * 24) / "home"
    environment = clean_environment | {"PORT": str(free_port())}
    with running(home, environment, "--repo", str(source), folder=hostile) as started:
        yield started


def test_the_greeting_is_short_and_nothing_else_is_printed(up: Up, source: Path) -> None:
    lines = [line.strip() for line in up.printed.splitlines() if line.strip()]

    assert up.address == f"http://127.0.0.1:{up.environment['PORT']}"
    assert lines == [
        f"GitInsight runs at {up.address}",
        f"It is analysing    {source}",
        f"Sign in as admin   {up.link}",
        "(once, within 10 minutes; a new link: gitinsight users login-link)",
        "Ctrl-C stops everything.",
    ]
    assert up.complained == ""


def test_the_login_link_signs_in_once(up: Up) -> None:
    browser, second = requests.Session(), requests.Session()

    assert browser.get(up.link, allow_redirects=False, timeout=10).status_code == 302
    assert "admin" in browser.get(up.address, timeout=10).text
    assert second.get(up.link, allow_redirects=False, timeout=10).status_code == 401


def test_the_repository_becomes_ready(up: Up) -> None:
    until(lambda: _status(up, "small") == "ready")

    assert [one["commit_count"] for one in up.repositories()] == [3]


def test_modules_in_the_current_folder_are_not_imported(up: Up, hostile: Path) -> None:
    until(lambda: up.repositories()[0]["analysis_status"] == "ready")
    assert not (hostile / "mark").exists()


def test_a_folder_of_this_machine_is_private(up: Up) -> None:
    assert [repository["visibility"] for repository in up.repositories()][:1] == ["private"]
    assert up.home.stat().st_mode & 0o077 == 0


def test_a_home_folder_with_a_long_path_has_its_socket_elsewhere(up: Up) -> None:
    assert len(str(up.home)) > 100
    assert embedded_socket(up.home).parent.stat().st_mode & 0o777 == 0o700


def test_a_new_login_link_leads_to_the_running_address(up: Up) -> None:
    printed = up.command("users", "login-link").stdout.strip()

    assert printed.startswith(f"{up.address}/login/link/")


def test_a_second_start_hands_its_repository_to_the_first(up: Up, tmp_path: Path) -> None:
    other = Repo(tmp_path, "other.git")
    other.commit({"b.py": "print(1)\n"}, "Begin")

    done = up.command("up", "--repo", str(other.git_dir))

    assert done.returncode == 0, done.stderr
    assert f"runs already (process {up.process.pid})" in done.stdout
    assert f"GitInsight runs at {up.address}" in done.stdout
    assert f"{up.address}/login/link/" in done.stdout
    assert "Ctrl-C stops everything" not in done.stdout
    until(lambda: _status(up, "other") == "ready")


def _status(up: Up, name: str) -> str:
    return next(str(one["analysis_status"]) for one in up.repositories() if one["name"] == name)


def test_a_repository_that_is_refused_is_told_and_stops_nothing(up: Up) -> None:
    done = up.command("up", "--repo", "ext::true")

    assert done.returncode == 2
    assert done.stderr.startswith("gitinsight: ext::true is not analysed: ")
    assert "It is analysing" not in done.stdout


@pytest.mark.parametrize("words", [("gunicorn",), ("worker", "--name=worker-1"), ("scheduler",)], ids=str)
def test_a_killed_process_is_started_again_and_logged(up: Up, words: tuple[str, ...]) -> None:
    killed = up.child(*words)
    told = up.complained.count("process_restarted")

    killed.kill()

    until(lambda: up.complained.count("process_restarted") == told + 1, 20)
    assert '"exit_code": -9' in up.complained
    until(up.repositories, RECOVERY_SECONDS)
    assert up.child(*words).pid != killed.pid


def test_a_killed_valkey_comes_back_with_its_data(up: Up) -> None:
    server = next(one for one in up.process.children() if "valkey-server" in one.name())
    path = str(embedded_socket(up.home))
    with Redis(unix_socket_path=path) as connection:
        connection.set("test:kept", "yes")
        # The append-only file reaches the disk within a second; a killed process loses not even that.
        server.kill()
        until(lambda: _kept(path) == b"yes", 20)
    repository = up.repositories()[0]
    job = up.api(f"/repositories/{repository['id']}/analyze", analyzers=["people"])
    until(lambda: up.api(f"/jobs/{job['id']}")["state"] == "succeeded", RECOVERY_SECONDS)


def _kept(path: str) -> object:
    try:
        with Redis(unix_socket_path=path, retry=None) as connection:
            return connection.get("test:kept")
    except (OSError, RedisError):
        return None


def test_a_taken_port_that_was_asked_for_is_refused(
    up: Up, clean_environment: dict[str, str], tmp_path: Path
) -> None:
    port = up.environment["PORT"]
    environment = clean_environment | {"GITINSIGHT_HOME": str(tmp_path), "PORT": port}

    done = subprocess.run(
        [sys.executable, "-m", "gitinsight", "up"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == (
        f"gitinsight: Port {port} is taken by another program: choose another with PORT or --port.\n"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells proportional set sizes")
def test_all_processes_together_need_little_memory_when_idle(up: Up) -> None:
    until(lambda: {_status(up, name) for name in ("small", "other")} == {"ready"})
    until(lambda: not _work_horses(up))

    assert sum(proportional_bytes(process) for process in up.family()) <= IDLE_BYTES


def _work_horses(up: Up) -> list[psutil.Process]:
    workers = [one for one in up.process.children() if "worker" in command_line(one)]
    with contextlib.suppress(psutil.NoSuchProcess):
        return [horse for worker in workers for horse in worker.children()]
    return []


def test_ctrl_c_stops_everything_within_ten_seconds(up: Up) -> None:
    seconds = up.ask_to_stop(signal.SIGINT)

    assert seconds < STOP_SECONDS
    assert up.process.returncode == 0
    assert up.survivors() == []
    assert up.printed.rstrip().endswith("Stopping …")
    assert "Traceback" not in up.complained
