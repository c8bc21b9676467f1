"""Bringing the database to this release's form, by alembic, which only what does so has in memory."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from flask_migrate import Migrate

from gitinsight import resources
from gitinsight.errors import ConfigurationError
from gitinsight.services.context import session
from gitinsight.services.months import make_partitions
from gitinsight.store.base import db
from gitinsight.store.partitions import is_partition


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
    if "migrate" not in current_app.extensions:
        Migrate(
            current_app,
            db,
            directory=str(resources.folder("migrations")),
            render_as_batch=True,
            include_object=lambda _object, name, kind, *_: not (kind == "table" and is_partition(name or "")),
        )
    config: Config = current_app.extensions["migrate"].migrate.get_config()
    return config
