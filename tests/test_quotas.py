"""Whose requests are counted together, and what is left of a sliding window."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from gitinsight.domain.access import GUEST, Role, Viewer
from gitinsight.domain.quotas import Quota, Windows, network_of, quota_of, standing

HOURLY = {Role.GUEST: 100, Role.USER: 1000, Role.PREMIUM: 5000, Role.ADMIN: 5001}
ANN, KEY = UUID(int=1), UUID(int=2)
ADDRESS = "203.0.113.7"


@pytest.mark.parametrize(
    ("viewer", "name", "owner", "requests"),
    [
        (GUEST, "guest", ADDRESS, 100),
        (Viewer.of_role(Role.USER, ANN), "user", str(ANN), 1000),
        (Viewer.of_role(Role.PREMIUM, ANN), "premium", str(ANN), 5000),
        (Viewer.of_role(Role.ADMIN, ANN), "admin", str(ANN), 5001),
        (replace(Viewer.of_role(Role.USER, ANN), key_id=KEY), "user", str(ANN), 1000),
        (replace(Viewer.of_role(Role.USER, ANN), key_id=KEY, rate_limit=7), "key", str(KEY), 7),
        (replace(Viewer.of_role(Role.ADMIN, ANN), key_id=KEY, rate_limit=9000), "key", str(KEY), 9000),
    ],
)
def test_requests_count_against_the_address_the_user_or_a_key_with_a_limit_of_its_own(
    viewer: Viewer, name: str, owner: str, requests: int
) -> None:
    assert quota_of(viewer, ADDRESS, HOURLY) == Quota(name, owner, requests, 3600)


def test_a_limit_of_nought_is_none() -> None:
    assert quota_of(GUEST, ADDRESS, HOURLY | {Role.GUEST: 0}) is None
    assert (
        quota_of(replace(Viewer.of_role(Role.USER, ANN), key_id=KEY, rate_limit=0), ADDRESS, HOURLY) is None
    )


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
        ("203.0.113.7:80", "unknown"),
    ],
)
def test_a_subscriber_is_one_address_or_one_network_of_64_bits(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("windows", "remaining", "reset"),
    [
        # Nothing was asked yet.
        (Windows(0, 0, 0, 0), 100, 1),
        # 30 in the current window, which ends in 1000 s.
        (Windows(0, 0, 30, 1000), 70, 1001),
        # A quarter of the 80 before counts still, and 30 more.
        (Windows(80, 900, 30, 900), 50, 901),
        # 100 of 100: the current window ends in 10 s, and a moment later it weighs less than 100.
        (Windows(0, 0, 100, 10), 0, 11),
        # 40 * 1800 / 3600 + 80 = 100; below 100 as soon as the 40 weigh less than 20, at 1800 s: at once.
        (Windows(40, 1800, 80, 1800), 0, 1),
        # 90 * 3000 / 3600 + 40 = 115; 90 * t / 3600 < 60 at t < 2400, so after 600 s.
        (Windows(90, 3000, 40, 3000), 0, 601),
        # The limit was 200 when they were counted: 1000 s to the next window, then half of an hour.
        (Windows(0, 0, 200, 1000), 0, 2801),
    ],
)
def test_what_is_left_and_how_long_to_wait(windows: Windows, remaining: int, reset: int) -> None:
    found = standing(Quota("guest", ADDRESS, 100), windows)

    assert (found.remaining, found.reset_seconds) == (remaining, reset)
