"""What a supervisor leaves in the home folder for those who come after it.

``gitinsight up`` reads where the running one answers, and after a supervisor that was killed it ends
the processes that outlived it, before it starts its own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_SAME_START_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Record:
    """A supervisor's process id, its address once it answers, its children as (process id, start in s)."""

    pid: int
    address: str
    children: Sequence[tuple[int, float]]


def path_of(home: Path) -> Path:
    """The record's file in this home folder."""
    return home / "supervisor.json"


def write(home: Path, record: Record) -> None:
    """Replace the record as a whole."""
    draft = path_of(home).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(path_of(home))


def read(home: Path) -> Record | None:
    """The record, or None where there is none or it cannot be read."""
    try:
        fields = json.loads(path_of(home).read_text())
        return Record(fields["pid"], fields["address"], [(pid, start) for pid, start in fields["children"]])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove(home: Path) -> None:
    """Take the record away; none is fine."""
    path_of(home).unlink(missing_ok=True)


def running_address(home: Path) -> str:
    """Where the supervisor of this home folder answers; the empty string where none runs."""
    found = read(home)
    return found.address if found is not None and psutil.pid_exists(found.pid) else ""


def end_leftovers(home: Path, patience_seconds: float = 3.0) -> int:
    """End what a killed supervisor's children still run; how many processes that were."""
    found = read(home)
    roots = [process for known in (found.children if found else ()) if (process := _still_there(*known))]
    family = _oldest_first(member for root in roots for member in _family_of(root))
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.terminate()
    _, stubborn = psutil.wait_procs(family, timeout=patience_seconds)
    kill(stubborn)
    return len(family)


def _family_of(process: psutil.Process) -> list[psutil.Process]:
    """The process and all that descend from it, as far as they live."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill processes and wait until they are gone."""
    chosen = _oldest_first(processes)
    for process in chosen:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(chosen, timeout=2)


def _oldest_first(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Parents before their children, so that none lives to note a child's end as a failure."""
    return sorted(set(processes), key=psutil.Process.create_time)


def _still_there(pid: int, started: float) -> psutil.Process | None:
    """The process of this id, unless it is another one that got the same number later."""
    try:
        process = psutil.Process(pid)
        return process if abs(process.create_time() - started) < _SAME_START_SECONDS else None
    except psutil.NoSuchProcess:
        return None
