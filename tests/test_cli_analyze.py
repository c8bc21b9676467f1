"""The command line's analysis: its output, its exit codes, and what it does with bad input."""

from __future__ import annotations

import json
import logging
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import pytest
import structlog

from gitinsight.cli import formats, main
from gitinsight.config import load_settings
from gitinsight.registry import Registry
from gitinsight.services.local import LocalAnalyses, LocalAnalysis
from tests.probing import install
from tests.processes import command_line, lives
from tests.repositories import LINK, SUBMODULE, Repo
from tests.running import until

ESCAPE = "\x1b[31;5m"
SECRET = "hunter2"
IMPORT_ERROR = "import a_module_that_nobody_has\n"
EATER = """
import time
from gitinsight.plugin import Analyzer, hookimpl
print("the eater is loaded")

def eat(history, settings):
    held = []
    while True:
        held.append(bytearray(b"x" * 2**24))
        time.sleep(0.01)

@hookimpl
def register_analyzers():
    return [Analyzer("eater", "Eater", "1", eat)]
"""
# Each Python process on whose path this lies writes down whom it connects to or asks for.
WATCHMAN = """
import os, sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.bind"}:
        with open(os.environ["WATCHED"], "a") as file:
            print(event, arguments[-1], file=file)

sys.addaudithook(watch)
"""


@dataclass(frozen=True)
class Ended:
    """A command's exit code and what it wrote."""

    code: int
    out: str
    err: str

    def refused_with(self, reason: str) -> None:
        """Check for exit code 2 with one sentence that says this, and nothing else."""
        assert (self.code, self.out) == (2, "")
        assert reason in self.err
        assert re.fullmatch(r"gitinsight: [^\n]+\.\n", self.err)


Call = Callable[..., Ended]


def hostile_repository(folder: Path) -> Repo:
    """Sixty commits by four people with all that a hostile or old repository may hold."""
    repo = Repo(folder, "[x](evil)|`<b>.git")
    for number in range(60):
        body = f"def f(x):\n    if x > {number}:\n        return 1\n    return {number}\n"
        repo.commit(
            {f"src/{number % 7}{ESCAPE}.py": body * (number + 1)},
            f"fix: {ESCAPE}bug *{number}*\r\x07 awful",
            f"Ann{number % 4} {ESCAPE}[x](y) <ann{number % 4}@example.com>",
        )
    odd: dict[Any, Any] = {
        b"caf\xe9.py": "x = 1\n",
        "two\nlines.py": "x = 2\n",
        "link": (LINK, "/etc/passwd"),
        "loop": (LINK, "loop"),
        "sub": (SUBMODULE, "1" * 40),
        ".gitmodules": '[submodule "sub"]\n\tpath = sub\n\turl = https://example.org/x\n',
    }
    repo.commit(odd, b"caf\xe9 \xff\n", b"J\xe9r <j@example.com>", 0)
    repo.commit({"future.py": "x = 3\n"}, "From the future", date=4_294_967_295)
    return repo


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    return hostile_repository(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory, hostile: Repo, registry: Registry) -> LocalAnalysis:
    """One analysis of the hostile repository by all bundled analyzers, for all forms of output."""
    home = tmp_path_factory.mktemp("home")
    settings = load_settings({"GITINSIGHT_HOME": str(home), "GITINSIGHT_MIN_FREE_BYTES": "0"})
    return LocalAnalyses(settings, registry, lambda *_: None).run(str(hostile.git_dir))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Repo:
    """Three commits, for runs whose repository does not matter."""
    repo = Repo(tmp_path_factory.mktemp("small"))
    for number in range(3):
        repo.commit({"a.py": f"x = {number}\n"}, f"Change {number}")
    return repo


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the probes, one plugin that cannot be imported and one that eats memory."""
    folder = tmp_path_factory.mktemp("plugins")
    install(folder, "probe")
    install(folder, "lost", IMPORT_ERROR)
    install(folder, "eater", EATER)
    return folder


@pytest.fixture
def environment(clean_environment: Mapping[str, str], home: Path, plugins: Path) -> dict[str, str]:
    """For processes: a home of this test's own, the test's plugins, no settings of the machine's."""
    own = {"GITINSIGHT_HOME": str(home), "PYTHONPATH": str(plugins), "GITINSIGHT_MIN_FREE_BYTES": "0"}
    return {**clean_environment, **own}


