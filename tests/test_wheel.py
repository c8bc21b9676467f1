"""The wheel holds what the checkout has: every module and every file that is read at run time."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

pytest_plugins = ("tests.distributions",)
pytestmark = pytest.mark.packaging

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {
    "gitinsight": "gitinsight",
    "templates": "gitinsight/templates",
    "migrations": "gitinsight/migrations",
}
BUNDLED = sorted(path.name for path in (ROOT / "plugins").glob("gitinsight_*"))


def _checkout() -> set[str]:
    """The files of the checkout's packages, under the names that they have in a wheel."""
    folders = PACKAGES | {f"plugins/{name}": name for name in BUNDLED}
    return {
        f"{target}/{path.relative_to(ROOT / source).as_posix()}"
        for source, target in folders.items()
        for path in (ROOT / source).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def names(project_wheel: Path) -> set[str]:
    with zipfile.ZipFile(project_wheel) as wheel:
        return set(wheel.namelist())


def test_the_wheel_holds_every_file_of_every_package_and_nothing_else(names: set[str]) -> None:
    found = {name for name in names if ".dist-info/" not in name}

    assert sorted(_checkout() - found) == [], "missing: the setup.cfg lists packages and package_data by name"
    assert sorted(found - _checkout()) == [], "these belong to no package of the checkout"


@pytest.mark.parametrize(
    "name",
    [
        "gitinsight/py.typed",
        "gitinsight/migrations/alembic.ini",
        "gitinsight/migrations/script.py.mako",
        "gitinsight/migrations/env.py",
        "gitinsight/templates/base.html",
        "gitinsight/templates/macros/charts.html",
        "gitinsight/static/app/controls.css",
        "gitinsight_quality/languages/python.py",
        "gitinsight_sentiment/phrases.txt",
    ],
)
def test_the_wheel_holds_what_the_product_cannot_run_without(names: set[str], name: str) -> None:
    assert name in names


def test_the_wheel_holds_the_scripts_of_pages_where_they_were_built(names: set[str]) -> None:
    if not (ROOT / "gitinsight/static/vendor/manifest.json").exists():
        pytest.skip("the assets are not built here: make assets")
    assert {"gitinsight/static/vendor/manifest.json", "gitinsight/static/vendor/echarts.min.js"} <= names


def test_the_wheel_declares_the_command_and_the_bundled_plugins(project_wheel: Path) -> None:
    with zipfile.ZipFile(project_wheel) as wheel:
        (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
        text = wheel.read(name).decode()

    lines = {line.replace(" ", "") for line in text.splitlines()}
    assert "gitinsight=gitinsight.cli:main" in lines
    assert {f"{package.removeprefix('gitinsight_')}={package}" for package in BUNDLED} <= lines
