"""Lists over the API: filters, orders and their cursors, sparse fields, what a repository tells of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.services import analyses
from gitinsight.services.context import session
from gitinsight.store.repositories import Repository
from tests.counting import counted_queries
from tests.probing import Program, analysed, probed_app, small_repository

PATH = "/api/v1/repositories"
START = datetime(2024, 1, 1, tzinfo=UTC)
STARS = {"o/a": 5, "o/b": None, "o/c": 9, "o/d": 5, "o/e": None, "o/f": 0}
MOST_QUERIES = 4


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def ann(app: Flask) -> Program:
    """A user with six repositories, of which two have no stars known and two have equally many."""
    program = Program(app, "ann")
    for place, (name, stars) in enumerate(STARS.items()):
        added = program("POST", PATH, json={"url": name, "analyze": False}).json["repository"]
        row = session().get_one(Repository, UUID(added["id"]))
        row.stars, row.created_at = stars, START + timedelta(days=place)
        row.last_analyzed = None if stars is None else START - timedelta(days=place)
        session().commit()
    return program


@pytest.fixture(scope="module")
def repository_id(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> UUID:
    """A repository that was analysed three times, twice by the probe."""
    found, _ = analysed(small_repository(tmp_path_factory.mktemp("repo")), "probe")
    for _ in range(2):
        analyses.cancel(OPERATOR, analyses.request(OPERATOR, found).id)
    return found


def walked(program: Program, path: str, limit: int, **query: Any) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        answer = program("GET", path, query_string={"limit": limit, "cursor": cursor, **query})
        assert answer.status_code == 200, answer.text
        assert len(answer.json["items"]) <= limit
        items += answer.json["items"]
        cursor = answer.json["next_cursor"]
    return items


@pytest.mark.parametrize("limit", [1, 2, 4, 50])
@pytest.mark.parametrize(
    ("sort", "firsts"),
    [
        ("full_name", ["o/a", "o/b", "o/c", "o/d", "o/e", "o/f"]),
        ("-full_name", ["o/f", "o/e", "o/d", "o/c", "o/b", "o/a"]),
        ("-created_at", ["o/f", "o/e", "o/d", "o/c", "o/b", "o/a"]),
        ("stars", ["o/f", {"o/a", "o/d"}, "o/c", {"o/b", "o/e"}]),
        ("-stars", ["o/c", {"o/a", "o/d"}, "o/f", {"o/b", "o/e"}]),
        ("-last_analyzed", ["o/a", "o/c", "o/d", "o/f", {"o/b", "o/e"}]),
        ("last_analyzed", ["o/f", "o/d", "o/c", "o/a", {"o/b", "o/e"}]),
    ],
)
def test_a_sorted_list_is_walked_without_a_gap_and_what_lacks_the_value_comes_last(
    ann: Program, sort: str, firsts: list[Any], limit: int
) -> None:
    names = [item["full_name"] for item in walked(ann, PATH, limit, sort=sort, q="o/")]

    for expected in firsts:
        if isinstance(expected, set):
            found, names = set(names[: len(expected)]), names[len(expected) :]
            assert found == expected
        else:
            assert names.pop(0) == expected
    assert names == []


def test_a_cursor_belongs_to_the_order_that_gave_it(ann: Program) -> None:
    cursor = ann("GET", PATH, query_string={"sort": "-stars", "limit": 1}).json["next_cursor"]

    answer = ann("GET", PATH, query_string={"sort": "stars", "cursor": cursor})

    assert answer.status_code == 422
    assert "cursor" in answer.json["error"]["message"]


def test_an_order_that_there_is_not_is_refused_with_those_there_are(ann: Program) -> None:
    answer = ann("GET", PATH, query_string={"sort": "id; DROP TABLE users"})

    assert answer.status_code == 422
    assert "-last_analyzed" in answer.json["error"]["details"]["fields"]["query"]["sort"][0]


def test_a_list_is_filtered_by_owner_visibility_and_what_one_follows(app: Flask, ann: Program) -> None:
    bob = Program(app, "bob")
    own = bob("POST", PATH, json={"url": "bob/own", "analyze": False, "visibility": "private"}).json
    followed = ann("GET", PATH, query_string={"q": "o/c"}).json["items"][0]["id"]
    bob("POST", f"{PATH}/{followed}/follow")

    def ids(program: Any, **query: Any) -> list[str]:
        answer = program("GET", PATH, query_string=query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json["items"]]

    assert ids(bob, owner="me") == ids(bob, owner=str(bob.user_id)) == [own["repository"]["id"]]
    assert ids(bob, visibility="private") == [own["repository"]["id"]]
    assert ids(ann, owner=str(bob.user_id)) == [], "another's private repository is not listed"
    assert ids(bob, followed="true") == [followed]
    assert bob("GET", PATH, query_string={"owner": "bob"}).status_code == 422


def test_a_guest_has_nothing_of_his_own(app: Flask) -> None:
    for query in ("followed=true", "owner=me"):
        answer = app.test_client().get(f"{PATH}?{query}")
        assert answer.status_code == 422
        assert "Sign in" in answer.json["error"]["message"]


def test_sparse_fields_are_answered_alone(ann: Program) -> None:
    page = ann("GET", PATH, query_string={"fields": "id,full_name", "limit": 2}).json

    assert [set(item) for item in page["items"]] == [{"id", "full_name"}] * 2
    one = ann("GET", f"{PATH}/{page['items'][0]['id']}", query_string={"fields": "owner"}).json
    assert set(one) == {"owner"}
    assert page["next_cursor"]


def test_unknown_fields_are_refused_with_their_names(ann: Program) -> None:
    answer = ann("GET", PATH, query_string={"fields": "id,colour,settings"})

    assert answer.status_code == 422
    told = answer.json["error"]["details"]["fields"]["query"]["fields"]
    assert told == ["There are no fields named colour, settings."]


def test_a_repository_tells_its_owner_and_counts_its_insights(
    app: Flask, ann: Program, repository_id: UUID
) -> None:
    own = ann("GET", PATH, query_string={"q": "o/a"}).json["items"][0]
    assert own["owner"] == {
        "id": str(ann.user_id),
        "username": "ann",
        "name": "ann",
        "avatar_url": None,
    }
    assert own["insights"] == {"total": 0, "critical": 0, "warning": 0, "notice": 0, "info": 0}
    found = ann("GET", f"{PATH}/{repository_id}").json
    listed = ann("GET", f"{PATH}/{repository_id}/insights").json["items"]
    severities = [insight["severity"] for insight in listed]
    assert found["owner"] is None
    assert found["insights"].pop("total") == len(severities) > 0
    assert found["insights"] == {name: severities.count(name) for name in found["insights"]}


def test_a_key_without_insights_read_is_told_no_counts(app: Flask, repository_id: UUID) -> None:
    narrow = Program(app, "narrow", Role.USER, Permission.REPOSITORY_READ)

    assert narrow("GET", f"{PATH}/{repository_id}").json["insights"] is None


@pytest.mark.parametrize("limit", [1, 2])
def test_the_jobs_of_a_repository_are_listed_newest_first(
    ann: Program, repository_id: UUID, limit: int
) -> None:
    jobs = walked(ann, f"{PATH}/{repository_id}/jobs", limit)

    assert [job["state"] for job in jobs] == ["cancelled", "cancelled", "succeeded"]
    assert [job["created_at"] for job in jobs] == sorted((job["created_at"] for job in jobs), reverse=True)
    assert all(job["stages"] for job in jobs)
    done = walked(ann, f"{PATH}/{repository_id}/jobs", limit, state="succeeded")
    assert done == [jobs[2]]


def test_jobs_are_of_a_repository_that_the_caller_may_see(app: Flask, ann: Program) -> None:
    own = ann("POST", PATH, json={"url": "ann/hidden", "visibility": "private", "analyze": False}).json

    answer = app.test_client().get(f"{PATH}/{own['repository']['id']}/jobs")

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "REPOSITORY_NOT_FOUND")


@pytest.mark.parametrize("limit", [1, 5, 200])
@pytest.mark.parametrize("below", ["", "/{id}/jobs", "/{id}/insights"])
def test_a_list_costs_the_same_few_queries_whatever_its_length(
    app: Flask, ann: Program, repository_id: UUID, below: str, limit: int
) -> None:
    path = PATH + below.replace("{id}", str(repository_id))
    ann("GET", path)
    with counted_queries() as statements:
        assert ann("GET", path, query_string={"limit": limit}).status_code == 200

    assert 0 < len(statements) <= MOST_QUERIES, statements


@pytest.mark.parametrize(
    "below", ["", "/{id}", "/{id}/jobs", "/{id}/insights", "/{id}/metrics", "/{id}/trends"]
)
def test_what_is_unchanged_is_not_sent_again(ann: Program, repository_id: UUID, below: str) -> None:
    path = PATH + below.replace("{id}", str(repository_id))
    first = ann("GET", path)
    assert first.status_code == 200
    etag = first.headers["ETag"]

    again = ann("GET", path, query_string={"limit": 1} if not below else {})
    known = ann("GET", path, {"If-None-Match": etag})

    assert (known.status_code, known.data) == (304, b"")
    assert known.headers["ETag"] == etag
    assert (again.headers["ETag"] == etag) == bool(below)


def test_an_error_has_no_etag(ann: Program) -> None:
    assert "ETag" not in ann("GET", PATH, query_string={"limit": 0}).headers
