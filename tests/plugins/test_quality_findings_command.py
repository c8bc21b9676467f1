"""``gitinsight quality findings`` in its three forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gitinsight import __version__
from gitinsight.cli import gitinsight
from tests.plugins.risk_repositories import use_home
from tests.repositories import Repo

SWALLOWED = "def f(g):\n    try:\n        g()\n    except Exception:\n        pass\n"
BRANCHY = "def many(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(12))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_home(tmp_path, monkeypatch)


def findings(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(gitinsight, ["quality", "findings", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result


def two_findings(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path)
    repo.commit({"src/a.py": SWALLOWED, "src/b.py": BRANCHY, "evil\x1b[31m.py": "x = 1  # TODO this\n"})
    return repo


def test_each_finding_is_a_line_with_its_place_and_nothing_steers_the_terminal(tmp_path: Path) -> None:
    repo = two_findings(tmp_path)
    head, *lines = findings(repo.git_dir).stdout.splitlines()
    assert head == f"repo  {repo.head()[:10]}  3 findings"
    assert lines[0].startswith("notice   src/b.py:1  many has a complexity of 13")
    assert lines[1].startswith("info     evil\N{REPLACEMENT CHARACTER}[31m.py:1")
    assert "src/a.py:4" in lines[2]


def test_json_has_every_field_and_the_commit(tmp_path: Path) -> None:
    repo = two_findings(tmp_path)
    told = json.loads(findings(repo.git_dir, "--format", "json").stdout)
    assert told["head"] == repo.head()
    first = told["findings"][0]
    assert (first["rule"], first["path"], first["start_line"], first["end_line"]) == (
        "complex-method",
        "src/b.py",
        1,
        25,
    )
    assert first["cost"] == 0.3


def test_sarif_is_written_to_the_file(tmp_path: Path) -> None:
    target = tmp_path / "findings.sarif"
    result = findings(two_findings(tmp_path).git_dir, "--format", "sarif", "--output", target)
    assert result.stdout == ""
    (run,) = json.loads(target.read_text(encoding="utf-8"))["runs"]
    assert run["tool"]["driver"]["version"] == __version__
    assert len(run["results"]) == 3


def test_a_repository_without_code_has_no_findings(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"README.md": "Hello\n"})
    assert findings(repo.git_dir).stdout.splitlines() == [f"repo  {repo.head()[:10]}  0 findings"]
