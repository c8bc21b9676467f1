"""The pages: server-rendered, readable without JavaScript, livelier with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask
from flask_wtf.csrf import generate_csrf

from gitinsight import __version__
from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Role, allows
from gitinsight.registry import Registry
from gitinsight.services.context import tools
from gitinsight.web import guard

ui = Blueprint("ui", __name__)

_OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\N{REPLACEMENT CHARACTER}")
"""The characters that turn the direction of what follows (Unicode Annex 9), so that "exe.txt" can be a lie."""


def init_app(app: Flask, registry: Registry) -> None:
    """Mount the product's pages and the plugins' own."""
    from htmx_flask import Htmx

    from gitinsight.web.ui import account, admin, artifacts, evidence, jobs, overview, panels, repository
    from gitinsight.web.ui.admin import audit, installation, users

    assert all((account, artifacts, audit, evidence, installation, jobs, overview, panels, repository, users))
    Htmx(app)
    app.register_blueprint(ui)
    app.register_blueprint(admin.admin)
    app.context_processor(_common)
    app.jinja_env.finalize = _plain
    app.jinja_env.filters["metric_title"] = _metric_title
    for plugin, blueprint in registry.pages:
        try:
            app.register_blueprint(blueprint, url_prefix=f"/-/{plugin}")
        except Exception as error:
            registry.fail(plugin, "register_pages", error)


def _plain(value: Any) -> Any:
    """What a template prints, with the characters shown that would make the text around them read backwards."""
    return value if not isinstance(value, str) or value.isascii() else value.translate(_OVERRIDES)


def _metric_title(name: str) -> str:
    """What people call a metric; its name where no plugin declares it any more."""
    metric = tools().registry.metrics.get(name)
    return metric.title if metric else name


def _common() -> dict[str, Any]:
    """What every page may use."""
    who = guard.viewer()
    return {
        "app_version": __version__,
        "viewer": {
            "name": who.name,
            "role": who.role.value,
            "is_guest": who.role is Role.GUEST,
            "is_admin": allows(who, Permission.ADMIN_SYSTEM),
        },
        "csrf_token": generate_csrf,
        "now": clock.now(),
    }
