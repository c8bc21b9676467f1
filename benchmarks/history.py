"""Reading a history, beside git itself and other tools: ``python -m benchmarks.history PATH``.

From a ready mirror (PATH itself, which is not changed) to closed history files in an empty folder, with
nothing cached, and the same commits by ``git log --numstat -M`` in the same run. ``--verify`` compares
what the files hold with git's own rows, read by a parser of its own; the exit code is 1 where they differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import oracle, peers, repositories
from benchmarks.measure import Cost, cost_of, middle

MADE_COMMITS = 5_000
MOST_COMMITS_FOR_PEERS = 5_000
_SHOWN = 5


def measure(path: Path, times: int, with_peers: bool | None, verify: bool) -> dict[str, Any]:
    """All figures of one repository; ``with_peers`` None means where it is small enough."""
    given = Path(_told(path, "--absolute-git-dir"))
    head = _told(path, "HEAD^{commit}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = peers.plain_repository(given, head, folder)
        # With files around it, git reads attributes from the index for one command and not for another.
        git_dir = given if _told(path, "--is-bare-repository") == "true" else plain
        commits = int(oracle.printed(git_dir, "rev-list", "--count", head))
        found: dict[str, Any] = {"repository": str(path), "head": head, "commits": commits}
        found |= _beside_git(git_dir, head, folder, times)
        for kind in ("headers", "append", "queries"):
            found |= _ours(kind, git_dir, head, folder, times)[1]
        if with_peers or (with_peers is None and commits <= MOST_COMMITS_FOR_PEERS):
            found["peers"] = _peers(plain, folder / "rows", found["ours"]["wall_seconds"])
        if verify:
            found["verify"] = verification(git_dir, head, folder / "history")
    return found


def _told(path: Path, question: str) -> str:
    """What ``git rev-parse`` says of the repository at the path."""
    words = ["git", "-C", str(path), "rev-parse", question]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def _beside_git(git_dir: Path, head: str, folder: Path, times: int) -> dict[str, Any]:
    """The costs of git's log and of ours, taken in turns; our last history files stay in the folder."""
    log = oracle.git(git_dir, "log", "--numstat", "-M", head)
    git_costs, our_costs, engine = [], [], []
    for _ in range(times):
        git_costs.append(cost_of(log, oracle.environment()))
        cost, told = _ours("full", git_dir, head, folder, 1)
        our_costs.append(cost)
        engine.append(told)
    git, ours = middle(git_costs), middle(our_costs)
    return {
        "git": asdict(git),
        "ours": asdict(ours) | {name: median(run[name] for run in engine) for name in engine[0]},
        "wall_over_git": _over(ours.wall_seconds, git.wall_seconds),
        "cpu_over_git": _over(ours.cpu_seconds, git.cpu_seconds),
        "bytes_above_git": ours.peak_bytes - git.peak_bytes,
    }


def _over(ours: float, gits: float) -> float:
    """Our seconds over git's, where a process too short for the clock counts as one of its ticks."""
    return ours / max(gits, 0.01)


def _ours(kind: str, git_dir: Path, head: str, folder: Path, times: int) -> tuple[Cost, dict[str, Any]]:
    """The cost of one of our runs as a whole, and what it measured itself."""
    history, out = folder / "history", folder / "out.json"
    if kind == "full":
        _empty(history)
    words = [kind, str(git_dir), head, str(history), str(out), "--times", str(times)]
    cost = cost_of([sys.executable, "-m", "benchmarks.history_runs", *words])
    return cost, json.loads(out.read_text())


