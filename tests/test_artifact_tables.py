"""Drawings as tables, for readers without scripts: every number is there once, in a readable order."""

from __future__ import annotations

from gitinsight.web.ui.artifacts import as_table


def test_a_chart_becomes_one_row_for_each_time_newest_first() -> None:
    table = as_table(
        "chart",
        {
            "unit": "commits",
            "series": [
                {"name": "Commits", "shape": "bar", "points": [["2024-01-01", 3], ["2024-01-08", None]]},
                {"name": "expected", "shape": "line", "points": [["2024-01-15", 2]]},
            ],
            "bands": [{"name": "80 %", "points": [["2024-01-15", 1, 4]]}],
        },
    )
    assert table is not None
    titles = [column["title"] for column in table["columns"]]
    assert titles == ["Date", "Commits", "expected", "80 %: from", "80 %: to"]
    assert {column["unit"] for column in table["columns"][1:]} == {"commits"}
    assert table["rows"] == [
        ["2024-01-15", None, 2, 1, 4],
        ["2024-01-08", None, None, None, None],
        ["2024-01-01", 3, None, None, None],
    ]


def test_a_chart_with_an_axis_of_its_own_becomes_one_row_for_each_place_in_their_order() -> None:
    table = as_table(
        "chart",
        {
            "unit": "share",
            "x": {"title": "Age", "unit": "years"},
            "series": [{"name": "Alive", "shape": "line", "points": [[0, 1], [9.5, 0.5], [10, 0.25]]}],
        },
    )
    assert table is not None
    assert [(column["title"], column["kind"]) for column in table["columns"]] == [
        ("Age", "number"),
        ("Alive", "percent"),
    ]
    assert [row[0] for row in table["rows"]] == [0, 9.5, 10]


def test_a_treemap_becomes_one_row_for_each_file_biggest_first() -> None:
    leaves = [
        {"name": "a.py", "path": "src/a.py", "size": 10, "color": 0.5},
        {"name": "b.py", "path": "src/b.py", "size": 30},
    ]
    table = as_table(
        "treemap",
        {
            "size": {"title": "Code", "unit": "lines"},
            "color": {"title": "Score", "unit": ""},
            "tree": {"name": "", "children": [{"name": "src", "children": leaves}]},
        },
    )
    assert table is not None
    assert table["rows"] == [["src/b.py", 30, None], ["src/a.py", 10, 0.5]]
    assert [column["kind"] for column in table["columns"]] == ["file", "number", "number"]


def test_a_matrix_keeps_its_rows_and_columns() -> None:
    table = as_table(
        "matrix", {"rows": ["Mon"], "columns": ["9", "10"], "values": [[1, 2]], "unit": "commits"}
    )
    assert table is not None
    assert [column["title"] for column in table["columns"]] == ["", "9", "10"]
    assert table["rows"] == [["Mon", 1, 2]]


def test_a_graph_becomes_one_row_for_each_link_heaviest_first() -> None:
    nodes = [{"id": "a", "name": "a.py", "size": 1}, {"id": "b", "name": "b.py", "size": 1}]
    links = [{"source": "a", "target": "b", "weight": 1}, {"source": "b", "target": "a", "weight": 5}]
    table = as_table("graph", {"nodes": nodes, "links": links})
    assert table is not None
    assert table["rows"] == [["b.py", "a.py", 5], ["a.py", "b.py", 1]]


def test_what_is_a_table_already_needs_none() -> None:
    assert as_table("table", {"columns": [], "rows": []}) is None


def test_what_files_of_a_treemap_open_into_is_no_row_of_its_own() -> None:
    part = {"name": "run", "size": 4, "color": 0.1}
    leaf = {"name": "a.py", "path": "a.py", "size": 10, "color": 0.5, "parts": [part]}
    measure = {"title": "Lines", "unit": ""}
    content = {"size": measure, "color": measure, "tree": {"name": "", "children": [leaf]}}
    table = as_table("treemap", content)
    assert table is not None
    assert table["rows"] == [["a.py", 10, 0.5]]
