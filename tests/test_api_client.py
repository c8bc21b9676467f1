"""A typed client that is generated from the API's document does a program's whole errand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from gitinsight.domain.access import Role
from gitinsight.services import accounts
from tests.probing import on_path, probed_app, small_repository
from tests.serving import served
from tests.working import work_off

PACKAGE = "gitinsight_generated"
FORMS_OF_OTHERS = {"application/atom+xml", "image/svg+xml"}
"""What feed readers and browsers read; the generator has no types for these and says so."""


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, GITINSIGHT_ALLOW_LOCAL_PATHS="true"
    ) as application:
        yield application


def generated(app: Flask, folder: Path) -> None:
    """Generate the client's package into the folder, without a part of the API left out."""
    document, config = folder / "openapi.json", folder / "config.json"
    document.write_text(json.dumps(app.test_client().get("/api/v1/openapi.json").json))
    config.write_text(json.dumps({"package_name_override": PACKAGE, "post_hooks": []}))
    tools = Path(sys.executable).parent
    told = subprocess.run(
        [tools / "openapi-python-client", "generate", "--path", document, "--config", config],
        cwd=folder,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    problems = re.findall(r"Cannot parse response.*?content_type ([\w/+.-]+)\)", told.stdout + told.stderr)
    assert set(problems) == FORMS_OF_OTHERS
    assert "will not be generated" not in told.stdout + told.stderr


def api(name: str) -> Any:
    return import_module(f"{PACKAGE}.api.{name}")


def test_a_generated_client_adds_analyses_waits_and_reads(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "client"
    folder.mkdir()
    generated(app, folder)
    accounts.ensure_user("ann", Role.USER)
    secret = accounts.issue_key("ann", "client").secret
    repo = small_repository(tmp_path / "source")
    (root,) = folder.glob("*/pyproject.toml")

    with on_path(root.parent), served(app) as address:
        models = import_module(f"{PACKAGE}.models")
        client = import_module(PACKAGE).AuthenticatedClient(base_url=address, token=secret)

        added = api("repositories.add_repository").sync(
            client=client, body=models.RepositoryAdd(url=str(repo.git_dir), analyze=False)
        )
        listed = api("repositories.list_repositories").sync(
            client=client, sort=models.ListRepositoriesSort("-created_at")
        )
        assert [one.id for one in listed.items] == [added.repository.id]
        assert added.repository.owner.username == "ann"

        job = api("repositories.analyze_repository").sync(
            added.repository.id, client=client, body=models.AnalyzeRequest(analyzers=["probe"])
        )
        assert job.state == models.JobState.QUEUED
        work_off()
        done = api("jobs.get_job").sync(job.id, client=client)
        assert (done.state, done.progress) == (models.JobState.SUCCEEDED, 1.0)

        found = api("insights.list_insights").sync(added.repository.id, client=client, limit=3)
        assert found.items[0].severity == models.InsightSeverity.CRITICAL
        series = api("insights.list_metrics").sync(added.repository.id, client=client)
        assert {one.metric.name for one in series.items} == {"probe.commits", "probe.lines"}

        missing = api("jobs.get_job").sync(uuid4(), client=client)
        assert missing.error.code == "JOB_NOT_FOUND"
