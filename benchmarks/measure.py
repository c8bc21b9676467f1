"""What a command costs: wall seconds, CPU seconds, and the peak of its whole family's memory."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """``peak_bytes`` is the largest sum of proportional set sizes seen, so shared pages count once."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


def family_pss(root: psutil.Process) -> int:
    """Bytes that a process and all its children hold, shared pages counted in proportion."""
    total = 0
    with contextlib.suppress(psutil.NoSuchProcess):
        for member in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                total += member.memory_full_info().pss
    return total


def cost_of(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end, its output thrown away; CalledProcessError where it fails."""
    before = os.times()
    started = time.perf_counter()
    process = subprocess.Popen(
        list(command),
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak = _Peak(psutil.Process(process.pid))
    _, complaints = process.communicate()
    wall = time.perf_counter() - started
    after = os.times()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, list(command), stderr=complaints)
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, peak.end())


class _Peak:
    """Samples a family's memory beside it until asked to end."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._largest = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self._largest = max(self._largest, family_pss(self._root))

    def end(self) -> int:
        self._done.set()
        self._thread.join()
        return self._largest


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure; of the memory the largest."""
    return Cost(
        median(cost.wall_seconds for cost in costs),
        median(cost.cpu_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )


def commit_count(repository: Path) -> int:
    """How many commits HEAD has."""
    counted = subprocess.run(
        ["git", "-C", str(repository), "rev-list", "--count", "HEAD"],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(counted.stdout)
