"""The product on PostgreSQL: an analysis, lists, and what several callers do at the same moment."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.access import GUEST, OPERATOR, Permission, Role, Visibility
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import AnalysisStatus, JobState
from gitinsight.domain.schedules import Schedule
from gitinsight.errors import AnalysisInProgress, ValidationError
from gitinsight.plugin import Needs
from gitinsight.registry import Registry
from gitinsight.services import (
    accounts,
    analyses,
    catalog,
    database,
    downloads,
    feeds,
    identities,
    insights,
    outlooks,
    repositories,
    repository_settings,
    schedules,
    sessions,
)
from gitinsight.services.accounts import Origin
from gitinsight.services.context import session, tools
from gitinsight.store import jobs
from gitinsight.store.base import db
from gitinsight.store.jobs import JobQuery
from gitinsight.store.measures import InsightQuery
from gitinsight.store.people import Identity, User
from gitinsight.store.repositories import Repository, RepositoryQuery
from tests.repositories import Repo
from tests.working import work_off

pytestmark = pytest.mark.postgres

CALLERS = 8


@pytest.fixture
def app(postgres_url: str, redis_url: str, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    """A migrated installation on PostgreSQL, inside its context."""
    environment = {"GITINSIGHT_HOME": str(tmp_path / "home"), "DATABASE_URL": postgres_url}
    application = create_app(load_settings(environment | {"REDIS_URL": redis_url}), registry)
    with application.app_context():
        database.migrate()
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def repository(app: Flask, tmp_path: Path) -> UUID:
    """A repository of 60 commits, added and not analysed."""
    repo = Repo(tmp_path, "source.git")
    for number in range(60):
        repo.commit({"app.py": f"def f(x):\n    return x + {number}\n"}, f"Change {number}")
    return repositories.add(OPERATOR, str(repo.git_dir)).id


def at_once(app: Flask, work: Callable[[int], Any]) -> list[Any]:
    """What the work returns, or raises, in so many threads that begin at the same moment."""
    begin = threading.Barrier(CALLERS)
    results: list[Any] = [None] * CALLERS

    def call(number: int) -> None:
        with app.app_context():
            begin.wait()
            try:
                results[number] = work(number)
            except Exception as error:
                results[number] = error

    threads = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def queued() -> Counter[str]:
    """How often each job stands in a queue."""
    return Counter(job_id for queue in tools().queues.all for job_id in queue.get_job_ids())


def test_an_analysis_runs_all_stages_and_its_results_can_be_listed(app: Flask, repository: UUID) -> None:
    job = analyses.request(OPERATOR, repository)

    work_off()

    job = analyses.get(OPERATOR, job.id)
    assert [stage.error for stage in job.stages if stage.error] == []
    assert job.state is JobState.SUCCEEDED
    assert repositories.get(GUEST, repository).analysis_status is AnalysisStatus.READY
    whole = insights.listing(GUEST, repository, InsightQuery(limit=100)).items
    assert {insight.analyzer for insight in whole} == {
        "quality",
        "people",
        "ownership",
        "sentiment",
        "quality_history",
        "dependencies",
        "sentiment_folders",
        "activity",
        "trends",
    }
    assert all(insight.evidence for insight in whole)
    assert _pages(repository) == [insight.id for insight in whole]
    _assert_tags_filter(repository, whole)
    assert insights.series(GUEST, repository)
    assert outlooks.listing(GUEST, repository)


def _pages(repository: UUID) -> list[UUID]:
    """The ids of all insights, read two at a time."""
    seen, query = [], InsightQuery(limit=2)
    while True:
        page = insights.listing(GUEST, repository, query)
        seen += [insight.id for insight in page.items]
        if not page.more:
            return seen
        last = page.items[-1]
        query = InsightQuery(limit=2, after=(last.severity_rank, last.confidence_score, last.id))


def _assert_tags_filter(repository: UUID, whole: list[Any]) -> None:
    tags = {tag for insight in whole for tag in insight.tags}
    assert tags
    for tag in (*tags, "no-such-tag", "' OR 1=1 --", "%"):
        found = insights.listing(GUEST, repository, InsightQuery(tag=tag, limit=100)).items
        assert [one.id for one in found] == [one.id for one in whole if tag in one.tags]


def test_repositories_are_listed_page_by_page(app: Flask, tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        repositories.add(OPERATOR, str(Repo(tmp_path, f"{name}.git").git_dir))

    first = repositories.listing(GUEST, RepositoryQuery(limit=2))
    last = first.items[-1]
    second = repositories.listing(GUEST, RepositoryQuery(after=(last.full_name, last.id), limit=2))

    assert [one.name for one in first.items] == ["a", "b"] and first.more
    assert [one.name for one in second.items] == ["c"] and not second.more


def test_of_many_requests_at_once_one_starts_and_the_others_are_told_its_job(
    app: Flask, repository: UUID
) -> None:
    answers = at_once(app, lambda _: analyses.request(OPERATOR, repository))

    started = [answer for answer in answers if not isinstance(answer, Exception)]
    refused = [answer for answer in answers if isinstance(answer, AnalysisInProgress)]
    assert (len(started), len(refused)) == (1, CALLERS - 1)
    assert {error.details["job_id"] for error in refused} == {str(started[0].id)}


def test_many_who_advance_an_analysis_at_once_queue_each_stage_once(app: Flask, repository: UUID) -> None:
    job = analyses.request(OPERATOR, repository)
    end_sync(job.id)
    assert queued() == {}

    at_once(app, lambda _: analyses.advance(job.id))

    analyzers = tools().registry.analyzers.values()
    early = [each for each in analyzers if each.needs is Needs.COMMITS and not each.after]
    assert list(queued().values()) == [1] * (1 + len(early)), "the reading of changes and what need not wait"


def end_sync(job_id: UUID) -> None:
    """End the first stage as a worker that dies before it hands over what comes next."""
    sync = jobs.stages_of(db.session(), job_id)[0]
    assert jobs.end(db.session(), sync.id, JobState.SUCCEEDED, clock.now())
    db.session.commit()
    tools().queues.stop(sync.id)


CONCURRENT_QUERIES = """
from gevent import monkey
monkey.patch_all()
import sys, time, gevent, sqlalchemy as sa

