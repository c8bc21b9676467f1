"""Whether the parts that the product needs are there, for load balancers and people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gitinsight import __version__
from gitinsight.registry import PluginFailure
from gitinsight.services.context import session, tools
from gitinsight.store.base import ping

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One dependency: whether it works, and what is wrong where it does not."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    version: str
    parts: list[PartHealth]

    @property
    def ok(self) -> bool:
        return all(part.ok for part in self.parts)


def check() -> Health:
    """The state of the database, of Redis and of the home folder."""
    return Health(__version__, [_database(), _redis(), _home(tools().settings.home)])


def plugin_failures() -> list[PluginFailure]:
    """What plugins could not do in this process so far."""
    registry = tools().registry
    _ = registry.analyzers, registry.panels
    return list(registry.failures)


def queue_depth() -> dict[str, int]:
    """How many jobs wait in each queue."""
    return tools().queues.depth()


def _database() -> PartHealth:
    try:
        ping(session())
    except SQLAlchemyError as error:
        session().rollback()
        log.warning("database_unreachable", reason=str(error))
        return PartHealth("database", False, "the database does not answer")
    return PartHealth("database", True)


def _redis() -> PartHealth:
    alive = tools().bus.ping()
    return PartHealth("redis", alive, "" if alive else "Redis does not answer")


def _home(home: Path) -> PartHealth:
    ok = home.is_dir()
    return PartHealth("home", ok, "" if ok else "the home folder is missing")
