"""Path filters as owners set them: in the API, on the page, at the command line; and what analyses make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from polars.testing import assert_frame_equal

from gitinsight.cli import gitinsight
from gitinsight.config import Settings
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.domain.paths import MOST_PATTERNS, PathFilter
from gitinsight.git.source import parse_source
from gitinsight.plugin import Analyzer, Report
from gitinsight.registry import load_registry
from gitinsight.services import analyses, insights, reports, repositories, workspaces
from gitinsight.services.context import session
from gitinsight.services.local import LocalAnalyses
from gitinsight.store.measures import AnalysisRun
from tests.conftest import sign_in
from tests.probing import Program, analysed, probed_app
from tests.repositories import ANN, BOB, Repo
from tests.test_admin_pages import token
from tests.working import work_next, work_off

PATH = "/api/v1/repositories"
NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Commits to src, to docs and to both, and lines of others that were moved to src and cut there."""
    repo = Repo(tmp_path)
    lines = [f"    line_{number} = {number}\n" for number in range(30)]
    repo.commit({"old/c.py": "".join(lines[1:])}, "Add c", author="Cid <cid@example.com>")
    repo.commit({"old/c.py": "".join(lines)}, "Add to c", author="Dan <dan@example.com>")
    repo.commit({"src/a.py": "def a():\n    return 1\n"}, "Add a", author=ANN)
    repo.commit({"src/b.py": "def b():\n    return 2\n"}, "Add b", author=BOB)
    repo.commit({"docs/a.md": "text\n"}, "Write", author=BOB)
    repo.commit({"src/a.py": "def a():\n    return 3\n", "docs/b.md": "more\n"}, "Change both", author=ANN)
    moved = {"old/c.py": None, "src/c.py": "".join(lines[1:])}
    repo.commit({**moved, "docs/a.md": "words\n"}, "Move and cut", author=BOB)
    repo.commit({"src/c.py": "".join(lines[2:])}, "Cut more", author=ANN)
    return repo


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, GITINSIGHT_ALLOW_LOCAL_PATHS="true"
    ) as application:
        yield application


@pytest.fixture
def root(app: Flask) -> Program:
    return Program(app, "root", Role.ADMIN)


def put(root: Program, repository_id: UUID, **changes: Any) -> Any:
    return root("PUT", f"{PATH}/{repository_id}", json=changes)


def counted(repository_id: UUID) -> float | None:
    """How many commits the probe saw."""
    work_off()
    (found,) = insights.series(OPERATOR, repository_id, ["probe.commits"])
    return found.points[-1].value


def test_an_analysis_counts_what_the_filter_lets_through_and_the_next_one_follows_a_change(
    root: Program, repo: Repo
) -> None:
    repository_id, _ = analysed(repo, "probe")
    assert counted(repository_id) == 8
    before = digest_of(repository_id)

    changed = put(root, repository_id, include_paths=["docs"])
    assert changed.json["include_paths"] == ["docs"]
    assert counted(repository_id) == 8, "nothing changes before an analysis"
    analyses.request(OPERATOR, repository_id, ("probe",))
    assert counted(repository_id) == 3
    assert digest_of(repository_id) != before, "results of another filter are those of another run"

    put(root, repository_id, exclude_paths=["docs/b.md"])
    analyses.request(OPERATOR, repository_id, ("probe",))
    assert counted(repository_id) == 2

    put(root, repository_id, include_paths=[], exclude_paths=[])
    analyses.request(OPERATOR, repository_id, ("probe",))
    assert counted(repository_id) == 8
    assert digest_of(repository_id) == before


def test_an_analysis_keeps_to_the_paths_that_it_was_asked_for_with(root: Program, repo: Repo) -> None:
    added = repositories.add(OPERATOR, str(repo.git_dir))
    analyses.request(OPERATOR, added.id, ("probe",))
    work_next()

    put(root, added.id, include_paths=["docs"])
    assert counted(added.id) == 8

    analyses.request(OPERATOR, added.id, ("probe",))
    put(root, added.id, include_paths=["src"])
    assert counted(added.id) == 3