@pytest.fixture
def call(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run the command line in this process."""
    for name in [name for name in os.environ if name.startswith("GITINSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GITINSIGHT_HOME", str(home))
    monkeypatch.setenv("GITINSIGHT_MIN_FREE_BYTES", "0")
    root = logging.getLogger()
    before = (root.handlers, root.level, structlog.get_config())

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gitinsight", "analyze", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)

    yield run
    root.handlers, root.level = before[:2]
    structlog.configure(**before[2])


def command(*arguments: str | Path, name: str = "analyze") -> list[str]:
    return [sys.executable, "-P", "-m", "gitinsight", name, *map(str, arguments)]


def run(environment: Mapping[str, str], *arguments: str | Path, cwd: Path | None = None) -> Ended:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        command(*arguments), env=environment, cwd=cwd, capture_output=True, timeout=120, check=False
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def run_on_terminal(
    environment: Mapping[str, str], *arguments: str | Path, name: str = "analyze"
) -> tuple[Ended, str]:
    """Run it with standard error on a terminal; what that showed comes second."""
    outer, inner = pty.openpty()
    with subprocess.Popen(
        command(*arguments, name=name), env=environment, stdout=subprocess.PIPE, stderr=inner
    ) as process:
        os.close(inner)
        shown = bytearray()
        try:
            while chunk := os.read(outer, 65536):
                shown += chunk
        except OSError:  # The terminal's other end is closed: Linux tells so by EIO.
            pass
        assert process.stdout is not None
        out = process.stdout.read().decode()
    os.close(outer)
    return Ended(process.returncode, out, ""), shown.decode("utf-8", "replace")


def kept(home: Path) -> list[str]:
    """The files of mirrors, history and cache, without locks and the key."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path.name for path in files if path.name != "secret_key" and path.suffix != ".lock"]


def git(*arguments: str | Path) -> None:
    names = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *map(str, arguments)], env=names, check=True, capture_output=True)


