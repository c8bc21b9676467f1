"""Analyses from stage to stage: what may start, what was lost, what fails, and what stays of it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR
from gitinsight.domain.lifecycle import AnalysisStatus, JobState, Stage
from gitinsight.domain.report import Report
from gitinsight.errors import AnalysisCancelled, AnalysisInProgress, RepositoryNotFound
from gitinsight.plugin import Needs
from gitinsight.services import analyses, dashboards, database, feeds, insights, reports, repositories, stages
from gitinsight.services.context import session, tools
from gitinsight.services.progress import JobView
from gitinsight.store import jobs
from gitinsight.store.events import EventRow, Scope
from gitinsight.store.jobs import AnalysisJob
from gitinsight.store.measures import AnalysisRun, InsightQuery, InsightRow, MetricPoint, RunArtifact
from tests.probing import analysed, probed_app, small_repository
from tests.repositories import Repo
from tests.working import work_next, work_off

LONG_AGO = timedelta(minutes=5)


@pytest.fixture(scope="module")
def module_app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("stages"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture
def app(module_app: Flask) -> Flask:
    """The application with empty queues and nothing under way."""
    for queue in tools().queues.all:
        queue.empty()
    for job in jobs.active_analyses(session()):
        analyses.cancel(OPERATOR, job.id)
    return module_app


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return small_repository(tmp_path)


def requested(repo: Repo, *analyzers: str) -> JobView:
    added = repositories.add(OPERATOR, str(repo.git_dir))
    return analyses.request(OPERATOR, added.id, analyzers or ("probe",))


def stage_of(job_id: UUID, kind: Stage, analyzer: str = "") -> AnalysisJob:
    session().expire_all()
    return next(s for s in jobs.stages_of(session(), job_id) if (s.stage, s.analyzer) == (kind, analyzer))


def states(job_id: UUID) -> list[str]:
    session().expire_all()
    return [stage.state.value for stage in jobs.stages_of(session(), job_id)]


def queued() -> list[str]:
    return [job_id for queue in tools().queues.all for job_id in queue.get_job_ids()]


def die(stage: AnalysisJob, attempts: int = 1) -> None:
    """Leave the stage as a worker leaves it that was killed five minutes ago."""
    stage.state, stage.attempts = JobState.RUNNING, attempts
    stage.enqueued_at = stage.started_at = stage.heartbeat_at = clock.now() - LONG_AGO
    session().commit()
    for queue in tools().queues.all:
        queue.empty()


def counts(repository_id: UUID) -> dict[str, int]:
    """How many rows there are of each kind of result."""
    session().expire_all()

    def count(table: type) -> int:
        rows = select(func.count()).select_from(table)
        if table is RunArtifact:
            rows = rows.join(AnalysisRun, AnalysisRun.id == RunArtifact.run_id)
        owner = AnalysisRun if table is RunArtifact else table
        return session().scalar(rows.where(owner.repository_id == repository_id)) or 0

    return {
        table.__tablename__: count(table) for table in (AnalysisRun, InsightRow, MetricPoint, RunArtifact)
    }


def topics(repository_id: UUID) -> list[str]:
    rows = select(EventRow.topic).where(EventRow.repository_id == repository_id).order_by(EventRow.sequence)
    return list(session().scalars(rows))


def test_only_the_stages_whose_needs_are_met_are_queued(app: Flask, repo: Repo) -> None:
    job = requested(repo, "probe", "echo", "broken")
    assert queued() == [str(stage_of(job.id, Stage.SYNC).id)]

    work_next()
    assert queued() == [str(stage_of(job.id, Stage.HISTORY).id)]
    work_next()
    assert set(queued()) == {str(stage_of(job.id, Stage.ANALYZE, name).id) for name in ("probe", "broken")}, (
        "echo comes after probe"
    )

    work_off()
    assert states(job.id) == ["succeeded", "succeeded", "succeeded", "failed", "succeeded", "succeeded"]


def test_the_events_of_an_analysis_tell_its_way(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "probe")

    told = topics(repository_id)
    assert [topic for topic in told if topic != "repository.analysis.progress"] == [
        "repository.analysis.requested",
        "repository.insights.generated",
        "repository.analysis.completed",
    ]
    last = feeds.replay(0, Scope(OPERATOR, repository_id))[-1]
    assert last.payload == {"job_id": str(job.id), "state": "succeeded", "head": repo.head(), "reason": ""}


def test_a_stage_is_queued_once_though_many_look_at_the_same_time(app: Flask, repo: Repo) -> None:
    job = requested(repo, "probe", "broken")
    for reading in (Stage.SYNC, Stage.HISTORY):
        stage_of(job.id, reading).state = JobState.SUCCEEDED
        session().commit()
    tools().queues.all[0].empty()
    ready, errors = threading.Barrier(6), []

    def look() -> None:
        try:
            with app.app_context():
                ready.wait()
                analyses.advance(job.id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(queued()) == sorted(
        str(stage_of(job.id, Stage.ANALYZE, name).id) for name in ("probe", "broken")
    )


@pytest.mark.postgres
def test_on_postgresql_too_a_stage_is_queued_once_and_events_have_no_gaps(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path, postgres_url: str
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, DATABASE_URL=postgres_url) as application:
        database.migrate()
        job = requested(small_repository(tmp_path), "probe")
        for queue in tools().queues.all:
            queue.empty()
        session().get_one(AnalysisJob, stage_of(job.id, Stage.SYNC).id).enqueued_at = None
        session().commit()
        ready = threading.Barrier(6)

        def look() -> None:
            with application.app_context():
                ready.wait()
                analyses.advance(job.id)
                for number in range(5):
                    feeds.note(analyses.Topic.HEALTH_CHECKED, {"number": number})
                    feeds.commit()

        threads = [threading.Thread(target=look) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        feeds.publish()

        assert queued() == [str(stage_of(job.id, Stage.SYNC).id)]
        session().expire_all()
        numbers = session().scalars(select(EventRow.sequence).order_by(EventRow.sequence)).all()
        assert list(numbers) == list(range(1, len(numbers) + 1))
        work_off()
        assert analyses.job_view(job.id).state is JobState.SUCCEEDED
        found = insights.listing(OPERATOR, job.repository_id, InsightQuery(tag="code")).items
        assert len(found) == 4
        session().rollback()


def test_of_two_requests_at_the_same_time_one_begins_and_the_other_is_told_of_it(
    app: Flask, repo: Repo
) -> None:
    added = repositories.add(OPERATOR, str(repo.git_dir))
    ready, begun, refused = threading.Barrier(4), [], []

    def ask() -> None:
        with app.app_context():
            ready.wait()
            try:
                begun.append(str(analyses.request(OPERATOR, added.id, ("probe",)).id))
            except AnalysisInProgress as error:
                refused.append(error.details["job_id"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(begun) == 1
    assert refused == begun * 3


def test_a_stage_whose_worker_died_is_queued_again(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    die(stage_of(job.id, Stage.SYNC))

    assert analyses.reconcile() == 1

    assert queued() == [str(stage_of(job.id, Stage.SYNC).id)]
    work_off()
    assert analyses.job_view(job.id).state is JobState.SUCCEEDED


def test_a_stage_that_the_queue_lost_before_it_began_is_queued_again(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    sync = stage_of(job.id, Stage.SYNC)
    sync.enqueued_at = clock.now() - LONG_AGO
    session().commit()
    tools().queues.connection.flushall()

    assert analyses.reconcile() == 1
    assert queued() == [str(sync.id)]


def test_a_stage_that_is_in_good_hands_is_left_alone(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    sync = stage_of(job.id, Stage.SYNC)
    sync.enqueued_at = clock.now() - LONG_AGO
    session().commit()
    assert analyses.reconcile() == 0, "it waits in the queue"

    die(sync)
    sync.heartbeat_at = clock.now()
    session().commit()
    assert analyses.reconcile() == 0, "somebody worked on it a moment ago"
    assert states(job.id)[0] == "running"


def test_a_stage_that_ended_meanwhile_is_not_queued_again(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    sync = stage_of(job.id, Stage.SYNC)
    sync.state = JobState.SUCCEEDED
    session().commit()

    jobs.give_back(session(), sync.id)

    assert states(job.id)[0] == "succeeded"


def test_a_fetch_that_killed_three_workers_fails_with_its_reason(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    die(stage_of(job.id, Stage.SYNC), attempts=3)

    analyses.reconcile()

    found = analyses.job_view(job.id)
    assert (found.state, found.error_code) == (JobState.FAILED, "WORKER_DIED")
    assert "died 3 times" in found.error
    assert states(job.id) == ["failed", "cancelled", "cancelled", "cancelled"]
    assert topics(job.repository_id)[-1] == "repository.analysis.failed", "and it is published at once"
    assert queued() == []


def test_an_analyzer_that_killed_three_workers_costs_its_own_results_only(app: Flask, repo: Repo) -> None:
    job = requested(repo, "probe", "broken")
    work_next()
    work_next()
    die(stage_of(job.id, Stage.ANALYZE, "broken"), attempts=3)
    die(stage_of(job.id, Stage.ANALYZE, "probe"), attempts=2)

    analyses.reconcile()
    work_off()

    found = analyses.job_view(job.id)
    assert found.state is JobState.PARTIAL
    assert [stage.error_code for stage in found.stages] == ["", "", "", "WORKER_DIED", ""]
    assert counts(job.repository_id)["insights"] == 7


def test_a_dead_queue_delays_an_analysis_and_loses_nothing(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    nowhere = {"REDIS_URL": f"unix://{tmp_path}/nowhere"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, **nowhere):
        job = requested(small_repository(tmp_path))
        assert job.state is JobState.QUEUED
        cancelled = analyses.cancel(OPERATOR, job.id)
        repositories.remove(OPERATOR, job.repository_id)

    assert cancelled.state is JobState.CANCELLED


def test_a_fetch_that_fails_fails_the_analysis_with_its_reason_and_leaves_no_results(
    app: Flask, repo: Repo
) -> None:
    job = requested(repo)
    shutil.rmtree(repo.git_dir)

    work_off()

    found = analyses.job_view(job.id)
    assert (found.state, found.error_code) == (JobState.FAILED, "SOURCE_UNREACHABLE")
    assert "folder" in found.error
    assert states(job.id) == ["failed", "cancelled", "cancelled", "cancelled"]
    assert set(counts(job.repository_id).values()) == {0}
    row = repositories.get(OPERATOR, job.repository_id)
    assert (row.analysis_status, row.head, row.last_analyzed) == (AnalysisStatus.FAILED, None, None)
    last = feeds.replay(0, Scope(OPERATOR, job.repository_id))[-1]
    assert (last.topic, last.payload["code"]) == ("repository.analysis.failed", "SOURCE_UNREACHABLE")


def test_a_fetch_that_fails_leaves_the_results_of_the_last_analysis(app: Flask, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe")
    before, head = counts(repository_id), repo.head()
    shutil.rmtree(repo.git_dir)

    analyses.request(OPERATOR, repository_id, ("probe",))
    work_off()

    assert counts(repository_id) == before
    row = repositories.get(OPERATOR, repository_id)
    assert (row.analysis_status, row.head) == (AnalysisStatus.FAILED, head)


def test_an_analysis_without_a_commit_fails_with_a_plain_reason(app: Flask, tmp_path: Path) -> None:
    job = requested(Repo(tmp_path, "empty.git"))

    work_off()

    found = analyses.job_view(job.id)
    assert (found.state, found.error_code) == (JobState.FAILED, "SOURCE_EMPTY")


def test_one_failing_analyzer_makes_the_analysis_partial(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "probe", "broken")

    assert job.state is JobState.PARTIAL
    assert "broken: The analyzer broken failed: ValueError: no luck today" in job.error
    assert job.error_code == "ANALYZER_CRASHED"
    assert repositories.get(OPERATOR, repository_id).analysis_status is AnalysisStatus.PARTIAL
    assert counts(repository_id)["insights"] == 7
    assert topics(repository_id)[-1] == "repository.analysis.completed"


def test_nothing_but_failing_analyzers_make_it_failed(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "broken")

    assert (job.state, job.error_code) == (JobState.FAILED, "ANALYZER_CRASHED")
    assert repositories.get(OPERATOR, repository_id).analysis_status is AnalysisStatus.FAILED
    assert topics(repository_id)[-1] == "repository.analysis.failed"


def test_an_analyzer_runs_though_the_one_that_it_reads_failed(app: Flask, repo: Repo) -> None:
    job = requested(repo, "probe", "echo")
    work_next()
    work_next()
    analyses.fail_stage(stage_of(job.id, Stage.ANALYZE, "probe").id, "X", "died")
    session().commit()
    for queue in tools().queues.all:
        queue.empty()

    analyses.advance(job.id)
    work_off()

    assert [s.value for s in (x.state for x in analyses.job_view(job.id).stages)] == [
        "succeeded",
        "succeeded",
        "failed",
        "succeeded",
        "succeeded",
    ]


def test_an_analyzer_that_is_no_longer_installed_fails_with_its_name(app: Flask, repo: Repo) -> None:
    job = requested(repo, "probe", "broken")
    stage_of(job.id, Stage.ANALYZE, "broken").analyzer = "removed"
    session().commit()

    work_off()

    found = analyses.job_view(job.id)
    assert found.state is JobState.PARTIAL
    assert "removed is not installed" in found.error


def test_analysing_again_after_new_commits_replaces_the_results_and_keeps_the_last_ones(
    app: Flask, repo: Repo
) -> None:
    repository_id, _ = analysed(repo, "probe")
    heads = [repo.head()]
    one = counts(repository_id)
    for number in range(3):
        repo.commit({"b.py": f"{number}"}, f"More {number}")
        heads.append(repo.head())
        analyses.request(OPERATOR, repository_id, ("probe",))
        work_off()

    assert counts(repository_id) == {name: 2 * count for name, count in one.items()}, "this and the last run"
    runs = session().scalars(select(AnalysisRun).where(AnalysisRun.repository_id == repository_id)).all()
    assert {run.head: run.is_current for run in runs} == {heads[-2]: False, heads[-1]: True}
    (series,) = insights.series(OPERATOR, repository_id, ["probe.commits"])
    assert [point.value for point in series.points] == [1.0, None, 6.0]
    assert len(insights.listing(OPERATOR, repository_id, InsightQuery()).items) == 7


def test_analysing_the_same_commit_again_replaces_its_run(app: Flask, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe")
    before = counts(repository_id)
    (first,) = session().scalars(select(AnalysisRun.id).where(AnalysisRun.repository_id == repository_id))

    again = analyses.request(OPERATOR, repository_id, ("probe",))
    work_off()

    assert counts(repository_id) == before
    session().expire_all()
    run = session().get_one(AnalysisRun, first)
    assert (run.is_current, run.job_id) == (True, again.id)


def test_going_back_to_an_earlier_commit_makes_its_run_the_current_one(app: Flask, repo: Repo) -> None:
    first = repo.head()
    repository_id, _ = analysed(repo, "probe")
    repo.commit({"b.py": "1"}, "More")
    for commit in (repo.head(), first):
        repo.run("update-ref", "refs/heads/main", commit)
        analyses.request(OPERATOR, repository_id, ("probe",))
        work_off()

    runs = session().scalars(select(AnalysisRun).where(AnalysisRun.repository_id == repository_id)).all()
    assert [run.head for run in runs if run.is_current] == [first]
    assert len(runs) == 2


def test_a_report_that_is_not_committed_leaves_the_old_results(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "probe")
    before = counts(repository_id)
    analyzer = tools().registry.analyzers["probe"]

    for head in (repo.head(), "f" * 40):
        facts = reports.RunFacts(repository_id, job.id, head, 1.0)
        reports.store_report(facts, analyzer, Report(), {})
        session().rollback()

    assert counts(repository_id) == before
    assert len(insights.listing(OPERATOR, repository_id, InsightQuery()).items) == 7


def test_a_report_replaces_all_that_the_analyzer_had(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "probe")
    facts = reports.RunFacts(repository_id, job.id, repo.head(), 1.0)

    settings = tools().registry.settings_of("probe")
    reports.store_report(facts, tools().registry.analyzers["probe"], Report(), settings)
    feeds.commit()

    assert counts(repository_id) == {
        "analysis_runs": 1,
        "insights": 0,
        "metric_points": 0,
        "run_artifacts": 0,
    }


def test_other_settings_make_another_run(app: Flask, repo: Repo) -> None:
    repository_id, job = analysed(repo, "probe")
    facts = reports.RunFacts(repository_id, job.id, repo.head(), 1.0)

    reports.store_report(facts, tools().registry.analyzers["probe"], Report(), {"greeting": "Hello"})
    feeds.commit()

    runs = session().scalars(select(AnalysisRun).where(AnalysisRun.repository_id == repository_id)).all()
    assert len({run.settings_hash for run in runs}) == 2
    assert sum(run.is_current for run in runs) == 1


def test_a_stage_that_has_ended_is_not_worked_on_again(app: Flask, repo: Repo) -> None:
    _, job = analysed(repo, "probe")
    before = stage_of(job.id, Stage.SYNC).attempts

    stages.run_stage(stage_of(job.id, Stage.SYNC).id)
    stages.run_stage(uuid4())

    assert stage_of(job.id, Stage.SYNC).attempts == before


def test_a_stage_that_died_half_way_can_be_run_again(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    for _ in ("fetch", "read", "analyse"):
        work_next()
    stage = stage_of(job.id, Stage.ANALYZE, "probe")
    assert stage.state is JobState.SUCCEEDED
    stage.state = JobState.RUNNING
    session().commit()

    stages.run_stage(stage.id)

    assert counts(job.repository_id)["insights"] == 7


def test_what_ends_after_the_cancelling_is_not_kept(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    work_next()
    stage = stage_of(job.id, Stage.ANALYZE, "probe")
    assert jobs.begin(session(), stage.id, clock.now())
    session().commit()
    analyses.cancel(OPERATOR, job.id)
    progress = stages.StageProgress(stage)
    facts = reports.RunFacts(job.repository_id, job.id, repo.head(), 1.0)

    reports.store_report(facts, tools().registry.analyzers["probe"], Report(), {})
    stages._end_stage(stage.id, "late")

    assert counts(job.repository_id)["analysis_runs"] == 0
    assert states(job.id) == ["succeeded", "cancelled", "cancelled", "cancelled"]
    assert progress.is_cancelled()
    with pytest.raises(AnalysisCancelled):
        progress.note()


@pytest.mark.parametrize(
    ("done", "total", "share"),
    [(1, 4, 0.25), (9, 4, 1.0), (-1, 4, 0.0), (1, 0, 0.0), (float("nan"), 1, 1.0), (1, float("inf"), 0.0)],
)
def test_progress_is_always_a_share(app: Flask, repo: Repo, done: float, total: float, share: float) -> None:
    job = requested(repo)
    stage = stage_of(job.id, Stage.SYNC)
    jobs.begin(session(), stage.id, clock.now())
    session().commit()

    stages.StageProgress(stage)("working", done, total)

    assert stage_of(job.id, Stage.SYNC).progress == share


def test_something_unexpected_ends_the_stage_without_telling_the_world_its_details(
    app: Flask, repo: Repo
) -> None:
    job = requested(repo)
    mirrors = tools().settings.home / "mirrors"
    aside = mirrors.with_name("aside")
    if mirrors.exists():
        mirrors.rename(aside)
    mirrors.write_text("not a folder")
    try:
        work_off()
    finally:
        mirrors.unlink()
        if aside.exists():
            aside.rename(mirrors)

    found = analyses.job_view(job.id)
    assert (found.state, found.error_code) == (JobState.FAILED, "INTERNAL_SERVER_ERROR")
    assert str(mirrors) not in found.error


def test_a_reason_of_strange_characters_is_stored(app: Flask, repo: Repo) -> None:
    job = requested(repo)

    analyses.fail_stage(stage_of(job.id, Stage.SYNC).id, "X", "a\0b\ud800")
    feeds.commit()

    assert analyses.job_view(job.id).error == "a\ufffdb?"


def test_a_worker_without_the_mirror_fetches_what_it_lacks(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    work_next()
    shutil.rmtree(tools().settings.home / "mirrors")
    shutil.rmtree(tools().settings.home / "history")

    work_off()

    assert analyses.job_view(job.id).state is JobState.SUCCEEDED


def test_a_repository_that_is_removed_during_its_analysis_leaves_no_trouble(app: Flask, repo: Repo) -> None:
    job = requested(repo)
    stage_id = stage_of(job.id, Stage.SYNC).id
    repositories.remove(OPERATOR, job.repository_id)

    stages.run_stage(stage_id)
    analyses.advance(job.id)
    analyses.fail_stage(stage_id, "X", "late")

    assert str(stage_id) not in queued()
    with pytest.raises(RepositoryNotFound):
        analyses.newest(OPERATOR, job.repository_id)


def test_joining_gives_the_analysis_that_is_under_way_or_a_new_one(app: Flask, repo: Repo) -> None:
    first = requested(repo)

    assert analyses.request_or_join(OPERATOR, first.repository_id).id == first.id
    analyses.cancel(OPERATOR, first.id)
    assert analyses.request_or_join(OPERATOR, first.repository_id).id != first.id


def test_a_database_that_fails_for_a_moment_is_tried_again_and_not_for_ever(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = repositories.add(OPERATOR, str(small_repository(tmp_path).git_dir))
    job = analyses.request(OPERATOR, added.id, ("probe",))
    sync = job.stages[0].id

    def locked(_stage_id: UUID) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(stages, "_sync", locked)
    for _ in range(analyses.MOST_ATTEMPTS - 1):
        with pytest.raises(OperationalError):
            stages.run_stage(sync)
        assert analyses.job_view(job.id).state is JobState.RUNNING

    stages.run_stage(sync)

    ended = analyses.job_view(job.id)
    assert (ended.state, ended.error_code) == (JobState.FAILED, "DATABASE_FAILED")


def test_an_analyzer_that_needs_commits_only_starts_before_the_changes_are_read(
    app: Flask, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    needing(monkeypatch, "probe", Needs.COMMITS)
    job = requested(repo, "probe", "broken")

    work_next()

    waiting = {str(stage_of(job.id, Stage.HISTORY).id), str(stage_of(job.id, Stage.ANALYZE, "probe").id)}
    assert set(queued()) == waiting


def test_first_results_from_the_newest_changes_say_how_far_they_go_and_are_made_again(
    app: Flask, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    needing(monkeypatch, "probe", Needs.NEWEST_CHANGES)
    job = requested(repo, "probe")
    work_next()
    since = clock.now() - timedelta(days=400)
    history = stage_of(job.id, Stage.HISTORY)
    jobs.begin(session(), history.id, clock.now())
    early = stages._EarlyLook(job.id, history.id)
    early.consider(since)
    assert str(stage_of(job.id, Stage.ANALYZE, "probe").id) not in queued(), "a short reading is waited for"
    monkeypatch.setattr(stages, "_EARLY_SECONDS", 0)

    early.consider(clock.now() - timedelta(days=100))
    assert str(stage_of(job.id, Stage.ANALYZE, "probe").id) not in queued(), "the last year is not read yet"
    early.consider(since)
    before = analyses.job_view(job.id).progress
    stages.run_stage(stage_of(job.id, Stage.ANALYZE, "probe").id)

    assert analyses.job_view(job.id).progress > before, "what was done once counts, until it is done again"
    page = dashboards.repository_page(OPERATOR, job.repository_id)
    assert page.history_since is not None
    assert counts(job.repository_id)["insights"] == 7
    probe = analyses.job_view(job.id).stages[2]
    assert (probe.state, probe.has_first_results) == (JobState.QUEUED, True)
    assert probe.message.startswith("First results, from the history back to ")
    early.consider(since)
    assert stage_of(job.id, Stage.ANALYZE, "probe").enqueued_at is None, "it looks early once"

    for queue in tools().queues.all:
        queue.empty()
    stages.run_stage(history.id)
    assert queued() == [f"{stage_of(job.id, Stage.ANALYZE, 'probe').id}-again"], (
        "the first job may still close"
    )
    work_off()

    assert states(job.id) == ["succeeded"] * 4
    assert stage_of(job.id, Stage.ANALYZE, "probe").attempts == 1
    assert dashboards.repository_page(OPERATOR, job.repository_id).history_since is None
    assert counts(job.repository_id)["analysis_runs"] == 1


def needing(monkeypatch: pytest.MonkeyPatch, name: str, needs: Needs) -> None:
    """Let an analyzer declare that it needs so much of the history."""
    known = tools().registry.analyzers
    monkeypatch.setitem(known, name, replace(known[name], needs=needs))  # type: ignore[arg-type]
