"""Users on both kinds of database: found by a part of their name, and changed by several admins at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gitinsight.domain.access import GUEST, OPERATOR, Role, Viewer
from gitinsight.errors import AuthorizationDenied
from gitinsight.registry import Registry
from gitinsight.services import accounts, identities, repositories, users
from gitinsight.services.accounts import Origin
from gitinsight.services.context import session
from gitinsight.services.identities import External
from gitinsight.store.events import EventRow
from gitinsight.store.people import User
from gitinsight.store.repositories import Follow, Repository
from tests.auditing import installed
from tests.counting import looking_at_once


@pytest.fixture
def app(url: str, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    with installed(url, tmp_path, registry, REDIS_URL=f"unix://{tmp_path}/nowhere") as application:
        yield application


def admin(name: str) -> Viewer:
    return Viewer.of_role(Role.ADMIN, accounts.ensure_user(name, Role.ADMIN), name)


def admins() -> list[str]:
    session().expire_all()
    found = session().query(User).filter_by(role=Role.ADMIN, disabled_at=None)
    return sorted(user.username for user in found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("%", ["100%"]), ("_", ["a_b"]), ("\\", ["a\\b"]), ("A\\B", ["a\\b"]), ("/", ["a/b"])),
        *(("x%", []), ("\\%", []), ("'", ["o'neil"]), ("@MAIL", ["a_b"])),
    ],
)
def test_a_search_takes_the_signs_of_a_pattern_as_they_are(app: Flask, text: str, found: list[str]) -> None:
    for name in ("100%", "a_b", "axb", "a\\b", "a/b", "o'neil"):
        accounts.ensure_user(name, Role.USER)
    session().query(User).filter_by(username="a_b").one().email = "b@mail.example"
    session().commit()

    assert [user.username for user in users.search(OPERATOR, text).items] == found


def test_an_admin_whose_rights_were_taken_away_since_he_asked_changes_nobody(app: Flask) -> None:
    ann, bob = admin("ann"), admin("bob")
    assert ann.user_id
    assert bob.user_id

    users.change(ann, bob.user_id, {"role": Role.USER})
    with pytest.raises(AuthorizationDenied, match="taken away meanwhile"):
        users.change(bob, ann.user_id, {"role": Role.USER})

    assert admins() == ["ann"]


@pytest.mark.parametrize("change", [{"role": Role.USER}, {"disabled": True}])
def test_of_admins_who_take_each_others_rights_away_at_once_one_remains(
    app: Flask, change: dict[str, Any]
) -> None:
    ring = [admin(name) for name in ("ann", "bob", "eve")]
    outcomes: list[str] = []

    def turn(actor: Viewer, other: Viewer) -> None:
        assert other.user_id
        with app.app_context():
            try:
                users.change(actor, other.user_id, change)
                outcomes.append("changed")
            except AuthorizationDenied:
                outcomes.append("refused")

    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    threads = [threading.Thread(target=turn, args=pair) for pair in pairs]
    with looking_at_once("users", len(threads)):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert len(outcomes) == 3
    assert "refused" in outcomes
    assert admins()


HOSTILE = "  <b>Ann\x00\x1b[2J\r\n\ud800 O'Neil\u200c" + "x" * 300


def test_what_a_provider_tells_of_an_account_is_stored_as_harmless_lines(app: Flask) -> None:
    fields = dict.fromkeys(("name", "bio", "location", "company"), HOSTILE)
    account = External(
        "oidc", "s" * 255, HOSTILE, email=" a@b.example\n", avatar_url="javascript:x", **fields
    )

    identities.sign_in(GUEST, account, Origin("agent", "192.0.2.1"))

    user = session().query(User).one()
    assert user.username.startswith("b-Ann-2J-O-Neil")
    assert user.name is not None
    assert user.name.startswith("<b>Ann\ufffd[2J ? O'Neil\u200cxxx")
    assert len(user.name) == 200
    assert (user.email, user.avatar_url, user.location) == ("a@b.example", None, None)
    assert user.bio is not None
    assert user.bio.splitlines() == [user.bio]
    assert users.search(OPERATOR, "a@b").items[0].id == user.id


@pytest.mark.parametrize("subject", ["", "s" * 256, "a\x00", "\ud800"])
def test_an_account_without_a_storable_id_is_none(subject: str) -> None:
    with pytest.raises(ValueError, match="not one"):
        External("oidc", subject, "ann")


def test_who_follows_a_repository_twice_at_once_follows_it_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = admin("ann")
    row = Repository(name="tool", full_name="a/tool", clone_url="https://x.example", settings={})
    session().add(row)
    session().commit()
    repository_id = row.id
    # Both requests have looked before either of them has written.
    monkeypatch.setattr(repositories.repositories, "follows", lambda *_: False)

    repositories.follow(ann, repository_id)
    repositories.follow(ann, repository_id)

    assert session().query(Follow).count() == 1
    assert session().query(EventRow).count() == 1
