"""The dashboard in a real browser: it fills in while the analysis runs, and anybody can use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gitinsight.domain import clock
from gitinsight.resources import assets_built
from tests.browser import MISSING, Watched, find_chromium, launched
from tests.conftest import GENEROUS
from tests.repositories import ANN, BOB, Repo
from tests.running import Up, running, until
from tests.test_up import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=MISSING),
    pytest.mark.skipif(not assets_built(), reason="the assets are not built: run make assets"),
]

COMMITS = 80
ANALYSIS_SECONDS = 60
SNAPSHOT = """() => ({
  percent: Number((document.querySelector('#progress .gi-meter') || {}).value ?? -1),
  stages: document.querySelectorAll('#progress .gi-stage').length,
  waiting: document.querySelectorAll('.gi-tile[aria-busy]').length,
  tiles: document.querySelectorAll('.gi-tile:not([aria-busy])').length,
  insights: document.querySelectorAll('article.gi-insight').length,
  charts: document.querySelectorAll('figure canvas').length,
  state: document.querySelector('#facts .gi-change').textContent.trim(),
  loadedAt: window.performance.timeOrigin,
})"""


@dataclass(frozen=True)
class Dashboard:
    """A running installation, a browser signed in as its admin, and the page of an analysed repository."""

    up: Up
    browser: Browser
    session: Any
    repository: str
    seen: list[dict[str, Any]]
    complaints: list[str]

    def context(self, **options: Any) -> BrowserContext:
        """A browser window of the admin's."""
        return self.browser.new_context(storage_state=self.session, **options)

    @property
    def pages(self) -> dict[str, str]:
        """The main pages by name."""
        return {
            "overview": self.up.address,
            "repository": self.repository,
            "code": f"{self.repository}?tab=code",
            "numbers": f"{self.repository}?tab=numbers",
            "metric": f"{self.repository}/metrics/people.absence_factor",
            "evidence": f"{self.repository}/evidence/person?ref=Ann%20Archer",
            "list": f"{self.up.address}/repositories",
            "add": f"{self.up.address}/repositories/add",
            "definitions": f"{self.up.address}/definitions",
            "account": f"{self.up.address}/account",
            **{
                name: f"{self.up.address}/admin/{name}"
                for name in ("audit", "users", "keys", "jobs", "plugins", "system")
            },
        }


def source(folder: Path) -> Path:
    """A repository of Python files by two people, its last commit of yesterday."""
    repo = Repo(folder, "garden.git")
    for number in range(COMMITS):
        name = f"plants/{('fern', 'moss', 'oak', 'reed')[number % 4]}.py"
        body = "".join(
            f"def grow{i}(x):\n    return x if x > {i} else {number}\n\n" for i in range(number % 9 + 1)
        )
        day = clock.now() - timedelta(days=4 * (COMMITS - number) + 1)
        repo.commit({name: body}, f"Let it grow {number}", ANN if number % 4 else BOB, day.isoformat())
    return repo.git_dir


@pytest.fixture(scope="module")
def dashboard(
    tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]
) -> Iterator[Dashboard]:
    """One installation for the module; the repository is added by the form and watched from the first second."""
    assert CHROMIUM is not None
    home = tmp_path_factory.mktemp("home")
    own = GENEROUS | {"PORT": str(free_port()), "GITINSIGHT_ALLOW_LOCAL_PATHS": "1"}
    environment = clean_environment | own
    repository = source(tmp_path_factory.mktemp("source"))
    with running(home, environment) as up, launched(CHROMIUM) as browser:
        context = browser.new_context()
        watched = Watched(context)
        watched.page.goto(up.link)
        watched.page.goto(f"{up.address}/repositories/add")
        watched.page.fill("#url", str(repository))
        watched.page.click("main button[type=submit]")
        watched.page.wait_for_selector("#results")
        seen = watch(watched)
        yield Dashboard(up, browser, context.storage_state(), watched.page.url, seen, watched.complaints)


def watch(watched: Watched) -> list[dict[str, Any]]:
    """Every different state of the page, from now until the analysis has ended and the charts are drawn."""
    seen: list[dict[str, Any]] = []

    def over() -> bool:
        now = watched.page.evaluate(SNAPSHOT)
        if not seen or seen[-1] != now:
            seen.append(now)
        return now["state"] == "Ready" and now["charts"] >= 3

    until(over, ANALYSIS_SECONDS)
    return seen


