"""Repositories whose fixed files are known, and their histories as a plugin's command opens them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from gitinsight.cli.commands import PluginCommands
from gitinsight.plugin import History
from tests.repositories import Content, Repo

Opened = Callable[[Repo], AbstractContextManager[History]]


def use_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep mirrors and caches of this test under its own folder."""
    monkeypatch.setenv("GITINSIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GITINSIGHT_MIN_FREE_BYTES", "0")
    monkeypatch.setattr(logging.getLogger(), "handlers", list(logging.getLogger().handlers))


def opened_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """Opens a repository's history as the product does for a command of the plugin."""
    use_home(tmp_path, monkeypatch)
    commands = PluginCommands("quality")
    return lambda repo: commands.open_history(str(repo.git_dir), analyzer="quality")


def thirty_files(tmp_path: Path, name: str = "thirty.git") -> Repo:
    """Files of 1 to 30 lines, of which a fix of March changes the twelve largest; the head is of July.

    180 days before the head is the day after the files were made.
    """
    repo = Repo(tmp_path, name)
    files: dict[str, Content] = {f"f{size:02}.py": "x = 1\n" * size for size in range(1, 31)}
    repo.commit(files, "Begin", date="2023-01-01T12:00:00+00:00")
    largest: dict[str, Content] = {f"f{size:02}.py": "y = 2\n" * size for size in range(19, 31)}
    repo.commit(largest, "Fix crash", date="2023-03-01T12:00:00+00:00")
    repo.commit({"README.md": "Hello\n"}, "Describe", date="2023-07-01T12:00:00+00:00")
    return repo
