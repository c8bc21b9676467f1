"""Plain JSON over a socket between two processes: four bytes of length, then the text."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

_HEAD_BYTES = 4
_CHUNK_BYTES = 64 * 1024


class Closed(Exception):
    """The other end is gone."""


def send(channel: socket.socket, message: Mapping[str, Any]) -> None:
    """Send one message; Closed where nobody is there to take it."""
    content = json.dumps(message, allow_nan=False).encode()
    try:
        channel.sendall(len(content).to_bytes(_HEAD_BYTES, "big") + content)
    except (BrokenPipeError, ConnectionResetError) as error:
        raise Closed from error


def receive(channel: socket.socket, waiting: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """The next message; ``waiting`` is called each time that the socket's timeout passes, and may raise."""
    length = int.from_bytes(_exactly(channel, _HEAD_BYTES, waiting), "big")
    message: dict[str, Any] = json.loads(_exactly(channel, length, waiting))
    return message


def _exactly(channel: socket.socket, count: int, waiting: Callable[[], None]) -> bytes:
    parts, left = [], count
    while left:
        try:
            part = channel.recv(min(left, _CHUNK_BYTES))
        except TimeoutError:
            waiting()
            continue
        except ConnectionResetError as error:
            raise Closed from error
        if not part:
            raise Closed
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
