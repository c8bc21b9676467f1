"""Running git under watch: its progress is told on, and it is stopped at the operator's limits.

Git itself has no limit on a fetch's size, and an endless answer from a hostile server would fill the
disk; so the growing files, the free space and the clock are looked at twice a second.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gitinsight.errors import AnalysisCancelled, SourceTooLarge
from gitinsight.git import command
from gitinsight.git.transport import Route

_SECONDS_BETWEEN_LOOKS = 0.5
_MOST_COMPLAINT_BYTES = 64 * 1024
_MOST_PRINTED_BYTES = 128 * 1024**2
_STAGE = re.compile(
    rb"(?:^|[\r\n])(?:remote: )?((?:Counting|Compressing|Receiving|Checking) objects|Resolving deltas)"
    rb": +\d{1,3}% \((\d{1,12})/(\d{1,12})\)"
)


@dataclass(frozen=True)
class MirrorLimits:
    """How large a mirror may grow, how long a refresh may take, how much disk must stay free."""

    max_bytes: int = 2 * 1024**3
    timeout_seconds: float = 3600
    min_free_bytes: int = 1024**3


@dataclass(frozen=True)
class Listener:
    """Who hears of the progress (stage, done, total; total 0 is unknown) and who may call it off."""

    progress: Callable[[str, float, float], None]
    cancelled: Callable[[], bool]


@dataclass(frozen=True)
class Ended:
    """What a git process that ended well has left: its output, and the end of what it complained of."""

    printed: bytes
    complaints: bytes


class Watch:
    """One refresh under its limits; all its git processes share the clock that starts here."""

    def __init__(
        self, folder: Path, limits: MirrorLimits, listener: Listener, *, kept_descriptors: Sequence[int]
    ) -> None:
        self.folder = folder
        self.limits = limits
        self.listener = listener
        self.kept_descriptors = kept_descriptors
        self.deadline = time.monotonic() + limits.timeout_seconds

    def run(
        self,
        git_dir: Path | None,
        *arguments: str,
        route: Route | None = None,
        config: Sequence[tuple[str, str]] = (),
    ) -> Ended:
        """Run git to its end and give what it said.

        Raises GitFailed where git fails, SourceTooLarge at a limit and AnalysisCancelled when called
        off; no process of the group is left in any case.
        """
        self.check()
        process = command.start(
            git_dir,
            *arguments,
            config=route.config if route else {},
            repeated_config=config,
            extra_environment=route.environment if route else {},
            kept_descriptors=self.kept_descriptors,
        )
        try:
            ended = self._attend(process)
            exit_code = process.wait(_SECONDS_BETWEEN_LOOKS * 10)
        finally:
            command.end(process)
        if exit_code != 0:
            raise command.failure(arguments[0], exit_code, ended.complaints)
        return ended

    def check(self) -> None:
        """Raises SourceTooLarge where a limit is passed, AnalysisCancelled where it is called off."""
        if self.listener.cancelled():
            raise AnalysisCancelled("The analysis was cancelled while the repository was fetched.")
        if time.monotonic() > self.deadline:
            raise SourceTooLarge(
                f"Fetching the repository took longer than {self.limits.timeout_seconds:g} s; raise "
                "GITINSIGHT_FETCH_TIMEOUT_SECONDS to allow more."
            )
        size = folder_bytes(self.folder)
        if size > self.limits.max_bytes:
            raise SourceTooLarge(
                f"The repository is larger than {self.limits.max_bytes:,} bytes ({size:,} were here when "
                "it was stopped); raise GITINSIGHT_MIRROR_MAX_BYTES to allow more."
            )
        free = shutil.disk_usage(self.folder.parent).free
        if free < self.limits.min_free_bytes:
            raise SourceTooLarge(
                f"The disk has {free:,} bytes free and {self.limits.min_free_bytes:,} must stay free; "
                "make room or lower GITINSIGHT_MIN_FREE_BYTES."
            )

    def _attend(self, process: subprocess.Popen[bytes]) -> Ended:
        """Both outputs up to git's end, reading whichever has something so that neither blocks git."""
        printed, complaints = bytearray(), bytearray()
        next_look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
        with selectors.DefaultSelector() as selector:
            selector.register(_pipe(process.stdout), selectors.EVENT_READ, printed)
            selector.register(_pipe(process.stderr), selectors.EVENT_READ, complaints)
            while selector.get_map():
                ready = selector.select(_SECONDS_BETWEEN_LOOKS)
                for key, _ in ready:
                    chunk = os.read(key.fd, 65536)
                    key.data.extend(chunk)
                    if not chunk:
                        selector.unregister(key.fileobj)
                self._tell(complaints)
                if len(printed) > _MOST_PRINTED_BYTES:
                    raise SourceTooLarge("The repository has more branches and tags than can be read.")
                if time.monotonic() >= next_look:
                    self.check()
                    next_look = time.monotonic() + _SECONDS_BETWEEN_LOOKS
                if not ready and process.poll() is not None:
                    break
        return Ended(bytes(printed), bytes(complaints))

    def _tell(self, complaints: bytearray) -> None:
        """Pass the newest count of each stage on and forget what is read, but for the end: the reason of
        a failure stands there."""
        newest = {found[1]: found for found in _STAGE.finditer(complaints)}
        for stage, found in newest.items():
            self.listener.progress(stage.decode("ascii"), float(found[2]), float(found[3]))
        del complaints[: max((found.end() for found in newest.values()), default=0)]
        del complaints[:-_MOST_COMPLAINT_BYTES]


def folder_bytes(folder: Path) -> int:
    """The bytes of all files below a folder, now; files that vanish meanwhile count nothing."""
    total, pending = 0, [str(folder)]
    while pending:
        try:
            for entry in os.scandir(pending.pop()):
                if entry.is_dir(follow_symlinks=False):
                    pending.append(entry.path)
                else:
                    total += entry.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            continue
    return total


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
