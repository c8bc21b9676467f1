"""What operators and load balancers ask: is it alive, is it ready, what is wrong."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, jsonify, request

from gitinsight.errors import AuthenticationRequired
from gitinsight.git.addresses import special_kind
from gitinsight.services import health as health_checks
from gitinsight.services.context import tools
from gitinsight.web import prometheus, ratelimit
from gitinsight.web.guard import anonymous

ops = Blueprint("ops", __name__)
_FORWARDED = frozenset({"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"})


@ops.get("/health")
@anonymous
def health() -> Any:
    """Alive: the process answers, whatever its dependencies do."""
    return jsonify(status="ok")


@ops.get("/health/ready")
@anonymous
def ready() -> Any:
    """Ready to serve: every dependency works; 503 with the names of those that do not."""
    state = health_checks.check()
    parts = {part.name: "ok" if part.ok else "failing" for part in state.parts}
    return jsonify(status="ok" if state.ok else "failing", parts=parts), 200 if state.ok else 503


@ops.get("/health/detailed")
@anonymous
def detailed() -> Any:
    """Everything known about the parts, for the private network or with the operator's token."""
    with ratelimit.attempt("operator"):
        _require_operator()
    state = health_checks.check()
    redis_alive = any(part.name == "redis" and part.ok for part in state.parts)
    return jsonify(
        status="ok" if state.ok else "failing",
        version=state.version,
        parts=[{"name": part.name, "ok": part.ok, "detail": part.detail} for part in state.parts],
        queues=health_checks.queue_depth() if redis_alive else None,
        plugins=[
            {"plugin": failure.plugin, "action": failure.action, "reason": failure.reason}
            for failure in health_checks.plugin_failures()
        ],
    )


@ops.get("/metrics")
@anonymous
def metrics() -> Any:
    """The figures for Prometheus, for the private network or with the operator's token."""
    with ratelimit.attempt("operator"):
        _require_operator()
    return prometheus.exposition()


def _require_operator() -> None:
    token = tools().settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return
    if token or tools().settings.is_production or not _is_near():
        raise AuthenticationRequired("This page needs the operator's token (GITINSIGHT_METRICS_TOKEN).")


def _is_near() -> bool:
    """Whether the caller himself is in this machine's private network.

    Behind a proxy that the settings do not know every caller seems to be; its headers give it away.
    """
    hidden = not tools().settings.trusted_proxies and not _FORWARDED.isdisjoint(request.headers.keys())
    try:
        return not hidden and special_kind(request.remote_addr or "") in {"private", "loopback", "link-local"}
    except ValueError:
        return False