def test_analyzers_whose_results_are_of_other_paths_run_along(root: Program, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe", "echo")
    assert run_by(repository_id, "probe") == ["probe"]

    put(root, repository_id, include_paths=["docs"])
    assert run_by(repository_id, "echo") == ["probe", "echo"]
    assert counted(repository_id) == 3
    assert run_by(repository_id, "echo") == ["echo"]


def run_by(repository_id: UUID, *asked: str) -> list[str]:
    """The analyzers that ran where these were asked for."""
    job = analyses.request(OPERATOR, repository_id, asked)
    work_off()
    return [stage.analyzer for stage in job.stages if stage.analyzer]


def test_an_analyzer_is_given_no_series_of_other_paths(root: Program, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe")
    metrics, points = reports.series_for(repository_id, ["probe"])
    assert metrics and points["probe.commits"]

    assert reports.series_for(repository_id, ["probe"], PathFilter(("docs",))) == ([], {})


def digest_of(repository_id: UUID) -> str:
    runs = (
        session().query(AnalysisRun).filter_by(repository_id=repository_id, analyzer="probe", is_current=True)
    )
    return runs.one().settings_hash


@pytest.mark.parametrize(
    ("patterns", "reason"),
    [
        (["/etc"], "begins with a slash"),
        (["../x"], "is not written as git"),
        (["*"], "names nothing"),
        (["a\tb"], "holds a character"),
        (["a\0b"], "Holds a character"),
        (["x" * 201], "Length"),
        ([""], "Length"),
        (["a"] * (MOST_PATTERNS + 1), "Longer than"),
        ([1], "Not a valid string"),
        ("src", "Not a valid list"),
        ([None], "Field may not be null"),
    ],
)
def test_a_pattern_that_can_mean_no_path_is_refused_with_its_field(
    root: Program, patterns: Any, reason: str
) -> None:
    added = repositories.add(OPERATOR, "https://github.com/ann/tool")
    for name in ("include_paths", "exclude_paths"):
        new = {"url": "ann/other", "analyze": False, name: patterns}
        for answer in (put(root, added.id, **{name: patterns}), root("POST", PATH, json=new)):
            assert answer.status_code == 422
            assert reason in str(answer.json["error"]["details"]["fields"]["json"][name])
    assert repositories.get(OPERATOR, added.id).paths == PathFilter()


def test_an_address_may_be_added_for_several_parts_of_it(root: Program) -> None:
    def add(**fields: Any) -> Any:
        return root("POST", PATH, json={"url": "ann/monorepo", "analyze": False, **fields}).json["repository"]

    web, api = add(include_paths=["web"]), add(include_paths=["api"], exclude_paths=["*.min.js"])
    assert (web["include_paths"], web["exclude_paths"]) == (["web"], [])
    assert (api["include_paths"], api["exclude_paths"]) == (["api"], ["*.min.js"])
    assert api["id"] != web["id"]
    assert add(include_paths=["api"], exclude_paths=["*.min.js"])["id"] == api["id"]
    assert add()["id"] == web["id"], "without a word on paths the first one is meant"


def test_only_the_owner_and_admins_change_it(app: Flask) -> None:
    added = repositories.add(OPERATOR, "https://github.com/ann/tool")
    bob = Program(app, "bob")
    assert put(bob, added.id, include_paths=["src"]).status_code == 403


def test_the_form_takes_a_pattern_a_line(app: Flask, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe")
    client = sign_in(app, "root", Role.ADMIN)

    page = _saved(client, repository_id, " src \r\n\r\n*.py\r\n", "*.min.js")
    assert "The next analysis counts these paths." in page
    found = repositories.get(OPERATOR, repository_id)
    assert (found.include_paths, found.exclude_paths) == (("src", "*.py"), ("*.min.js",))
    assert "src\n*.py</textarea>" in page
    assert "<code>src, *.py</code>" in page, "what the numbers are of stands above them"

    refused = _saved(client, repository_id, "/src\nlib", "", status=422)
    assert "begins with a slash" in refused
    assert "/src\nlib</textarea>" in refused, "what was typed can be mended"
    many = "\n".join(f"folder{number}" for number in range(MOST_PATTERNS + 1))
    assert "50 patterns of each kind, not 51" in _saved(client, repository_id, many, "", status=422)
    assert repositories.get(OPERATOR, repository_id).include_paths == ("src", "*.py")
    assert "Paths that count: all" in _saved(client, repository_id, "", "")


def _saved(client: FlaskClient, repository_id: UUID, include: str, exclude: str, status: int = 200) -> str:
    form = {"csrf_token": token(client), "include_paths": include, "exclude_paths": exclude}
    answer = client.post(f"/repositories/{repository_id}/paths", data=form, follow_redirects=True)
    assert answer.status_code == status
    return answer.text


def test_a_stranger_finds_neither_the_form_nor_the_repository(app: Flask, repo: Repo) -> None:
    repository_id, _ = analysed(repo, "probe")
    bob = sign_in(app, "bob", Role.USER)
    assert "Paths that count" not in bob.get(f"/repositories/{repository_id}?tab=numbers").text
    form = {"csrf_token": token(bob), "include_paths": "src", "exclude_paths": ""}
    assert bob.post(f"/repositories/{repository_id}/paths", data=form).status_code == 403


@pytest.mark.parametrize(
    "paths", [PathFilter(("src",)), PathFilter((), ("docs", "src/b.py")), PathFilter(("x",))]
)
def test_every_bundled_analyzer_works_within_the_paths(
    settings: Settings, repo: Repo, paths: PathFilter
) -> None:
    registry = load_registry({})
    found = LocalAnalyses(settings, registry, lambda *_: None).run(str(repo.git_dir), paths=paths)

    assert found.failures == {}
    assert set(found.reports) == set(registry.analyzers)
    kept = {"src": 5, "": 6, "x": 0}[paths.include[0] if paths.include else ""]
    weekly = [point for point in found.reports["activity"].points if point.metric == "activity.commits"]
    assert sum(point.value or 0 for point in weekly) == kept
    told = json.dumps([artifact.content for artifact in found.reports["quality"].artifacts], default=str)
    assert "docs/" not in told


FRAMES = ("commits", "changes", "lines", "owned_lines", "burndown", "line_lives", "overwrites")


def test_a_history_that_grew_is_the_same_as_one_that_is_read_at_once(settings: Settings, repo: Repo) -> None:
    paths = PathFilter(("src", "docs"), ("docs/b.md",))
    read(settings, repo, "grown", paths)
    side = repo.commit({"docs/c.md": "side\n"}, "On a side", branch="side", parents=[repo.head()])
    moved = repo.commit({"src/a.py": None, "old/a.py": "def a():\n    return 3\n"}, "Move away", author=BOB)
    repo.commit({"docs/c.md": "side\n"}, "Merge", parents=[moved, side])
    repo.commit({"docs/b.md": "more\nand more\n"}, "Outside")

    grown, fresh = (read(settings, repo, key, paths) for key in ("grown", "fresh"))

    for name in FRAMES:
        assert_frame_equal(grown[name], fresh[name])
    subjects = [
        "Add a",
        "Add b",
        "Write",
        "Change both",
        "Move and cut",
        "Cut more",
        "On a side",
        "Move away",
    ]
    shown = repo.run(
        "log", "--format=%s", "--full-history", "--no-merges", "HEAD", "--", "src", "docs", ":!docs/b.md"
    )
    assert sorted(shown.splitlines()) == sorted(subjects)
    assert sorted(grown["commits"].filter(~pl.col("is_merge"))["subject"]) == sorted(subjects)


def read(settings: Settings, repo: Repo, key: str, paths: PathFilter) -> dict[str, pl.DataFrame]:
    """The frames of a workspace that is brought up to date, made of what it has stored."""
    workspace, rules = (
        workspaces.workspace_of(settings, key),
        workspaces.source_rules(settings, operator=True),
    )
    head = workspace.refresh(
        parse_source(str(repo.git_dir), rules), rules, "", lambda *_: None, lambda: False
    )
    workspace.read_commits(head, lambda *_: None)
    workspace.read_changes(head, lambda *_: None, lambda _since: None)
    with workspace.history(
        name="x",
        head=head,
        now=NOW,
        analyzer=Analyzer("test", "Test", "1", lambda _history, _settings: Report()),
        metrics=(),
        series={},
        progress=lambda _done, _total: None,
        paths=paths,
    ) as history:
        return {name: getattr(history, name) for name in FRAMES}


def test_the_command_line_takes_them_and_refuses_what_means_no_path(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITINSIGHT_HOME", str(tmp_path / "home"))
    arguments = ["analyze", str(repo.git_dir), "--quiet", "--analyzers", "people", "--format", "json"]

    def contributors(*more: str) -> float:
        result = CliRunner().invoke(gitinsight, [*arguments, *more])
        assert result.exit_code == 0, result.output
        told = json.loads(result.stdout)
        assert told["repository"].get("include_paths", []) == [x for x in more if "docs/b" in x]
        (metric,) = (metric for metric in told["metrics"] if metric["name"] == "people.contributors")
        (value,) = (point["value"] for point in metric["points"] if point.get("dimension") == "all time")
        return float(value)

    assert contributors() == 4
    assert contributors("--include", "docs/b.md") == 1
    assert contributors("--exclude", "[os]*") == 4, "no wildcard but *"
    assert contributors("--exclude", "*/c.py") == 2
    refused = CliRunner().invoke(gitinsight, [*arguments, "--include", "/src"])
    assert refused.exit_code == 2
    assert "--include" in refused.output and "begins with a slash" in refused.output
