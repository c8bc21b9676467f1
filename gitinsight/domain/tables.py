"""The tables that a repository's history is exported as: their names, their columns, where rows come from.

A table of ours and one of a plugin are the same kind of value. What a column means is written here
once; ``docs/tables.md`` is made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from gitinsight.domain.columns import TYPES, schema_of
from gitinsight.domain.history import History
from gitinsight.errors import TableInvalid

if TYPE_CHECKING:
    import polars as pl

SCHEMA_VERSION = 1
"""Of all tables of the product together: columns are added within a version, never changed or removed."""

FORMS = ("parquet", "csv", "duckdb")
_ROWS_AT_ONCE = 20_000
_LONGEST_NAME = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``type`` is one of ``columns.TYPES``, ``meaning`` half a sentence for readers."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an export; ``name`` is a lower-case word, which names its file.

    ``rows(history, settings)`` returns a Polars frame with these columns, or yields rows as tuples in
    their order; ``settings`` are the plugin's. ``analyzer`` names the analyzer of the same plugin whose
    remembered blobs the table shares.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Callable[[History, Mapping[str, Any]], pl.DataFrame | Iterable[Sequence[Any]]]
    analyzer: str = ""

    def types(self) -> Mapping[str, str]:
        """The columns' types by name, as ``schema_of`` takes them."""
        return {column.name: column.type for column in self.columns}


def problem_with(table: Table, taken: Iterable[str]) -> str:
    """Why a table cannot be exported beside those whose names are taken, or the empty string."""
    name = table.name
    if not isinstance(name, str) or not (name.isidentifier() and name.isascii() and name.islower()):
        return f"the table name {name!r} is not a lower-case word"
    if len(name) > _LONGEST_NAME:
        return f"the table name {name!r} has more than {_LONGEST_NAME} characters"
    if name in taken:
        return f"a table named {name!r} exists already"
    names = [column.name for column in table.columns]
    if not names or len(set(names)) < len(names):
        return f"the table {name!r} has no columns, or two of one name"
    strange = [column for column in table.columns if column.type not in TYPES]
    if strange:
        return (
            f"the column {strange[0].name!r} of {name!r} has the type {strange[0].type!r}, none of "
            f"{', '.join(sorted(TYPES))}"
        )
    return ""


def frame_of(table: Table, rows: Any, polars: Any) -> pl.DataFrame:
    """What a table's ``rows`` returned, as one frame of the Polars module that the caller has imported.

    Rows that come one by one are brought into columns in batches, so that they are never all held as
    Python objects. Raises TableInvalid where they are not of the table's columns.
    """
    schema = schema_of(table.types(), polars)
    if isinstance(rows, polars.DataFrame):
        if set(rows.columns) != set(schema):
            given, declared = ", ".join(rows.columns), ", ".join(schema)
            raise TableInvalid(f"The table {table.name} declares {declared} and was given {given}.")
        return _typed(table, rows, schema, polars)
    frames, left = [schema.to_frame()], iter(rows)
    while batch := list(islice(left, _ROWS_AT_ONCE)):
        frames.append(_typed(table, batch, schema, polars))
    joined: pl.DataFrame = polars.concat(frames)
    return joined


def _typed(table: Table, rows: Any, schema: pl.Schema, polars: Any) -> pl.DataFrame:
    try:
        if not isinstance(rows, polars.DataFrame):
            wrong = next((row for row in rows if len(row) != len(schema)), None)
            if wrong is not None:
                raise ValueError(f"{len(schema)} columns and a row of {len(wrong)} values")
            # Column by column, because Polars cuts values to their type where it is given rows.
            rows = polars.DataFrame(dict(zip(schema, zip(*rows, strict=True), strict=True)), schema)
        for name, kind in rows.schema.items():
            both_integers = kind.is_integer() and schema[name].is_integer()
            if kind not in (schema[name], polars.Null) and not both_integers:
                raise TypeError(f"{name} is {schema[name]} and was given as {kind}")
        typed: pl.DataFrame = rows.select(schema.names()).cast(dict(schema))
        return typed
    except (polars.exceptions.PolarsError, TypeError, ValueError, OverflowError) as error:
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        raise TableInvalid(
            f"The table {table.name} has rows that are not of its columns: {reason}."
        ) from error
