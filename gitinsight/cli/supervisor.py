"""Keeping a few processes alive together: start, watch, restart, stop.

Every child leads a session of its own, so that Ctrl-C reaches the supervisor alone, and on Linux asks
the kernel for a signal when the supervisor dies, so that none outlives it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import click
import psutil
import structlog

from gitinsight.cli import record
from gitinsight.cli.logfiles import LogFile

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 30.0
_POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class StopAsked(Exception):
    """Somebody asked to stop while the start was still under way."""


@dataclass
class Child:
    """A process to keep alive: its command, where its output goes, and when it may be started next.

    ``patience_seconds`` is how long it gets to end by itself after the first and after the second
    SIGTERM; RQ finishes its job on the first and gives up on the second. ``orphan_signal`` is what it
    gets when the supervisor dies.
    """

    name: str
    command: Sequence[str]
    log: LogFile
    environment: Mapping[str, str] = field(default_factory=dict)
    kept_descriptors: Sequence[int] = ()
    orphan_signal: signal.Signals = signal.SIGTERM
    patience_seconds: float = 2.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    not_before: float = 0.0
    pause: float = FIRST_PAUSE_SECONDS

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process now."""
        self.started = time.monotonic()
        with self.log.open() as output:
            self.process = start(
                self.command,
                output,
                environment=self.environment,
                kept_descriptors=self.kept_descriptors,
                orphan_signal=self.orphan_signal,
            )
        return self.process

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


def start(
    command: Sequence[str],
    output: int | object,
    *,
    errors: object = subprocess.STDOUT,
    environment: Mapping[str, str] | None = None,
    kept_descriptors: Sequence[int] = (),
    orphan_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a process that the terminal's Ctrl-C does not reach and that ends with this one."""
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        list(command),
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        pass_fds=kept_descriptors,
        preexec_fn=(lambda: _end_with_parent(orphan_signal)) if _LIBC else None,  # noqa: PLW1509  one thread only
    )


def _end_with_parent(number: signal.Signals) -> None:
    assert _LIBC is not None
    _LIBC.prctl(_PR_SET_PDEATHSIG, number)


class Supervisor:
    """Runs children in the order given and stops them in the opposite order."""

    def __init__(self, home: Path) -> None:
        self.children: list[Child] = []
        self.stopping = False
        self._home = home
        self._address = ""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def add(self, child: Child) -> subprocess.Popen[bytes]:
        """Start a child and keep it alive from now on."""
        self.children.append(child)
        process = child.start()
        self._note()
        return process

    def announce(self, address: str) -> None:
        """Leave word that everything runs, and where."""
        self._address = address
        self._note()

    def _note(self) -> None:
        children = []
        for child in self.children:
            if child.process is not None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    started = psutil.Process(child.process.pid).create_time()
                    children.append((child.process.pid, started))
        record.write(self._home, record.Record(os.getpid(), self._address, children))

    def wait(self, over: Callable[[], bool], timeout_seconds: float) -> bool:
        """Whether it was over in time, children kept alive meanwhile; StopAsked where somebody asks to stop."""
        deadline = time.monotonic() + timeout_seconds
        while not self.stopping:
            if over():
                return True
            if time.monotonic() > deadline:
                return False
            self.look_after()
            time.sleep(_POLL_SECONDS / 4)
        raise StopAsked

    def watch(self) -> None:
        """Keep every child alive until somebody asks the supervisor to stop."""
        while not self.stopping:
            self.look_after()
            time.sleep(_POLL_SECONDS)

    def look_after(self) -> None:
        """Show what children complain of; restart what has ended, later and later while it keeps ending."""
        for child in self.children:
            for line in child.log.news():
                click.echo(f"{child.name}: {line}", err=True)
            if child.process is None:
                if time.monotonic() >= child.not_before and not self.stopping:
                    child.start()
                    self._note()
                    log.info("process_restarted", process=child.name)
            elif child.process.poll() is not None:
                self._plan_restart(child)

    def _plan_restart(self, child: Child) -> None:
        now = time.monotonic()
        assert child.process is not None
        steady = now - child.started > STEADY_SECONDS
        child.pause = FIRST_PAUSE_SECONDS if steady else min(child.pause * 2, LONGEST_PAUSE_SECONDS)
        child.not_before = now + child.pause
        log.error(
            "process_ended",
            process=child.name,
            exit_code=child.process.returncode,
            restart_in=child.pause,
            log=str(child.log.path),
        )
        child.process = None

    def stop(self) -> None:
        """End all children and whatever they started; returns within about 8 seconds."""
        self.stopping = True
        family = set(_descendants())
        for group in _stop_order(self.children):
            for _ in range(2):
                for child in group:
                    _signal(child, signal.SIGTERM)
                _wait(group)
                family |= set(_descendants())
            for child in group:
                _signal(child, signal.SIGKILL)
        record.kill(family)
        record.remove(self._home)


def _descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _stop_order(children: Sequence[Child]) -> list[list[Child]]:
    """Everything at once but the first child, the queue's server, which the others need to end well."""
    return [list(children[1:]), list(children[:1])]


def _signal(child: Child, number: int) -> None:
    if child.process is not None and child.process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.process.pid, number)


def _wait(children: Sequence[Child]) -> None:
    """Wait until all have ended, each no longer than its own patience."""
    begun = time.monotonic()
    while any(child.is_running and time.monotonic() - begun < child.patience_seconds for child in children):
        time.sleep(0.05)
