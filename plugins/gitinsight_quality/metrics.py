"""The definitions of the numbers that this plugin gives; docs and pages show them as they stand here."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

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
HEALTH = (
    "A file's health is 10 minus, for each category, the sum of its deductions up to the category's cap: "
    "complex functions (0.3 for each with a cyclomatic complexity above 10, 0.8 above 20; cap 3), long "
    "functions (0.2 for each over 60 lines; cap 2), deep nesting (0.3 for each function that nests 4 levels "
    "or more; cap 2), many parameters (0.2 for each function with more than 5; cap 1), large files (0.5 for "
    "each 500 lines of code begun beyond the first 500; cap 1). The caps add up to 9, so a score lies between "
    "1 and 10; from 8 on it is called healthy, below 4 poor. The repository's health is the mean over the "
    "parsed files weighted by their lines of code. The weights are a first choice within common style limits: "
    "they have not been validated against defects yet. "
)
HOTSPOT = (
    "A hotspot is a code file in the top quarter by change frequency and in the top quarter by complexity that "
    "changed at least 3 times in the last 365 days. Frequency is the sum of 0.5 ** (age in days / 180) over the "
    "file's changes in the whole history (author time, renames followed; bots, merges and commits that "
    ".git-blame-ignore-revs lists are out; the half-life can be set). Complexity is the sum of the cyclomatic "
    "complexities of the file's functions; where the language has no parser it is the lines of code, ranked "
    "among the lines of all code files. A percentile is the share "
    "of the code files below, half of the equal ones included; the score is the product of both. "
)
RISK = (
    "The code files are ranked as of 180 days before the newest commit by the risk score, a logistic model of "
    "the file's lines of code, its recency-weighted changes and bug fixes, those of its folder, last year's authors "
    "and its kind, from what was known then; docs/risk.md has the formula and how it was fitted. A file counts as "
    "fixed where a bug fix of the following 180 days changed it: a commit by a person, no merge, whose subject has a "
    "word for a repaired fault (fix, bug, crash, regression ...) and is not about typing errors, documentation, style, "
    "tests or builds. Missing where fewer than 10 files were fixed, or fewer than 10 were not. "
)


def _metric(name: str, title: str, unit: str, definition: str, better: str = "") -> Metric:
    return Metric(f"quality.{name}", title, unit, definition.strip(), Bucket.SNAPSHOT, better=better)


METRICS = (
    _metric("health", "Code health", "points (1-10)", HEALTH + SCOPE + PARSED + CYCLOMATIC, "higher"),
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

DEFINITIONS = {metric.name: metric for metric in METRICS}
IDS = {metric.name: metric.id for metric in METRICS}
