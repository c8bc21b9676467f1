"""The chain over the audit log on both databases: what is damaged shows, what is ordinary does not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from gitinsight.domain.access import OPERATOR
from gitinsight.errors import AuditLogDamaged, ConfigurationError
from gitinsight.registry import Registry
from gitinsight.services import audit_chain, audit_verification, feeds, rotation
from gitinsight.services.audit_verification import Witness
from gitinsight.services.context import session
from gitinsight.store.audit import AuditRow
from gitinsight.store.base import db
from tests.auditing import KEY, damage, installed, sealed, tamper, verified, write

OTHER_KEY = "another secret key of the installation"


@pytest.fixture
def app(url: str, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    with installed(url, tmp_path, registry) as application:
        yield application


def test_an_empty_log_is_whole(app: Flask) -> None:
    found = verified()

    assert (found.ok, found.rows, found.unsealed, found.sequence) == (True, 0, 0, 0)


def test_rows_are_sealed_in_the_order_of_their_times_and_the_log_is_whole(app: Flask) -> None:
    write("test.one", "test.two")
    assert verified().unsealed == 2

    assert audit_chain.seal_rows() == 2
    write("test.three")
    assert audit_chain.seal_rows() == 1

    found = verified()
    assert (found.ok, found.rows, found.unsealed, found.sequence) == (True, 3, 0, 3)
    rows = session().scalars(sa.select(AuditRow).order_by(AuditRow.at)).all()
    assert [row.sequence for row in rows] == [1, 2, 3]
    assert len({row.seal for row in rows}) == 3


def test_more_rows_than_a_batch_are_sealed_and_checked(app: Flask) -> None:
    sealed(1203)

    assert verified().rows == 1203


def test_a_backlog_is_sealed_over_several_rounds(app: Flask) -> None:
    write(*(f"test.{number}" for number in range(450)))

    assert [audit_chain.seal_rows(most_batches=1) for _ in range(4)] == [200, 200, 50, 0]
    assert verified().rows == 450


def test_sealing_when_there_is_nothing_to_seal_changes_nothing(app: Flask) -> None:
    sealed(2)
    before = verified()

    assert audit_chain.seal_rows() == 0
    assert verified() == before


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        ("UPDATE audit_logs SET details = '{\"number\": 7}' WHERE sequence = 3", 3),
        ("UPDATE audit_logs SET actor_name = 'mallory' WHERE sequence = 1", 1),
        ("UPDATE audit_logs SET action = 'test.x' WHERE sequence = 5", 5),
        ("UPDATE audit_logs SET trace_id = 'x' WHERE sequence = 2", 2),
        ("UPDATE audit_logs SET object_id = '9' WHERE sequence = 4", 4),
        ("UPDATE audit_logs SET seal = '0000' WHERE sequence = 4", 4),
        ("UPDATE audit_logs SET seal = 'ä' WHERE sequence = 4", 4),
        ("UPDATE audit_logs SET seal = NULL WHERE sequence = 4", 4),
        ("UPDATE audit_logs SET details = '[]' WHERE sequence = 4", 4),
    ],
)
def test_an_edited_row_is_the_first_damage(app: Flask, statement: str, row: int) -> None:
    sealed(5)

    tamper(statement)

    found = damage()
    assert found.sequence == row
    assert "does not fit" in found.reason
    assert found.row_id is not None
    assert found.action == ("test.x" if "test.x" in statement else f"test.{row}")


def test_an_edited_time_is_damage(app: Flask) -> None:
    sealed(3)
    row = session().scalars(sa.select(AuditRow).where(AuditRow.sequence == 2)).one()
    later = row.at.replace(microsecond=(row.at.microsecond + 1) % 1_000_000)
    session().rollback()

    # Through the column's own type, so that each database gets its own form.
    with db.engine.begin() as connection:
        _disarm(connection)
        connection.execute(sa.update(AuditRow).where(AuditRow.sequence == 2).values(at=later))

    assert damage().sequence == 2


def _disarm(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    else:
        connection.execute(sa.text("DROP TRIGGER IF EXISTS audit_logs_stay"))


@pytest.mark.parametrize("row", [1, 3])
def test_a_deleted_row_is_missing_before_the_next(app: Flask, row: int) -> None:
    sealed(5)

    tamper("DELETE FROM audit_logs WHERE sequence = :row", row=row)

    found = damage()
    assert found.sequence == row + 1
    assert found.reason == f"row {row} is missing before it"


def test_a_deleted_row_whose_followers_moved_up_is_damage(app: Flask) -> None:
    sealed(5)

    tamper(
        "DELETE FROM audit_logs WHERE sequence = 2",
        "UPDATE audit_logs SET sequence = sequence - 1 WHERE sequence > 2",
        "UPDATE audit_head SET sequence = 4",
    )

    assert damage().sequence == 2


def test_swapped_rows_are_damage_at_the_first_of_them(app: Flask) -> None:
    sealed(5)

    tamper("UPDATE audit_logs SET sequence = 5 - sequence WHERE sequence IN (2, 3)")

    assert damage().sequence == 2


def test_a_row_that_was_put_in_is_damage(app: Flask) -> None:
    sealed(3)
    write("test.forged")

    tamper(
        "UPDATE audit_logs SET sequence = 2, seal = (SELECT seal FROM audit_head) WHERE action = 'test.forged'"
    )

    found = damage()
    assert found.sequence == 2


@pytest.mark.parametrize("number", [0, -1])
def test_a_row_before_the_first_is_damage(app: Flask, number: int) -> None:
    sealed(3)
    write("test.forged")

    tamper("UPDATE audit_logs SET sequence = :n, seal = 'x' WHERE action = 'test.forged'", n=number)

    assert damage().sequence == number


def test_a_row_behind_the_end_is_damage(app: Flask) -> None:
    sealed(3)
    write("test.forged")

    tamper("UPDATE audit_logs SET sequence = 4, seal = 'x' WHERE action = 'test.forged'")

    assert damage().sequence == 4


def test_a_tail_that_was_cut_off_is_damage(app: Flask) -> None:
    sealed(5)

    tamper("DELETE FROM audit_logs WHERE sequence > 3")

    found = damage()
    assert found.sequence == 4
    assert "missing" in found.reason


def test_a_tail_that_was_cut_off_with_a_head_to_fit_is_damage(app: Flask) -> None:
    sealed(5)

    tamper(
        "UPDATE audit_head SET sequence = 3, seal = (SELECT seal FROM audit_logs WHERE sequence = 3)",
        "DELETE FROM audit_logs WHERE sequence > 3",
    )

    found = damage()
    assert "not the one that was signed" in found.reason
    assert found.sequence == 3


def test_rows_beyond_a_head_that_was_set_back_are_damage(app: Flask) -> None:
    sealed(5)

    tamper("UPDATE audit_head SET sequence = 3")

    assert damage().sequence == 4


def test_a_missing_head_is_damage(app: Flask) -> None:
    sealed(2)

    tamper("DELETE FROM audit_head")

    assert "missing" in damage().reason


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_head SET sequence = 3, seal = (SELECT seal FROM audit_logs WHERE sequence = 3)",
        "DELETE FROM audit_head",
        "DELETE FROM audit_keys",
    ],
)
def test_a_sealer_does_not_go_on_from_an_end_that_it_did_not_sign(app: Flask, statement: str) -> None:
    sealed(5)
    tamper(statement)
    write("test.more")

    with pytest.raises(AuditLogDamaged, match="gitinsight audit verify"):
        audit_chain.seal_rows()

    assert verified().unsealed == 1


def test_a_log_that_was_emptied_contradicts_what_was_noted(app: Flask) -> None:
    sealed(5)
    noted = Witness(verified().sequence, verified().seal)
    assert audit_verification.verify(noted).ok
    sealed(2)
    assert audit_verification.verify(noted).ok
    session().rollback()

    tamper(
        "DELETE FROM audit_logs",
        "DELETE FROM audit_keys",
        f"UPDATE audit_head SET sequence = 0, seal = '{'0' * 64}', signature = ''",
    )

    assert verified().ok, "by itself it looks like a new one"
    shorter = audit_verification.verify(noted).damage
    assert shorter is not None
    assert shorter.sequence == 1
    session().rollback()
    sealed(5)
    other = audit_verification.verify(noted).damage
    assert other is not None
    assert (other.sequence, other.reason) == (5, "its seal is not the one that was noted")


def test_a_row_that_cannot_be_read_is_damage(app: Flask, url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("PostgreSQL stores no such row")
    sealed(3)

    tamper("UPDATE audit_logs SET details = 'not JSON' WHERE sequence = 2")

    found = damage()
    assert "cannot be read" in found.reason


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET actor_name = 'mallory'",
        "UPDATE audit_logs SET sequence = 9, seal = 'x'",
        "UPDATE audit_logs SET sequence = NULL, seal = NULL",
        "DELETE FROM audit_logs",
        "DELETE FROM audit_logs WHERE sequence = 1",
    ],
)
def test_the_database_itself_refuses_changes_of_sealed_rows(app: Flask, statement: str) -> None:
    sealed(2)

    with pytest.raises(sa.exc.DBAPIError, match="the audit log only grows"), db.engine.begin() as connection:
        connection.execute(sa.text(statement))

    assert verified().rows == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET actor_name = 'mallory'",
        "UPDATE audit_logs SET actor_name = 'mallory', sequence = 1, seal = 'x'",
        "UPDATE audit_logs SET sequence = 1",
        "DELETE FROM audit_logs",
    ],
)
def test_the_database_itself_refuses_changes_of_rows_that_wait_for_their_seal(
    app: Flask, statement: str
) -> None:
    write("test.one")

    with pytest.raises(sa.exc.DBAPIError, match="the audit log only grows"), db.engine.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.postgres
def test_postgresql_refuses_to_empty_the_table(postgres_url: str, tmp_path: Path, registry: Registry) -> None:
    with installed(postgres_url, tmp_path, registry):
        write("test.one")

        with (
            pytest.raises(sa.exc.DBAPIError, match="the audit log only grows"),
            db.engine.begin() as connection,
        ):
            connection.execute(sa.text("TRUNCATE audit_logs"))


def test_many_sealers_and_writers_at_once_make_one_chain(app: Flask) -> None:
    written, failures = 8 * 25, []
    stop = threading.Event()

    def guarded(work: object) -> None:
        with app.app_context():
            try:
                work()  # type: ignore[operator]
            except Exception as error:
                failures.append(error)

    def write_some() -> None:
        for number in range(25):
            feeds.audit(OPERATOR, f"test.{number}")
            session().commit()

    def seal_on() -> None:
        while not stop.is_set():
            audit_chain.seal_rows()

    sealers = [threading.Thread(target=guarded, args=(seal_on,)) for _ in range(3)]
    writers = [threading.Thread(target=guarded, args=(write_some,)) for _ in range(8)]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in sealers:
        thread.join()
    audit_chain.seal_rows()

    assert failures == []
    found = verified()
    assert (found.damage, found.rows, found.unsealed) == (None, written, 0)


@pytest.mark.postgres
def test_a_writer_does_not_wait_for_a_sealer_nor_a_sealer_for_a_writer(
    postgres_url: str, tmp_path: Path, registry: Registry
) -> None:
    with installed(postgres_url, tmp_path, registry):
        write("test.before")
        with db.engine.connect() as sealer, db.engine.connect() as writer:
            # A sealer in the middle of its batch, and a writer in the middle of his transaction.
            sealer.execute(sa.text("UPDATE audit_head SET sequence = sequence"))
            sealer.execute(sa.text("UPDATE audit_logs SET sequence = 1, seal = 'x'"))
            writer.execute(sa.text("SET lock_timeout = '2s'"))
            insert = sa.text(
                "INSERT INTO audit_logs (id, at, actor_name, action, object_type, object_id, details, trace_id) "
                "VALUES (gen_random_uuid(), now(), 'w', 'test.w', '', '', '{}', '')"
            )
            writer.execute(insert)
            sealer.rollback()
            # What is not committed is not sealed, and nobody waits for it.
            assert audit_chain.seal_rows() == 1
            writer.commit()

        assert audit_chain.seal_rows() == 1
        assert verified().rows == 2


SEALER = """
from gitinsight.app import create_app
from gitinsight.services import audit_chain
with create_app().app_context():
    print("ready", flush=True)
    input()
    print(audit_chain.seal_rows(), flush=True)
