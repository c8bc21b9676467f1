"""Files that travel with the package: templates, migrations, static files; and how to run it.

In a wheel they lie inside the package, in a checkout beside it. The vendored scripts and styles are
built, not written by hand: a manifest beside them names every file and its hash.
"""

from __future__ import annotations

import json
import os
import site
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent
STATIC = _PACKAGE / "static"
VENDOR = STATIC / "vendor"
MANIFEST = VENDOR / "manifest.json"


def folder(name: str) -> Path:
    """The folder of this name inside the package, else beside it; FileNotFoundError where neither is."""
    for candidate in (_PACKAGE / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the {name} folder is neither in {_PACKAGE} nor beside it")


def python_module(name: str) -> list[str]:
    """The command that runs one of our modules without looking into the current folder.

    That folder may be a hostile checkout with a module named as one that we import.
    """
    return [sys.executable, "-P", "-m", name]


def import_environment() -> dict[str, str]:
    """What a process needs in its environment to import this same package, wherever it is started."""
    root = str(_PACKAGE.parent)
    if root in site.getsitepackages():
        return {}
    return {"PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])}


def assets_built() -> bool:
    """Whether every vendored file that the manifest names is in its place."""
    return MANIFEST.is_file() and all((VENDOR / name).is_file() for name in asset_manifest()["files"])


def asset_manifest() -> dict[str, Any]:
    """What was built: ``{"key", "versions": {package: version}, "files": {name: sha256}}``."""
    return _read_json(MANIFEST, MANIFEST.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read_json(path: Path, _changed_ns: int) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
