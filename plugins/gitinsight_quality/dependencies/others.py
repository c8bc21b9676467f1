"""Manifests and lock files of Go, Rust, Ruby, PHP, Java and .NET projects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from gitinsight_quality.dependencies.model import Content, Dependency, Scope
from gitinsight_quality.dependencies.reading import table, toml, xml

_GO_REQUIREMENT = re.compile(r"(?P<name>[\w.~/-]+)\s+(?P<version>v\S+)")

_CARGO_TABLES = {
    "dependencies": Scope.RUN,
    "build-dependencies": Scope.BUILD,
    "dev-dependencies": Scope.DEVELOPMENT,
}

_GEM = re.compile(
    r"^[ \t]*(?:gem|\w+\.add_(?P<kind>runtime_|development_)?dependency)\b[\s(]*['\"](?P<name>[\w.-]+)['\"]"
    r"(?:\s*,\s*['\"](?P<requirement>[^'\"]*)['\"])?",
    re.MULTILINE,
)
_GEM_NAME = re.compile(r"^[ \t]*\w+\.name\s*=\s*['\"](?P<name>[\w.-]+)['\"]", re.MULTILINE)
_LOCKED_GEM = re.compile(r"^ {4}(?P<name>[\w.-]+) \((?P<version>[^)\s-]+)(?:-[^)\s]+)?\)$", re.MULTILINE)
_EXACT_GEM = re.compile(r"=?\s*(?P<version>\d[\w.]*)")

_PLATFORM = re.compile(r"php|hhvm|(?:ext|lib|composer)-.*|composer")

_PROPERTY = re.compile(r"\$\{(?P<name>[^{}]{1,200})\}")
_EXACT_JAVA = re.compile(r"\d[\w.-]*(?:\+\w[\w.]*)?")
_GRADLE = re.compile(
    r"^[ \t]*(?P<kind>\w*(?:[iI]mplementation|[aA]pi|[cC]ompile(?:Only)?|[rR]untime(?:Only)?))\b[\s(]*"
    r"(?:platform\()?['\"](?P<name>[\w.-]+:[\w.-]+)(?::(?P<version>[^'\"@:]+))?['\"]",
    re.MULTILINE,
)


def go_mod(text: str) -> Content:
    """What go.mod requires directly; Go takes the very versions that it names."""
    found: list[Dependency] = []
    provides, is_inside = "", False
    for line in map(str.strip, text.splitlines()):
        verb, _, rest = line.partition(" ")
        if verb == "module":
            provides = rest.strip()
        elif verb == "require" and rest.strip() == "(":
            is_inside = True
        elif line == ")":
            is_inside = False
        elif is_inside or verb == "require":
            one = _GO_REQUIREMENT.fullmatch(line if is_inside else rest.strip())
            if one:
                found.append(Dependency(one["name"], one["version"], Scope.RUN, one["version"]))
    return Content(found, provides)


def cargo_toml(text: str) -> Content:
    """All tables of dependencies of a crate or a workspace, those of a platform too; own crates are out."""
    content = toml(text)
    targets = [one for one in table(content, "target").values() if isinstance(one, dict)]
    found = [
        dependency
        for part in (content, table(content, "workspace"), *targets)
        for name, scope in _CARGO_TABLES.items()
        for dependency in _crates(table(part, name), scope)
    ]
    return Content(found, _string(table(content, "package").get("name")))


def _crates(crates: Mapping[str, Any], scope: Scope) -> Iterator[Dependency]:
    for name, value in crates.items():
        row = value if isinstance(value, dict) else {"version": value}
        if "path" in row or row.get("workspace") is True:
            continue
        said, package = _string(row.get("version")), _string(row.get("package")) or name
        is_optional = scope is Scope.RUN and row.get("optional") is True
        is_exact = said.startswith("=") and said.count(".") == 2
        yield Dependency(
            package, said, Scope.OPTIONAL if is_optional else scope, said.lstrip("= ") if is_exact else ""
        )


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def cargo_lock(text: str) -> dict[str, str]:
    """Crates by name; of those in several versions, none, as a requirement would have to be solved."""
    packages = toml(text).get("package")
    versions: dict[str, set[str]] = {}
    for row in packages if isinstance(packages, list) else []:
        name, version = (row.get("name"), row.get("version")) if isinstance(row, dict) else (None, None)
        if isinstance(name, str) and isinstance(version, str):
            versions.setdefault(name, set()).add(version)
    return {name: min(found) for name, found in versions.items() if len(found) == 1}


def gems(text: str) -> Content:
    """A Gemfile or a gemspec, as far as it is written out; nothing is run."""
    found = []
    for gem in _GEM.finditer(text):
        said = gem["requirement"] or ""
        exact = _EXACT_GEM.fullmatch(said)
        scope = Scope.DEVELOPMENT if gem["kind"] == "development_" else Scope.RUN
        found.append(Dependency(gem["name"], said, scope, exact["version"] if exact else ""))
    own = _GEM_NAME.search(text)
    return Content(found, own["name"] if own else "")


def gem_lock(text: str) -> dict[str, str]:
    """Gemfile.lock."""
    return {gem["name"]: gem["version"] for gem in _LOCKED_GEM.finditer(text.replace("\r\n", "\n"))}


def composer_json(text: str) -> Content:
    """Composer's ``require`` and ``require-dev``; PHP itself and its extensions are no packages."""
    content = table(json.loads(text))
    found = [
        Dependency(name.lower(), said, scope, said if re.fullmatch(r"v?\d+\.\d+\.\d+", said) else "")
        for part, scope in (("require", Scope.RUN), ("require-dev", Scope.DEVELOPMENT))
        for name, said in table(content, part).items()
        if isinstance(said, str) and not _PLATFORM.fullmatch(name.lower())
    ]
    return Content(found, str(content.get("name", "")).lower())


