"""The analyzer's report on histories made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import gitinsight_sentiment
from gitinsight.plugin import Artifact, InsightType, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze, check_plugin, weekly_commits

NOW = datetime(2024, 6, 28, 12, tzinfo=UTC)
MONDAY = datetime(2024, 6, 24, tzinfo=UTC)
ANALYZER = gitinsight_sentiment.register_analyzers()[0]


def commits(
    count: int, subject: str, at: datetime = NOW - timedelta(days=1), **more: Any
) -> list[FakeCommit]:
    return [FakeCommit(subject, at + timedelta(minutes=n), **more) for n in range(count)]


def report(history: list[FakeCommit], now: datetime = NOW) -> Report:
    return analyze(ANALYZER, FakeHistory(history, now=now))


def value(found: Report, metric: str, at: datetime | None = None) -> float | None:
    points = [point for point in found.points if point.metric == metric and at in (None, point.at)]
    return points[-1].value


def artifact(found: Report, name: str) -> Artifact:
    return next(item for item in found.artifacts if item.name == name)


def test_three_of_twenty_messages_are_negative() -> None:
    found = report(
        commits(16, "Add a test")
        + commits(3, "Remove this horrible mess")
        + commits(1, "Thanks, great work!")
    )
    assert value(found, "sentiment.messages_year") == 20
    assert value(found, "sentiment.negative_share_year") == 15
    assert value(found, "sentiment.positive_share_year") == 5
    # R: prop.test(3, 20, correct = FALSE) gives 0.05237 and 0.36042.
    assert value(found, "sentiment.negative_share_year_low") == pytest.approx(5.237, abs=0.001)
    assert value(found, "sentiment.negative_share_year_high") == pytest.approx(36.042, abs=0.001)
    assert found.insights[0].title.startswith("15.0 % of 20 commit messages from the last year read negative")
    assert found.insights[0].type == InsightType.SENTIMENT


def test_a_week_of_few_messages_has_a_count_and_a_reason_but_no_share() -> None:
    earlier = MONDAY - timedelta(weeks=1)
    found = report(commits(9, "awful", earlier) + commits(10, "awful", MONDAY))
    assert value(found, "sentiment.messages", earlier) == 9
    assert value(found, "sentiment.negative_share", earlier) is None
    assert value(found, "sentiment.negative_share", MONDAY) == 100
    missing = next(point for point in found.points if point.value is None)
    assert missing.reason == "fewer than 10 messages were judged"


def test_weeks_without_commits_count_zero_up_to_now() -> None:
    found = report(commits(1, "Add a test", NOW - timedelta(weeks=3)))
    weeks = [point.value for point in found.points if point.metric == "sentiment.messages"]
    assert weeks == [1, 0, 0, 0]


def test_merges_bots_tools_and_the_future_are_not_read() -> None:
    found = report(
        commits(5, "Add a test")
        + commits(1, "awful", is_merge=True)
        + commits(1, "awful", is_bot=True)
        + commits(1, "Bump awful from 1 to 2")
        + commits(1, "awful", NOW + timedelta(days=1))
    )
    assert value(found, "sentiment.messages_year") == 5
    assert value(found, "sentiment.negative_share_year") == 0


def test_a_message_of_another_language_is_not_judged_and_counted() -> None:
    found = report(commits(15, "Add a test") + commits(5, "修复登录页面的错误"))
    assert value(found, "sentiment.messages_year") == 15
    assert value(found, "sentiment.not_english_share_year") == 25
    told = next(insight for insight in found.insights if "probably not English" in insight.title)
    assert told.title.startswith("25.0 % of the messages")
    assert told.confidence == 0.95
    assert len(told.evidence) == 5


def test_a_significant_rise_is_told_with_its_commits() -> None:
    before = NOW - timedelta(days=400)
    found = report(
        commits(100, "Add a test", before)
        + commits(80, "Add a test")
        + commits(20, "I hate this ridiculous build", NOW - timedelta(days=2))
    )
    change = found.insights[1]
    assert change.title == "Negative messages rose from 0.0 % to 20.0 % in a year"
    assert change.severity == "notice"
    assert change.confidence > 0.99
    assert all(item.note.startswith("negative: hate") for item in change.evidence)


def test_a_difference_within_chance_is_told_as_such() -> None:
    before = NOW - timedelta(days=400)
    found = report(
        commits(50, "Add a test", before) + commits(48, "Add a test") + commits(2, "This is an awful hack")
    )
    # Two of 50 against none of 50: Fisher's p is 2 * C(50,2) / C(100,2) = 0.495, and 0.99 for two tests.
    change = found.insights[1]
    assert "did not change measurably" in change.title
    assert change.data["p_value"] == pytest.approx(2 * 0.494949, abs=1e-5)
    assert change.confidence == 0.5


def test_a_dormant_project_is_told_as_such() -> None:
    found = report(weekly_commits(60, datetime(2015, 1, 5, tzinfo=UTC)))
    assert value(found, "sentiment.negative_share_year") is None
    assert "from the year to 22 February 2016" in found.insights[0].title
    assert "dormant" in found.insights[0].tags


def test_a_mistaken_date_does_not_stretch_the_series() -> None:
    found = report([*commits(1, "Add a test", datetime(1970, 1, 1, tzinfo=UTC)), *commits(99, "Add a test")])
    assert len([point for point in found.points if point.metric == "sentiment.messages"]) == 1


def months(*counts: int) -> list[FakeCommit]:
    """Plain messages in the months from January 2024 on."""
    first = [datetime(2024, month, 2, tzinfo=UTC) for month in range(1, len(counts) + 1)]
    return [one for at, count in zip(first, counts, strict=True) for one in commits(count, "Add a test", at)]


def test_the_mood_chart_has_monthly_shares_with_bands() -> None:
    found = report([*months(10, 10, 5, 10, 10), *commits(10, "awful")])
    mood = artifact(found, "mood")
    assert mood.title == "18.2 % of 55 commit messages in five years read negative, 0.0 % positive"
    chart = mood.content
    assert [line["name"] for line in chart["series"]] == ["negative", "positive"]
    assert chart["series"][0]["points"][2:] == [
        ["2024-03-01", None],
        ["2024-04-01", 0.0],
        ["2024-05-01", 0.0],
        ["2024-06-01", 100.0],
    ]
    assert chart["bands"][0]["points"][-1] == ["2024-06-01", 72.25, 100.0]


@pytest.mark.parametrize(
    ("counts", "times"),
    [
        ([4, 4, 4, 0, 0], ["2024-01-01", "2024-04-01"]),
        ([1, 0, 1, 0, 0], ["2024-01-01"]),
    ],
)
def test_where_messages_are_few_the_mood_chart_counts_by_quarter_or_year(counts, times) -> None:
    chart = artifact(report([*months(*counts), *commits(10, "awful")]), "mood").content
    assert [at for at, _ in chart["series"][0]["points"]] == times


def test_the_strongest_messages_name_commit_date_label_and_words_but_no_person() -> None:
    found = report([*commits(1, "awful"), *commits(3, "Add a test"), *commits(1, "Thanks a lot!", NOW)])
    table = artifact(found, "strongest").content
    assert [column["name"] for column in table["columns"]] == [
        "commit", "at", "subject", "label", "words", "confidence",
    ]  # fmt: skip
    assert [row[2:5] for row in table["rows"]] == [
        ["Thanks a lot!", "positive", "Thanks"],
        ["awful", "negative", "awful"],
    ]


def test_the_commits_behind_the_share_are_at_most_200_with_the_full_count() -> None:
    found = report(commits(250, "awful"))
    behind = artifact(found, "commits:sentiment.negative_share_year").content
    assert (len(behind["commits"]), behind["total"]) == (200, 250)
    assert behind["commits"][0]["note"] == "awful"


def columns_of(found: Report, name: str, *columns: str) -> list[tuple[Any, ...]]:
    content = artifact(found, name).content
    places = [[column["name"] for column in content["columns"]].index(column) for column in columns]
    return [tuple(row[place] for place in places) for row in content["rows"]]


def test_weeks_and_months_have_counts_and_intervals() -> None:
    found = report([*commits(15, "Add a test", MONDAY), *commits(5, "awful", MONDAY)])
    # R: prop.test(5, 20, correct = FALSE) gives 0.1119 and 0.4687.
    expected = (20, 5, 0, 0.25, 0.1119, 0.4687)
    told = ("judged", "negatives", "positives", "negative", "negative_low", "negative_high")
    assert columns_of(found, "weeks", "start", *told) == [("2024-06-24", *expected)]
    assert columns_of(found, "months", "start", *told) == [("2024-06-01", *expected)]


def test_a_message_counts_for_the_release_after_it() -> None:
    history = FakeHistory(
        [*commits(3, "awful", MONDAY - timedelta(days=20)), *commits(2, "Add a test", MONDAY)],
        now=NOW,
        releases=[("1.0", MONDAY - timedelta(days=9)), ("0.9", MONDAY - timedelta(days=99))],
    )
    found = analyze(ANALYZER, history)
    assert columns_of(found, "releases", "release", "judged", "negatives") == [
        ("1.0", 3, 3),
        ("not yet released", 2, 0),
    ]


def people(count: int, subject: str, at: datetime, name: str) -> list[FakeCommit]:
    return [FakeCommit(subject, at, author=f"{name}{n} <{name}{n}@example.org>") for n in range(count)]


def test_newcomers_and_regulars_are_told_as_groups_of_three_or_more() -> None:
    early = people(3, "Add a test", NOW - timedelta(days=200), "old")
    late = people(3, "awful", NOW - timedelta(days=1), "old")
    few = people(2, "awful", NOW - timedelta(days=1), "new")
    rows = columns_of(report([*early, *late, *few]), "groups", "group", "judged", "negatives")
    # The first messages of the three were written as newcomers, and so were those of the two.
    assert rows == [("newcomers", 5, 2), ("regulars", 3, 3)]
    assert columns_of(report(few), "groups", "group") == []


def by_folder(history: list[FakeCommit]) -> Report:
    folders = gitinsight_sentiment.register_analyzers()[1]
    return analyze(folders, FakeHistory(history, now=NOW))


def test_messages_are_counted_by_top_level_folder() -> None:
    both = {"docs/a.md": (1, 0), "src/deep/a.py": (1, 0)}
    found = by_folder(
        [*commits(2, "awful", changes=both), *commits(1, "Add a test", changes={"setup.py": (1, 0)})]
    )
    assert columns_of(found, "folders", "folder", "judged", "negatives") == [
        ("docs", 2, 2),
        ("src", 2, 2),
        ("(files at the top)", 1, 0),
    ]
    assert found.points[0].value == 3


def test_a_folder_whose_messages_differ_is_told_with_its_commits() -> None:
    found = by_folder(
        commits(60, "Add a test", changes={"src/a.py": (1, 0)})
        + commits(20, "Add a test", changes={"legacy/a.py": (1, 0)})
        + commits(20, "I hate this", changes={"legacy/a.py": (1, 0)})
    )
    (insight,) = found.insights
    assert insight.title == "Messages on legacy read negative more often: 50.0 % against 0.0 %"
    assert insight.confidence > 0.99
    assert len(insight.evidence) == 10


@pytest.mark.parametrize(("count", "confidence"), [(1, 0.05), (40, 0.5)])
def test_folders_that_do_not_differ_are_told_as_such(count: int, confidence: float) -> None:
    (insight,) = by_folder(commits(count, "awful", changes={"src/a.py": (1, 0)})).insights
    assert insight.title == "No folder of 1 stands out by negative messages"
    assert insight.confidence == confidence
    assert by_folder([]).insights == []


@pytest.mark.parametrize(
    "history",
    [
        commits(60, "Add a test"),
        commits(60, "awful"),
        commits(60, "Merge branch 'x'", is_merge=True),
        commits(60, "Add a test", is_bot=True),
        commits(60, "修复登录页面的错误"),
        commits(60, "v1.2.3"),
        commits(60, "Add a test", NOW + timedelta(days=9)),
        commits(60, "\x00\x01\u202e<script>" + "x" * 5_000, body="\r\n" * 9_000),
        commits(60, ""),
        weekly_commits(60, datetime(2009, 1, 1, tzinfo=UTC)),
    ],
)
def test_sixty_commits_of_any_kind_give_an_insight(history: list[FakeCommit]) -> None:
    assert report(history).insights


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_few_commits_give_a_report(count: int) -> None:
    found = report(commits(count, "Fix the awful thing"))
    assert value(found, "sentiment.messages_year") == count
    assert all(insight.confidence < 0.1 for insight in found.insights)


def test_progress_reaches_the_number_of_messages() -> None:
    history = FakeHistory(commits(1_200, "Add a test"), now=NOW)
    analyze(ANALYZER, history)
    assert history.told == [(0, 1_200), (500, 1_200), (1_000, 1_200), (1_200, 1_200)]


def test_the_plugin_passes_the_check_for_plugins() -> None:
    assert check_plugin(gitinsight_sentiment)["sentiment"].insights


def test_the_model_states_its_measured_accuracy_and_loads() -> None:
    model = gitinsight_sentiment.register_models()[0]
    assert (model.name, model.task) == ("linear-se", "sentiment")
    assert model.accuracy["github_macro_f1"] > 0.89
    assert 0 < model.size_bytes < 1_000_000
    (judged,) = model.load()(texts=["Well, this is awful"])
    assert (judged["label"], judged["not_judged"]) == ("negative", "")
    assert judged["probabilities"]["negative"] == judged["confidence"] > 0.8
    assert judged["spans"] == [{"start": 14, "end": 19, "text": "awful", "label": "negative"}]