"""


def test_a_sealer_that_is_killed_leaves_a_log_that_the_next_one_goes_on_with(
    app: Flask, url: str, tmp_path: Path, clean_environment: dict[str, str]
) -> None:
    write(*(f"test.{number}" for number in range(6000)))
    environment = clean_environment | {
        "DATABASE_URL": url,
        "GITINSIGHT_HOME": str(tmp_path),
        "GITINSIGHT_SECRET_KEY": KEY,
    }
    sealer = subprocess.Popen(
        [sys.executable, "-c", SEALER],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert sealer.stdin is not None
    assert sealer.stdout is not None
    assert sealer.stdout.readline() == "ready\n"
    sealer.stdin.write("\n")
    sealer.stdin.flush()
    while _sealed_rows() < 1000:
        assert sealer.poll() is None
    os.kill(sealer.pid, signal.SIGKILL)
    sealer.wait()

    half = verified()
    assert half.damage is None
    assert 1000 <= half.rows < 6000
    assert half.rows + half.unsealed == 6000
    assert audit_chain.seal_rows() == half.unsealed
    assert verified().rows == 6000


def _sealed_rows() -> int:
    with db.engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT sequence FROM audit_head")) or 0)


def test_a_new_secret_key_takes_over_and_the_old_rows_stay_verifiable(
    url: str, tmp_path: Path, registry: Registry
) -> None:
    with installed(url, tmp_path, registry):
        sealed(3)
    with installed(
        url,
        tmp_path,
        registry,
        GITINSIGHT_SECRET_KEY=OTHER_KEY,
        GITINSIGHT_SECRET_KEY_FALLBACKS=KEY,
        REDIS_URL="unix:///nowhere",
    ):
        assert verified().rows == 3
        rotation.rotate()
        assert verified().ok, "the end is signed anew at once"
        audit_chain.seal_rows()
    with installed(url, tmp_path, registry, GITINSIGHT_SECRET_KEY=OTHER_KEY):
        found = verified()
        assert (found.damage, found.rows) == (None, 4)
        tamper("UPDATE audit_logs SET actor_name = 'mallory' WHERE sequence = 2")
        assert damage().sequence == 2


def test_without_its_secret_key_nothing_is_said_of_the_log(
    url: str, tmp_path: Path, registry: Registry
) -> None:
    with installed(url, tmp_path, registry):
        sealed(3)
    with installed(url, tmp_path, registry, GITINSIGHT_SECRET_KEY=OTHER_KEY):
        with pytest.raises(ConfigurationError, match="GITINSIGHT_SECRET_KEY_FALLBACKS"):
            audit_verification.verify()
        session().rollback()
        write("test.more")
        with pytest.raises(ConfigurationError):
            audit_chain.seal_rows()


def test_an_operator_accepts_a_damaged_log_and_the_chain_goes_on_behind_it(app: Flask) -> None:
    sealed(5)
    tamper("UPDATE audit_logs SET actor_name = 'mallory' WHERE sequence = 2", "DELETE FROM audit_head")

    assert audit_chain.accept("looked into") == 5
    sealed_since = audit_chain.seal_rows()

    found = verified()
    assert (found.damage, found.accepted, found.rows, found.sequence) == (
        None,
        5,
        sealed_since,
        5 + sealed_since,
    )
    tamper("UPDATE audit_logs SET actor_name = 'mallory' WHERE action = 'audit.accepted'")
    assert damage().sequence == 6


def test_a_lost_key_is_accepted_too(url: str, tmp_path: Path, registry: Registry) -> None:
    with installed(url, tmp_path, registry):
        sealed(3)
    with installed(url, tmp_path, registry, GITINSIGHT_SECRET_KEY=OTHER_KEY):
        assert audit_chain.accept("the key is lost") == 3
        audit_chain.seal_rows()
        assert verified().ok


def test_keys_are_not_renewed_over_a_forged_anchor(app: Flask) -> None:
    sealed(3)
    tamper(
        "INSERT INTO audit_anchors (name, first_sequence, last_sequence, seal, signed_at, signature) "
        "SELECT '2020-01', 1, 2, seal, signed_at, signature FROM audit_head"
    )

    with pytest.raises(AuditLogDamaged, match="An anchor"):
        audit_chain.renew_keys()
