"""Events: written with their change, numbered without gaps, delivered in order, whatever dies meanwhile."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select

from gitinsight import valkey
from gitinsight.bus import QUEUE_LENGTH, STREAM, Bus, Hub, Subscription, decode, encode
from gitinsight.domain.events import PublishedEvent, Topic
from gitinsight.services import feeds
from gitinsight.services.context import session, tools
from gitinsight.store.events import EventRow
from tests.probing import probed_app

AT = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, ()) as application:
        yield application


def note(number: int, repository_id: UUID | None = None) -> None:
    feeds.note(Topic.HEALTH_CHECKED, {"number": number}, repository_id=repository_id)


def sequences() -> list[int | None]:
    session().expire_all()
    return sorted(session().scalars(select(EventRow.sequence)).all(), key=lambda one: one or 0)


def streamed() -> list[tuple[int, int]]:
    """(sequence, number) of the events in the stream."""
    return [(event.sequence, event.payload["number"]) for event in tools().bus.read(0, 1)]


def event(sequence: int, **payload: object) -> PublishedEvent:
    return PublishedEvent(sequence, Topic.HEALTH_CHECKED, AT, None, None, payload)


def test_an_event_is_unnumbered_until_its_change_is_committed(app: Flask) -> None:
    note(1)
    session().flush()
    assert sequences() == [None]

    feeds.commit()

    assert sequences() == [1]
    assert streamed() == [(1, 1)]


def test_a_change_that_is_rolled_back_leaves_neither_an_event_nor_a_gap(app: Flask) -> None:
    note(1)
    feeds.commit()
    note(2)
    session().flush()
    session().rollback()
    note(3)
    feeds.commit()

    assert streamed() == [(1, 1), (2, 3)]


def test_events_of_one_change_keep_their_order(app: Flask) -> None:
    for number in range(20):
        note(number)
    feeds.commit()

    assert [number for _, number in streamed()] == list(range(20))


def test_publishers_at_the_same_time_number_without_gaps(app: Flask) -> None:
    """Six threads with transactions of their own, as six processes have them."""
    ready = threading.Barrier(6)
    errors: list[BaseException] = []

    def publish(start: int) -> None:
        try:
            with app.app_context():
                ready.wait()
                for number in range(start, start + 10):
                    note(number)
                    feeds.commit()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=publish, args=(100 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    feeds.publish()

    assert errors == []
    assert sequences() == list(range(1, 61))
    assert [sequence for sequence, _ in streamed()] == list(range(1, 61))


def test_a_publisher_that_dies_while_it_numbers_takes_no_number_along(app: Flask) -> None:
    from gitinsight.store import events

    note(1)
    session().commit()
    assert events.number_unpublished(session(), 10) == 1
    session().rollback()

    assert feeds.publish() == 1
    assert streamed() == [(1, 1)]


def test_many_events_are_numbered_in_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "_BATCH", 3)
    for number in range(8):
        note(number)
    session().commit()

    assert feeds.publish() == 8
    assert [number for _, number in streamed()] == list(range(8))


def test_a_stream_that_was_lost_is_filled_again(app: Flask) -> None:
    for number in range(3):
        note(number)
        feeds.commit()
    with Redis.from_url(tools().settings.redis_url) as connection:
        connection.flushall()
    assert streamed() == []

    note(3)
    feeds.commit()

    assert streamed() == [(1, 0), (2, 1), (3, 2), (4, 3)]


def test_a_stream_of_another_database_is_given_up(app: Flask) -> None:
    tools().bus.push([event(900, number=0)])

    note(1)
    feeds.commit()

    assert streamed() == [(1, 1)]


def test_events_of_a_time_without_redis_are_delivered_in_order_when_it_is_back(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    socket = valkey_socket.parent / "second"
    address = {"REDIS_URL": f"unix://{socket}"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **address):
        for number in range(3):
            note(number)
            feeds.commit()
        assert sequences() == [1, 2, 3], "numbered, though nobody can be told"
        process = subprocess.Popen(
            valkey.command(socket, tmp_path / "valkey"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            valkey.wait_until_ready(process, socket)
            feeds.publish()
            assert streamed() == [(1, 0), (2, 1), (3, 2)]
        finally:
            process.kill()
            process.wait()
        note(3)
        feeds.commit()
        assert sequences() == [1, 2, 3, 4]


def test_an_event_is_read_as_it_was_written() -> None:
    told = PublishedEvent(7, Topic.ANALYSIS_FAILED, AT, uuid4(), uuid4(), {"reason": "ü\n\ud800"})

    assert decode(encode(told)) == told
    assert decode(encode(event(1))) == event(1)


def test_pushing_an_event_twice_does_no_harm(app: Flask) -> None:
    bus = tools().bus

    bus.push([event(1, number=1), event(2, number=2)])
    bus.push([event(1, number=1), event(3, number=3)])

    assert [sequence for sequence, _ in streamed()] == [1, 2, 3]
    assert bus.last() == 3


def test_events_can_be_read_again_from_a_number_on(app: Flask) -> None:
    for number in range(6):
        note(number)
    feeds.commit()

    assert [one.sequence for one in feeds.replay(3)] == [4, 5, 6]
    assert [one.payload["number"] for one in feeds.replay(4)] == [4, 5]
    assert [one.sequence for one in feeds.replay(1, most=2)] == [2, 3]
    assert feeds.replay(6) == []


def test_every_listener_hears_what_it_wants_from_when_it_listens(app: Flask) -> None:
    bus = Bus(tools().settings.redis_url)
    bus.push([event(1)])
    hub = Hub(bus)

    with hub.subscribe(lambda _: True) as everything:
        with hub.subscribe(lambda one: one.sequence % 2 == 0) as even:
            assert hub.listeners == 2
            bus.push([event(number) for number in range(2, 6)])
            heard = [everything.next(5) for _ in range(4)]
            assert [one.sequence for one in heard if one] == [2, 3, 4, 5]
            assert [one.sequence for one in (even.next(5), even.next(5)) if one] == [2, 4]
            assert even.next(0.01) is None
        bus.push([event(6)])
        last = everything.next(5)
        assert last is not None
        assert last.sequence == 6
        assert even.next(0.01) is None, "one that went away hears nothing more"
    assert hub.listeners == 0


def test_a_listener_that_is_too_slow_is_told_and_does_not_slow_the_others(app: Flask) -> None:
    slow = Subscription(lambda _: True)
    for number in range(QUEUE_LENGTH):
        slow.offer(event(number))
    assert not slow.overflowed

    slow.offer(event(QUEUE_LENGTH))

    assert slow.overflowed
    first = slow.next(0)
    assert first is not None
    assert first.sequence == 0


def test_a_hub_goes_on_when_redis_comes_back(
    tmp_path: Path, valkey_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = valkey_socket.parent / "third"
    bus = Bus(f"unix://{socket}")
    hub = Hub(bus)
    with hub.subscribe(lambda _: True) as heard:
        process = subprocess.Popen(
            valkey.command(socket, tmp_path / "valkey"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            valkey.wait_until_ready(process, socket)
            bus.push([event(1)])
            first = heard.next(5)
        finally:
            process.kill()
            process.wait()

    assert first is not None
    assert first.sequence == 1


def test_a_hub_follows_a_stream_that_begins_anew(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitinsight.bus.BLOCK_MS", 50)
    bus = tools().bus
    bus.push([event(900)])
    hub = Hub(bus)
    with hub.subscribe(lambda _: True) as heard:
        bus.push([event(901)])
        one = heard.next(5)
        assert one is not None
        bus.reset()
        bus.push([event(1)])
        again = heard.next(5)

    assert again is not None
    assert again.sequence == 1


def test_an_empty_or_missing_stream_has_no_last_event(app: Flask) -> None:
    assert tools().bus.last() == 0
    assert tools().bus.read(0, 1) == []
    with Redis.from_url(tools().settings.redis_url) as connection:
        assert not connection.exists(STREAM)


def test_a_redis_that_does_not_answer_is_told(tmp_path: Path) -> None:
    assert not Bus(f"unix://{tmp_path}/nowhere").ping()


def test_a_redis_that_answers_is_told(app: Flask) -> None:
    assert tools().bus.ping()
