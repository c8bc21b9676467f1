"""Streams of events: what is replayed, what comes live, who may read which, and how each form ends."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from simple_websocket import Client, ConnectionClosed

from gitinsight import bus
from gitinsight.domain.access import OPERATOR, Permission, Role, Viewer
from gitinsight.domain.events import Topic
from gitinsight.services import api_keys, feeds, repositories, streams
from gitinsight.services.context import session
from gitinsight.store.repositories import Repository
from gitinsight.web import places
from gitinsight.web import streams as live
from tests.probing import Program, small_repository
from tests.serving import served
from tests.signing import bearer_of

API = "/api/v1"


@pytest.fixture
def ann(app: Flask) -> Program:
    return Program(app, "ann")


@pytest.fixture
def bob(app: Flask) -> Program:
    return Program(app, "bob")


@pytest.fixture
def root(app: Flask) -> Program:
    return Program(app, "root", Role.ADMIN)


def good(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


def viewer_of(program: Program) -> Viewer:
    return Viewer.of_role(Role.USER, program.user_id, "ann")


@pytest.fixture
def open_one(app: Flask, tmp_path: Path) -> UUID:
    return repositories.add(OPERATOR, str(small_repository(tmp_path / "open").git_dir)).id


@pytest.fixture
def anns_own(app: Flask, ann: Program, tmp_path: Path) -> UUID:
    """A private repository of Ann's."""
    found = repositories.add(OPERATOR, str(small_repository(tmp_path / "own").git_dir)).id
    row = session().get_one(Repository, found)
    row.visibility, row.owner_id = "private", ann.user_id  # type: ignore[assignment]
    session().commit()
    return found


def happen(repository_id: UUID, *numbers: int) -> None:
    for number in numbers:
        feeds.note(Topic.ANALYSIS_PROGRESS, {"number": number}, repository_id=repository_id)
    feeds.commit()


def page(program: Program | FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    if isinstance(program, Program):
        return good(program("GET", f"{API}{path}", query_string=query))
    return good(program.get(f"{API}{path}", query_string=query))


def newest(program: Program | FlaskClient) -> int:
    """The id of the last event that there is."""
    return int(page(program, "/stream/global/activity")["last_event_id"])


def numbers(found: dict[str, Any]) -> list[int]:
    return [item["payload"]["number"] for item in found["items"] if "number" in item["payload"]]


# Pages


def test_a_page_goes_on_where_the_last_one_ended(guest: FlaskClient, open_one: UUID) -> None:
    path = f"/stream/repository/{open_one}/updates"
    happen(open_one, *range(5))
    start = page(guest, path, limit=1)["last_event_id"]
    happen(open_one, *range(5, 10))

    first = page(guest, path, last_event_id=start, limit=3)
    second = page(guest, path, last_event_id=first["last_event_id"], limit=3)
    third = page(guest, path, last_event_id=second["last_event_id"], limit=3)

    assert (numbers(first), first["more"]) == ([5, 6, 7], True)
    assert (numbers(second), second["more"]) == ([8, 9], False)
    assert (third["items"], third["last_event_id"]) == ([], second["last_event_id"])


def test_without_an_id_the_newest_are_told(guest: FlaskClient, open_one: UUID) -> None:
    happen(open_one, *range(9))

    found = page(guest, f"/stream/repository/{open_one}/updates", limit=2)

    assert numbers(found) == [7, 8]
    assert found["items"][0].keys() == {"sequence", "topic", "at", "repository_id", "user_id", "payload"}
    assert found["items"][1]["sequence"] == found["last_event_id"]
    assert found["items"][0]["repository_id"] == str(open_one)


def test_an_id_that_was_never_given_is_of_another_database_so_all_is_news(
    guest: FlaskClient, open_one: UUID
) -> None:
    happen(open_one, 1)

    found = page(guest, f"/stream/repository/{open_one}/updates", last_event_id=10**12)

    assert numbers(found) == [1]


def test_events_of_others_in_between_are_not_looked_through_again(guest: FlaskClient, open_one: UUID) -> None:
    happen(open_one, 1)
    path = f"/stream/repository/{open_one}/updates"
    start = page(guest, path)["last_event_id"]
    happen(uuid4(), *range(10))

    assert page(guest, path, last_event_id=start)["last_event_id"] == start + 10


@pytest.mark.parametrize(
    "query",
    ["last_event_id=-1", "last_event_id=x", f"last_event_id={2**63}", "limit=0", "limit=501", "more=1"],
)
def test_a_wrong_query_is_refused_in_each_form(app: Flask, guest: FlaskClient, query: str) -> None:
    path = f"{API}/stream/global/activity?{query}"
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}

    for headers in ({}, {"Accept": "text/event-stream"}, {**upgrade, "Sec-WebSocket-Key": "a2V5"}):
        answer = guest.get(path, headers=headers)
        assert answer.status_code == 422
        assert answer.json["error"]["code"] == "VALIDATION_ERROR"


