"""Equal stretches of tokens in a row of texts, found by windows (Karp & Rabin 1987) in numpy.

Windows of the least length that occur twice are sorted out; each is paired with its nearest occurrence before
it, runs of such pairs are grown to both sides by bisection, and pairs of equal content become groups, to which
the other occurrences of that content are added. Every pair is compared token by token in the end, so a hash
that lies costs a pair and never makes one up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gitinsight_quality.duplication_hashing import HashedRow, Places, Words

MAX_PAIRS = 200_000
"""The longest are kept, so that a text made to repeat itself in many ways costs bounded time."""
MAX_COPIES = 200
"""A window that occurs more often than that is not searched for further copies of longer stretches."""

CHUNK = 1 << 18
"""So many windows are looked up at a time, which keeps what that needs of memory small."""


class Pair(NamedTuple):
    """Columns of equal stretches: where the later and the earlier one begin, and their length in tokens."""

    later: Places
    earlier: Places
    length: Places

    def where(self, chosen: npt.NDArray[np.bool_] | Places) -> Pair:
        """The chosen rows."""
        return Pair(*(column[chosen] for column in self))


@dataclass(frozen=True, slots=True)
class Matches:
    """``pairs`` may overlap each other; ``groups`` are (length, places of its copies in order).

    ``is_cut`` says that there were more than ``MAX_PAIRS``.
    """

    pairs: Pair
    groups: Sequence[tuple[int, Sequence[int]]]
    is_cut: bool


def match(hashes: Words, stops: Places, window: int) -> Matches:
    """All maximal equal stretches of at least ``window`` tokens, none across a text's end.

    ``stops`` has for each text in the row the position behind its last token.
    """
    if len(hashes) <= window:
        return Matches(Pair(*[np.zeros(0, np.int64)] * 3), [], False)
    text = HashedRow(hashes, stops)
    places, classes = _repeated(text, window)
    runs = _runs(places, classes)
    pairs = _grown(text, runs, window)
    is_cut = len(pairs.length) > MAX_PAIRS
    if is_cut:
        order = np.lexsort((pairs.earlier, pairs.later, -pairs.length))
        pairs = pairs.where(np.sort(order[:MAX_PAIRS]))
    pairs = _equal(text, pairs)
    return Matches(pairs, _groups(text, _apart(pairs, window), places, classes), is_cut)


def _repeated(text: HashedRow, window: int) -> tuple[Places, Places]:
    """The places whose window occurs more than once, in order, and which of them are alike."""
    hashes = text.windows(window)
    fits = text.fits(window)
    ordered = np.sort(hashes[fits])
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    twice = twice[np.flatnonzero(np.diff(twice, prepend=~twice[:1]))]
    del ordered
    if not len(twice):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    found = []
    for start in range(0, len(hashes), CHUNK):
        part = hashes[start : start + CHUNK]
        alike = np.minimum(np.searchsorted(twice, part), len(twice) - 1)
        again = np.flatnonzero(fits[start : start + CHUNK] & (twice[alike] == part))
        found.append((again + start, alike[again]))
    places, classes = zip(*found, strict=True)
    return np.concatenate(places), np.concatenate(classes)


def _runs(places: Places, classes: Places) -> Pair:
    """Windows paired with their nearest occurrence before, neighbours at one distance as one stretch.

    The length counts windows here, not tokens.
    """
    order = np.argsort(classes, kind="stable")
    again = np.flatnonzero(classes[order][1:] == classes[order][:-1])
    earlier = np.full(len(places), -1, np.int64)
    earlier[order[again + 1]] = places[order[again]]
    later, earlier = places[earlier >= 0], earlier[earlier >= 0]
    is_new = (np.diff(later, prepend=-2) != 1) | (np.diff(earlier, prepend=-2) != 1)
    first = np.flatnonzero(is_new)
    length = np.diff(np.append(first, len(later)))
    return Pair(later[first], earlier[first], length)


def _grown(text: HashedRow, runs: Pair, window: int) -> Pair:
    """The runs as stretches of tokens that cannot be grown to either side, each once."""
    room_before = np.minimum(text.room_before(runs.later), text.room_before(runs.earlier))
    before = _longest(text, runs.later, runs.earlier, room_before, -1)
    known = runs.length + window - 1
    room_behind = np.minimum(text.room_behind(runs.later), text.room_behind(runs.earlier)) - known
    after = _longest(text, runs.later + known, runs.earlier + known, room_behind, 1)
    rows = np.stack([runs.later - before, runs.earlier - before, before + known + after])
    return Pair(*np.unique(rows, axis=1)) if rows.size else Pair(*rows)


def _longest(text: HashedRow, later: Places, earlier: Places, room: Places, direction: int) -> Places:
    """How many tokens on (or back) two places stay equal, by bisection over all rows at once."""
    low, high = np.zeros(len(room), np.int64), room.copy()
    for _ in range(int(room.max(initial=0)).bit_length()):
        middle = (low + high + 1) // 2
        shift = middle if direction < 0 else 0
        same = text.are_alike(later - shift, earlier - shift, middle)
        low, high = np.where(same, middle, low), np.where(same, high, middle - 1)
    return low


def _apart(pairs: Pair, window: int) -> Pair:
    """Overlapping pairs as two copies side by side where these have a window's length, else unchanged.

    Where both sides overlap, the text repeats itself with their distance as its period, so that any number
    of whole periods is a distance too.
    """
    distance = pairs.later - pairs.earlier
    whole = pairs.length + distance
    below = whole // 2 // distance * distance
    above = below + distance
    shift = np.where(whole - above > below, above, below)
    length = np.minimum(shift, whole - shift)
    chosen = (distance < pairs.length) & (length >= window)
    return Pair(
        np.where(chosen, pairs.earlier + shift, pairs.later),
        pairs.earlier,
        np.where(chosen, length, pairs.length),
    )


def _equal(text: HashedRow, pairs: Pair) -> Pair:
    """The pairs that are equal token by token."""
    rows = zip(*(column.tolist() for column in pairs), strict=True)
    same = [np.array_equal(text.hashes[a : a + n], text.hashes[b : b + n]) for a, b, n in rows]
    return pairs.where(np.array(same, bool))


def _groups(
    text: HashedRow, pairs: Pair, places: Places, classes: Places
) -> Sequence[tuple[int, Sequence[int]]]:
    """Pairs of the same content as one group, with the copies of it that no pair names."""
    if not len(pairs.length):
        return []
    content = text.hash_of(pairs.earlier, pairs.length)
    _, first, group = np.unique(
        np.stack([content, pairs.length.astype(np.uint64)]), axis=1, return_index=True, return_inverse=True
    )
    length = pairs.length[first]
    more_group, more_place = _further_copies(
        text, content[first], pairs.earlier[first], length, (places, classes)
    )
    group = group.reshape(-1)
    rows = np.unique(
        np.stack(
            [
                np.concatenate([group, group, more_group]),
                np.concatenate([pairs.earlier, pairs.later, more_place]),
            ]
        ),
        axis=1,
    )
    bounds = np.searchsorted(rows[0], np.arange(len(length) + 1))
    return [
        (int(length[n]), _without_overlap(rows[1, bounds[n] : bounds[n + 1]].tolist(), int(length[n])))
        for n in range(len(length))
    ]


def _further_copies(
    text: HashedRow, content: Words, place: Places, length: Places, windows: tuple[Places, Places]
) -> tuple[Places, Places]:
    """(group, place) of the stretches that begin with the group's first window and have all its content."""
    places, classes = windows
    own_class = classes[np.searchsorted(places, place)]
    order = np.argsort(classes, kind="stable")
    low = np.searchsorted(classes[order], own_class, "left")
    count = np.searchsorted(classes[order], own_class, "right") - low
    count[count > MAX_COPIES] = 0
    group = np.repeat(np.arange(len(place)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    candidates = places[order[low[group] + nth]]
    fits = length[group] <= text.room_behind(candidates)
    group, candidates = group[fits], candidates[fits]
    same = text.hash_of(candidates, length[group]) == content[group]
    return group[same], candidates[same]


def _without_overlap(places: Sequence[int], length: int) -> Sequence[int]:
    """The places that lie a length apart; two that overlap where there are no others."""
    kept: list[int] = []
    for place in places:
        if not kept or place >= kept[-1] + length:
            kept.append(place)
    return kept if len(kept) > 1 else places[:2]