def strict_json(text: str) -> Any:
    """The value of a JSON text, which has no NaN or Infinity in it."""

    def refuse(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


# What is printed


def test_all_bundled_analyzers_survive_a_hostile_repository(found: LocalAnalysis, hostile: Repo) -> None:
    assert found.failures == {}
    assert found.reports.keys() == {
        "people",
        "ownership",
        "quality",
        "quality_history",
        "dependencies",
        "sentiment",
        "sentiment_folders",
        "activity",
        "trends",
    }
    assert (found.head, found.commits) == (hostile.head(), 62)


@pytest.mark.parametrize("form", ["table", "json", "markdown"])
def test_no_control_character_of_a_repository_is_printed(
    found: LocalAnalysis, registry: Registry, form: str
) -> None:
    text = formats.FORMATS[form](found, registry)

    assert {character for character in text if not character.isprintable()} == {"\n"}


def test_the_table_is_one_screen_of_short_lines(found: LocalAnalysis, registry: Registry) -> None:
    lines = formats.as_table(found, registry).splitlines()

    assert 10 <= len(lines) <= 24
    assert max(map(len, lines)) <= formats.LONGEST_TITLE + 20
    assert "62 commits" in lines[0]
    assert found.head[:10] in lines[0]
    assert any(line.startswith("  Health ....") for line in lines)
    assert any(line.startswith("  Direction ....") for line in lines)
    assert "\n\n\n" not in "\n".join(lines)


def test_the_json_has_everything_for_programs(found: LocalAnalysis, registry: Registry) -> None:
    told = strict_json(formats.as_json(found, registry))

    assert told["repository"]["commits"] == 62
    assert told["repository"]["address"] == found.address
    assert told["head"] == found.head
    assert told["failures"] == []
    assert told["seconds"].keys() == {"sync", "history", *found.reports}
    assert told["versions"].keys() == {"gitinsight", *registry.analyzers}
    assert {insight["analyzer"] for insight in told["insights"]} == found.reports.keys()
    assert all(insight["evidence"] and 0 <= insight["confidence"] <= 1 for insight in told["insights"])
    assert {metric["name"] for metric in told["metrics"]} == set(registry.metrics)
    assert all(
        point["value"] is not None or point["reason"]
        for metric in told["metrics"]
        for point in metric["points"]
    )
    assert {"analyzer", "name", "kind", "title", "content"} <= told["artifacts"][0].keys()


def test_markdown_takes_no_markup_from_a_repository(found: LocalAnalysis, registry: Registry) -> None:
    text = formats.as_markdown(found, registry)

    assert text.startswith("# \\[x\\](evil)\\|\\`\\<b\\>\n")
    assert not re.search(r"(?<!\\)\[x(?<!\\)\]", text)
    assert text.count("\n## ") == sum(len(report.insights) for report in found.reports.values())


def test_one_commit_without_code_is_told_in_the_singular(tmp_path: Path, call: Call) -> None:
    repo = Repo(tmp_path, "readme.git")
    repo.commit({"README.md": "# Hello\n"}, "Begin")

    ended = call(repo.git_dir)

    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("readme  ·  1 commit  ·  ")
    assert "failed" not in ended.out


def test_nothing_but_files_is_used_or_left(
    environment: dict[str, str], small: Repo, home: Path, tmp_path: Path
) -> None:
    watch = tmp_path / "watch"
    watch.mkdir()
    (watch / "sitecustomize.py").write_text(WATCHMAN)
    path = os.pathsep.join([str(watch), environment["PYTHONPATH"]])
    ended = run(
        environment | {"PYTHONPATH": path, "WATCHED": str(watch / "seen")},
        small.git_dir,
        "--analyzers=probe,echo",
        "--format=json",
    )

    told = strict_json(ended.out)
    assert (ended.code, ended.err) == (0, "the eater is loaded\n")
    assert told["head"] == small.head()
    assert [failure["plugin"] for failure in told["failures"]] == ["lost"]
    assert "a_module_that_nobody_has" in told["failures"][0]["reason"]
    assert not (watch / "seen").exists()
    assert {path.name for path in home.iterdir()} <= {"secret_key", "mirrors", "history", "cache"}


def test_modules_of_the_current_folder_are_not_imported(
    environment: dict[str, str], small: Repo, tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", small.git_dir, checkout)
    for name in ("psutil", "polars", "structlog", "gitinsight"):
        (checkout / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")

    ended = run(environment, ".", "--analyzers=probe", cwd=checkout)

    assert ended.code == 0, ended.err
    assert not (tmp_path / "ran").exists()


# Options


def test_only_the_named_analyzers_run_on_the_named_branch_into_the_file(
    tmp_path: Path, small: Repo, call: Call
) -> None:
    repo = Repo(tmp_path, "branches.git")
    repo.commit({"a": "1\n"})
    side = repo.commit({"b": "1\n"}, branch="side")
    output = tmp_path / "result.json"

    ended = call(repo.git_dir, "--analyzers= people ,", "--branch=side", "--format=json", "--output", output)

    assert ended == Ended(0, "", "")
    told = strict_json(output.read_text())
    assert told["head"] == side
    assert told["seconds"].keys() == {"sync", "history", "people"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--analyzers=peple"], "There is no analyzer named 'peple'; there are people, ownership, quality"),
        (["--analyzers=,"], "names no analyzer"),
        (["--branch=nope"], "There is no branch 'nope'; the repository has: main."),
        (["--branch=--upload-pack=x"], "There is no branch"),
        (["--format=xml"], "'xml' is not one of"),
        (["--output=/nowhere/at/all/x.json"], "there is no folder '/nowhere/at/all'"),
        (["--output=/"], "is a directory"),
    ],
)
def test_a_wrong_option_is_refused_with_what_is_right(
    small: Repo, call: Call, arguments: list[str], reason: str
) -> None:
    ended = call(small.git_dir, *arguments)

    assert ended.code == 2
    assert reason in ended.err
    assert "Traceback" not in ended.err


def test_a_bar_is_shown_on_a_terminal(environment: dict[str, str], small: Repo) -> None:
    ended, shown = run_on_terminal(
        environment | {"TERM": "xterm-256color"}, small.git_dir, "--analyzers=probe"
    )

    assert ended.code == 0
    assert ended.out.startswith("repo  ·  3 commits")
    assert "━" in shown
    assert "100 %" in shown


def test_a_wrong_setting_is_named(small: Repo, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITINSIGHT_HISTORY_URL", "nowhere://x")
    call(small.git_dir).refused_with("GITINSIGHT_HISTORY_URL: this store cannot be opened")
    monkeypatch.setenv("GITINSIGHT_ANALYZER_TIMEOUT_SECONDS", "soon")
    call(small.git_dir).refused_with("GITINSIGHT_ANALYZER_TIMEOUT_SECONDS: 'soon' is wrong")


# Analysing again


def test_a_second_run_reads_only_new_commits_and_follows_a_force_push(
    tmp_path: Path, home: Path, call: Call
) -> None:
    repo = Repo(tmp_path, "grows.git")
    first = repo.commit({"a.py": "x = 1\n"})
    repo.commit({"a.py": "x = 2\n"})

    def analysed() -> tuple[str, int, list[int]]:
        told = strict_json(call(repo.git_dir, "--analyzers=people", "--format=json").out)
        segments = sorted(home.glob("history/*/v2-*-commits-*.parquet"))
        rows = [pl.read_parquet(segment).height for segment in segments]
        return told["head"], told["repository"]["commits"], rows

    assert analysed() == (repo.head(), 2, [2])
    for number in range(3):
        repo.commit({"b.py": f"y = {number}\n"})
    assert analysed() == (repo.head(), 5, [2, 3])
    repo.run("update-ref", "refs/heads/main", first)
    forced = repo.commit({"c.py": "z = 1\n"})
    assert analysed() == (forced, 2, [2, 3, 1])


# Bad input


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "address is empty"),
        ("nowhere", "no folder of this name"),
        ("./nowhere", "no folder of this name"),
        ("a/b/c", "no folder of this name"),
        ("~nobody-of-this-name/x", "absolute path"),
        ("ext::sh -c touch% ran", "transport helper"),
        ("fd::17", "transport helper"),
        ("file://elsewhere/x", "names no host"),
        ("ftp://example.org/x", "ftp:// are not opened"),
        (f"https://ann:{SECRET}@example.org/x", "password"),
        (f"https://ann:{SECRET}@example.org/{'x' * 3000}", "characters"),
        (f"ssh://git:{SECRET}@example.org/x", "password"),
        (f"ann:{SECRET}@github.com/owner/name", "password"),
        ("git@host:-oProxyCommand=x", "after the colon"),
        ("https://example.org/a\nb", "line break"),
        (f"nowhere{ESCAPE}", "invisible"),
        ("https://2130706433/x", "four decimal numbers"),
    ],
)
def test_an_address_that_is_not_opened_is_refused_in_one_sentence(
    tmp_path: Path, home: Path, call: Call, monkeypatch: pytest.MonkeyPatch, address: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = call("--", address)

    ended.refused_with(reason)
    assert SECRET not in ended.err
    assert kept(home) == []
    assert not (tmp_path / "ran").exists()


def test_an_address_that_looks_like_an_option_is_refused(home: Path, call: Call) -> None:
    assert "No such option" in call("--upload-pack=touch").err
    call("--", "--upload-pack=touch").refused_with("cannot begin with a hyphen")
    assert kept(home) == []


@pytest.mark.parametrize("scheme", ["http", "git", "ssh"])
def test_an_address_that_nobody_answers_at_is_unreachable(home: Path, call: Call, scheme: str) -> None:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    ended = call(f"{scheme}://127.0.0.1:{port}/owner/name")

    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("gitinsight: 127.0.0.1")
    assert ended.err.count("\n") == 1
    assert kept(home) == []


def _folder(place: Path) -> None:
    place.mkdir()


def _file(place: Path) -> None:
    place.write_text("x")


def _empty(place: Path) -> None:
    git("init", "--quiet", place)


def _shallow(place: Path) -> None:
    source = Repo(place.parent, "deep.git")
    for number in range(2):
        source.commit({"a": f"{number}\n"})
    git("clone", "--quiet", "--depth=1", f"file://{source.git_dir}", place)


def _loose(place: Path) -> Repo:
    """A repository so small that git keeps each object in a file of its own."""
    source = Repo(place.parent, place.name)
    source.commit({"a": "1\n"})
    return source


def _lacking(place: Path) -> None:
    source = _loose(place)
    blob = source.run("rev-parse", "main:a")
    (source.git_dir / "objects" / blob[:2] / blob[2:]).unlink()


def _corrupted(place: Path) -> None:
    source = _loose(place)
    blob = source.run("rev-parse", "main:a")
    broken = source.git_dir / "objects" / blob[:2] / blob[2:]
    broken.chmod(0o600)
    broken.write_bytes(broken.read_bytes()[:5])


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_folder, "not a git repository"),
        (_file, "This is a file"),
        (_empty, "no commit yet"),
        (_shallow, "git fetch --unshallow"),
        (_lacking, "git fsck"),
        (_corrupted, "git fsck"),
    ],
)
def test_a_place_that_cannot_be_analysed_is_refused_in_one_sentence(
    tmp_path: Path, home: Path, call: Call, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "place")

    call(tmp_path / "place").refused_with(reason)

    assert kept(home) == []


