"""Applications for tests with plugins of the tests' own, found by the real entry points."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from redis import Redis
from werkzeug.test import TestResponse

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.plugin import ENTRY_POINT_GROUP
from gitinsight.registry import load_registry
from gitinsight.services import accounts, analyses, repositories
from gitinsight.services.progress import JobView
from tests.conftest import GENEROUS, Browser
from tests.repositories import Repo
from tests.signing import bearer_of, signature
from tests.working import work_off

PROBES = Path(__file__).with_name("probes")


def install(folder: Path, name: str, source: str | None = None) -> None:
    """Put a plugin into a folder as pip would: its module, by default that of the probes, and its entry point."""
    folder.mkdir(parents=True, exist_ok=True)
    module = f"gitinsight_{name}"
    text = source if source is not None else (PROBES / f"{module}.py").read_text()
    (folder / f"{module}.py").write_text(text)
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir(exist_ok=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: gitinsight-{name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\n{name} = {module}\n")


def points_in(folder: Path) -> list[EntryPoint]:
    """The plugins that are installed in this folder."""
    found = Distribution.discover(path=[str(folder)])
    return [point for one in found for point in one.entry_points.select(group=ENTRY_POINT_GROUP)]


class Program:
    """A program with an API key of a user's own, who is made where there is none."""

    def __init__(self, app: Flask, username: str, role: Role = Role.USER, *scopes: Permission) -> None:
        self.user_id = accounts.ensure_user(username, role)
        self._client = app.test_client()
        self.key = accounts.issue_key(username, "test", scopes)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **rest: Any
    ) -> TestResponse:
        """The answer to a request, which is signed where it deletes something."""
        given = bearer_of(self.key) | dict(headers or {})
        if method == "DELETE":
            given |= signature(self.key.signing_secret, method, path)
        return self._client.open(path, method=method, headers=given, **rest)


@contextmanager
def on_path(folder: Path) -> Iterator[None]:
    """Let this process and those that it starts import from the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))
        yield


@contextmanager
def probed_app(
    folder: Path, socket: Path, database: Path, names: Iterable[str] = ("probe",), **changes: str
) -> Iterator[Flask]:
    """An application with these plugins only, on an empty database and an empty Redis, inside its context."""
    home, plugins = folder / "home", folder / "plugins"
    home.mkdir(parents=True)
    shutil.copy(database, home / "gitinsight.db")
    for name in names:
        install(plugins, name)
    with Redis(unix_socket_path=str(socket)) as connection:
        connection.flushall()
    environment = {
        "GITINSIGHT_PROFILE": "testing",
        "GITINSIGHT_HOME": str(home),
        "REDIS_URL": f"unix://{socket}",
        "GITINSIGHT_MIN_FREE_BYTES": "0",
    }
    with on_path(plugins):
        settings = load_settings(environment | GENEROUS | changes)
        app = create_app(settings, load_registry(settings.environment, points_in(plugins)))
        app.test_client_class = Browser
        with app.app_context():
            yield app


def small_repository(folder: Path, commits: int = 3) -> Repo:
    """A repository with so many commits, one a day."""
    repo = Repo(folder)
    for number in range(commits):
        repo.commit({"a.py": f"x = {number}\n"}, f"Change {number}")
    return repo


def analysed(repo: Repo, *analyzers: str) -> tuple[UUID, JobView]:
    """The repository's id and its analysis by these analyzers, done to its end."""
    added = repositories.add(OPERATOR, str(repo.git_dir))
    job = analyses.request(OPERATOR, added.id, analyzers)
    work_off()
    return added.id, analyses.job_view(job.id)
