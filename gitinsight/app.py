"""The composition root: one list of what the application is made of.

``create_app`` connects to nothing: a service that is down shows when it is used, and in ``/health/ready``.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from gitinsight import resources, web
from gitinsight.boards import Boards
from gitinsight.bus import Bus, Hub
from gitinsight.config import Settings, load_settings
from gitinsight.limits import Limiter
from gitinsight.logs import configure_logs
from gitinsight.queues import JobQueues
from gitinsight.registry import Registry, load_registry
from gitinsight.services.context import EXTENSION, Toolbox
from gitinsight.services.inference import InferencePool
from gitinsight.services.sessions import LIFETIME
from gitinsight.store.base import db
from gitinsight.vault import Vault

MOST_BODY_BYTES = 2 * 1024**2
SESSION_COOKIE = "gitinsight_session"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_app(settings: Settings | None = None, registry: Registry | None = None) -> Flask:
    """The Flask application with these settings and plugins, by default those of the environment."""
    settings = settings or load_settings()
    registry = registry or load_registry(settings.environment)
    configure_logs(settings)
    is_secure = settings.base_url.startswith("https://") or settings.is_production
    app = Flask(
        "gitinsight",
        template_folder=str(resources.folder("templates")),
        static_folder=str(Path(__file__).parent / "static"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(settings),
        MAX_CONTENT_LENGTH=MOST_BODY_BYTES,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        # With this prefix a browser takes the cookie from this very host alone, and only over TLS.
        SESSION_COOKIE_NAME=f"__Host-{SESSION_COOKIE}" if is_secure else SESSION_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        TESTING=settings.profile == "testing",
        TRUSTED_HOSTS=_trusted_hosts(settings),
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    bus, boards = Bus(settings.redis_url), Boards(settings.redis_url)
    queues, inference = JobQueues(settings.redis_url), InferencePool(settings)
    vault = Vault((settings.secret_key, *settings.secret_key_fallbacks))
    limiter = Limiter(settings.redis_url)
    app.extensions[EXTENSION] = Toolbox(
        settings, registry, bus, Hub(bus), boards, queues, inference, vault, limiter
    )
    # Mirrors and findings are for this user's eyes, whoever else works on the machine.
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.init_app(app)
    web.init_app(app, registry)
    return app


def _engine_options(settings: Settings) -> dict[str, bool]:
    """How the database is spoken with; what was to be stored is in no error, and so in no log."""
    return {"hide_parameters": True, "pool_pre_ping": "postgresql" in settings.database_url}


def _trusted_hosts(settings: Settings) -> list[str] | None:
    """The host names that requests may carry where only this machine is served; None is any.

    Without this a page on the web could give its own name the address 127.0.0.1 and read the dashboard.
    """
    if settings.host not in LOOPBACK or settings.trusted_proxies or settings.is_production:
        return None
    named = urlsplit(settings.base_url).hostname
    return [*LOOPBACK, "[::1]", *([named] if named else [])]
