"""The output of a child process: kept in a file of bounded size, its errors shown to whoever watches.

A file needs no reader: a child never waits for the supervisor, and its last words are there when the
supervisor is gone. Lines are JSON as ``gitinsight.logs`` writes them; any other line comes from outside
the logs (a traceback at start, the web server's own errors) and counts as an error.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import IO, Any

from gitinsight.logs import printable

LARGEST_BYTES = 5 * 1024**2
_SHOWN = frozenset({"error", "critical"})
_PLUMBING = frozenset({"event", "level", "timestamp", "trace_id", "exception", "stack"})


class LogFile:
    """A file that several processes may append to, read from its present end on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._position = path.stat().st_size
        self._rest = b""

    def open(self) -> IO[bytes]:
        """The file for a child's output."""
        return self.path.open("ab")

    def news(self) -> list[str]:
        """What a person should see of the lines that came since the last call."""
        with self.path.open("rb") as file:
            file.seek(self._position)
            written = file.read()
        self._position += len(written)
        self._keep_small()
        *lines, self._rest = (self._rest + written).split(b"\n")
        return [text for line in lines if (text := shown(line.decode("utf-8", "replace")))]

    def _keep_small(self) -> None:
        """Move a file that has grown to one backup; those who append to it go on at its new start."""
        if self._position > LARGEST_BYTES:
            shutil.copyfile(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)
            self._position = 0


def shown(line: str) -> str:
    """A line of a log as a person should see it; the empty string where there is no need to."""
    try:
        record: Any = json.loads(line)
    except ValueError:
        return printable(line.rstrip())
    if not isinstance(record, dict) or record.get("level") not in _SHOWN:
        return ""
    facts = [f"{name}={value}" for name, value in record.items() if name not in _PLUMBING]
    reason = str(record.get("exception", "")).strip().rpartition("\n")[2]
    return printable(" ".join(part for part in (str(record.get("event", "")), *facts, reason) if part))
