"""Results from a history that is still being read: since when it was complete at that time."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("analysis_jobs", sa.Column("early_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("analysis_runs", sa.Column("history_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("analysis_runs", "history_since")
    op.drop_column("analysis_jobs", "early_from")
