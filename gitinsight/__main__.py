"""``python -m gitinsight`` is the command line."""

from gitinsight.cli import main

main()
