"""The API against its own document: what Schemathesis makes of it is answered as the document says.

All of its checks, on requests that keep to the document and on those that do not, alone and in chains
where one answer leads to the next request; as an admin, for whom every door is open.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask import Flask

from gitinsight.domain.access import Role
from gitinsight.services import accounts
from tests.probing import analysed, probed_app, small_repository
from tests.serving import served

SECONDS = 60
RULES_BEYOND_THE_SCHEMA = (
    "list_repositories",
    "list_insights",
    "list_jobs",
    "list_audit",
    "list_users",
    "list_all_keys",
    "list_all_jobs",
    "add_repository",
    "change_repository",
    "analyze_repository",
    "predict_trends",
)
"""Operations that refuse what has the documented form: a cursor of another list, an unknown analyzer, an
address that is not opened, a series of one's own together with a repository's."""


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as application:
        yield application


def test_every_answer_is_one_that_the_document_tells_of(app: Flask, tmp_path: Path) -> None:
    analysed(small_repository(tmp_path / "repo"), "probe")
    accounts.ensure_user("root", Role.ADMIN)
    key = accounts.issue_key("root", "fuzz").secret
    with served(app) as address:
        found = subprocess.run(
            [
                *(
                    str(Path(sys.executable).with_name("schemathesis")),
                    "--config-file",
                    str(_config(tmp_path)),
                ),
                *("run", str(_document(address, tmp_path)), "--url", address),
                *("--header", f"Authorization: Bearer {key}"),
                *("--max-time", str(SECONDS), "--mode", "all", "--seed", "1"),
                *("--warnings", "off", "--continue-on-failure", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=SECONDS * 5,
            check=False,
        )
    assert found.returncode == 0, found.stdout + found.stderr


def _document(address: str, folder: Path) -> Path:
    """The document without ``fields``, for no document can say that an answer lacks what was not asked for."""
    document = requests.get(f"{address}/api/v1/openapi.json", timeout=30).json()
    for methods in document["paths"].values():
        for operation in methods.values():
            if isinstance(operation, dict):
                given = operation.get("parameters", [])
                operation["parameters"] = [one for one in given if one.get("name") != "fields"]
    path = folder / "openapi.json"
    path.write_text(json.dumps(document))
    return path


def _config(folder: Path) -> Path:
    lenient = "".join(
        f'[[operations]]\ninclude-operation-id = "{name}"\n'
        "[operations.checks]\npositive_data_acceptance.enabled = false\n"
        for name in RULES_BEYOND_THE_SCHEMA
    )
    # What is cancelled there is still there.
    lenient += '[[operations]]\ninclude-operation-id = "get_job"\n[operations.checks]\nuse_after_free.enabled = false\n'
    path = folder / "schemathesis.toml"
    # NUL is refused everywhere, which no pattern of the document tells; other tests send it.
    path.write_text(f"[checks]\nenabled = true\n[generation]\nallow-x00 = false\n{lenient}")
    return path
