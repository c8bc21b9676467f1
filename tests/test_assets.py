"""The vendored assets, their manifest, and what the templates may hold under a strict policy."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, get_template_attribute

from gitinsight import resources
from gitinsight.domain.report import EvidenceKind, Severity
from gitinsight.errors import ConfigurationError
from gitinsight.web import assets, assets_build

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_FILES = sorted(
    path for path in (assets.STATIC / "app").rglob("*") if path.suffix in {".js", ".css", ".svg"}
)
needs_build = pytest.mark.skipif(
    not resources.assets_built(), reason="run `python -m gitinsight.web.assets build`"
)


@pytest.fixture
def app() -> Flask:
    app = Flask("gitinsight", template_folder=str(ROOT / "templates"))
    assets.register(app)
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    return app


def call(app: Flask, file: str, macro: str, *arguments: Any, **options: Any) -> str:
    with app.test_request_context():
        return str(get_template_attribute(f"macros/{file}.html", macro)(*arguments, **options))


def vendor_of(folder: Path, key: str) -> Path:
    """A vendor folder with one file and a manifest that fits it."""
    vendor = folder / "vendor"
    vendor.mkdir()
    (vendor / "one.js").write_text("1")
    digest = hashlib.sha256(b"1").hexdigest()
    (vendor / "manifest.json").write_text(
        json.dumps({"key": key, "versions": {}, "files": {"one.js": digest}})
    )
    return vendor


def test_the_lock_file_pins_every_package_and_names_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())
    without_funding = [{k: v for k, v in package.items() if k != "funding"} for package in packages.values()]
    assert "://" not in json.dumps(without_funding)


def test_package_json_asks_for_exact_versions() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert wanted["htmx.org"].startswith("2.0.")
    assert wanted["echarts"].startswith("6.")


@needs_build
def test_every_vendored_file_has_the_hash_that_the_manifest_states() -> None:
    files = resources.asset_manifest()["files"]
    assert set(files) == {*assets_build.FILES, "icons.svg"}
    for name, digest in files.items():
        assert hashlib.sha256((resources.VENDOR / name).read_bytes()).hexdigest() == digest, name


@needs_build
def test_a_build_that_is_up_to_date_is_skipped() -> None:
    assert "up to date" in assets_build.build()


def test_a_changed_file_or_another_key_makes_a_build_stale(tmp_path: Path) -> None:
    vendor = vendor_of(tmp_path, "k1")
    assert assets_build.is_current(vendor, "k1")
    assert not assets_build.is_current(vendor, "k2")
    (vendor / "one.js").write_text("2")
    assert not assets_build.is_current(vendor, "k1")


def test_a_build_without_a_lock_file_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"package-lock\.json is missing"):
        assets_build.build(project=tmp_path, vendor=tmp_path / "vendor")


def test_the_sprite_holds_a_symbol_for_each_icon_and_refuses_an_unknown_one(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text(
        '<svg\n  xmlns="http://www.w3.org/2000/svg"\n  class="icon"\n>\n'
        '  <path stroke="none" d="M0 0h24v24H0z" fill="none" />\n  <path d="M1 1" />\n</svg>'
    )
    drawn = assets_build.sprite(tmp_path, ["x"])
    assert '<symbol id="x" viewBox="0 0 24 24"' in drawn
    assert drawn.count("<path") == 1
    with pytest.raises(ConfigurationError, match="no outline icon 'y'"):
        assets_build.sprite(tmp_path, ["y"])


def test_the_address_of_an_asset_changes_with_its_content(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    with app.test_request_context():
        assert assets.asset_url("a.js") == "/static/a.js?v=missing"
        (tmp_path / "a.js").write_bytes(b"abc")
        assert assets.asset_url("a.js") == "/static/a.js?v=ba7816bf8f01"  # SHA-256 of "abc", FIPS 180-2


def test_missing_assets_are_told_and_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "MANIFEST", tmp_path / "manifest.json")
    assert not resources.assets_built()
    assert assets.main(["check"]) == 1
    assert assets.main(["brew"]) == 2


def test_every_icon_that_a_template_or_script_names_is_in_the_list() -> None:
    named = set()
    for path in [*TEMPLATES, *OWN_FILES]:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
        named |= set(re.findall(r"""\bsign=["']([a-z0-9-]+)["']""", text))
        named |= set(re.findall(r"icons\.svg#([a-z0-9-]+)", text))
    assert named, "the search finds nothing any more"
    assert named <= set(assets_build.ICONS)


def test_every_severity_state_and_kind_of_evidence_has_an_icon_in_the_list(app: Flask) -> None:
    states = ["never", "queued", "running", "ready", "succeeded", "partial", "failed", "cancelled", "skipped"]
    html = "".join(call(app, "words", "severity", severity) for severity in Severity)
    html += "".join(call(app, "words", "state", state) for state in states)
    stages = [SimpleNamespace(title=state, state=state, progress=0.5, note="") for state in states]
    html += call(app, "tiles", "stage_list", stages)
    html += "".join(
        call(app, "insights", "chip", SimpleNamespace(kind=kind, ref="r", note="")) for kind in EvidenceKind
    )
    drawn = set(re.findall(r"icons\.svg\?v=\w+#([a-z0-9-]+)", html))
    assert len(drawn) > 12
    assert drawn <= set(assets_build.ICONS)


class Offences(HTMLParser):
    """Collects what a strict content security policy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        refused = {name for name in names if name == "style" or name.startswith(("on", "hx-on"))}
        self.found += [f"<{tag} {name}>" for name in refused]
        if tag == "style" or (tag == "script" and not names & {"src", "type"}):
            self.found.append(f"<{tag}>")
        self.found += [
            f"{name}={value}" for name, value in attrs if (value or "").startswith(("js:", "javascript:"))
        ]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_nothing_inline_that_the_policy_refuses(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    # Attributes that Jinja writes inside a tag would confuse the parser: statements go, values stay.
    parser = Offences()
    parser.feed(re.sub(r"\{[{%].*?[}%]\}", " ", text, flags=re.DOTALL))
    assert parser.found == []
    assert not re.search(r"""<[^>]*\s(style|on[a-z]+|hx-on[:a-z-]*)\s*=""", text)


@pytest.mark.parametrize("path", OWN_FILES, ids=lambda path: path.name)
def test_our_own_files_run_no_text_as_code_and_fetch_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write|@import", text)
    addresses = set(re.findall(r"https?://[\w./-]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (0.95, "almost certain"),
        (0.94, "very likely"),
        (0.85, "very likely"),
        (0.65, "likely"),
        (0.5, "about even"),
        (0.49, "unsure"),
    ],
)
def test_confidence_is_said_in_words(app: Flask, value: float, word: str) -> None:
    assert call(app, "words", "confidence_word", value) == word


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "n/a"),
        (0, "0"),
        (1234567, "1,234,567"),
        (7.44, "7.4"),
        (-3, "−3"),
        (0.034, "0.03"),
        (250.6, "251"),
    ],
)
def test_numbers_are_written_for_readers(app: Flask, value: float | None, text: str) -> None:
    assert call(app, "words", "number", value) == text


def test_a_missing_number_is_told_with_its_reason_and_never_as_zero(app: Flask) -> None:
    html = call(app, "tiles", "tile", "Direction", None, reason="fewer than 26 weeks of history")
    assert "<strong>n/a</strong>" in html
    assert "fewer than 26 weeks of history" in html


def test_a_sparkline_breaks_where_a_value_is_missing(app: Flask) -> None:
    html = call(app, "tiles", "sparkline", [0, 10, None, 5, 10], "Health")
    # Five values 30 apart; 0 to 10 is drawn from y = 26 up to y = 4.
    assert 'd="M0.0 26.0L30.0 4.0M90.0 15.0L120.0 4.0"' in html


def test_hostile_text_stays_text_in_cards_charts_and_tables(app: Flask) -> None:
    evil = """</script><img src=x onerror=alert(1)>'"""
    insight = SimpleNamespace(
        severity=Severity.WARNING,
        title=evil,
        description=evil,
        confidence=0.9,
        data={"confidence_basis": evil},
        evidence=[SimpleNamespace(kind=EvidenceKind.FILE, ref=evil, note=evil)],
    )
    content = {"columns": [{"name": "f", "title": evil, "kind": "file"}], "rows": [[evil]]}
    links = {"file": "/files/{ref}"}
    html = call(app, "insights", "insight_card", insight, links)
    html += call(app, "charts", "chart", "c", evil, content=content, kind="table", note=evil, links=links)
    html += call(app, "tiles", "language_bar", [(evil, 1.0)])
    assert "<img" not in html
    assert html.count("</script>") == 1  # the end of the chart's own JSON


@pytest.mark.parametrize(
    ("form", "href"),
    [
        ("https://host/o/r/commit/{ref}", "https://host/o/r/commit/a%20b"),
        ("/files/{ref}", "/files/a%20b"),
        ("javascript:alert('{ref}')", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_and_our_own_paths_become_links(app: Flask, form: str, href: str) -> None:
    assert call(app, "insights", "address", {"commit": form}, "commit", "a b") == href
