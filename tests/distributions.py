"""Built and installed distributions for tests, each made once a session; a pytest plugin of its own."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "gitinsight-weekend"
SOURCES = ("gitinsight", "plugins", "templates", "migrations", "setup.cfg", "pyproject.toml", "README.md")
_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


@dataclass(frozen=True, slots=True)
class Installation:
    """A virtual environment with installed wheels, and a folder that is no checkout to run it in."""

    environment: Path
    folder: Path

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment as an operator would; what it printed, whatever its exit code."""
        program = self.environment / ("Scripts" if os.name == "nt" else "bin") / command[0]
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env=plain_environment() | {"GITINSIGHT_HOME": str(self.folder / "home")},
            capture_output=True,
            text=True,
            check=False,
        )


def plain_environment() -> dict[str, str]:
    """The variables of this process without those that lead Python to a checkout or the product to a server."""
    led = ("PYTHON", "GITINSIGHT", "COV_", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(led)}


@pytest.fixture(scope="session")
def project_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's own wheel, built from a copy so that no earlier build leaks into it."""
    source = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name)
        elif path.exists():
            shutil.copyfile(path, source / name)
    # A checkout that was run holds bytecode beside the migrations; none of it belongs into a wheel.
    compileall.compile_dir(source / "migrations", quiet=1)
    return build_wheel(source)


@pytest.fixture(scope="session")
def example_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the example of a third party's plugin."""
    source = tmp_path_factory.mktemp("example") / EXAMPLE.name
    shutil.copytree(EXAMPLE, source)
    return build_wheel(source)


def build_wheel(source: Path) -> Path:
    """The wheel of the project in this folder, built with the setuptools that is installed here."""
    target = source / "dist"
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), str(source)]
    subprocess.run([*_PIP, *build], env=plain_environment(), check=True)
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installation(
    tmp_path_factory: pytest.TempPathFactory, project_wheel: Path, example_wheel: Path
) -> Installation:
    """A fresh environment into which pip installed the project and the example's plugin.

    Their dependencies are the ones of the environment that runs the tests, so nothing is downloaded.
    """
    folder = tmp_path_factory.mktemp("installed")
    environment = folder / "environment"
    venv.create(environment, symlinks=os.name != "nt")
    made = Installation(environment, folder)
    install(made, [project_wheel, example_wheel])
    return made


def install(made: Installation, wheels: Sequence[Path]) -> None:
    """Install wheels, then let the environment see the dependencies of this one."""
    install = ["install", "--no-deps", "--no-index", *map(str, wheels)]
    subprocess.run([*_PIP, "--python", str(made.environment), *install], env=plain_environment(), check=True)
    own = sysconfig.get_path("purelib", vars={"base": str(made.environment)})
    dependencies = [path for path in sys.path if Path(path).name in {"site-packages", "dist-packages"}]
    # A folder named in a .pth file is searched after the environment's own, and its .pth files are not
    # read: an editable installation of the checkout therefore stays out of sight.
    (Path(own) / "dependencies.pth").write_text("\n".join(dependencies))
