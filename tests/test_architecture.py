"""The layers of docs/architecture.md, read from the source: what points up, or sideways, fails here."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS: tuple[tuple[str, ...], ...] = (
    ("__init__", "errors"),
    ("domain",),
    ("plugin",),
    ("hookspecs",),
    ("testing",),
    ("config", "resources"),
    ("logs",),
    ("registry", "boards", "bus", "queues", "limits", "valkey", "vault", "git", "github", "store"),
    ("services",),
    ("web", "jobs", "cli"),
    ("app",),
    ("__main__",),
)
"""The rooms of the package from the lowest to the highest; rooms of one layer never import each other."""
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
UPWARDS_ALLOWED = {("cli", "app")}
"""The command line starts the application, and the application holds no command line."""
EFFECTS = {
    *("asyncio", "http", "io", "multiprocessing", "os", "pathlib", "select", "signal", "socket", "sqlite3"),
    *("ssl", "subprocess", "tempfile", "threading", "time", "urllib"),
}
"""Modules of the standard library that reach the world outside the process's own values."""
CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
    *("time.time", "time.time_ns", "time.localtime", "time.gmtime"),
}
HEAVY = ("polars", "spacy", "numpy")


@dataclass(frozen=True, slots=True)
class Source:
    """One module: its file, its dotted name, its syntax tree."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The part of the package that the module belongs to."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else "__init__"

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors understand it."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name, dotted in full; ``for_types`` where only type checkers see it."""

    name: str
    where: str
    for_types: bool

    @property
    def package(self) -> str:
        return self.name.split(".")[0]


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """The modules below a folder of the checkout."""
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to((ROOT / folder).parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Source(path, name, ast.parse(path.read_text(encoding="utf-8"))))
    return tuple(found)


def product() -> tuple[Source, ...]:
    """Our own package and the bundled plugins."""
    return (*sources("gitinsight"), *bundled_plugins())


def bundled_plugins() -> tuple[Source, ...]:
    """The modules of the bundled plugins."""
    return tuple(
        source for path in sorted((ROOT / "plugins").glob("*/")) for source in sources(f"plugins/{path.name}")
    )


