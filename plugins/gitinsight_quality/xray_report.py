"""What the X-ray of the hottest files says: the functions that open in the map, a table, and a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import comb
from typing import Any, NamedTuple

from gitinsight.plugin import Artifact, Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_quality.artifacts import Column, table
from gitinsight_quality.deductions import COMPLEX
from gitinsight_quality.metrics import IDS
from gitinsight_quality.xray import FileXRay, FunctionChanges

TOP_FILES = 10
MAX_ROWS = 200
MAX_PARTS = 40
"""Functions of a file in the map; shorter ones are one field."""
FEW_FUNCTIONS = 3
TELLING_SHARE = 0.5
MIN_COMMITS = 8
MIN_FUNCTIONS = 10
EVIDENCE_COMMITS = 10
BASIS = (
    "probability that these functions take more than half of the file's changes, given those of the last year "
    "(Beta distribution, uniform prior)"
)

COLUMNS = (
    Column("path", "File", "file"),
    Column("function", "Function", "text"),
    Column("changes", "Changes", unit="commits"),
    Column("added", "Added", unit="lines"),
    Column("deleted", "Deleted", unit="lines"),
    Column("cyclomatic", "Cyclomatic"),
    Column("cognitive", "Cognitive"),
    Column("lines", "Length", unit="lines"),
    Column("last_change", "Last change", "date"),
)


def parts(files: Sequence[FileXRay]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The functions of each file as the map draws them, the longest first."""
    return {one.file.path: _parts(one) for one in files}


def _parts(seen: FileXRay) -> Sequence[Mapping[str, Any]]:
    ordered = sorted(seen.functions, key=lambda one: -one.function.length)
    rest = ordered[MAX_PARTS:]
    drawn = [
        {
            "name": one.function.name,
            "size": one.function.length,
            "color": round(one.score, 3),
            "facts": {
                "first line": one.function.start_line,
                "cyclomatic complexity": one.function.cyclomatic,
                "changes in the last year": one.changes,
            },
        }
        for one in ordered[:MAX_PARTS]
    ]
    if rest:
        lines = sum(one.function.length for one in rest)
        drawn.append({"name": f"{len(rest)} shorter functions", "size": lines, "color": None})
    return drawn


def artifacts(files: Sequence[FileXRay]) -> Iterator[Artifact]:
    """The table of the functions that changed, most often first; none where nothing changed."""
    top = files[:TOP_FILES]
    changed = [(seen, one) for seen in top for one in seen.functions if one.changes]
    changed.sort(key=lambda pair: (-pair[1].changes, -pair[1].added - pair[1].deleted, pair[0].file.path))
    rows = [_row(seen, one) for seen, one in changed[:MAX_ROWS]]
    if rows:
        yield table(
            "hotspot_functions", _title(top), COLUMNS, rows, total=len(changed), metric="quality.hotspots"
        )


def _title(files: Sequence[FileXRay]) -> str:
    read = len({commit for seen in files for commit in seen.commits})
    is_cut = any(len(seen.commits) < seen.all_commits for seen in files)
    commits = (
        f"{read:,} commit" + ("" if read == 1 else "s") + (", the newest of each file" if is_cut else "")
    )
    hottest = "the hottest file" if len(files) == 1 else f"the {len(files)} hottest files"
    return f"Functions of {hottest} that changed in the last year ({commits} read)"


def _row(seen: FileXRay, one: FunctionChanges) -> Sequence[Any]:
    function = one.function
    return [
        seen.file.path,
        function.name,
        one.changes,
        one.added,
        one.deleted,
        function.cyclomatic,
        function.cognitive,
        function.length,
        one.last_change.date().isoformat() if one.last_change else None,
    ]


class Focus(NamedTuple):
    """A few functions of a file, and in how many of its commits that were read one of them changed."""

    seen: FileXRay
    functions: Sequence[FunctionChanges]
    commits: int

    @property
    def confidence(self) -> float:
        """P(share > 1/2) for a share with the Beta(k + 1, n - k + 1) distribution: a sum of binomials."""
        n = len(self.seen.commits) + 1
        return float(sum(comb(n, i) for i in range(self.commits + 1)) / 2**n)


def focus_of(seen: FileXRay) -> Focus | None:
    """The fewest functions, at most three, that took at least half of a file's commits; None without."""
    if len(seen.commits) < MIN_COMMITS or len(seen.functions) < MIN_FUNCTIONS:
        return None
    ordered = sorted(seen.functions, key=lambda one: (-one.changes, -one.function.cyclomatic))
    for count in range(1, FEW_FUNCTIONS + 1):
        keys = {one.key for one in ordered[:count]}
        commits = sum(not keys.isdisjoint(changed) for changed in seen.commits.values())
        if commits >= TELLING_SHARE * len(seen.commits):
            return Focus(seen, ordered[:count], commits)
    return None


def insights(files: Sequence[FileXRay]) -> Iterator[Insight]:
    """A sentence about the hottest file in which few functions take most of the changes, if there is one."""
    found = next(filter(None, map(focus_of, files[:TOP_FILES])), None)
    if found is not None:
        yield _insight(found)


def _insight(found: Focus) -> Insight:
    seen, functions = found.seen, found.functions
    path, read = seen.file.path, len(seen.commits)
    names = [one.function.name for one in functions]
    keys = {one.key for one in functions}
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            path,
            f"{one.function.name}, lines {one.function.start_line}-{one.function.end_line}: {one.changes} of {read} "
            f"commits, cyclomatic complexity {one.function.cyclomatic}",
        )
        for one in functions
    ]
    commits = [commit for commit, changed in seen.commits.items() if not keys.isdisjoint(changed)]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    few = "One function takes" if len(names) == 1 else f"{('Two', 'Three')[len(names) - 2]} functions take"
    share = found.commits / read
    return Insight(
        InsightType.HOTSPOT,
        Severity.NOTICE if any(one.function.cyclomatic > COMPLEX for one in functions) else Severity.INFO,
        f"{few} {100 * share:.0f} % of the last year's changes to {path}",
        f"{found.commits} of the {read} commits read changed {listed}, out of {len(seen.functions)} functions. Tests and "
        "tidying up pay back soonest there; the rest of the file can wait.",
        round(found.confidence, 3),
        [
            *evidence,
            *(Evidence(EvidenceKind.COMMIT, commit) for commit in commits[:EVIDENCE_COMMITS]),
        ],
        [IDS["quality.hotspots"]],
        ["hotspot", "functions"],
        {
            "confidence_basis": BASIS,
            "artifacts": ["hotspots", "hotspot_functions"],
            "path": path,
            "functions": names,
            "share": round(share, 4),
            "commits": read,
        },
    )
