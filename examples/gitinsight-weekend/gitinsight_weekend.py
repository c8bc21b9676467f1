"""How much of the work is done at the weekend: a complete GitInsight plugin in one module."""

from math import erf, sqrt

import gitinsight.plugin as gi

SHARE = gi.Metric(
    "weekend.share",
    title="Weekend work",
    unit="%",
    bucket=gi.Bucket.MONTH,
    definition="100 * commits on a Saturday or Sunday by the author's own clock / all commits of the month. "
    "Merges, bots and commits dated after the analysis are left out.",
)


def analyze(history, settings):
    import polars as pl  # Web processes import this module too, and stay small without Polars.

    clock = pl.col("authored_at") + pl.duration(minutes="author_offset")
    work = history.commits.filter(
        ~pl.col("is_merge"), ~pl.col("is_bot"), pl.col("authored_at") <= history.now
    )
    work = work.select("commit", month=clock.dt.truncate("1mo"), weekend=clock.dt.weekday() >= 6)
    months = work.group_by("month").agg(100 * pl.col("weekend").mean()).sort("month")
    points = [gi.Point(SHARE.name, at, share) for at, share in months.iter_rows()]
    found = work.filter("weekend")
    if found.is_empty():
        return gi.Report(points)
    habit = (len(found) + 1) / (len(work) + 2)
    insight = gi.Insight(
        gi.InsightType.PLUGIN,
        gi.Severity.INFO,
        title=f"About {100 * len(found) / len(work):.0f} % of the work is done at the weekend",
        description="In a hobby project that is no surprise; in a team, ask whether plans are too tight.",
        confidence=erf(0.05 / sqrt(2 * habit * (1 - habit) / (len(work) + 3))),
        evidence=[gi.Evidence(gi.EvidenceKind.COMMIT, commit) for commit in found["commit"].tail(20)],
        metrics=[SHARE.id],
        data={"confidence_basis": "probability that the habit lies within 5 points of this share"},
    )
    return gi.Report(points, [insight])


def draw(context):
    points = [[at.date().isoformat(), share] for at, share in context.series(SHARE.name)]
    return {"unit": SHARE.unit, "series": [{"name": SHARE.title, "shape": "bar", "points": points}]}


@gi.hookimpl
def register_analyzers():
    return [gi.Analyzer("weekend", "Weekend work", "1", analyze, [SHARE])]


@gi.hookimpl
def register_panels():
    return [gi.Panel("Weekend work", "repository", draw)]
