"""What a commit did to the functions of a file, from the file's text before and after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import chain, repeat
from typing import NamedTuple

from gitinsight_quality.versions import Text, Version

Key = tuple[str, int]
"""A function of a file: its qualified name, and its place among those of the same name."""


class Change(NamedTuple):
    """A function that a commit changed or made; lines within it, as ``diff`` counts them."""

    key: Key
    added: int
    deleted: int


def changed_functions(before: Version, after: Version) -> Iterator[Change]:
    """The functions after a commit whose lines differ from those of the same name before it.

    One that only moved has the same lines and did not change. Where several have one name, those with
    equal lines belong together, and the others in their order. What was removed is not told.
    """
    for name, texts in after.functions.items():
        were = before.functions.get(name, ())
        if texts != were:
            yield from _among_namesakes(name, were, texts)


def _among_namesakes(name: str, were: Sequence[Text], texts: Sequence[Text]) -> Iterator[Change]:
    kept = Counter(were)
    fresh: list[tuple[int, Text]] = []
    gone: list[Text] = []
    for place, text in enumerate(texts):
        if kept[text]:
            kept[text] -= 1
        else:
            fresh.append((place, text))
    for text in were:
        if kept[text]:
            kept[text] -= 1
            gone.append(text)
    for (place, text), was in zip(fresh, chain(gone, repeat(())), strict=False):
        added, deleted = changed_lines(was, text)
        yield Change((name, place), added, deleted)


def changed_lines(before: Sequence[bytes], after: Sequence[bytes]) -> tuple[int, int]:
    """How many lines were added and deleted between two texts (``difflib``, after equal ends are cut off)."""
    start = 0
    shorter = min(len(before), len(after))
    while start < shorter and before[start] == after[start]:
        start += 1
    end = 0
    while end < shorter - start and before[-1 - end] == after[-1 - end]:
        end += 1
    was, now = before[start : len(before) - end], after[start : len(after) - end]
    if not was or not now:
        return len(now), len(was)
    same = sum(block.size for block in SequenceMatcher(None, was, now).get_matching_blocks())
    return len(now) - same, len(was) - same
