"""${message}

A migration runs while the previous release still serves: add first, remove one release later;
give a new column a default; build an index of a large table CONCURRENTLY on PostgreSQL.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
