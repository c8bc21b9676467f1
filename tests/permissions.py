"""Who may do what, written down by hand from what the product promises: what test_authorisation holds it to.

Nothing here is read from the product, so that a slip there shows. A new endpoint gets a row in ``ENDPOINTS``;
those of a family in ``FAMILIES`` are held to the family's rule until they have one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

READ, INSIGHTS = "repository:read", "insights:read"
ANALYZE, EXPORT = "repository:analyze", "insights:export"
USERS, SYSTEM = "admin:users", "admin:system"
NOBODY, EVERYBODY, USER = "nobody is looked at", "everybody", "any user"

GRANTS: Mapping[str, frozenset[str]] = {
    "guest": frozenset({READ, INSIGHTS}),
    "user": frozenset({READ, INSIGHTS, ANALYZE, EXPORT}),
    "premium": frozenset({READ, INSIGHTS, ANALYZE, EXPORT}),
    "admin": frozenset({READ, INSIGHTS, ANALYZE, EXPORT, USERS, SYSTEM}),
}
"""Role to permissions. The owner of a repository is a user like any other."""


@dataclass(frozen=True)
class Door:
    """An endpoint: what it needs, the first of it asked before anything else, and what it answers who has that.

    ``answer`` is None where it is only known not to be a refusal. ``by`` has other answers, by the way in which
    somebody comes in. ``owner`` opens to the owner of the repository and to admins, ``premium`` to premium
    accounts and admins; what is ``signed`` a program has to sign. ``body`` is what is sent.
    """

    needs: tuple[str, ...]
    answer: int | None = 200
    owner: bool = False
    premium: bool = False
    signed: bool = False
    body: Mapping[str, Any] = field(default_factory=dict)
    by: Mapping[str, int] = field(default_factory=dict)


def door(*needs: str, answer: int | None = 200, **rest: Any) -> Door:
    return Door(needs, answer, **rest)


REPOSITORY = "/repositories/<uuid:repository_id>"
API = "/api/v1"

ENDPOINTS: Mapping[str, Door] = {
    # The same answer for all, whoever asks
    "GET /health": door(NOBODY),
    "GET /health/ready": door(NOBODY),
    "GET /health/detailed": door(NOBODY),
    "GET /metrics": door(NOBODY),
    "GET /static/<path:filename>": door(NOBODY, answer=404),
    f"GET {API}/openapi.json": door(NOBODY),
    f"GET {API}/auth/jwks": door(NOBODY),
    f"POST {API}/auth/refresh": door(NOBODY, answer=422),
    f"POST {API}/auth/revoke": door(NOBODY, answer=204, body={"token": "unknown"}),
    # For everybody; a credential that is sent has to be good
    "GET /api/docs": door(EVERYBODY),
    f"GET {API}/ai/models": door(EVERYBODY),
    "GET /definitions": door(EVERYBODY),
    "GET /login": door(EVERYBODY),
    "GET /login/link/<secret>": door(EVERYBODY, answer=401),
    "GET /auth/<provider>": door(EVERYBODY, answer=302),
    "GET /auth/<provider>/callback": door(EVERYBODY, answer=401),
    "POST /logout": door(EVERYBODY, answer=302),
    # A user's own keys, tokens and sessions
    "GET /account": door(USER, signed=True),
    "POST /account/keys": door(USER, body={"name": "CI", "days": "90"}),
    "POST /account/keys/<uuid:key_id>/revoke": door(USER, answer=302),
    "POST /account/sessions/<uuid:session_id>/end": door(USER, answer=302),
    "POST /account/sessions/end": door(USER, answer=302),
    f"GET {API}/auth/me": door(USER),
    f"POST {API}/auth/token": door(USER, by={"token": 403}),
    f"GET {API}/auth/keys": door(USER),
    f"POST {API}/auth/keys": door(USER, answer=201, signed=True, body={"name": "CI"}),
    f"POST {API}/auth/keys/<uuid:key_id>/rotate": door(USER, answer=201, signed=True),
    f"DELETE {API}/auth/keys/<uuid:key_id>": door(USER, answer=204, signed=True),
    f"GET {API}/auth/sessions": door(USER, signed=True),
    f"DELETE {API}/auth/sessions/<uuid:session_id>": door(USER, answer=204, signed=True),
    f"DELETE {API}/auth/sessions": door(USER, answer=204, signed=True),
    # Repositories and their analyses: reading
    "GET /": door(READ),
    "GET /repositories": door(READ),
    f"GET {REPOSITORY}": door(READ, INSIGHTS),
    f"GET {REPOSITORY}/results": door(READ, INSIGHTS),
    f"GET {REPOSITORY}/progress": door(READ),
    # The tests' client has no socket to hand over: who gets as far as that was let in.
    f"GET {REPOSITORY}/live": door(READ, answer=500),
    "GET /panels/<int:number>?repository=<uuid:repository_id>": door(READ),
    "GET /jobs/<uuid:job_id>": door(READ),
    f"GET {API}/repositories": door(READ),
    f"GET {API}{REPOSITORY}": door(READ),
    f"GET {API}{REPOSITORY}/jobs": door(READ),
    f"GET {API}/jobs/<uuid:job_id>": door(READ),
    f"GET {API}/fast/leaderboard": door(READ),
    f"GET {API}/fast/trending": door(READ),
    f"GET {API}/fast/search?q=tool": door(READ),
    f"GET {API}/fast{REPOSITORY}/summary": door(READ, INSIGHTS),
    f"GET {API}/stream/repository/<uuid:repository_id>/updates": door(READ),
    f"GET {API}/stream/global/activity": door(READ),
    f"GET {API}/stream/user/<uuid:user_id>/feed": door(USER, READ),
    # What any user may, though a guest may read it
    f"POST {REPOSITORY}/follow": door(READ, answer=302),
    f"POST {API}{REPOSITORY}/follow": door(READ, answer=204),
    f"DELETE {API}{REPOSITORY}/follow": door(READ, answer=204),
    # What was found
    f"GET {REPOSITORY}/artifacts/<analyzer>/<path:name>": door(INSIGHTS),
    f"GET {REPOSITORY}/evidence/<kind>?ref=abc": door(INSIGHTS),
    f"GET {REPOSITORY}/metrics/<name>": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/insights": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/insights?format=json": door(INSIGHTS, EXPORT),
    f"GET {API}{REPOSITORY}/insights?format=csv": door(INSIGHTS, EXPORT),
    f"GET {API}{REPOSITORY}/insights?format=sarif": door(INSIGHTS, EXPORT),
    f"GET {API}{REPOSITORY}/insights.atom": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/badges/<name>.svg": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/metrics": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/metrics?format=csv": door(INSIGHTS, EXPORT),
    f"GET {API}{REPOSITORY}/metrics?format=parquet": door(INSIGHTS, EXPORT, premium=True),
    f"GET {API}{REPOSITORY}/trends": door(INSIGHTS),
    f"GET {API}{REPOSITORY}/artifacts/<analyzer>/<path:name>": door(INSIGHTS),
    # Models at work: an empty body is told what it lacks once who sends it may ask at all
    f"POST {API}/ai/analyze-code": door(INSIGHTS, answer=422),
    f"POST {API}/ai/sentiment-analysis": door(INSIGHTS, answer=422),
    f"POST {API}/ai/predict-trends": door(INSIGHTS, answer=422),
    # Adding and analysing
    "GET /repositories/add": door(ANALYZE),
    "POST /repositories/add": door(ANALYZE, answer=302, body={"url": "ann/tool"}),
    f"POST {REPOSITORY}/analyze": door(ANALYZE, READ, answer=302),
    "POST /jobs/<uuid:job_id>/cancel": door(ANALYZE, READ, answer=302),
    f"POST {API}/repositories": door(ANALYZE, answer=201, body={"url": "ann/tool", "analyze": False}),
    f"POST {API}{REPOSITORY}/analyze": door(ANALYZE, READ, answer=202),
    f"DELETE {API}/jobs/<uuid:job_id>": door(ANALYZE, READ),
    # Settings and removal
    f"POST {REPOSITORY}/schedule": door(ANALYZE, READ, answer=302, owner=True, body={"schedule": "weekly"}),
    f"POST {REPOSITORY}/paths": door(ANALYZE, READ, answer=302, owner=True),
    f"POST {REPOSITORY}/remove": door(ANALYZE, READ, answer=302, owner=True, body={"confirm": "ann/thing"}),
    f"PUT {API}{REPOSITORY}": door(ANALYZE, READ, owner=True, body={"description": "new"}),
    f"PUT {API}{REPOSITORY} (hourly)": door(
        ANALYZE, READ, owner=True, premium=True, body={"schedule": "hourly"}
    ),
    f"DELETE {API}{REPOSITORY}": door(ANALYZE, READ, answer=204, owner=True, signed=True),
    # The installation
    "GET /admin": door(SYSTEM, answer=302),
    "GET /admin/audit": door(SYSTEM),
    "GET /admin/jobs": door(SYSTEM),
    "POST /admin/jobs/<uuid:job_id>/cancel": door(SYSTEM, answer=302),
    "GET /admin/plugins": door(SYSTEM),
    "GET /admin/system": door(SYSTEM),
    f"GET {API}/admin/audit": door(SYSTEM),
    f"GET {API}/admin/jobs": door(SYSTEM),
    f"GET {API}/admin/plugins": door(SYSTEM),
    f"GET {API}/admin/settings": door(SYSTEM),
    f"GET {API}/system/stats": door(SYSTEM),
    f"GET {API}/system/status": door(EVERYBODY),
    # Users and their keys
    "GET /admin/users": door(USERS),
    "GET /admin/users/<uuid:user_id>": door(USERS),
    "POST /admin/users/<uuid:user_id>/role": door(USERS, answer=302, body={"role": "premium"}),
    "POST /admin/users/<uuid:user_id>/shut-out": door(USERS, answer=302),
    "POST /admin/users/<uuid:user_id>/let-in": door(USERS, answer=302),
    "GET /admin/keys": door(USERS),
    "POST /admin/keys/<uuid:key_id>/limit": door(USERS, answer=302, body={"rate_limit": "10"}),
    "POST /admin/keys/<uuid:key_id>/revoke": door(USERS, answer=302),
    f"GET {API}/admin/users": door(USERS),
    f"GET {API}/admin/users/<uuid:user_id>": door(USERS),
    f"PATCH {API}/admin/users/<uuid:user_id>": door(USERS, signed=True, body={"role": "premium"}),
    f"GET {API}/admin/keys": door(USERS),
    f"PATCH {API}/admin/keys/<uuid:key_id>": door(USERS, signed=True, body={"rate_limit": 10}),
    f"DELETE {API}/admin/keys/<uuid:key_id>": door(USERS, answer=204, signed=True),
}
"""Method and address, to what it takes; behind them a query, or a word in brackets, tells rows apart."""

EXAMPLES: Mapping[str, str] = {
    "<name>.svg": "health.svg",
    "metrics/<name>": "metrics/probe.commits",
    "<path:name>": "files",
    "<path:filename>": "nothing",
    "<analyzer>": "probe",
    "<kind>": "commit",
    "<int:number>": "0",
    "<provider>": "github",
    "<secret>": "wrong",
}
"""What stands in an address that a request is sent to, in the place of what the rule leaves open."""

FAMILIES: Mapping[str, frozenset[str]] = {
    "/admin": frozenset({USERS, SYSTEM}),
    f"{API}/admin": frozenset({USERS, SYSTEM}),
    f"{API}/system": frozenset({EVERYBODY, SYSTEM}),
}
"""The beginning of an address to what anything below it may ask for."""


def rule_of(row: str) -> str:
    """The method and address of a row alone."""
    return re.split(r"\?| \(", row)[0]


def family_of(rule: str) -> frozenset[str]:
    """What an address that has no row may ask for; empty where that is not known."""
    known = (needs for begin, needs in FAMILIES.items() if re.match(rf"{begin}(/|$)", rule))
    return next(known, frozenset())
