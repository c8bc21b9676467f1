"""An installation on each kind of database whose audit log tests may damage, as somebody with SQL could."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR
from gitinsight.registry import Registry
from gitinsight.services import audit_chain, audit_verification, database, feeds
from gitinsight.services.audit_verification import Damage, Verification
from gitinsight.services.context import session
from gitinsight.store.base import db

KEY = "the first secret key of this installation"


@contextmanager
def installed(url: str, home: Path, registry: Registry, **changes: str) -> Iterator[Flask]:
    """The application on this database, inside its context."""
    environment = {
        "GITINSIGHT_PROFILE": "testing",
        "GITINSIGHT_HOME": str(home),
        "DATABASE_URL": url,
        "GITINSIGHT_SECRET_KEY": KEY,
    }
    application = create_app(load_settings(environment | changes), registry)
    with application.app_context():
        database.migrate()
        yield application
        db.session.remove()
        db.engine.dispose()


def write(*actions: str, at: datetime | None = None) -> None:
    """Write a row for each action, in one transaction, and leave it unsealed."""
    for number, action in enumerate(actions):
        feeds.audit(OPERATOR, action, ("thing", number), number=number, words=["a", "ä", "\N{SNOWMAN}"])
        for row in session().new:
            row.at = at or row.at
        session().flush()
    session().commit()


def sealed(count: int) -> None:
    """Write so many rows and seal them."""
    write(*(f"test.{number}" for number in range(1, count + 1)))
    assert audit_chain.seal_rows() == count


def tamper(*statements: str, **values: object) -> None:
    """Run statements behind the product's back, with its triggers out of play."""
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        else:
            connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_logs_stay"))
            connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_logs_stay_there"))
        for statement in statements:
            connection.execute(sa.text(statement), values)
    session().rollback()


def verified() -> Verification:
    found = audit_verification.verify()
    session().rollback()
    return found


def damage() -> Damage:
    """The damage that there has to be."""
    found = verified().damage
    assert found is not None
    return found


def in_month(year: int, month: int, day: int = 15) -> datetime:
    return clock.now().replace(year=year, month=month, day=day, hour=12)
