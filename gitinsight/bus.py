"""The way from a published event to those who listen: one Redis stream, one reader per process.

An event's stream id is ``<sequence>-0``. Redis refuses an id that is not above its last one, so
pushing an event twice is harmless and the stream stays in order. A hub fans the stream out to bounded
queues; a listener that is too slow is told to start again instead of slowing the others.
"""

from __future__ import annotations

import contextlib
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from redis import Redis
from redis.exceptions import RedisError, ResponseError

from gitinsight.domain.events import PublishedEvent

log = structlog.get_logger(__name__)

STREAM = "gitinsight:events"
KEPT_EVENTS = 10_000
QUEUE_LENGTH = 500
BATCH = 100
BLOCK_MS = 5000
ANSWER_SECONDS = 15


class Bus:
    """The stream of published events."""

    def __init__(self, redis_url: str) -> None:
        # Longer than the longest blocking read, short enough for a Redis that has vanished without a word.
        self._connection = Redis.from_url(redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=5)

    def ping(self) -> bool:
        """Whether Redis answers."""
        try:
            return bool(self._connection.ping())
        except RedisError:
            return False

    def last(self) -> int:
        """The sequence number of the newest event in the stream, 0 where it is empty."""
        try:
            info = self._connection.xinfo_stream(STREAM)
        except ResponseError:
            return 0
        return int(bytes(info["last-generated-id"]).split(b"-")[0])

    def reset(self) -> None:
        """Forget the stream."""
        self._connection.delete(STREAM)

    def push(self, events: Sequence[PublishedEvent]) -> None:
        """Append events in order; those that are there already are passed over."""
        for event in events:
            try:
                self._connection.xadd(
                    STREAM,
                    {"event": encode(event)},
                    id=f"{event.sequence}-0",
                    maxlen=KEPT_EVENTS,
                    approximate=True,
                )
            except ResponseError as error:
                if "equal or smaller" not in str(error):
                    raise

    def read(self, after: int, block_ms: int) -> list[PublishedEvent]:
        """The next events after this one; empty where none came within the time."""
        answer: Any = self._connection.xread({STREAM: f"{after}-0"}, count=BATCH, block=block_ms)
        streams = answer.items() if isinstance(answer, dict) else answer or []
        return [decode(fields[b"event"]) for _, entries in streams for _, fields in entries]


def encode(event: PublishedEvent) -> bytes:
    """An event as JSON; ``decode`` reads it back."""
    return json.dumps(
        {
            "sequence": event.sequence,
            "topic": event.topic,
            "at": event.at.isoformat(),
            "repository_id": str(event.repository_id) if event.repository_id else None,
            "user_id": str(event.user_id) if event.user_id else None,
            "payload": dict(event.payload),
        }
    ).encode()


def decode(text: bytes) -> PublishedEvent:
    """The event that ``encode`` wrote."""
    fields = json.loads(text)
    return PublishedEvent(
        sequence=fields["sequence"],
        topic=fields["topic"],
        at=datetime.fromisoformat(fields["at"]),
        repository_id=UUID(fields["repository_id"]) if fields["repository_id"] else None,
        user_id=UUID(fields["user_id"]) if fields["user_id"] else None,
        payload=fields["payload"],
    )


class Subscription:
    """One listener's bounded queue; ``overflowed`` says that events were lost to it."""

    def __init__(self, wanted: Callable[[PublishedEvent], bool]) -> None:
        self._wanted = wanted
        self._queue: queue.Queue[PublishedEvent] = queue.Queue(QUEUE_LENGTH)
        self.overflowed = False

    def offer(self, event: PublishedEvent) -> None:
        """Queue an event that the listener wants, or note that there was no room for it."""
        if self._wanted(event):
            try:
                self._queue.put_nowait(event)
            except queue.Full:
                self.overflowed = True

    def next(self, timeout_seconds: float) -> PublishedEvent | None:
        """The next event, or None where none came within the time."""
        try:
            return self._queue.get(timeout=timeout_seconds)
        except queue.Empty:
            return None


class Hub:
    """The one reader of the stream in this process; it starts with the first listener."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()
        self._reader: threading.Thread | None = None

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._subscriptions)

    @contextlib.contextmanager
    def subscribe(self, wanted: Callable[[PublishedEvent], bool]) -> Iterator[Subscription]:
        """Listen from now on for the events that are wanted."""
        subscription = Subscription(wanted)
        with self._lock:
            self._subscriptions.add(subscription)
            if self._reader is None:
                start = self._start()
                self._reader = threading.Thread(
                    target=self._read, args=(start,), daemon=True, name="event-hub"
                )
                self._reader.start()
        try:
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def _start(self) -> int:
        try:
            return self._bus.last()
        except RedisError as error:
            log.warning("event_stream_unreachable", reason=str(error))
            return 0

    def _is_alone(self) -> bool:
        """Whether nobody listens any more; the next listener then starts another reader."""
        with self._lock:
            if not self._subscriptions:
                self._reader = None
            return self._reader is None

    def _read(self, position: int) -> None:
        """Fan events out while anybody listens; after an error go on from the last event seen."""
        pause = threading.Event()
        while not self._is_alone():
            try:
                events = self._bus.read(position, block_ms=BLOCK_MS)
                # A stream that ends before the position is a new one, of a new database.
                if not events and 0 < self._bus.last() < position:
                    position = 0
            except (RedisError, OSError) as error:
                log.warning("event_stream_unreachable", reason=str(error))
                pause.wait(1)
                continue
            with self._lock:
                listeners = list(self._subscriptions)
            for event in events:
                position = event.sequence
                for listener in listeners:
                    listener.offer(event)
