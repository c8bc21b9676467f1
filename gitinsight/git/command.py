"""Running git so that nothing a repository or a user's machine configures can run or change anything.

Every git process of the product starts here: without system and user configuration, hooks, prompts,
credential helpers, proxies or lazy fetches, in a process group of its own that ``end`` stops whole, and
in the root folder, so that no repository around the caller's folder is taken for the one that is meant.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from gitinsight.errors import SourceError

_DROPPED = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "xdg_config_home", "netrc")
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    # The library that speaks HTTP would send the passwords of ~/.netrc; ssh looks its keys up elsewhere.
    "HOME": os.devnull,
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.attributesFile": os.devnull,
    "credential.helper": "",
    "gc.auto": "0",
    "http.followRedirects": "false",
    "http.proxy": "",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    "safe.directory": "*",
    "submodule.recurse": "false",
    "transfer.bundleURI": "false",
}
_PASSWORD = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*@|(?<=http://)[^/@\s]+@|(?<=https://)[^/@\s]+@")


class GitFailed(SourceError):
    """A git process ended with an error; ``details`` hold ``exit_code`` and ``stderr``."""

    code = "GIT_FAILED"


def environment() -> dict[str, str]:
    """This process's environment without what could steer git, plus what keeps git still."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") and name.lower() not in _DROPPED
    }
    return kept | _ENVIRONMENT


def words(
    config: Mapping[str, str] | None = None, repeated_config: Sequence[tuple[str, str]] = ()
) -> list[str]:
    """The beginning of a safe git command line: ``git`` and its settings, before the subcommand."""
    command = ["git"]
    for key, value in [*(_CONFIG | dict(config or {})).items(), *repeated_config]:
        command += ["-c", f"{key}={value}"]
    return command


def start(
    git_dir: Path | None,
    *arguments: str,
    config: Mapping[str, str] | None = None,
    repeated_config: Sequence[tuple[str, str]] = (),
    extra_environment: Mapping[str, str] | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
    kept_descriptors: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start git on a bare repository (or on none) and return the process, the leader of its group.

    ``config`` overrides the safe defaults; ``repeated_config`` adds keys that git takes several
    times; ``kept_descriptors`` stay open in git and its helpers, as a lock that must outlive this
    process. Paths among the arguments are absolute. The caller reads the pipes, waits, and calls
    ``end`` when it gives up.
    """
    command = words(config, repeated_config)
    if git_dir is not None:
        command.append(f"--git-dir={git_dir.absolute()}")
    return subprocess.Popen(
        [*command, *arguments],
        env=environment() | dict(extra_environment or {}),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        cwd=os.sep,
        pass_fds=kept_descriptors,
        start_new_session=True,
    )


def run(
    git_dir: Path | None,
    *arguments: str,
    feed: bytes = b"",
    config: Mapping[str, str] | None = None,
    timeout_seconds: float | None = None,
) -> bytes:
    """What git prints on standard output; ``feed`` is its standard input.

    Raises GitFailed where git's exit code is not 0, with what it said, or where the time is over.
    """
    process = start(git_dir, *arguments, config=config, stdin=subprocess.PIPE)
    try:
        printed, complaints = process.communicate(feed, timeout=timeout_seconds)
    except subprocess.TimeoutExpired as late:
        end(process)
        raise GitFailed(f"git {arguments[0]} took longer than {timeout_seconds} s") from late
    except BaseException:
        end(process)
        raise
    if process.returncode != 0:
        raise failure(arguments[0], process.returncode, complaints)
    return printed


def failure(subcommand: str, exit_code: int, complaints: bytes) -> GitFailed:
    """The error for a git process that ended badly; passwords in addresses are struck out."""
    text = redact(complaints.decode("utf-8", "replace")).strip()
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    told = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    reason = (told or lines or ["it gave no reason"])[-1]
    return GitFailed(f"git {subcommand} failed: {reason}", exit_code=exit_code, stderr=text[-4000:])


def redact(text: str) -> str:
    """The text without user names and passwords in the addresses that it holds."""
    return _PASSWORD.sub("", text)


@functools.cache
def version() -> tuple[int, ...]:
    """The numbers of git's version, as (2, 39, 5)."""
    printed = run(None, "version").decode("utf-8", "replace")
    found = re.search(r"\d+(\.\d+)+", printed)
    return tuple(int(part) for part in found[0].split(".")) if found else (0,)


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its helpers at once and reap it; nothing happens where it has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()