engine = sa.create_engine(sys.argv[1])

def slow(_):
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_sleep(1)"))

begun = time.monotonic()
gevent.joinall([gevent.spawn(slow, n) for n in range(3)], raise_error=True)
print(time.monotonic() - begun)
"""


def test_a_slow_query_does_not_hold_up_the_other_requests_of_a_web_process(postgres_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONCURRENT_QUERIES, postgres_url], capture_output=True, text=True, check=True
    )

    assert float(done.stdout) < 2, "three queries of a second each, one after the other, take three"


def test_many_publishers_at_once_number_events_without_gaps_and_in_order(app: Flask) -> None:

    def write(number: int) -> None:
        for step in range(20):
            feeds.note(Topic.HEALTH_CHECKED, {"writer": number, "step": step})
            feeds.commit()

    assert at_once(app, write) == [None] * CALLERS
    feeds.publish()

    numbered = feeds.replay(0)
    assert [event.sequence for event in numbered] == list(range(1, 20 * CALLERS + 1))
    streamed = tools().bus.read(0, block_ms=1)
    while streamed and (rest := tools().bus.read(streamed[-1].sequence, block_ms=1)):
        streamed += rest
    assert [event.sequence for event in streamed] == [event.sequence for event in numbered]
    for writer in range(CALLERS):
        steps = [event.payload["step"] for event in numbered if event.payload["writer"] == writer]
        assert steps == sorted(steps)


def test_repositories_are_sorted_with_those_that_lack_the_value_last(app: Flask) -> None:
    stars = {"o/a": 5, "o/b": None, "o/c": 9, "o/d": 5, "o/e": None}
    for name, count in stars.items():
        added = repositories.add(OPERATOR, name)
        repositories.row_for(OPERATOR, added.id, Permission.REPOSITORY_READ).stars = count
    db.session.commit()

    for sort, best in (("stars", [5, 5, 9]), ("-stars", [9, 5, 5])):
        seen: list[int | None] = []
        query = RepositoryQuery(limit=1, sort=sort)
        while True:
            page = catalog.listing(OPERATOR, query)
            seen += [one.stars for one in page.items]
            if not page.more:
                break
            query = RepositoryQuery(limit=1, sort=sort, after=(page.items[-1].stars, page.items[-1].id))
        assert seen == [*best, None, None]


def test_results_are_exported_and_counted(app: Flask, repository: UUID) -> None:
    analyses.request(OPERATOR, repository)
    work_off()
    accounts.ensure_user("ann", Role.USER)
    entry = catalog.get(OPERATOR, repository)
    assert entry.insights is not None

    for form in ("csv", "sarif", "json"):
        key = accounts.issue_key("ann", form)
        answer = app.test_client().get(
            f"/api/v1/repositories/{repository}/insights?format={form}",
            headers={"Authorization": f"Bearer {key.secret}"},
            buffered=True,
        )
        assert answer.status_code == 200
        if form == "json":
            assert len(answer.json["items"]) == entry.insights.total > 0
    found = downloads.results(OPERATOR, repository)
    exported = list(downloads.each_point(found))
    listed = insights.series(OPERATOR, repository)
    assert len(exported) == sum(len(series.points) for series in listed) > 0


def test_of_many_schedulers_one_starts_what_is_due(app: Flask, repository: UUID) -> None:
    repository_settings.update(OPERATOR, repository, {"schedule": Schedule.DAILY})
    row = repositories.row_for(OPERATOR, repository, Permission.REPOSITORY_READ)
    row.next_analysis_at = clock.now()
    db.session.commit()

    started = at_once(app, lambda _: schedules.run_due())

    assert sorted(started) == [0] * (CALLERS - 1) + [1]
    assert len(analyses.listing(OPERATOR, repository, JobQuery()).items) == 1


def test_of_many_who_add_at_once_no_more_than_the_limit_are_let_through(app: Flask) -> None:
    user = accounts.viewer_by_id(accounts.ensure_user("ann", Role.USER))
    assert user is not None

    added = at_once(
        app, lambda n: repositories.add(user, f"ann/tool{n}", visibility=Visibility.PRIVATE).full_name
    )

    refused = [one for one in added if isinstance(one, ValidationError)]
    assert len(refused) == CALLERS - repositories.PRIVATE_REPOSITORIES_OF_A_USER
    assert session().query(Repository).count() == repositories.PRIVATE_REPOSITORIES_OF_A_USER


def test_of_several_first_sign_ins_of_one_account_all_become_the_one_user(app: Flask) -> None:
    account = identities.External(identities.GITHUB, "583231", "octocat")

    opened = at_once(app, lambda _: identities.sign_in(GUEST, account, Origin()))

    assert {viewer.name for secret in opened if (viewer := sessions.viewer_by_secret(secret))} == {"octocat"}
    assert len(set(opened)) == CALLERS
    assert session().query(User).count() == session().query(Identity).count() == 1
