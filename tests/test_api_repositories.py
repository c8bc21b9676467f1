"""The API of repositories: adding, listing, changing, removing, following."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from gitinsight.domain.access import OPERATOR, Role
from gitinsight.services import analyses, repositories
from gitinsight.services.context import session, tools
from gitinsight.store.audit import AuditRow
from gitinsight.store.events import EventRow
from gitinsight.store.jobs import AnalysisJob
from gitinsight.store.measures import AnalysisRun, InsightRow, MetricPoint
from gitinsight.store.people import User
from gitinsight.store.repositories import Follow, Repository
from tests.probing import Program, analysed, probed_app, small_repository
from tests.working import work_off

PATH = "/api/v1/repositories"


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def ann(app: Flask) -> Program:
    return Program(app, "ann")


@pytest.fixture(scope="module")
def root(app: Flask) -> Program:
    return Program(app, "root", Role.ADMIN)


def add(program: Program, url: str, **fields: object) -> dict:
    answer = program("POST", PATH, json={"url": url, "analyze": False} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json["repository"]


def test_owner_and_name_mean_a_repository_on_github(ann: Program) -> None:
    answer = ann("POST", PATH, json={"url": "pallets/markupsafe"})

    assert answer.status_code == 201
    found, job = answer.json["repository"], answer.json["job"]
    assert found["clone_url"] == "https://github.com/pallets/markupsafe"
    assert found["url"] == "https://github.com/pallets/markupsafe"
    assert (found["name"], found["full_name"]) == ("markupsafe", "pallets/markupsafe")
    assert found["owner_id"] == str(ann.user_id)
    assert (found["visibility"], found["analysis_status"]) == ("public", "never")
    assert found["stars"] is None, "what no forge told is not zero"
    assert (job["state"], job["repository_id"]) == ("queued", found["id"])
    assert ann("GET", f"{PATH}/{found['id']}").json["analysis_status"] == "queued"


def test_the_same_address_gives_the_known_repository(ann: Program) -> None:
    first = add(ann, "one/known")

    assert add(ann, "https://github.com/one/known.git")["id"] == first["id"]
    assert add(ann, "https://github.com/one/known", branch="next")["id"] != first["id"]


def test_adding_a_known_repository_joins_its_running_analysis(ann: Program) -> None:
    first = ann("POST", PATH, json={"url": "two/known"}).json["job"]

    assert ann("POST", PATH, json={"url": "two/known"}).json["job"]["id"] == first["id"]


@pytest.mark.parametrize(
    "url",
    [
        "/etc",
        "file:///etc",
        "ext::sh -c id",
        "-oProxyCommand=id",
        "https://u:p@github.com/a/b",
        "ftp://x/y",
        " ",
    ],
)
def test_an_address_that_is_not_opened_is_refused_with_a_reason(ann: Program, url: str) -> None:
    answer = ann("POST", PATH, json={"url": url})

    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"
    assert len(answer.json["error"]["message"]) > 20


def test_a_path_is_refused_even_to_an_admin_because_only_the_operator_may_allow_it(
    root: Program, tmp_path: Path
) -> None:
    repo = small_repository(tmp_path, 1)

    answer = root("POST", PATH, json={"url": str(repo.git_dir)})

    assert answer.status_code == 422
    assert "GITINSIGHT_ALLOW_LOCAL_PATHS" in answer.json["error"]["message"]


def test_a_path_is_taken_where_the_operator_allows_paths(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    repo = small_repository(tmp_path, 1)
    allowed = {"GITINSIGHT_ALLOW_LOCAL_PATHS": "true"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, **allowed) as application:
        found = add(Program(application, "ann"), str(repo.git_dir))

    assert found["clone_url"] == str(repo.git_dir)


def test_a_free_account_has_three_private_repositories_and_an_admin_any_number(
    app: Flask, root: Program
) -> None:
    carl = Program(app, "carl")
    for number in range(3):
        add(carl, f"carl/p{number}", visibility="private")
    public = add(carl, "carl/public")

    refused = carl("POST", PATH, json={"url": "carl/p3", "visibility": "private"})

    assert refused.status_code == 422
    assert "3 private" in refused.json["error"]["message"]
    assert carl("PUT", f"{PATH}/{public['id']}", json={"visibility": "private"}).status_code == 422
    for number in range(4):
        add(root, f"root/p{number}", visibility="private")


def test_a_list_is_walked_by_cursors_without_a_gap_or_a_repetition_though_names_are_alike(
    app: Flask, root: Program
) -> None:
    eve = Program(app, "eve")
    wanted = {add(eve, f"walk/same{n // 4}", branch=f"b{n}")["id"] for n in range(10)}
    pages, cursor = [], ""
    while cursor is not None:
        answer = eve("GET", PATH, query_string={"q": "walk/same", "limit": 3, "cursor": cursor})
        assert answer.status_code == 200
        pages.append([item["id"] for item in answer.json["items"]])
        cursor = answer.json["next_cursor"]

    assert [len(page) for page in pages] == [3, 3, 3, 1]
    seen = [one for page in pages for one in page]
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


def test_the_last_full_page_has_no_cursor(ann: Program) -> None:
    for n in range(2):
        add(ann, f"exact/full{n}")

    answer = ann("GET", PATH, query_string={"q": "exact/full", "limit": 2})

    assert (len(answer.json["items"]), answer.json["next_cursor"]) == (2, None)


def test_a_list_is_filtered_by_name_language_and_status(ann: Program) -> None:
    found = add(ann, "Filter/My_Tool")
    row = session().get_one(Repository, UUID(found["id"]))
    row.language, row.analysis_status = "Fortran", "ready"
    session().commit()

    def ids(**query: str) -> list[str]:
        return [item["id"] for item in ann("GET", PATH, query_string=query).json["items"]]

    assert ids(q="my_tool") == ids(q="FILTER/") == [found["id"]]
    assert ids(q="my%tool") == ids(q="myXtool") == [], "no sign in a name is a wildcard"
    assert ids(language="Fortran") == [found["id"]]
    assert ids(status="ready", q="filter") == [found["id"]]
    assert ids(status="failed", q="filter") == []


def test_the_owner_changes_settings(ann: Program) -> None:
    path = f"{PATH}/{add(ann, 'change/me')['id']}"

    changed = ann(
        "PUT", path, json={"description": "New\nwords", "branch": "dev", "analyzers": ["probe", "probe"]}
    )

    assert changed.status_code == 200
    assert (changed.json["description"], changed.json["branch"]) == ("New\nwords", "dev")
    job = ann("POST", f"{path}/analyze").json
    assert [stage["analyzer"] for stage in job["stages"]] == ["", "", "probe", ""], "each analyzer once"
    assert ann("PUT", path, json={}).json["description"] == "New\nwords", "what is not named stays"


def test_a_change_to_an_unknown_analyzer_is_refused_and_changes_nothing(ann: Program) -> None:
    path = f"{PATH}/{add(ann, 'change/not')['id']}"

    refused = ann("PUT", path, json={"description": "new", "analyzers": ["astrology"]})

    assert refused.status_code == 422
    assert "astrology" in refused.json["error"]["message"]
    assert ann("GET", path).json["description"] == ""


def test_removing_takes_everything_along(app: Flask, root: Program, tmp_path: Path) -> None:
    repository_id, job = analysed(small_repository(tmp_path), "probe")
    fan = Program(app, "fan")
    assert fan("POST", f"{PATH}/{repository_id}/follow").status_code == 204
    home = tools().settings.home
    assert len(list(home.rglob(f"*{repository_id}*"))) > 1

    assert root("DELETE", f"{PATH}/{repository_id}").status_code == 204
    work_off()

    session().expire_all()
    for table in (AnalysisJob, AnalysisRun, InsightRow, MetricPoint, Follow):
        assert session().scalars(select(table).where(table.repository_id == repository_id)).all() == []
    assert list(home.rglob(f"*{repository_id}*")) == []
    assert root("GET", f"{PATH}/{repository_id}").status_code == 404
    assert root("GET", f"/api/v1/jobs/{job.id}").status_code == 404
    told = session().scalars(select(AuditRow).where(AuditRow.action == "repository.removed")).all()
    assert str(repository_id) in {row.object_id for row in told}, "the audit log remembers it"


def test_removing_during_an_analysis_takes_it_from_the_queue(ann: Program) -> None:
    before = tools().queues.depth()
    added = ann("POST", PATH, json={"url": "remove/busy"}).json
    assert tools().queues.depth() != before

    assert ann("DELETE", f"{PATH}/{added['repository']['id']}").status_code == 204

    work_off()
    assert tools().queues.depth() == before
    assert ann("GET", f"/api/v1/jobs/{added['job']['id']}").status_code == 404


def test_following_and_unfollowing_twice_is_fine(ann: Program) -> None:
    found = add(ann, "follow/me")
    path, repository_id = f"{PATH}/{found['id']}/follow", UUID(found["id"])

    def follows() -> bool:
        session().expire_all()
        return session().get(Follow, (ann.user_id, repository_id)) is not None

    assert [ann("POST", path).status_code for _ in range(2)] == [204, 204]
    assert follows()
    told = session().scalars(select(EventRow).where(EventRow.repository_id == repository_id)).all()
    assert [row.topic for row in told].count("user.repository.followed") == 1
    assert [ann("DELETE", path).status_code for _ in range(2)] == [204, 204]
    assert not follows()
    assert ann("POST", f"{PATH}/{uuid4()}/follow").status_code == 404


def test_a_guest_cannot_follow(app: Flask, ann: Program) -> None:
    found = add(ann, "follow/guest")

    assert app.test_client().post(f"{PATH}/{found['id']}/follow").status_code == 401


def test_each_change_is_in_the_audit_log_with_its_actor_and_trace(app: Flask, ann: Program) -> None:
    answer = ann("POST", PATH, json={"url": "audit/me", "analyze": False})

    row = (
        session().scalars(select(AuditRow).where(AuditRow.object_id == answer.json["repository"]["id"])).one()
    )
    user = session().get_one(User, ann.user_id)
    assert (row.action, row.actor_name, row.actor_id) == ("repository.added", user.username, user.id)
    assert row.trace_id == answer.headers["X-Request-ID"]
    assert row.details == {"clone_url": "https://github.com/audit/me"}


def test_a_long_name_is_kept_within_what_the_table_holds(ann: Program) -> None:
    name = "/".join(["group" * 30] * 8)

    found = add(ann, f"https://git.example.com/{name}")

    assert len(found["full_name"]) <= 400
    assert found["clone_url"].endswith(name)


def test_an_address_that_grows_too_long_when_it_is_encoded_is_refused(ann: Program) -> None:
    answer = ann("POST", PATH, json={"url": f"https://git.example.com/{'é' * 1900}"})

    assert answer.status_code == 422
    assert "too long" in answer.json["error"]["message"]


def test_a_user_may_analyse_a_repository_that_the_operator_added(ann: Program, tmp_path: Path) -> None:
    added = repositories.add(OPERATOR, str(small_repository(tmp_path, 1).git_dir))

    answer = ann("POST", f"{PATH}/{added.id}/analyze")

    assert answer.status_code == 202
    assert analyses.get(OPERATOR, UUID(answer.json["id"])).repository_id == added.id
