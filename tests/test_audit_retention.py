"""Months of the audit log that the settings no longer keep: they go behind an anchor, and the rest stays whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from gitinsight.domain import clock
from gitinsight.errors import AuditLogDamaged
from gitinsight.registry import Registry
from gitinsight.services import audit_chain, audit_retention, housekeeping, months
from gitinsight.services.context import session
from gitinsight.store.audit import AuditRow
from gitinsight.store.base import db
from tests.auditing import damage, installed, tamper, verified, write

APRIL, MAY, JUNE, JULY, AUGUST = (datetime(2031, month, 15, 12, tzinfo=UTC) for month in range(4, 9))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Set the clock; it begins in May 2031."""

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_to(MAY)
    return set_to


@pytest.fixture
def app(url: str, tmp_path: Path, registry: Registry, at: object) -> Iterator[Flask]:
    """An installation that keeps one month beside the present one, with three rows in each of three months."""
    changes = {"GITINSIGHT_AUDIT_MONTHS": "1", "REDIS_URL": "unix:///nowhere"}
    with installed(url, tmp_path, registry, **changes) as application:
        for moment in (MAY, JUNE, JULY):
            at(moment)  # type: ignore[operator]
            months.make_partitions()
            write("test.a", "test.b", "test.c")
            audit_chain.seal_rows()
        yield application


def sequences() -> list[int]:
    """The numbers of the rows there are, 0 for one without."""
    rows = session().scalars(sa.select(AuditRow.sequence)).all()
    session().rollback()
    return sorted(row or 0 for row in rows)


def anchors() -> list[tuple[str, int, int]]:
    with db.engine.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT name, first_sequence, last_sequence FROM audit_anchors ORDER BY first_sequence")
        )
        return [(row[0], row[1], row[2]) for row in rows]


def test_a_month_past_its_time_goes_and_the_rest_is_whole(app: Flask) -> None:
    assert audit_retention.drop_old_months() == ["2031-05"]

    assert anchors() == [("2031-05", 1, 3)]
    assert sequences() == [0, 4, 5, 6, 7, 8, 9], "the drop itself is in the log"
    audit_chain.seal_rows()
    found = verified()
    assert (found.damage, found.rows, found.anchors, found.sequence) == (None, 7, 1, 10)


def test_what_is_dropped_again_and_again_ends_with_a_whole_log(app: Flask, at: object) -> None:
    audit_retention.drop_old_months()
    audit_chain.seal_rows()
    at(AUGUST.replace(year=2032))  # type: ignore[operator]

    assert audit_retention.drop_old_months() == ["2031-06", "2031-07"]

    assert anchors() == [("2031-05", 1, 3), ("2031-06", 4, 6), ("2031-07", 7, 10)]
    assert verified().ok, "nothing but anchors up to the signed end"
    audit_chain.seal_rows()
    assert verified().rows == 2


def test_all_is_kept_where_the_settings_say_so(
    url: str, tmp_path: Path, registry: Registry, at: object
) -> None:
    with installed(url, tmp_path, registry):
        write("test.a", at=APRIL.replace(year=2001))
        audit_chain.seal_rows()

        assert audit_retention.drop_old_months() == []
        assert verified().rows == 1


def test_rows_of_two_months_that_were_sealed_in_turns_are_found_behind_several_anchors(app: Flask) -> None:
    for moment in (MAY, JULY, MAY, MAY, JULY):
        write("test.late", at=moment)
        audit_chain.seal_rows()
    # May has the rows 1 to 3, 10, and 12 to 13.

    audit_retention.drop_old_months()

    assert anchors() == [("2031-05", 1, 3), ("2031-05", 10, 10), ("2031-05", 12, 13)]
    audit_chain.seal_rows()
    found = verified()
    assert (found.damage, found.rows, found.anchors) == (None, 9, 3)


def test_a_month_with_a_row_that_is_not_sealed_stays(app: Flask) -> None:
    write("test.late", at=MAY)

    assert audit_retention.drop_old_months() == []
    assert anchors() == []
    audit_chain.seal_rows()
    assert audit_retention.drop_old_months() == ["2031-05"]


def test_a_damaged_month_stays_for_whoever_looks_into_it(app: Flask) -> None:
    tamper("UPDATE audit_logs SET actor_name = 'mallory' WHERE sequence = 2")

    assert audit_retention.drop_old_months() == []

    assert damage().sequence == 2
    assert len(sequences()) == 9


