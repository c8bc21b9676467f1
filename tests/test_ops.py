"""What operators and load balancers ask, and who may see the details."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight import __version__
from tests.probing import install, probed_app


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("ops")
    install(folder / "plugins", "broken", "raise SystemExit('leaving')\n")
    with probed_app(folder, valkey_socket, migrated_sqlite) as application:
        yield application


def detailed(client: FlaskClient, address: str = "127.0.0.1", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.get("/health/detailed", headers=named, environ_base={"REMOTE_ADDR": address})
    return answer.status_code


def test_a_process_is_alive_when_it_answers(guest: FlaskClient) -> None:
    assert (guest.get("/health").status_code, guest.get("/health").json) == (200, {"status": "ok"})


def test_it_is_ready_when_all_parts_work(guest: FlaskClient) -> None:
    answer = guest.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "parts": {"database": "ok", "redis": "ok", "home": "ok"}}


def test_it_is_not_ready_without_redis_though_alive(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    nowhere = {"REDIS_URL": f"unix://{tmp_path}/nowhere"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **nowhere) as application:
        client = application.test_client()

        assert client.get("/health").status_code == 200
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json["parts"]["redis"]) == (503, "failing")
        assert answer.json["parts"]["database"] == "ok"
        details = client.get("/health/detailed").json
        assert (details["status"], details["queues"]) == ("failing", None)
        assert client.get("/api/v1/repositories").status_code == 200, "reading goes on"


def test_it_is_not_ready_without_its_database(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    missing = {"DATABASE_URL": f"sqlite:///{tmp_path}/no/folder/x.db"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **missing) as application:
        client = application.test_client()

        for _ in range(2):
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json["parts"]["database"]) == (503, "failing")
        assert client.get("/api/v1/repositories").status_code == 500


def test_the_details_name_the_parts_the_queues_and_the_plugins_that_failed(guest: FlaskClient) -> None:
    answer = guest.get("/health/detailed").json

    assert answer["version"] == __version__
    assert {part["name"]: part["ok"] for part in answer["parts"]} == {
        "database": True,
        "redis": True,
        "home": True,
    }
    assert answer["queues"] == {"interactive": 0, "default": 0}
    assert answer["plugins"] == [{"plugin": "broken", "action": "import", "reason": "SystemExit: leaving"}]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("::1", 200),
        ("10.1.2.3", 200),
        ("fd00::1", 200),
        ("::ffff:192.168.0.7", 200),
        ("8.8.8.8", 401),
        ("::ffff:8.8.8.8", 401),
        ("2600::1", 401),
        ("", 401),
        ("unix:", 401),
    ],
)
def test_the_details_are_for_the_private_network(guest: FlaskClient, address: str, status: int) -> None:
    assert detailed(guest, address) == status


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP", "Via"])
def test_a_caller_behind_an_unknown_proxy_is_not_taken_for_the_proxy(guest: FlaskClient, header: str) -> None:
    assert detailed(guest, **{header: "8.8.8.8"}) == 401


def test_a_known_proxy_tells_who_the_caller_is(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    trusted = {"GITINSIGHT_TRUSTED_PROXIES": "1"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **trusted) as application:
        client = application.test_client()

        assert detailed(client, X_Forwarded_For="10.0.0.9") == 200
        assert detailed(client, X_Forwarded_For="8.8.8.8") == 401
        assert detailed(client, X_Forwarded_For="10.0.0.9, 8.8.8.8") == 401, (
            "the last hop is the proxy's word"
        )


@pytest.mark.parametrize(
    "changes", [{}, {"GITINSIGHT_PROFILE": "production", "GITINSIGHT_SECRET_KEY": "k" * 32}]
)
def test_a_token_opens_the_details_and_is_needed_where_there_is_one(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path, changes: dict[str, Any]
) -> None:
    settings = {
        "GITINSIGHT_METRICS_TOKEN": "hush",
        "DATABASE_URL": f"sqlite:///{tmp_path}/home/gitinsight.db",
    }
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **settings, **changes) as application:
        client = application.test_client()

        assert detailed(client) == 401
        assert detailed(client, Authorization="Bearer wrong") == 401
        assert detailed(client, Authorization="Bearer h\xfcsh") == 401
        assert detailed(client, "8.8.8.8", Authorization="Bearer hush") == 200


def test_production_without_a_token_shows_no_details(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    production = {
        "GITINSIGHT_PROFILE": "production",
        "GITINSIGHT_SECRET_KEY": "k" * 32,
        "DATABASE_URL": f"sqlite:///{tmp_path}/home/gitinsight.db",
    }
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **production) as application:
        assert detailed(application.test_client()) == 401
        assert detailed(application.test_client(), Authorization="Bearer ") == 401
