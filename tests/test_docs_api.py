"""The examples of docs/api.md, run by curl as they stand there, and its tables against the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gitinsight.config import load_settings
from gitinsight.domain.access import ExportForm, Role
from gitinsight.domain.schedules import Schedule, may_choose
from gitinsight.services import accounts, analyses, repositories
from gitinsight.services.badges import BADGES
from gitinsight.services.parquet import COLUMNS
from gitinsight.store.repositories import SORTS
from gitinsight.web.api.answers import HEADERS
from gitinsight.web.errors import CODES
from gitinsight.web.ratelimit import ATTEMPT_SECONDS, FAILED_ATTEMPTS
from tests.probing import probed_app, small_repository
from tests.serving import served
from tests.working import work_off

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```sh\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, GITINSIGHT_ALLOW_LOCAL_PATHS="true"
    ) as application:
        yield application


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_every_example_does_what_it_says(app: Flask, tmp_path: Path) -> None:
    user = accounts.viewer_by_id(accounts.ensure_user("ann", Role.USER))
    assert user is not None
    added = repositories.add(user, str(small_repository(tmp_path / "tool").git_dir))
    analyses.request(user, added.id, ("probe",))
    work_off()
    folder = tmp_path / "saved"
    folder.mkdir()
    # --fail-with-body makes an error of the server one of curl, and so of the script.
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\nconnect-timeout = 10\n")
    key = accounts.issue_key("ann", "docs")
    with served(app) as address:
        environment = os.environ | {
            "SITE": address,
            "KEY": key.secret,
            "SIGNING_SECRET": key.signing_secret,
            "ID": str(added.id),
            "HOME": str(folder),
            "CURL_HOME": str(folder),
            "no_proxy": "127.0.0.1",
        }
        for example in EXAMPLES:
            done = subprocess.run(
                ["bash", "-eu", "-o", "pipefail", "-c", example],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, f"{example}\n{done.stdout}\n{done.stderr}"
            if "If-None-Match" in example:
                assert done.stdout == "304\n"
    saved = {path.suffix for path in folder.iterdir() if path.name != ".curlrc"}
    assert saved == {".csv", ".sarif"}


def test_the_orders_badges_columns_and_codes_are_those_of_the_code() -> None:
    for name in (*SORTS, *BADGES, *COLUMNS):
        assert f"`{name}`" in PAGE, name
    told = set(re.findall(r"^\| (\d{3}) \| `(\w+)`", PAGE, re.MULTILINE))
    for status, code in CODES.items():
        if status not in {404, 409}:
            assert (str(status), code) in told
    assert {form.value for form in ExportForm} == set(re.findall(r"`(json|csv|sarif|parquet)`", PAGE))


def test_the_limits_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = load_settings({"GITINSIGHT_HOME": str(tmp_path)})
    rows = dict(re.findall(r"^\| ([\w, ]+) \| (\d+) \|$", PAGE, re.MULTILINE))

    assert rows == {
        "guests": str(settings.rate_limit_guest),
        "users": str(settings.rate_limit_user),
        "premium accounts, admins": str(settings.rate_limit_premium),
    }
    assert settings.rate_limit_premium == settings.rate_limit_admin
    assert f"at most {settings.rate_limit_address} requests a minute" in PAGE
    assert f"after {FAILED_ATTEMPTS} failed sign-ins" in PAGE
    assert ATTEMPT_SECONDS == 15 * 60
    for name in HEADERS:
        assert f"`{name}`" in PAGE


def test_the_schedules_are_those_that_each_role_may_choose() -> None:
    rows = dict(re.findall(r"^\| (`off`|`weekly`|`daily`, `hourly`) \| ([\w ]+) \|$", PAGE, re.MULTILINE))
    assert rows == {
        "`off`": "everybody",
        "`weekly`": "users",
        "`daily`, `hourly`": "premium accounts and admins",
    }
    assert {s for s in Schedule if may_choose(Role.USER, s)} == {Schedule.OFF, Schedule.WEEKLY}
    assert {s for s in Schedule if may_choose(Role.PREMIUM, s)} == set(Schedule)
