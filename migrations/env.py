"""How Alembic reaches the database: through the application that runs it.

Several processes may migrate at once, as a release phase beside ``gitinsight up``: one works, the
others wait and find nothing left to do. On SQLite the whole upgrade is one transaction, so a process
that is killed leaves the old tables or the new ones.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import context
from flask import current_app

LOCK = 4_741_530_001
"""The number of the advisory lock on PostgreSQL, chosen once at random."""

migrate = current_app.extensions["migrate"]
database = migrate.db


@contextmanager
def alone_on_postgresql(connection: sa.Connection) -> Iterator[None]:
    """Hold the advisory lock of this database; try again and again until it is free."""
    # A session that waits inside the server would hold a snapshot that CREATE INDEX CONCURRENTLY,
    # run by the holder of the lock, waits for in its turn.
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(LOCK))):
        connection.rollback()
        time.sleep(0.2)
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(sa.select(sa.func.pg_advisory_unlock(LOCK)))
        connection.commit()


@contextmanager
def alone_on_sqlite(connection: sa.Connection) -> Iterator[None]:
    """Hold the write lock from the start; others wait for it as long as their busy timeout."""
    # Changing a table makes it anew and drops the old one, which must not delete what refers to it.
    # SQLite ignores this pragma inside a transaction.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.commit()


with database.engine.connect() as connection:
    alone = alone_on_postgresql if connection.dialect.name == "postgresql" else alone_on_sqlite
    with alone(connection):
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            transactional_ddl=True,
            **migrate.configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
