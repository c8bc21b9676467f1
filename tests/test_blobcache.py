"""Remembered results of blobs: several processes, corrupt files, disks that refuse."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gitinsight.store.blobcache import SqliteBlobCache

WRITER = """
import sys
from pathlib import Path
from gitinsight.store.blobcache import SqliteBlobCache
cache = SqliteBlobCache(Path(sys.argv[1]))
for number in range(50):
    cache.put_many("k", {f"{sys.argv[2]}-{number}": number})
"""


def test_results_are_remembered_by_blob_and_key(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "cache.db"
    results = {"a": [1, 2.5, None, "ü"], "b": {"x": {"y": True}}, "c": None}
    cache = SqliteBlobCache(path)
    cache.put_many("quality@1:loc", results)
    cache.put_many("quality@1:loc", {})
    cache.close()

    again = SqliteBlobCache(path)

    assert again.get_many("quality@1:loc", ["a", "b", "c", "d"]) == results
    assert again.get_many("quality@2:loc", ["a"]) == {}
    assert again.get_many("quality@1:loc", []) == {}


def test_a_newer_result_replaces_the_older(tmp_path: Path) -> None:
    cache = SqliteBlobCache(tmp_path / "cache.db")
    cache.put_many("k", {"a": 1})
    cache.put_many("k", {"a": 2})
    assert cache.get_many("k", ["a"]) == {"a": 2}


def test_thousands_of_blobs_are_asked_for_at_once(tmp_path: Path) -> None:
    cache = SqliteBlobCache(tmp_path / "cache.db")
    results = {f"{number:040x}": number for number in range(3_000)}
    cache.put_many("k", results)
    assert cache.get_many("k", list(results)) == results


def test_several_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(name)]) for name in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]

    blobs = [f"{name}-{number}" for name in range(3) for number in range(50)]
    assert len(SqliteBlobCache(path).get_many("k", blobs)) == 150


def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    path.write_bytes(b"this is not a database, " * 1_000)
    cache = SqliteBlobCache(path)

    assert cache.get_many("k", ["a"]) == {}
    cache.put_many("k", {"a": 1})

    assert SqliteBlobCache(path).get_many("k", ["a"]) == {"a": 1}


def test_a_damaged_page_is_survived(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = SqliteBlobCache(path)
    cache.put_many("k", {f"{number:040x}": "x" * 100 for number in range(2_000)})
    cache.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    broken = SqliteBlobCache(path)

    assert broken.get_many("k", [f"{5:040x}"]) == {}
    broken.put_many("k", {"a": 1})

    assert SqliteBlobCache(path).get_many("k", ["a"]) == {"a": 1}


def test_a_damaged_result_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "cache.db"
    cache = SqliteBlobCache(path)
    cache.put_many("k", {"a": 1, "b": 2})
    with sqlite3.connect(path) as database:
        database.execute("UPDATE blob_results SET result = x'00ff' WHERE blob = 'a'")
    assert cache.get_many("k", ["a", "b"]) == {"b": 2}


def test_a_cache_that_cannot_be_opened_costs_time_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "cache.db"
    path.mkdir()
    cache = SqliteBlobCache(path)

    cache.put_many("k", {"a": 1})

    assert cache.get_many("k", ["a"]) == {}
    assert "cannot be used now" in caplog.text
