"""Monthly partitions of the large tables on PostgreSQL; SQLite keeps them whole."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, inspect, text

PARTITIONED = {"insights": "generated_at", "metric_points": "recorded_at", "events": "at", "audit_logs": "at"}
"""The tables with the column whose month says where a row belongs."""
_LOCK = 4_741_530_002
_IMPATIENT = "SET LOCAL lock_timeout = '500ms'"
_MOVES_ROWS = "SET LOCAL gitinsight.moves_rows = 'on'"
"""What the trigger on the audit log looks for where a row leaves a partition for another."""


def is_partition(name: str) -> bool:
    """Whether a table's name is that of a monthly or default partition of ours."""
    return any(name.startswith(f"{table}_y") or name == f"{table}_default" for table in PARTITIONED)


def ensure(connection: Connection, today: date, months_ahead: int = 2) -> list[str]:
    """Make the partitions of this month and of the next ones; the names of the new ones.

    A row of a month without a partition goes to the default partition, so no write ever fails; when
    the month's partition is made, its rows move there. Any number of callers at once do no harm.
    Raises OperationalError where the tables stay busy; nothing is changed then, and a later call does it.
    """
    if connection.dialect.name != "postgresql":
        return []
    months = [_month(today, offset) for offset in range(months_ahead + 1)]
    wanted = {_name(table, first): (table, first) for table in PARTITIONED for first in months}
    if wanted.keys() <= set(inspect(connection).get_table_names()):
        return []
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    # Attaching locks tables that analyses write to. Whoever waits for whom, this one gives up first.
    connection.execute(text(_IMPATIENT))
    connection.execute(text(_MOVES_ROWS))
    missing = wanted.keys() - set(inspect(connection).get_table_names())
    for name in sorted(missing):
        _make(connection, name, *wanted[name])
    return sorted(missing)


def hold(connection: Connection, table: str, month: date) -> None:
    """Let nobody write to a month's partition until the transaction ends; nothing to do where there is none.

    Raises OperationalError where the table stays busy.
    """
    name = _name(table, month)
    if _exists(connection, name):
        connection.execute(text(_IMPATIENT))
        # In the order in which those who read and write take them, so that nobody waits in a circle.
        connection.execute(text(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE"))


def drop(connection: Connection, table: str, month: date) -> None:
    """Drop a month's partition with its rows; those that lie in the default partition stay."""
    name = _name(table, month)
    if _exists(connection, name):
        connection.execute(text(f"DROP TABLE {name}"))


def _exists(connection: Connection, name: str) -> bool:
    return connection.dialect.name == "postgresql" and name in inspect(connection).get_table_names()


def _name(table: str, first: date) -> str:
    return f"{table}_y{first:%Ym%m}"


def _make(connection: Connection, name: str, table: str, first: date) -> None:
    """Make a month's partition, with the rows that waited for it in the default partition."""
    column, default = PARTITIONED[table], f"{table}_default"
    start, end = f"'{first} 00:00+00'", f"'{_month(first, 1)} 00:00+00'"
    connection.execute(text(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"))
    connection.execute(text(f"LOCK TABLE {default} IN ACCESS EXCLUSIVE MODE"))
    connection.execute(
        text(
            f"WITH moved AS (DELETE FROM {default} WHERE {column} >= {start} AND {column} < {end} RETURNING *) "  # noqa: S608
            f"INSERT INTO {name} SELECT * FROM moved"
        )
    )
    # Attaching, unlike creating in place, lets reads and writes of the other months go on.
    connection.execute(
        text(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ({start}) TO ({end})")
    )


def _month(day: date, offset: int) -> date:
    """The first day of the month so many months later."""
    months = day.year * 12 + day.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
