"""How far the used versions lie behind the newest: Libyear (Cox, Bouwers, van Eekelen & Visser, ICSE 2015)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

import requests

from gitinsight.plugin import History
from gitinsight_quality.dependencies.manifests import Manifest
from gitinsight_quality.dependencies.model import Dependency, Ecosystem
from gitinsight_quality.dependencies.registries import Dates, Unreachable, look_up

MAX_ASKED = 300
"""Packages of one manifest that are asked for, those needed to run first."""
_SECONDS = 20.0
"""For one manifest; what is not answered by then is asked again by the next analysis."""
_AT_ONCE = 8
_YEAR_DAYS = 365.25


class Lag(NamedTuple):
    """Of one used version: the newest stable one and the years between both releases, None if unknown."""

    latest: str
    used_at: datetime | None
    latest_at: datetime | None

    @property
    def years(self) -> float | None:
        """(Release of the newest - release of the used) / 365.25 days, 0 where the used one is the newer."""
        if self.used_at is None or self.latest_at is None:
            return None
        return max((self.latest_at - self.used_at).total_seconds() / 86_400 / _YEAR_DAYS, 0.0)


Lags = Mapping[tuple[Ecosystem, str, str], Lag]
"""By ecosystem, name and used version."""


def lags_of(
    history: History, manifests: Sequence[Manifest], addresses: Mapping[Ecosystem, str]
) -> tuple[Lags, str]:
    """The lags of all packages whose used version is known, and why some are missing ("" where none is).

    ``addresses`` are those of the registries that may be asked; one that gives no answer is not asked again.
    Answers are remembered for a week.
    """
    found: dict[tuple[Ecosystem, str, str], Lag] = {}
    troubles: dict[Ecosystem, str] = {}
    for done, manifest in enumerate(manifests, start=1):
        address = addresses.get(manifest.ecosystem)
        asked = _asked(manifest.dependencies)
        if address and asked and manifest.ecosystem not in troubles:
            try:
                rows = _remembered(history, manifest, address, asked)
            except Unreachable as error:
                troubles[manifest.ecosystem] = f"{manifest.ecosystem}: {error}"
                continue
            for name, version, *told in rows:
                latest, used_at, latest_at = told
                found[manifest.ecosystem, name, version] = Lag(latest, _time(used_at), _time(latest_at))
        history.progress(done, len(manifests))
    return found, "; ".join(troubles.values())


def _asked(dependencies: Sequence[Dependency]) -> Sequence[tuple[str, str]]:
    known = sorted((one for one in dependencies if one.version), key=lambda one: one.scope != "run")
    return list(dict.fromkeys((one.name, one.version) for one in known))[:MAX_ASKED]


def _remembered(
    history: History, manifest: Manifest, address: str, asked: Sequence[tuple[str, str]]
) -> Sequence[Sequence[str]]:
    year, week, _ = history.now.isocalendar()
    about = sha256(json.dumps([address, asked]).encode()).hexdigest()[:16]
    rows: Sequence[Sequence[str]] = history.cached(
        manifest.blob, f"dates {year}-{week} {about}", lambda _: _ask(address, manifest.ecosystem, asked)
    )
    return rows


def _ask(address: str, ecosystem: Ecosystem, asked: Sequence[tuple[str, str]]) -> Sequence[Sequence[str]]:
    """A row of name, version, newest version and both dates ("" if unknown) for each; all of them or none."""
    deadline = time.monotonic() + _SECONDS

    def ask(share: Sequence[tuple[str, str]]) -> list[list[str]]:
        rows = []
        with requests.Session() as session:
            for name, version in share:
                if time.monotonic() > deadline:
                    raise Unreachable("the registry answers too slowly")
                dates = look_up(session, address, ecosystem, name, version)
                rows.append([name, version, *_told(dates)])
        return rows

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        shares = [asked[first::_AT_ONCE] for first in range(_AT_ONCE)]
        return [row for rows in pool.map(ask, shares) for row in rows]


def _told(dates: Dates) -> Sequence[str]:
    return [
        dates.latest,
        dates.used_at.isoformat() if dates.used_at else "",
        dates.latest_at.isoformat() if dates.latest_at else "",
    ]


def _time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
