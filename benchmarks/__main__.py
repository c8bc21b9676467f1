"""``make bench``: every figure that the product promises, measured on this machine.

BENCH_ARGS="PATH ..." names repositories to measure on; without any, two are made by fast-import.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import analyze, repositories

MADE_COMMITS = 5_000


def main() -> None:
    """Run the benchmarks that were asked for, by default all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("repositories", nargs="*", type=Path, help="repositories to measure on")
    parser.add_argument(
        "--only", choices=["analyze", "api", "dashboard", "sentiment"], help="one of the benchmarks"
    )
    parser.add_argument("--times", type=int, default=3, help="runs of which the median is taken")
    parser.add_argument("--no-peer", action="store_true", help="leave out the slow tool beside us")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [path.resolve() for path in chosen.repositories]
        if not paths and chosen.only != "api":
            paths = [repositories.make(Path(folder), MADE_COMMITS)]
        for path in paths:
            if chosen.only in (None, "analyze"):
                analyze.report(path, chosen.times, with_peer=not chosen.no_peer)
            if chosen.only in (None, "dashboard"):
                from benchmarks import dashboard

                dashboard.report(path)
        if chosen.only in (None, "api"):
            from benchmarks import api

            api.report()
        if chosen.only in (None, "sentiment"):
            from benchmarks import sentiment

            sentiment.report(paths)


if __name__ == "__main__":
    main()
