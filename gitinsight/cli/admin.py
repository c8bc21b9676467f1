"""What an operator does at the command line: the database, users, keys, plugins, a check-up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from gitinsight.domain.access import Permission, Role
from gitinsight.errors import ConfigurationError, GitInsightError

if TYPE_CHECKING:
    from gitinsight.config import Settings


@contextmanager
def application() -> Iterator[None]:
    """The application's context, without its web server.

    A database that does not answer or lacks its tables becomes a ConfigurationError.
    """
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from gitinsight.app import create_app

    with create_app().app_context():
        try:
            yield
        except (OperationalError, ProgrammingError) as error:
            reason = str(error.orig).strip().partition("\n")[0]
            raise ConfigurationError(
                f"The database does not serve ({reason}). Is it reachable, and did gitinsight db upgrade run?"
            ) from error


@click.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the database to this release's form; safe to run again."""
    from gitinsight.services import database

    with application():
        database.migrate()
    click.echo("The database is up to date.")


@click.group()
def users() -> None:
    """Users and how they sign in."""


@users.command("add")
@click.argument("username")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role if role is not Role.GUEST]),
    default=Role.USER.value,
    show_default=True,
    help="What a new user may do.",
)
def add_user(username: str, role: str) -> None:
    """Add a user; one that exists stays as it is."""
    from gitinsight.services import accounts

    with application():
        accounts.ensure_user(username, Role(role))
    click.echo(f"There is a user named {username}.")


@users.command("login-link")
@click.argument("username", default="admin")
def login_link(username: str) -> None:
    """Print a link that signs a user in once, within 10 minutes."""
    from gitinsight.cli.record import running_address
    from gitinsight.services import accounts
    from gitinsight.services.context import tools

    with application():
        if username == "admin":
            accounts.ensure_user(username, Role.ADMIN)
        secret = accounts.issue_login_link(username)
        settings = tools().settings
    base = settings.base_url or running_address(settings.home) or f"http://{settings.host}:{settings.port}"
    click.echo(f"{base}/login/link/{secret}")


@click.group()
def keys() -> None:
    """API keys for programs."""


@keys.command("create")
@click.argument("username", default="admin")
@click.option("--name", default="command line", help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice([p.value for p in Permission]),
    help="May be given several times; default: all that the user may do.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="Days until the key expires; default never.")
@click.option("--json", "as_json", is_flag=True, help="Print the signing secret too, as JSON.")
def create_key(username: str, name: str, scopes: tuple[str, ...], days: int | None, *, as_json: bool) -> None:
    """Print a new API key; it cannot be shown again."""
    from gitinsight.services import accounts

    with application():
        if username == "admin":
            accounts.ensure_user(username, Role.ADMIN)
        lifetime = timedelta(days=days) if days else None
        key = accounts.issue_key(username, name, tuple(Permission(scope) for scope in scopes), lifetime)
    if as_json:
        shown = {"id": str(key.id), "secret": key.secret, "signing_secret": key.signing_secret}
        click.echo(json.dumps(shown))
    else:
        click.echo(key.secret)


@keys.command("rotate")
def rotate_keys() -> None:
    """Make a new key for access tokens, and encrypt every stored secret with the newest secret key.

    Nobody is signed out: what the former keys signed stays good until it ends.
    """
    from gitinsight.services import rotation

    with application():
        count = rotation.rotate()
    click.echo(f"A new key signs access tokens; {count} stored secret{'' if count == 1 else 's'} renewed.")


@click.group()
def rankings() -> None:
    """Which repositories are busy."""


@rankings.command()
def rebuild() -> None:
    """Count every event anew, in the database and in Redis; the rankings are the same afterwards."""
    from redis.exceptions import RedisError

    from gitinsight.services import rankings as service

    with application():
        try:
            count = service.rebuild()
        except RedisError as error:
            raise ConfigurationError(
                "The counters are made anew; the server that REDIS_URL names does not answer, so its copy is not."
            ) from error
    click.echo(f"Counted {count} repositor{'y' if count == 1 else 'ies'} anew.")


@click.command()
def plugins() -> None:
    """List the plugins, what they bring, and what failed."""
    from gitinsight.registry import load_registry

    registry = load_registry()
    analyzers, tables = registry.analyzers, [table.name for _, table in registry.tables]
    for plugin in registry.plugins:
        click.echo(f"{plugin.name} ({plugin.distribution} {plugin.version})")
    click.echo("tables: " + ", ".join(tables))
    click.echo("analyzers: " + ", ".join(analyzers))
    for failure in registry.failures:
        click.echo(f"failed: {failure.plugin} could not {failure.action}: {failure.reason}", err=True)


@click.command()
def doctor() -> None:
    """Check that everything this installation needs is there; exit code 1 where something is not."""
    import sys

    from gitinsight.config import load_settings

    settings = load_settings()
    click.echo(f"profile {settings.profile}, home {settings.home}")
    all_well = True
    for name, check in (("git", _git), ("redis", _redis), ("database", _database), ("assets", _assets)):
        try:
            click.echo(f"ok   {name}: {check(settings)}")
        except (GitInsightError, OSError) as error:
            all_well = False
            click.echo(f"FAIL {name}: {error}")
    sys.exit(0 if all_well else 1)


def _git(settings: Settings) -> str:  # noqa: ARG001
    from gitinsight.git import command

    return ".".join(str(number) for number in command.version())


def _redis(settings: Settings) -> str:
    """Which server serves the queue; ConfigurationError where none does."""
    from gitinsight import valkey
    from gitinsight.services.context import tools

    if settings.uses_embedded_redis:
        return f"embedded, {valkey.binary()}"
    with application():
        if not tools().bus.ping():
            raise ConfigurationError("The server that REDIS_URL names does not answer.")
    return "the server that REDIS_URL names answers"


def _database(settings: Settings) -> str:  # noqa: ARG001
    """Whether the database serves this release; ConfigurationError where it does not answer."""
    from gitinsight.services import database

    with application():
        return "up to date" if database.is_current() else "to be migrated by gitinsight up or db upgrade"


def _assets(settings: Settings) -> str:  # noqa: ARG001
    from gitinsight import resources

    if not resources.assets_built():
        raise ConfigurationError("The pages' scripts and styles are missing: run make assets.")
    return "built"
