"""What reads over the API cost a web process: CPU time and queries, with warm caches, on SQLite."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

REPOSITORIES = 1_000
INSIGHTS_EACH = 12
ROUNDS = 300
WARMING = 20


def report() -> None:
    """Print CPU milliseconds (median of some hundred) and queries of each read, for a signed-in program."""
    from gitinsight.app import create_app
    from gitinsight.config import load_settings
    from gitinsight.logs import configure_logs
    from gitinsight.registry import load_registry

    with tempfile.TemporaryDirectory() as home, _valkey(Path(home)) as redis_url:
        settings = load_settings(
            {
                "GITINSIGHT_PROFILE": "testing",
                "GITINSIGHT_HOME": home,
                "REDIS_URL": redis_url,
                # Counted as in production, and never refused.
                "GITINSIGHT_RATE_LIMIT_USER": "1000000",
                "GITINSIGHT_RATE_LIMIT_ADDRESS": "1000000",
            }
        )
        app = create_app(settings, load_registry({}))
        configure_logs(settings, quiet=True)
        with app.app_context():
            repository_id, key = _filled()
            print(f"\n{REPOSITORIES:,} repositories with {INSIGHTS_EACH} insights each; a program with a key")
            print(f"{'read':<44}{'CPU':>10}{'queries':>10}")
            for title, path in _reads(repository_id):
                _measure(app, title, path, key)


@contextmanager
def _valkey(folder: Path) -> Iterator[str]:
    """The address of a Valkey that lives as long as the block."""
    from gitinsight import valkey

    socket = folder / "valkey" / "socket"
    process = subprocess.Popen(
        valkey.command(socket, folder / "valkey"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        valkey.wait_until_ready(process, socket)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait(10)


def _reads(repository_id: UUID) -> list[tuple[str, str]]:
    base = "/api/v1/repositories"
    return [
        ("a repository", f"{base}/{repository_id}"),
        ("a page of 20 repositories", f"{base}?limit=20"),
        ("a page of 200 repositories, by stars", f"{base}?limit=200&sort=-stars"),
        ("a page of 200, two fields each", f"{base}?limit=200&fields=id,full_name"),
        ("a page of insights", f"{base}/{repository_id}/insights"),
        ("insights as SARIF", f"{base}/{repository_id}/insights?format=sarif"),
        ("a badge", f"{base}/{repository_id}/badges/health.svg"),
    ]


def _measure(app: Flask, title: str, path: str, key: str) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {key}"}

    def read(client: FlaskClient = client) -> None:
        answer = client.get(path, headers=headers, buffered=True)
        assert answer.status_code == 200, answer.text

    for _ in range(WARMING):
        read()
    queries = _count_queries(read)
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        read()
        times.append((time.process_time() - started) * 1000)
    print(f"{title:<44}{statistics.median(times):>7.2f} ms{queries:>10}")


def _count_queries(read: Callable[[], None]) -> int:
    from gitinsight.store.base import db

    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    read()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(statements)


def _filled() -> tuple[UUID, str]:
    """Fill an empty database; a repository's id and a key."""
    from gitinsight.domain import clock
    from gitinsight.domain.access import Role
    from gitinsight.domain.report import InsightType, Severity
    from gitinsight.services import accounts, database
    from gitinsight.services.context import session
    from gitinsight.store.measures import AnalysisRun, InsightRow
    from gitinsight.store.repositories import Repository

    database.migrate()
    user_id = accounts.ensure_user("reader", Role.USER)
    now = clock.now()
    severities = list(Severity)
    for number in range(REPOSITORIES):
        row = Repository(
            name=f"tool{number}",
            full_name=f"owner/tool{number}",
            clone_url=f"https://example.org/owner/tool{number}",
            stars=number % 97,
            owner_id=user_id,
            settings={},
            last_analyzed=now - timedelta(minutes=number),
        )
        session().add(row)
        session().flush()
        run = AnalysisRun(
            repository_id=row.id,
            head="a" * 40,
            analyzer="quality",
            version="1",
            settings_hash="",
            is_current=True,
            finished_at=now,
        )
        session().add(run)
        session().flush()
        session().add_all(
            InsightRow(
                run_id=run.id,
                repository_id=row.id,
                generated_at=now,
                analyzer="quality",
                model_version="1",
                head=run.head,
                type=InsightType.QUALITY,
                severity=severities[place % len(severities)],
                severity_rank=place % len(severities),
                title=f"Finding {place}",
                description="What was found, in a sentence of the usual length.",
                confidence_score=0.5,
                evidence=[{"kind": "file", "ref": f"src/file{n}.py", "note": ""} for n in range(5)],
                metrics=["quality.health@1"],
                tags=["code"],
                data={},
            )
            for place in range(INSIGHTS_EACH)
        )
    session().commit()
    return row.id, accounts.issue_key("reader", "benchmark").secret
