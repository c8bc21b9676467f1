"""The API of analyses: asking for one, following it, cancelling it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.services import repositories
from gitinsight.services.context import session, tools
from gitinsight.store import jobs
from gitinsight.store.jobs import AnalysisJob
from tests.probing import Program, probed_app, small_repository
from tests.working import work_off


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def ann(app: Flask) -> Program:
    return Program(app, "ann")


@pytest.fixture
def path(app: Flask, tmp_path: Path) -> str:
    """The address of a repository that is not analysed yet, with empty queues."""
    for queue in tools().queues.all:
        queue.empty()
    return f"/api/v1/repositories/{repositories.add(OPERATOR, str(small_repository(tmp_path).git_dir)).id}"


def queued() -> set[str]:
    return {job_id for queue in tools().queues.all for job_id in queue.get_job_ids()}


def test_asking_for_an_analysis_gives_the_job_with_its_stages(ann: Program, path: str) -> None:
    answer = ann("POST", f"{path}/analyze", json={"analyzers": ["echo", "probe"]})

    assert answer.status_code == 202
    job = answer.json
    assert job["state"] == "queued"
    assert [(stage["stage"], stage["analyzer"], stage["state"]) for stage in job["stages"]] == [
        ("sync", "", "queued"),
        ("history", "", "queued"),
        ("analyze", "probe", "queued"),
        ("analyze", "echo", "queued"),
        ("finish", "", "queued"),
    ]
    assert (job["progress"], job["eta_seconds"], job["error"], job["head"]) == (0.0, None, "", None)
    assert ann("GET", f"/api/v1/jobs/{job['id']}").json == job


@pytest.mark.parametrize("body", [{}, None])
def test_an_analysis_without_a_choice_is_by_all_analyzers(ann: Program, path: str, body: dict | None) -> None:
    job = ann("POST", f"{path}/analyze", **({} if body is None else {"json": body})).json

    found = {stage["analyzer"] for stage in job["stages"]} - {""}
    assert found == {"probe", "echo", "broken", "slow"}


def test_the_repositorys_own_choice_of_analyzers_counts(app: Flask, path: str) -> None:
    root = Program(app, "root", Role.ADMIN)
    root("PUT", path, json={"analyzers": ["probe"]})

    job = root("POST", f"{path}/analyze").json

    assert [stage["analyzer"] for stage in job["stages"]] == ["", "", "probe", ""]


def test_a_second_analysis_at_the_same_time_is_refused_with_the_first_ones_id(
    ann: Program, path: str
) -> None:
    first = ann("POST", f"{path}/analyze").json

    second = ann("POST", f"{path}/analyze")

    assert second.status_code == 409
    assert second.json["error"]["code"] == "ANALYSIS_IN_PROGRESS"
    assert second.json["error"]["details"]["job_id"] == first["id"]


def test_an_unknown_analyzer_is_refused_with_the_known_ones(ann: Program, path: str) -> None:
    answer = ann("POST", f"{path}/analyze", json={"analyzers": ["astrology"]})

    assert answer.status_code == 422
    assert "'astrology'" in answer.json["error"]["message"]
    assert "probe" in answer.json["error"]["message"]
    assert ann("GET", path).json["analysis_status"] == "never", "nothing was begun"


def test_an_analyzer_that_is_named_twice_runs_once(ann: Program, path: str) -> None:
    answer = ann("POST", f"{path}/analyze", json={"analyzers": ["probe", "probe"]})

    assert answer.status_code == 202
    assert [stage["analyzer"] for stage in answer.json["stages"]] == ["", "", "probe", ""]


def test_the_job_tells_how_it_ended(ann: Program, path: str) -> None:
    job_id = ann("POST", f"{path}/analyze", json={"analyzers": ["probe", "echo"]}).json["id"]

    work_off()

    job = ann("GET", f"/api/v1/jobs/{job_id}").json
    assert (job["state"], job["progress"], job["eta_seconds"], job["error"]) == ("succeeded", 1.0, None, "")
    assert {stage["state"] for stage in job["stages"]} == {"succeeded"}
    assert all(stage["seconds"] >= 0 for stage in job["stages"])
    assert job["started_at"] <= job["finished_at"]
    repository = ann("GET", path).json
    assert repository["head"] == job["head"]
    assert (repository["analysis_status"], repository["commit_count"]) == ("ready", 3)


def test_progress_and_the_time_left_follow_from_the_stages(ann: Program, path: str) -> None:
    job_id = UUID(ann("POST", f"{path}/analyze", json={"analyzers": ["probe", "broken"]}).json["id"])
    now = session().get_one(AnalysisJob, job_id)
    sync, history, first, *_ = jobs.stages_of(session(), job_id)
    now.state, now.started_at = "running", clock.now() - timedelta(seconds=60)
    sync.state = history.state = "succeeded"
    first.state, first.progress = "running", 0.5
    session().commit()

    job = ann("GET", f"/api/v1/jobs/{job_id}").json

    # Fetching weighs 0.2, reading 0.3, finishing 0.02, the analyzers the rest: 0.5 + half of 0.24.
    assert job["progress"] == pytest.approx(0.62)
    assert job["eta_seconds"] == pytest.approx(60 * 0.38 / 0.62, rel=0.05)


def test_a_queued_analysis_can_be_cancelled_and_leaves_the_queue(ann: Program, path: str) -> None:
    before = queued()
    job_id = ann("POST", f"{path}/analyze").json["id"]
    assert queued() - before

    answer = ann("DELETE", f"/api/v1/jobs/{job_id}")

    assert answer.status_code == 200
    assert answer.json["state"] == "cancelled"
    assert {stage["state"] for stage in answer.json["stages"]} == {"cancelled"}
    assert queued() == before
    assert ann("GET", path).json["analysis_status"] == "never"
    assert ann("DELETE", f"/api/v1/jobs/{job_id}").json["state"] == "cancelled", "twice is fine"
    assert ann("POST", f"{path}/analyze").status_code == 202, "and it can be begun again"


def test_a_running_analyzer_is_cancelled_within_seconds_and_leaves_no_results(
    app: Flask, ann: Program, path: str
) -> None:
    job_id = ann("POST", f"{path}/analyze", json={"analyzers": ["slow"]}).json["id"]

    def work() -> None:
        with app.app_context():
            work_off()

    worker = threading.Thread(target=work)
    worker.start()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        seen = ann("GET", f"/api/v1/jobs/{job_id}").json
        if seen["stages"][2]["progress"] > 0:
            break
        time.sleep(0.05)
    assert seen["state"] == "running"
    assert seen["stages"][2]["message"] == "Slow"
    assert 0.5 < seen["progress"] < 1

    ann("DELETE", f"/api/v1/jobs/{job_id}")
    worker.join(5)

    assert not worker.is_alive()
    job = ann("GET", f"/api/v1/jobs/{job_id}").json
    assert [stage["state"] for stage in job["stages"]] == [
        "succeeded",
        "succeeded",
        "cancelled",
        "cancelled",
    ]
    assert ann("GET", f"{path}/insights").json["items"] == []
    assert ann("GET", path).json["analysis_status"] == "never"


def test_an_analysis_that_ended_stays_as_it_is_when_it_is_cancelled(ann: Program, path: str) -> None:
    job_id = ann("POST", f"{path}/analyze", json={"analyzers": ["probe"]}).json["id"]
    work_off()

    assert ann("DELETE", f"/api/v1/jobs/{job_id}").json["state"] == "succeeded"
    assert ann("GET", path).json["analysis_status"] == "ready"


def test_cancelling_the_second_analysis_keeps_what_the_first_came_to(ann: Program, path: str) -> None:
    ann("POST", f"{path}/analyze", json={"analyzers": ["probe", "broken"]})
    work_off()
    job_id = ann("POST", f"{path}/analyze").json["id"]

    ann("DELETE", f"/api/v1/jobs/{job_id}")

    assert ann("GET", path).json["analysis_status"] == "partial"


def test_the_id_of_a_stage_leads_to_its_analysis(ann: Program, path: str) -> None:
    job_id = ann("POST", f"{path}/analyze").json["id"]
    stage = jobs.stages_of(session(), UUID(job_id))[0]

    assert ann("GET", f"/api/v1/jobs/{stage.id}").json["id"] == job_id


def test_an_unknown_job_is_not_found(ann: Program) -> None:
    for method in ("GET", "DELETE"):
        answer = ann(method, f"/api/v1/jobs/{uuid4()}")
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "JOB_NOT_FOUND")


def test_premium_users_and_admins_are_served_first(
    app: Flask, ann: Program, path: str, tmp_path: Path
) -> None:
    root = Program(app, "root", Role.ADMIN)
    before = tools().queues.depth()
    ann("POST", f"{path}/analyze")
    other = repositories.add(OPERATOR, str(small_repository(tmp_path / "other").git_dir))
    root("POST", f"/api/v1/repositories/{other.id}/analyze")

    after = tools().queues.depth()

    assert after["default"] - before["default"] == 1
    assert after["interactive"] - before["interactive"] == 1
