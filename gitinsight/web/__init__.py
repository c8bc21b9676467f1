"""The web process: pages, the REST API, live feeds and what operators watch."""

from __future__ import annotations

from flask import Flask

from gitinsight.registry import Registry


def init_app(app: Flask, registry: Registry) -> None:
    """Mount everything that answers requests, in the order in which requests meet it."""
    from gitinsight.web import (
        api,
        assets,
        auth,
        cors,
        errors,
        guard,
        live,
        ops,
        prometheus,
        ratelimit,
        security,
        streams,
        ui,
    )

    security.init_app(app)
    prometheus.init_app(app)
    ratelimit.init_app(app)
    cors.init_app(app)
    guard.init_app(app)
    api.init_app(app, registry)
    errors.init_app(app)
    assets.register(app)
    app.register_blueprint(ops.ops)
    auth.init_app(app)
    ui.init_app(app, registry)
    live.init_app(app)
    app.register_blueprint(streams.sockets)
