"""`gitinsight up` as a person starts it: a process of its own, read from outside, gone at the end."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from tests.processes import command_line, lives

T = TypeVar("T")

START_SECONDS = 60
STOP_SECONDS = 10


class Up:
    """A running `gitinsight up` on a home folder of the test's own."""

    def __init__(
        self,
        home: Path,
        environment: Mapping[str, str],
        *arguments: str,
        program: Sequence[str] = (sys.executable, "-P", "-m", "gitinsight"),
        folder: Path | None = None,
    ) -> None:
        self.home = home
        self._program = program
        self.environment = {**environment, "GITINSIGHT_HOME": str(home)}
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._printed, self._complained = home / "printed.txt", home / "complained.txt"
        self._known: set[psutil.Process] = set()
        self._key = ""
        with self._printed.open("wb") as printed, self._complained.open("wb") as complained:
            self.process = psutil.Popen(
                [*program, "up", *arguments],
                env=self.environment,
                cwd=folder or home,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=complained,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        """What stands on standard output by now."""
        return self._printed.read_text()

    @property
    def complained(self) -> str:
        """What stands on standard error by now."""
        return self._complained.read_text()

    @property
    def address(self) -> str:
        return re.findall(r"runs at (\S+)", self.printed)[0]

    @property
    def link(self) -> str:
        return re.findall(r"Sign in as admin +(\S+)", self.printed)[0]

    def wait_until_greeted(self) -> Up:
        """Return when the login link is printed."""
        until(lambda: "Ctrl-C stops everything" in self.printed or self.process.poll() is not None)
        assert self.process.poll() is None, self.complained
        return self

    def family(self) -> list[psutil.Process]:
        """The supervisor and everything below it that lives now."""
        found = [self.process, *self.process.children(recursive=True)]
        self._known.update(found)
        return found

    def child(self, *words: str) -> psutil.Process:
        """The one child whose command line has all these words, as soon as there is one.

        A child that was just started shows another command line until it has become what it shall be.
        """
        found = until(
            lambda: [one for one in self.process.children() if set(words) <= set(command_line(one))]
        )
        assert len(found) == 1, (words, found)
        return found[0]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the product, with the same home folder."""
        return subprocess.run(
            [*self._program, *arguments],
            env=self.environment,
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def api(self, path: str, **body: Any) -> Any:
        """The JSON answer of the API to an admin's key; with a body it is a POST."""
        if not self._key:
            self._key = self.command("keys", "create").stdout.strip()
        answer = requests.request(
            "POST" if body else "GET",
            f"{self.address}/api/v1{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {self._key}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def repositories(self) -> list[dict[str, Any]]:
        """The repositories of this installation."""
        return list(self.api("/repositories")["items"])

    def ask_to_stop(self, number: signal.Signals) -> float:
        """Send the signal and wait; the seconds until the supervisor was gone."""
        self.family()
        begun = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(STOP_SECONDS + 10)
        return time.monotonic() - begun

    def survivors(self, within_seconds: float = 0.0) -> list[str]:
        """The command lines of those processes ever seen here that still live after so many seconds."""
        _, alive = psutil.wait_procs(self._known, timeout=within_seconds)
        return [" ".join(command_line(one)) for one in alive if lives(one)]

    def end(self) -> None:
        """Leave nothing behind, whatever the test did."""
        if self.process.poll() is None:
            self.ask_to_stop(signal.SIGTERM)
        for one in self._known:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()


@contextlib.contextmanager
def running(home: Path, environment: Mapping[str, str], *arguments: str, **options: Any) -> Iterator[Up]:
    """A greeted `gitinsight up` for the length of the block."""
    up = Up(home, environment, *arguments, **options)
    try:
        yield up.wait_until_greeted()
    finally:
        up.end()


def until(over: Callable[[], T], timeout_seconds: float = START_SECONDS) -> T:
    """Wait until it is over and return what says so; an AssertionError where it is not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not (found := over()):
        assert time.monotonic() < deadline, f"not within {timeout_seconds} s"
        time.sleep(0.1)
    return found


def install_plugin(folder: Path, name: str, source: str) -> dict[str, str]:
    """Put a plugin's module and its entry point into a folder; the variables that make it importable."""
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir(parents=True)
    (folder / f"{name}.py").write_text(source)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[gitinsight.plugins]\n{name} = {name}\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
