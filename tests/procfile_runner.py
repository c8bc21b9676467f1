"""Run as a script: start a Procfile's processes by honcho, each with variables of its own.

``procfile_runner.py FOLDER VARIABLES`` where VARIABLES is JSON: process name to its variables. The
processes named there are started; SIGTERM stops them all.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager


def main(folder: Path, variables: dict[str, dict[str, str]]) -> int:
    commands = parse_procfile((folder / "Procfile").read_text()).processes
    manager = Manager()
    for name, own in variables.items():
        manager.add_process(name, commands[name], env={**os.environ, **own}, cwd=str(folder))
    manager.loop()
    return int(manager.returncode or 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2])))
