"""Exports against git itself: what is in the tables, in each form, and what is refused."""

from __future__ import annotations

import csv
import fcntl
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
import structlog

from gitinsight.app import create_app
from gitinsight.cli import main
from gitinsight.config import load_settings
from gitinsight.domain.access import OPERATOR
from gitinsight.domain.exported import TABLES
from gitinsight.registry import Registry
from gitinsight.services import repositories
from gitinsight.services.context import session
from gitinsight.store.repositories import Repository
from tests.probing import install, on_path
from tests.repositories import LINK, SUBMODULE, Repo
from tests.test_cli_analyze import run_on_terminal

BOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
NAMES = ["changes", "commits", "dependencies", "files", "functions", "lines", "releases"]
LINES = "".join(f"line {number}\n" for number in range(20))
FAILING = """
import sys
from gitinsight.plugin import Column, Setting, Table, hookimpl

def todos(history, settings):
    print("looking for", settings["word"])
    for file in history.files():
        if settings["word"].encode() in history.read(file.path):
            yield file.path, file.size

def broken(history, settings):
    yield "README.md", 1
    raise ValueError("no luck today")

@hookimpl
def register_settings():
    return [Setting("word", "TODO", "what is looked for")]

@hookimpl
def register_tables():
    columns = [Column("path", "String", "the file"), Column("size", "Int64", "bytes")]
    wrong = lambda history, settings: [("README.md", "large")]
    return [Table("broken", "Broken", columns, broken), Table("wrong", "Wrong", columns, wrong),
            Table("todos", "Files with a TODO", columns, todos)]
"""


@dataclass(frozen=True)
class Ended:
    """A command's exit code and what it wrote."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


def eventful(folder: Path) -> Repo:
    """Renames, a merge, a bot, binary files, odd names and marked files, each a few times."""
    repo = Repo(folder, "a repository.git")
    odd: dict[Any, Any] = {
        "src/a.py": LINES,
        b"caf\xe9.txt": "x\n",
        'two\nlines, "quoted".txt': "1\n",
        "image.png": b"\x89PNG\0\1\2",
        "link": (LINK, "src/a.py"),
        "sub": (SUBMODULE, "1" * 40),
        "vendor/lib.js": "var x;\n",
        ".gitattributes": "made.txt linguist-generated\n",
        "made.txt": "by a program\n",
    }
    first = repo.commit(odd, 'Begin, with a "comma"\n\nand a body\n')
    repo.commit({"src/a.py": None, "src/b.py": LINES + "more\n"}, "Rename and change")
    side = repo.commit(
        {"side.txt": "1\n2\n"}, "On the side", "Bob <bob@example.com>", branch="side", parents=[first]
    )
    repo.commit({"side.txt": "1\n2\n"}, "Merge side", parents=[repo.head(), side])
    repo.commit({"image.png": b"\x89PNG\0\3\4\5"}, "Another picture", BOT)
    repo.commit({"src/b.py": None, "src/c.py": LINES + "more\n", "link": None}, "Rename only")
    repo.commit({"empty.txt": ""}, "", "Ann Archer <ann@example.com>", "1970-01-02T00:00:00+05:30")
    repo.tag("v1", first)
    repo.tag("v2", repo.head(), "Second", "2024-05-01T00:00:00+00:00")
    return repo


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return eventful(tmp_path_factory.mktemp("with spaces"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run the command in this process."""
    for name in [name for name in os.environ if name.startswith("GITINSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GITINSIGHT_HOME", str(home))
    monkeypatch.setenv("GITINSIGHT_MIN_FREE_BYTES", "0")
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gitinsight", "export", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    yield run
    root.handlers, root.level = before[:2]
    structlog.configure(**before[2])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, repo: Repo) -> dict[str, Path]:
    """The folders of one export in each form, made in processes of their own."""
    root = tmp_path_factory.mktemp("exported [x]*")
    own = {"GITINSIGHT_HOME": str(root / "home"), "GITINSIGHT_MIN_FREE_BYTES": "0"}
    folders = {form: root / f"as {form}" for form in ("parquet", "csv", "duckdb")}
    for form, folder in folders.items():
        command = [sys.executable, "-m", "gitinsight", "export", repo.git_dir, "--to", form, folder]
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    return folders


@pytest.fixture(scope="module")
def parquet(exported: Mapping[str, Path]) -> Callable[[str], pl.DataFrame]:
    return lambda table: pl.read_parquet(exported["parquet"] / f"{table}.parquet", glob=False)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What is in the tables, as git tells it


