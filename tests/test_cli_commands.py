"""What the commands of plugins are given: settings, and histories of any repository."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from gitinsight.cli.commands import PluginCommands, group_of
from gitinsight.errors import GitInsightError
from tests.repositories import Repo


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITINSIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GITINSIGHT_MIN_FREE_BYTES", "0")
    monkeypatch.setattr(logging.getLogger(), "handlers", list(logging.getLogger().handlers))


def test_a_command_gets_the_history_of_a_folder(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": "x = 2\n"}, "Change a")
    with PluginCommands("quality").open_history(str(repo.git_dir), analyzer="quality") as history:
        assert history.head == repo.head()
        assert history.commits["commit"].to_list() == repo.run("rev-list", "--reverse", "main").splitlines()
        assert history.changes["path"].to_list() == ["a.py", "a.py"]
        assert history.read("a.py") == b"x = 2\n"


def test_a_command_may_ask_for_a_branch(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a.py": "x = 1\n"}, "Begin")
    side = repo.commit({"b.py": "x = 1\n"}, "Add b", branch="side", parents=[first])
    with PluginCommands("quality").open_history(str(repo.git_dir), branch="side") as history:
        assert history.head == side


def test_a_command_gets_the_settings_of_its_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITINSIGHT_QUALITY_HOTSPOT_HALF_LIFE_DAYS", "90")
    settings = PluginCommands("quality").settings
    assert settings["hotspot_half_life_days"] == 90.0
    assert settings["file_time_limit_seconds"] == 5.0


def test_a_folder_without_a_repository_is_an_error_of_the_product(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(GitInsightError), PluginCommands("quality").open_history(str(tmp_path / "empty")):
        pass


def test_a_group_is_named_after_its_plugin() -> None:
    assert group_of("quality").name == "quality"
