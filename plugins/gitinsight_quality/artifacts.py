"""What pages draw beyond single numbers: the hotspot map, the tables, the commits behind the hotspots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, ArtifactKind, Metric, commits_behind
from gitinsight_quality.files import File
from gitinsight_quality.functions import Function
from gitinsight_quality.metrics import IDS

MAX_LEAVES = 2_000
MAX_DEPTH = 12
"""Folders below that depth are drawn as one, so that no path makes a tree too deep to write as JSON."""
TOP_FILES = 50
TOP_FUNCTIONS = 200
MAX_SKIPPED = 200


class Column(NamedTuple):
    """A table's column, of a kind that ``ArtifactKind.TABLE`` names."""

    name: str
    title: str
    kind: str = "number"
    unit: str = ""

    def describe(self) -> Mapping[str, str]:
        """The column as the artifact's JSON has it."""
        return {key: value for key, value in self._asdict().items() if value}


HOTSPOT_COLUMNS = (
    Column("path", "File", "file"),
    Column("is_hotspot", "Hotspot", "text"),
    Column("score", "Score"),
    Column("changes_year", "Changes in the last year"),
    Column("weight", "Recency-weighted changes"),
    Column("frequency_percentile", "Frequency percentile", "percent"),
    Column("complexity", "Complexity"),
    Column("basis", "Complexity is", "text"),
    Column("complexity_percentile", "Complexity percentile", "percent"),
    Column("code", "Code", unit="lines"),
    Column("rank", "Rank by score"),
    Column("rank_by_lines", "Rank by lines alone"),
    Column("authors", "Authors"),
    Column("last_change", "Last change", "date"),
    Column("is_test", "Test", "text"),
)
FUNCTION_COLUMNS = (
    Column("path", "File", "file"),
    Column("name", "Function", "text"),
    Column("start_line", "First line"),
    Column("end_line", "Last line"),
    Column("cyclomatic", "Cyclomatic complexity"),
    Column("length", "Length", unit="lines"),
    Column("nesting", "Nesting", unit="levels"),
    Column("parameters", "Parameters"),
)
LANGUAGE_COLUMNS = (
    Column("language", "Language", "text"),
    Column("kind", "Kind", "text"),
    Column("files", "Files"),
    Column("code", "Code", unit="lines"),
    Column("comment", "Comments", unit="lines"),
    Column("blank", "Blank", unit="lines"),
    Column("share", "Share of the code", "percent"),
    Column("parsed_files", "Files parsed"),
    Column("erroneous_files", "Files with syntax errors (measured around them)"),
)
SKIPPED_COLUMNS = (
    Column("path", "File", "file"),
    Column("language", "Language", "text"),
    Column("reason", "Reason", "text"),
    Column("counted", "Counted", "text"),
)


def table(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    *,
    total: int,
    metric: str = "",
) -> Artifact:
    """A table artifact; ``total`` is the number of rows before any cut."""
    content = {"columns": [column.describe() for column in columns], "rows": rows, "total": total}
    return Artifact(name, ArtifactKind.TABLE, title, content, IDS.get(metric, ""))


def hotspot_table(hotspots: pl.DataFrame) -> Artifact:
    """The files with the highest scores, with their rank by lines alone beside it."""
    names = [column.name for column in HOTSPOT_COLUMNS]
    rounded = pl.col("score", "weight", "frequency_percentile", "complexity_percentile").round(3)
    yes = pl.col("is_hotspot", "is_test").replace_strict({True: "yes", False: ""}, return_dtype=pl.String)
    day = pl.col("last_change").dt.strftime("%Y-%m-%d")
    rows = [
        list(row) for row in hotspots.head(TOP_FILES).with_columns(rounded, yes, day).select(names).rows()
    ]
    title = "Files by hotspot score"
    return table(
        "hotspot_files", title, HOTSPOT_COLUMNS, rows, total=hotspots.height, metric="quality.hotspots"
    )


Parts = Mapping[str, Sequence[Mapping[str, Any]]]
"""What files open into, by path."""


