"""The product as a PaaS runs it: requirements.txt, bin/post_compile, then the Procfile's processes.

Web and worker share no disk, production's checks apply, PostgreSQL and Redis are given by address.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.processes import command_line, lives
from tests.repositories import Repo
from tests.running import until

pytestmark = [pytest.mark.postgres, pytest.mark.packaging]

CHECKOUT = Path(__file__).resolve().parents[1]
RUNNER = CHECKOUT / "tests" / "procfile_runner.py"
INSTALL_SECONDS = 300
STOP_SECONDS = 10


@dataclass(frozen=True)
class Dyno:
    """A copy of the checkout with its own environment, and the variables that the operator has set."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        """What a one-off command prints."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


@pytest.fixture(scope="module")
def dyno(tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Dyno:
    """The files that git knows, and a fresh virtual environment into which pip installed them."""
    folder, environment = tmp_path_factory.mktemp("app"), tmp_path_factory.mktemp("python") / "venv"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=CHECKOUT, capture_output=True, check=True).stdout.split(b"\0")
    for name in map(os.fsdecode, filter(None, names)):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, folder / name)
    venv.create(environment, symlinks=True)
    _show_dependencies(environment)
    variables = {name: text for name, text in clean_environment.items() if not name.startswith("PYTHON")}
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    made = Dyno(folder, variables | {"PATH": path, "VIRTUAL_ENV": str(environment)})
    made.run("python", "-m", "pip", "install", "--quiet", "-r", "requirements.txt")
    made.run("bin/post_compile")
    return made


def _show_dependencies(environment: Path) -> None:
    """Let Python find pip and the pinned dependencies, as a PaaS finds them in its cache.

    The project itself stays out of sight: the .pth files of such a folder are not read.
    """
    own = sysconfig.get_path("purelib", vars={"base": str(environment)})
    known = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    (Path(own) / "dependencies.pth").write_text("\n".join(known))


@pytest.fixture
def source(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path, "service.git")
    for number in range(60):
        repo.commit({"app.py": f"def f(x):\n    return x + {number}\n"}, f"Change {number}")
    return repo


@pytest.fixture
def production(dyno: Dyno, postgres_url: str, redis_url: str, tmp_path: Path) -> Dyno:
    """The variables of a production installation; its database is still empty."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    variables = {
        "DATABASE_URL": postgres_url.replace("postgresql+psycopg://", "postgres://"),
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "GITINSIGHT_PROFILE": "production",
        "GITINSIGHT_SECRET_KEY": "a key of no less than thirty-two characters",
        "GITINSIGHT_TRUSTED_PROXIES": "1",
        "GITINSIGHT_ALLOW_LOCAL_PATHS": "true",
        "GITINSIGHT_HOME": str(tmp_path / "one-off"),
    }
    return Dyno(dyno.folder, dyno.environment | variables)


@pytest.fixture
def formation(production: Dyno, tmp_path: Path) -> Iterator[psutil.Popen]:
    """Release, then web, worker and scheduler, with a home folder for each."""
    commands = dict(
        line.split(": ", 1) for line in (production.folder / "Procfile").read_text().splitlines() if line
    )
    production.run("sh", "-c", commands["release"])
    homes = {name: {"GITINSIGHT_HOME": str(tmp_path / name)} for name in ("web", "worker", "scheduler")}
    with (tmp_path / "honcho.log").open("wb") as log:
        runner = psutil.Popen(
            [sys.executable, str(RUNNER), str(production.folder), json.dumps(homes)],
            env=production.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield runner
    finally:
        family = [runner, *runner.children(recursive=True)] if runner.is_running() else []
        for process in family:
            if process.is_running():
                process.kill()


class Site:
    """The running site, asked over HTTP with an operator's key as a proxy passes it on."""

    def __init__(self, production: Dyno) -> None:
        self._base = f"http://127.0.0.1:{production.environment['PORT']}"
        key = production.run("python", "-m", "gitinsight", "keys", "create")
        self._headers = {"Authorization": f"Bearer {key}", "X-Forwarded-Proto": "https"}

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self._base}/health/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    def get(self, path: str) -> requests.Response:
        answer = requests.get(f"{self._base}{path}", headers=self._headers, timeout=30)
        answer.raise_for_status()
        return answer

    def add(self, url: str) -> dict[str, Any]:
        answer = requests.post(
            f"{self._base}/api/v1/repositories", json={"url": url}, headers=self._headers, timeout=30
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["repository"])


def test_a_repository_is_analysed_and_its_page_shows_insights_with_evidence(
    production: Dyno, formation: psutil.Popen, source: Repo, tmp_path: Path
) -> None:
    site = Site(production)
    until(site.is_ready)

    repository = site.add(str(source.git_dir))
    where = f"/repositories/{repository['id']}"
    until(
        lambda: site.get(f"/api/v1{where}").json()["analysis_status"] in {"ready", "partial", "failed"}, 120
    )

    assert site.get(f"/api/v1{where}").json()["analysis_status"] == "ready"
    insights = site.get(f"/api/v1{where}/insights").json()["items"]
    assert {insight["analyzer"] for insight in insights} >= {"quality", "people", "sentiment"}
    assert all(insight["evidence"] for insight in insights)
    page = site.get(where).text
    assert "service" in page
    assert any(insight["title"] in page for insight in insights)
    assert "Evidence" in page
    assert site.get("/static/vendor/htmx.min.js").content
    assert not (tmp_path / "web" / "mirrors").exists(), "the web process needs no mirror"
    assert (tmp_path / "worker" / "mirrors").exists()
    _assert_all_stop(formation)


def _assert_all_stop(formation: psutil.Popen) -> None:
    family = [formation, *formation.children(recursive=True)]
    formation.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
    assert [command_line(process) for process in alive if lives(process)] == []


def test_production_refuses_to_start_without_its_settings(production: Dyno) -> None:
    environment = production.environment | {"GITINSIGHT_SECRET_KEY": ""}

    done = subprocess.run(
        ["python", "-m", "gitinsight", "web"],
        cwd=production.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == "gitinsight: The production profile needs GITINSIGHT_SECRET_KEY.\n"