def test_the_page_fills_in_without_a_reload_while_the_analysis_runs(dashboard: Dashboard) -> None:
    first, last = dashboard.seen[0], dashboard.seen[-1]
    assert first["waiting"] == 4
    assert first["stages"] >= 3
    assert first["charts"] == 0
    assert any(0 < state["percent"] < 1 for state in dashboard.seen)
    assert any(0 < state["tiles"] < 4 for state in dashboard.seen), "tiles come one by one"
    assert (last["tiles"], last["waiting"]) == (4, 0)
    assert last["insights"] >= 4
    assert last["state"] == "Ready"
    assert {state["loadedAt"] for state in dashboard.seen} == {first["loadedAt"]}


def test_the_browser_has_nothing_to_complain_of_meanwhile(dashboard: Dashboard) -> None:
    assert dashboard.complaints == []


def test_a_page_whose_analysis_has_ended_asks_no_more(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.repository)
    assert page.query_selector("#progress[hx-get]") is None
    assert page.inner_text("#progress").strip() == ""


def test_the_main_pages_break_no_rule_of_accessibility_and_no_policy_in_both_themes(
    dashboard: Dashboard,
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # A colour in the middle of its transition would be judged like any other.
    watched, axe = Watched(dashboard.context(reduced_motion="reduce")), Axe()
    broken = []
    for name in sorted(dashboard.pages.keys() - {"code", "numbers", "list"}):
        page = watched.open(dashboard.pages[name])
        # Between the themes nothing differs but colours.
        for theme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
            page.emulate_media(color_scheme=theme)
            page.wait_for_selector(f"html[data-bs-theme={theme}]")
            violations = axe.run(page, options=options).response["violations"]
            broken += [(name, theme, rule["id"], rule["nodes"][0]["html"]) for rule in violations]
    assert broken == []
    assert watched.complaints == []


def test_nothing_is_wider_than_a_phone(dashboard: Dashboard) -> None:
    watched = Watched(dashboard.context(viewport={"width": 360, "height": 740}))
    width = "document.documentElement.scrollWidth"
    widths = {name: watched.open(address).evaluate(width) for name, address in dashboard.pages.items()}
    assert widths == dict.fromkeys(dashboard.pages, 360)


def test_single_keys_lead_to_search_pages_and_help(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.repository)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("r")
    assert page.url == f"{dashboard.up.address}/repositories"
    page.keyboard.press("g")
    with page.expect_navigation():
        page.keyboard.press("o")
    assert page.url == f"{dashboard.up.address}/"


def test_an_evidence_chip_leads_to_what_is_known_about_the_thing(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.repository)
    chip = page.locator("article.gi-insight a.gi-chip[href*='evidence/person']").first
    person = chip.locator("span").first.inner_text()
    chip.click()
    page.wait_for_url("**/evidence/person?ref=*")
    assert page.inner_text("h1") == person
    assert page.locator("article.gi-insight").count() >= 1


def test_a_tile_leads_to_its_definition_and_to_the_commits_behind_it(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.repository)
    page.click("#tile-people .gi-tile-title a")
    page.wait_for_url("**/metrics/people.absence_factor#definition")
    assert "CHAOSS" in page.inner_text("#definition")
    page.go_back()
    page.click("#tile-people .gi-tile-foot a")
    page.wait_for_url("**/metrics/people.absence_factor#behind")
    assert page.locator("#commits tbody tr").count() == COMMITS
    page.click("#commits tbody tr >> nth=0 >> a >> nth=0")
    page.wait_for_url("**/evidence/commit?ref=*")
    assert "Let it grow 79" in page.inner_text("main")


def test_a_chart_has_its_numbers_as_a_table(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.repository)
    page.click("figure.gi-chart-tall summary")
    # The table is filled once the browser has told that it is open.
    page.wait_for_selector("figure.gi-chart-tall tbody tr")
    assert page.locator("figure.gi-chart-tall tbody tr").count() == 4
    assert "plants/fern.py" in page.inner_text("figure.gi-chart-tall table")


def test_a_folded_table_loads_when_it_is_opened(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context()).open(dashboard.pages["code"])
    fold = page.locator("details.gi-fold", has_text="Functions by complexity")
    assert fold.locator("tbody tr").count() == 0
    fold.locator("summary").first.click()
    fold.locator("tbody tr").first.wait_for()
    assert "plants/fern.py" in fold.inner_text()


MAP = "figure[data-chart=treemap] .gi-chart-canvas"
SHOWN = f"""() => {{
  const chart = echarts.getInstanceByDom(document.querySelector('{MAP}'));
  return chart ? chart.getModel().getSeriesByIndex(0).getViewRoot().children.map((node) => node.name) : [];
}}"""
MIDDLE_OF_A_FILE = f"""() => {{
  const series = echarts.getInstanceByDom(document.querySelector('{MAP}')).getModel().getSeriesByIndex(0);
  let node = series.getViewRoot();
  while (node.children.length) node = node.children[0];
  let [x, y] = [node.getLayout().width / 2, node.getLayout().height / 2];
  for (; node; node = node.parentNode) {{ x += node.getLayout().x; y += node.getLayout().y; }}
  return {{x, y}};
}}"""


def test_a_file_of_the_hotspot_map_opens_into_its_functions_and_closes_again(dashboard: Dashboard) -> None:
    watched = Watched(dashboard.context(reduced_motion="reduce"))
    page = watched.open(dashboard.pages["code"])
    page.wait_for_function(f"() => ({SHOWN})().length")
    files = page.evaluate(SHOWN)
    page.click(MAP, position=page.evaluate(MIDDLE_OF_A_FILE))
    page.wait_for_function(f"() => ({SHOWN})().some((name) => name.startsWith('grow'))")
    assert "plants/" in page.inner_text("figure[data-chart=treemap] .gi-facts")
    box = page.locator(MAP).bounding_box()
    assert box is not None

    def after_click(x: float, y: float, is_so: Callable[[], bool]) -> bool:
        # The map takes a few frames to be where it will stay; a click before that meets nothing.
        page.click(MAP, position={"x": x, "y": y})
        page.wait_for_timeout(300)
        return is_so()

    facts = "figure[data-chart=treemap] .gi-facts"
    third = box["width"] / 3, box["height"] / 3
    until(lambda: after_click(*third, lambda: "cyclomatic complexity" in page.inner_text(facts)))
    all_files = 24, box["height"] - 12
    until(lambda: after_click(*all_files, lambda: page.evaluate(SHOWN) == files))
    assert watched.complaints == []


def test_the_chosen_theme_is_kept(dashboard: Dashboard) -> None:
    page = Watched(dashboard.context(color_scheme="light")).open(dashboard.up.address)
    page.click("#theme")
    page.reload()
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_the_login_link_that_was_used_already_signs_nobody_in(dashboard: Dashboard) -> None:
    page = dashboard.browser.new_context().new_page()
    page.goto(dashboard.up.link)
    assert page.is_visible("main .gi-alert")
    page.goto(dashboard.up.address)
    assert page.is_visible(".gi-bar a[href='/login']")


def test_without_scripts_pages_are_read_and_forms_work(dashboard: Dashboard) -> None:
    page = dashboard.context(java_script_enabled=False).new_page()
    page.goto(dashboard.repository)
    assert page.locator(".gi-tile strong").count() == 4
    assert page.locator("article.gi-insight").count() >= 4
    page.click("figure noscript a >> nth=0")
    assert page.locator("#numbers tbody tr").count() > 10
    page.goto(f"{dashboard.up.address}/repositories/add")
    page.fill("#url", "nonsense address")
    page.click("main button[type=submit]")
    assert page.is_visible(".gi-error")


def test_an_analysis_is_followed_without_scripts_by_reloading_and_without_a_websocket_by_asking(
    dashboard: Dashboard,
) -> None:
    plain = dashboard.context(java_script_enabled=False).new_page()
    asking = Watched(dashboard.context()).page
    asking.add_init_script("window.WebSocket = class extends EventTarget {};")
    plain.goto(dashboard.repository)
    plain.click("#analyze")
    plain.wait_for_selector("#progress .gi-stage")
    asking.goto(dashboard.repository)
    asking.wait_for_selector("#progress .gi-stage")
    loaded_at = asking.evaluate("performance.timeOrigin")
    for page in (asking, plain):
        page.wait_for_selector("#facts :text('Ready')", timeout=1000 * ANALYSIS_SECONDS)
        assert page.locator("#progress .gi-stage").count() == 0
    assert asking.evaluate("performance.timeOrigin") == loaded_at


def test_the_state_of_the_page_survives_a_restart_of_the_server(dashboard: Dashboard) -> None:
    watched = Watched(dashboard.context())
    sockets: list[str] = []
    watched.page.on("websocket", lambda socket: sockets.append(socket.url))
    watched.open(dashboard.repository)
    until(lambda: watched.page.evaluate("1") and len(sockets) == 1)
    dashboard.up.child("gunicorn").terminate()
    until(lambda: watched.page.evaluate("1") and len(sockets) >= 2)
    watched.page.wait_for_timeout(500)
    assert watched.page.locator(".gi-tile").count() == 4
    assert watched.page.locator("#messages .gi-alert").count() == 0