# Who may read which


def test_what_happens_to_a_private_repository_is_told_to_its_owner_and_admins_alone(
    guest: FlaskClient, ann: Program, bob: Program, root: Program, anns_own: UUID, open_one: UUID
) -> None:
    happen(anns_own, 1)
    happen(open_one, 2)
    own = f"/stream/repository/{anns_own}/updates"

    for reader, seen in ((guest, [2]), (bob, [2]), (ann, [1, 2]), (root, [1, 2])):
        assert numbers(page(reader, "/stream/global/activity")) == seen
    assert numbers(page(ann, own)) == numbers(page(root, own)) == [1]
    for answer in (guest.get(f"{API}{own}"), bob("GET", f"{API}{own}")):
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "REPOSITORY_NOT_FOUND")
        assert answer.json["error"]["message"] == f"There is no repository {anns_own}."


def test_the_installations_events_are_for_admins(ann: Program, root: Program, open_one: UUID) -> None:
    feeds.note(Topic.HEALTH_CHECKED, {"ok": True})
    happen(open_one, 1)

    assert [item["topic"] for item in page(root, "/stream/global/activity")["items"]][-2:] == [
        Topic.HEALTH_CHECKED,
        Topic.ANALYSIS_PROGRESS,
    ]
    assert Topic.HEALTH_CHECKED not in {
        item["topic"] for item in page(ann, "/stream/global/activity")["items"]
    }


def test_a_feed_has_what_its_user_did_and_follows(
    ann: Program, bob: Program, root: Program, open_one: UUID, anns_own: UUID, tmp_path: Path
) -> None:
    other = repositories.add(OPERATOR, str(small_repository(tmp_path / "other").git_dir)).id
    for reader, followed in ((ann, open_one), (bob, other)):
        assert reader("POST", f"{API}/repositories/{followed}/follow").status_code == 204
    happen(open_one, 1)
    happen(other, 2)
    happen(anns_own, 3)
    feed = f"/stream/user/{ann.user_id}/feed"

    for reader in (ann, root):
        found = page(reader, feed)
        assert [item["topic"] for item in found["items"]] == [
            Topic.REPOSITORY_FOLLOWED,
            Topic.ANALYSIS_PROGRESS,
        ]
        assert numbers(found) == [1]
        assert found["items"][0]["user_id"] == str(ann.user_id)
    assert Topic.REPOSITORY_FOLLOWED not in {
        item["topic"] for item in page(root, "/stream/global/activity")["items"]
    }