def imports_of(source: Source) -> Iterator[Import]:
    """Every import of a module, those inside of functions too."""
    guarded = {
        id(inner)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.If) and _dotted(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(source.tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{_origin(source, node)}.{alias.name}" for alias in node.names]
        yield from (Import(name, source.at(node), id(node) in guarded) for name in names)


def _origin(source: Source, node: ast.ImportFrom) -> str:
    """The module that an import takes its names from, a relative one in full."""
    if node.level == 0:
        return node.module or ""
    package = source.name.split(".")
    if source.path.name != "__init__.py":
        package = package[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])


def _dotted(node: ast.AST) -> str:
    """An expression such as ``a.b.c`` as text; the empty string for any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return ""


def _room(name: str) -> str:
    """The room that a dotted name below ``gitinsight`` lies in."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and not parts[1].startswith("__version") else "__init__"


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called; ``a().b()`` is the call of ``.b`` and of ``a``."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def test_every_module_has_its_place_in_the_layers() -> None:
    assert {source.room for source in sources("gitinsight")} <= set(LEVEL)


def test_imports_point_down() -> None:
    wrong = [
        f"{found.where}: {source.room} imports {found.name}"
        for source in sources("gitinsight")
        for found in imports_of(source)
        if found.package == "gitinsight" and not _may_import(source.room, _room(found.name))
    ]
    assert wrong == []


def _may_import(importer: str, imported: str) -> bool:
    if imported not in LEVEL:
        return False
    return (
        importer == imported or LEVEL[imported] < LEVEL[importer] or (importer, imported) in UPWARDS_ALLOWED
    )


def test_bundled_plugins_know_nothing_of_the_product_but_the_plugin_interface() -> None:
    wrong = [
        f"{found.where}: {found.name}"
        for source in bundled_plugins()
        for found in imports_of(source)
        if found.package.startswith("gitinsight")
        and found.package != source.name.split(".")[0]
        and not f"{found.name}.".startswith("gitinsight.plugin.")
    ]
    assert wrong == []


def test_the_product_knows_no_bundled_plugin() -> None:
    wrong = [
        f"{found.where}: {found.name}"
        for source in sources("gitinsight")
        for found in imports_of(source)
        if found.package.startswith("gitinsight_")
    ]
    assert wrong == []


def test_the_domain_is_pure_python_without_effects() -> None:
    pure = [source for source in sources("gitinsight") if source.room in {"domain", "errors"}]
    wrong = [
        f"{found.where}: {found.name}"
        for source in pure
        for found in imports_of(source)
        if not _is_pure(found) and not (found.for_types and found.package == "polars")
    ]
    assert wrong == []


def _is_pure(found: Import) -> bool:
    if found.package == "gitinsight":
        return True
    return found.package in sys.stdlib_module_names and found.package not in EFFECTS


def test_one_module_reads_the_clock() -> None:
    others = [source for source in product() if source.name != "gitinsight.domain.clock"]
    called = [
        source.at(call)
        for source in others
        for name, call in calls(source)
        if ".".join(name.split(".")[-2:]) in CLOCKS
    ]
    imported = [found.where for source in others for found in imports_of(source) if found.name in CLOCKS]
    assert called + imported == []


def test_only_services_end_a_transaction() -> None:
    wrong = [
        source.at(call)
        for source in sources("gitinsight")
        for name, call in calls(source)
        if name.split(".")[-1] == "commit" and source.room != "services"
    ]
    assert wrong == []


def test_sql_statements_live_in_the_store() -> None:
    wrong = []
    for source in sources("gitinsight"):
        if source.room == "store":
            continue
        wrong += [
            f"{found.where}: {found.name}"
            for found in imports_of(source)
            if found.package == "sqlalchemy"
            and not found.name.startswith("sqlalchemy.exc.")
            and found.name != "sqlalchemy.orm.Session"
        ]
        wrong += [
            f"{source.at(call)}: {name}"
            for name, call in calls(source)
            if name.split(".")[-1] in {"execute", "scalars", "scalar"}
        ]
    assert wrong == []


def test_setup_cfg_lists_every_package_on_disk() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = parser["options"]["packages"].split()
    homes = {"gitinsight": "", "templates": "gitinsight.", "migrations": "gitinsight.", "plugins": ""}
    found = {
        prefix + ".".join(path.parent.relative_to(ROOT / ("plugins" if home == "plugins" else "")).parts)
        for home, prefix in homes.items()
        for path in (ROOT / home).rglob("__init__.py")
    }
    assert sorted(listed) == sorted(found)


def test_the_queue_names_a_function_that_exists() -> None:
    from gitinsight.services.analyses import RUN_STAGE

    module, _, function = RUN_STAGE.rpartition(".")
    assert callable(getattr(import_module(module), function))


def loaded_after(program: str, home: Path) -> set[str]:
    """The heavy packages that a fresh interpreter has loaded after running a program."""
    told = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(*[n for n in {HEAVY!r} if n in sys.modules])"],
        env={"GITINSIGHT_HOME": str(home), "PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(told.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("process", "program"),
    [
        ("web", "import gitinsight.app; gitinsight.app.create_app()"),
        (
            "worker or scheduler",
            "import rq, gitinsight.app, gitinsight.cli.processes, gitinsight.jobs\n"
            "import gitinsight.services.housekeeping; gitinsight.app.create_app()",
        ),
    ],
)
def test_long_lived_processes_load_no_frames_and_no_models(
    process: str, program: str, tmp_path: Path
) -> None:
    assert loaded_after(program, tmp_path) == set(), f"the {process} process stays small without them"
