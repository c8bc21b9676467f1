"""Where a page finds its scripts and styles, each address carrying a hash of the content.

``gitinsight/static/app`` holds our own files, ``gitinsight/static/vendor`` what ``assets_build``
copied from npm packages together with a manifest. An address changes exactly when its content does,
so browsers and proxies may keep a static file for a year.
"""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gitinsight.resources import STATIC, assets_built

if TYPE_CHECKING:
    from flask import Flask

NOT_BUILT = (
    "The pages' scripts and styles have not been built yet. "
    "Run `python -m gitinsight.web.assets build` (or `make assets`), then reload this page."
)
HASH_DIGITS = 12


def register(app: Flask) -> None:
    """Give every template, macros included, ``asset_url(name)`` and ``assets_built()``."""
    app.jinja_env.globals.update(asset_url=asset_url, assets_built=assets_built)


def asset_url(name: str) -> str:
    """The address of a file below ``static`` (``app/app.js``), its content's hash in the query.

    A file that is not there gets an address too, with ``v=missing``: the page then stays readable
    without it, and ``assets_built`` says what to do.
    """
    from flask import url_for

    path = STATIC / name
    version = _digest(path, path.stat().st_mtime_ns)[:HASH_DIGITS] if path.is_file() else "missing"
    return url_for("static", filename=name, v=version)


@lru_cache(maxsize=256)
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: list[str]) -> int:
    """Run ``build [--force]`` or ``check``; returns the exit code."""
    from gitinsight.errors import ConfigurationError
    from gitinsight.web import assets_build

    match arguments:
        case ["build"] | ["build", "--force"]:
            try:
                print(assets_build.build(force="--force" in arguments))
            except ConfigurationError as error:
                print(error.message, file=sys.stderr)
                return 1
            return 0
        case ["check"]:
            print("The assets are built." if assets_built() else NOT_BUILT)
            return 0 if assets_built() else 1
        case _:
            print("usage: python -m gitinsight.web.assets build [--force] | check", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
