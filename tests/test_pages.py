"""The pages through Flask's test client: who sees what, hostile text, failures, and the cost of a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Role, Visibility
from gitinsight.domain.lifecycle import JobState
from gitinsight.registry import load_registry
from gitinsight.services import accounts, analyses, repositories
from tests.conftest import GENEROUS, Browser, sign_in
from tests.counting import counted_queries
from tests.probing import install, on_path
from tests.repositories import ANN, BOB, Repo
from tests.working import work_off

WRECK = """
from markupsafe import Markup
from gitinsight.plugin import Analyzer, Metric, Panel, hookimpl

def analyze(history, settings):
    raise RuntimeError("the disk is <b>full</b>")

def fail(context):
    raise ValueError("no such <b>table</b>")

@hookimpl
def register_analyzers():
    metric = Metric("wreck.depth", "Depth", "m", "How deep the wreck lies.")
    return [Analyzer(name="wreck", title="Wreck", version="1", analyze=analyze, metrics=[metric])]

@hookimpl
def register_panels():
    return [
        Panel("Sunken", "overview", fail),
        Panel("Afloat", "repository", lambda context: Markup("<em>{} afloat</em>").format(context.repository.name)),
        Panel("Text", "repository", lambda context: "<em>text</em>"),
    ]
"""
SCRIPT, QUOTES, TWO_LINES, TURNED = (
    "<script>x</script>.py",
    'it\'s "q".py',
    "two\nlines.py",
    "a\u202eyp.exe.py",
)
HOSTILE_NAMES = (SCRIPT, QUOTES, TWO_LINES, TURNED)
SUBJECT = "<img src=x onerror=alert(1)> \"quoted\" 'and' \u202eturned & done"
ANALYZERS = ("people", "quality", "activity", "trends", "wreck")
ADDRESS = "https://example.com/bob/vault.git"


def hostile_repository(folder: Path) -> Repo:
    """Sixty commits of the last year by two people to files whose names are meant to break pages."""
    repo = Repo(folder, "hostile.git")
    for number in range(60):
        name = HOSTILE_NAMES[number % len(HOSTILE_NAMES)]
        day = clock.now() - timedelta(days=5 * (60 - number))
        body = f"def f(x):\n    return x if x else {number}\n" * (number + 1)
        repo.commit({name: body}, SUBJECT, ANN if number % 3 else BOB, day.isoformat())
    return repo


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    """The product with one plugin that fails in all its parts and one that cannot be imported."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "home").mkdir()
    shutil.copy(migrated_sqlite, folder / "home" / "gitinsight.db")
    install(folder / "plugins", "wreck", WRECK)
    install(folder / "plugins", "gone", "raise ImportError('libgone is <b>missing</b>')\n")
    with Redis(unix_socket_path=str(valkey_socket)) as connection:
        connection.flushall()
    environment = {
        "GITINSIGHT_PROFILE": "testing",
        "GITINSIGHT_HOME": str(folder / "home"),
        "REDIS_URL": f"unix://{valkey_socket}",
        "GITINSIGHT_MIN_FREE_BYTES": "0",
    }
    with on_path(folder / "plugins"):
        application = create_app(load_settings(environment | GENEROUS), load_registry({}))
        application.test_client_class = Browser
        with application.app_context():
            yield application


