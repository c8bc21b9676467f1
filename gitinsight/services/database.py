"""Bringing the database to this release's form."""

from __future__ import annotations

import time

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy.exc import OperationalError

from gitinsight.domain import clock
from gitinsight.errors import ConfigurationError
from gitinsight.services.context import session
from gitinsight.store import partitions

_TRIES = 20
_PAUSE_SECONDS = 0.5


def migrate() -> None:
    """Run the migrations that are missing and make the coming months' partitions.

    Raises ConfigurationError where a later release has migrated the database already.
    """
    try:
        command.upgrade(_config(), "head")
    except CommandError as error:
        raise ConfigurationError(f"The database is not this release's: {error}.") from error
    make_partitions()


def is_current() -> bool:
    """Whether the database has all of this release's migrations and no later ones."""
    script = ScriptDirectory.from_config(_config())
    applied = MigrationContext.configure(session().connection()).get_current_heads()
    session().rollback()
    return set(applied) == set(script.get_heads())


def _config() -> Config:
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return config


def make_partitions() -> list[str]:
    """Make the partitions of this month and the next two; the names of the new ones.

    While analyses keep the tables busy it tries again for 10 s, then raises OperationalError.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            made = partitions.ensure(session().connection(), clock.now().date())
            session().commit()
            return made
        except OperationalError:
            session().rollback()
            if not tries_left:
                raise
            time.sleep(_PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")
