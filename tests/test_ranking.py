"""Decayed counters and the trending score: worked examples, and what must hold for any events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitinsight.domain.ranking import (
    FAST_DAYS,
    HALF_LIVES,
    SLOW_DAYS,
    WEIGHTS,
    ActivityKind,
    Counter,
    decayed,
    trending,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=28)


def on(kind: str, *days: float) -> list[tuple[str, datetime]]:
    return [(kind, START + timedelta(days=day)) for day in days]


STEADY = on("star", *range(28))
BURST = on("star", 0, 10, 20, *[26] * 6) + on("fork", 27, 27)


def test_a_steady_repository_leads_and_one_in_a_burst_is_trending() -> None:
    steady, burst = trending(STEADY, NOW), trending(BURST, NOW)

    assert [steady.fast, steady.slow] == pytest.approx([9.006671, 23.516969], abs=1e-6)
    assert [steady.expected, steady.variance, steady.z] == pytest.approx([9.4092, 4.9986, -0.1644], abs=1e-4)
    assert [burst.fast, burst.slow] == pytest.approx([9.228506, 12.217194], abs=1e-6)
    assert [burst.expected, burst.variance, burst.z] == pytest.approx([4.8881, 2.5968, 2.2886], abs=1e-4)
    assert (steady.shown, burst.shown) == (False, True)
    assert float(burst) == burst.z
    assert decayed(STEADY, NOW, SLOW_DAYS) > decayed(BURST, NOW, SLOW_DAYS)


def test_an_event_loses_half_its_weight_in_a_half_life() -> None:
    assert decayed(on("fork", 21), NOW, FAST_DAYS) == 1.0
    assert decayed(on("merged pull request", 14) + on("first-time contributor", 28), NOW, 14) == 1.5 + 5


def test_nothing_and_what_is_still_to_come_count_nothing() -> None:
    empty = trending([], NOW)
    assert (empty.fast, empty.z, empty.shown, empty.ratio) == (0.0, 0.0, False, None)
    assert decayed(on("star", 29), NOW, FAST_DAYS) == 0.0


def test_a_first_event_of_this_moment_is_no_trend() -> None:
    assert trending(on("fork", 28, 28), NOW).z == pytest.approx(0.0, abs=1e-6)


def test_a_few_events_are_not_shown_however_unusual() -> None:
    assert not trending(on("star", 0) + on("star", 28, 28), NOW).shown


@pytest.mark.parametrize(
    ("events", "half_life", "reason"),
    [
        ([("like", NOW)], 7.0, "like"),
        ([("star", datetime(2026, 1, 1))], 7.0, "zone"),  # noqa: DTZ001 - what is refused
        (on("star", 1), 0.0, "above 0"),
        (on("star", 1), float("nan"), "above 0"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    events: list[tuple[str, datetime]], half_life: float, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        decayed(events, NOW, half_life)


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        trending(on("star", 1), NOW.replace(tzinfo=None))


KINDS = st.sampled_from(list(ActivityKind))
EVENTS = st.lists(
    st.tuples(KINDS, st.floats(0, 28).map(lambda day: START + timedelta(days=day))), max_size=30
)


@given(EVENTS.filter(bool), st.sampled_from(HALF_LIVES))
def test_a_counter_that_sees_events_in_any_order_has_their_decayed_sum(
    events: list[tuple[ActivityKind, datetime]], half_life: int
) -> None:
    first, at = events[0]
    counter = Counter(half_life, WEIGHTS[first], at)
    for kind, moment in events[1:]:
        before = counter.score
        counter = counter.counting(WEIGHTS[kind], moment)
        assert counter.score >= before

    assert counter.value_at(NOW) == pytest.approx(decayed(events, NOW, half_life), rel=1e-9)


@given(EVENTS.filter(bool), EVENTS.filter(bool), st.sampled_from(HALF_LIVES))
def test_the_score_orders_as_the_values_do_at_any_moment(
    ours: list[tuple[ActivityKind, datetime]], others: list[tuple[ActivityKind, datetime]], half_life: int
) -> None:
    def counted(events: list[tuple[ActivityKind, datetime]]) -> Counter:
        counter = Counter(half_life, WEIGHTS[events[0][0]], events[0][1])
        for kind, at in events[1:]:
            counter = counter.counting(WEIGHTS[kind], at)
        return counter

    one, two = counted(ours), counted(others)
    for days in (0, 100, 1000):
        moment = NOW + timedelta(days=days)
        ahead = one.value_at(moment) - two.value_at(moment)
        assert abs(ahead) < 1e-9 * one.value_at(moment) or (ahead > 0) == (one.score > two.score)
