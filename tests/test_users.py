"""Users on both kinds of database: found by a part of their name, and changed by several admins at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from gitinsight.domain.access import OPERATOR, Role, Viewer
from gitinsight.errors import AuthorizationDenied
from gitinsight.registry import Registry
from gitinsight.services import accounts, users
from gitinsight.services.context import session
from gitinsight.store.base import db
from gitinsight.store.people import User
from tests.auditing import BOTH, installed


@pytest.fixture(params=BOTH)
def app(request: pytest.FixtureRequest, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/users.db" if is_sqlite else str(request.getfixturevalue("postgres_url"))
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


@contextmanager
def looking_at_once(callers: int) -> Iterator[None]:
    """Let nobody go on from his first look at a user before so many have looked."""
    looked, met = threading.Barrier(callers, timeout=30), threading.local()

    def wait(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM users" in statement and not getattr(met, "others", False):
            met.others = True
            looked.wait()

    event.listen(db.engine, "after_cursor_execute", wait)
    try:
        yield
    finally:
        event.remove(db.engine, "after_cursor_execute", wait)


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
    with looking_at_once(len(threads)):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert len(outcomes) == 3
    assert "refused" in outcomes
    assert admins()
