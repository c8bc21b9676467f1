"""Two web processes as an operator starts them, with one Valkey that dies while they serve and comes back."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from redis import Redis

from tests.conftest import GENEROUS
from tests.running import until
from tests.servers import ValkeyServer
from tests.test_up import free_port

LIMIT = 20


class Web:
    """A `gitinsight web` of its own on a database that others use too."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._log = log
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "gitinsight", "web", "--port", str(port)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def lives(self) -> bool:
        assert self._process.poll() is None, self.log
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.address}/health", timeout=5).ok
        return False

    def ask(self) -> tuple[int, int]:
        """The status of a guest's request and how many are left."""
        answer = requests.get(f"{self.address}/api/v1/repositories", timeout=10)
        return answer.status_code, int(answer.headers["RateLimit-Remaining"])

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture
def server() -> Iterator[ValkeyServer]:
    folder = Path(tempfile.mkdtemp(prefix="gi-valkey-"))
    made = ValkeyServer(folder)
    made.start()
    yield made
    made.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def webs(
    tmp_path: Path, server: ValkeyServer, migrated_sqlite: Path, clean_environment: dict[str, str]
) -> Iterator[list[Web]]:
    shutil.copy(migrated_sqlite, tmp_path / "gitinsight.db")
    own = {"GITINSIGHT_HOME": str(tmp_path), "REDIS_URL": server.url, "GITINSIGHT_LOG_FORMAT": "json"}
    environment = clean_environment | GENEROUS | own | {"GITINSIGHT_RATE_LIMIT_GUEST": str(LIMIT)}
    made = [Web(environment, tmp_path / f"{name}.log") for name in ("first", "second")]
    try:
        until(lambda: all(web.lives() for web in made))
        yield made
    finally:
        for web in made:
            web.end()


def test_two_processes_count_together_alone_and_together_again(webs: list[Web], server: ValkeyServer) -> None:
    first, second = webs

    together = [web.ask() for _ in range(LIMIT // 2) for web in webs]
    assert together == [(200, LIMIT - 1 - number) for number in range(LIMIT)]
    assert [web.ask() for web in webs] == [(429, 0), (429, 0)]

    server.kill()
    for web in webs:
        alone = [web.ask()[0] for _ in range(LIMIT + 1)]
        assert alone == [200] * LIMIT + [429], "each counts by itself, and answers all the same"
        assert len(re.findall("rate_limits_counted_in_memory", web.log)) == 1

    server.start()
    with Redis.from_url(server.url) as connection:
        connection.flushall()
    assert until(lambda: [found for found in [first.ask()] if found[0] == 200]) == [(200, LIMIT - 1)]
    assert until(lambda: [found for found in [second.ask()] if found[0] == 200]) == [(200, LIMIT - 2)]
    assert all("rate_limits_shared_again" in web.log for web in webs)
