"""How far packages lie behind, as registries tell that the operator has named; and what is never asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

import gitinsight_quality
from gitinsight.plugin import Report
from gitinsight.testing import FakeHistory, analyze, weekly_commits
from gitinsight_quality.dependencies import registries as package_registries
from tests.registries import Registries, registries

NOW = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[Registries]:
    with registries() as found:
        yield found


def history(files: Mapping[str, str]) -> FakeHistory:
    return FakeHistory(weekly_commits(3, changes={"a.py": (3, 1)}), files, now=NOW)


def report_of(chosen: FakeHistory, **settings: str) -> Report:
    analyzer = next(one for one in gitinsight_quality.register_analyzers() if one.name == "dependencies")
    return analyze(analyzer, chosen, settings)


def value(report: Report, metric: str) -> tuple[float | None, str]:
    (point,) = [one for one in report.points if one.metric == f"dependencies.{metric}" and not one.dimension]
    return point.value, point.reason


def rows(report: Report) -> dict[str, list[object]]:
    """What registries told by package: newest, date of the used, date of the newest, years."""
    content = report.artifacts[0].content
    names = [column["name"] for column in content["columns"]]
    told = (dict(zip(names, row, strict=True)) for row in content["rows"])
    return {
        row["package"]: [row[name] for name in ("latest", "used_at", "latest_at", "years")] for row in told
    }


def test_a_python_package_is_as_old_as_the_first_file_of_its_version(world: Registries) -> None:
    world.python(
        "flask",
        ("Flask-2.0.0.tar.gz", "2021-05-12T10:00:00Z"),
        ("Flask-2.0.0-py3-none-any.whl", "2021-05-11T10:00:00Z"),
        ("flask-3.0.0-py3-none-any.whl", "2023-09-30T10:00:00Z"),
        ("flask-3.1.0rc1-py3-none-any.whl", "2025-01-01T00:00:00Z"),
        ("flask-1.1.5.tar.gz", "2024-01-01T00:00:00Z"),
        ("flask.exe", "2025-01-01T00:00:00Z"),
    )

    report = report_of(history({"requirements.txt": "flask==2.0\n"}), python_index=f"{world.address}/simple")

    days = (date(2023, 9, 30) - date(2021, 5, 11)).days
    assert rows(report) == {"flask": ["3.0.0", "2021-05-11", "2023-09-30", round(days / 365.25, 2)]}
    assert value(report, "libyears")[0] == pytest.approx(days / 365.25, abs=0.001)
    assert report.insights[0].title == "Direct dependencies are 2.4 libyears behind, flask most with 2.4"
    assert report.insights[0].severity == "notice"


def test_sum_mean_and_median_are_over_packages_by_their_oldest_version(world: Registries) -> None:
    for name, year in (("a", 2022), ("b", 2023), ("c", 2025)):
        world.python(
            name,
            (f"{name}-1.0.tar.gz", "2021-01-01T00:00:00Z"),
            (f"{name}-2.0.tar.gz", f"{year}-01-01T00:00:00Z"),
        )
    files = {"requirements.txt": "a==1.0\nb==1.0\nc==2.0\n", "requirements-dev.txt": "c==1.0\n"}

    report = report_of(history(files), python_index=f"{world.address}/simple")

    years = [365 / 365.25, 730 / 365.25, 1461 / 365.25]
    assert value(report, "libyears")[0] == pytest.approx(sum(years), abs=0.001)
    assert value(report, "libyears_mean")[0] == pytest.approx(sum(years) / 3, abs=0.001)
    assert value(report, "libyears_median")[0] == pytest.approx(years[1], abs=0.001)


def test_npm_and_go_tell_their_newest_version_themselves(world: Registries) -> None:
    world.npm("@scope/tool", "2.0.0", v1_0_0="2020-01-01T00:00:00.000Z", v2_0_0="2021-01-01T00:00:00.000Z")
    world.go(
        "github.com/!burnt!sushi/toml", "v1.0.0", "2020-01-01T00:00:00Z", "v1.2.0", "2022-01-01T00:00:00Z"
    )
    files = {
        "package.json": json.dumps({"dependencies": {"@scope/tool": "1.0.0"}}),
        "go.mod": "module x.org/y\n\nrequire github.com/BurntSushi/toml v1.0.0\n",
    }

    report = report_of(history(files), npm_registry=f"{world.address}/npm", go_proxy=f"{world.address}/go")

    assert rows(report) == {
        "github.com/BurntSushi/toml": ["v1.2.0", "2020-01-01", "2022-01-01", 2.0],
        "@scope/tool": ["2.0.0", "2020-01-01", "2021-01-01", 1.0],
    }


def test_a_version_newer_than_the_newest_stable_one_is_not_behind(world: Registries) -> None:
    world.python("a", ("a-1.0.tar.gz", "2021-01-01T00:00:00Z"), ("a-2.0b1.tar.gz", "2022-01-01T00:00:00Z"))

    report = report_of(history({"requirements.txt": "a==2.0b1\n"}), python_index=f"{world.address}/simple")

    assert value(report, "libyears") == (0.0, "")


def test_only_registries_that_are_named_are_asked_and_only_for_known_versions(world: Registries) -> None:
    files = {
        "requirements.txt": "pinned==1.0\nfree>=1\n",
        "package.json": json.dumps({"dependencies": {"left-pad": "1.0.0"}}),
    }

    report = report_of(history(files), python_index=f"{world.address}/simple")

    assert world.asked == ["/simple/pinned/"]
    assert value(report, "libyears") == (None, "no used version has a known date")


def test_a_name_that_no_registry_can_have_is_not_asked_for(world: Registries) -> None:
    names = dict.fromkeys(("../admin", "a?b=c", "@x/../y", "A B", "http://localhost/"), "1.0.0")

    report_of(
        history({"package.json": json.dumps({"dependencies": names})}), npm_registry=f"{world.address}/npm"
    )

    assert world.asked == []


@pytest.mark.parametrize(
    ("status", "why"),
    [(500, "Python: the registry answered 500"), (302, "Python: the registry answered 302")],
)
def test_a_registry_in_trouble_costs_only_the_libyears(world: Registries, status: int, why: str) -> None:
    world.status = status

    report = report_of(history({"requirements.txt": "a==1.0\n"}), python_index=f"{world.address}/simple")

    assert value(report, "libyears") == (None, why)
    assert value(report, "direct") == (1, "")


def test_a_registry_without_an_answer_is_not_asked_for_the_next_manifest(world: Registries) -> None:
    world.status = 503
    files = {f"{folder}/requirements.txt": "a==1.0\n" for folder in "xyz"}

    report_of(history(files), python_index=f"{world.address}/simple")

    assert world.asked == ["/simple/a/"]


def test_a_sum_without_the_packages_of_a_silent_registry_says_so(world: Registries) -> None:
    world.python("a", ("a-1.0.tar.gz", "2021-01-01T00:00:00Z"))
    files = {"requirements.txt": "a==1.0\n", "package.json": json.dumps({"dependencies": {"b": "1.0.0"}})}

    report = report_of(
        history(files), python_index=f"{world.address}/simple", npm_registry="http://127.0.0.1:9"
    )

    assert value(report, "libyears") == (0.0, "")
    assert "JavaScript: the registry could not be reached" in report.insights[0].description


def test_an_answer_that_trickles_is_not_waited_for(
    world: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.python("a", *((f"a-{n}.0.tar.gz", "2021-01-01T00:00:00Z") for n in range(3_000)))
    monkeypatch.setattr(package_registries, "ANSWER_SECONDS", -1.0)

    report = report_of(history({"requirements.txt": "a==1.0\n"}), python_index=f"{world.address}/simple")

    assert value(report, "libyears") == (None, "Python: the registry answers too slowly")


def test_a_registry_that_is_not_there_is_told_without_its_address() -> None:
    report = report_of(
        history({"requirements.txt": "a==1.0\n"}), python_index="http://user:secret@127.0.0.1:9/simple"
    )

    told = value(report, "libyears")[1]
    assert told == "Python: the registry could not be reached (ConnectionError)"
    assert "secret" not in repr(report)


@pytest.mark.parametrize(
    "content", [[], "text", {"files": 3}, {"files": [3, {"filename": 1}]}, {"files": None}]
)
def test_another_answer_than_the_protocols_is_no_date(world: Registries, content: object) -> None:
    world.answers["/simple/a/"] = content

    report = report_of(history({"requirements.txt": "a==1.0\n"}), python_index=f"{world.address}/simple")

    assert value(report, "libyears") == (None, "no used version has a known date")


def test_answers_are_remembered_for_a_week_and_troubles_are_not(world: Registries) -> None:
    world.python("a", ("a-1.0.tar.gz", "2021-01-01T00:00:00Z"))
    chosen, index = history({"requirements.txt": "a==1.0\n"}), f"{world.address}/simple"
    world.status = 503
    report_of(chosen, python_index=index)
    world.status = 0

    report_of(chosen, python_index=index)
    report = report_of(chosen, python_index=index)

    assert value(report, "libyears") == (0.0, "")
    assert world.asked == ["/simple/a/"] * 2
    chosen.now += timedelta(days=7)
    report_of(chosen, python_index=index)
    assert len(world.asked) == 3


@pytest.mark.parametrize("text", ["ftp://example.org", "example.org", "file:///etc/passwd"])
def test_an_address_of_another_kind_is_refused_without_being_told(text: str) -> None:
    setting = next(one for one in gitinsight_quality.register_settings() if one.name == "python_index")

    with pytest.raises(ValueError, match="begins with http") as refused:
        setting.type(text)

    assert text not in str(refused.value)
    assert setting.secret
