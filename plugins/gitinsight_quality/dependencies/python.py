"""Manifests and lock files of Python projects.

Formats: PEP 508 (requirements), PEP 518, 621 and 735 (pyproject.toml), Poetry, setuptools, Pipenv, uv, PDM.
"""

from __future__ import annotations

import ast
import configparser
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gitinsight_quality.dependencies.model import Content, Dependency, Malformed, Scope
from gitinsight_quality.dependencies.reading import table, texts, toml

_FOR_DEVELOPERS = re.compile(r"dev|test|doc|lint|typing|type|mypy|ci|bench|style|format", re.IGNORECASE)
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(?:^|\s)#.*|\s--?[a-zA-Z].*")
_LONGEST = 2_000
"""Characters of a requirement; a longer one is none."""
_OWN_SOURCES = frozenset({"editable", "virtual", "directory"})
_EXACT = re.compile(r"={2,3}\s*(?P<version>[^\s,*;]+)")


def requirements(text: str) -> Content:
    """A requirements file: its options and the files that it includes are passed over."""
    lines = (_COMMENT.sub("", line).strip() for line in _CONTINUED.sub(" ", text).splitlines())
    named = (line for line in lines if line and not line.startswith("-"))
    return Content(list(_of_strings(named, Scope.RUN)))


def developers_requirements(text: str) -> Content:
    """A requirements file whose name says that it is for those who work on the project."""
    return Content([one._replace(scope=Scope.DEVELOPMENT) for one in requirements(text).dependencies])


def pyproject(text: str) -> Content:
    """``[project]``, ``[dependency-groups]``, ``[build-system]`` and ``[tool.poetry]``."""
    content = toml(text)
    project, poetry = table(content, "project"), table(content, "tool", "poetry")
    found = [
        *_of_strings(texts(project.get("dependencies")), Scope.RUN),
        *_of_extras(table(project, "optional-dependencies")),
        *_of_groups(table(content, "dependency-groups")),
        *_of_strings(texts(table(content, "build-system").get("requires")), Scope.BUILD),
        *_of_poetry(table(poetry, "dependencies"), Scope.RUN),
        *_of_poetry(table(poetry, "dev-dependencies"), Scope.DEVELOPMENT),
    ]
    for group in table(poetry, "group").values():
        found += _of_poetry(table(group, "dependencies"), Scope.DEVELOPMENT)
    return Content(found, _own_name(project.get("name") or poetry.get("name")))


def setup_cfg(text: str) -> Content:
    """``install_requires`` and ``extras_require``."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise Malformed("it is no INI file") from error
    needed = parser.get("options", "install_requires", fallback="").splitlines()
    extras = dict(parser.items("options.extras_require")) if "options.extras_require" in parser else {}
    optional = _of_extras({name: value.splitlines() for name, value in extras.items()})
    name = parser.get("metadata", "name", fallback="")
    return Content([*_of_strings(needed, Scope.RUN), *optional], _own_name(name))


def setup_py(text: str) -> Content:
    """``install_requires`` and ``extras_require`` where they are written out; nothing is run."""
    tree = ast.parse(text)
    known = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("name", "install_requires", "extras_require"):
            value = known.get(node.value.id) if isinstance(node.value, ast.Name) else node.value
            if isinstance(value, ast.List | ast.Tuple | ast.Dict | ast.Constant):
                found[node.arg] = _literal(value)
    needed = _of_strings(texts(found.get("install_requires")), Scope.RUN)
    return Content([*needed, *_of_extras(table(found, "extras_require"))], _own_name(found.get("name")))


def _own_name(name: Any) -> str:
    return canonicalize_name(name) if isinstance(name, str) else ""


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def pipfile(text: str) -> Content:
    """Pipenv's ``[packages]`` and ``[dev-packages]``."""
    content = toml(text)
    return Content(
        [
            *_of_poetry(table(content, "packages"), Scope.RUN),
            *_of_poetry(table(content, "dev-packages"), Scope.DEVELOPMENT),
        ]
    )


def toml_lock(text: str) -> dict[str, str]:
    """poetry.lock, uv.lock and pdm.lock: tables ``[[package]]``, but for those of the repository itself."""
    packages = toml(text).get("package")
    rows = [row for row in packages if isinstance(row, dict)] if isinstance(packages, list) else []
    return {
        canonicalize_name(row["name"]): row["version"]
        for row in rows
        if isinstance(row.get("name"), str)
        and isinstance(row.get("version"), str)
        and _OWN_SOURCES.isdisjoint(table(row, "source"))
    }


def pipfile_lock(text: str) -> dict[str, str]:
    """Pipenv's lock file."""
    content = json.loads(text)
    return {
        canonicalize_name(name): exact(str(row.get("version", "")))
        for part in ("default", "develop")
        for name, row in table(content, part).items()
        if isinstance(row, dict)
    }


def exact(requirement: str) -> str:
    """The version where a specifier allows one alone, else the empty string."""
    found = _EXACT.fullmatch(requirement.strip())
    return found["version"] if found else ""


def _of_strings(lines: Iterable[str], scope: Scope) -> Iterator[Dependency]:
    for line in lines:
        if len(line) > _LONGEST:
            continue
        try:
            found = Requirement(line.strip())
        except InvalidRequirement:
            continue
        said = str(found.specifier) or found.url or ""
        yield Dependency(canonicalize_name(found.name), said, scope, exact(str(found.specifier)))


def _of_extras(extras: Mapping[str, Any]) -> Iterator[Dependency]:
    for name, lines in extras.items():
        scope = Scope.DEVELOPMENT if _FOR_DEVELOPERS.match(name) else Scope.OPTIONAL
        yield from _of_strings(texts(lines), scope)


def _of_groups(groups: Mapping[str, Any]) -> Iterator[Dependency]:
    for lines in groups.values():
        yield from _of_strings(texts(lines), Scope.DEVELOPMENT)


def _of_poetry(packages: Mapping[str, Any], scope: Scope) -> Iterator[Dependency]:
    """Tables of a requirement or a table with ``version`` by name; ``python`` itself is no package."""
    for name, value in packages.items():
        if canonicalize_name(name) == "python":
            continue
        told = value.get("version", "") if isinstance(value, dict) else value
        said = told if isinstance(told, str) else ""
        is_optional = isinstance(value, dict) and value.get("optional") is True
        yield Dependency(canonicalize_name(name), said, Scope.OPTIONAL if is_optional else scope, exact(said))
