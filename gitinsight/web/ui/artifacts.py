"""An artifact on a page of its own: the drawing, and its numbers as a table that needs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import render_template

from gitinsight.domain.access import Permission
from gitinsight.services import insights, repositories
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui import ui
from gitinsight.web.ui.links import links_of

Content = Mapping[str, Any]


@ui.get("/repositories/<uuid:repository_id>/artifacts/<analyzer>/<path:name>")
@requires(Permission.INSIGHTS_READ)
def artifact(repository_id: UUID, analyzer: str, name: str) -> str:
    """One chart or table of an analyzer with all its numbers."""
    repository = repositories.get(viewer(), repository_id)
    found = insights.artifact(viewer(), repository_id, analyzer, name)
    content = json.loads(found.json)["content"]
    return render_template(
        "artifact.html",
        repository=repository,
        artifact=found,
        content=content,
        table=as_table(found.kind, content),
        links=links_of(repository),
        title=found.title,
        section="repositories",
    )


def as_table(kind: str, content: Content) -> Content | None:
    """The numbers of a drawing as the content of a ``table``; None for a kind that is a table already."""
    convert = {"chart": _chart, "treemap": _treemap, "matrix": _matrix, "graph": _graph}.get(kind)
    return convert(content) if convert else None


def _column(title: str, kind: str = "number", unit: str = "") -> dict[str, str]:
    return {"name": title, "title": title, "kind": "percent" if unit == "share" else kind, "unit": unit}


def _chart(content: Content) -> Content:
    """One row for each time, newest first, or for each place of an axis of its own, in their order.

    There is one column for each series and two for each band.
    """
    columns: list[dict[str, str]] = []
    cells: dict[str | float, dict[str, float | None]] = {}
    for series in content["series"]:
        columns.append(_column(series["name"], unit=content.get("unit", "")))
        for at, value in series["points"]:
            cells.setdefault(at, {})[series["name"]] = value
    for band in content.get("bands", ()):
        names = [f"{band['name']}: {end}" for end in ("from", "to")]
        columns += [_column(name, unit=content.get("unit", "")) for name in names]
        for at, *ends in band["points"]:
            cells.setdefault(at, {}).update(zip(names, ends, strict=True))
    rows = [[at, *(row.get(column["name"]) for column in columns)] for at, row in cells.items()]
    axis = content.get("x")
    if axis:
        rows.sort(key=lambda row: float(row[0] or 0))
    else:
        rows.sort(key=lambda row: str(row[0]), reverse=True)
    first = _column(axis["title"], unit=axis.get("unit", "")) if axis else _column("Date", "date")
    return {"columns": [first, *columns], "rows": rows, "total": len(rows)}


def _treemap(content: Content) -> Content:
    """One row for each leaf, the biggest first."""
    size, color = content["size"], content["color"]
    columns = [
        _column("File", "file"),
        _column(size["title"], unit=size.get("unit", "")),
        _column(color["title"], unit=color.get("unit", "")),
    ]
    leaves = [[leaf["path"], leaf["size"], leaf.get("color")] for leaf in _leaves(content["tree"])]
    return {"columns": columns, "rows": sorted(leaves, key=lambda row: -row[1]), "total": len(leaves)}


def _leaves(node: Content) -> Iterator[Content]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        waiting += one.get("children", ())
        if "path" in one:
            yield one


def _matrix(content: Content) -> Content:
    columns = [
        _column("", "text"),
        *(_column(name, unit=content.get("unit", "")) for name in content["columns"]),
    ]
    rows = [[name, *values] for name, values in zip(content["rows"], content["values"], strict=True)]
    return {"columns": columns, "rows": rows, "total": len(rows)}


def _graph(content: Content) -> Content:
    """One row for each link, the heaviest first."""
    names = {node["id"]: node["name"] for node in content["nodes"]}
    rows = [
        [names.get(link["source"], link["source"]), names.get(link["target"], link["target"]), link["weight"]]
        for link in content["links"]
    ]
    columns = [_column("From", "text"), _column("To", "text"), _column("Weight")]
    return {"columns": columns, "rows": sorted(rows, key=lambda row: -row[2]), "total": len(rows)}
