"""From a stranger's browser to his first script: sign in at a provider, make a key, use it as the README shows."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.registry import Registry
from gitinsight.resources import assets_built
from tests.browser import MISSING, Watched, find_chromium, launched
from tests.conftest import GENEROUS
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider_double
from tests.serving import served

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
    pytest.mark.skipif(not assets_built(), reason="the assets are not built: run make assets"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here"),
]

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
SITE = "http://127.0.0.1:8000"
EXAMPLES = [
    block
    for block in re.findall(r"^```sh\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
    if "$KEY" in block
]
"""What the README has a shell do with a key."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_double() as found:
        yield found


@pytest.fixture
def app(
    tmp_path: Path, redis_url: str, migrated_sqlite: Path, registry: Registry, provider: Provider
) -> Iterator[Flask]:
    """An installation with all plugins and an identity provider."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "gitinsight.db")
    variables = {
        "GITINSIGHT_PROFILE": "testing",
        "GITINSIGHT_HOME": str(home),
        "REDIS_URL": redis_url,
        "GITINSIGHT_GITHUB_URL": provider.address,
        "GITINSIGHT_GITHUB_CLIENT_ID": CLIENT_ID,
        "GITINSIGHT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
    }
    application = create_app(load_settings(variables | GENEROUS), registry)
    with application.app_context():
        yield application


def in_a_shell(script: str, key: str, folder: Path) -> list[Any]:
    """The JSON documents that a script prints in a shell in which the key was set as the README shows."""
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\nconnect-timeout = 10\n")
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", f"export KEY={shlex.quote(key)}\n{script}"],
        cwd=folder,
        env=os.environ | {"CURL_HOME": str(folder), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    documents, rest = [], done.stdout.strip()
    while rest:
        document, end = json.JSONDecoder().raw_decode(rest)
        documents.append(document)
        rest = rest[end:].lstrip()
    return documents


def test_a_stranger_signs_in_makes_a_key_and_his_script_does_what_the_readme_shows(
    app: Flask, tmp_path: Path
) -> None:
    assert CHROMIUM is not None
    with served(app) as address, launched(CHROMIUM) as browser:
        watched = Watched(browser.new_context())
        page = watched.page
        page.goto(f"{address}/account")
        page.click("text=Sign in with GitHub")
        page.wait_for_url(f"{address}/account")
        assert "octocat" in page.inner_text("main")
        page.fill("#name", "my script")
        page.check("input[name=scope][value='repository:analyze']")
        page.click("text=Make a key")
        key = page.inner_text("#secret")
        page.goto(f"{address}/account")
        assert key not in page.content(), "it is shown once"
        last_used = "tr:has-text('my script') td[data-label='Last used']"
        assert page.inner_text(last_used).split()[-1] == "never"

        (example,) = EXAMPLES
        listed, added, judged = in_a_shell(example.replace(SITE, address), key, tmp_path)

        page.reload()
        assert page.inner_text(last_used).split()[-1] != "never"
        page.goto(f"{address}/repositories")
        assert "pallets/flask" in page.inner_text("main")
        assert watched.complaints == []
    assert listed["items"] == []
    assert added["repository"]["full_name"] == "pallets/flask"
    assert added["repository"]["owner"]["username"] == "octocat"
    assert added["job"]["state"] == "queued"
    assert [function["name"] for function in judged["functions"]] == ["twice"]


def test_the_readme_shows_both_ways_to_a_key() -> None:
    section = README.split("\n## For programs\n")[1].split("\n## ")[0]

    assert "*Account and keys*" in section
    assert "gitinsight keys create" in section
    assert section.index("keys create") < section.index("curl")
