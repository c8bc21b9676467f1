"""The words on top of a repository's page: the sentence, the bands, the units."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gitinsight.domain.report import Evidence, EvidenceKind, Severity
from gitinsight.services.headlines import TILES, Tile, health_word, sentence
from gitinsight.services.insights import InsightView

SPECS = {spec.key: spec for spec in TILES}


def insight(
    analyzer: str, title: str, severity: Severity = Severity.WARNING, person: str = "Ann"
) -> InsightView:
    """As much of an insight as a sentence is made of."""
    fields: dict[str, Any] = {"analyzer": analyzer, "title": title, "severity": severity}
    return cast(InsightView, SimpleNamespace(**fields, evidence=[Evidence(EvidenceKind.PERSON, person)]))


def health(value: float | None) -> list[Tile]:
    return [Tile(SPECS["health"], "ready", value=value)]


def test_the_sentence_names_the_health_and_one_finding_of_each_analyzer() -> None:
    found = [
        insight("quality", "3 files carry 41 % of the changes"),
        insight("quality", "Five functions are long"),
        insight("people", "One person wrote most of it.", Severity.NOTICE),
        insight("trends", "Commits are falling", Severity.INFO),
    ]
    assert sentence(health(8.6), found) == (
        "Code health is 8.6 of 10 (healthy); 3 files carry 41 % of the changes; one person wrote most of it."
    )


def test_a_name_or_an_abbreviation_at_the_start_of_a_finding_keeps_its_capital() -> None:
    found = [insight("people", "Ann wrote it all"), insight("quality", "YAML is everywhere")]
    assert sentence(health(None), found) == "Ann wrote it all; YAML is everywhere."


def test_the_sentence_says_that_nothing_stands_out_only_where_something_was_looked_at() -> None:
    calm = [insight("quality", "Tests make up half of the code", Severity.INFO)]
    assert sentence(health(9.0), calm) == (
        "Code health is 9.0 of 10 (healthy); nothing stands out that needs attention."
    )
    assert sentence(health(None), []) == ""


@pytest.mark.parametrize(
    ("value", "word"),
    [(10, "healthy"), (8, "healthy"), (7.9, "problematic"), (4, "problematic"), (3.9, "unhealthy")],
)
def test_a_health_has_a_word(value: float, word: str) -> None:
    assert health_word(value) == word


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("people", 1, "person behind half of the commits"),
        ("people", 2, "people behind half of the commits"),
        ("risk", 1, "hotspot"),
        ("risk", 0, "hotspots"),
    ],
)
def test_a_unit_fits_its_number(key: str, value: float, unit: str) -> None:
    assert SPECS[key].unit(value) == unit


def test_a_change_has_a_direction_only_where_there_was_a_value_before() -> None:
    changes = [Tile(SPECS["risk"], "ready", value=2, change=change).trend for change in (None, 0, 1, -1)]
    assert changes == ["", "flat", "up", "down"]
