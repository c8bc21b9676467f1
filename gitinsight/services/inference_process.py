"""The inside of a process with plugins' models: load them when they are asked for, answer, wait.

Started by ``inference`` as ``python -m gitinsight.services.inference_process SOCKET PARENT``. It ends when
the other end closes, when the parent is gone, or when nobody has asked for a minute.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from gitinsight.registry import PLUGIN_ERRORS, Registry, load_registry
from gitinsight.services.messages import Closed, receive, send

_IDLE_SECONDS = 60
_LOOK_SECONDS = 2
_MOST_REASON = 500


def main(descriptor: int, parent: int) -> int:
    """Answer tasks until nobody asks any more; the process's exit code."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    with socket.socket(fileno=descriptor) as channel, contextlib.suppress(Closed, _Idle):
        channel.settimeout(_IDLE_SECONDS)
        models = _Models(load_registry(receive(channel, _give_up)["environment"]))
        send(channel, {"result": None})
        while True:
            _answer(channel, models, receive(channel, _give_up))
    return 0


class _Idle(Exception):
    """Nobody has asked for a while."""


def _give_up() -> None:
    raise _Idle


class _Models:
    """The plugins' models by name, each loaded once."""

    def __init__(self, registry: Registry) -> None:
        self._known = {model.name: model for _, model in registry.models}
        self._loaded: dict[str, Callable[..., Any]] = {}

    def named(self, name: str) -> Callable[..., Any]:
        """The model's callable; KeyError where no plugin registers it."""
        if name not in self._loaded:
            self._loaded[name] = self._known[name].load()
        return self._loaded[name]


def _answer(channel: socket.socket, models: _Models, task: dict[str, Any]) -> None:
    try:
        if "load" in task:
            models.named(task["load"])
            answer: dict[str, Any] = {"result": None}
        else:
            answer = {"result": models.named(task["model"])(**task["arguments"])}
        send(channel, answer)
    except PLUGIN_ERRORS as error:
        if isinstance(error, Closed):
            raise
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        send(channel, {"error": reason[:_MOST_REASON]})


def _end_with_parent(parent: int) -> None:
    """End this process at once when the one that started it is gone, whatever a model is doing."""
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
