"""Indexes for the lists that admins look at: all analyses, newest first, and what has ended lately."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

ANALYSES = sa.text("parent_id IS NULL")


def upgrade() -> None:
    op.create_index("ix_analysis_jobs_finished_at", "analysis_jobs", ["finished_at"])
    op.create_index(
        "ix_analysis_jobs_analyses",
        "analysis_jobs",
        ["created_at", "id"],
        sqlite_where=ANALYSES,
        postgresql_where=ANALYSES,
    )


def downgrade() -> None:
    op.drop_index("ix_analysis_jobs_analyses", "analysis_jobs")
    op.drop_index("ix_analysis_jobs_finished_at", "analysis_jobs")
