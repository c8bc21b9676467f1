"""The definitions of the numbers that this plugin gives; docs and pages show them as they stand here."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric
from gitinsight_quality.deductions import CATEGORIES

SCOPE = (
    "Measured at the analysed commit over the files in programming and markup languages; links, vendored, "
    "generated, minified and binary files and files over 1 MB are out. "
)
PARSED = (
    "Parsed are C, C#, C++, Go, Java, JavaScript, Jupyter notebooks in Python, Kotlin, PHP, Python, Ruby, Rust, "
    "Scala, Shell, Swift, TSX and TypeScript. "
)
CYCLOMATIC = (
    "Cyclomatic complexity (McCabe 1976) is one plus the decisions of a function, counted as radon 6.0.1 does by "
    "default for Python and as lizard 1.24 does for C, C++, Go, Java, JavaScript, Rust (without the word where), "
    "TSX and TypeScript; likewise for the other languages, where each arm of a match or a case is a decision. "
)
_CAPS = ", ".join(f"{category.name} {category.cap:g}" for category in CATEGORIES.values())
HEALTH = (
    "A file's health is 10 minus, for each category, the smaller of its cap and the sum of its deductions, but not "
    "below 1. "
    f"The caps: {_CAPS}. The deductions: complex method 0.3 for a function with a cyclomatic complexity above 10 or a "
    "cognitive one above 15, 0.8 above 20 or 30; brain method 0.75 for one of over 65 lines with a cyclomatic "
    "complexity above 15 that nests 4 levels or more; brain class 0.5 for one of 195 lines or more whose functions' "
    "complexities add up to 47 or more; low cohesion 0.3 for a class of 4 methods or more with an LCOM4 of 2 or "
    "more; duplication 0.1 for each 10 lines begun of a stretch that stands elsewhere too, at most 0.5 a stretch, "
    "files of tests excepted; large method 0.2 for over 60 lines, 0.5 for over 120; deep nesting 0.3 from 4 levels "
    "on, 0.5 from 6; bumpy road 0.2 for a function with 2 or 3 blocks of nested code one after the other, 0.4 from 4 "
    "on; complex conditional 0.1 each; many parameters 0.1 for a function with more than 5; large file 0.5 for each "
    "500 lines of code begun beyond the first 500. A category over its cap is scaled down to it, each of its "
    "deductions in proportion, and so are all categories where they cost more than 9 together. What a language's "
    "parser does not tell costs nothing. From 8 on a score is called healthy, below 4 unhealthy, else problematic. "
    "The repository's health is the mean over the parsed files weighted by their lines of code. The weights are a "
    "first choice within common style limits. They tell where code is hard to read, not where bugs will be fixed: at "
    "that, ranking by health does worse than by lines alone, and the risk score does better. "
)
DUPLICATION = (
    "Lines that stand in the code more than once / lines of the code files, for all files and for tests and the other "
    "code apart. A line does where it belongs to a stretch of at least 50 tokens on at least 4 lines that is equal, "
    "token by token, to another one in the same or another file; it counts once. White space and line ends do not "
    "matter; names, literals and comments do. A stretch is as long as it can be, so copies in a row that repeat "
    "themselves may overlap. Beyond 32 MB or 8 million tokens files are left out, tests first. "
)
HOTSPOT = (
    "A hotspot is a code file in the top quarter by change frequency and in the top quarter by complexity that "
    "changed at least 3 times in the last 365 days. Frequency is the sum of 0.5 ** (age in days / 180) over the "
    "file's changes in the whole history (author time, renames followed; bots, merges and commits that "
    ".git-blame-ignore-revs lists are out; the half-life can be set). Complexity is the sum of the cyclomatic "
    "complexities of the file's functions; where the language has no parser it is the lines of code, ranked "
    "among the lines of all code files. A percentile is the share "
    "of the code files below, half of the equal ones included; the score is the product of both. A function's score, "
    "where a file of the map opens, is the same product among the functions of the hottest files (at most 60), its "
    "changes being the last year's commits after which its lines differ from before, the newest 50 of a file. "
)
RISK = (
    "The code files are ranked as of 180 days before the newest commit by the risk score, a logistic model of "
    "the file's lines of code, its recency-weighted changes and bug fixes, those of its folder, last year's authors "
    "and its kind, from what was known then; docs/risk.md has the formula and how it was fitted. A file counts as "
    "fixed where a bug fix of the following 180 days changed it: a commit by a person, no merge, whose subject has a "
    "word for a repaired fault (fix, bug, crash, regression ...) and is not about typing errors, documentation, style, "
    "tests or builds. Missing where fewer than 10 files were fixed, or fewer than 10 were not. "
)


def _metric(name: str, title: str, unit: str, definition: str, better: str = "", version: int = 1) -> Metric:
    return Metric(f"quality.{name}", title, unit, definition.strip(), Bucket.SNAPSHOT, version, better)


METRICS = (
    _metric("health", "Code health", "points (1-10)", HEALTH + SCOPE + PARSED + CYCLOMATIC, "higher", 2),
    _metric("duplication", "Duplicated lines", "share", DUPLICATION + SCOPE, "lower"),
    _metric(
        "lines",
        "Lines of code",
        "lines",
        "Lines that hold more than white space and comments, by language (GitHub Linguist's names) and in all. "
        "A string that stands alone as a statement (a docstring) is a comment. " + SCOPE,
    ),
    _metric("files", "Code files", "files", "Files of code, by language and in all. " + SCOPE),
    _metric(
        "functions",
        "Functions",
        "functions",
        "Functions and methods with a body in parsed files, as the tools named below list them: in Python, "
        "closures are not listed apart from the function around them. " + SCOPE + PARSED + CYCLOMATIC,
    ),
    _metric(
        "complexity_mean",
        "Mean complexity of a function",
        "decisions + 1",
        "The arithmetic mean of the cyclomatic complexity over all listed functions. "
        + CYCLOMATIC
        + SCOPE
        + PARSED,
        "lower",
    ),
    _metric(
        "complex_functions",
        "Complex functions",
        "functions",
        "Functions with a cyclomatic complexity above 10. " + CYCLOMATIC + SCOPE + PARSED,
        "lower",
    ),
    _metric("hotspots", "Hotspots", "files", HOTSPOT + SCOPE + CYCLOMATIC, "lower"),
    _metric(
        "comment_share",
        "Share of comments",
        "share",
        "Comment lines / (comment lines + lines of code). A line with code and a comment is code; a string that "
        "stands alone as a statement (a docstring) is a comment. " + SCOPE,
    ),
    _metric(
        "test_share",
        "Share of tests",
        "share",
        "Lines of code in test files / all lines of code. A test file stands in a folder such as test, tests, "
        "spec or __tests__, or is named like test_x.py, x_test.go, x.spec.ts or XTest.java. " + SCOPE,
        "higher",
    ),
    _metric(
        "documentation_share",
        "Share of documentation",
        "share",
        "Lines of documentation / (lines of documentation + lines of code). Lines of documentation hold more than white "
        "space and comments and stand in files of AsciiDoc, Markdown, reStructuredText, Roff or TeX outside of tests; "
        "plain text is out, as licences and data mostly are that. Comments in code have their own share. "
        + SCOPE,
        "higher",
    ),
    _metric(
        "risk_auc",
        "Risk score: AUC on the last half-year",
        "chance",
        "The chance that a file that was fixed is ranked above one that was not, ties counting half (area under the "
        "ROC curve; 0.5 is chance); as the dimension, the same for the ranking by lines of code alone. "
        + RISK
        + SCOPE,
        "higher",
    ),
    _metric(
        "risk_precision",
        "Risk score: fixed among the first 20",
        "share",
        "The share of fixed files among the 20 ranked first; as the dimension, the same for the ranking by lines of "
        "code alone. " + RISK + SCOPE,
        "higher",
    ),
)

SNAPSHOTS = (
    "Measured at the last commit of each month on the main line (first parents; of each quarter where it lies more "
    "than five years before head), first a year apart and then closer, for as long as the analysis has time; each "
    "content is judged once and remembered. Months without a commit have no value. "
)
NO_DUPLICATION = (
    "As quality.health, but for duplication, which only head is checked for: so the last value is as much above that "
    "number as duplication costs. "
)


def _monthly(name: str, title: str, unit: str, definition: str, better: str = "") -> Metric:
    text = (definition + SNAPSHOTS + SCOPE + PARSED).strip()
    return Metric(f"quality_history.{name}", title, unit, text, Bucket.MONTH, 1, better)


MONTHLY_METRICS = (
    _monthly("health", "Code health by month", "points (1-10)", NO_DUPLICATION, "higher"),
    _monthly(
        "code",
        "Lines of parsed code by month",
        "lines",
        "Lines that hold more than white space and comments, in the files that could be parsed. ",
    ),
    _monthly("functions", "Functions by month", "functions", "The listed functions. " + CYCLOMATIC),
    _monthly(
        "complex_share",
        "Share of complex functions by month",
        "share",
        "Functions with a cyclomatic complexity above 10 / all listed functions. " + CYCLOMATIC,
        "lower",
    ),
    _monthly(
        "unhealthy_share",
        "Share of code in unhealthy files by month",
        "share",
        "Lines of code in files with a health below 4 / all lines of parsed code. " + NO_DUPLICATION,
        "lower",
    ),
)

DEFINITIONS = {metric.name: metric for metric in (*METRICS, *MONTHLY_METRICS)}
IDS = {metric.name: metric.id for metric in DEFINITIONS.values()}
