"""Which paths counted for each analysis, so that results of different paths are told apart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # The default lets the previous release go on adding rows.
    op.add_column("analysis_jobs", sa.Column("paths", JSON, nullable=False, server_default=sa.text("'{}'")))


def downgrade() -> None:
    op.drop_column("analysis_jobs", "paths")