def test_a_feed_is_for_its_user_and_admins(
    guest: FlaskClient, bob: Program, root: Program, ann: Program
) -> None:
    def status(answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json["error"]["code"]

    feed, nobodys = f"{API}/stream/user/{ann.user_id}/feed", f"{API}/stream/user/{uuid4()}/feed"
    assert status(guest.get(feed)) == (401, "AUTHENTICATION_REQUIRED")
    assert status(bob("GET", feed)) == status(bob("GET", nobodys)) == (404, "NOT_FOUND")
    assert status(root("GET", nobodys)) == (404, "NOT_FOUND")


# Live, on a real socket


@contextmanager
def listening(address: str, path: str, **headers: str) -> Iterator[Iterator[tuple[str, str, Any]]]:
    """Server-sent events as they come: id, kind, data."""
    with requests.get(
        f"{address}{API}{path}", headers={"Accept": "text/event-stream", **headers}, stream=True, timeout=20
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        yield _messages(answer.iter_lines(chunk_size=1, decode_unicode=True))


def _messages(lines: Iterator[str]) -> Iterator[tuple[str, str, Any]]:
    told: dict[str, str] = {}
    deadline = time.monotonic() + 30
    for line in lines:
        assert time.monotonic() < deadline, "only signs of life came"
        if line:
            name, _, value = line.partition(": ")
            told[name] = value
        elif "data" in told:
            yield told.get("id", ""), told.get("event", ""), json.loads(told.pop("data"))
            told.clear()


def listeners(app: Flask) -> int:
    return int(app.extensions["gitinsight"].hub.listeners)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_server_sent_events_replay_first_and_then_go_on(
    app: Flask, guest: FlaskClient, open_one: UUID
) -> None:
    happen(open_one, 1, 2)
    start = page(guest, "/stream/global/activity")["last_event_id"]
    happen(open_one, 3)

    with (
        served(app) as address,
        listening(address, f"/stream/global/activity?last_event_id={start - 1}") as told,
    ):
        replayed = [next(told), next(told)]
        happen(open_one, 4)
        coming = next(told)

    assert [data["payload"]["number"] for _, _, data in (*replayed, coming)] == [2, 3, 4]
    assert [int(number) for number, _, _ in (*replayed, coming)] == [start, start + 1, start + 2]
    assert coming[1] == Topic.ANALYSIS_PROGRESS


def test_the_id_that_a_browser_sends_stands_above_that_of_the_address(app: Flask, open_one: UUID) -> None:
    happen(open_one, 1, 2, 3)
    last = newest(app.test_client())
    path = f"/stream/repository/{open_one}/updates?last_event_id=1"

    with served(app) as address, listening(address, path, **{"Last-Event-ID": str(last - 1)}) as told:
        assert next(told)[2]["payload"] == {"number": 3}
        answer = requests.get(
            f"{address}{API}{path}", headers={"Accept": "text/event-stream", "Last-Event-ID": "x"}, timeout=10
        )

    assert answer.status_code == 422


def test_a_websocket_replays_first_and_then_goes_on(
    app: Flask, ann: Program, anns_own: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.2)
    happen(anns_own, 1)
    path = f"{API}/stream/repository/{anns_own}/updates?last_event_id=0"

    with served(app) as address:
        socket = Client.connect(address.replace("http", "ws") + path, headers=bearer_of(ann.key))
        first = json.loads(socket.receive(timeout=20))
        while "number" not in first["payload"]:
            first = json.loads(socket.receive(timeout=20))
        happen(anns_own, 2)
        second = json.loads(socket.receive(timeout=20))
        socket.close()

    assert (first["payload"], second["payload"]) == ({"number": 1}, {"number": 2})
    assert second["sequence"] == first["sequence"] + 1
    wait_for(lambda: listeners(app) == 0)


def test_events_are_neither_lost_nor_told_twice_while_a_reader_catches_up(app: Flask, open_one: UUID) -> None:
    happen(open_one, *range(450))
    stop = threading.Event()

    def go_on() -> None:
        with app.app_context():
            for number in range(450, 600):
                happen(open_one, number)
                if stop.wait(0.002):
                    return

    with (
        served(app) as address,
        listening(address, f"/stream/repository/{open_one}/updates?last_event_id=0") as told,
    ):
        writer = threading.Thread(target=go_on)
        writer.start()
        try:
            found = [data["payload"]["number"] for _, _, data in (next(told) for _ in range(600))]
        finally:
            stop.set()
            writer.join()

    assert found == list(range(600))


def test_only_what_a_reader_may_see_comes_live(
    app: Flask, bob: Program, open_one: UUID, anns_own: UUID
) -> None:
    path = f"/stream/global/activity?last_event_id={newest(bob)}"
    with served(app) as address, listening(address, path, **bearer_of(bob.key)) as told:
        happen(open_one, 0)
        assert next(told)[2]["payload"] == {"number": 0}
        happen(anns_own, 1)
        feeds.note(Topic.HEALTH_CHECKED, {"ok": True})
        feeds.note(Topic.REPOSITORY_FOLLOWED, {}, repository_id=open_one, user_id=bob.user_id)
        happen(open_one, 2)

        assert next(told)[2]["payload"] == {"number": 2}


def test_a_stream_ends_for_a_reader_who_may_no_longer(
    app: Flask, ann: Program, open_one: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.1)
    with served(app) as address, listening(address, "/stream/global/activity", **bearer_of(ann.key)) as told:
        wait_for(lambda: listeners(app) == 1)
        (key,) = api_keys.listing(viewer_of(ann))
        api_keys.revoke(viewer_of(ann), key.id)

        _, kind, data = next(told)
        assert (kind, data["code"]) == ("closed", "AUTHENTICATION_REQUIRED")
        assert next(told, None) is None
    wait_for(lambda: listeners(app) == 0)


def _drain(socket: Client) -> None:
    while socket.receive(timeout=20) is not None:
        pass


def test_a_socket_closes_when_its_repository_is_gone(
    app: Flask, open_one: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.0)
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.1)
    with served(app) as address:
        socket = Client.connect(f"{address.replace('http', 'ws')}{API}/stream/repository/{open_one}/updates")
        wait_for(lambda: listeners(app) == 1)
        repositories.remove(OPERATOR, open_one)
        with pytest.raises(ConnectionClosed) as closed:
            _drain(socket)

    assert (closed.value.reason, closed.value.message) == (1008, "REPOSITORY_NOT_FOUND")


def test_a_repository_that_becomes_private_falls_silent(
    app: Flask, guest: FlaskClient, open_one: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "RIGHTS_SECONDS", 0.0)
    other = repositories.add(OPERATOR, str(small_repository(tmp_path / "other").git_dir)).id
    path = f"/stream/global/activity?last_event_id={newest(guest)}"
    with served(app) as address, listening(address, path) as told:
        happen(open_one, 1)
        assert next(told)[2]["payload"] == {"number": 1}
        session().get_one(Repository, open_one).visibility = "private"  # type: ignore[assignment]
        session().commit()
        happen(open_one, 2)
        happen(other, 3)

        assert next(told)[2]["payload"] == {"number": 3}


def test_a_reader_that_is_too_slow_is_told_to_come_again_and_misses_nothing(
    app: Flask, open_one: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "QUEUE_LENGTH", 3)
    happen(open_one, 0)
    first = streams.of_all(OPERATOR).page(None, 1).last_event_id

    with closing(streams.of_all(OPERATOR).follow(first - 1, 5.0)) as stream:
        seen = [next(stream)]
        happen(open_one, *range(1, 50))
        (listener,) = app.extensions["gitinsight"].hub._subscriptions
        wait_for(lambda: listener.overflowed)
        seen += list(stream)
    last = [event.sequence for event in seen if event][-1]
    with closing(streams.of_all(OPERATOR).follow(last, 5.0)) as again:
        seen += [next(again) for _ in range(50 - len(seen))]

    assert [event.payload["number"] for event in seen if event] == list(range(50))


@pytest.mark.parametrize("path", ["/stream/global/activity", f"/stream/user/{uuid4()}/feed"])
def test_a_page_of_another_site_opens_no_socket(app: Flask, path: str) -> None:
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}

    answer = app.test_client().get(
        f"{API}{path}", headers={**asked, "Sec-WebSocket-Key": "a2V5", "Origin": "https://evil.example"}
    )

    assert (answer.status_code, answer.json["error"]["code"]) in {
        (403, "AUTHORIZATION_DENIED"),
        (401, "AUTHENTICATION_REQUIRED"),
    }


