"""How often one may ask: whose requests are counted together, and what is left of a window.

A program is known by its key where that has a limit of its own, else by its user; a guest by his address.
Windows slide as a weighted sum of two: the current one, and the share of the one before that is not over yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from math import floor

from gitinsight.domain.access import Role, Viewer

HOUR = 3600
_SUBSCRIBER_BITS = 64


@dataclass(frozen=True, slots=True)
class Quota:
    """So many requests in a window for one owner; ``name`` tells programs which one it is."""

    name: str
    owner: str
    requests: int
    window_seconds: int = HOUR

    @property
    def key(self) -> str:
        """What tells this counter from all others."""
        return f"{self.name}:{self.owner}"


@dataclass(frozen=True, slots=True)
class Windows:
    """What a sliding counter knows: requests in the window before and in the current one.

    ``previous_seconds`` is how long the one before still counts, ``current_seconds`` until the current one
    takes its place.
    """

    previous: int
    previous_seconds: float
    current: int
    current_seconds: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a quota.

    ``reset_seconds`` is the time to the end of the current window, or, where nothing is left, to the next
    request that will be answered.
    """

    quota: Quota
    remaining: int
    reset_seconds: int


def limit_for(viewer: Viewer, hourly: Mapping[Role, int]) -> int:
    """The requests an hour of this credential; 0 is without a limit."""
    return hourly[viewer.role] if viewer.rate_limit is None else viewer.rate_limit


def quota_of(viewer: Viewer, address: str, hourly: Mapping[Role, int]) -> Quota | None:
    """The quota that a request of this viewer, from this address, is counted against; None without a limit.

    All keys of a user share his quota, so that more keys are not more requests.
    """
    requests = limit_for(viewer, hourly)
    if not requests:
        return None
    if viewer.rate_limit is not None and viewer.key_id is not None:
        return Quota("key", str(viewer.key_id), requests)
    if viewer.user_id is not None:
        return Quota(viewer.role.value, str(viewer.user_id), requests)
    return Quota(viewer.role.value, network_of(address), requests)


def network_of(address: str) -> str:
    """The part of an address that one subscriber has: an IPv4 address, or the /64 of an IPv6 one.

    Whatever is no address, such as a Unix socket's empty one, is one owner: ``unknown``.
    """
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return f"{IPv6Address(int(known) >> _SUBSCRIBER_BITS << _SUBSCRIBER_BITS)}/{_SUBSCRIBER_BITS}"


def standing(quota: Quota, windows: Windows) -> Standing:
    """What is left of a quota of which so much was used."""
    weighted = floor(windows.previous * windows.previous_seconds / quota.window_seconds) + windows.current
    remaining = max(0, quota.requests - weighted)
    seconds = windows.current_seconds if remaining else _seconds_until_next(quota, windows)
    return Standing(quota, remaining, floor(seconds) + 1)


def _seconds_until_next(quota: Quota, windows: Windows) -> float:
    """The time until the weighted sum of a full quota falls below its limit."""
    free = quota.requests - windows.current
    if free > 0:
        return windows.previous_seconds - free * quota.window_seconds / windows.previous
    # The current window becomes the one before, and then loses weight until one more fits.
    return windows.current_seconds + quota.window_seconds * (1 - quota.requests / windows.current)