@pytest.fixture(scope="module")
def hostile(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> UUID:
    """The id of the hostile repository, analysed; the analyzer of the broken plugin has failed."""
    repo = hostile_repository(tmp_path_factory.mktemp("hostile"))
    added = repositories.add(OPERATOR, str(repo.git_dir))
    job = analyses.request(OPERATOR, added.id, ANALYZERS)
    work_off()
    assert analyses.job_view(job.id).state is JobState.PARTIAL
    return added.id


@pytest.fixture(scope="module")
def unreachable(app: Flask) -> UUID:
    """The id of a repository whose host does not answer, so that its analysis has failed."""
    added = repositories.add(OPERATOR, "https://127.0.0.1/ann/inside.git")
    analyses.request(OPERATOR, added.id)
    work_off()
    return added.id


@pytest.fixture(scope="module")
def hidden(app: Flask) -> UUID:
    """The id of bob's private repository, which was never analysed."""
    bob = accounts.viewer_by_id(accounts.ensure_user("bob", Role.USER))
    assert bob is not None
    return repositories.add(bob, ADDRESS, visibility=Visibility.PRIVATE).id


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """The HTML of a page that has to answer with this status."""
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
    return answer.text


def token_of(html: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', html)[0]


def pages_of(repository_id: UUID) -> list[str]:
    """Every page that shows results of the repository."""
    base = f"/repositories/{repository_id}"
    tabs = [f"{base}?tab={tab}" for tab in ("overview", "code", "people", "mood", "trends", "numbers")]
    evidence = [f"{base}/evidence/file?ref={quote(name)}" for name in HOSTILE_NAMES]
    rest = ("evidence/person?ref=Ann%20Archer", "metrics/quality.health", "metrics/people.absence_factor")
    drawn = ("artifacts/quality/hotspots", "artifacts/quality/functions", "artifacts/activity/activity")
    return [base, *tabs, *evidence, f"{base}/results", *(f"{base}/{path}" for path in (*rest, *drawn))]


def test_every_page_of_results_answers_and_shows_hostile_text_as_text(
    app: Flask, guest: FlaskClient, hostile: UUID
) -> None:
    for path in pages_of(hostile):
        html = page(guest, path)
        assert "<script>x" not in html, path
        assert not re.search(r'<img(?! src="/api/v1/repositories/[0-9a-f-]{36}/badges/)', html), path
        assert "\u202e" not in html, path
        assert "<b>full</b>" not in html, path


def test_what_hostile_names_say_can_still_be_read_and_followed(guest: FlaskClient, hostile: UUID) -> None:
    for name in HOSTILE_NAMES:
        html = page(guest, f"/repositories/{hostile}/evidence/file?ref={quote(name)}")
        shown = name.replace("\u202e", "\N{REPLACEMENT CHARACTER}")
        assert shown in unescape(html).partition("<h1>")[2].partition("</h1>")[0]
        assert "Findings that rest on it" in html, name
    code = page(guest, f"/repositories/{hostile}/artifacts/quality/functions")
    assert all(f"evidence/file?ref={quote(name)}" in code for name in (SCRIPT, TWO_LINES, TURNED))


def test_a_page_without_a_result_is_not_found(guest: FlaskClient, hostile: UUID) -> None:
    base = f"/repositories/{hostile}"
    for path in (
        f"/repositories/{uuid4()}",
        f"{base}/evidence/weather?ref=a",
        f"{base}/evidence/file",
        f"{base}/metrics/quality.beauty",
        f"{base}/artifacts/quality/beauty",
        f"/jobs/{uuid4()}",
        "/panels/99",
        "/panels/0?repository=none",
        "/nowhere",
    ):
        html = page(guest, path, 404)
        assert "There is nothing here" in html
        assert "reference <code>" in html


def test_a_metric_as_evidence_leads_to_its_own_page(guest: FlaskClient, hostile: UUID) -> None:
    answer = guest.get(f"/repositories/{hostile}/evidence/metric?ref=activity.commits")
    assert answer.location == f"/repositories/{hostile}/metrics/activity.commits"


def test_a_file_that_no_result_mentions_is_told_so(guest: FlaskClient, hostile: UUID) -> None:
    assert "Nothing more is known" in page(guest, f"/repositories/{hostile}/evidence/file?ref=unknown.txt")


def test_the_tiles_say_value_unit_window_and_lead_to_what_is_behind(
    guest: FlaskClient, hostile: UUID
) -> None:
    html = page(guest, f"/repositories/{hostile}")
    tile = html.partition('id="tile-people"')[2].partition("</article>")[0]
    # Ann wrote 40 of the 60 commits, so one person is behind at least half of them.
    assert '<strong>1</strong> <span class="gi-soft">person behind half of the commits</span>' in tile
    assert "last 12 months" in tile
    assert f"/repositories/{hostile}/metrics/people.absence_factor#behind" in tile
    assert f"/repositories/{hostile}/metrics/people.absence_factor#definition" in tile


def test_the_commits_behind_a_number_stand_on_its_page(guest: FlaskClient, hostile: UUID) -> None:
    html = page(guest, f"/repositories/{hostile}/metrics/people.absence_factor")
    assert "<h2>Definition</h2>" in html
    assert html.count('data-label="Commit"') == 60


def test_a_failed_analyzer_is_told_with_its_reason_and_what_to_do(admin: FlaskClient, hostile: UUID) -> None:
    html = page(admin, f"/repositories/{hostile}")
    assert "A part of the last analysis failed" in html
    assert "the disk is &lt;b&gt;full&lt;/b&gt;" in html
    link = re.findall(r'href="(/jobs/[^"]+)">See all stages', html)[0]
    job = page(admin, link)
    assert "Wreck" in job
    assert "the disk is &lt;b&gt;full&lt;/b&gt;" in job


def test_a_failed_analysis_is_told_with_its_reason_and_what_to_do(
    admin: FlaskClient, unreachable: UUID
) -> None:
    html = page(admin, f"/repositories/{unreachable}")
    assert "The last analysis failed" in html
    link = re.findall(r'href="(/jobs/[^"]+)">See what happened', html)[0]
    assert "Mend it, then analyse again" in page(admin, link)
    assert "Failed" in page(admin, "/repositories")


def test_a_plugin_that_cannot_be_imported_is_told_to_admins_only(
    admin: FlaskClient, guest: FlaskClient, hostile: UUID
) -> None:
    told = page(admin, "/")
    assert "The plugin gone does not work" in told
    assert "libgone is &lt;b&gt;missing&lt;/b&gt;" in told
    assert "libgone" not in page(guest, "/")


def test_a_panel_is_drawn_and_one_that_fails_is_a_box_with_its_reason_for_admins(
    app: Flask, guest: FlaskClient, admin: FlaskClient, hostile: UUID
) -> None:
    addresses = re.findall(r'hx-get="(/panels/[^"]+)"', page(guest, f"/repositories/{hostile}"))
    drawn = [page(guest, unescape(address)) for address in addresses]
    assert "<em>hostile afloat</em>" in drawn[0]
    assert "&lt;em&gt;text&lt;/em&gt;" in drawn[1]
    failing = re.findall(r'hx-get="(/panels/[^"]+)"', page(guest, "/"))[0]
    html = page(guest, failing)
    assert "This panel of the plugin wreck failed" in html
    assert "no such" not in html
    assert "no such &lt;b&gt;table&lt;/b&gt;" in page(admin, failing)


def test_another_users_private_repository_does_not_exist(
    guest: FlaskClient, user: FlaskClient, admin: FlaskClient, hidden: UUID
) -> None:
    for client in (guest, user):
        for path in pages_of(hidden):
            assert "vault" not in page(client, path, 404)
        assert "vault" not in page(client, "/")
        assert "vault" not in page(client, "/repositories?q=vau")
    assert "bob/vault" in page(admin, f"/repositories/{hidden}")


def test_a_repository_that_was_never_analysed_says_what_to_do(admin: FlaskClient, hidden: UUID) -> None:
    html = page(admin, f"/repositories/{hidden}")
    assert "This repository has not been analysed" in html
    assert html.count("not measured yet") == 4
    assert "<strong>0</strong>" not in html


def test_a_guest_is_sent_to_sign_in_and_told_where_he_was(guest: FlaskClient) -> None:
    answer = guest.get("/repositories/add", headers={"Accept": "text/html"})
    assert answer.status_code == 302
    assert answer.location == "/login?next=/repositories/add"


def test_a_guest_sees_no_buttons_that_change_something(guest: FlaskClient, hostile: UUID) -> None:
    html = page(guest, f"/repositories/{hostile}?tab=numbers")
    assert "<form" not in html.replace('<form class="gi-search"', "")
    assert "Analyse again" not in html


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ext::sh -c 'touch x'", "not opened"),
        ("-uexample", "address"),
        ("<b>bold</b>", "not a repository address"),
        ("", "address"),
    ],
)
def test_a_refused_address_comes_back_with_the_reason_and_what_was_typed(
    user: FlaskClient, address: str, reason: str
) -> None:
    token = token_of(page(user, "/repositories/add"))
    sent = {"csrf_token": token, "url": address, "branch": "trunk", "private": "1"}
    answer = user.post("/repositories/add", data=sent)
    assert answer.status_code == 422
    problem = answer.text.partition('class="gi-error"')[2].partition("</div>")[0]
    assert reason in problem
    assert 'value="trunk"' in answer.text
    assert 'name="private" value="1" checked' in answer.text
    assert "<b>" not in answer.text


