"""The Export menu of a repository's page: what it offers to whom, and what it says where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import OPERATOR, Role, Visibility
from gitinsight.services import repositories, repository_settings
from tests.conftest import sign_in
from tests.probing import analysed, probed_app, small_repository


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("menu"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def found(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> UUID:
    return analysed(small_repository(tmp_path_factory.mktemp("source")), "probe")[0]


def menu(client: FlaskClient, repository_id: UUID) -> str:
    """The text of the menu."""
    page = client.get(f"/repositories/{repository_id}").text
    return re.findall(r'<details class="gi-menu gi-menu-wide">.*?</details>', page, re.DOTALL)[0]


def addresses(text: str) -> list[str]:
    return [unescape(found) for found in re.findall(r'(?:href|src)="([^"#]+)"', text) if "/api/" in found]


def test_whatever_the_menu_offers_is_there(app: Flask, found: UUID) -> None:
    client = sign_in(app, "pia", Role.PREMIUM)
    offered = addresses(menu(client, found))

    assert len(offered) == 3 + 1 + 3 + 3
    for address in offered:
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200, address
        assert ("attachment" in answer.headers.get("Content-Disposition", "")) == ("format=" in address)


def test_a_user_is_told_that_parquet_is_for_premium_accounts(app: Flask, found: UUID) -> None:
    text = menu(sign_in(app, "ann", Role.USER), found)

    assert "format=csv" in text
    assert "format=parquet" not in text
    assert "premium account" in text


def test_a_guest_gets_what_needs_no_account_and_a_way_to_sign_in(guest: FlaskClient, found: UUID) -> None:
    text = menu(guest, found)

    assert "format=" not in text
    assert f"/login?next=/repositories/{found}" in text
    offered = addresses(text)
    assert len(offered) == 1 + 3
    assert {guest.get(address).status_code for address in offered} == {200}


def test_a_badges_markdown_shows_it_and_leads_to_the_page(guest: FlaskClient, found: UUID) -> None:
    (snippet,) = re.findall(r'id="badge-health" value="([^"]+)"', menu(guest, found))

    shown = re.fullmatch(r"\[!\[code health\]\((http\S+)\)\]\((http\S+)\)", unescape(snippet))
    assert shown is not None
    assert shown[1].endswith(f"/api/v1/repositories/{found}/badges/health.svg")
    assert shown[2].endswith(f"/repositories/{found}")


def test_before_the_first_results_the_menu_says_so(guest: FlaskClient, app: Flask) -> None:
    added = repositories.add(OPERATOR, "menu/new")

    text = menu(guest, added.id)

    assert "nothing to export yet" in text
    assert addresses(text) == []


def test_a_private_repository_offers_no_badges(app: Flask, tmp_path: Path) -> None:
    repository_id, _ = analysed(small_repository(tmp_path), "probe")
    client = sign_in(app, "root", Role.ADMIN)
    repository_settings.update(OPERATOR, repository_id, {"visibility": Visibility.PRIVATE})

    text = menu(client, repository_id)

    assert "/badges/" not in text
    assert "for public repositories" in text