def hotspot_map(hotspots: pl.DataFrame, parts: Parts) -> Artifact:
    """The code files as a map: folders nested, area by lines of code, colour by hotspot score.

    Where there are over ``MAX_LEAVES`` files, those of the highest score and then the largest are drawn;
    ``total`` says how many there are. Files with ``parts`` open into their functions.
    """
    shown = (
        hotspots.sort(["score", "code", "path"], descending=[True, True, False]).head(MAX_LEAVES).sort("path")
    )
    content = {
        "size": {"title": "Code", "unit": "lines"},
        "color": {"title": "Hotspot score (0-1)", "unit": ""},
        "parts": {
            "title": "Functions",
            "size": {"title": "Length", "unit": "lines"},
            "color": {"title": "Score among functions (0-1)", "unit": ""},
        },
        "tree": _tree(shown.iter_rows(named=True), parts),
        "total": hotspots.height,
    }
    title = "Where complex code changes often"
    return Artifact("hotspots", ArtifactKind.TREEMAP, title, content, IDS["quality.hotspots"])


def _tree(rows: Iterable[Mapping[str, Any]], parts: Parts) -> Mapping[str, Any]:
    root: dict[str, Any] = {"name": "", "children": []}
    folders: dict[tuple[str, ...], dict[str, Any]] = {(): root}
    for row in rows:
        *parents, name = row["path"].split("/", MAX_DEPTH)
        parent = root
        for depth in range(1, len(parents) + 1):
            key = tuple(parents[:depth])
            if key not in folders:
                folders[key] = {"name": key[-1], "children": []}
                parent["children"].append(folders[key])
            parent = folders[key]
        leaf = _leaf(name, row)
        own = parts.get(row["path"])
        parent["children"].append({**leaf, "parts": own} if own else leaf)
    return root


def _leaf(name: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
    changed: datetime | None = row["last_change"]
    facts = {
        "changes in the last year": row["changes_year"],
        "complexity": row["complexity"],
        "complexity is": row["basis"],
        "authors": row["authors"],
        "last change": changed.date().isoformat() if changed else None,
        "hotspot": "yes" if row["is_hotspot"] else "no",
    }
    score = round(row["score"], 3)
    return {"name": name, "path": row["path"], "size": row["code"], "color": score, "facts": facts}


def commit_list(metric: Metric, title: str, commits: pl.DataFrame) -> Artifact:
    """The newest commits behind a number; ``commits`` has the history's columns and ``files``, newest first."""
    columns = commits.head(MAX_EVIDENCE).select("commit", "subject", "author_name", "authored_at", "files")
    rows = ((*row[:4], _note(row[4])) for row in columns.iter_rows())
    return commits_behind(metric, title, rows, commits.height)


def _note(paths: Sequence[str]) -> str:
    rest = len(paths) - 3
    return ", ".join(paths[:3]) + (f" and {rest} more" if rest > 0 else "")


def by_complexity(files: Iterable[File]) -> Sequence[tuple[File, Function]]:
    """All listed functions with their files, the most complex first."""
    pairs = [(file, function) for file in files for function in file.functions]
    return sorted(pairs, key=lambda pair: (-pair[1].cyclomatic, -pair[1].length, pair[0].path))


def function_table(functions: Sequence[tuple[File, Function]]) -> Artifact:
    """The most complex functions; their names and columns are those that exports carry."""
    rows = [
        [
            file.path,
            one.name,
            one.start_line,
            one.end_line,
            one.cyclomatic,
            one.length,
            one.nesting,
            one.parameters,
        ]
        for file, one in functions[:TOP_FUNCTIONS]
    ]
    title = "Functions by complexity"
    return table(
        "functions", title, FUNCTION_COLUMNS, rows, total=len(functions), metric="quality.complex_functions"
    )


def skipped_table(files: Sequence[File]) -> Sequence[Artifact]:
    """The files that could not be measured in full, with the reason; no table where there are none."""
    rows = [
        [file.path, file.language, reason, "lines" if file.measure.unparsed else "nothing"]
        for file in files
        if (reason := file.measure.skipped or file.measure.unparsed)
    ]
    title = "Files that could not be measured in full"
    return (
        [table("files_skipped", title, SKIPPED_COLUMNS, rows[:MAX_SKIPPED], total=len(rows))] if rows else []
    )
