"""package.json, and the lock files of npm, Yarn and pnpm."""

from __future__ import annotations

import json
import re

from gitinsight_quality.dependencies.model import Content, Dependency, Scope
from gitinsight_quality.dependencies.reading import table

_SCOPES = {
    "dependencies": Scope.RUN,
    "optionalDependencies": Scope.OPTIONAL,
    "devDependencies": Scope.DEVELOPMENT,
}
_EXACT = re.compile(r"=?v?(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)")
_OWN = ("file:", "link:", "workspace:", "portal:")

_YARN_ENTRY = re.compile(r"^(?P<keys>[^\s#][^\n]*):\n  version:? \"?(?P<version>[^\"\s]+)\"?", re.MULTILINE)
_YARN_KEY = re.compile(r"(?P<name>@?[^@\s\",]{1,214})@(?:npm:)?(?P<requirement>[^\",]{1,214})")
_PNPM_IMPORTERS = re.compile(r"^importers:\n(?P<body>(?:(?: [^\n]*)?\n)*)", re.MULTILINE)
_PNPM_PACKAGE = re.compile(
    r"^ {6}'?(?P<name>@?[^\s':]+)'?:\n {8}specifier: '?(?P<requirement>[^'\n]*)'?\n"
    r" {8}version: '?(?P<version>\d[^\s'(]*)",
    re.MULTILINE,
)


def package_json(text: str) -> Content:
    """The three tables of packages; those of the same repository (workspaces, files) are no dependencies."""
    content = table(json.loads(text))
    found = [
        Dependency(name, said, scope, one["version"] if (one := _EXACT.fullmatch(said)) else "")
        for part, scope in _SCOPES.items()
        for name, said in table(content, part).items()
        if isinstance(said, str) and not said.startswith(_OWN)
    ]
    return Content(found, str(content.get("name", "")))


def package_lock(text: str) -> dict[str, str]:
    """npm's lock file, versions 1 to 3: what stands at the top of ``node_modules``."""
    content = json.loads(text)
    rows = {
        path.removeprefix("node_modules/"): row
        for path, row in table(content, "packages").items()
        if path.startswith("node_modules/") and "/node_modules/" not in path
    } or table(content, "dependencies")
    return {
        name: row["version"]
        for name, row in rows.items()
        if isinstance(row, dict) and isinstance(row.get("version"), str)
    }


def yarn_lock(text: str) -> dict[str, str]:
    """Yarn's lock file, both forms, by name and requirement."""
    return {
        f"{key['name']}@{key['requirement']}": entry["version"]
        for entry in _YARN_ENTRY.finditer(text.replace("\r\n", "\n"))
        for key in _YARN_KEY.finditer(entry["keys"])
    }


def pnpm_lock(text: str) -> dict[str, str]:
    """pnpm's lock file since version 6, by name and requirement."""
    importers = _PNPM_IMPORTERS.search(text.replace("\r\n", "\n"))
    return {
        f"{found['name']}@{found['requirement']}": found["version"]
        for found in _PNPM_PACKAGE.finditer(importers["body"] if importers else "")
    }
