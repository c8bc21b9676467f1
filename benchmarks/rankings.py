"""How fast events are counted: ``python -m benchmarks.rankings [EVENTS]``, on the database that DATABASE_URL names.

Without DATABASE_URL that is a new SQLite file; boards are in a Valkey server started for it. Prints events per
second for a first count, for the same events told again, for single events with their board, and for a rebuild.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from gitinsight import valkey
from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.ranking import ActivityKind
from gitinsight.registry import load_registry
from gitinsight.services import database, feeds, rankings
from gitinsight.services.context import session
from gitinsight.store.rankings import Activity
from gitinsight.store.repositories import Repository

SINGLE_EVENTS = 200


def main() -> None:
    """Count made-up commits of 50 people over 700 days."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rankings", description=__doc__)
    parser.add_argument("events", nargs="?", type=int, default=20_000)
    wanted = parser.parse_args().events
    with tempfile.TemporaryDirectory() as folder, _redis(Path(folder)) as redis_url:
        url = os.environ.get("DATABASE_URL", f"sqlite:///{folder}/rankings.db")
        environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": folder, "DATABASE_URL": url}
        settings = load_settings(environment | {"REDIS_URL": redis_url})
        with create_app(settings, load_registry({})).app_context():
            database.migrate()
            _measure(wanted)


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    socket = folder / "valkey"
    process = subprocess.Popen(valkey.command(socket, folder), stdout=subprocess.DEVNULL)
    try:
        valkey.wait_until_ready(process, socket)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)


def _measure(wanted: int) -> None:
    row = Repository(name="bench", full_name="bench/bench", clone_url=f"https://example.org/{time.time()}")
    session().add(row)
    session().commit()
    repository_id, now = row.id, clock.now()
    events = [
        Activity(ActivityKind.COMMIT, f"{n:040x}", f"person {n % 50}", now - timedelta(days=700 * n / wanted))
        for n in range(wanted)
    ]
    print(f"{session().get_bind().dialect.name}, {wanted:,} events")
    _report("first count", wanted, lambda: _record(repository_id, events))
    _report("told again", wanted, lambda: _record(repository_id, events))
    later = [
        Activity(ActivityKind.ISSUE, str(n), f"reader {n}", now - timedelta(seconds=n))
        for n in range(SINGLE_EVENTS)
    ]
    _report("one by one", SINGLE_EVENTS, lambda: sum(_shown(repository_id, event) for event in later))
    _report("rebuilt", wanted, rankings.rebuild)


def _record(repository_id: UUID, events: list[Activity]) -> int:
    count = rankings.record(repository_id, events)
    feeds.commit()
    return count


def _shown(repository_id: UUID, event: Activity) -> int:
    count = _record(repository_id, [event])
    rankings.show(repository_id)
    return count


def _report(title: str, events: int, work: Callable[[], int]) -> None:
    started = time.perf_counter()
    returned = work()
    seconds = time.perf_counter() - started
    print(f"{title:<12} {seconds:8.3f} s {events / seconds:10,.0f} events/s   returned {returned:,}")


if __name__ == "__main__":
    main()
