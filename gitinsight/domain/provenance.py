"""Code that a project did not write itself, told by its place or its name.

Used where ``.gitattributes`` says nothing. The lists are short on purpose: a wrong hit hides a
project's own work, a miss shows up in a chart and is one attribute away from being right.
"""

from __future__ import annotations

import re

_VENDORED = re.compile(
    r"(?:^|/)(?:_?vendor(?:s|ed)?|third[-_]?party|3rd[-_]?party|node_modules|bower_components|jspm_packages"
    r"|site-packages|externals?|Godeps/_workspace|Pods|Carthage/(?:Build|Checkouts)|\.yarn/(?:releases|plugins)"
    r"|\.mvn/wrapper|gradle/wrapper)/"
    r"|^deps/"
    r"|(?:^|/)(?:jquery|bootstrap|angular|d3|lodash|underscore|modernizr|html5shiv)"
    r"(?:[-.]?v?\d[\w.-]*|\.min)\.(?:js|css)$"
    r"|(?:^|/)(?:config\.guess|config\.sub|ltmain\.sh|install-sh|depcomp|gradlew(?:\.bat)?|mvnw(?:\.cmd)?)$",
    re.IGNORECASE,
)
_LOCK_FILES = (
    r"package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|deno\.lock|poetry\.lock"
    r"|pipfile\.lock|pdm\.lock|uv\.lock|pixi\.lock|conda-lock\.yml|cargo\.lock|gemfile\.lock|composer\.lock|go\.sum"
    r"|mix\.lock|pubspec\.lock|podfile\.lock|cartfile\.resolved|package\.resolved|flake\.lock"
    r"|packages\.lock\.json|gradle\.lockfile|\.terraform\.lock\.hcl"
)
_GENERATED = re.compile(
    rf"(?:^|/)(?:{_LOCK_FILES}|aclocal\.m4|makefile\.in)$"
    r"|(?:^|/)(?:dist|__snapshots__|__generated__|generated|_site)/"
    r"|[-.]min\.(?:js|mjs|css)$|\.bundle\.(?:js|css)$|\.(?:js|mjs|css)\.map$|\.snap$|\.ambr$"
    r"|\.pb\.(?:go|cc|h|swift|dart|gw\.go)$|_pb2(?:_grpc)?\.pyi?$|_pb\.(?:js|d\.ts|rb)$|_grpc_pb\.(?:js|d\.ts)$"
    r"|\.(?:g|freezed)\.dart$|\.(?:designer|g|g\.i)\.cs$"
    r"|(?:^|/)zz_generated\.[^/]*$|[._]generated\.[^/.]+$|_gen\.go$",
    re.IGNORECASE,
)


def looks_vendored(path: str) -> bool:
    """Whether the path is where third-party code is kept."""
    return _VENDORED.search(path) is not None


def looks_generated(path: str) -> bool:
    """Whether the path is that of a lock file, a build's product, a snapshot or a generator's output."""
    return _GENERATED.search(path) is not None