def test_nothing_is_dropped_behind_an_end_that_was_not_signed(app: Flask) -> None:
    tamper("UPDATE audit_head SET sequence = 8")

    with pytest.raises(AuditLogDamaged):
        audit_retention.drop_old_months()

    assert len(sequences()) == 9


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_anchors SET last_sequence = 6, seal = (SELECT seal FROM audit_logs WHERE sequence = 6)",
        "UPDATE audit_anchors SET name = '2031-04'",
        "UPDATE audit_anchors SET seal = (SELECT seal FROM audit_head)",
        "UPDATE audit_anchors SET signature = (SELECT signature FROM audit_head)",
        "UPDATE audit_anchors SET signature = 'ä'",
    ],
)
def test_a_forged_anchor_is_damage(app: Flask, statement: str) -> None:
    audit_retention.drop_old_months()
    audit_chain.seal_rows()

    tamper(statement, "DELETE FROM audit_logs WHERE sequence < 7")

    found = damage()
    assert "anchor" in found.reason
    assert found.sequence == 1


def test_an_anchor_that_is_gone_leaves_its_rows_missing(app: Flask) -> None:
    audit_retention.drop_old_months()

    tamper("DELETE FROM audit_anchors")

    found = damage()
    assert (found.sequence, found.reason) == (4, "row 1 is missing before it")


def test_a_row_that_is_put_back_behind_its_anchor_is_damage(app: Flask) -> None:
    audit_retention.drop_old_months()
    audit_chain.seal_rows()
    write("test.forged")

    tamper("UPDATE audit_logs SET sequence = 2, seal = 'x' WHERE action = 'test.forged'")

    assert damage().sequence == 2


def test_an_anchor_signed_again_after_a_rotation_still_holds(app: Flask) -> None:
    audit_retention.drop_old_months()
    audit_chain.renew_keys()
    session().commit()
    audit_chain.seal_rows()

    found = verified()
    assert (found.damage, found.anchors) == (None, 1)


@pytest.mark.postgres
def test_on_postgresql_the_partition_goes_and_stray_rows_of_the_month_too(
    postgres_url: str, tmp_path: Path, registry: Registry, at: object
) -> None:
    changes = {"GITINSIGHT_AUDIT_MONTHS": "1", "REDIS_URL": "unix:///nowhere"}
    with installed(postgres_url, tmp_path, registry, **changes):
        write("test.stray", at=APRIL)
        write("test.here", at=MAY)
        audit_chain.seal_rows()
        assert "audit_logs_y2031m05" in sa.inspect(db.engine).get_table_names()
        at(JULY)  # type: ignore[operator]

        assert audit_retention.drop_old_months() == ["2031-04", "2031-05"]

        assert "audit_logs_y2031m05" not in sa.inspect(db.engine).get_table_names()
        assert sequences() == [0, 0], "what is left tells of the two drops"
        audit_chain.seal_rows()
        assert verified().ok


@pytest.mark.postgres
def test_on_postgresql_sealed_rows_move_into_the_partition_that_is_made_for_them(
    postgres_url: str, tmp_path: Path, registry: Registry, at: object
) -> None:
    with installed(postgres_url, tmp_path, registry):
        write("test.early", at=AUGUST)
        audit_chain.seal_rows()
        at(JULY)  # type: ignore[operator]

        assert "audit_logs_y2031m08" in months.make_partitions()

        assert verified().rows == 1
        with pytest.raises(sa.exc.DBAPIError, match="only grows"), db.engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM audit_logs_y2031m08"))


def test_the_scheduler_seals_each_round_and_drops_each_day(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"day": None, "health": None, "told": None}.items():
        monkeypatch.setitem(housekeeping._last, name, value)
    write("test.new")

    housekeeping.run_once()

    assert anchors() == [("2031-05", 1, 3)]
    housekeeping.run_once()
    assert verified().unsealed == 0


def test_a_damaged_log_does_not_keep_the_scheduler_from_its_other_work(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"day": None, "health": None, "told": None}.items():
        monkeypatch.setitem(housekeeping._last, name, value)
    tamper("DELETE FROM audit_head")
    write("test.new")

    housekeeping.run_once()

    assert housekeeping._last["day"] == JULY.date()
    assert housekeeping._last["told"] == JULY
    assert verified().unsealed == 1
