"""``gitinsight up``: everything on one machine, by one command.

The supervisor itself stays small: it holds the web server's listening socket, starts the processes
that ``gitinsight web``, ``worker`` and ``scheduler`` are, and never loads the application.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gitinsight import resources, valkey
from gitinsight.cli import record
from gitinsight.cli.logfiles import LogFile
from gitinsight.cli.preparation import Prepared
from gitinsight.cli.supervisor import Child, StopAsked, Supervisor, start
from gitinsight.config import Settings, embedded_socket, load_settings
from gitinsight.errors import ConfigurationError, ValidationError
from gitinsight.logs import configure_logs

WEB_READY_SECONDS = 60
PREPARED_SECONDS = 600
JOIN_SECONDS = 60
_PORTS_TO_TRY = 20


@click.command()
@click.option("--repo", help="A path or URL to analyse at once.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the web server; default PORT or the next free one."
)
def up(repo: str | None, port: int | None) -> None:
    """Start web, workers, scheduler and an embedded Valkey, and print a link to sign in.

    Ctrl-C stops everything. Where it runs already for this home folder, the repository is handed to
    the running one and a new link is printed, with exit code 2 where the repository is refused. Logs
    are in the home folder under logs/.
    """
    settings = load_settings()
    configure_logs(settings)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _sole(settings.home) as alone:
        if not alone:
            _join(settings, repo)
            return
        with _listen(settings, port) as listener, contextlib.suppress(StopAsked):
            run(settings, listener, repo)


@contextmanager
def _sole(home: Path) -> Iterator[bool]:
    """Whether no other supervisor has this home folder; held until the end."""
    with (home / "supervisor.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _listen(settings: Settings, wanted: int | None) -> socket.socket:
    """A socket on the port asked for; without one, on the first free port from the default on.

    The web server inherits it, so nobody can take the port between the choice and the start, and
    browsers wait instead of failing while the web server is restarted.
    """
    explicit = wanted is not None or bool(os.environ.get("PORT"))
    first = settings.port if wanted is None else wanted
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for candidate in [first] if explicit else range(first, first + _PORTS_TO_TRY):
        try:
            return socket.create_server((settings.host, candidate), family=family, backlog=128)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise ConfigurationError(
                    f"Cannot listen on {settings.host} port {candidate}: {error.strerror}."
                ) from error
    raise ConfigurationError(f"Port {first} is taken by another program: choose another with PORT or --port.")


def run(settings: Settings, listener: socket.socket, repo: str | None) -> None:
    """Start everything, tell where it is, and watch until somebody asks to stop."""
    port = listener.getsockname()[1]
    address = settings.base_url or _address(settings.host, port)
    # The children inherit the choices made here through their environment.
    os.environ.update(resources.import_environment())
    os.environ.update(PORT=str(port), GITINSIGHT_HOME=str(settings.home), GITINSIGHT_BASE_URL=address)
    record.end_leftovers(settings.home)
    supervisor = Supervisor(settings.home)
    try:
        _start_valkey(supervisor, settings)
        prepared = _prepare(settings, repo, supervisor.wait)
        _start_processes(supervisor, settings, listener)
        ready = supervisor.wait(lambda: _answers(settings.host, port), WEB_READY_SECONDS)
        if not ready:
            raise ConfigurationError(f"The web server does not answer: see {_logs(settings)}/web.log.")
        supervisor.announce(address)
        _greet(address, prepared, repo)
        click.echo("  Ctrl-C stops everything.\n")
        if prepared.problem:
            click.echo(f"gitinsight: {_complaint(repo, prepared)}", err=True)
        supervisor.watch()
        click.echo("\nStopping …")
    finally:
        supervisor.stop()


def _reachable(host: str) -> str:
    """The host under which this machine reaches what listens on the given one."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _address(host: str, port: int) -> str:
    name = _reachable(host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _logs(settings: Settings) -> Path:
    return settings.home / "logs"


def _start_valkey(supervisor: Supervisor, settings: Settings) -> None:
    if not settings.uses_embedded_redis:
        return
    listening = embedded_socket(settings.home)
    if valkey.answers(listening):
        raise ConfigurationError(
            f"A server that this supervisor did not start listens on {listening}; end it first."
        )
    own_log = _logs(settings) / "valkey.log"
    program = valkey.command(listening, settings.home / "valkey", own_log)
    process = supervisor.add(Child("valkey", program, LogFile(_logs(settings) / "valkey-start.log")))
    valkey.wait_until_ready(process, listening)


def _prepare(
    settings: Settings, repo: str | None, wait: Callable[[Callable[[], bool], float], bool]
) -> Prepared:
    """Run the preparation in a process of its own; ConfigurationError where nothing can start."""
    log = LogFile(_logs(settings) / "preparation.log")
    command = [*resources.python_module("gitinsight.cli.preparation"), *([repo] if repo else [])]
    with log.open() as errors:
        process = start(
            command, subprocess.PIPE, errors=errors, environment={"GITINSIGHT_LOG_FORMAT": "json"}
        )
    try:
        wait(lambda: process.poll() is not None, PREPARED_SECONDS)
    finally:
        process.kill()
    printed, _ = process.communicate()
    if process.returncode != 0:
        raise ConfigurationError(
            "\n".join(["The database could not be prepared.", *log.news()[-1:], f"See {log.path}."])
        )
    prepared = Prepared(**json.loads(printed.splitlines()[-1]))
    if prepared.error:
        raise ConfigurationError(prepared.error)
    return prepared


def _start_processes(supervisor: Supervisor, settings: Settings, listener: socket.socket) -> None:
    def child(name: str, *arguments: str, **options: object) -> Child:
        return Child(
            name,
            [*resources.python_module("gitinsight"), *arguments],
            LogFile(_logs(settings) / f"{name}.log"),
            environment={"GITINSIGHT_LOG_FORMAT": "json"},
            **options,  # type: ignore[arg-type]
        )

    descriptor = listener.fileno()
    supervisor.add(child("web", "web", f"--descriptor={descriptor}", kept_descriptors=[descriptor]))
    for number in range(1, settings.workers + 1):
        name = f"worker-{number}"
        # With a Redis of our own the name is this process's alone, and its successor takes its job over.
        named = [f"--name={name}"] if settings.uses_embedded_redis else []
        supervisor.add(child(name, "worker", *named, orphan_signal=signal.SIGKILL))
    supervisor.add(child("scheduler", "scheduler"))


def _answers(host: str, port: int) -> bool:
    """Whether the web server answers; the socket accepts connections long before."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _greet(address: str, prepared: Prepared, repo: str | None) -> None:
    click.echo("")
    click.echo(f"  GitInsight runs at {address}")
    if repo and not prepared.problem:
        click.echo(f"  It is analysing    {repo}")
    click.echo(f"  Sign in as admin   {address}/login/link/{prepared.secret}")
    click.echo("  (once, within 10 minutes; a new link: gitinsight users login-link)")


def _complaint(repo: str | None, prepared: Prepared) -> str:
    return f"{repo} is not analysed: {prepared.problem}"


def _join(settings: Settings, repo: str | None) -> None:
    """Hand the work to the supervisor that runs already, or is about to."""

    def wait(over: Callable[[], bool], timeout_seconds: float) -> bool:
        deadline = time.monotonic() + timeout_seconds
        while not over() and time.monotonic() < deadline:
            time.sleep(0.05)
        return over()

    if not wait(lambda: bool(record.running_address(settings.home)), JOIN_SECONDS):
        raise ConfigurationError(
            f"Another GitInsight is starting or stopping with the home folder {settings.home}; try again shortly."
        )
    found = record.read(settings.home)
    assert found is not None
    prepared = _prepare(settings, repo, wait)
    click.echo(f"GitInsight runs already (process {found.pid}).")
    _greet(found.address, prepared, repo)
    click.echo(f"  Ctrl-C where it was started, or kill {found.pid}, stops it.\n")
    if prepared.problem:
        raise ValidationError(_complaint(repo, prepared))
