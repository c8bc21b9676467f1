"""docs/security.md against the code: what it names exists, and no requirement of the standard is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from gitinsight.domain import access
from gitinsight.services import accounts, sessions, tokens
from tests.permissions import GRANTS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ([\d., to]+) \| ([12, ]+) \| ([^|]+) \| ([^|]+) \| ([^|]*)\|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
REASONS = ("**Not met**: ", "Not applicable: ", "Operator: ")
SECTIONS = {
    **{"1.1": (0, 2), "1.2": (5, 9), "1.3": (2, 11), "1.4": (0, 3), "1.5": (1, 2)},
    **{"2.1": (1, 3), "2.2": (2, 3), "2.3": (1, 4), "2.4": (0, 1)},
    **{"3.2": (2, 2), "3.3": (1, 4), "3.4": (2, 6), "3.5": (3, 5), "3.7": (0, 2)},
    **{"4.1": (1, 3), "4.2": (0, 1), "4.3": (0, 2), "4.4": (1, 4)},
    **{"5.1": (0, 1), "5.2": (2, 3), "5.3": (2, 2), "5.4": (0, 3)},
    **{"6.1": (1, 3), "6.2": (8, 12), "6.3": (2, 4), "6.4": (2, 4), "6.5": (0, 5), "6.6": (0, 3)},
    **{"6.8": (0, 4), "7.1": (0, 3), "7.2": (4, 4), "7.3": (0, 2), "7.4": (2, 5), "7.5": (0, 2)},
    **{"7.6": (0, 2), "8.1": (1, 2), "8.2": (2, 3), "8.3": (1, 1), "8.4": (0, 1)},
    **{"9.1": (3, 3), "9.2": (1, 4), "10.1": (0, 2), "10.2": (0, 2), "10.3": (0, 4), "10.4": (5, 11)},
    **{"10.5": (0, 5), "10.6": (0, 2), "10.7": (0, 3), "11.1": (0, 2), "11.2": (0, 3), "11.3": (2, 3)},
    **{"11.4": (1, 4), "11.5": (0, 1), "11.6": (0, 1), "12.1": (1, 3), "12.2": (2, 2), "12.3": (0, 4)},
    **{"13.1": (0, 1), "13.2": (0, 5), "13.3": (0, 2), "13.4": (1, 5)},
    **{"14.1": (0, 2), "14.2": (1, 4), "14.3": (1, 3), "15.1": (1, 3), "15.2": (1, 3), "15.3": (1, 7)},
    **{"16.1": (0, 1), "16.2": (0, 5), "16.3": (0, 4), "16.4": (0, 3), "16.5": (0, 3)},
    **{"17.1": (0, 1), "17.2": (0, 4), "17.3": (0, 2)},
}
"""Section of ASVS 5.0 to how many of its requirements, which come first, are of level 1, and of levels 1 and 2."""


def numbers(cell: str) -> Iterator[tuple[str, int]]:
    """The section and place of each requirement that a row speaks of, such as 1.2.6 to 1.2.8."""
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        section, _, begin = first.rpartition(".")
        end = (last or first).rpartition(".")[2]
        yield from ((section, place) for place in range(int(begin), int(end) + 1))


def test_every_requirement_of_levels_one_and_two_is_told_of_once() -> None:
    told = [number for row in ROWS for number in numbers(row[0])]

    assert sorted(told) == sorted(
        (section, place) for section, (_, both) in SECTIONS.items() for place in range(1, both + 1)
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_has_its_level_and_shows_its_module_and_test_or_says_why_not(row: tuple[str, ...]) -> None:
    cell, levels, _, where, shown = row
    told = {1 if place <= SECTIONS[section][0] else 2 for section, place in numbers(cell)}
    assert {int(level) for level in levels.split(", ")} == told
    if where.startswith(REASONS):
        return
    assert modules(where) or re.search(r"\[above\]\(#", where), "no module"
    assert "::" in shown or not modules(where), "no test"


def modules(where: str) -> list[str]:
    return [name for name in re.findall(r"`([^`]+)`", where) if re.fullmatch(r"[a-z_]+(/[a-z_]+)*", name)]


def test_every_module_that_is_named_exists() -> None:
    named = {name for row in ROWS if not row[3].startswith(REASONS) for name in modules(row[3])}
    package = ROOT / "gitinsight"

    missing = {
        name for name in named if not (package / f"{name}.py").exists() and not (package / name).is_dir()
    }

    assert len(named) > 30
    assert missing == set()


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(test_\w+)::(test_\w+)`", PAGE)

    missing = {
        f"{file}::{name}"
        for file, name in named
        if f"\ndef {name}(" not in (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")
    }

    assert len(named) > 100
    assert missing == set()


def test_every_part_of_the_page_that_is_named_exists() -> None:
    headings = {
        re.sub(r"[^a-z ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", PAGE, re.M)
    }

    assert set(re.findall(r"\]\(#([a-z-]+)\)", PAGE)) <= headings


def test_the_roles_are_those_that_every_endpoint_is_held_to() -> None:
    rows = re.findall(r"^\| `(\w+:\w+)` \| (yes|-) \| (yes|-) \| (yes|-) \| (yes|-) \|$", PAGE, re.MULTILINE)
    told = {
        role: {row[0] for row in rows if row[place] == "yes"} for place, role in enumerate(GRANTS, start=1)
    }

    assert told == GRANTS
    assert told == {role.value: {one.value for one in granted} for role, granted in access.GRANTS.items()}


def test_the_lifetimes_are_those_of_the_code() -> None:
    assert timedelta(days=7) == sessions.IDLE_LIFETIME
    assert timedelta(days=30) == sessions.LIFETIME
    assert timedelta(minutes=15) == tokens.ACCESS_LIFETIME
    assert timedelta(days=90) == tokens.FAMILY_LIFETIME
    for told in ("after 7 days without use, after 30 days", "15 minutes;", "90 days at most"):
        assert told in PAGE


def test_a_login_link_lives_ten_minutes_at_most() -> None:
    assert timedelta(minutes=10) >= accounts.LOGIN_LINK_LIFETIME
    assert "once, 10 minutes" in PAGE
