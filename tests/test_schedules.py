"""Analyses by schedule: who may have which, when they are due, and that each is started once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from gitinsight.domain import clock, schedules
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.domain.schedules import INTERVALS, Schedule, may_choose, next_run
from gitinsight.services import analyses, housekeeping, repositories, repository_settings
from gitinsight.services.context import session
from gitinsight.services.schedules import run_due
from gitinsight.store.jobs import AnalysisJob, JobQuery
from gitinsight.store.people import User
from gitinsight.store.repositories import Repository
from tests.conftest import sign_in
from tests.probing import Program, probed_app

PATH = "/api/v1/repositories"
NOON = datetime(2024, 5, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as application:
        yield application


def scheduled(program: Program, name: str, schedule: str = "weekly") -> UUID:
    """A repository of the program's user with this schedule."""
    added = program("POST", PATH, json={"url": name, "analyze": False}).json["repository"]
    answer = program("PUT", f"{PATH}/{added['id']}", json={"schedule": schedule})
    assert answer.status_code == 200, answer.text
    return UUID(added["id"])


def due(repository_id: UUID, ago: timedelta = timedelta(seconds=1)) -> None:
    session().get_one(Repository, repository_id).next_analysis_at = clock.now() - ago
    session().commit()


def jobs_of(repository_id: UUID) -> int:
    return len(analyses.listing(OPERATOR, repository_id, JobQuery()).items)


def row_of(repository_id: UUID) -> Repository:
    session().expire_all()
    return session().get_one(Repository, repository_id)


@pytest.mark.parametrize("schedule", INTERVALS)
def test_runs_are_an_interval_apart_and_the_first_is_within_one(schedule: Schedule) -> None:
    repository_id, interval = uuid4(), INTERVALS[schedule]
    first = next_run(schedule, repository_id, NOON)
    assert first is not None
    assert NOON < first <= NOON + interval
    assert next_run(schedule, repository_id, first) == first + interval
    assert next_run(schedule, repository_id, first - timedelta(seconds=1)) == first


def test_repositories_are_spread_over_the_interval() -> None:
    moments = {next_run(Schedule.HOURLY, UUID(int=number), NOON) for number in range(300)}

    quarters = [int((moment - NOON) / timedelta(minutes=15)) for moment in moments if moment]
    assert len(moments) > 250
    assert min(quarters.count(quarter) for quarter in range(4)) > 40


def test_no_schedule_has_no_next_run() -> None:
    assert next_run(Schedule.OFF, uuid4(), NOON) is None


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.GUEST, {"off"}),
        (Role.USER, {"off", "weekly"}),
        (Role.PREMIUM, {"off", "weekly", "daily", "hourly"}),
        (Role.ADMIN, {"off", "weekly", "daily", "hourly"}),
    ],
)
def test_how_often_a_repository_may_be_analysed_depends_on_the_role(role: Role, allowed: set[str]) -> None:
    assert {schedule for schedule in Schedule if may_choose(role, schedule)} == allowed


def test_a_user_is_told_which_schedule_his_account_has(app: Flask) -> None:
    ann = Program(app, "ann")
    repository_id = scheduled(ann, "ann/tool", "off")

    answer = ann("PUT", f"{PATH}/{repository_id}", json={"schedule": "hourly"})

    assert answer.status_code == 403
    assert "weekly" in answer.json["error"]["message"]
    assert row_of(repository_id).schedule is Schedule.OFF
    assert ann("PUT", f"{PATH}/{repository_id}", json={"schedule": "yearly"}).status_code == 422


def test_a_repository_tells_its_schedule_and_when_it_is_due(app: Flask) -> None:
    ann = Program(app, "ann")
    repository_id = scheduled(ann, "ann/tool")

    shown = ann("GET", f"{PATH}/{repository_id}").json
    due_at = datetime.fromisoformat(shown["next_analysis_at"])
    assert shown["schedule"] == "weekly"
    assert clock.now() < due_at <= clock.now() + timedelta(weeks=1)

    ann("PUT", f"{PATH}/{repository_id}", json={"schedule": "off"})
    assert ann("GET", f"{PATH}/{repository_id}").json["next_analysis_at"] is None


def test_what_is_due_is_started_once_and_waits_for_its_next_time(app: Flask) -> None:
    ann = Program(app, "ann")
    repository_id, other = scheduled(ann, "ann/tool"), scheduled(ann, "ann/other")
    due(repository_id)

    assert [run_due(), run_due()] == [1, 0]

    assert (jobs_of(repository_id), jobs_of(other)) == (1, 0)
    following = row_of(repository_id).next_analysis_at
    assert following == next_run(Schedule.WEEKLY, repository_id, clock.now())


def test_the_schedulers_round_starts_what_is_due(app: Flask) -> None:
    repository_id = scheduled(Program(app, "ann"), "ann/tool")
    due(repository_id)

    housekeeping.run_once()

    assert jobs_of(repository_id) == 1


