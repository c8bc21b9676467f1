"""The tables of the first release.

On PostgreSQL the large tables are partitioned by month; a default partition takes what no month has yet.

A migration runs while the previous release still serves: add first, remove one release later;
give a new column a default; build an index of a large table CONCURRENTLY on PostgreSQL.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
PARTITIONED = ("insights", "metric_points", "events", "audit_logs")


def upgrade() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=100), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("object_type", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=200), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", "at", name="pk_audit_logs"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_audit_logs_action_at", "audit_logs", ["action", "at"])
    op.create_index("ix_audit_logs_actor_id_at", "audit_logs", ["actor_id", "at"])

    op.create_table(
        "event_counter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_counter"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", "at", name="pk_events"),
        postgresql_partition_by="RANGE (at)",
    )
    op.create_index("ix_events_repository_id_sequence", "events", ["repository_id", "sequence"])
    op.create_index("ix_events_sequence", "events", ["sequence"])

    op.create_table(
        "users",
        sa.Column("github_id", sa.BigInteger(), nullable=True),
        sa.Column("username", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("avatar_url", sa.String(length=500), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("bio", sa.String(), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("company", sa.String(length=200), nullable=True),
        sa.Column("last_login", TIME, nullable=True),
        sa.Column("subscription_tier", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("github_id", name="uq_users_github_id"),
        sa.UniqueConstraint("username", name="uq_users_username"),
    )
    op.create_table(
        "api_keys",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("last_used_at", TIME, nullable=True),
        sa.Column("revoked_at", TIME, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_api_keys_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])

    op.create_table(
        "login_links",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_login_links_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_login_links"),
        sa.UniqueConstraint("digest", name="uq_login_links_digest"),
    )
    op.create_table(
        "repositories",
        sa.Column("github_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("full_name", sa.String(length=400), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("url", sa.String(length=2048), nullable=False),
        sa.Column("clone_url", sa.String(length=2048), nullable=False),
        sa.Column("branch", sa.String(length=500), nullable=False),
        sa.Column("language", sa.String(length=100), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("forks", sa.Integer(), nullable=True),
        sa.Column("watchers", sa.Integer(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("last_analyzed", TIME, nullable=True),
        sa.Column("head", sa.String(length=64), nullable=True),
        sa.Column("commit_count", sa.Integer(), nullable=True),
        sa.Column("analysis_status", sa.String(length=32), nullable=False),
        sa.Column("visibility", sa.String(length=32), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("added_by_operator", sa.Boolean(), nullable=False),
        sa.Column("settings", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name="fk_repositories_owner_id_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_repositories"),
    )
    op.create_index("ix_repositories_clone_url", "repositories", ["clone_url"])
    op.create_index("ix_repositories_full_name_id", "repositories", ["full_name", "id"])
    op.create_index("ix_repositories_owner_id", "repositories", ["owner_id"])

    op.create_table(
        "analysis_jobs",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("analyzer", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("error_code", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=True),
        sa.Column("analyzers", JSON, nullable=False),
        sa.Column("priority", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("trace_id", sa.String(length=64), nullable=False),
        sa.Column("enqueued_at", TIME, nullable=True),
        sa.Column("started_at", TIME, nullable=True),
        sa.Column("heartbeat_at", TIME, nullable=True),
        sa.Column("finished_at", TIME, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["analysis_jobs.id"],
            name="fk_analysis_jobs_parent_id_analysis_jobs",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_analysis_jobs_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name="fk_analysis_jobs_requested_by_users", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_analysis_jobs"),
    )
    op.create_index(
        "ix_analysis_jobs_repository_id_created_at", "analysis_jobs", ["repository_id", "created_at"]
    )
    op.create_index("ix_analysis_jobs_state", "analysis_jobs", ["state"])
    op.create_index(
        "uq_analysis_jobs_active_repository",
        "analysis_jobs",
        ["repository_id"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL AND state IN ('queued', 'running')"),
        postgresql_where=sa.text("parent_id IS NULL AND state IN ('queued', 'running')"),
    )
    op.create_index(
        "uq_analysis_jobs_parent_id_stage_analyzer",
        "analysis_jobs",
        ["parent_id", "stage", "analyzer"],
        unique=True,
    )

    op.create_table(
        "user_repository_follows",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_user_repository_follows_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_repository_follows_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "repository_id", name="pk_user_repository_follows"),
    )
    op.create_index("ix_user_repository_follows_repository_id", "user_repository_follows", ["repository_id"])

    op.create_table(
        "analysis_runs",
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("analyzer", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=50), nullable=False),
        sa.Column("settings_hash", sa.String(length=64), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("finished_at", TIME, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["analysis_jobs.id"],
            name="fk_analysis_runs_job_id_analysis_jobs",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_analysis_runs_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_analysis_runs"),
    )
    op.create_index(
        "uq_analysis_runs_current",
        "analysis_runs",
        ["repository_id", "analyzer"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_index(
        "uq_analysis_runs_identity",
        "analysis_runs",
        ["repository_id", "head", "analyzer", "version", "settings_hash"],
        unique=True,
    )

    op.create_table(
        "insights",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("generated_at", TIME, nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("analyzer", sa.String(length=100), nullable=False),
        sa.Column("model_version", sa.String(length=50), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=32), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("confidence_score", sa.Double(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_insights_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_runs.id"], name="fk_insights_run_id_analysis_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", "generated_at", name="pk_insights"),
        postgresql_partition_by="RANGE (generated_at)",
    )
    op.create_index("ix_insights_repository_id_generated_at", "insights", ["repository_id", "generated_at"])
    op.create_index("ix_insights_run_id", "insights", ["run_id"])

    op.create_table(
        "metric_points",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("dimension", sa.String(length=200), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        sa.Column("repository_id", sa.Uuid(), nullable=False),
        sa.Column("metric_id", sa.String(length=220), nullable=False),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_metric_points_repository_id_repositories",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_runs.id"], name="fk_metric_points_run_id_analysis_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "run_id", "metric", "dimension", "at", "recorded_at", name="pk_metric_points"
        ),
        postgresql_partition_by="RANGE (recorded_at)",
    )
    op.create_index(
        "ix_metric_points_repository_id_metric_at", "metric_points", ["repository_id", "metric", "at"]
    )

    op.create_table(
        "run_artifacts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["analysis_runs.id"], name="fk_run_artifacts_run_id_analysis_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_run_artifacts"),
    )
    op.bulk_insert(sa.table("event_counter", sa.column("id"), sa.column("last")), [{"id": 1, "last": 0}])
    if op.get_bind().dialect.name == "postgresql":
        for table in PARTITIONED:
            op.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")


def downgrade() -> None:
    op.drop_table("run_artifacts")
    op.drop_table("metric_points")
    op.drop_table("insights")
    op.drop_table("analysis_runs")
    op.drop_table("user_repository_follows")
    op.drop_table("analysis_jobs")
    op.drop_table("repositories")
    op.drop_table("login_links")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_table("events")
    op.drop_table("event_counter")
    op.drop_table("audit_logs")
