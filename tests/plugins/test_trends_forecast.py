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
    # With r = 2 ** (-1 / 13) the newest week weighs 1, the one before r, and all 30 together
    # (1 - r**30) / (1 - r) = 15.37. Of each value there are three, ten weeks apart, and the values up to
    # k hold (r**(9 - k) - r**10) / (1 - r**10) of the weight: up to 0 .078, to 1 .160, to 4 .434, to 5
    # .535, to 8 .874. The first 1 is the oldest, at .078 + r**28 / 15.37 / 2 = .085.
    # Level .5 falls among the fives, .087 just behind the first 1, .913 among the nines, and .0115 and
    # .9885 among the zeros (or before them) and the nines (or behind them).
    assert limits(np.tile(np.arange(10.0), 3)) == pytest.approx([5, 1, 9, 0, 9])


def test_a_burst_after_twenty_silent_weeks_has_the_quantiles_worked_out_by_hand() -> None:
    # All weights: (1 - r**26) / (1 - r) = .75 / .051923 = 14.4447, as r**26 = 1/4. Zeros hold 10.0706 of
    # it (.697), so the median and the lower limits are 0. Above them, sorted: 5 and 5 (r**5, r**4),
    # 7 (r**3), 9 (r) and 12 (1). The middle of 12 is at (14.4447 - .5) / 14.4447 = .96539, that of 9 at
    # (13.4447 - .4740) / 14.4447 = .89795. Level .913 lies between: 9 + 3 * (.913 - .89795) / .06744 =
    # 9.6695; level .9885 is behind the last middle.
    assert limits([0] * 20 + [5, 5, 7, 0, 9, 12]) == pytest.approx([0, 0, 9.6695, 0, 12], abs=1e-4)


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
        3.0,
    ],
)
def test_what_is_not_one_row_of_finite_numbers_is_refused(values: object) -> None:
    with pytest.raises(SeriesInvalid):
        forecast(values, 12)


@pytest.mark.parametrize("horizon", [0, -1, 2.5, True, "12"])
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
    assert (model.name, model.task, model.size_bytes) == ("ewq", "forecast", 0)
    assert model.load()([2.0] * 26, 3).median.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("plugin", ["gitinsight_trends", "gitinsight_people"])
def test_importing_a_plugin_loads_neither_numpy_nor_polars(plugin: str) -> None:
    code = f"import sys, {plugin}; print([name for name in ('numpy', 'polars') if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
