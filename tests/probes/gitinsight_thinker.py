"""A plugin for tests whose models answer, count, raise, sleep, grow and die."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from gitinsight.plugin import Model, hookimpl


def count() -> Callable[..., Any]:
    """A model that tells its process and how often it was called there."""
    calls: list[int] = []

    def think() -> dict[str, int]:
        calls.append(1)
        return {"process": os.getpid(), "calls": len(calls)}

    return think


def refuse(**_: Any) -> None:
    raise ValueError("no idea")


def nap(seconds: float) -> None:
    time.sleep(seconds)


def grow() -> None:
    held = bytearray(400 * 2**20)
    time.sleep(30)
    del held


def nothing(texts: Sequence[str]) -> list[Any]:
    return []


def empty(**_: Any) -> dict[str, Any]:
    return {}


def broken() -> Callable[..., Any]:
    raise RuntimeError("the weights are gone")


@hookimpl
def register_models() -> Sequence[Model]:
    loads: dict[str, Callable[[], Callable[..., Any]]] = {
        "echo": lambda: lambda **given: given,
        "count": count,
        "refuse": lambda: refuse,
        "nap": lambda: nap,
        "grow": lambda: grow,
        "die": lambda: lambda: os._exit(3),
        "quit": lambda: lambda: exit("leaving"),
        "object": lambda: object,
        "broken": broken,
    }
    models = [Model(name, "thinking", "1", name, 1, load) for name, load in loads.items()]
    return [
        *models,
        Model("nothing", "sentiment", "1", "Nothing", 1, lambda: nothing),
        Model("empty", "forecast", "1", "Empty", 1, lambda: empty),
    ]
