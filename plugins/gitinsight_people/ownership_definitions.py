"""What each number about the ownership and the life of lines means."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

_FILES = (
    "Lines are those of text files at head that are neither vendored nor generated (by .gitattributes, else by"
    " place and name)."
)
_AUTHOR = (
    "A line's author is that of the commit that git blame without options names, but where a commit of"
    " .git-blame-ignore-revs replaced lines by as many, these stay with who wrote them before."
)
_PEOPLE = "What bots wrote, or such commits beyond that, is left out."
_AGE = (
    "Ages are whole days by committer times. Commits dated after the analysis, or in a leading stretch of under"
    " 2 % of all commits before a gap of 104 weeks or more, are left out."
)

LINES = Metric(
    "ownership.lines",
    "Lines at head",
    "lines",
    f'Lines that people wrote. {_FILES} {_AUTHOR} The dimension "bots" counts those whose author is a program,'
    ' "mass edits" those that are left to commits of .git-blame-ignore-revs; neither is in the whole.',
    bucket=Bucket.SNAPSHOT,
)
RESTING = Metric(
    "ownership.resting_share",
    "Knowledge at rest",
    "share",
    "Lines whose author's last commit, merges aside, lies more than 183 days before the analysis / lines whose"
    f" author has a commit with a date to believe. {_FILES} {_AUTHOR} {_PEOPLE}",
    bucket=Bucket.SNAPSHOT,
    better="lower",
)
ABSENCE_FACTOR = Metric(
    "ownership.absence_factor",
    "Contributor absence factor, by lines owned",
    "people",
    "The smallest number of people who together wrote at least half of the lines (CHAOSS contributor absence"
    f" factor with >= 0.5; contribution type: lines at head). {_FILES} {_AUTHOR} {_PEOPLE}",
    bucket=Bucket.SNAPSHOT,
    better="higher",
)
HALF_LIFE = Metric(
    "ownership.half_life",
    "Half-life of a line",
    "days",
    "The first age at which the estimate of Kaplan and Meier (Journal of the American Statistical Association"
    " 53, 1958) says that half of the lines or fewer live longer. Over the whole history, all lines that people"
    " ever wrote in files that are neither vendored nor generated count: those at head as alive at their"
    " present age, the others as removed at theirs. A line that a commit changes is removed and another one"
    f" written, but commits of .git-blame-ignore-revs that replace lines by as many remove none. {_AGE} So are"
    " lines that a merge alone dropped. No value with fewer than 100 lines, or where more than half of them"
    " outlive every age at which one was removed.",
    bucket=Bucket.SNAPSHOT,
)
MEDIAN_AGE = Metric(
    "ownership.median_age",
    "Median age of a line",
    "days",
    "The smallest age that at least half of the lines do not exceed; the age is that of the commit that wrote"
    f" the line. {_FILES} {_AUTHOR} {_PEOPLE} {_AGE}",
    bucket=Bucket.SNAPSHOT,
)
METRICS = (LINES, RESTING, ABSENCE_FACTOR, HALF_LIFE, MEDIAN_AGE)