# Repositories of every form


def _checkout(repo: Repo, place: Path) -> str:
    git("clone", "--quiet", repo.git_dir, place)
    return repo.head()


def _detached(repo: Repo, place: Path) -> str:
    git("clone", "--quiet", repo.git_dir, place)
    git("-C", place, "checkout", "--quiet", "--detach", "HEAD~1")
    return repo.run("rev-parse", "main~1")


def _work_tree(repo: Repo, place: Path) -> str:
    git("clone", "--quiet", repo.git_dir, place.with_name("main"))
    git("-C", place.with_name("main"), "worktree", "add", "--quiet", "-b", "side", place, "HEAD~2")
    return repo.run("rev-parse", "main~2")


def _sha256(repo: Repo, place: Path) -> str:
    return Repo(place.parent, place.name, "sha256").commit({"a.py": "x = 1\n"})


@pytest.mark.parametrize("make", [_checkout, _detached, _work_tree, _sha256])
def test_a_repository_of_any_form_is_analysed_at_its_head(
    tmp_path: Path, small: Repo, call: Call, make: Callable[[Repo, Path], str]
) -> None:
    head = make(small, tmp_path / "place")

    ended = call(tmp_path / "place", "--analyzers=people", "--format=json")

    assert (ended.code, ended.err) == (0, "")
    told = strict_json(ended.out)
    assert (told["head"], told["failures"]) == (head, [])


