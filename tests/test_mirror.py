"""Mirrors of repositories on this machine: what arrives, what is refused, what a crash leaves."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from gitinsight.errors import (
    AnalysisCancelled,
    SourceDamaged,
    SourceEmpty,
    SourceError,
    SourceRefused,
    SourceTooLarge,
    SourceUnreachable,
)
from gitinsight.git.mirror import Mirror, MirrorLimits
from gitinsight.git.source import SourceRules, parse_source
from tests.repositories import Repo

RULES = SourceRules(allow_local_paths=True)


def refresh(mirror: Mirror, path: Path, **options) -> str:
    """Refresh a mirror from a folder."""
    return mirror.refresh(parse_source(str(path), RULES), RULES, **options)


def git(*arguments: str | Path) -> str:
    """Run git as a user would, with a name and no settings of this machine."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *map(str, arguments)]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def refs(mirror: Mirror) -> dict[str, str]:
    lines = git("--git-dir", mirror.path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
    return dict(line.split(" ") for line in lines)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A bare repository with one commit on main."""
    repo = Repo(tmp_path)
    repo.commit({"a.txt": "one\n"}, "First")
    return repo


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "m.git")


def test_all_branches_and_tags_arrive_and_the_default_branch_is_the_head(repo, mirror):
    first = repo.head()
    second = repo.commit({"a.txt": "two\n"}, "Second")
    side = repo.commit({"b.txt": "b\n"}, "Side", branch="side/x", parents=[first])
    repo.tag("v1", first)

    assert refresh(mirror, repo.git_dir) == second

    assert refs(mirror) == {"refs/heads/main": second, "refs/heads/side/x": side, "refs/tags/v1": first}
    assert mirror.head() == second
    assert mirror.has(side)
    assert not mirror.has("0" * 40)
    assert not mirror.has("main")
    assert not mirror.has("--all")
    assert mirror.size_bytes() > 0


def test_a_later_refresh_follows_new_commits_a_force_push_and_deleted_branches(repo, mirror):
    first = repo.head()
    old = repo.commit({"a.txt": "old\n"}, "To be replaced")
    repo.commit({"b.txt": "b\n"}, "Side", branch="side")
    refresh(mirror, repo.git_dir)
    new = repo.commit({"a.txt": "new\n"}, "Replacement", parents=[first])
    repo.run("update-ref", "-d", "refs/heads/side")
    newest = repo.commit({"c.txt": "c\n"}, "More")

    assert refresh(mirror, repo.git_dir) == newest

    assert refs(mirror) == {"refs/heads/main": newest}
    assert mirror.has(new)
    assert mirror.has(old), "the head of an earlier analysis stays readable"


def test_a_renamed_default_branch_is_followed_even_into_a_folder_of_its_old_name(repo, mirror):
    head = repo.head()
    refresh(mirror, repo.git_dir)
    repo.run("branch", "-m", "main", "trunk")
    assert refresh(mirror, repo.git_dir) == head
    repo.run("branch", "-m", "trunk", "trunk/next")

    assert refresh(mirror, repo.git_dir) == head

    assert refs(mirror) == {"refs/heads/trunk/next": head}


def test_a_wanted_branch_becomes_the_head_and_an_unknown_one_is_answered_with_those_that_exist(repo, mirror):
    side = repo.commit({"b.txt": "b\n"}, "Side", branch="side")

    assert refresh(mirror, repo.git_dir, branch="side") == side
    assert refresh(mirror, repo.git_dir, branch="refs/heads/main") == repo.head()
    with pytest.raises(SourceError, match=r"no branch 'sied'; the repository has: main, side\.") as missing:
        refresh(mirror, repo.git_dir, branch="sied")
    assert missing.value.code == "SOURCE_ERROR"


def test_at_most_ten_branches_are_named(repo, mirror):
    for number in range(12):
        repo.run("branch", f"b{number:02}", "main")

    with pytest.raises(SourceError, match=r"b00, .*b09, …\."):
        refresh(mirror, repo.git_dir, branch="x")


def test_a_detached_checkout_is_analysed_at_its_commit(repo, mirror, tmp_path):
    first = repo.head()
    repo.commit({"a.txt": "two\n"}, "Second")
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", repo.git_dir, checkout)
    git("-C", checkout, "checkout", "--quiet", "--detach", first)

    assert refresh(mirror, checkout) == first

    git("-C", checkout, "checkout", "--quiet", "main")
    assert refresh(mirror, checkout) == repo.head()


def test_a_commit_that_only_a_detached_head_holds_arrives(repo, mirror, tmp_path):
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", repo.git_dir, checkout)
    git("-C", checkout, "checkout", "--quiet", "--detach")
    git("-C", checkout, "commit", "--quiet", "--allow-empty", "-m", "Nobody's")

    assert refresh(mirror, checkout) == git("-C", checkout, "rev-parse", "HEAD")


def test_a_head_that_leads_nowhere_gives_way_to_a_usual_branch(repo, mirror):
    repo.commit({"b.txt": "b\n"}, "Other", branch="aaa")
    repo.run("symbolic-ref", "HEAD", "refs/heads/gone")

    assert refresh(mirror, repo.git_dir) == repo.head()


def test_a_linked_work_tree_is_analysed_at_its_own_branch(repo, mirror, tmp_path):
    side = repo.commit({"b.txt": "b\n"}, "Side", branch="side")
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", repo.git_dir, checkout)
    git("-C", checkout, "worktree", "add", "--quiet", tmp_path / "linked", "side")

    assert refresh(mirror, tmp_path / "linked") == side


def test_a_submodule_checkout_is_opened(repo, mirror, tmp_path):
    outer = tmp_path / "outer"
    git("init", "--quiet", outer)
    git("-C", outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", repo.git_dir, "inner")

    assert refresh(mirror, outer / "inner") == repo.head()


def test_a_sha256_repository_is_mirrored_and_replaces_a_sha1_one(repo, mirror, tmp_path):
    refresh(mirror, repo.git_dir)
    modern = Repo(tmp_path, "modern.git", "sha256")
    head = modern.commit({"a.txt": "one\n"}, "First")

    assert refresh(mirror, modern.git_dir) == head

    assert len(head) == 64
    assert mirror.has(head)
    assert [entry.name for entry in mirror.path.parent.iterdir() if entry.name != "m.git.lock"] == ["m.git"]


def test_an_empty_repository_is_said_to_be_empty(tmp_path, mirror):
    with pytest.raises(SourceEmpty, match="no commit yet"):
        refresh(mirror, Repo(tmp_path).git_dir)
    assert not mirror.path.exists()


def test_a_folder_that_is_no_repository_is_unreachable(tmp_path, mirror):
    with pytest.raises(SourceUnreachable, match="no folder of this name"):
        refresh(mirror, tmp_path / "missing")
    with pytest.raises(SourceUnreachable, match="not a git repository"):
        refresh(mirror, tmp_path)


def test_a_shallow_clone_is_refused_with_its_remedy(repo, mirror, tmp_path):
    repo.commit({"a.txt": "two\n"}, "Second")
    git("clone", "--quiet", "--depth=1", f"file://{repo.git_dir}", tmp_path / "shallow")

    with pytest.raises(SourceDamaged, match="git fetch --unshallow"):
        refresh(mirror, tmp_path / "shallow")


def test_a_partial_clone_is_refused_with_its_remedy(repo, mirror, tmp_path):
    repo.run("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", "--bare", f"file://{repo.git_dir}", tmp_path / "partial")

    with pytest.raises(SourceDamaged, match="without --filter"):
        refresh(mirror, tmp_path / "partial")


def test_a_missing_object_is_damage_and_leaves_the_old_mirror(repo, mirror):
    first = refresh(mirror, repo.git_dir)
    repo.run("repack", "-a", "-d")
    repo.run("unpack-objects", feed=b"".join(_packs(repo)))
    second = repo.commit({"b.txt": "unique\n"}, "Second")
    blob = repo.run("rev-parse", f"{second}:b.txt")
    _make_loose(repo)
    (repo.git_dir / "objects" / blob[:2] / blob[2:]).unlink()

    with pytest.raises(SourceDamaged, match="git fsck") as damage:
        refresh(mirror, repo.git_dir)

    assert damage.value.details["stderr"]
    assert mirror.head() == first


def _packs(repo: Repo) -> list[bytes]:
    return [pack.read_bytes() for pack in (repo.git_dir / "objects" / "pack").glob("*.pack")]


def _make_loose(repo: Repo) -> None:
    """Turn all packs into one file per object, so that a test can break a single one."""
    packs = _packs(repo)
    shutil.rmtree(repo.git_dir / "objects" / "pack")
    for pack in packs:
        repo.run("unpack-objects", "-q", feed=pack)


def test_a_truncated_object_is_damage(repo, mirror):
    _make_loose(repo)
    blob = repo.run("rev-parse", "main:a.txt")
    broken = repo.git_dir / "objects" / blob[:2] / blob[2:]
    broken.chmod(0o600)
    broken.write_bytes(broken.read_bytes()[:5])

    with pytest.raises(SourceDamaged):
        refresh(mirror, repo.git_dir)


@pytest.mark.parametrize("raw", ["40000 .git", "40000 ..", "40000 .GIT"])
def test_a_tree_that_attacks_a_checkout_is_refused(repo, mirror, raw):
    mode, name = raw.split(" ")
    inner = repo.run("rev-parse", "main^{tree}")
    entry = f"{mode} {name}\0".encode() + bytes.fromhex(inner)
    tree = repo.run("hash-object", "-t", "tree", "-w", "--stdin", "--literally", feed=entry)
    repo.run("update-ref", "refs/heads/main", repo.run("commit-tree", tree, "-m", "Attack"))

    with pytest.raises(SourceDamaged, match="forbidden"):
        refresh(mirror, repo.git_dir)


def test_marks_of_old_tools_are_tolerated(repo, mirror):
    blob = bytes.fromhex(repo.run("rev-parse", "main:a.txt"))
    inner = repo.run("hash-object", "-t", "tree", "-w", "--stdin", feed=b"100644 a.txt\0" + blob)
    padded = b"100664 a.txt\0" + blob + b"040000 dir\0" + bytes.fromhex(inner)
    tree = repo.run("hash-object", "-t", "tree", "-w", "--stdin", "--literally", feed=padded)
    person = "Old Tool<old@example.com> 18446744073709551616 +51800"
    text = f"tree {tree}\nauthor {person}\ncommitter {person}\n\nOld\n"
    commit = repo.run("hash-object", "-t", "commit", "-w", "--stdin", "--literally", feed=text.encode())
    repo.run("update-ref", "refs/heads/main", commit)

    assert refresh(mirror, repo.git_dir) == commit


def test_nothing_that_a_hostile_repository_configures_runs(repo, mirror, tmp_path):
    marker = tmp_path / "ran"
    script = tmp_path / "script"
    script.write_text(f'#!/bin/sh\necho "$0" >> {marker}\nexec "$@"\n')
    script.chmod(0o755)
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", repo.git_dir, checkout)
    (checkout / ".git" / "config").open("a").write(
        f"[core]\n fsmonitor = {script}\n sshCommand = {script}\n hooksPath = {tmp_path}\n"
        f" alternateRefsCommand = {script}\n gitProxy = {script}\n pager = {script}\n editor = {script}\n"
        f"[uploadpack]\n packObjectsHook = {script}\n[credential]\n helper = {script}\n"
        f'[filter "x"]\n clean = {script}\n smudge = {script}\n process = {script}\n'
        f'[diff]\n external = {script}\n[gpg]\n program = {script}\n[alias]\n upload-pack = "!{script}"\n'
        f'[url "ext::{script} "]\n insteadOf = /\n'
    )
    hooks = checkout / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in (
        "pre-upload-pack",
        "post-upload-pack",
        "reference-transaction",
        "post-checkout",
        "post-update",
    ):
        shutil.copy(script, hooks / name)
        shutil.copy(script, tmp_path / name)

    assert refresh(mirror, checkout) == repo.head()
    assert refresh(mirror, checkout) == repo.head()

    assert not marker.exists()
    assert not list((mirror.path / "hooks").glob("*"))


def test_the_environment_cannot_steer_git(repo, mirror, tmp_path, monkeypatch):
    marker = tmp_path / "ran"
    monkeypatch.setenv("GIT_SSH_COMMAND", f"touch {marker}")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'uploadpack.packobjectshook'='touch {marker};'")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(f"[uploadpack]\n packObjectsHook = touch {marker};\n")
    monkeypatch.chdir(repo.git_dir)

    assert refresh(mirror, repo.git_dir) == repo.head()

    assert not marker.exists()


def test_borrowed_objects_are_refused(repo, mirror, tmp_path):
    git("clone", "--quiet", "--shared", repo.git_dir, tmp_path / "borrower")

    with pytest.raises(SourceRefused, match="borrows objects"):
        refresh(mirror, tmp_path / "borrower")


@pytest.mark.parametrize("place", ["objects", "objects/pack", "objects/zz", "refs", "packed-refs", "config"])
def test_symbolic_links_in_a_repository_are_refused(repo, mirror, tmp_path, place):
    target = tmp_path / "elsewhere"
    linked = repo.git_dir / place
    if linked.exists():
        linked.rename(target)
    linked.symlink_to(target)

    with pytest.raises(SourceRefused, match="symbolic link"):
        refresh(mirror, repo.git_dir)


def test_a_pipe_among_the_objects_is_refused(repo, mirror):
    os.mkfifo(repo.git_dir / "objects" / "pipe")

    with pytest.raises(SourceRefused, match="special file"):
        refresh(mirror, repo.git_dir)


def test_a_git_file_that_passes_off_another_repository_is_refused(repo, mirror, tmp_path):
    for name, text in (("a", f"gitdir: {repo.git_dir}\n"), ("b", "gitdir: ../a\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / ".git").write_text(text)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / ".git").symlink_to(repo.git_dir)
    forged = tmp_path / "d" / ".git" / "worktrees" / "w"
    forged.mkdir(parents=True)
    shutil.copytree(repo.git_dir, tmp_path / "d" / ".git", dirs_exist_ok=True)
    (tmp_path / "d" / ".git" / "commondir").write_text(f"{repo.git_dir}\n")
    (tmp_path / "d" / ".git" / "gitdir").write_text(f"{tmp_path}/d/.git\n")

    for name in "abcd":
        with pytest.raises(SourceRefused):
            refresh(mirror, tmp_path / name)


def test_a_repository_over_the_limit_names_the_setting_and_leaves_nothing(repo, mirror):
    repo.commit({"noise": os.urandom(3_000_000)}, "Noise")

    with pytest.raises(SourceTooLarge, match=r"1,000,000 bytes .*GITINSIGHT_MIRROR_MAX_BYTES"):
        refresh(mirror, repo.git_dir, limits=MirrorLimits(max_bytes=1_000_000))

    assert not mirror.path.exists()
    assert not list(mirror.path.parent.rglob("*pack*"))


def test_the_limits_on_time_and_free_disk_name_their_settings(repo, mirror):
    with pytest.raises(SourceTooLarge, match="GITINSIGHT_FETCH_TIMEOUT_SECONDS"):
        refresh(mirror, repo.git_dir, limits=MirrorLimits(timeout_seconds=0))
    with pytest.raises(SourceTooLarge, match="GITINSIGHT_MIN_FREE_BYTES"):
        refresh(mirror, repo.git_dir, limits=MirrorLimits(min_free_bytes=2**62))


def test_progress_counts_objects_up_to_their_total(repo, mirror):
    for number in range(30):
        repo.commit({f"{number}.txt": f"{number}\n"}, "More")
    heard: list[tuple[str, float, float]] = []

    refresh(mirror, repo.git_dir, progress=lambda *step: heard.append(step))

    # 31 commits, 31 trees and 31 blobs.
    assert ("Receiving objects", 93.0, 93.0) in heard
    assert all(done <= total for _, done, total in heard)


def test_a_refresh_that_brings_nothing_leaves_nothing(tmp_path, mirror):
    with pytest.raises(SourceUnreachable):
        refresh(mirror, tmp_path / "nowhere")

    assert list(mirror.path.parent.iterdir()) == []


def test_cancelling_before_and_while_waiting_for_the_lock_raises_at_once(repo, mirror):
    with pytest.raises(AnalysisCancelled):
        refresh(mirror, repo.git_dir, cancelled=lambda: True)
    with mirror.locked(), pytest.raises(AnalysisCancelled):
        refresh(Mirror(mirror.path), repo.git_dir, cancelled=lambda: True)


def test_a_second_job_waits_until_the_first_lets_the_mirror_go(repo, mirror):
    order: list[str] = []

    def second() -> None:
        refresh(Mirror(mirror.path), repo.git_dir)
        order.append("second")

    with mirror.locked():
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.5)
        order.append("first")
        refresh(mirror, repo.git_dir)
    thread.join(20)

    assert order == ["first", "second"]


def test_a_removed_mirror_leaves_nothing_and_can_be_fetched_again(repo, mirror):
    refresh(mirror, repo.git_dir)

    mirror.remove()

    assert list(mirror.path.parent.iterdir()) == []
    assert mirror.size_bytes() == 0
    with pytest.raises(SourceEmpty):
        mirror.head()
    assert refresh(mirror, repo.git_dir) == repo.head()


_DIES_WHILE_RECEIVING = """
import os, signal, sys
from pathlib import Path
from gitinsight.git.mirror import Mirror
from gitinsight.git.source import SourceRules, parse_source

def die(stage, done, total):
    if stage == "Receiving objects":
        os.kill(os.getpid(), signal.SIGKILL)

rules = SourceRules(allow_local_paths=True)
Mirror(Path(sys.argv[1])).refresh(parse_source(sys.argv[2], rules), rules, progress=die)
"""


@pytest.mark.parametrize("again", [False, True], ids=["first fetch", "later fetch"])
def test_a_process_killed_in_the_middle_of_a_fetch_leaves_a_mirror_that_mends(repo, mirror, again):
    if again:
        refresh(mirror, repo.git_dir)
    for number in range(20):
        repo.commit({f"{number}.bin": os.urandom(200_000)}, "More")

    command = [sys.executable, "-c", _DIES_WHILE_RECEIVING, str(mirror.path), str(repo.git_dir)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    killed = subprocess.run(command, env=environment, check=False)

    assert killed.returncode == -signal.SIGKILL
    assert refresh(mirror, repo.git_dir) == repo.head()
    git("--git-dir", mirror.path, "fsck", "--strict")
    assert not list(mirror.path.rglob("tmp_*"))


def test_leftovers_of_a_crash_are_swept(repo, mirror):
    refresh(mirror, repo.git_dir)
    head = repo.commit({"a.txt": "two\n"}, "Second")
    repo.run("branch", "tmp_x", "main")
    for name in ("HEAD.lock", "packed-refs.lock", "shallow.lock", "config.lock", "refs/heads/main.lock"):
        (mirror.path / name).write_text("")
    (mirror.path / "objects/pack/tmp_pack_x1y2z3").write_bytes(b"PACK")
    (mirror.path.parent / "m.git.new").mkdir()

    assert refresh(mirror, repo.git_dir) == head

    assert not list(mirror.path.rglob("*.lock"))
    assert not list(mirror.path.rglob("tmp_*"))
    assert refs(mirror) == {"refs/heads/main": head, "refs/heads/tmp_x": head}


@pytest.mark.parametrize("damage", ["pack", "HEAD", "config", "objects"])
def test_a_mirror_that_lost_files_is_built_anew(repo, mirror, damage):
    refresh(mirror, repo.git_dir)
    head = repo.commit({"a.txt": "two\n"}, "Second")
    if damage == "pack":
        for pack in (mirror.path / "objects/pack").iterdir():
            pack.unlink()
    elif damage == "objects":
        shutil.rmtree(mirror.path / "objects")
    else:
        (mirror.path / damage).write_bytes(b"")

    assert refresh(mirror, repo.git_dir) == head

    git("--git-dir", mirror.path, "fsck", "--strict")


def test_many_small_fetches_do_not_pile_up_packs(repo, mirror):
    for number in range(25):
        repo.commit({"a.txt": f"{number}\n"}, "More")
        refresh(mirror, repo.git_dir)

    assert len(list((mirror.path / "objects/pack").glob("*.pack"))) <= 21
    assert git("--git-dir", mirror.path, "rev-list", "--count", "HEAD") == "26"
