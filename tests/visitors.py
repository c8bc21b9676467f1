"""Those who come to the application, in every way in which one can, and what belongs to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import OPERATOR, Permission, Role, Visibility
from gitinsight.services import accounts, analyses, api_keys, sessions, tokens
from gitinsight.services.api_keys import IssuedKey
from gitinsight.services.context import session
from gitinsight.services.tokens import TokenPair
from gitinsight.store.people import User
from gitinsight.store.repositories import Repository
from gitinsight.web import guard
from tests.conftest import sign_in
from tests.permissions import ENDPOINTS, EVERYBODY, GRANTS, NOBODY, SYSTEM, USER, USERS, Door, rule_of
from tests.probing import analysed, small_repository
from tests.signing import bearer_of

ROLES = {"user": Role.USER, "owner": Role.USER, "premium": Role.PREMIUM, "admin": Role.ADMIN}
"""Whom the tests send; the owner is a user to whom the repositories in question belong."""
WORDS = {guard.ANONYMOUS: NOBODY, guard.PUBLIC: EVERYBODY, guard.SIGNED_IN: USER}
_numbers = count()


@dataclass(frozen=True)
class Somebody:
    """Who sends requests, in which way and with which permissions; a program signs with its key's secret."""

    name: str
    way: str
    held: frozenset[str]
    send: Callable[..., Any]
    user_id: UUID | None = None
    signing_secret: str = ""


@dataclass(frozen=True)
class Thing:
    """What an address speaks of; ``is_hidden`` where only its owner, or he and admins, may know of it."""

    ids: Mapping[str, UUID]
    is_hidden: bool = False


class World:
    """The application with its people and what belongs to them, made as they are needed."""

    def __init__(self, app: Flask, folder: Path) -> None:
        self.app = app
        self._owner_id = accounts.ensure_user(new_name("owner"), Role.USER)
        repository_id, job = analysed(small_repository(folder), "probe")
        self._analysed = repository_id, job.id

    def endpoints(self) -> Iterator[tuple[str, str]]:
        """Each method and address that the application knows, with what it declares."""
        for rule in self.app.url_map.iter_rules():
            declared = guard.declared_permission(self.app, rule.endpoint) or "nothing"
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield f"{method} {rule.rule}", WORDS.get(declared, declared)

    def rows(self) -> dict[str, Door]:
        """The table, and the members of families that have no row, by what they declare."""
        known = {rule_of(row) for row in ENDPOINTS}
        more = {row: Door((needs,), None) for row, needs in self.endpoints() if row not in known}
        return {**ENDPOINTS, **more}

    def guest(self) -> Somebody:
        return Somebody("guest", "none", GRANTS["guest"], partial(send, self.app.test_client(), {}))

    def somebody(self, name: str, way: str, *scopes: str) -> Somebody:
        """One of these people, with all that the role grants or with these scopes only."""
        username = new_name(name)
        user_id = accounts.ensure_user(username, ROLES[name])
        held = frozenset(scopes) or GRANTS[ROLES[name]]
        if way == "browser":
            client = sign_in(self.app, username, ROLES[name])
            return Somebody(name, way, held, partial(send, client, forms_token(client)), user_id)
        key = accounts.issue_key(username, "test", tuple(map(Permission, sorted(scopes))))
        header = bearer_of(key) if way == "key" else bearer(pair_of(key).access_token)
        by_program = partial(send, self.app.test_client(), header)
        return Somebody(name, way, held, by_program, user_id, key.signing_secret)

    def things(self, row: str, door: Door, who: Somebody) -> Iterator[Thing]:
        """What requests of this row are about: what all may see, or is somebody's own, and what is hidden."""
        if door.answer is None:
            yield Thing({})
        elif "repository_id" in row or "job_id" in row:
            owner_id = who.user_id if who.name == "owner" else self._owner_id
            yield from (self._repository(row, owner_id, visibility) for visibility in Visibility)
        elif door.needs[0] in {USERS, SYSTEM}:
            another = accounts.ensure_user(new_name("another"), Role.USER)
            yield Thing(_belongings(another) | {"user_id": another})
        elif "user_id" in row:
            another = accounts.ensure_user(new_name("another"), Role.USER)
            yield Thing({"user_id": who.user_id or another})
            yield Thing({"user_id": another}, is_hidden=True)
        elif "key_id" in row or "session_id" in row:
            another = accounts.ensure_user(new_name("another"), Role.USER)
            yield Thing(_belongings(who.user_id or another))
            yield Thing(_belongings(another), is_hidden=True)
        else:
            yield Thing({})

    def _repository(self, row: str, owner_id: UUID | None, visibility: Visibility) -> Thing:
        """A repository of this owner's: what is read has results, what is changed is new."""
        repository_id, job_id = self._analysed
        if not row.startswith("GET "):
            made = Repository(name="thing", full_name="ann/thing", clone_url="https://x.example", settings={})
            session().add(made)
            session().commit()
            repository_id = made.id
            if "job_id" in row:
                job_id = analyses.request(OPERATOR, repository_id).id
        found = session().get_one(Repository, repository_id)
        found.visibility, found.owner_id = visibility, owner_id
        session().commit()
        ids = {"repository_id": repository_id, "job_id": job_id}
        return Thing(ids, is_hidden=visibility is Visibility.PRIVATE)


def new_name(begin: str) -> str:
    """A name that no user has."""
    return f"{begin}-{next(_numbers)}"


def _belongings(user_id: UUID) -> dict[str, UUID]:
    user = session().get_one(User, user_id)
    key = accounts.issue_key(user.username, "belongs to somebody")
    sessions.begin(user, "login link")
    session().commit()
    opened = sessions.listing(api_keys.viewer_by_key(key.secret))
    return {"key_id": key.id, "session_id": opened[0].id}


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


def pair_of(key: IssuedKey) -> TokenPair:
    return tokens.issue(api_keys.viewer_by_key(key.secret))


def forms_token(client: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    assert found is not None
    return {"X-CSRFToken": found[1]}


def send(client: FlaskClient, given: Mapping[str, str], headers: Mapping[str, str], **request: Any) -> int:
    sent = {**given, **headers, "Accept": "application/json"}
    # An answer that nobody reads to its end would keep its place in the database.
    return client.open(headers=sent, buffered=True, **request).status_code
