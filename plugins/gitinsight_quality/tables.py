"""The tables that exports get from this plugin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gitinsight.plugin import Column, History, Table

_COLUMNS = (
    Column("path", "String", "the function's file at the exported commit"),
    Column("name", "String", "with the names of the classes around it; `(anonymous)` where it has none"),
    Column("start_line", "Int64", "its first line, from 1 on"),
    Column("end_line", "Int64", "its last line"),
    Column("cyclomatic", "Int64", "cyclomatic complexity (McCabe), at least 1"),
    Column("cognitive", "Int64", "cognitive complexity (SonarSource), 0 where nothing branches"),
    Column("length", "Int64", "lines from the first to the last"),
    Column("nesting", "Int64", "depth of the deepest block within it"),
    Column("parameters", "Int64", "how many parameters it declares"),
)


def _functions(history: History, settings: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    from gitinsight_quality.files import measured_files

    _, *measured = (column.name for column in _COLUMNS)
    for file in measured_files(history, float(settings.get("file_time_limit_seconds", 5.0))):
        for function in file.functions:
            yield file.path, *(getattr(function, name) for name in measured)


_DEPENDENCY_COLUMNS = (
    Column("path", "String", "the manifest at the exported commit"),
    Column("ecosystem", "String", "`Python`, `JavaScript`, `Go`, `Rust`, `Ruby`, `PHP`, `Java` or `.NET`"),
    Column("name", "String", "the package, as its ecosystem writes it"),
    Column("scope", "String", "what it is needed for: `run`, `optional`, `build` or `development`"),
    Column("requirement", "String", "as the manifest has it"),
    Column("version", "String", "the exact version by pin or lock file, else null"),
)


def _dependencies(history: History, settings: Mapping[str, Any]) -> Iterator[Sequence[Any]]:  # noqa: ARG001
    from gitinsight_quality.dependencies.manifests import direct, manifests_of

    for manifest, one in direct(manifests_of(history)):
        yield (
            manifest.path,
            str(manifest.ecosystem),
            one.name,
            one.scope,
            one.requirement,
            one.version or None,
        )


DEPENDENCIES = Table(
    "dependencies",
    "The packages that manifests at the exported commit name, without vendored and generated ones and those of tests",
    _DEPENDENCY_COLUMNS,
    _dependencies,
    analyzer="dependencies",
)
FUNCTIONS = Table(
    "functions",
    "The functions at the exported commit by file and line, without vendored and generated files",
    _COLUMNS,
    _functions,
    analyzer="quality",
)
