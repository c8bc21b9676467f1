"""Forecasts over the API: of series that programs send, of repositories' metrics, and as they were stored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import OPERATOR, Visibility
from gitinsight.services import outlooks, repositories
from gitinsight.services.context import tools
from tests.probing import Program, analysed, probed_app
from tests.repositories import Repo

PATH = "/api/v1/ai/predict-trends"
START = datetime(2021, 1, 4, 12, tzinfo=UTC)
STEADY = [3, 5, 4, 6] * 40


@pytest.fixture
def ann(app: Flask) -> Iterator[Program]:
    yield Program(app, "ann")
    tools().inference.close()


def points(values: list[float], step: timedelta = timedelta(weeks=1)) -> list[dict[str, Any]]:
    return [{"time": (START + n * step).isoformat(), "value": value} for n, value in enumerate(values)]


def refused(answer: Any) -> str:
    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"
    return str(answer.json["error"])


def test_values_get_forecast_sum_trend_changes_and_a_checked_past(ann: Program) -> None:
    answer = ann("POST", PATH, json={"values": STEADY, "horizon": 4})

    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["model"] == {"name": "ewq2", "version": "2"}
    assert (told["weeks"], told["empty_weeks"], told["unavailable"]) == (160, 0, {})
    limits = [told["forecast"][name] for name in ("lower95", "lower80", "median", "upper80", "upper95")]
    assert [len(one) for one in limits] == [4] * 5
    assert [one[0] for one in limits] == sorted(one[0] for one in limits)
    assert told["forecast"]["weeks"] == []
    assert told["sum"]["median"] == pytest.approx(18, rel=0.05)
    assert told["trend"]["direction"] == "no trend"
    assert told["change_points"] == []
    assert told["backtest"]["origins"] == 20
    assert "than the" in told["backtest"]["verdict"] or "cannot be compared" in told["backtest"]["verdict"]


def test_points_are_put_into_weeks_in_the_order_of_time(ann: Program) -> None:
    sent = points([3.0] * 60 + [9.0] * 40)
    random.Random(1).shuffle(sent)
    told = ann("POST", PATH, json={"points": sent, "horizon": 2}).json

    assert told["weeks"] == 100
    assert told["forecast"]["weeks"] == ["2022-12-05", "2022-12-12"]
    (change,) = told["change_points"]
    assert (change["index"], change["week"]) == (60, "2022-02-28")
    assert (change["before"], change["after"]) == pytest.approx((3, 9))
    assert told["unavailable"] == {
        "backtest": "too short to check a forecast against the past: 100 of 104 weeks"
    }
    assert told["backtest"] is None


def test_points_at_odd_times_are_averaged_or_added_up_by_week(ann: Program) -> None:
    # Three points a week, of 1, 2 and 6, for 30 weeks; then ten weeks without any; then 20 weeks more.
    times = [
        START + timedelta(weeks=week, days=day) for week in [*range(30), *range(40, 60)] for day in (0, 1, 3)
    ]
    sent = [
        {"time": time.isoformat(), "value": value} for time, value in zip(times, [1, 2, 6] * 50, strict=True)
    ]
    mean = ann("POST", PATH, json={"points": sent}).json
    total = ann("POST", PATH, json={"points": sent, "aggregate": "sum"}).json

    assert (mean["weeks"], mean["empty_weeks"], mean["forecast"]["median"][0]) == (50, 10, 3.0)
    assert (total["weeks"], total["empty_weeks"], total["forecast"]["median"][0]) == (60, 10, 9.0)
    assert total["forecast"]["lower95"][0] == 0


def test_ten_thousand_irregular_points_are_answered(ann: Program) -> None:
    sent = points([float(n % 7) for n in range(10_000)], timedelta(hours=61, minutes=7))
    answer = ann("POST", PATH, json={"points": sent})
    assert answer.status_code == 200, answer.text
    assert 3_600 < answer.json["weeks"] + answer.json["empty_weeks"] < 3_700


@pytest.mark.parametrize("count", [1, 5, 25])
def test_a_short_series_is_refused_with_the_weeks_it_has_and_needs(ann: Program, count: int) -> None:
    assert f"Too short to forecast: {count} of 26 weeks." in refused(
        ann("POST", PATH, json={"values": [1] * count})
    )
    assert f"{count} of 26 weeks" in refused(ann("POST", PATH, json={"points": points([1.0] * count)}))


def test_constant_negative_and_spiked_series_are_answered_honestly(ann: Program) -> None:
    constant = ann("POST", PATH, json={"values": [5] * 120}).json
    assert constant["forecast"]["median"] == constant["forecast"]["upper95"] == [5.0] * 12
    assert "cannot be compared" in constant["backtest"]["verdict"]
    negative = ann("POST", PATH, json={"values": [-2, 3] * 60}).json
    assert negative["forecast"]["lower95"][0] == -2
    assert negative["trend"] is negative["sum"] is negative["change_points"] is None
    assert set(negative["unavailable"]) == {"sum", "trend", "change_points"}
    spiked = ann("POST", PATH, json={"values": [4, 6] * 30 + [1e12] + [4, 6] * 30}).json
    assert spiked["forecast"]["upper80"][0] == 6
    assert spiked["change_points"] == []


def test_a_time_that_stands_twice_and_a_series_of_gaps_are_refused(ann: Program) -> None:
    twice = points([1.0] * 40)
    twice[7]["time"] = "2021-01-11T13:00:00+01:00"
    twice[8]["time"] = "2021-01-11T12:00:00Z"
    assert "stands twice" in refused(ann("POST", PATH, json={"points": twice}))
    monthly = points([1.0] * 60, timedelta(weeks=4))
    assert "Too many gaps: only 60 of 237 weeks have a value." in refused(
        ann("POST", PATH, json={"points": monthly})
    )
    absurd = [*points([1.0] * 40), {"time": "9999-12-31T00:00:00Z", "value": 1}]
    assert "between 1900 and 2200" in refused(ann("POST", PATH, json={"points": absurd}))
    far = [*points([1.0] * 40), {"time": "2199-12-31T00:00:00Z", "value": 1}]
    assert ann("POST", PATH, json={"points": far, "aggregate": "sum"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "values"),
        ({"values": []}, "values"),
        ({"values": [1] * 10_001}, "values"),
        ({"values": [None] * 30}, "values"),
        ({"values": ["many"] * 30}, "values"),
        ({"values": 3}, "values"),
        ({"values": [1] * 30, "points": points([1.0] * 30)}, "values"),
        ({"values": [1] * 30, "horizon": 0}, "horizon"),
        ({"values": [1] * 30, "horizon": 105}, "horizon"),
        ({"values": [1] * 30, "horizon": 2.5}, "horizon"),
        ({"values": [1] * 30, "metric": "activity.commits"}, "metric"),
        ({"values": [1] * 30, "aggregate": "most"}, "aggregate"),
        ({"points": [{"time": "yesterday", "value": 1}]}, "time"),
        ({"points": [{"time": "2021-01-04T00:00:00", "value": 1}]}, "time"),
        ({"points": [{"time": "2021-01-04T00:00:00Z"}]}, "value"),
        ({"repository": "no id"}, "repository"),
        ({"series": [1] * 30}, "series"),
    ],
)
def test_a_body_of_another_form_is_refused_with_the_field(ann: Program, body: object, field: str) -> None:
    assert field in refused(ann("POST", PATH, json=body))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1e16"])
def test_numbers_that_are_none_are_refused(ann: Program, number: str) -> None:
    text = f'{{"values": [{", ".join(["1"] * 30 + [number])}]}}'
    answer = ann("POST", PATH, data=text, content_type="application/json")
    assert answer.status_code in {400, 422}, answer.text
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"


def test_a_guest_is_asked_to_sign_in(guest: FlaskClient) -> None:
    assert guest.post(PATH, json={"values": STEADY}).status_code == 401


def weekly_repository(folder: Path, weeks: int) -> Repo:
    """A repository with two commits a week, the newest in the week before last."""
    repo = Repo(folder)
    end = datetime.now(UTC).replace(microsecond=0) - timedelta(weeks=2)
    lines = []
    for number in range(2 * weeks):
        at = int((end - timedelta(days=3.5) * (2 * weeks - number)).timestamp())
        text = f"change {number}"
        lines.append(
            f"commit refs/heads/main\ncommitter Ann <ann@example.com> {at} +0000\ndata {len(text)}\n{text}\n"
            f"M 100644 inline a.py\ndata {len(text)}\n{text}\n"
        )
    repo.run_bytes("fast-import", "--quiet", feed="\n".join(lines).encode())
    return repo


def test_a_metric_of_a_repository_is_forecast_and_its_outlook_is_stored(
    app: Flask, ann: Program, guest: FlaskClient, tmp_path: Path
) -> None:
    repository_id, job = analysed(weekly_repository(tmp_path, 120), "activity", "trends")
    assert [stage.error for stage in job.stages if stage.error] == []

    answer = ann(
        "POST", PATH, json={"repository": str(repository_id), "metric": "activity.commits", "horizon": 3}
    )
    assert answer.status_code == 200, answer.text
    asked = answer.json
    assert asked["forecast"]["median"] == [2.0] * 3
    assert ann("POST", PATH, json={"repository": str(repository_id)}).json["forecast"]["median"] == [2.0] * 12

    stored = guest.get(f"/api/v1/repositories/{repository_id}/trends")
    assert stored.status_code == 200, stored.text
    (commits,) = [one for one in stored.json["trends"] if one["metric"] == "activity.commits"]
    assert commits["forecast"]["weeks"][:3] == asked["forecast"]["weeks"]
    assert date.fromisoformat(commits["forecast"]["weeks"][0]).weekday() == 0
    assert commits["forecast"]["median"][:3] == asked["forecast"]["median"]
    assert commits["direction"]["direction"] == asked["trend"]["direction"]
    assert [one["weeks"] for one in commits["sums"]] == [4, 12, 26]
    assert commits["backtest"]["coverage80"] == pytest.approx(asked["backtest"]["coverage80"], abs=0.01)
    assert commits["verdict"] == asked["backtest"]["verdict"]
    assert commits["seasonality"] is None

    monthly = ann("POST", PATH, json={"repository": str(repository_id), "metric": "trends.direction"})
    assert "is not a weekly one" in refused(monthly)
    unheard = ann("POST", PATH, json={"repository": str(repository_id), "metric": "nobody.knows"})
    assert (unheard.status_code, unheard.json["error"]["code"]) == (404, "METRIC_NOT_FOUND")


def test_a_repository_without_values_of_another_or_unknown_is_told(ann: Program, tmp_path: Path) -> None:
    source = Repo(tmp_path)
    source.commit({"a": "b"})
    added = repositories.add(OPERATOR, str(source.git_dir))
    body = {"repository": str(added.id), "metric": "activity.commits"}
    assert "has no complete week with a value yet" in refused(ann("POST", PATH, json=body))
    secret = Repo(tmp_path, "secret.git")
    secret.commit({"a": "b"})
    hidden = repositories.add(OPERATOR, str(secret.git_dir), visibility=Visibility.PRIVATE)
    for repository in (hidden.id, "00000000-0000-0000-0000-000000000000"):
        answer = ann("POST", PATH, json={"repository": str(repository)})
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "REPOSITORY_NOT_FOUND")


def test_without_a_model_for_forecasts_there_is_nothing(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as app:
        answer = Program(app, "ann")("POST", PATH, json={"values": STEADY})

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "MODEL_NOT_FOUND")


def test_a_model_that_answers_nonsense_is_an_error_of_the_server(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, ["thinker"]) as app:
        answer = Program(app, "ann")("POST", PATH, json={"values": STEADY})
        tools().inference.close()

    assert (answer.status_code, answer.json["error"]["code"]) == (500, "INFERENCE_FAILED")


def test_before_the_first_analysis_there_is_no_outlook(app: Flask, tmp_path: Path) -> None:
    source = Repo(tmp_path)
    source.commit({"a": "b"})
    added = repositories.add(OPERATOR, str(source.git_dir))
    assert outlooks.listing(OPERATOR, added.id) == []