def numstat(repo: Repo) -> Counter[tuple[Any, ...]]:
    """(commit, path, old path, added, deleted) of every change, as ``git log`` prints them."""
    rows: Counter[tuple[Any, ...]] = Counter()
    printed = repo.run_bytes("log", "-z", "--numstat", "-M", "--no-merges", "--format=%x01%H", "main")
    for part in printed.split(b"\1")[1:]:
        commit, _, rest = part.partition(b"\0")
        fields = iter(rest.lstrip(b"\n").split(b"\0"))
        for field in fields:
            if not field.strip():
                continue
            added, deleted, path = field.lstrip(b"\n").split(b"\t")
            old = None if path else next(fields).decode()
            name = (path or next(fields)).decode("utf-8", "replace")
            counts = (None, None) if added == b"-" else (int(added), int(deleted))
            rows[commit.decode(), name, old, *counts] += 1
    return rows


def test_changes_are_gits_own(repo: Repo, parquet: Callable[[str], pl.DataFrame]) -> None:
    changes = parquet("changes").select("commit", "path", "old_path", "added", "deleted")

    assert Counter(changes.rows()) == numstat(repo)
    renames = changes.filter(pl.col("old_path").is_not_null()).drop("commit")
    assert renames.rows() == [("src/b.py", "src/a.py", 1, 0), ("src/c.py", "src/b.py", 0, 0)]
    assert changes.filter(path="image.png").select("added", "deleted").rows() == [(None, None)] * 2


def test_commits_are_gits_own(repo: Repo, parquet: Callable[[str], pl.DataFrame]) -> None:
    form = "--format=%H%x00%P%x00%aN%x00%at%x00%ct%x00%s"
    listed = [
        line.split("\0") for line in repo.run("log", "--topo-order", "--reverse", form, "main").split("\n")
    ]
    commits = parquet("commits")

    assert commits["commit"].to_list() == [commit for commit, *_ in listed]
    assert [" ".join(parents) for parents in commits["parents"]] == [parents for _, parents, *_ in listed]
    assert commits["author_name"].to_list() == [name for _, _, name, *_ in listed]
    assert commits["authored_at"].dt.epoch("s").to_list() == [int(row[3]) for row in listed]
    assert commits["committed_at"].dt.epoch("s").to_list() == [int(row[4]) for row in listed]
    assert commits["subject"].to_list() == [row[5] for row in listed]
    assert commits.filter("is_merge")["subject"].to_list() == ["Merge side"]
    assert commits.filter("is_bot")["subject"].to_list() == ["Another picture"]
    assert commits.filter(pl.col("body") != "")["body"].str.strip_chars().to_list() == ["and a body"]


def test_merges_have_a_row_in_commits_and_none_in_changes(parquet: Callable[[str], pl.DataFrame]) -> None:
    commits, changes = parquet("commits"), parquet("changes")

    assert changes.join(commits.filter("is_merge"), on="commit").is_empty()
    assert set(changes["commit"]) <= set(commits["commit"])
    assert changes.join(commits, on="order").select((pl.col("commit") == pl.col("commit_right")).all()).item()


def test_marked_files_and_odd_names_are_kept(parquet: Callable[[str], pl.DataFrame]) -> None:
    changes = parquet("changes")

    assert changes.filter("is_vendored")["path"].to_list() == ["vendor/lib.js"]
    assert changes.filter("is_generated")["path"].to_list() == ["made.txt"]
    odd = changes.filter(pl.col("path_bytes").is_not_null())
    assert odd.select("path", "path_bytes").rows() == [("caf\ufffd.txt", b"caf\xe9.txt")]
    assert 'two\nlines, "quoted".txt' in changes["path"]
    moved = changes.filter(pl.col("path").str.starts_with("src/"))
    assert moved["file"].unique().to_list() == ["src/c.py"]
    assert moved["file_id"].n_unique() == 1


def test_files_are_the_tree_of_head(repo: Repo, parquet: Callable[[str], pl.DataFrame]) -> None:
    listed = repo.run_bytes("ls-tree", "-r", "-l", "-z", "main").split(b"\0")[:-1]
    entries = [
        (about.split(), path.decode("utf-8", "replace"))
        for about, _, path in (line.partition(b"\t") for line in listed)
    ]
    tree = sorted(
        (path, blob.decode(), int(size)) for (_, kind, blob, size), path in entries if kind == b"blob"
    )

    files = parquet("files")

    assert files.select("path", "blob", "size").rows() == tree
    assert "sub" not in files["path"]
    assert not files["is_link"].any(), "the link was deleted"
    assert files.filter("is_generated")["path"].to_list() == ["made.txt"]