def test_an_analysis_that_runs_already_counts(app: Flask) -> None:
    ann = Program(app, "ann")
    repository_id = scheduled(ann, "ann/tool")
    ann("POST", f"{PATH}/{repository_id}/analyze")
    due(repository_id)

    assert run_due() == 0
    assert jobs_of(repository_id) == 1
    assert row_of(repository_id).next_analysis_at > clock.now()


def test_runs_that_were_missed_are_made_up_for_once_and_not_all_at_one_moment(app: Flask) -> None:
    premium = Program(app, "pia", Role.PREMIUM)
    ids = [scheduled(premium, f"pia/tool{n}", "hourly") for n in range(6)]
    for repository_id in ids:
        due(repository_id, timedelta(days=3))

    assert run_due() == 0
    moments = [row_of(repository_id).next_analysis_at for repository_id in ids]
    now = clock.now()
    assert all(moment is not None and moment <= now + schedules.CATCH_UP_WITHIN for moment in moments)
    assert len(set(moments)) > 1

    due(ids[0])
    assert (run_due(), jobs_of(ids[0])) == (1, 1), "one run for the 72 that were missed"
    assert row_of(ids[0]).next_analysis_at == next_run(Schedule.HOURLY, ids[0], clock.now())


def test_a_schedule_shrinks_to_what_its_user_may_still_have(app: Flask) -> None:
    premium = Program(app, "pia", Role.PREMIUM)
    repository_id = scheduled(premium, "pia/tool", "hourly")
    session().get_one(User, premium.user_id).role = Role.USER
    due(repository_id)

    assert run_due() == 1
    assert row_of(repository_id).schedule is Schedule.WEEKLY


def test_a_schedule_ends_with_its_user(app: Flask) -> None:
    ann = Program(app, "ann")
    repository_id = scheduled(ann, "ann/tool")
    session().delete(session().get_one(User, ann.user_id))
    due(repository_id)

    assert run_due() == 0
    assert (row_of(repository_id).schedule, row_of(repository_id).next_analysis_at) == (Schedule.OFF, None)
    assert jobs_of(repository_id) == 0


def test_a_scheduled_analysis_goes_behind_those_that_somebody_waits_for(app: Flask) -> None:
    premium = Program(app, "pia", Role.PREMIUM)
    repository_id = scheduled(premium, "pia/tool", "daily")
    asked = premium("POST", PATH, json={"url": "pia/asked"}).json["job"]["id"]
    due(repository_id)
    run_due()

    (job,) = analyses.listing(OPERATOR, repository_id, JobQuery()).items
    assert session().get_one(AnalysisJob, UUID(asked)).priority is True
    assert session().get_one(AnalysisJob, job.id).priority is False


def test_nobody_but_the_owner_and_admins_sets_a_schedule(app: Flask) -> None:
    ann, bob = Program(app, "ann"), Program(app, "bob")
    repository_id = scheduled(ann, "ann/tool", "off")

    assert bob("PUT", f"{PATH}/{repository_id}", json={"schedule": "weekly"}).status_code == 403
    root = Program(app, "root", Role.ADMIN)
    assert root("PUT", f"{PATH}/{repository_id}", json={"schedule": "hourly"}).status_code == 200
    due(repository_id)
    assert run_due() == 1, "it runs in the name of the admin who set it"
    assert row_of(repository_id).schedule is Schedule.HOURLY


def test_the_operators_repositories_run_in_the_operators_name(app: Flask) -> None:
    added = repositories.add(OPERATOR, "operator/tool")
    repository_settings.update(OPERATOR, added.id, {"schedule": Schedule.DAILY})
    due(added.id)

    assert (run_due(), jobs_of(added.id)) == (1, 1)


def test_the_owner_chooses_a_schedule_on_the_page_and_others_do_not(app: Flask) -> None:
    repository_id = scheduled(Program(app, "ann"), "ann/tool", "off")
    path = f"/repositories/{repository_id}"
    owner, other = sign_in(app, "ann", Role.USER), sign_in(app, "bob", Role.USER)
    page = owner.get(f"{path}?tab=numbers").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]

    assert re.findall(r'<option value="(\w+)"', page) == ["off", "weekly"]
    assert "Analyse by itself" not in other.get(f"{path}?tab=numbers").text
    form = {"csrf_token": token, "schedule": "weekly"}
    saved = owner.post(f"{path}/schedule", data=form, follow_redirects=True)
    assert "It is analysed weekly." in saved.text
    assert "Analyse by itself: weekly, next on" in saved.text
    assert row_of(repository_id).schedule is Schedule.WEEKLY
    assert owner.post(f"{path}/schedule", data=form | {"schedule": "hourly"}).status_code == 403
    assert owner.post(f"{path}/schedule", data=form | {"schedule": "never"}).status_code == 422
    assert other.post(f"{path}/schedule", data={"schedule": "off"}).status_code == 403
    assert row_of(repository_id).schedule is Schedule.WEEKLY