# Plugins that fail


def test_failing_plugins_are_named_and_the_rest_is_printed(environment: dict[str, str], small: Repo) -> None:
    limits = {
        "GITINSIGHT_ANALYZER_TIMEOUT_SECONDS": "6",
        "GITINSIGHT_ANALYZER_MEMORY_BYTES": str(400 * 2**20),
    }

    ended = run(environment | limits, small.git_dir, "--analyzers=probe,broken,slow,eater")

    assert ended.code == 0
    failed = [line.strip() for line in ended.out.splitlines() if line.startswith("  failed ")]
    assert {line.split()[1] for line in failed} == {"broken:", "slow:", "eater:", "lost:"}
    told = "\n".join(failed)
    assert "ValueError: no luck today" in told
    assert "GITINSIGHT_ANALYZER_TIMEOUT_SECONDS" in told
    assert "GITINSIGHT_ANALYZER_MEMORY_BYTES" in told
    assert "a_module_that_nobody_has" in told
    assert "  critical Finding 0" in ended.out
    assert "Traceback" not in ended.err


def test_without_any_result_the_exit_code_is_1_and_quiet_shows_no_bar_on_a_terminal(
    environment: dict[str, str], small: Repo
) -> None:
    ended, shown = run_on_terminal(environment, small.git_dir, "--analyzers=broken", "--quiet")

    assert ended.code == 1
    assert "failed   broken: The analyzer broken failed: ValueError: no luck today" in ended.out
    assert shown == "the eater is loaded\r\n"


# Ctrl-C


def interrupted(environment: Mapping[str, str], until_seen: str, *arguments: str | Path) -> Ended:
    """Press Ctrl-C when a child with this word in its command line runs; all children are gone in time."""
    process = psutil.Popen(
        command(*arguments), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )

    def family() -> list[psutil.Process]:
        return [one for one in process.children(recursive=True) if until_seen in " ".join(command_line(one))]

    until(family)
    time.sleep(0.3)
    known, begun = process.children(recursive=True), time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    _, alive = psutil.wait_procs(known, timeout=1)
    assert [command_line(one) for one in alive if lives(one)] == []
    return Ended(process.returncode, out.decode(), err.decode())


def test_ctrl_c_ends_the_analyzers(environment: dict[str, str], small: Repo) -> None:
    ended = interrupted(environment, "analyzer_process", small.git_dir, "--analyzers=slow,broken,probe")

    assert (ended.code, ended.out) == (130, "")
    assert ended.err.endswith("\ngitinsight: interrupted.\n")
    assert "Traceback" not in ended.err


def test_ctrl_c_ends_a_fetch_that_hangs_and_leaves_no_mirror(environment: dict[str, str], home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        address = f"git://127.0.0.1:{silent.getsockname()[1]}/x"

        ended = interrupted(environment, "ls-remote", address)

    assert (ended.code, ended.out) == (130, "")
    assert "Traceback" not in ended.err
    assert kept(home) == []