def test_releases_are_the_tags(parquet: Callable[[str], pl.DataFrame], repo: Repo) -> None:
    at = datetime(2024, 5, 1, tzinfo=UTC)

    releases = parquet("releases")

    assert sorted(releases["tag"]) == ["v1", "v2"]
    assert releases.filter(tag="v2").select("commit", "at").rows() == [(repo.head(), at)]


def test_every_table_has_the_columns_that_are_documented(parquet: Callable[[str], pl.DataFrame]) -> None:
    for table in TABLES:
        kinds = {
            name: str(kind).replace("time_unit='us', time_zone='UTC'", "us, UTC")
            for name, kind in parquet(table.name).schema.items()
        }
        assert kinds == dict(table.types())


# The three forms


def test_parquet_has_a_file_for_each_table_and_tells_where_it_is_from(
    exported: Mapping[str, Path], repo: Repo
) -> None:
    folder = exported["parquet"]

    assert names_in(folder) == [f"{name}.parquet" for name in NAMES]
    about = pl.read_parquet_metadata(folder / "commits.parquet")
    assert about["gitinsight.head"] == repo.head()
    assert about["gitinsight.schema"] == "1"
    assert about["gitinsight.repository"] == "a repository"


def test_csv_read_by_another_program_has_the_same_rows(
    exported: Mapping[str, Path], parquet: Callable[[str], pl.DataFrame]
) -> None:
    folder = exported["csv"]
    assert names_in(folder) == [f"{name}.csv" for name in NAMES]

    for name in NAMES:
        with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        frame = parquet(name)
        assert header == frame.columns
        assert rows == [[_as_text(value) for value in row] for row in frame.rows()]


