"""When versions were released, as registries tell that the operator has named; nothing is asked of others.

Protocols: the Python simple repository API as JSON (PEP 691, dates by PEP 700), the package metadata of the npm
registry, Go's module proxy (GOPROXY).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import requests
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from gitinsight_quality.dependencies.model import Ecosystem
from gitinsight_quality.dependencies.reading import table

_SECONDS = (5.0, 10.0)
"""To connect, and to wait for the next bytes."""
ANSWER_SECONDS = 15.0
"""For a whole answer, however it trickles."""
_MAX_BYTES = 50_000_000
_SIMPLE_JSON = "application/vnd.pypi.simple.v1+json"
_NAMES = {
    Ecosystem.PYTHON: re.compile(r"[a-z0-9](?:[a-z0-9-]{0,98}[a-z0-9])?"),
    Ecosystem.JAVASCRIPT: re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*"),
    Ecosystem.GO: re.compile(r"[\w-][\w.~-]*\.[\w.~-]+(?:/[\w~-][\w.~-]*)*", re.ASCII),
}


class Unreachable(Exception):
    """A registry that gives no answer; the text says why, for people."""


class Dates(NamedTuple):
    """When the used version came out, and the newest stable one; None where the registry does not tell."""

    used_at: datetime | None
    latest: str
    latest_at: datetime | None


UNKNOWN = Dates(None, "", None)
LookUp = Callable[[requests.Session, str, str, str], Dates]
"""Asks, at an address, for a package's name and the used version of it."""


def look_up(session: requests.Session, address: str, ecosystem: Ecosystem, name: str, version: str) -> Dates:
    """What the registry at ``address`` tells of a package; ``UNKNOWN`` where it has none of that name."""
    if not _NAMES[ecosystem].fullmatch(name):
        return UNKNOWN
    return LOOK_UPS[ecosystem](session, address, name, version)


def _python(session: requests.Session, address: str, name: str, version: str) -> Dates:
    content = _get(session, f"{address}/{quote(name)}/", {"Accept": _SIMPLE_JSON})
    released: dict[Version, datetime] = {}
    files = content.get("files")
    for file in files if isinstance(files, list) else []:
        row = table(file)
        found, at = _version_of(str(row.get("filename", ""))), _moment(row.get("upload-time"))
        if found and at and not row.get("yanked"):
            released[found] = min(at, released.get(found, at))
    latest = max((one for one in released if not one.is_prerelease), default=None)
    used = _version(version)
    return Dates(
        released.get(used) if used else None,
        str(latest) if latest else "",
        released[latest] if latest else None,
    )


def _version_of(filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            return parse_wheel_filename(filename)[1]
        return parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _npm(session: requests.Session, address: str, name: str, version: str) -> Dates:
    content = _get(session, f"{address}/{quote(name, safe='@')}", {"Accept": "application/json"})
    times, latest = table(content, "time"), table(content, "dist-tags").get("latest")
    latest = latest if isinstance(latest, str) else ""
    return Dates(_moment(times.get(version)), latest, _moment(times.get(latest)))


def _go(session: requests.Session, address: str, name: str, version: str) -> Dates:
    module = re.sub("[A-Z]", lambda capital: f"!{capital[0].lower()}", name)
    escaped = re.sub("[A-Z]", lambda capital: f"!{capital[0].lower()}", version)
    used = _get(session, f"{address}/{quote(module, safe='/!')}/@v/{quote(escaped, safe='!')}.info")
    latest = _get(session, f"{address}/{quote(module, safe='/!')}/@latest")
    return Dates(_moment(used.get("Time")), str(latest.get("Version", "")), _moment(latest.get("Time")))


LOOK_UPS: Mapping[Ecosystem, LookUp] = {
    Ecosystem.PYTHON: _python,
    Ecosystem.JAVASCRIPT: _npm,
    Ecosystem.GO: _go,
}


def _get(
    session: requests.Session, address: str, headers: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """The JSON object at an address; an empty one where there is nothing (404, 410)."""
    try:
        with session.get(address, headers=headers, timeout=_SECONDS, stream=True) as answer:
            if answer.status_code in (404, 410):
                return {}
            if answer.status_code != 200:
                raise Unreachable(f"the registry answered {answer.status_code}")
            content, started = bytearray(), time.monotonic()
            for part in answer.iter_content(65_536):
                content += part
                if len(content) > _MAX_BYTES:
                    raise Unreachable("the registry's answer is too long")
                if time.monotonic() - started > ANSWER_SECONDS:
                    raise Unreachable("the registry answers too slowly")
    except requests.RequestException as error:
        # The error's text may hold the address with what it carries of credentials.
        raise Unreachable(f"the registry could not be reached ({type(error).__name__})") from None
    try:
        return table(json.loads(content))
    except (ValueError, RecursionError):
        raise Unreachable("the registry answered in another format") from None


def _moment(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
