"""The processes of an installation: web, worker and scheduler, as a Procfile starts them."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import structlog

from gitinsight import resources

if TYPE_CHECKING:
    from gitinsight.config import Settings

log = structlog.get_logger(__name__)

SCHEDULER_SECONDS = 5


@click.command()
@click.option("--port", type=int, help="Port to listen on; default the setting PORT.")
@click.option("--descriptor", type=int, hidden=True, help="An inherited listening socket.")
def web(port: int | None, descriptor: int | None) -> None:
    """Serve the pages, the API and the live feeds by gunicorn with gevent."""
    from gitinsight.config import SHARED_COUNTERS, load_settings

    settings = load_settings()
    bind = f"fd://{descriptor}" if descriptor is not None else _bind(settings, port)
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ.update(resources.import_environment(), GITINSIGHT_HOME=str(settings.home))
    name = "up" if descriptor is not None else str(port or settings.port)
    os.environ.setdefault(SHARED_COUNTERS, str(_empty_folder(settings.home / f"counters-{name}")))
    # gunicorn imports and reads its configuration from the folder that it runs in: not the caller's.
    os.chdir(settings.home)
    # Replacing this process leaves one gunicorn that takes the signals itself.
    os.execv(
        sys.executable,
        [
            *resources.python_module("gunicorn"),
            "--worker-class=gevent",
            f"--workers={settings.web_concurrency}",
            f"--bind={bind}",
            "--no-control-socket",
            "--graceful-timeout=5",
            "--timeout=60",
            "--keep-alive=20",
            "--log-level=warning",
            # The package's own factory: a wsgi module may belong to another program of the current folder.
            "gitinsight.app:create_app()",
        ],
    )


def _empty_folder(folder: Path) -> Path:
    """A folder for this start alone: counters begin at zero, as Prometheus expects."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _bind(settings: Settings, port: int | None) -> str:
    host = settings.host
    if settings.is_production and "GITINSIGHT_HOST" not in os.environ:
        # A PaaS routes to the process from outside; there is nothing to protect on loopback.
        host = "0.0.0.0"  # noqa: S104
    return f"{f'[{host}]' if ':' in host else host}:{settings.port if port is None else port}"


@click.command()
@click.option(
    "--name",
    help="A name that no other worker has now; a successor of the same name takes over at once what a dead "
    "one had in hand. Without a name that takes half a minute.",
)
def worker(name: str | None) -> None:
    """Run analyses: take stages from the queue, one at a time, each in a process of its own."""
    from redis.exceptions import RedisError

    from gitinsight.app import create_app
    from gitinsight.cli.worker import StageWorker
    from gitinsight.services.context import tools

    app = create_app()
    with app.app_context():
        try:
            # The work horses inherit this context by the fork; nothing here may run Polars before it.
            StageWorker.on(tools().queues, name).work(logging_level="WARNING")
        except RedisError as error:
            log.error("redis_lost", reason=str(error))
            sys.exit(1)


@click.command()
def scheduler() -> None:
    """Look after what nobody else does: lost jobs, unpublished events, next month's partitions."""
    from gitinsight.app import create_app
    from gitinsight.services import housekeeping

    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    app = create_app()
    while True:
        # A context for each round: a session whose connection broke must not reach the next one.
        with app.app_context():
            _guarded(housekeeping.run_once)
        if stop.wait(SCHEDULER_SECONDS):
            return


def _guarded(work: Callable[[], None]) -> None:
    """One round; an error is logged and the next round tries again."""
    try:
        work()
    except Exception:
        log.exception("housekeeping_failed")
