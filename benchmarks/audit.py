"""How fast the audit log is sealed, verified and searched: ``python -m benchmarks.audit [ROWS]``.

On the database that DATABASE_URL names, by default a new SQLite file. Prints rows per second of sealing and
verifying, the memory that verifying takes, and the longest wait of a writer while a sealer works.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Callable

from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain.access import OPERATOR
from gitinsight.registry import load_registry
from gitinsight.services import audit, audit_chain, audit_verification, database, feeds
from gitinsight.services.context import session
from gitinsight.store.audit import AuditQuery

SEARCHES = {
    "newest": AuditQuery(),
    "one actor": AuditQuery(actor="operator"),
    "one kind of action": AuditQuery(action="repository."),
    "an action that never was": AuditQuery(action="repository.followed.twice"),
    "one kind of thing": AuditQuery(object_type="repository"),
    "a kind that never was": AuditQuery(object_type="none"),
    "one thing": AuditQuery(object_id="77"),
    "a trace that never was": AuditQuery(trace_id="none"),
}


def main() -> None:
    """Write rows, seal them, verify them, search them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.audit", description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=100_000)
    wanted = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("DATABASE_URL", f"sqlite:///{folder}/audit.db")
        environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": folder, "DATABASE_URL": url}
        environment["GITINSIGHT_LOG_LEVEL"] = "error"
        app = create_app(load_settings(environment), load_registry({}))
        with app.app_context():
            database.migrate()
            _measure(app, wanted)


def _measure(app: Flask, wanted: int) -> None:
    for number in range(wanted):
        feeds.audit(OPERATOR, "repository.followed", ("repository", number % 1000), number=number)
        if number % 1000 == 0:
            session().commit()
    session().commit()
    print(f"{wanted} rows, {session().get_bind().dialect.name}")
    _told("sealed", wanted, audit_chain.seal_rows)
    _told("verified", wanted, audit_verification.verify)
    tracemalloc.start()
    audit_verification.verify()
    print(f"verifying takes {tracemalloc.get_traced_memory()[1] / 2**20:.1f} MiB at most")
    tracemalloc.stop()
    for name, query in SEARCHES.items():
        print(f"search for {name}: {statistics.median(_search(query) for _ in range(5)) * 1000:.1f} ms")
    print(f"a writer waits {_longest_wait(app, wanted // 10) * 1000:.0f} ms at most while others are sealed")


def _told(what: str, rows: int, work: Callable[[], object]) -> None:
    started = time.perf_counter()
    work()
    print(f"{what} {rows / (time.perf_counter() - started):,.0f} rows/s")
    session().rollback()


def _search(query: AuditQuery) -> float:
    started = time.perf_counter()
    audit.search(OPERATOR, query)
    return time.perf_counter() - started


def _longest_wait(app: Flask, rows: int) -> float:
    """Seconds of the slowest of many small transactions that ran while a sealer had these rows to seal."""
    for _ in range(rows):
        feeds.audit(OPERATOR, "repository.followed")
    session().commit()

    def seal() -> None:
        with app.app_context():
            audit_chain.seal_rows()

    sealer, slowest = threading.Thread(target=seal), 0.0
    sealer.start()
    while sealer.is_alive():
        started = time.perf_counter()
        feeds.audit(OPERATOR, "repository.followed")
        session().commit()
        slowest = max(slowest, time.perf_counter() - started)
    sealer.join()
    return slowest


if __name__ == "__main__":
    main()
