"""Analyses by schedule, and lists of repositories by the time of their making."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    # The default lets the previous release go on adding rows.
    op.add_column("repositories", sa.Column("schedule", sa.String(32), nullable=False, server_default="off"))
    op.add_column("repositories", sa.Column("next_analysis_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_repositories_next_analysis_at", "repositories", ["next_analysis_at"])
    op.create_index("ix_repositories_created_at_id", "repositories", ["created_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_repositories_created_at_id", "repositories")
    op.drop_index("ix_repositories_next_analysis_at", "repositories")
    op.drop_column("repositories", "next_analysis_at")
    op.drop_column("repositories", "schedule")
