"""Signing in with an account at an identity provider.

An account is known by the provider's own unchanging id and by nothing else: a name or a mail address can
be given to somebody else tomorrow, so neither ever joins an account with a user.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from sqlalchemy.exc import IntegrityError

from gitinsight.domain import clock
from gitinsight.domain.access import GUEST, OPERATOR, Role, Viewer
from gitinsight.errors import AuthorizationDenied
from gitinsight.services import accounts, feeds
from gitinsight.services.accounts import Origin
from gitinsight.services.codec import storable
from gitinsight.services.context import session, tools
from gitinsight.store import people
from gitinsight.store.people import Identity, User

GITHUB = "github"
_NOT_OF_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60
_LONGEST_SUBJECT = 255
_ATTEMPTS = 5
_RESERVED = frozenset({"admin", OPERATOR.name, GUEST.name})
"""Whom the command line makes an admin where there is none of this name, and who the audit log speaks of."""


@dataclass(frozen=True, slots=True)
class External:
    """An account as its provider vouches for it; ``email`` only where the provider has verified it.

    ValueError for an id that is empty, longer than OpenID Connect allows, or that no database stores.
    """

    provider: str
    subject: str
    username: str
    name: str = ""
    email: str | None = None
    avatar_url: str | None = None
    bio: str | None = None
    location: str | None = None
    company: str | None = None
    token: str = ""

    def __post_init__(self) -> None:
        if not 0 < len(self.subject) <= _LONGEST_SUBJECT or storable(self.subject) != self.subject:
            raise ValueError("the provider's id of the account is not one")


def sign_in(viewer: Viewer, external: External, origin: Origin) -> str:
    """The secret of a new browser session of the user whom this account belongs to.

    Somebody who is signed in already joins the account with himself; for others a new account makes a new
    user, where the installation lets new users in. Raises AuthorizationDenied where it does not, where the
    account is another user's, where its user is shut out, and for a program: its key may do less than the
    user, whom whoever signs in is from then on.
    """
    if viewer.user_id is not None and not viewer.is_session:
        _refuse(external, "Sign in with a browser; a program has its key.")
    return accounts.open_session(_joined(viewer, _harmless(external)), external.provider, origin)


def _harmless(external: External) -> External:
    """The account with texts that a database stores and that stay within their line.

    Whoever has an account at the provider chooses them, and admins read them.
    """
    named = ("username", "name", "email", "bio", "location", "company", "avatar_url")
    texts = {name: _line(text) for name in named if (text := getattr(external, name)) is not None}
    if not texts.get("avatar_url", "").startswith(("https://", "http://")):
        texts["avatar_url"] = ""
    return replace(external, **texts)


def _line(text: str) -> str:
    words = " ".join(storable(text).split())
    return "".join(sign for sign in words if unicodedata.category(sign) != "Cc")


def _joined(viewer: Viewer, external: External) -> User:
    """The account's user, written in the current transaction.

    Of two that sign in for the first time at once, one finds the account or the name taken after it had
    looked: it looks again.
    """
    for attempt in range(_ATTEMPTS):
        try:
            owner = _join(viewer, external)
            session().flush()
        except IntegrityError:
            session().rollback()
            if attempt == _ATTEMPTS - 1:
                raise
        else:
            break
    return owner


def _join(viewer: Viewer, external: External) -> User:
    known = people.identity(session(), external.provider, external.subject)
    owner = _owner(viewer, known, external)
    if owner.disabled_at:
        _refuse(external, "An admin has shut this user out.")
    if known is None:
        known = Identity(user_id=owner.id, provider=external.provider, subject=external.subject)
        session().add(known)
        feeds.audit(viewer, "identity.linked", ("user", owner.username), provider=external.provider)
    known.username = external.username[:255]
    known.last_used_at = clock.now()
    known.token = tools().vault.encrypt(external.token) if external.token else None
    _describe(owner, external)
    return owner


def _owner(viewer: Viewer, known: Identity | None, external: External) -> User:
    if known is not None:
        if viewer.user_id not in {None, known.user_id}:
            _refuse(external, "This account belongs to another user: sign out first to become that one.")
        return session().get_one(User, known.user_id)
    if viewer.user_id is not None:
        return session().get_one(User, viewer.user_id)
    if not tools().settings.registration:
        _refuse(external, "This installation lets no new users in: ask its admin.")
    return _new_user(external)


def _refuse(external: External, reason: str) -> None:
    session().rollback()
    feeds.audit(Viewer(), "session.refused", ("identity", f"{external.provider}:{external.subject}"[:200]))
    feeds.commit()
    raise AuthorizationDenied(reason)


def _new_user(external: External) -> User:
    """A user with the account's name, or with a number behind it where that is taken or means somebody else."""
    wanted = _NOT_OF_A_NAME.sub("-", external.username).strip("-.")[:_LONGEST_NAME] or external.provider
    name, number = wanted, 1
    while name.lower() in _RESERVED or people.user_by_name(session(), name) is not None:
        number += 1
        name = f"{wanted}-{number}"
    user = User(username=name, name=external.name[:200] or name, role=Role.USER)
    session().add(user)
    session().flush()
    feeds.audit(Viewer(), "user.created", ("user", name), by=external.provider)
    return user


def _describe(user: User, external: External) -> None:
    """Take over what the provider tells of the account; what it does not tell stays."""
    limits = {"email": 320, "avatar_url": 500, "bio": 2000, "location": 200, "company": 200}
    for field, longest in limits.items():
        text = getattr(external, field)
        if text and len(text) <= longest:
            setattr(user, field, text)
    if external.provider == GITHUB:
        user.github_id = int(external.subject)
