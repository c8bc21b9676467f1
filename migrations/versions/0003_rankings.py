"""What goes on in repositories, event by event, and the decayed counters of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "activity_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity_events"),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_activity_events_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("repository_id", "key", "kind", name="uq_activity_events_repository_id_key_kind"),
    )
    op.create_index("ix_activity_events_repository_id_at", "activity_events", ["repository_id", "at"])
    op.create_table(
        "ranking_counters",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("half_life_days", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", "half_life_days", name="pk_ranking_counters"),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_ranking_counters_repository_id_repositories",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_ranking_counters_half_life_days_score", "ranking_counters", ["half_life_days", "score"]
    )


def downgrade() -> None:
    op.drop_table("ranking_counters")
    op.drop_table("activity_events")
