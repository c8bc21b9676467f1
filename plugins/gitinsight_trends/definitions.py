"""What each number of the two analyzers means."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

_WEEK = "A week begins on Monday 00:00 UTC and takes a commit by its committer date."
_TRIMMED = (
    "Weeks without any count as 0, up to the present one, which is marked as not over; commits dated after"
    " the analysis, and a leading stretch of under 2 % of all commits before a gap of 104 weeks or more, are"
    " left out as wrongly dated."
)

COMMITS = Metric(
    "activity.commits",
    "Commits",
    "commits",
    f"Commits by people in the week, without merges and without bots. {_WEEK} {_TRIMMED}",
)
CHURN = Metric(
    "activity.churn",
    "Changed lines",
    "lines",
    "Lines added plus lines deleted by the week's commits by people, without merges and without those that"
    " .git-blame-ignore-revs lists, in files that are"
    f" neither vendored nor generated; binary files count 0 lines. {_WEEK} {_TRIMMED}",
)
FILES = Metric(
    "activity.files_touched",
    "Files touched",
    "files",
    "Different files that the week's commits by people changed, without merges and without those that"
    " .git-blame-ignore-revs lists, a renamed file being one"
    f" file, vendored and generated files left out. {_WEEK} {_TRIMMED}",
)
MERGES = Metric(
    "activity.merges",
    "Merges",
    "merges",
    f"Commits by people with more than one parent in the week. {_WEEK} {_TRIMMED}",
)
ACTIVITY_METRICS = (COMMITS, CHURN, FILES, MERGES)

DIRECTION = Metric(
    "trends.direction",
    "Change of weekly commits a year",
    "% per year",
    "100 * (exp(52 * b) - 1), b being the Theil-Sen slope per week of ln(1 + x) over sums of four weeks in"
    " the last 104 complete weeks of activity.commits. Whether it differs from 0 beyond chance is tested by"
    " Mann and Kendall's test with Hamed and Rao's variance (1998) at lag 1; the insight tells.",
    bucket=Bucket.SNAPSHOT,
)
EXPECTED_COMMITS = Metric(
    "trends.forecast_commits_12w",
    "Commits a week expected over the next 12 weeks",
    "commits per week",
    "The median of the forecast of activity.commits for each of the next 12 weeks: the weighted median of"
    " the last 260 complete weeks by mid-point interpolation; four fifths of the weight fall off as"
    " 0.5 ** (age in weeks / 10), one fifth as 0.5 ** (age in weeks / 52).",
    version=2,
    bucket=Bucket.SNAPSHOT,
)
ERROR = Metric(
    "trends.backtest_mase",
    "Error of the forecast on the past (MASE)",
    "ratio",
    "Mean absolute error of 12-week forecasts of activity.commits from at most 20 points in its past, divided"
    " by the mean absolute difference of weeks 52 apart in the 260 weeks before each point (Hyndman and"
    " Koehler 2006). Below 1 is better than a typical difference to the year before.",
    bucket=Bucket.SNAPSHOT,
    better="lower",
)
TREND_METRICS = (DIRECTION, EXPECTED_COMMITS, ERROR)
