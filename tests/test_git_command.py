"""Git processes: what they inherit, what their failures tell, and that they end."""

from __future__ import annotations

import os
import time

import pytest

from gitinsight.git import command
from tests.repositories import Repo


def test_a_failure_tells_git_s_own_reason_rather_than_the_advice_after_it():
    said = (
        b"Permission denied (publickey).\r\nfatal: Could not read.\n\nPlease check\nthe repository exists.\n"
    )

    failure = command.failure("fetch", 128, said)

    assert failure.message == "git fetch failed: fatal: Could not read."
    assert failure.details["exit_code"] == 128
    assert "publickey" in failure.details["stderr"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("at 'https://me:secret@code.example/x'", "at 'https://code.example/x'"),
        ("https://secret@code.example/x", "https://code.example/x"),
        ("ssh://git:secret@code.example/x", "ssh://code.example/x"),
        ("ssh://git@code.example/x", "ssh://git@code.example/x"),
        ("mail ann@example.com", "mail ann@example.com"),
    ],
)
def test_passwords_are_struck_out_of_what_git_says(text, shown):
    assert command.redact(text) == shown
    assert "secret" not in command.failure("fetch", 1, text.encode()).message


def test_a_repository_around_the_current_folder_is_not_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(Repo(tmp_path).git_dir)

    with pytest.raises(command.GitFailed):
        command.run(None, "rev-parse", "--git-dir")


def test_a_relative_git_directory_is_the_caller_s(tmp_path, monkeypatch):
    repo = Repo(tmp_path)
    head = repo.commit({"a.txt": "one\n"}, "First")
    monkeypatch.chdir(tmp_path)

    assert command.run(repo.git_dir.relative_to(tmp_path), "rev-parse", "HEAD").decode().strip() == head


def test_a_git_that_takes_too_long_is_ended(tmp_path):
    repo = Repo(tmp_path)
    begun = time.monotonic()

    with pytest.raises(command.GitFailed, match=r"longer than 0\.5 s"):
        command.run(repo.git_dir, "wait", config={"alias.wait": "!sleep 60"}, feed=b"", timeout_seconds=0.5)

    assert time.monotonic() - begun < 5


def test_variables_and_files_that_steer_git_are_dropped(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/elsewhere")

    kept = command.environment()

    assert {"GIT_DIR", "HTTPS_PROXY", "XDG_CONFIG_HOME"}.isdisjoint(kept)
    assert kept["HOME"] == os.devnull
    assert kept["PATH"] == os.environ["PATH"]


def test_the_version_of_git_has_numbers():
    assert command.version() >= (2, 30)
