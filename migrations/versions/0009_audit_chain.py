"""The chain over the audit log, and triggers that let nothing of it be changed or deleted.

A row takes its number and its seal once. It may go where the anchor of a month speaks for it; on PostgreSQL also to
another partition, in a transaction that has said so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)
INDEXES = {
    "ix_audit_logs_actor_name_at": ["actor_name", "at"],
    "ix_audit_logs_object_type_at": ["object_type", "at"],
    "ix_audit_logs_object_id_at": ["object_id", "at"],
    "ix_audit_logs_trace_id": ["trace_id"],
    "ix_audit_logs_at_id": ["at", "id"],
    "ix_audit_logs_sequence": ["sequence"],
}
FIXED = ("id", "at", "actor_id", "actor_name", "action", "object_type", "object_id", "details", "trace_id")


def upgrade() -> None:
    op.create_table(
        "audit_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_keys"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.Column("signed_at", TIME, nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name", "first_sequence", name="pk_audit_anchors"),
    )
    # Nothing is sealed yet: the seal before the first row, without a signature.
    empty = {"id": 1, "sequence": 0, "seal": "0" * 64, "signed_at": sa.func.now(), "signature": ""}
    op.execute(sa.insert(sa.table("audit_head", *map(sa.column, empty))).values(empty))
    op.add_column("audit_logs", sa.Column("sequence", sa.BigInteger(), nullable=True))
    op.add_column("audit_logs", sa.Column("seal", sa.String(64), nullable=True))
    for name, columns in INDEXES.items():
        op.create_index(name, "audit_logs", columns)
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)


POSTGRESQL = (
    """
    CREATE FUNCTION audit_logs_stay() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND OLD.seal IS NULL
         AND NEW.sequence IS NOT NULL AND NEW.seal IS NOT NULL
         AND to_jsonb(NEW) - ARRAY['sequence', 'seal'] = to_jsonb(OLD) - ARRAY['sequence', 'seal']
      THEN RETURN NEW;
      END IF;
      IF TG_OP = 'DELETE' AND (
           current_setting('gitinsight.moves_rows', true) = 'on'
           OR EXISTS (SELECT FROM audit_anchors WHERE name <> 'accepted'
                      AND OLD.sequence BETWEEN first_sequence AND last_sequence))
      THEN RETURN OLD;
      END IF;
      RAISE EXCEPTION 'the audit log only grows: its rows are neither changed nor deleted';
    END $$
    """,
    "CREATE TRIGGER audit_logs_stay BEFORE UPDATE OR DELETE ON audit_logs "
    "FOR EACH ROW EXECUTE FUNCTION audit_logs_stay()",
    "CREATE TRIGGER audit_logs_stay_whole BEFORE TRUNCATE ON audit_logs "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_logs_stay()",
)
SQLITE = (
    f"""
    CREATE TRIGGER audit_logs_stay BEFORE UPDATE ON audit_logs
    WHEN NOT (OLD.sequence IS NULL AND OLD.seal IS NULL
              AND NEW.sequence IS NOT NULL AND NEW.seal IS NOT NULL
              AND {" AND ".join(f"NEW.{column} IS OLD.{column}" for column in FIXED)})
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows: its rows are neither changed nor deleted'); END
    """,
    """
    CREATE TRIGGER audit_logs_stay_there BEFORE DELETE ON audit_logs
    WHEN NOT EXISTS (
      SELECT 1 FROM audit_anchors WHERE name <> 'accepted'
      AND OLD.sequence BETWEEN first_sequence AND last_sequence)
    BEGIN SELECT RAISE(ABORT, 'the audit log only grows: its rows are neither changed nor deleted'); END
    """,
)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_logs_stay_whole ON audit_logs")
        op.execute("DROP TRIGGER audit_logs_stay ON audit_logs")
        op.execute("DROP FUNCTION audit_logs_stay()")
    else:
        op.execute("DROP TRIGGER audit_logs_stay_there")
        op.execute("DROP TRIGGER audit_logs_stay")
    for name in INDEXES:
        op.drop_index(name, "audit_logs")
    op.drop_column("audit_logs", "seal")
    op.drop_column("audit_logs", "sequence")
    for table in ("audit_anchors", "audit_head", "audit_keys"):
        op.drop_table(table)
