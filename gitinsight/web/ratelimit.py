"""Has he asked too often? Three counters, each with its own answer 429.

Requests of the API are counted by the hour against whoever asks, those of any kind by the minute against
their address, and failed sign-ins by the quarter of an hour. Pages are not counted as API requests, for one
page asks for a dozen of fragments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request

from gitinsight.config import Settings
from gitinsight.domain.access import GUEST, Role
from gitinsight.domain.quotas import Quota, Standing, network_of, quota_of
from gitinsight.errors import AuthenticationRequired, RateLimitExceeded
from gitinsight.limits import REFUSALS
from gitinsight.services.context import tools
from gitinsight.web.api import PREFIX

log = structlog.get_logger(__name__)

FAILED_ATTEMPTS = 10
ATTEMPT_SECONDS = 15 * 60
_MINUTE = 60
_NEVER_COUNTED = frozenset({"ops.health"})
"""Whether the process lives must not depend on who asks how often."""


def init_app(app: Flask) -> None:
    """Look at the address before anything else is looked at, and tell in each answer what is left."""
    app.before_request(_count_address)
    app.after_request(_tell)


def shown_elsewhere(view: Any) -> Any:
    """Declare that a view's answer stands in the pages of other sites, so that it does not count.

    Their readers come through the few addresses of those sites' proxies.
    """
    view.is_shown_elsewhere = True
    return view


def count() -> None:
    """Count a request of the API against ``g.viewer``; RateLimitExceeded where it is one too many.

    An address that leads nowhere counts too, wherever it is: who tries many of them looks for a way in.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method == "OPTIONS" or getattr(view, "is_shown_elsewhere", False):
        return
    if view is None or request.path.startswith(f"{PREFIX}/"):
        quota = quota_of(g.viewer, _address(), _hourly(tools().settings))
        if quota:
            g.standing = _spend(quota)


def count_failure() -> None:
    """Count a credential that is not valid against the guests at this address.

    Raises RateLimitExceeded where they have nothing left. Who shares the address with them and has a valid
    credential is never counted here, so nobody can lock him out.
    """
    quota = quota_of(GUEST, _address(), _hourly(tools().settings))
    if quota:
        g.standing = _spend(quota)


@contextmanager
def attempt(what: str, owner: str | None = None) -> Iterator[None]:
    """Let an attempt be made that may fail by AuthenticationRequired, and count it where it does.

    Attempts of an owner, by default the caller's address, are refused by RateLimitExceeded after
    ``FAILED_ATTEMPTS`` that failed within ``ATTEMPT_SECONDS``.
    """
    quota = Quota(what, network_of(_address()) if owner is None else owner, FAILED_ATTEMPTS, ATTEMPT_SECONDS)
    limiter = tools().limiter
    standing = limiter.standing(quota)
    if not standing.remaining:
        raise _refusal(standing, "Too many attempts failed.")
    try:
        yield
    except AuthenticationRequired:
        limiter.take(quota)
        raise


def _count_address() -> None:
    requests = tools().settings.rate_limit_address
    if not requests or request.endpoint in _NEVER_COUNTED:
        return
    quota = Quota("address", network_of(_address()), requests, _MINUTE)
    if not tools().limiter.take(quota):
        raise _refusal(
            tools().limiter.standing(quota), f"More than {requests} requests in a minute from this address."
        )


def _spend(quota: Quota) -> Standing:
    taken = tools().limiter.take(quota)
    standing = tools().limiter.standing(quota)
    if taken:
        return standing
    g.standing = standing
    more = " With an API key you have more." if quota.name == Role.GUEST.value else ""
    raise _refusal(standing, f"All {quota.requests} requests of an hour are used up.{more}")


def _refusal(standing: Standing, message: str) -> RateLimitExceeded:
    quota, seconds = standing.quota, standing.reset_seconds
    REFUSALS.labels(quota.name).inc()
    log.warning("rate_limited", quota=quota.name, owner=quota.owner, limit=quota.requests)
    return RateLimitExceeded(
        f"{message} Come again in {seconds} s.",
        retry_after=seconds,
        limit=quota.requests,
        window_seconds=quota.window_seconds,
    )


def _tell(answer: Response) -> Response:
    """The three fields that most clients know, and the two of the IETF's draft that will replace them."""
    standing: Standing | None = g.get("standing")
    if standing:
        quota = standing.quota
        answer.headers["RateLimit-Limit"] = str(quota.requests)
        answer.headers["RateLimit-Remaining"] = str(standing.remaining)
        answer.headers["RateLimit-Reset"] = str(standing.reset_seconds)
        answer.headers["RateLimit-Policy"] = f'"{quota.name}";q={quota.requests};w={quota.window_seconds}'
        answer.headers["RateLimit"] = f'"{quota.name}";r={standing.remaining};t={standing.reset_seconds}'
    return answer


def _hourly(settings: Settings) -> Mapping[Role, int]:
    return {
        Role.GUEST: settings.rate_limit_guest,
        Role.USER: settings.rate_limit_user,
        Role.PREMIUM: settings.rate_limit_premium,
        Role.ADMIN: settings.rate_limit_admin,
    }


def _address() -> str:
    """Who called, as the connection or the trusted proxies say."""
    return request.remote_addr or ""
