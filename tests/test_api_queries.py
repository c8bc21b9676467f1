"""A list over the API asks the database a few times, whatever the size of its page; who asks is among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import JobState, Stage
from gitinsight.domain.ranking import ActivityKind
from gitinsight.domain.report import InsightType, Severity
from gitinsight.services import accounts, feeds, rankings, sessions
from gitinsight.services.context import session
from gitinsight.services.headlines import TILES
from gitinsight.store.jobs import AnalysisJob
from gitinsight.store.measures import AnalysisRun, InsightRow, MetricPoint
from gitinsight.store.people import User
from gitinsight.store.rankings import Activity
from gitinsight.store.repositories import Follow, Repository
from tests.counting import counted_queries
from tests.probing import Program, probed_app
from tests.signing import signature

API = "/api/v1"
MOST_QUERIES = 4
ITEMS = 60
"""More than the longest page that is asked for."""
WHOLE = (
    f"{API}/auth/keys",
    f"{API}/auth/sessions",
    f"{API}{{repository}}/metrics",
    f"{API}{{repository}}/trends",
)
"""Lists without pages."""


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("queries")
    with probed_app(folder, valkey_socket, migrated_sqlite, ()) as application:
        yield application


@pytest.fixture(scope="module")
def admin(app: Flask) -> Program:
    return Program(app, "admin", Role.ADMIN)


@pytest.fixture(scope="module")
def repository_id(app: Flask, admin: Program) -> UUID:
    """One of so many repositories of as many users, with so many jobs, insights and points; and an admin's lists."""
    for number in range(ITEMS):
        last = _repository(accounts.ensure_user(f"user{number}", Role.USER), number)
        accounts.issue_key(f"user{number}", "key")
    run = _run(last)
    for number in range(ITEMS):
        _insight(run, number)
        _analysis(last)
        if number < 40:
            accounts.issue_key("admin", f"key {number}")
        sessions.begin(session().get_one(User, admin.user_id), "login link")
        feeds.audit(OPERATOR, "audit.accepted", ("audit_log", str(number)))
        feeds.note(Topic.ANALYSIS_PROGRESS, {}, repository_id=last)
    session().add(Follow(user_id=admin.user_id, repository_id=last))
    feeds.commit()
    return last


def _repository(owner_id: UUID, number: int) -> UUID:
    """A repository in which so many people just did something."""
    row = Repository(
        name=f"tool{number}", full_name=f"a/tool{number}", clone_url="x", owner_id=owner_id, settings={}
    )
    session().add(row)
    session().flush()
    now = clock.now()
    events = [Activity(ActivityKind.COMMIT, "first", "zed", now - timedelta(days=300))]
    events += [Activity(ActivityKind.COMMIT, str(n), f"person{n}", now) for n in range(30)]
    rankings.record(row.id, events)
    session().commit()
    return row.id


def _run(repository_id: UUID) -> AnalysisRun:
    """A run with a value for each tile."""
    run = AnalysisRun(
        repository_id=repository_id,
        head="a" * 40,
        analyzer="quality",
        version="1",
        settings_hash="",
        is_current=True,
        finished_at=clock.now(),
    )
    session().add(run)
    session().flush()
    session().add_all(
        MetricPoint(
            run_id=run.id,
            metric=tile.metric,
            metric_id=f"{tile.metric}@1",
            at=clock.now(),
            recorded_at=clock.now(),
            repository_id=repository_id,
            value=5.0,
        )
        for tile in TILES
    )
    return run


def _insight(run: AnalysisRun, number: int) -> None:
    session().add(
        InsightRow(
            run_id=run.id,
            repository_id=run.repository_id,
            generated_at=clock.now(),
            analyzer=run.analyzer,
            model_version=run.version,
            head=run.head,
            type=InsightType.QUALITY,
            severity=Severity.NOTICE,
            severity_rank=1,
            title=f"Finding {number}",
            description="It is so.",
            confidence_score=0.5,
            evidence=[],
            metrics=[],
            tags=[],
            data={},
        )
    )


def _analysis(repository_id: UUID) -> None:
    job = AnalysisJob(id=uuid4(), repository_id=repository_id, stage=Stage.ANALYSIS, state=JobState.SUCCEEDED)
    stages = [
        AnalysisJob(repository_id=repository_id, parent_id=job.id, stage=stage, state=JobState.SUCCEEDED)
        for stage in (Stage.SYNC, Stage.HISTORY, Stage.FINISH)
    ]
    session().add(job)
    session().flush()
    session().add_all(stages)


def paged(app: Flask) -> list[str]:
    """Every address of the API whose document says that the size of its page can be chosen."""
    found = app.test_client().get(f"{API}/openapi.json").json["paths"]
    return [
        path
        for path, operations in found.items()
        if any(one["name"] == "limit" for one in operations.get("get", {}).get("parameters", ()))
    ]


def queries(program: Program, path: str, signed: bool = False) -> int:
    """How often the database is asked for an answer to a program that has been here a moment ago."""
    for _ in range(2):
        headers = signature(program.key.signing_secret, "GET", path) if signed else {}
        with counted_queries() as statements:
            answer = program("GET", path, headers)
        assert answer.status_code == 200, answer.text
    return len(statements)


def test_a_page_of_any_list_takes_at_most_so_many_queries_whatever_its_size(
    app: Flask, admin: Program, repository_id: UUID
) -> None:
    found = {}
    for path in paged(app):
        address = path.replace("{repository_id}", str(repository_id)).replace("{user_id}", str(admin.user_id))
        query = "q=tool&" if "search" in path else ""
        for limit in (5, 50):
            full = f"{address}?{query}limit={limit}"
            assert len(admin("GET", full).json["items"]) == limit, full
            found[path, limit] = queries(admin, full)

    assert len(found) >= 20
    assert {row: count for row, count in found.items() if not 0 < count <= MOST_QUERIES} == {}


@pytest.mark.parametrize("path", WHOLE)
def test_a_list_without_pages_takes_as_few(
    app: Flask, admin: Program, repository_id: UUID, path: str
) -> None:
    address = path.replace("{repository}", f"/repositories/{repository_id}")

    assert 0 < queries(admin, address, signed="sessions" in path) <= MOST_QUERIES


def test_a_summary_takes_as_few_once_it_has_all_its_numbers(admin: Program, repository_id: UUID) -> None:
    assert queries(admin, f"{API}/fast/repositories/{repository_id}/summary") == 4
    bare = _repository(admin.user_id, ITEMS)
    assert queries(admin, f"{API}/fast/repositories/{bare}/summary") == 5, "how far its analysis is, besides"


def test_a_repository_takes_one_for_who_asks_one_for_itself_and_one_for_its_counts(
    admin: Program, repository_id: UUID
) -> None:
    assert queries(admin, f"{API}/repositories/{repository_id}") == 3