def _empty(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()


def _peers(plain: Path, out: Path, our_seconds: float) -> dict[str, Any]:
    """Each installed peer once, with how many times our seconds it took."""
    found = {}
    for name in peers.installed():
        cost = cost_of([sys.executable, "-m", "benchmarks.peers", name, str(plain), str(out)])
        rows = int(out.read_text())
        found[name] = asdict(cost) | {"rows": rows, "times_ours": cost.wall_seconds / our_seconds}
    return found


def verification(git_dir: Path, head: str, history: Path) -> dict[str, Any]:
    """How many rows the history files and git have, whether they are the same, and a few that are not."""
    from gitinsight.store.segments import Kind, Segments

    names = ("commit", "path_bytes", "path", "old_path", "added", "deleted")
    stored = Segments(str(history)).scan(Kind.CHANGES).select(names).collect()
    ours = Counter(
        (commit, path.encode() if raw is None else raw, old, added, deleted)
        for commit, raw, path, old, added, deleted in stored.iter_rows()
    )
    gits = Counter(
        (commit, path, None if old is None else old.decode("utf-8", "replace"), added, deleted)
        for commit, path, old, added, deleted in oracle.rows(git_dir, head)
    )
    return {
        "rows": ours.total(),
        "git_rows": gits.total(),
        "equal": ours == gits,
        "only_ours": [repr(row) for row in list(ours - gits)[:_SHOWN]],
        "only_gits": [repr(row) for row in list(gits - ours)[:_SHOWN]],
    }


def report(found: Mapping[str, Any]) -> None:
    """Print the tables of one repository."""
    print(f"\n{found['repository']}: {found['commits']:,} commits at {found['head'][:12]}")
    print(f"{'':<36}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'rows':>10}{'x ours':>8}")
    _line("git log --numstat -M", found["git"])
    _line("ours, mirror to closed Parquet", found["ours"])
    for name, peer in found.get("peers", {}).items():
        _line(name, peer, f"{peer['rows']:>10,}{peer['times_ours']:>8.1f}")
    engine = [found["ours"][name] for name in ("engine_seconds", "engine_cpu_seconds")]
    print(f"{'ours, imports left out':<36}{engine[0]:>8.2f}{engine[1]:>8.2f}")
    print(f"{'ours over git':<36}{found['wall_over_git']:>8.2f}{found['cpu_over_git']:>8.2f}", end="")
    print(f"{found['bytes_above_git'] / 1e6:>+9.0f}")
    print(f"{'commit headers to the first frame':<36}{found['headers_seconds']:>8.2f}")
    print(f"{'all commit headers in closed files':<36}{found['stored_headers_seconds']:>8.2f}")
    print(f"{'100 new commits to a closed segment':<36}{found['append_100_seconds']:>8.2f}")
    for name, milliseconds in found["queries_milliseconds"].items():
        print(f"{'query: ' + name.replace('_', ' '):<36}{milliseconds:>8.1f} ms")
    if "verify" in found:
        checked = found["verify"]
        print(
            f"rows: {checked['rows']:,}, git's: {checked['git_rows']:,}, equal: {str(checked['equal']).lower()}"
        )
        for side in ("only_ours", "only_gits"):
            for row in checked[side]:
                print(f"  {side.replace('_', ' ')}: {row}")


def _line(what: str, cost: Mapping[str, float], more: str = "") -> None:
    figures = f"{cost['wall_seconds']:>8.2f}{cost['cpu_seconds']:>8.2f}{cost['peak_bytes'] / 1e6:>9.0f}"
    print(f"{what:<36}{figures}{more}")


def main() -> int:
    """Measure the repositories that were named, or one that is made; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("repositories", nargs="*", type=Path, metavar="PATH", help="bare or with files")
    parser.add_argument("--verify", action="store_true", help="compare each row with git's own")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each repository")
    parser.add_argument("--times", type=int, default=5, help="runs of which the median is taken")
    parser.add_argument(
        "--peers", action=argparse.BooleanOptionalAction, help="other tools, else up to 5,000 commits only"
    )
    chosen = parser.parse_args()
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        paths = chosen.repositories or [repositories.make(Path(folder), MADE_COMMITS)]
        for path in paths:
            found = measure(path.resolve(), chosen.times, chosen.peers, chosen.verify)
            equal = equal and found.get("verify", {}).get("equal", True)
            if chosen.json:
                print(json.dumps(found))
            else:
                report(found)
    return 0 if equal else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{failed}\n{os.fsdecode(failed.stderr or b'')}")
