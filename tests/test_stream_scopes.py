"""Which events a reader may see, on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from gitinsight.domain.access import GUEST, OPERATOR, Role, Viewer, Visibility
from gitinsight.domain.events import Topic
from gitinsight.registry import Registry
from gitinsight.services import accounts, feeds, streams
from gitinsight.services.context import session
from gitinsight.store.repositories import Follow, Repository
from tests.auditing import installed


@pytest.fixture
def app(url: str, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    with installed(url, tmp_path, registry, REDIS_URL=f"unix://{tmp_path}/nowhere") as application:
        yield application


def user(name: str) -> Viewer:
    return Viewer.of_role(Role.USER, accounts.ensure_user(name, Role.USER), name)


def repository(owner: Viewer, visibility: Visibility) -> UUID:
    row = Repository(
        name="tool",
        full_name="a/tool",
        clone_url="x",
        settings={},
        owner_id=owner.user_id,
        visibility=visibility,
    )
    session().add(row)
    session().commit()
    return row.id


def told(stream: streams.Stream, after: int | None = None) -> list[str]:
    return [f"{event.topic} {event.payload.get('of', '')}" for event in stream.page(after, 100).items]


@pytest.mark.parametrize("after", [None, 0])
def test_each_reader_sees_what_is_his(app: Flask, after: int | None) -> None:
    ann, bob = user("ann"), user("bob")
    assert ann.user_id
    assert bob.user_id
    public, own = repository(bob, Visibility.PUBLIC), repository(ann, Visibility.PRIVATE)
    session().add(Follow(user_id=ann.user_id, repository_id=public))
    for repository_id, of in ((public, "public"), (own, "own")):
        feeds.note(Topic.ANALYSIS_PROGRESS, {"of": of}, repository_id=repository_id)
    feeds.note(Topic.REPOSITORY_FOLLOWED, {"of": "ann"}, repository_id=public, user_id=ann.user_id)
    feeds.note(Topic.HEALTH_CHECKED, {"of": "all"})
    session().commit()
    # Redis is not there: numbering is all that the table needs.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeds, "_push", lambda: None)
        feeds.publish()

    progress, followed = "repository.analysis.progress", "user.repository.followed"
    assert told(streams.of_all(GUEST), after) == [f"{progress} public"]
    assert told(streams.of_all(bob), after) == [f"{progress} public"]
    assert sorted(told(streams.of_all(ann), after)) == [f"{progress} own", f"{progress} public"]
    assert sorted(told(streams.of_all(OPERATOR), after)) == [
        f"{progress} own",
        f"{progress} public",
        "system.health.check all",
    ]
    assert sorted(told(streams.of_user(ann, ann.user_id), after)) == [f"{progress} public", f"{followed} ann"]
    assert told(streams.of_user(bob, bob.user_id), after) == []
    assert told(streams.of_repository(ann, own), after) == [f"{progress} own"]