def _as_text(value: Any) -> str:
    """A value as docs/tables.md says that CSV has it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case bytes():
            return value.hex()
        case list():
            return " ".join(value)
        case _:
            return str(value)


def test_csv_tells_an_empty_text_from_a_null(exported: Mapping[str, Path], repo: Repo) -> None:
    commits = pl.read_csv(exported["csv"] / "commits.csv", glob=False)
    changes = pl.read_csv(exported["csv"] / "changes.csv", glob=False)

    assert commits.filter(commit=repo.head())["subject"].to_list() == [""]
    assert changes["old_path"].to_list().count(None) == changes.height - 2


def test_duckdb_has_the_same_tables_with_their_meanings(
    exported: Mapping[str, Path], parquet: Callable[[str], pl.DataFrame]
) -> None:
    assert names_in(exported["duckdb"]) == ["gitinsight.duckdb"]

    with duckdb.connect(exported["duckdb"] / "gitinsight.duckdb", read_only=True) as database:
        told = dict(database.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall())
        assert sorted(told) == NAMES
        assert "merges and bots are marked" in told["commits"]
        for name in NAMES:
            assert database.execute(f"FROM {name}").fetchall() == parquet(name).rows()
        meaning = (
            "SELECT comment FROM duckdb_columns() WHERE table_name = 'changes' AND column_name = 'old_path'"
        )
        assert database.execute(meaning).fetchone() == ("the name before a rename, else null",)


def test_without_the_package_duckdb_the_command_says_what_to_install(
    tmp_path: Path, repo: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "gitinsight.store.exports.find_spec", lambda name: None if name == "duckdb" else real(name)
    )

    ended = call(repo.git_dir, "--to", "duckdb", tmp_path / "out")

    assert ended.code == 2
    assert "pip install 'gitinsight[duckdb]'" in ended.err
    assert not (tmp_path / "out").exists()


# Exporting again


def test_a_second_export_replaces_the_tables_and_keeps_foreign_files(tmp_path: Path, call: Call) -> None:
    repo = Repo(tmp_path, "grows.git")
    repo.commit({"a.py": "x = 1\n"})
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "stars.parquet").write_text("mine too")

    assert call(repo.git_dir, out).code == 0
    repo.commit({"a.py": "x = 2\n"})
    assert call(repo.git_dir, out, "--quiet") == Ended(0, "", "")

    assert pl.read_parquet(out / "commits.parquet").height == 2
    assert names_in(out) == sorted([*(f"{name}.parquet" for name in NAMES), "notes.txt", "stars.parquet"])
    assert (out / "notes.txt").read_text() == "mine"


def test_a_database_is_replaced_whole_with_what_an_interrupted_program_left_beside_it(
    tmp_path: Path, repo: Repo, call: Call
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "gitinsight.duckdb").write_bytes(b"half of a database")
    (out / "gitinsight.duckdb.wal").write_bytes(b"its log")

    assert call(repo.git_dir, "--to=duckdb", out).code == 0

    with duckdb.connect(out / "gitinsight.duckdb", read_only=True) as database:
        assert database.execute("SELECT count(*) FROM commits").fetchone() == (7,)
    assert names_in(out) == ["gitinsight.duckdb"]


def test_an_export_that_breaks_leaves_the_one_before_it(
    tmp_path: Path, repo: Repo, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    call(repo.git_dir, out)
    before = {path: path.read_bytes() for path in out.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gitinsight.store.exports.os.fsync", full)
    ended = call(repo.git_dir, out)

    assert (ended.code, ended.out) == (2, "")
    assert "No space left on device" in ended.err
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_what_a_killed_export_left_is_removed_by_the_next(tmp_path: Path, repo: Repo, call: Call) -> None:
    left = tmp_path / "out" / ".gitinsight-export-x"
    left.mkdir(parents=True)
    (left / "commits.parquet").write_bytes(b"half")

    assert call(repo.git_dir, tmp_path / "out").code == 0

    assert names_in(tmp_path / "out") == [f"{name}.parquet" for name in NAMES]


# What is exported


def test_a_checkout_on_another_branch_and_relative_folders(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repo(tmp_path, "origin.git")
    repo.commit({"a.py": "x = 1\n"})
    side = repo.commit({"b.py": "x = 1\n"}, branch="side", parents=[])
    subprocess.run(["git", "clone", "--quiet", repo.git_dir, tmp_path / "check out"], check=True)
    subprocess.run(
        ["git", "-C", tmp_path / "check out", "branch", "--quiet", "side", "origin/side"], check=True
    )
    monkeypatch.chdir(tmp_path / "check out")

    assert call(".", "--branch=side", "../deep/er/out", "--to=csv").code == 0

    (only,) = pl.read_csv(tmp_path / "deep/er/out/commits.csv")["commit"]
    assert only == side


@contextmanager
def installation(home: Path, database: Path) -> Iterator[None]:
    """The context of an application whose database, at first a copy of this one, is in the home folder."""
    home.mkdir(exist_ok=True)
    if not (home / "gitinsight.db").exists():
        shutil.copy(database, home / "gitinsight.db")
    settings = load_settings({"GITINSIGHT_HOME": str(home), "REDIS_URL": "unix:///nowhere"})
    with create_app(settings, Registry({})).app_context():
        yield


def test_a_known_repository_is_exported_by_name_or_id_as_of_its_last_analysis(
    tmp_path: Path, home: Path, call: Call, migrated_sqlite: Path
) -> None:
    repo = Repo(tmp_path, "known.git")
    first = repo.commit({"a.py": "x = 1\n"})
    with installation(home, migrated_sqlite):
        added = repositories.add(OPERATOR, str(repo.git_dir))
    # Nobody has analysed it yet, so the export fetches it.
    assert call("known", tmp_path / "fetched").code == 0
    with installation(home, migrated_sqlite):
        session().get_one(Repository, added.id).head = first
        session().commit()
    repo.commit({"a.py": "x = 2\n"})

    for name in ("known", str(added.id)):
        assert call(name, tmp_path / name).code == 0
        assert pl.read_parquet(tmp_path / name / "commits.parquet")["commit"].to_list() == [first]
    assert call("known", tmp_path / "now", "--branch=main").code == 0
    assert pl.read_parquet(tmp_path / "now" / "commits.parquet").height == 2
    assert list((home / "mirrors").glob("*.git")) == [home / "mirrors" / f"{added.id}.git"]


def test_a_folder_comes_before_a_known_repository_of_its_name(
    tmp_path: Path, home: Path, call: Call, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, folder = Repo(tmp_path / "far", "same"), Repo(tmp_path, "same")
    known.commit({"a": "1\n"})
    head = folder.commit({"b": "1\n"})
    with installation(home, migrated_sqlite):
        repositories.add(OPERATOR, str(known.git_dir))
    monkeypatch.chdir(tmp_path)

    assert call("same", "out").code == 0

    assert pl.read_parquet("out/commits.parquet")["commit"].to_list() == [head]


def test_a_name_that_several_have_is_refused_with_their_ids(
    tmp_path: Path, home: Path, call: Call, migrated_sqlite: Path
) -> None:
    with installation(home, migrated_sqlite):
        ids = [
            str(repositories.add(OPERATOR, str(Repo(tmp_path / place, "twin.git").git_dir)).id)
            for place in ("a", "b")
        ]

    ended = call("twin", tmp_path / "out")

    assert ended.code == 2
    assert all(one in ended.err for one in ids)


def test_asking_for_a_name_makes_no_database(tmp_path: Path, home: Path, call: Call) -> None:
    ended = call("nothing", tmp_path / "out")

    assert ended == Ended(2, "", "gitinsight: There is no folder and no known repository called 'nothing'.\n")
    assert not list(home.rglob("*.db"))
    assert not (tmp_path / "out").exists()


def test_a_database_that_does_not_serve_is_told_only_where_a_name_needs_it(
    tmp_path: Path, home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITINSIGHT_ALLOWED_SCHEMES", "ssh")
    home.mkdir()
    (home / "gitinsight.db").touch()

    assert "did gitinsight db upgrade run?" in call("nothing", tmp_path / "out").err
    assert "Addresses over https are not opened" in call("owner/name", tmp_path / "out").err


# What is refused


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("./nowhere", "no folder of this name"),
        ("", "address is empty"),
        ("ext::sh -c touch% ran", "transport helper"),
        ("00000000-0000-4000-8000-000000000000", "no known repository"),
        ("https://ann:hunter2@example.org/x", "password"),
    ],
)
def test_a_wrong_repository_is_told_in_one_sentence(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = call("--", address, "out")

    assert (ended.code, ended.out) == (2, "")
    assert reason in ended.err
    assert ended.err.count("\n") == 1
    assert "hunter2" not in ended.err
    assert not (tmp_path / "out").exists()


def _file(folder: Path) -> Path:
    folder.write_text("x")
    return folder


def _below_a_file(folder: Path) -> Path:
    return _file(folder) / "out"


def _with_a_folder_in_the_way(folder: Path) -> Path:
    (folder / "commits.parquet").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_file, "is a file; give a folder"),
        (_below_a_file, "is a file; give a folder"),
        (_with_a_folder_in_the_way, "commits.parquet is a folder"),
    ],
)
def test_a_folder_that_cannot_take_the_tables_is_refused_before_anything_is_fetched(
    tmp_path: Path, home: Path, repo: Repo, call: Call, make: Callable[[Path], Path], reason: str
) -> None:
    ended = call(repo.git_dir, make(tmp_path / "out"))

    assert (ended.code, ended.out) == (2, "")
    assert reason in ended.err
    assert not (home / "mirrors").exists()


def test_a_folder_that_another_export_writes_into_is_refused(tmp_path: Path, repo: Repo, call: Call) -> None:
    out = tmp_path / "out"
    out.mkdir()
    descriptor = os.open(out, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        ended = call(repo.git_dir, out)
    finally:
        os.close(descriptor)

    assert ended.code == 2
    assert f"Another export is writing into {out}." in ended.err
    assert names_in(out) == []


def test_an_unknown_form_is_refused_with_those_that_there_are(tmp_path: Path, repo: Repo, call: Call) -> None:
    ended = call(repo.git_dir, "--to=xlsx", tmp_path / "out")

    assert ended.code == 2
    assert "'parquet', 'csv', 'duckdb'" in ended.err


# Plugins' tables and the terminal


def test_a_failing_table_is_named_and_the_others_are_written(tmp_path: Path, call: Call) -> None:
    repo = Repo(tmp_path)
    repo.commit({"README.md": "TODO: write\n", "a.py": "x = 1\n"})
    install(tmp_path / "plugins", "failing", FAILING)
    out = tmp_path / "out"
    out.mkdir()
    (out / "broken.csv").write_text("of an older export")

    with on_path(tmp_path / "plugins"):
        ended = call(repo.git_dir, "--to=csv", out)

    assert ended.code == 1
    assert "the table broken of the plugin failing failed: ValueError: no luck today\n" in ended.err
    assert "the table wrong of the plugin failing failed: The table wrong has rows that are not" in ended.err
    assert "looking for TODO" in ended.err
    assert "looking" not in ended.out
    assert names_in(out) == sorted(f"{name}.csv" for name in [*NAMES, "todos"])
    assert (out / "todos.csv").read_text() == "path,size\nREADME.md,12\n"


def test_a_bar_is_shown_on_a_terminal_and_none_when_quiet(
    tmp_path: Path, repo: Repo, clean_environment: dict[str, str]
) -> None:
    own = {
        "GITINSIGHT_HOME": str(tmp_path / "home"),
        "GITINSIGHT_MIN_FREE_BYTES": "0",
        "TERM": "xterm-256color",
    }

    ended, shown = run_on_terminal(clean_environment | own, repo.git_dir, tmp_path / "out", name="export")
    silent, nothing = run_on_terminal(
        clean_environment | own, repo.git_dir, tmp_path / "out", "--quiet", name="export"
    )

    assert (ended.code, silent.code) == (0, 0)
    assert "━" in shown
    assert ended.out.startswith("a repository  ·  ")
    assert (silent.out, nothing) == ("", "")
