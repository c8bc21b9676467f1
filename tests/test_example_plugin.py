"""The example of a third party's plugin, as a user has it: built, installed with pip, and used."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.repositories import Repo

if TYPE_CHECKING:
    from tests.distributions import Installation

pytest_plugins = ("tests.distributions",)
pytestmark = pytest.mark.packaging

TESTS = Path(__file__).resolve().parent
EXAMPLE = TESTS.parent / "examples" / "gitinsight-weekend"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four commits in June 2024, of which the one on Saturday the 1st is at the weekend."""
    repo = Repo(tmp_path_factory.mktemp("repository"))
    for day in (1, 3, 4, 5):
        repo.commit({"a.txt": f"{day}\n"}, "Work", date=f"2024-06-{day:02}T12:00:00+00:00")
    return repo.git_dir


def test_the_examples_own_tests_pass_against_the_installed_product(installation: Installation) -> None:
    done = installation.run(
        "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "test_weekend.py"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_the_product_runs_from_its_wheel_and_not_from_the_checkout(installation: Installation) -> None:
    done = installation.run("python", "-c", "import gitinsight; print(gitinsight.__file__)")

    assert Path(done.stdout.strip()).is_relative_to(installation.environment), done.stderr


def test_the_installed_plugin_is_listed_with_its_distribution(installation: Installation) -> None:
    done = installation.run("gitinsight", "plugins")

    assert done.returncode == 0, done.stderr
    assert "weekend (gitinsight-weekend 1.0)" in done.stdout
    assert "failed" not in done.stderr


def test_its_metric_appears_in_an_analysis_at_the_command_line(
    installation: Installation, repository: Path
) -> None:
    done = installation.run(
        "gitinsight", "analyze", repository, "--format", "json", "--analyzers", "weekend", "--quiet"
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (metric,) = found["metrics"]
    assert (metric["name"], metric["unit"]) == ("weekend.share", "%")
    assert metric["points"] == [{"at": "2024-06-01T00:00:00+00:00", "value": 25.0}]
    assert [insight["title"] for insight in found["insights"]] == [
        "About 25 % of the work is done at the weekend"
    ]


def test_its_panel_appears_on_the_repositorys_page(installation: Installation, repository: Path) -> None:
    done = installation.run("python", TESTS / "plugin_panel.py", repository, "weekend", "Weekend work")

    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["status"] == 200
    assert re.search(r"/panels/\d+\?repository=", html.unescape(found["page"])), "the page loads the panel"
    assert "Weekend work" in found["panel"]
    drawn = re.search(r'<script type="application/json">(.*?)</script>', found["panel"])
    assert drawn is not None, found["panel"]
    assert json.loads(drawn[1])["series"][0]["points"] == [["2024-06-01", 25.0]]
