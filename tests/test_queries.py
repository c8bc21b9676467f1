"""The benchmark's questions to an export, on numbers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl
import pytest

from benchmarks.queries import MOST_FILES, churn_by_month, co_changes, hotspots

JANUARY, LATER, JULY = (
    datetime(2024, 1, 5, tzinfo=UTC),
    datetime(2024, 1, 31, tzinfo=UTC),
    datetime(2024, 7, 3, tzinfo=UTC),
)
"""The first is 180 days before the last."""
COMMITS = pl.LazyFrame(
    {"order": [0, 1, 2], "authored_at": [JANUARY, LATER, JULY], "committed_at": [JANUARY, JANUARY, JULY]}
)
CHANGES = pl.LazyFrame(
    [(0, 10, 5, 0), (0, 11, 1, 1), (1, 10, 2, 3), (2, 10, None, None), (2, 12, 4, 0)],
    schema=["order", "file_id", "added", "deleted"],
    orient="row",
)


def test_churn_adds_up_by_file_and_month() -> None:
    rows = churn_by_month(COMMITS, CHANGES).sort("file_id", "month").collect().rows()

    first, july = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC)
    assert rows == [(10, first, 7, 3), (10, july, 0, 0), (11, first, 1, 1), (12, july, 4, 0)]


def test_a_change_of_a_half_life_ago_weighs_half_in_a_hotspot() -> None:
    found = hotspots(COMMITS, CHANGES).collect()

    assert found["file_id"].to_list() == [10, 12, 11]
    assert found["changes"].to_list() == [3, 1, 1]
    assert found["weight"].to_list() == pytest.approx([2.0, 1.0, 0.5])


def test_pairs_count_the_commits_that_changed_both_but_not_large_ones() -> None:
    large = pl.LazyFrame({"order": [9] * (MOST_FILES + 1), "file_id": list(range(10, 11 + MOST_FILES))})
    changes = pl.concat([CHANGES.select("order", "file_id"), large])

    assert co_changes(changes).sort("file_id_other").collect().rows() == [(10, 11, 1), (10, 12, 1)]
