"""Running plugins' models for the API in a few processes of their own, never in the web process.

A process loads a model at its first task and keeps it for the next ones; it ends by itself when nobody
has asked for a while. There are at most so many processes, each with a limit on time and memory, and at
most so many callers wait for one: what comes on top is refused at once and told when to come again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import psutil

from gitinsight import resources
from gitinsight.config import Settings
from gitinsight.errors import InferenceBusy, InferenceFailed, InferenceLimitExceeded
from gitinsight.services.messages import Closed, receive, send

_START_SECONDS = 60
_POLL_SECONDS = 0.2
_WAITING_PER_PROCESS = 8
_WAIT_SECONDS = 10
_RETRY_SECONDS = 5


class InferencePool:
    """Calls models by name in at most ``settings.inference_processes`` processes; safe among threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._free = threading.BoundedSemaphore(settings.inference_processes)
        self._most_waiting = _WAITING_PER_PROCESS * settings.inference_processes
        self._waiting = 0
        self._idle: list[_Process] = []
        self._lock = threading.Lock()

    def call(self, model: str, arguments: Mapping[str, Any]) -> Any:
        """What the model's callable returns for these keyword arguments; both are plain JSON.

        Raises InferenceBusy where too many wait, InferenceLimitExceeded where the task took too much
        time or memory, InferenceFailed where the model raised or its process died.
        """
        self._wait()
        try:
            return self._call(model, arguments)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the processes that nobody uses; those at work end when their task is done."""
        with self._lock:
            processes, self._idle = self._idle, []
        for process in processes:
            process.end()

    def _wait(self) -> None:
        with self._lock:
            has_room = self._waiting < self._most_waiting
            self._waiting += has_room
        try:
            if not has_room or not self._free.acquire(timeout=_WAIT_SECONDS):
                raise InferenceBusy(
                    "All model processes are busy. Try again in a few seconds.", retry_after=_RETRY_SECONDS
                )
        finally:
            with self._lock:
                self._waiting -= has_room

    def _call(self, model: str, arguments: Mapping[str, Any]) -> Any:
        task = {"model": model, "arguments": dict(arguments)}
        for process in self._processes():
            try:
                answer = process.answer(task)
            except Closed as error:
                process.end()
                # An idle process may have ended by itself just now; a fresh one that closes has died.
                if process.is_fresh:
                    raise InferenceFailed(f"The process of the model {model} died.") from error
                continue
            except BaseException:
                process.end()
                raise
            process.is_fresh = False
            with self._lock:
                self._idle.append(process)
            if "error" in answer:
                raise InferenceFailed(f"The model {model} failed: {answer['error']}")
            return answer["result"]
        raise AssertionError("unreachable: a fresh process answers or raises")

    def _processes(self) -> Iterator[_Process]:
        """The idle processes, the last used first, then a fresh one."""
        while True:
            with self._lock:
                process = self._idle.pop() if self._idle else None
            if process is None:
                yield _Process(self._settings)
                return
            yield process


class _Process:
    """One process with the plugins' models, and the socket to it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.is_fresh = True
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    *resources.python_module("gitinsight.services.inference_process"),
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | resources.import_environment() | {"OMP_NUM_THREADS": "1"},
            )

    def answer(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """What the process answers to a task; Closed where it is gone."""
        if self.is_fresh:
            self._exchange({"environment": dict(self._settings.environment)}, _START_SECONDS)
            # Loading a model takes its time once, which is not the text's fault.
            self._exchange({"load": task["model"]}, _START_SECONDS)
        return self._exchange(task, self._settings.inference_timeout_seconds)

    def _exchange(self, message: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        self._socket.settimeout(seconds)
        try:
            send(self._socket, message)
        except TimeoutError as error:
            raise InferenceLimitExceeded(f"The model took more than {seconds} s.") from error
        self._socket.settimeout(_POLL_SECONDS)
        return receive(self._socket, lambda: self._check_limits(deadline, seconds))

    def _check_limits(self, deadline: float, seconds: float) -> None:
        if time.monotonic() > deadline:
            raise InferenceLimitExceeded(
                f"The model took more than {seconds} s (GITINSIGHT_INFERENCE_TIMEOUT_SECONDS)."
            )
        most = self._settings.inference_memory_bytes
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(self._process.pid).memory_info().rss > most:
                raise InferenceLimitExceeded(
                    f"The model held more than {most // 2**20} MiB (GITINSIGHT_INFERENCE_MEMORY_BYTES)."
                )

    def end(self) -> None:
        """Leave no process behind."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
