"""``python -m gitinsight_quality.fit``: the same as ``gitinsight quality fit``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Become the command of the product, which knows how to open repositories."""
    os.execv(sys.executable, [sys.executable, "-m", "gitinsight", "quality", "fit", *sys.argv[1:]])


if __name__ == "__main__":
    main()