def test_a_form_without_the_pages_token_changes_nothing(user: FlaskClient) -> None:
    answer = user.post("/repositories/add", data={"url": ADDRESS}, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert "reload the page and send it again" in answer.text


def test_a_repository_is_added_followed_analysed_cancelled_and_removed_by_forms(app: Flask) -> None:
    client = sign_in(app, "cleo", Role.USER)
    token = token_of(page(client, "/repositories/add"))

    def send(path: str, **fields: str) -> str:
        answer = client.post(path, data={"csrf_token": token, **fields})
        assert answer.status_code == 302, answer.text
        return answer.location

    address = send("/repositories/add", url="https://example.com/cleo/boat.git")
    running = page(client, address)
    assert "this page fills in as it goes" in running
    assert running.count('aria-busy="true"') == 4 + 4  # tiles and charts
    send(f"{address}/follow")
    assert "Unfollow" in page(client, address)
    send(f"{address}/follow")
    assert "Unfollow" not in page(client, address)
    send(f"{address}/analyze")
    assert "being analysed already" in page(client, address)
    cancel = re.findall(r'action="(/jobs/[^"]+/cancel)"', page(client, address))[0]
    assert send(cancel) == address
    assert "The last analysis was cancelled" in page(client, address)
    send(f"{address}/remove", confirm="boat")
    assert "type its name: cleo/boat" in unescape(page(client, f"{address}?tab=numbers"))
    assert send(f"{address}/remove", confirm="cleo/boat") == "/"
    page(client, address, 404)


def test_the_progress_tells_a_page_to_fetch_results_only_when_there_are_others(
    guest: FlaskClient, hostile: UUID
) -> None:
    html = page(guest, f"/repositories/{hostile}")
    seen = re.findall(r"/live\?seen=([\w-]+)", html)[0]
    assert 'id="refresh"' not in page(guest, f"/repositories/{hostile}/progress?seen={seen}")
    assert 'id="refresh"' in page(guest, f"/repositories/{hostile}/progress?seen=older")
    assert "hx-trigger" not in page(guest, f"/repositories/{hostile}/progress?seen={seen}")


def test_a_job_that_ended_is_shown_with_its_stages(guest: FlaskClient, hostile: UUID) -> None:
    job = analyses.newest(OPERATOR, hostile)
    assert job is not None
    html = page(guest, f"/jobs/{job.id}")
    assert html.count('<th scope="row">') == 3 + len(ANALYZERS)
    assert "60 commits" in html


def test_the_search_finds_repositories_by_name(guest: FlaskClient, hostile: UUID) -> None:
    assert f"/repositories/{hostile}" in page(guest, "/repositories?q=HOST")
    assert "Nothing found" in page(guest, "/repositories?q=100%25")


def test_an_unexpected_error_is_a_page_with_a_reference_and_no_details(
    app: Flask, guest: FlaskClient, hostile: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_arguments: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("gitinsight.services.dashboards.overview", crash)
    html = page(guest, "/", 500)
    assert "Something went wrong" in html
    assert "secret detail" not in html


def test_a_table_without_rows_says_so(app: Flask) -> None:
    template = app.jinja_env.from_string(
        "{% from 'macros/charts.html' import data_table %}{{ data_table(content) }}"
    )
    content = {"columns": [{"name": "a", "title": "A", "kind": "text"}], "rows": [], "total": 0}
    assert "nothing to list" in template.render(content=content)
    assert "<table" not in template.render(content=content)
    assert "<table" in template.render(content=content | {"rows": [["x"]]})


def test_a_metric_in_a_table_has_its_title_and_leads_to_its_page(app: Flask) -> None:
    template = app.jinja_env.from_string(
        "{% from 'macros/charts.html' import cell %}{{ cell(name, 'metric', {'metric': '/metrics/{ref}'}) }}"
    )
    known = next(iter(app.extensions["gitinsight"].registry.metrics.values()))
    assert template.render(name=known.name) == f'<a href="/metrics/{known.name}">{known.title}</a>'
    assert known.title != known.name
    assert "gone.metric</a>" in template.render(name="gone.metric"), "one that nobody declares any more"


@pytest.mark.parametrize(
    ("title", "unit", "shown"),
    [("Code", "lines", "Code (lines)"), ("Lines added", "lines", "Lines added"), ("Share", "share", "Share")],
)
def test_a_heading_names_the_unit_that_its_title_does_not(
    app: Flask, title: str, unit: str, shown: str
) -> None:
    template = app.jinja_env.from_string("{% from 'macros/words.html' import heading %}{{ heading(column) }}")
    assert template.render(column={"title": title, "unit": unit}) == shown


@pytest.mark.parametrize(
    ("path", "count"),
    # The list: the repositories, the tiles, the insights; on the overview the moves. A repository: its row, the
    # newest analysis with its stages, the insights, the tiles, the artifacts, the languages, how much of the
    # history stands behind it; and all its numbers: once more the row, the runs, their points.
    [("/", 4), ("/repositories", 3), ("/repositories/{id}", 7), ("/repositories/{id}?tab=numbers", 10)],
)
def test_a_page_costs_so_many_queries(guest: FlaskClient, hostile: UUID, path: str, count: int) -> None:
    with counted_queries() as statements:
        page(guest, path.format(id=hostile))
    assert len(statements) == count, statements
