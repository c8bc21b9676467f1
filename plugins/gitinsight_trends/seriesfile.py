"""Weekly series in a file: CSV, or CSV in gzip, one row for each repository, metric and week."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import math
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gitinsight_trends.errors import SeriesInvalid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

COLUMNS = ("repo", "metric", "week", "value")
MOST_ROWS = 5_000_000


def read_series_file(path: Path) -> dict[tuple[str, str], Floats]:
    """The values by (repository, metric), oldest week first.

    Raises SeriesInvalid with the line for a row that is no number of a week, for a week that stands twice
    or is missing, and for a file without rows; OSError where the file cannot be read.
    """
    found: dict[tuple[str, str], dict[date, float]] = {}
    for line, repository, metric, week, value in _rows(path):
        weeks = found.setdefault((repository, metric), {})
        if week in weeks:
            raise SeriesInvalid(f"line {line}: {repository}, {metric} has the week {week} twice")
        weeks[week] = value
    if not found:
        raise SeriesInvalid("there is no series: the file has no rows")
    return {key: _in_order(key, weeks) for key, weeks in found.items()}


def _in_order(key: tuple[str, str], weeks: dict[date, float]) -> Floats:
    ordered = sorted(weeks)
    for before, after in itertools.pairwise(ordered):
        if after - before != timedelta(weeks=1):
            raise SeriesInvalid(f"{key[0]}, {key[1]}: {after} does not follow {before} by a week")
    return np.array([weeks[week] for week in ordered])


def _rows(path: Path) -> Iterator[tuple[int, str, str, date, float]]:
    try:
        with _opened(path) as text:
            rows = csv.reader(text)
            header = next(rows, [])
            if tuple(header) != COLUMNS:
                raise SeriesInvalid(f"the first line must be {','.join(COLUMNS)}")
            for line, row in enumerate(rows, start=2):
                if line > MOST_ROWS:
                    raise SeriesInvalid(f"more than {MOST_ROWS:,} lines")
                yield line, *_row(line, row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise SeriesInvalid(f"not a CSV file in UTF-8: {error}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SeriesInvalid(f"not a whole gzip file: {error}") from error


def _opened(path: Path) -> io.TextIOBase:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _row(line: int, row: list[str]) -> tuple[str, str, date, float]:
    if len(row) != len(COLUMNS):
        raise SeriesInvalid(f"line {line}: {len(row)} fields instead of {len(COLUMNS)}")
    repository, metric, week, value = row
    try:
        monday, number = date.fromisoformat(week), float(value)
    except ValueError as error:
        raise SeriesInvalid(f"line {line}: {error}") from error
    if not math.isfinite(number) or number < 0:
        raise SeriesInvalid(f"line {line}: {value} is not a finite number of 0 or more")
    return repository, metric, monday, number
