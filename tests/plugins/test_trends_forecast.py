"""The forecast against quantiles worked out by hand, and what it refuses."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitinsight_trends
from gitinsight_trends import SeriesInvalid, SeriesTooShort, forecast


def limits(values: object) -> list[float]:
    expected = forecast(values, 1)
    return [float(expected[name][0]) for name in ("median", "lower80", "upper80", "lower95", "upper95")]


def test_three_rounds_of_zero_to_nine_have_the_quantiles_worked_out_by_hand() -> None:
    # Short memory, r = 2 ** (-1 / 10): the three weeks with value k weigh 1.75 * r ** (9 - k), and the
    # values up to k hold 2 * r ** (9 - k) - 1 of the weight, as r ** 10 = 1/2. Long memory, q = 2 **
    # (-1 / 52): they hold (q ** (9 - k) - q ** 10) / (1 - q ** 10). Four fifths of the one and one fifth
    # of the other: up to 0 .076, to 1 .157, to 4 .428, to 5 .530, to 8 .872.
    # Level .5 lies among the fives, whose newest has its middle at .501. The oldest 1 weighs .0143, so
    # its middle is at .0835 and level .1 lies among the ones; the oldest 9 weighs .0215, so its middle is
    # at .882 and level .9 lies among the nines. .025 lies among the zeros, .975 among the nines.
    assert limits(np.tile(np.arange(10.0), 3)) == pytest.approx([5, 1, 9, 0, 9])


def test_a_burst_after_twenty_silent_weeks_has_the_quantiles_worked_out_by_hand() -> None:
    # Short weights sum to (1 - 2 ** -2.6) / (1 - 2 ** -.1) = 12.4697, long ones to (1 - 2 ** -.5) /
    # (1 - 2 ** (-1 / 52)) = 22.119, so a week weighs .064156 of its short and .009042 of its long weight:
    # 12 (age 0) .073198, 9 (age 1) .068782, 7 (age 3) .060798, 5 (ages 4 and 5) .057194 and .053824. The
    # zeros hold the rest, .686: the median and the lower limits are 0. The middle of 12 is at 1 - .036599
    # = .963401, that of 9 at 1 - .073198 - .034391 = .892411. Level .9 lies between: 9 + 3 * (.9 -
    # .892411) / .07099 = 9.3207; level .975 is behind the last middle.
    assert limits([0] * 20 + [5, 5, 7, 0, 9, 12]) == pytest.approx([0, 0, 9.3207, 0, 12], abs=1e-4)


def test_the_forecast_is_flat_over_the_whole_horizon() -> None:
    expected = forecast(range(30), 26)
    assert set(expected.keys()) == {"median", "lower80", "upper80", "lower95", "upper95"}
    assert all(len(values) == 26 and len(set(values)) == 1 for values in dict(expected).values())


def test_weeks_older_than_five_years_are_forgotten() -> None:
    recent = [3.0, 8.0] * 130
    assert limits([1000.0] * 50 + recent) == limits(recent)


def test_a_constant_series_goes_on_as_it_was() -> None:
    assert limits([7.0] * 26) == [7.0] * 5


def test_a_single_spike_leaves_the_median_alone() -> None:
    assert limits([4.0] * 40 + [1e12] + [4.0] * 40)[:3] == [4.0, 4.0, 4.0]


@pytest.mark.parametrize("length", [0, 1, 5, 25])
def test_a_short_series_is_refused_with_the_weeks_it_has_and_needs(length: int) -> None:
    with pytest.raises(SeriesTooShort, match=f"too short to forecast: {length} of 26 weeks"):
        forecast([1.0] * length, 12)


@pytest.mark.parametrize(
    "values",
    [
        [1.0] * 30 + [float("nan")],
        [1.0] * 30 + [float("inf")],
        [None] * 30,
        [[1.0, 2.0]] * 30,
        ["many"] * 30,
        [1.0] * 30 + [1e16],
        3.0,
    ],
)
def test_what_is_not_one_row_of_finite_numbers_is_refused(values: object) -> None:
    with pytest.raises(SeriesInvalid):
        forecast(values, 12)


@pytest.mark.parametrize("horizon", [0, -1, 2.5, True, "12", None, 521, float("nan")])
def test_a_horizon_must_be_a_whole_number_of_weeks(horizon: int) -> None:
    with pytest.raises(SeriesInvalid, match="horizon"):
        forecast([1.0] * 30, horizon)


def test_an_unknown_limit_has_no_value() -> None:
    with pytest.raises(KeyError):
        forecast([1.0] * 30, 1)["lower50"]


@given(st.lists(st.floats(-1e9, 1e9), min_size=26, max_size=300))
def test_limits_are_ordered_and_stay_within_what_was_seen(values: list[float]) -> None:
    middle, low80, high80, low95, high95 = limits(values)
    assert min(values) <= low95 <= low80 <= middle <= high80 <= high95 <= max(values)


def test_the_model_entry_loads_the_forecast() -> None:
    (model,) = gitinsight_trends.register_models()
    assert (model.name, model.task, model.size_bytes) == ("ewq2", "forecast", 0)
    assert model.load()(values=[2.0] * 26, horizon=3)["forecast"]["median"] == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("plugin", ["gitinsight_trends", "gitinsight_people"])
def test_importing_a_plugin_loads_neither_numpy_nor_polars(plugin: str) -> None:
    code = f"import sys, {plugin}; print([name for name in ('numpy', 'polars') if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
