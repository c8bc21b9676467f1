"""The pool of processes with plugins' models: limits, failures, and that nothing is left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gitinsight.config import Settings, load_settings
from gitinsight.errors import InferenceBusy, InferenceFailed, InferenceLimitExceeded
from gitinsight.services import inference
from gitinsight.services.inference import InferencePool
from tests.probing import install, on_path


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("inference")
    install(folder / "plugins", "thinker")
    with on_path(folder / "plugins"):
        yield load_settings({"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": str(folder / "home")})


@pytest.fixture(scope="module")
def pool(settings: Settings) -> Iterator[InferencePool]:
    made = InferencePool(settings)
    yield made
    made.close()


def test_a_model_gets_its_arguments_and_its_answer_comes_back(pool: InferencePool) -> None:
    arguments = {"texts": ["ä\ud800\0", "x" * 300_000], "number": 1.5, "nothing": None}
    assert pool.call("echo", arguments) == arguments


def test_one_process_serves_many_calls_and_is_not_this_one(pool: InferencePool) -> None:
    first, second = pool.call("count", {}), pool.call("count", {})
    assert first["process"] == second["process"] != os.getpid()
    assert second["calls"] == first["calls"] + 1


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("refuse", "ValueError: no idea"),
        ("quit", "SystemExit: leaving"),
        ("object", "TypeError"),
        ("broken", "RuntimeError: the weights are gone"),
        ("unheard", "KeyError: 'unheard'"),
    ],
)
def test_a_model_that_raises_is_told_with_its_reason_and_costs_no_process(
    pool: InferencePool, model: str, reason: str
) -> None:
    before = pool.call("count", {})["process"]
    with pytest.raises(InferenceFailed, match=reason):
        pool.call(model, {})
    assert pool.call("count", {})["process"] == before


def test_a_model_that_kills_its_process_is_told_and_the_next_call_gets_a_fresh_one(
    pool: InferencePool,
) -> None:
    before = pool.call("count", {})["process"]
    with pytest.raises(InferenceFailed, match="died"):
        pool.call("die", {})
    assert not psutil.pid_exists(before)
    assert pool.call("count", {})["calls"] == 1


def test_a_process_that_ended_while_idle_is_replaced(pool: InferencePool) -> None:
    process = psutil.Process(pool.call("count", {})["process"])
    process.kill()
    assert pool.call("count", {})["calls"] == 1


def test_a_model_that_takes_too_long_is_stopped(settings: Settings) -> None:
    pool = InferencePool(replace(settings, inference_timeout_seconds=1))
    process = pool.call("count", {})["process"]
    with pytest.raises(InferenceLimitExceeded, match="more than 1 s"):
        pool.call("nap", {"seconds": 60})
    assert not psutil.pid_exists(process)


def test_a_model_that_holds_too_much_is_stopped(settings: Settings) -> None:
    pool = InferencePool(replace(settings, inference_memory_bytes=300 * 2**20))
    with pytest.raises(InferenceLimitExceeded, match="more than 300 MiB"):
        pool.call("grow", {})


def test_who_comes_on_top_of_those_who_wait_is_refused_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inference, "_WAITING_PER_PROCESS", 1)
    pool = InferencePool(settings)
    pool.call("count", {})
    done: list[object] = []
    callers = [
        threading.Thread(target=lambda: done.append(pool.call("nap", {"seconds": 2}))) for _ in range(2)
    ]
    for number, caller in enumerate(callers, start=1):
        caller.start()
        while len(pool._idle) or pool._waiting < number - 1:
            time.sleep(0.01)
    with pytest.raises(InferenceBusy) as refused:
        pool.call("count", {})
    assert refused.value.details["retry_after"] > 0
    for caller in callers:
        caller.join()
    assert done == [None, None]
    assert pool.call("count", {})["calls"] == 2
    pool.close()


def test_who_waits_too_long_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "_WAIT_SECONDS", 0.1)
    pool = InferencePool(settings)
    pool.call("count", {})
    caller = threading.Thread(target=lambda: pool.call("nap", {"seconds": 1}))
    caller.start()
    while pool._idle:
        time.sleep(0.01)
    with pytest.raises(InferenceBusy):
        pool.call("count", {})
    caller.join()
    pool.close()


def test_closing_ends_the_processes(settings: Settings) -> None:
    pool = InferencePool(settings)
    process = pool.call("count", {})["process"]
    pool.close()
    assert not psutil.pid_exists(process)


def test_a_process_ends_when_its_parent_is_gone(settings: Settings, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        try:
            told = InferencePool(settings).call("count", {})
            (tmp_path / "process").write_text(str(told["process"]))
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    process = int((tmp_path / "process").read_text())
    deadline = time.monotonic() + 20
    while psutil.pid_exists(process) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(process)
