"""The admin pages: the navigation, users and their roles, keys and their limits, analyses, plugins, the system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.config import SETTINGS
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.domain.lifecycle import JobState
from gitinsight.services import accounts, all_keys, analyses, repositories, users
from gitinsight.services.context import tools
from gitinsight.web.ui.admin import SECTIONS
from tests.conftest import sign_in
from tests.probing import Program, analysed, install, probed_app, small_repository

PAGES = ("/admin/users", "/admin/keys", "/admin/jobs", "/admin/plugins", "/admin/system", "/admin/audit")


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    install(tmp_path / "plugins", "broken", "import nothing_of_this_name\n")
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, GITINSIGHT_ALLOW_LOCAL_PATHS="true"
    ) as application:
        yield application


@pytest.fixture
def root(app: Flask) -> FlaskClient:
    return sign_in(app, "root", Role.ADMIN)


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def after(client: FlaskClient, path: str, **form: str) -> str:
    """The page that a form leads to."""
    answer = client.post(path, data=form | {"csrf_token": token(client)}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


def test_each_section_is_reached_from_each_and_marked(root: FlaskClient) -> None:
    for page, section in zip(PAGES, SECTIONS, strict=True):
        text = root.get(page).text
        for other in PAGES:
            assert f'href="{other}"' in text
        assert f'<a href="{page}" aria-current="page">' in text
        assert text.count('aria-current="page"') == 2, "the section, and Admin in the head"
        assert section.title in text


def test_nobody_else_opens_any_page_or_sends_any_form(app: Flask, guest: FlaskClient) -> None:
    ann = sign_in(app, "ann", Role.USER)
    user_id = accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "k")
    for page in (*PAGES, f"/admin/users/{user_id}"):
        assert guest.get(page).status_code == 302
        assert ann.get(page).status_code == 403
    for path in (
        f"/admin/users/{user_id}/role",
        f"/admin/users/{user_id}/shut-out",
        f"/admin/users/{user_id}/let-in",
        f"/admin/keys/{key.id}/limit",
        f"/admin/keys/{key.id}/revoke",
    ):
        assert ann.post(path, data={"role": "admin", "csrf_token": token(ann)}).status_code == 403
    assert users.get(OPERATOR, user_id).role is Role.USER


def test_a_user_is_found_looked_at_and_given_another_role(root: FlaskClient) -> None:
    ann = accounts.ensure_user("ann", Role.USER)
    accounts.ensure_user("bob", Role.USER)

    found = root.get("/admin/users?q=an").text
    assert f"/admin/users/{ann}" in found
    assert ">bob<" not in found
    assert "Nobody found" in root.get("/admin/users?q=nobody").text
    page = root.get(f"/admin/users/{ann}").text
    assert '<option value="user" selected>' in page
    assert "This user has no keys." in page

    assert "The role is premium now." in after(root, f"/admin/users/{ann}/role", role="premium")
    assert users.get(OPERATOR, ann).role is Role.PREMIUM
    assert "There is no such role." in after(root, f"/admin/users/{ann}/role", role="guest")
    assert users.get(OPERATOR, ann).role is Role.PREMIUM


def test_a_user_is_shut_out_and_let_in_again(app: Flask, root: FlaskClient) -> None:
    ann = sign_in(app, "ann", Role.USER)
    user_id = accounts.ensure_user("ann", Role.USER)

    assert "is shut out" in after(root, f"/admin/users/{user_id}/shut-out")
    assert ann.get("/account").status_code == 302
    assert "nobody gets in by this account" in root.get(f"/admin/users/{user_id}").text
    assert "shut out" in root.get("/admin/users").text
    assert "may sign in again" in after(root, f"/admin/users/{user_id}/let-in")
    assert sign_in(app, "ann", Role.USER).get("/account").status_code == 200


def test_an_admin_is_not_offered_to_take_his_own_rights_away_and_cannot(root: FlaskClient) -> None:
    own = accounts.ensure_user("root", Role.ADMIN)
    assert "Another admin has to take your rights away" in root.get(f"/admin/users/{own}").text
    assert 'name="role"' not in root.get(f"/admin/users/{own}").text
    assert "Another admin has to" in after(root, f"/admin/users/{own}/role", role="user")
    assert "Another admin has to" in after(root, f"/admin/users/{own}/shut-out")
    assert users.get(OPERATOR, own).role is Role.ADMIN


def test_keys_are_limited_and_ended_from_either_page(app: Flask, root: FlaskClient) -> None:
    ann = Program(app, "ann")
    path = f"/admin/keys/{ann.key.id}"

    assert ann.key.prefix in root.get("/admin/keys").text
    assert ann.key.secret not in root.get("/admin/keys").text
    assert "test has 70 requests an hour now." in after(root, f"{path}/limit", rate_limit="70")
    assert 'value="70"' in root.get("/admin/keys").text
    assert "test has no limit now." in after(root, f"{path}/limit", rate_limit="0")
    for wrong in ("-1", "ten", "1e3", "99999999", "²"):
        assert "A limit is a number" in after(root, f"{path}/limit", rate_limit=wrong)
    page = after(root, f"{path}/limit", rate_limit="", user=str(ann.user_id))
    assert "the limit of its user" in page
    assert "What this user may do" in page, "back to where the form stood"
    assert all_keys.listing(OPERATOR, ann.user_id).items[0].rate_limit is None

    assert "The key has ended" in after(root, f"{path}/revoke", user=str(ann.user_id))
    assert ann("GET", "/api/v1/auth/me").status_code == 401
    assert "No keys yet" in root.get("/admin/keys").text


def test_analyses_are_listed_by_state_and_cancelled(root: FlaskClient, tmp_path: Path) -> None:
    analysed(small_repository(tmp_path / "one"), "probe")
    other = repositories.add(OPERATOR, str(small_repository(tmp_path / "two").git_dir))
    job = analyses.request(OPERATOR, other.id, ("probe",))

    assert root.get("/admin/jobs").text.count('<th scope="row">') == 2
    assert f"/jobs/{job.id}" in root.get("/admin/jobs?state=queued").text
    assert root.get("/admin/jobs?state=queued").text.count('<th scope="row">') == 1
    assert "No such analysis" in root.get("/admin/jobs?state=failed").text
    assert "The analysis is cancelled." in after(root, f"/admin/jobs/{job.id}/cancel")
    assert analyses.get(OPERATOR, job.id).state is JobState.CANCELLED


def test_plugins_are_listed_and_the_broken_one_says_why(root: FlaskClient) -> None:
    page = root.get("/admin/plugins").text
    assert "gitinsight-probe 1.0" in page
    assert "broken could not import" in page
    assert "nothing_of_this_name" in page


def test_the_system_page_has_figures_and_every_setting_but_no_secret(
    root: FlaskClient, tmp_path: Path
) -> None:
    analysed(small_repository(tmp_path / "one"), "probe")

    page = root.get("/admin/system").text
    for spec in SETTINGS:
        assert spec.variable in page
    assert tools().settings.secret_key not in page
    assert "whole analyses" in page
    assert "1 ready, 0 failed" in page
    assert "none is there" in page, "no worker runs"


def test_lists_go_on_where_the_page_before_ended(root: FlaskClient) -> None:
    for number in range(60):
        accounts.ensure_user(f"user{number}", Role.USER)
    first = root.get("/admin/users").text
    assert first.count('<th scope="row">') == 50
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = root.get(following).text
    assert second.count('<th scope="row">') == 11
    assert 'rel="next"' not in second
    assert ">Newest<" in second
    assert root.get("/admin/users?cursor=x").status_code == 422
