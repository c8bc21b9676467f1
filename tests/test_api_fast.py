"""The fast reads: rankings, search and summaries, with what caches need."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from gitinsight.domain import clock
from gitinsight.domain.access import Visibility
from gitinsight.domain.ranking import ActivityKind
from gitinsight.services import rankings
from gitinsight.services.context import session
from gitinsight.store.rankings import Activity
from gitinsight.store.repositories import Repository
from tests.probing import Program


@pytest.fixture
def ann(app: Flask) -> Program:
    return Program(app, "ann")


def busy(name: str, events: int, **fields: object) -> UUID:
    """A repository in which so many people just did something."""
    row = Repository(name=name, full_name=f"ann/{name}", clone_url=f"https://example.org/{name}", **fields)
    session().add(row)
    session().flush()
    now = clock.now()
    past = Activity(ActivityKind.COMMIT, "first", "zed", now - timedelta(days=300))
    rankings.record(
        row.id, [past, *(Activity(ActivityKind.COMMIT, str(n), f"p{n}", now) for n in range(events))]
    )
    session().commit()
    return row.id


def test_the_busiest_come_first_and_the_unusual_are_trending(ann: Program) -> None:
    boat, plane = busy("boat", 40, language="Python"), busy("plane", 1, language="Go")

    board = ann("GET", "/api/v1/fast/leaderboard").json
    trending = ann("GET", "/api/v1/fast/trending").json

    assert [item["repository"]["id"] for item in board["items"]] == [str(boat), str(plane)]
    assert [item["rank"] for item in board["items"]] == [1, 2]
    assert [item["repository"]["id"] for item in trending["items"]] == [str(boat)]
    assert trending["items"][0]["trending"]["z"] >= 2
    assert trending["items"][0]["words"].endswith("times its usual activity")
    only_go = ann("GET", "/api/v1/fast/leaderboard?language=go").json
    assert [item["repository"]["id"] for item in only_go["items"]] == [str(plane)]


def test_a_private_repository_is_in_no_list_of_others(app: Flask, ann: Program) -> None:
    owner = Program(app, "bea")
    secret = busy("secret", 40, visibility=Visibility.PRIVATE, owner_id=owner.user_id)
    for path in ("/api/v1/fast/leaderboard", "/api/v1/fast/trending", "/api/v1/fast/search?q=secret"):
        assert ann("GET", path).json["items"] == []
        assert len(owner("GET", path).json["items"]) == 1
    assert ann("GET", f"/api/v1/fast/repositories/{secret}/summary").status_code == 404
    assert owner("GET", f"/api/v1/fast/repositories/{secret}/summary").status_code == 200


def test_a_search_finds_names_before_descriptions(ann: Program) -> None:
    described = busy("zebra", 1, description="Paints a 100% BOAT")
    named = busy("boat", 1)
    found = ann("GET", "/api/v1/fast/search?q=Boat").json["items"]
    assert [item["id"] for item in found] == [str(named), str(described)]
    assert len(ann("GET", "/api/v1/fast/search?q=100%25").json["items"]) == 1
    assert ann("GET", "/api/v1/fast/search?q=b_at").json["items"] == []
    assert ann("GET", "/api/v1/fast/search").status_code == 422


def test_a_summary_has_the_tiles_of_the_first_screen(ann: Program) -> None:
    repository = busy("boat", 1)
    found = ann("GET", f"/api/v1/fast/repositories/{repository}/summary").json
    assert [tile["key"] for tile in found["tiles"]] == ["health", "risk", "people", "direction"]
    assert found["tiles"][0] | {"note": ""} == {
        "key": "health",
        "title": "Health",
        "metric": "quality.health",
        "state": "ready",
        "value": None,
        "reason": "not measured yet",
        "note": "",
        "change": None,
    }
    assert ann("GET", f"/api/v1/fast/repositories/{uuid4()}/summary").status_code == 404


def test_what_was_read_is_kept_for_a_minute_and_asked_for_by_its_mark(
    app: Flask, ann: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy("boat", 3)
    moment = clock.now().replace(second=10)
    monkeypatch.setattr(clock, "now", lambda: moment)
    first = ann("GET", "/api/v1/fast/leaderboard")
    assert first.headers["Cache-Control"] == "private, max-age=60"
    assert set(first.vary) >= {"Authorization", "Cookie"}

    monkeypatch.setattr(clock, "now", lambda: moment + timedelta(seconds=30))
    again = ann(
        "GET", "/api/v1/fast/leaderboard", environ_overrides={"HTTP_IF_NONE_MATCH": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")
    guest = app.test_client().get("/api/v1/fast/leaderboard")
    assert guest.headers["Cache-Control"] == "public, max-age=60"
    assert "Set-Cookie" not in guest.headers


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/fast/leaderboard?limit=0",
        "/api/v1/fast/trending?limit=x",
        "/api/v1/fast/leaderboard?sort=stars",
    ],
)
def test_a_wrong_question_is_refused(ann: Program, path: str) -> None:
    answer = ann("GET", path)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "VALIDATION_ERROR")
