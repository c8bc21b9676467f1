"""Who is a program, and which names and addresses are one person."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from gitinsight.domain.identity import Pair, fold_noreply, identities, is_bot


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
        ("Renovate Bot", "bot@renovateapp.com"),
        ("renovate-bot", "someone@example.org"),
        ("mergify bot", "x@y.z"),
        ("ImgBotApp", "help@example.org"),
        ("github-actions", "41898282+github-actions[bot]@users.noreply.github.com"),
        ("Update script", "actions@github.com"),
        ("pre-commit-ci[bot]", "66853113+pre-commit-ci[bot]@users.noreply.github.com"),
        ("Hosted Weblate", "hosted@weblate.org"),
        ("Weblate (bot)", "x@y.z"),
        ("Travis CI User", "travis@example.org"),
        ("greenkeeper[bot]", "support@greenkeeper.io"),
        ("GitHub", "noreply@github.com"),
        ("Release", "release-bot@example.org"),
    ],
)
def test_programs_are_bots(name: str, email: str) -> None:
    assert is_bot(name, email)


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Russ Abbot", "abbot@example.org"),
        ("Robot Smith", "robot@example.org"),
        ("Jan Bot", "jan.bot@example.org"),
        ("Talbot", "talbot@example.org"),
        ("Ann Archer", "12345+ann@users.noreply.github.com"),
        ("GitHub", "ann@example.org"),
        ("Bottomley", "bottomley@example.org"),
        ("Travis Scott", "travis.scott@example.org"),
        ("", ""),
    ],
)
def test_people_are_not_bots(name: str, email: str) -> None:
    assert not is_bot(name, email)


@pytest.mark.parametrize(
    ("email", "folded"),
    [
        ("12345+Ann@users.noreply.github.com", "ann@users.noreply.github.com"),
        ("ann@users.noreply.github.com", "ann@users.noreply.github.com"),
        ("7-ann@users.noreply.github.com", "7-ann@users.noreply.github.com"),
        ("7-ann@users.noreply.gitlab.com", "ann@users.noreply.gitlab.com"),
        ("7-ann@users.noreply.git.company.org", "ann@users.noreply.git.company.org"),
        ("ann@noreply.codeberg.org", "ann@noreply.codeberg.org"),
        ("7+ann@example.org", "7+ann@example.org"),
        (" Ann@Example.org ", "ann@example.org"),
    ],
)
def test_noreply_addresses_are_folded_to_the_login(email: str, folded: str) -> None:
    assert fold_noreply(email) == folded


def keys(pairs: Collection[Pair], settled: Collection[str] = ()) -> list[str]:
    found = identities(dict.fromkeys(pairs, 1), settled)
    return [found[pair].key for pair in pairs]


def test_one_address_is_one_person_named_by_what_is_used_most() -> None:
    pairs = {("ann", "ann@x.org"): 2, ("Ann Archer", "ANN@x.org"): 5, ("A. Archer", "ann@x.org"): 1}

    found = identities(pairs)

    assert {identity.key for identity in found.values()} == {"Ann Archer"}
    assert found["ann", "ann@x.org"].email == "ann@x.org"


def test_old_and_new_noreply_addresses_of_a_login_are_one_person() -> None:
    pairs = [("ann", "1+ann@users.noreply.github.com"), ("Ann", "ann@users.noreply.github.com")]
    assert len(set(keys(pairs))) == 1


def test_a_full_name_joins_addresses_whatever_its_case() -> None:
    assert len(set(keys([("Ann Archer", "ann@work.org"), ("ann  archer", "ann@home.org")]))) == 1


def test_a_first_name_joins_nobody_and_keys_stay_apart() -> None:
    assert keys([("Ann", "ann@a.org"), ("Ann", "ann@b.org")]) == ["Ann <ann@a.org>", "Ann <ann@b.org>"]


def test_mailmap_keeps_two_people_of_one_name_apart() -> None:
    pairs = [("John Smith", "js@a.org"), ("John Smith", "js@b.org"), ("John Smith", "js@c.org")]

    assert len(set(keys(pairs, {"js@a.org", "js@b.org"}))) == 3
    assert len(set(keys(pairs, {"js@a.org"}))) == 1


@pytest.mark.parametrize(
    "email", ["", "root@localhost", "noreply@github.com", "you@example.com", "none@none"]
)
def test_a_placeholder_address_joins_nobody(email: str) -> None:
    assert len(set(keys([("Ann Archer", email), ("Bob Baker", email)]))) == 2


def test_a_placeholder_name_joins_nobody() -> None:
    assert len(set(keys([("Your Name", "a@a.org"), ("Your Name", "b@b.org")]))) == 2


def test_a_bot_is_never_joined_with_a_person() -> None:
    pairs = [("Ann Archer", "ann@x.org"), ("release bot", "ann@x.org")]

    found = identities(dict.fromkeys(pairs, 1))

    assert [found[pair].is_bot for pair in pairs] == [False, True]
    assert len({identity.key for identity in found.values()}) == 2


def test_chains_of_names_and_addresses_are_one_person() -> None:
    pairs = [("Ann Archer", "a@1"), ("ann", "a@1"), ("Ann Archer", "a@2"), ("aa", "a@2"), ("aa", "a@3")]
    found = keys(pairs)
    assert found[:4] == ["Ann Archer"] * 4
    assert found[4] != "Ann Archer"


def test_somebody_without_a_name_is_called_by_the_address() -> None:
    assert keys([("", "ann@x.org")]) == ["ann@x.org"]
