"""What each number about people means."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

_WEEK = (
    "A week begins on Monday 00:00 UTC and takes a commit by its author date. Merges and bots are left out,"
    " and so are commits dated after the analysis or in a leading stretch of under 2 % of all commits before"
    " a gap of 104 weeks or more, which a wrong clock must have dated."
)
_YEAR = "Commits by people, without merges and bots, authored in the 365 days before the analysis."

ACTIVE = Metric(
    "people.active_authors", "Active authors", "people", f"Different authors of the week's commits. {_WEEK}"
)
NEW = Metric(
    "people.new_contributors",
    "New contributors",
    "people",
    f"Authors whose first commit to this repository lies in the week (CHAOSS: new contributors). {_WEEK}",
)
RETURNING = Metric(
    "people.returning_contributors",
    "Returning contributors",
    "people",
    f"Authors with a commit in the week that is 90 days or more after their commit before it. {_WEEK}",
)
INACTIVE = Metric(
    "people.inactive_contributors",
    "Contributors who became inactive",
    "people",
    "Authors whose last commit lies in the week and more than 183 days before the analysis (CHAOSS: inactive"
    " contributors, booked to the period of last activity). Weeks that end less than 183 days before the"
    f" analysis have no value: it is not known yet. {_WEEK}",
)
BOTS = Metric(
    "people.bot_commits",
    "Commits by bots",
    "commits",
    f"Commits in the week whose author is a program, without merges. {_WEEK.replace('Merges and bots', 'Merges')}",
)
CONTRIBUTORS = Metric(
    "people.contributors",
    "Contributors in the last year",
    "people",
    f'Different authors. {_YEAR} The dimension "all time" counts over the whole history.',
    bucket=Bucket.SNAPSHOT,
)
ABSENCE_FACTOR = Metric(
    "people.absence_factor",
    "Contributor absence factor",
    "people",
    "The smallest number of people whose commits together are at least half of all (CHAOSS contributor absence"
    f" factor, once called bus factor, with >= 0.5; contribution type: commits). {_YEAR}",
    bucket=Bucket.SNAPSHOT,
    better="higher",
)
ABSENCE_FACTOR_ALL = Metric(
    "people.absence_factor_all",
    "Contributor absence factor, whole history",
    "people",
    "The smallest number of people whose commits together are at least half of all commits by people in the"
    " whole history, without merges and bots (CHAOSS contributor absence factor with >= 0.5).",
    bucket=Bucket.SNAPSHOT,
    better="higher",
)
TOP_SHARE = Metric(
    "people.top_share",
    "Share of the most active person",
    "%",
    f"100 * commits of the author with the most commits / all commits. {_YEAR}",
    bucket=Bucket.SNAPSHOT,
    better="lower",
)
METRICS = (
    ACTIVE,
    NEW,
    RETURNING,
    INACTIVE,
    BOTS,
    CONTRIBUTORS,
    ABSENCE_FACTOR,
    ABSENCE_FACTOR_ALL,
    TOP_SHARE,
)
