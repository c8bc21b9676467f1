"""Sessions that can be ended, tokens for programs, accounts at identity providers, users that are shut out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0005"

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("users", sa.Column("disabled_at", TIME, nullable=True))
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.add_column("api_keys", sa.Column("signing_secret", sa.String(), nullable=True))
    op.add_column("api_keys", sa.Column("rate_limit", sa.Integer(), nullable=True))
    _make(
        "identities",
        _user(),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("username", sa.String(255), nullable=False),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.UniqueConstraint("provider", "subject", name="uq_identities_provider_subject"),
    )
    _make(
        "browser_sessions",
        _user(),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
    )
    _make(
        "token_families",
        _user(),
        _reference("api_key_id", "api_keys", nullable=True),
        _reference("session_id", "browser_sessions", nullable=True),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("revoked_for", sa.String(32), nullable=False),
    )
    _make(
        "refresh_tokens",
        _reference("family_id", "token_families"),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
    )
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("public", sa.String(), nullable=False),
        sa.Column("private", sa.String(), nullable=False),
        sa.Column("retired_at", TIME, nullable=True),
    )
    op.create_table(
        "spent_nonces",
        sa.Column(
            "api_key_id",
            sa.Uuid(),
            sa.ForeignKey("api_keys.id", ondelete="CASCADE", name="fk_spent_nonces_api_key_id_api_keys"),
            primary_key=True,
        ),
        sa.Column("nonce", sa.String(64), primary_key=True),
        sa.Column("at", TIME, nullable=False, index=True),
    )
    for table, column in INDEXED:
        op.create_index(f"ix_{table}_{column}", table, [column])


INDEXED = (
    ("identities", "user_id"),
    ("browser_sessions", "user_id"),
    ("token_families", "user_id"),
    ("token_families", "api_key_id"),
    ("token_families", "session_id"),
    ("refresh_tokens", "family_id"),
)


def _make(table: str, *columns: sa.Column | sa.UniqueConstraint) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("created_at", TIME, nullable=False),
        *columns,
    )


def _user() -> sa.Column:
    return _reference("user_id", "users")


def _reference(column: str, table: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(column, sa.Uuid(), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=nullable)


def downgrade() -> None:
    for table in ("spent_nonces", "signing_keys", "refresh_tokens", "token_families", "browser_sessions"):
        op.drop_table(table)
    op.drop_table("identities")
    op.drop_column("api_keys", "rate_limit")
    op.drop_column("api_keys", "signing_secret")
    op.drop_index("ix_users_created_at_id", "users")
    op.drop_column("users", "disabled_at")
