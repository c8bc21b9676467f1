"""Series as a Parquet file, written by a process of its own: web processes load no frames.

The rows go to a file as they come from the database; the process reads that in batches and writes the
other. There are few such processes at once, each with a limit on time; both files are gone afterwards.
"""

from __future__ import annotations

import csv
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import structlog

from gitinsight import resources
from gitinsight.errors import ExportBusy, ExportFailed
from gitinsight.services.downloads import ExportedPoint

log = structlog.get_logger(__name__)

COLUMNS = ("metric", "definition", "analyzer", "unit", "bucket", "at", "part", "value", "reason")
MOST_PROCESSES = 2
SECONDS = 60
_CHUNK_BYTES = 64 * 1024
_RETRY_SECONDS = 5
_ROWS_AT_ONCE = 500
_free = threading.BoundedSemaphore(MOST_PROCESSES)


def row_of(exported: ExportedPoint) -> list[object]:
    """The values of ``COLUMNS``; a value that is missing is None."""
    metric, point = exported.metric, exported.point
    return [
        metric.name,
        point.metric_id,
        exported.analyzer,
        metric.unit,
        metric.bucket.value,
        point.at.isoformat(),
        point.dimension,
        point.value,
        point.reason,
    ]


def chunks(points: Iterable[ExportedPoint]) -> Iterator[bytes]:
    """The bytes of the file; the first is asked for only when the file is whole.

    Raises ExportBusy where too many are being written, ExportFailed where the process came to nothing.
    """
    if not _free.acquire(blocking=False):
        raise ExportBusy(
            "Other exports are being written. Try again in a few seconds.", retry_after=_RETRY_SECONDS
        )
    folder = tempfile.TemporaryDirectory(prefix="gitinsight-parquet-")
    try:
        path = _write(points, Path(folder.name))
        return _read(path, folder)
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _free.release()


def _write(points: Iterable[ExportedPoint], folder: Path) -> Path:
    rows, path = folder / "rows.csv", folder / "series.parquet"
    with rows.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for place, point in enumerate(points):
            writer.writerow(row_of(point))
            if place % _ROWS_AT_ONCE == 0:
                # Other requests of this process have their turn while a long series is written.
                time.sleep(0)
    command = [*resources.python_module("gitinsight.services.parquet_process"), str(rows), str(path)]
    environment = os.environ | resources.import_environment() | {"POLARS_MAX_THREADS": "1"}
    try:
        subprocess.run(
            command,
            env=environment,
            timeout=SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        log.error("parquet_not_written", reason=str(error), output=str(getattr(error, "stderr", ""))[-500:])
        raise ExportFailed("The Parquet file could not be written. Try CSV, or fewer metrics.") from error
    return path


def _read(path: Path, folder: tempfile.TemporaryDirectory[str]) -> Iterator[bytes]:
    # Opened now: what is missing is told as an error, and not after the answer has begun.
    file = path.open("rb")

    def read() -> Iterator[bytes]:
        with folder, file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    return read()