def composer_lock(text: str) -> dict[str, str]:
    """Composer's lock file."""
    content = json.loads(text)
    rows = [
        row
        for part in ("packages", "packages-dev")
        for row in (content.get(part) or [] if isinstance(content, dict) else [])
        if isinstance(row, dict)
    ]
    return {
        str(row["name"]).lower(): str(row["version"]) for row in rows if "name" in row and "version" in row
    }


def pom(text: str) -> Content:
    """Maven's direct dependencies; properties and ``dependencyManagement`` are those of the same file."""
    root = xml(text)
    parent = root.find("parent")
    told = {
        name: _text(root, name) or (_text(parent, name) if parent is not None else "")
        for name in ("groupId", "version")
    }
    properties = {one.tag: (one.text or "").strip() for one in root.findall("./properties/*")}
    properties |= {f"project.{name}": value for name, value in told.items()}
    if parent is not None:
        properties |= {f"project.parent.{name}": _text(parent, name) for name in ("groupId", "version")}

    def told_by(element: Element, name: str) -> str:
        return _PROPERTY.sub(lambda one: properties.get(one["name"], one[0]), _text(element, name))

    def artifact(element: Element) -> str:
        return f"{told_by(element, 'groupId')}:{told_by(element, 'artifactId')}"

    managed = {
        artifact(one): told_by(one, "version") for one in root.findall(".//dependencyManagement//dependency")
    }
    found = []
    for one in root.findall("./dependencies/dependency"):
        name = artifact(one)
        said = told_by(one, "version") or managed.get(name, "")
        scope = Scope.DEVELOPMENT if _text(one, "scope") == "test" else Scope.RUN
        if _text(one, "optional") == "true":
            scope = Scope.OPTIONAL
        found.append(Dependency(name, said, scope, said if _EXACT_JAVA.fullmatch(said) else ""))
    return Content(found, f"{told['groupId']}:{_text(root, 'artifactId')}")


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()


def gradle(text: str) -> Content:
    """A Gradle script's coordinates, as far as they are written out; nothing is run."""
    found = []
    for one in _GRADLE.finditer(text):
        said = one["version"] or ""
        scope = Scope.DEVELOPMENT if "test" in one["kind"].lower() else Scope.RUN
        found.append(Dependency(one["name"], said, scope, said if _EXACT_JAVA.fullmatch(said) else ""))
    return Content(found)


def dotnet(text: str) -> Content:
    """``PackageReference`` and ``PackageVersion`` of a project; NuGet takes the lowest version that fits."""
    found = []
    for one in xml(text).iter():
        if one.tag in ("PackageReference", "PackageVersion") and one.get("Include"):
            said = one.get("Version") or _text(one, "Version")
            found.append(
                Dependency(
                    one.get("Include", ""), said, Scope.RUN, said if _EXACT_JAVA.fullmatch(said) else ""
                )
            )
    return Content(found)
