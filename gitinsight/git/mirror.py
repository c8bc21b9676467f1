"""A bare mirror per repository: all branches and tags of a source, brought here safely and kept fresh.

A first fetch is made beside the mirror's place and moved there when it is whole, so a mirror that exists
is complete; later fetches add to it. What a crash leaves behind is swept before the next fetch. Objects
are never deleted, so heads of earlier analyses stay readable after a force push.

Shallow and partial sources are refused (SourceDamaged): a truncated history would pass for the whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from gitinsight.errors import AnalysisCancelled, SourceDamaged, SourceEmpty, SourceError
from gitinsight.git import command
from gitinsight.git.remote import Remote, explained, list_remote
from gitinsight.git.source import Source, SourceRules
from gitinsight.git.transport import Route, route_to
from gitinsight.git.watch import Listener, MirrorLimits, Watch, folder_bytes

__all__ = ["Mirror", "MirrorLimits"]

_DETACHED = "refs/gitinsight/head"
_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
# Git leaves out what a shallow source offers, and calls that a success.
_SHALLOW = b"shallow roots are not allowed"
_MOST_PACKS = 20
_COMMIT_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# No ref may end in .lock, but a branch may well be called tmp_x: those names count among objects only.
_LEFTOVERS = ("**/*.lock", "objects/**/tmp_*", "objects/**/incoming-*", "objects/**/.tmp-*")
# Marks that old tools really left in honest histories. What could harm a reader stays an error: paths
# such as .git or .., .gitmodules that attack, objects that do not have the id they are asked by.
_TOLERATED = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badFilemode",
    "badName",
    "badTagName",
    "badTimezone",
    "duplicateEntries",
    "extraHeaderEntry",
    "gitattributesLarge",
    "gitattributesLineLength",
    "gitattributesSymlink",
    "gitignoreSymlink",
    "gitmodulesParse",
    "largePathname",
    "mailmapSymlink",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "nullSha1",
    "treeNotSorted",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)
_FETCH_CONFIG = (
    ("transfer.fsckObjects", "true"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    # Packs stay packs: thousands of loose files would be slow to read and to measure.
    ("fetch.unpackLimit", "1"),
    *((f"fetch.fsck.{mark}", "ignore") for mark in _TOLERATED),
)


def _silent(_stage: str, _done: float, _total: float) -> None:
    """A listener for callers that show no progress."""


def _never() -> bool:
    return False


class Mirror:
    """The bare repository at ``path``; its folder need not exist yet. One object serves one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    def refresh(
        self,
        source: Source,
        rules: SourceRules,
        limits: MirrorLimits | None = None,
        *,
        branch: str = "",
        progress: Callable[[str, float, float], None] = _silent,
        cancelled: Callable[[], bool] = _never,
    ) -> str:
        """Bring all branches and tags here and give the id of the commit to analyse.

        That is the tip of ``branch``, or else of the source's default branch, or a detached HEAD's
        commit. ``progress`` gets a stage, what is done and the total, 0 where unknown. Raises
        SourceRefused, SourceUnreachable, SourceEmpty, SourceTooLarge, SourceDamaged, SourceError
        (no such branch) or AnalysisCancelled; a mirror that was there keeps all its commits.
        """
        with self.locked(cancelled):
            self._sweep()
            assert self._lock is not None
            listener = Listener(progress, cancelled)
            watch = Watch(self.path, limits or MirrorLimits(), listener, kept_descriptors=(self._lock,))
            progress("Asking the source", 0, 0)
            route = route_to(source, rules)
            remote = list_remote(route, watch)
            chosen = remote.chosen_branch(branch)
            try:
                self._bring(route, remote, chosen, watch)
            finally:
                self._sweep()
            return self.head()

    @contextlib.contextmanager
    def locked(self, cancelled: Callable[[], bool] = _never) -> Iterator[None]:
        """Hold the mirror for this process; other processes wait. Inside, it can be taken again.

        The lock is the kernel's: it ends with the process, and with any git that the process left.
        """
        if self._lock is not None:
            yield
            return
        self._lock = self._take_lock(cancelled)
        try:
            yield
        finally:
            if not self.path.exists():
                # Who waits for the lock notices that its file is another one by now.
                self._beside("lock").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def has(self, commit: str) -> bool:
        """Whether the commit of this id is here; False for a text that is no full id."""
        if not _COMMIT_ID.fullmatch(commit):
            return False
        try:
            command.run(self.path, "cat-file", "-e", f"{commit}^{{commit}}")
        except command.GitFailed:
            return False
        return True

    def head(self) -> str:
        """The id of the commit that HEAD names; SourceEmpty where it names none."""
        try:
            printed = command.run(self.path, "rev-parse", "--verify", "--end-of-options", "HEAD^{commit}")
        except command.GitFailed as failed:
            raise SourceEmpty("The mirror holds no commit to analyse; fetch it again.") from failed
        return printed.decode("ascii").strip()

    def size_bytes(self) -> int:
        """The bytes of all files of the mirror; 0 where there is none."""
        return folder_bytes(self.path)

    def remove(self) -> None:
        """Delete the mirror and what belongs to it, once no other process holds it."""
        with self.locked():
            for folder in (self.path, self._beside("new"), self._beside("old")):
                shutil.rmtree(folder, ignore_errors=True)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")

    def _take_lock(self, cancelled: Callable[[], bool]) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            lock = os.open(self._beside("lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Another process may have removed the file between its opening and its locking.
                if os.fstat(lock).st_ino == self._beside("lock").stat().st_ino:
                    return lock
            except (BlockingIOError, FileNotFoundError):
                pass
            except BaseException:
                os.close(lock)
                raise
            os.close(lock)
            if cancelled():
                raise AnalysisCancelled("The analysis was cancelled while it waited for another one.")
            time.sleep(0.1)

    def _sweep(self) -> None:
        """Remove what a git or a process that was killed has left; the lock is held."""
        for folder in (self._beside("new"), self._beside("old")):
            shutil.rmtree(folder, ignore_errors=True)
        for pattern in _LEFTOVERS:
            for leftover in list(self.path.glob(pattern)):
                if leftover.is_dir():
                    shutil.rmtree(leftover, ignore_errors=True)
                else:
                    leftover.unlink(missing_ok=True)

    def _bring(self, route: Route, remote: Remote, branch: str, watch: Watch) -> None:
        """Add to the mirror, or build it anew where it is missing, damaged or of another object format."""
        if self._object_format() == remote.object_format:
            # A refresh that fails for a damage may fail for our own copy's; the new one then decides.
            with contextlib.suppress(SourceDamaged):
                self._fetch(self.path, route, branch, watch)
                return
        fresh = self._beside("new")
        shutil.rmtree(fresh, ignore_errors=True)
        watch.folder = fresh
        form = f"--object-format={remote.object_format}"
        watch.run(None, "init", "--quiet", "--bare", "--template=", form, "--", str(fresh))
        self._fetch(fresh, route, branch, watch)
        if self.path.exists():
            self.path.rename(self._beside("old"))
        fresh.rename(self.path)

    def _object_format(self) -> str:
        """The object format of the mirror, "" where there is none that git can open."""
        try:
            return command.run(self.path, "rev-parse", "--show-object-format").decode("ascii").strip()
        except command.GitFailed:
            return ""

    def _fetch(self, git_dir: Path, route: Route, branch: str, watch: Watch) -> None:
        refspecs = _REFSPECS if branch else (*_REFSPECS, f"+HEAD:{_DETACHED}")
        options = (
            "--progress",
            "--prune",
            "--no-tags",
            "--no-auto-maintenance",
            "--no-recurse-submodules",
            "--no-show-forced-updates",
            "--no-write-fetch-head",
            "--update-head-ok",
            *route.options,
        )
        try:
            ended = watch.run(
                git_dir, "fetch", *options, "--", route.url, *refspecs, route=route, config=_FETCH_CONFIG
            )
        except command.GitFailed as failed:
            raise explained(failed, route.source) from failed
        if _SHALLOW in ended.complaints:
            raise SourceDamaged("The source is a shallow clone: run git fetch --unshallow in it.")
        self._settle(git_dir, branch, watch)

    def _settle(self, git_dir: Path, branch: str, watch: Watch) -> None:
        """Point HEAD at the branch, and keep refs and packs few."""
        target = f"refs/heads/{branch}" if branch else _DETACHED
        try:
            watch.run(git_dir, "rev-parse", "--quiet", "--verify", "--end-of-options", f"{target}^{{commit}}")
        except command.GitFailed as failed:
            raise SourceError("The source changed while it was fetched; try again.") from failed
        watch.run(git_dir, "symbolic-ref", "HEAD", target)
        watch.run(git_dir, "pack-refs", "--all", "--prune")
        if len(list((git_dir / "objects" / "pack").glob("*.pack"))) > _MOST_PACKS:
            watch.run(git_dir, "repack", "--quiet", "--geometric=2", "-d")
        # No commit-graph: git 2.39 loops for ever when it writes one over dates that are absurd enough.
