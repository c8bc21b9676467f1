"""What Prometheus scrapes: who may, which figures there are, and that processes count together."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from tests.probing import analysed, probed_app, small_repository
from tests.test_up import free_port

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "operating.md").read_text(encoding="utf-8")
TOLD = re.findall(r"^\| `(gitinsight_\w+)` \| ([^|]*) \|", PAGE, flags=re.MULTILINE)


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as application:
        yield application


def samples(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """The values by name and the values of the labels."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(client: FlaskClient) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return samples(answer.text)


def test_requests_are_counted_by_the_rule_of_their_address(guest: FlaskClient) -> None:
    def count(route: str, status: str) -> float:
        return scraped(guest).get(("gitinsight_http_request_seconds_count", ("GET", route, status)), 0.0)

    rule = "/api/v1/repositories/<uuid:repository_id>"
    missing, nowhere = count(rule, "404"), count("", "404")
    for number in range(3):
        guest.get(f"/api/v1/repositories/00000000-0000-0000-0000-00000000000{number}")
        guest.get(f"/no/such/page/{number}")

    assert count(rule, "404") == missing + 3
    assert count("", "404") == nowhere + 3


def test_a_method_that_nobody_knows_makes_no_series_of_its_own(guest: FlaskClient) -> None:
    guest.open("/health", method="BREW")

    methods = {
        labels[0] for name, labels in scraped(guest) if name == "gitinsight_http_request_seconds_count"
    }
    assert "BREW" not in methods
    assert "other" in methods


def test_the_installation_tells_how_it_does(app: Flask, guest: FlaskClient, tmp_path: Path) -> None:
    analysed(small_repository(tmp_path / "one"), "probe")

    found = scraped(guest)

    assert found["gitinsight_repositories", ("ready",)] == 1
    assert found["gitinsight_work_ended", ("succeeded", "analysis")] == 1
    assert found["gitinsight_work_ended", ("succeeded", "analyzer:probe")] == 1
    assert found["gitinsight_work_seconds", ("0.5", "analysis")] > 0
    assert found["gitinsight_part_up", ("redis",)] == found["gitinsight_part_up", ("database",)] == 1
    assert {name for name, _ in found} >= {"gitinsight_queue_jobs", "gitinsight_workers"}


def test_without_redis_and_database_it_still_tells_which_parts_work(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    nowhere = {"REDIS_URL": f"unix://{tmp_path}/nowhere"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **nowhere) as application:
        found = scraped(application.test_client())

    assert found["gitinsight_part_up", ("redis",)] == 0
    assert not any(name == "gitinsight_workers" for name, _ in found)


def test_only_the_private_network_or_the_token_opens_it(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, (), GITINSIGHT_METRICS_TOKEN="t" * 32
    ) as application:
        client = application.test_client()

        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {'t' * 32}"}).status_code == 200
    other = tmp_path / "other"
    other.mkdir()
    with probed_app(other, valkey_socket, migrated_sqlite, ()) as application:
        far = application.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert far.status_code == 401


def test_the_documented_figures_are_those_that_there_are(
    app: Flask, guest: FlaskClient, tmp_path: Path
) -> None:
    analysed(small_repository(tmp_path / "one"), "probe")
    text = guest.get("/metrics").text
    families = [
        one
        for one in text_string_to_metric_families(text)
        if one.name.startswith("gitinsight_") and not one.name.endswith("_created")
    ]
    suffix = {"counter": "_total"}

    assert {one.name + suffix.get(one.type, "") for one in families} == {name for name, _ in TOLD}
    for name, labels in TOLD:
        family = next(one for one in families if one.name == name.removesuffix("_total"))
        for sample in family.samples:
            if not sample.name.endswith(("_bucket", "_created")):
                assert set(sample.labels) == set(re.findall(r"`(\w+)`", labels)), name


def test_web_processes_count_together(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> None:
    port = free_port()
    (tmp_path / "home").mkdir()
    shutil.copy(migrated_sqlite, tmp_path / "home" / "gitinsight.db")
    environment = {
        "PATH": "/usr/bin:/bin",
        "GITINSIGHT_HOME": str(tmp_path / "home"),
        "REDIS_URL": f"unix://{valkey_socket}",
        "GITINSIGHT_WEB_CONCURRENCY": "2",
        "GITINSIGHT_RATE_LIMIT_ADDRESS": "0",
    }
    web = subprocess.Popen(
        [sys.executable, "-m", "gitinsight", "web", "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        before = _answered(address)
        for _ in range(40):
            # A connection of its own each, so that both processes get some.
            requests.get(f"{address}/health", timeout=10, headers={"Connection": "close"})
        counts = {_answered(address) - before for _ in range(6)}
        held = requests.get(
            f"{address}/api/v1/stream/global/activity",
            headers={"Accept": "text/event-stream"},
            stream=True,
            timeout=20,
        )
        with held:
            next(held.iter_lines())
            open_now = {_open(address) for _ in range(6)}
            for child in psutil.Process(web.pid).children():
                child.kill()
        _wait_for(address)
        open_then = {_open(address) for _ in range(6)}
        kept = _answered(address)
    finally:
        web.terminate()
        web.wait(20)

    assert counts == {40.0}
    assert (open_now, open_then) == ({1.0}, {0.0})
    assert kept >= before + 40, "what the killed ones counted"


def _scrape(address: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return samples(requests.get(f"{address}/metrics", timeout=20, headers={"Connection": "close"}).text)


def _answered(address: str) -> float:
    return _scrape(address).get(("gitinsight_http_request_seconds_count", ("GET", "/health", "200")), 0.0)


def _open(address: str) -> float:
    return _scrape(address).get(("gitinsight_live_open", ()), 0.0)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            requests.get(f"{address}/health", timeout=5)
            return
        except requests.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