def test_a_credential_without_the_scope_reads_no_stream(app: Flask, open_one: UUID) -> None:
    program = Program(app, "ann", Role.USER, Permission.INSIGHTS_READ)

    for path in (
        "/stream/global/activity",
        f"/stream/repository/{open_one}/updates",
        f"/stream/user/{program.user_id}/feed",
    ):
        assert program("GET", f"{API}{path}").status_code == 403


def test_who_takes_anything_gets_a_page(guest: FlaskClient) -> None:
    for accept in ("*/*", "application/json, text/event-stream;q=0.5", "text/html"):
        answer = guest.get(f"{API}/stream/global/activity", headers={"Accept": accept})
        assert answer.mimetype == "application/json"
        assert "Accept" in answer.headers["Vary"]


def test_a_reader_has_so_many_streams_at_once_and_others_have_theirs(
    app: Flask, ann: Program, bob: Program, open_one: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_OPEN", 2)
    monkeypatch.setattr(live, "QUIET_SECONDS", 0.1)
    path = "/stream/global/activity"
    with served(app) as address:
        socket = Client.connect(address.replace("http", "ws") + API + path, headers=bearer_of(ann.key))
        with listening(address, path, **bearer_of(ann.key)):
            wait_for(lambda: listeners(app) == 2)
            refused = requests.get(
                f"{address}{API}{path}",
                headers={"Accept": "text/event-stream", **bearer_of(ann.key)},
                timeout=10,
            )
            second = Client.connect(address.replace("http", "ws") + API + path, headers=bearer_of(ann.key))
            with pytest.raises(ConnectionClosed) as closed:
                _drain(second)
            with listening(address, path, **bearer_of(bob.key)):
                pass
        socket.close()
        wait_for(lambda: not places._open)
        with listening(address, path, **bearer_of(ann.key)):
            pass
        wait_for(lambda: not places._open)

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert int(refused.headers["Retry-After"]) > 0
    assert closed.value.message == "RATE_LIMIT_EXCEEDED"
