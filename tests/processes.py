"""Looks at other processes, each of which may end between any two of them."""

from __future__ import annotations

import re
from pathlib import Path

import psutil


def command_line(process: psutil.Process) -> list[str]:
    """The process's arguments; none where it has ended."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def lives(process: psutil.Process) -> bool:
    """Whether the process runs: one that waits only to be collected does not."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def proportional_bytes(process: psutil.Process) -> int:
    """The process's memory, with what it shares divided by those who share it (PSS); 0 where it has ended."""
    try:
        text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 1024 * sum(map(int, re.findall(r"^Pss:\s+(\d+)", text, re.MULTILINE)))
