"""Every endpoint times everybody who may come: what each is answered, by the table in ``permissions``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from redis import Redis

from gitinsight.domain import clock
from gitinsight.domain.access import Role
from gitinsight.services import accounts, tokens
from gitinsight.services.api_keys import IssuedKey
from gitinsight.services.context import session
from gitinsight.store.people import ApiKey, User
from tests.permissions import (
    ENDPOINTS,
    EVERYBODY,
    EXAMPLES,
    GRANTS,
    NOBODY,
    READ,
    USER,
    Door,
    family_of,
    rule_of,
)
from tests.probing import probed_app
from tests.signing import bearer_of, forged, signature
from tests.visitors import ROLES, Somebody, Thing, World, bearer, new_name, pair_of, send

WAYS = [(name, way) for name in ROLES for way in ("key", "browser")] + [("owner", "token")]
"""Who comes how; a token has the rights of its key, whoever has it."""
SOCKET = {"Upgrade": "websocket", "Connection": "Upgrade"}


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    provider = {"GITINSIGHT_GITHUB_CLIENT_ID": "id", "GITINSIGHT_GITHUB_CLIENT_SECRET": "secret"}
    folder = tmp_path_factory.mktemp("authorisation")
    with probed_app(folder, valkey_socket, migrated_sqlite, **provider) as application:
        yield application


@pytest.fixture(autouse=True)
def no_attempts_counted(valkey_socket: Path) -> None:
    """Failed sign-ins of the test before are forgotten."""
    with Redis(unix_socket_path=str(valkey_socket)) as connection:
        connection.flushall()


@pytest.fixture(scope="module")
def world(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(app, tmp_path_factory.mktemp("source"))


def address(row: str, thing: Thing) -> tuple[str, str]:
    """The method and the address of a request about this thing."""
    method, _, path = row.partition(" (")[0].partition(" ")
    for part, text in EXAMPLES.items():
        path = path.replace(part, text)
    path = re.sub(r"<uuid:(\w+)>", lambda found: str(thing.ids.get(found[1]) or uuid4()), path)
    return method, re.sub(r"<[^>]+>", "x", path)


def status(row: str, door: Door, who: Somebody, thing: Thing, *, signs: bool = True) -> int:
    """What is answered to a request that the row describes."""
    method, path = address(row, thing)
    is_call = path.startswith("/api/") and method != "GET"
    body = json.dumps(dict(door.body)).encode() if is_call else b""
    sent = {"data": body, "content_type": "application/json"} if is_call else {"data": dict(door.body)}
    headers = SOCKET if path.endswith("/live") else {}
    if who.signing_secret and signs and (door.signed or door.answer is None):
        headers = headers | signature(who.signing_secret, method, path, body)
    found: int = who.send(headers, path=path, method=method, **(sent if method != "GET" else {}))
    return found


def expected(row: str, door: Door, who: Somebody, thing: Thing) -> int | None:
    """What ought to be answered; None for anything but a refusal. The first that applies counts."""
    first, *others = door.needs
    is_guest, changes, is_page = who.name == "guest", not row.startswith("GET "), " /api/" not in row
    owns = who.name in {"owner", "admin"}
    if first == NOBODY:
        return door.answer
    if first == EVERYBODY:
        # A form of nobody's session has no valid token.
        return 403 if changes and is_guest else door.answer
    if is_guest and (changes or first not in who.held):
        return 401
    if first != USER and first not in who.held:
        return 403
    if changes and is_page and who.way != "browser":
        return 403
    may_look = owns if "repository_id" in thing.ids else who.name == "admin" and "user_id" in thing.ids
    if thing.is_hidden and not may_look:
        return 404
    if READ not in who.held and "repository_id" in thing.ids:
        return 404
    if not who.held.issuperset(others):
        return 401 if is_guest else 403
    if (door.owner and not owns) or (door.premium and who.name not in {"premium", "admin"}):
        return 403
    return door.by.get(who.way, door.answer)


def is_as_told(found: int, wanted: int | None) -> bool:
    return found == wanted if wanted is not None else found not in {401, 403} and found < 500


def slips(world: World, make: Callable[[], Somebody], rows: Mapping[str, Door]) -> list[str]:
    """Where somebody is answered something else than the table says."""
    found, who = [], make()
    for row, door in rows.items():
        # What may end the session or the key of who sends it is left to another one.
        asks = make() if door.needs[0] in {EVERYBODY, USER} and not row.startswith("GET ") else who
        for thing in world.things(row, door, asks):
            got, wanted = status(row, door, asks, thing), expected(row, door, asks, thing)
            if not is_as_told(got, wanted):
                about = "hidden " if thing.is_hidden else ""
                found.append(f"{row}: {about}{got}, and it ought to be {wanted}")
    return found


def test_every_endpoint_has_a_row_or_belongs_to_a_family(world: World) -> None:
    known = {rule_of(row) for row in ENDPOINTS}
    missing = [
        f'Add to ENDPOINTS in tests/permissions.py what this has to ask for: "{row}": door(...); '
        f"it declares {needs}."
        for row, needs in world.endpoints()
        if row not in known and needs not in family_of(row.partition(" ")[2])
    ]

    assert missing == []


def test_every_row_has_its_endpoint(world: World) -> None:
    assert {rule_of(row) for row in ENDPOINTS} <= {row for row, _ in world.endpoints()}


def test_a_guest_reads_what_is_public_and_changes_nothing(world: World) -> None:
    assert slips(world, world.guest, world.rows()) == []


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_everybody_may_what_his_role_grants(world: World, name: str, way: str) -> None:
    assert slips(world, partial(world.somebody, name, way), world.rows()) == []


@pytest.mark.parametrize("way", ["key", "token"])
@pytest.mark.parametrize("lacking", sorted(GRANTS["admin"]))
def test_a_credential_without_the_scope_opens_nothing_even_for_an_admin(
    world: World, lacking: str, way: str
) -> None:
    make = partial(world.somebody, "admin", way, *(GRANTS["admin"] - {lacking}))
    rows = {row: door for row, door in world.rows().items() if lacking in door.needs}

    assert slips(world, make, rows) == []


@pytest.mark.parametrize("way", ["key", "token"])
def test_a_program_that_does_not_sign_does_nothing_sensitive(world: World, way: str) -> None:
    for row, door in world.rows().items():
        if door.signed:
            who = world.somebody("owner", way)
            thing = next(iter(world.things(row, door, who)))
            assert status(row, door, who, thing, signs=False) == 403, row
            assert is_as_told(status(row, door, who, thing), expected(row, door, who, thing)), row


def _revoked_family(key: IssuedKey) -> str:
    pair = pair_of(key)
    tokens.revoke(pair.refresh_token)
    return pair.access_token


def _revoked(key: IssuedKey) -> str:
    session().get_one(ApiKey, key.id).revoked_at = clock.now()
    session().commit()
    return key.secret


def _expired(key: IssuedKey) -> str:
    session().get_one(ApiKey, key.id).expires_at = clock.now() - timedelta(seconds=1)
    session().commit()
    return key.secret


def _token_of_revoked(key: IssuedKey) -> str:
    token = pair_of(key).access_token
    _revoked(key)
    return token


def _of_disabled(key: IssuedKey, credential: str) -> str:
    user = session().get_one(User, session().get_one(ApiKey, key.id).user_id)
    user.disabled_at = clock.now()
    session().commit()
    return credential


BAD_CREDENTIALS: Mapping[str, Callable[[IssuedKey], str]] = {
    "expired token": lambda key: forged(pair_of(key).access_token, "expired"),
    "token signed with another key": lambda key: forged(pair_of(key).access_token, "another key"),
    "token without an algorithm": lambda key: forged(pair_of(key).access_token, "no algorithm"),
    "token of a revoked family": _revoked_family,
    "token of a revoked key": _token_of_revoked,
    "refresh token": lambda key: pair_of(key).refresh_token,
    "expired key": _expired,
    "revoked key": _revoked,
    "key of a disabled user": lambda key: _of_disabled(key, key.secret),
    "token of a disabled user": lambda key: _of_disabled(key, pair_of(key).access_token),
    "signing secret": lambda key: key.signing_secret,
}


@pytest.mark.parametrize("kind", BAD_CREDENTIALS)
def test_a_credential_that_is_not_good_opens_nothing_not_even_what_guests_may_read(
    app: Flask, world: World, kind: str
) -> None:
    username = new_name("admin")
    accounts.ensure_user(username, Role.ADMIN)
    key = accounts.issue_key(username, "test")
    good = partial(send, app.test_client(), bearer_of(key))
    assert good({}, path="/api/v1/admin/audit") == 200, "it is the credential that is refused, not its user"
    bad = partial(send, app.test_client(), bearer(BAD_CREDENTIALS[kind](key)))
    who = Somebody("admin", "key", GRANTS["admin"], bad, signing_secret=key.signing_secret)
    answers = {}

    for row, door in world.rows().items():
        if door.needs != (NOBODY,):
            answers[row] = status(row, door, who, next(iter(world.things(row, door, who))))

    assert {row: got for row, got in answers.items() if got != 401} == {}


def test_the_browser_of_a_disabled_user_is_a_guests(world: World) -> None:
    def make() -> Somebody:
        who = world.somebody("admin", "browser")
        assert who.user_id is not None
        session().get_one(User, who.user_id).disabled_at = clock.now()
        session().commit()
        return replace(who, name="guest", held=GRANTS["guest"], user_id=None)

    # What is left of his session is the token for its forms, which lets it end.
    rows = {row: door for row, door in world.rows().items() if row != "POST /logout"}

    assert slips(world, make, rows) == []
