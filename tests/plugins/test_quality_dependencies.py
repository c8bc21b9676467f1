"""What manifests and lock files of each ecosystem name, and what the report says of a repository's packages."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gitinsight_quality
from gitinsight.plugin import EvidenceKind, Report
from gitinsight.testing import FakeHistory, analyze, table_rows, weekly_commits
from gitinsight_quality.dependencies.manifests import FORMATS, LOCKS, Manifest, direct, manifests_of, reader

PYPROJECT = """
[build-system]
requires = ["flit_core<4"]
[project]
name = "My.Project"
dependencies = ["Flask>=2 ; python_version > '3.8'", "requests==2.31.0", "my-project[extra]", "not a requirement!"]
[project.optional-dependencies]
async = ["gevent"]
dev = ["ruff"]
[dependency-groups]
test = ["pytest", {include-group = "lint"}]
[tool.poetry.dependencies]
python = "^3.11"
attrs = {version = "==23.1.0", optional = true}
[tool.poetry.group.docs.dependencies]
sphinx = "^7"
"""
UV_LOCK = """
[[package]]
name = "flask"
version = "3.0.2"
[[package]]
name = "my-project"
version = "0.1"
source = { editable = "." }
"""


NAMES = ("name", "version", "dependencies", "devDependencies", "require", "packages", "default", "package")


def history(files: Mapping[str, str | bytes], **more: Any) -> FakeHistory:
    return FakeHistory(weekly_commits(3, changes={"a.py": (3, 1)}), files, **more)


def named(files: Mapping[str, str | bytes]) -> list[tuple[str, str, str, str]]:
    """Name, requirement, scope and version of all packages, in order."""
    rows = direct(manifests_of(history(files)))
    return [(one.name, one.requirement, one.scope, one.version) for _, one in rows]


def only(files: Mapping[str, str | bytes]) -> Manifest:
    (manifest,) = manifests_of(history(files))
    return manifest


def report_of(files: Mapping[str, str | bytes], **settings: str) -> Report:
    analyzer = next(one for one in gitinsight_quality.register_analyzers() if one.name == "dependencies")
    return analyze(analyzer, history(files), settings)


def value(report: Report, metric: str, dimension: str = "") -> tuple[float | None, str]:
    (point,) = [
        one for one in report.points if (one.metric, one.dimension) == (f"dependencies.{metric}", dimension)
    ]
    return point.value, point.reason


def test_a_pyproject_names_what_each_table_needs_and_the_lock_file_tells_versions() -> None:
    assert named({"pyproject.toml": PYPROJECT, "uv.lock": UV_LOCK}) == [
        ("flask", ">=2", "run", "3.0.2"),
        ("requests", "==2.31.0", "run", "2.31.0"),
        ("gevent", "", "optional", ""),
        ("ruff", "", "development", ""),
        ("pytest", "", "development", ""),
        ("flit-core", "<4", "build", ""),
        ("attrs", "==23.1.0", "optional", "23.1.0"),
        ("sphinx", "^7", "development", ""),
    ]


def test_requirements_are_read_as_pip_does() -> None:
    text = (
        "# the web\nFlask[async] == 3.0.0  # pinned\nclick>=8 \\\n  --hash=sha256:00\n-r other.txt\n-e .\n"
        "numpy==1.*\nname @ https://example.org/name.zip\n"
    )

    assert named({"requirements.txt": text, "constraints.txt": "never==1.0\n"}) == [
        ("flask", "==3.0.0", "run", "3.0.0"),
        ("click", ">=8", "run", ""),
        ("numpy", "==1.*", "run", ""),
        ("name", "https://example.org/name.zip", "run", ""),
    ]


@pytest.mark.parametrize(
    "path",
    ["requirements-dev.txt", "dev-requirements.txt", "requirements/test.txt", "requirements/docs-build.txt"],
)
def test_requirements_for_developers_are_told_by_their_name(path: str) -> None:
    assert named({path: "pytest\n"}) == [("pytest", "", "development", "")]


def test_setup_files_are_read_and_never_run() -> None:
    script = (
        "import os\nos.abort()\nneeds = ['six>=1.0', 'attrs==23.1.0']\n"
        "setup(name='x', install_requires=needs, extras_require={'test': ['mock'], 'fast': ['lxml']})\n"
    )
    config = "[metadata]\nname = y\n[options]\ninstall_requires =\n    idna\n[options.extras_require]\ndocs = sphinx\n"

    assert named({"setup.py": script, "other/setup.cfg": config}) == [
        ("idna", "", "run", ""),
        ("sphinx", "", "development", ""),
        ("six", ">=1.0", "run", ""),
        ("attrs", "==23.1.0", "run", "23.1.0"),
        ("mock", "", "development", ""),
        ("lxml", "", "optional", ""),
    ]


def test_a_pipfile_has_its_own_lock_file() -> None:
    files = {
        "Pipfile": '[packages]\nflask = "*"\n[dev-packages]\npytest = {version = "==8.0.0"}\n',
        "Pipfile.lock": json.dumps({"default": {"Flask": {"version": "==3.0.2"}}}),
    }

    assert named(files) == [("flask", "*", "run", "3.0.2"), ("pytest", "==8.0.0", "development", "8.0.0")]


PACKAGE = json.dumps(
    {
        "name": "app",
        "dependencies": {
            "left-pad": "^1.0.0",
            "@scope/tool": "1.2.3",
            "own": "workspace:*",
            "near": "file:../near",
        },
        "devDependencies": {"jest": "^29"},
        "optionalDependencies": {"fsevents": "2"},
    }
)


@pytest.mark.parametrize(
    ("path", "lock"),
    [
        (
            "package-lock.json",
            json.dumps(
                {
                    "packages": {
                        "": {"version": "0"},
                        "node_modules/left-pad": {"version": "1.3.0"},
                        "node_modules/jest/node_modules/left-pad": {"version": "0.9.0"},
                        "node_modules/jest": {"version": "29.7.0"},
                    }
                }
            ),
        ),
        (
            "package-lock.json",
            json.dumps({"dependencies": {"left-pad": {"version": "1.3.0"}, "jest": {"version": "29.7.0"}}}),
        ),
        (
            "yarn.lock",
            '# yarn lockfile v1\n\nleft-pad@^0.9, left-pad@^1.0.0:\n  version "1.3.0"\n  resolved "x"\n\n'
            '"jest@^29":\n  version "29.7.0"\n',
        ),
        (
            "yarn.lock",
            '"left-pad@npm:^0.8.0":\n  version: 0.8.0\n\n"left-pad@npm:^1.0.0":\n  version: 1.3.0\n\n'
            '"jest@npm:^29":\n  version: 29.7.0\n',
        ),
        (
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      left-pad:\n        specifier: ^1.0.0\n"
            "        version: 1.3.0(react@18)\n    devDependencies:\n      jest:\n        specifier: ^29\n"
            "        version: 29.7.0\n\npackages:\n\n  left-pad@1.3.0: {}\n",
        ),
    ],
)
def test_the_lock_files_of_three_package_managers_are_read(path: str, lock: str) -> None:
    assert named({"package.json": PACKAGE, path: lock}) == [
        ("left-pad", "^1.0.0", "run", "1.3.0"),
        ("@scope/tool", "1.2.3", "run", "1.2.3"),
        ("fsevents", "2", "optional", ""),
        ("jest", "^29", "development", "29.7.0"),
    ]


def test_a_lock_file_counts_for_the_folders_below_it_and_the_nearest_one_wins() -> None:
    lock = json.dumps({"packages": {"node_modules/jest": {"version": "1.0.0"}}})
    near = json.dumps({"packages": {"node_modules/jest": {"version": "2.0.0"}}})
    one = json.dumps({"dependencies": {"jest": "*"}})
    files = {
        "package-lock.json": lock,
        "a/package.json": one,
        "b/package.json": one,
        "b/package-lock.json": near,
    }

    assert [version for *_, version in named(files)] == ["1.0.0", "2.0.0"]


def test_go_names_exact_versions_and_its_indirect_requirements_are_left_out() -> None:
    text = (
        "module example.org/own\n\ngo 1.22\n\nrequire github.com/spf13/pflag v1.0.5\n\nrequire (\n"
        "\tgolang.org/x/sys v0.1.0\n\tgopkg.in/yaml.v3 v3.0.1 // indirect\n)\n"
    )

    assert named({"go.mod": text}) == [
        ("github.com/spf13/pflag", "v1.0.5", "run", "v1.0.5"),
        ("golang.org/x/sys", "v0.1.0", "run", "v0.1.0"),
    ]


def test_crates_of_all_tables_are_read_and_those_of_the_workspace_left_out() -> None:
    text = """
[package]
name = "own"
[dependencies]
serde = { version = "1.0", optional = true }
log = "=0.4.20"
near = { path = "../near" }
shared = { workspace = true }
[target.'cfg(unix)'.dependencies]
libc = "0.2"
[dev-dependencies]
old = { package = "older", version = "2" }
[build-dependencies]
cc = "1"
"""
    lock = (
        '[[package]]\nname = "serde"\nversion = "1.0.197"\n[[package]]\nname = "libc"\nversion = "0.2.1"\n'
        '[[package]]\nname = "libc"\nversion = "0.1.9"\n'
    )

    assert named({"Cargo.toml": text, "Cargo.lock": lock}) == [
        ("serde", "1.0", "optional", "1.0.197"),
        ("log", "=0.4.20", "run", "0.4.20"),
        ("cc", "1", "build", ""),
        ("older", "2", "development", ""),
        ("libc", "0.2", "run", ""),
    ]


def test_gems_composer_maven_gradle_and_nuget() -> None:
    pom = """<project xmlns="http://maven.apache.org/POM/4.0.0"><groupId>org.own</groupId><artifactId>app</artifactId>
    <version>1</version><properties><guava.version>33.0-jre</guava.version></properties>
    <dependencyManagement><dependencies><dependency><groupId>a</groupId><artifactId>managed</artifactId>
    <version>2.1</version></dependency></dependencies></dependencyManagement>
    <dependencies>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>${guava.version}</version></dependency>
    <dependency><groupId>a</groupId><artifactId>managed</artifactId></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>app</artifactId></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>[4,5)</version><scope>test</scope></dependency>
    </dependencies></project>"""
    files = {
        "Gemfile": "source 'https://example.org'\ngem 'rack', '~> 3.0'\n  gem \"puma\"\n",
        "Gemfile.lock": "GEM\n  specs:\n    rack (3.0.9)\n      base64 (1.0)\n    puma (6.4.2-java)\n",
        "own.gemspec": "Gem::Specification.new do |s|\n  s.name = 'own'\n  s.add_development_dependency 'rspec', '3.13.0'\nend\n",
        "composer.json": json.dumps(
            {"require": {"php": ">=8", "ext-json": "*", "Psr/Log": "^3"}, "require-dev": {"x/y": "1.2.3"}}
        ),
        "composer.lock": json.dumps({"packages": [{"name": "psr/log", "version": "3.0.0"}]}),
        "pom.xml": pom,
        "sub/build.gradle": "dependencies {\n  implementation 'org.slf4j:slf4j-api:2.0.9'\n  testImplementation(\"a:b:1.+\")\n}\n",
        "x/App.csproj": '<Project><ItemGroup><PackageReference Include="Serilog" Version="3.1.1" /></ItemGroup></Project>',
    }

    assert named(files) == [
        ("rack", "~> 3.0", "run", "3.0.9"),
        ("puma", "", "run", "6.4.2"),
        ("psr/log", "^3", "run", "3.0.0"),
        ("x/y", "1.2.3", "development", "1.2.3"),
        ("rspec", "3.13.0", "development", "3.13.0"),
        ("com.google.guava:guava", "33.0-jre", "run", "33.0-jre"),
        ("a:managed", "2.1", "run", "2.1"),
        ("junit:junit", "[4,5)", "development", ""),
        ("org.slf4j:slf4j-api", "2.0.9", "run", "2.0.9"),
        ("a:b", "1.+", "development", ""),
        ("Serilog", "3.1.1", "run", "3.1.1"),
    ]


def test_packages_that_the_repository_provides_itself_are_no_dependencies() -> None:
    files = {
        "a/package.json": json.dumps({"name": "a", "dependencies": {"b": "1.0.0", "c": "1.0.0"}}),
        "b/package.json": json.dumps({"name": "b"}),
    }

    assert [name for name, *_ in named(files)] == ["c"]


def test_manifests_of_tests_and_vendored_ones_are_out() -> None:
    text = "six\n"
    files = {"tests/data/requirements.txt": text, "vendor/x/requirements.txt": text, "requirements.txt": text}

    found = manifests_of(history(files, vendored=["vendor/x/requirements.txt"]))

    assert [manifest.path for manifest in found] == ["requirements.txt"]


@pytest.mark.parametrize(
    ("path", "content", "problem"),
    [
        ("pyproject.toml", "[project", "it does not follow its format"),
        ("pyproject.toml", b"\xff\xfe", "it is no UTF-8 text"),
        ("Cargo.toml", "x = a" + ".b" * 100_000, "it has a line with over 1,000 dots"),
        ("package.json", "[" * 100_000, "it does not follow its format"),
        ("setup.py", "(" * 5_000, "it does not follow its format"),
        ("setup.cfg", "no section", "it is no INI file"),
        (
            "pom.xml",
            '<!DOCTYPE x [<!ENTITY a "aa">]><project/>',
            "it declares a document type, which is not read",
        ),
        ("pom.xml", "<project>", "it is no XML"),
        ("go.mod", b"x" * 1_000_001, "it is over 1 MB"),
    ],
)
def test_a_manifest_that_cannot_be_read_says_why(path: str, content: str | bytes, problem: str) -> None:
    assert only({path: content}).problem == problem


@pytest.mark.parametrize("part", ["project", "dependencies", "devDependencies"])
@pytest.mark.parametrize("content", ["null", "[]", "3", '{"x": null}', '"text"'])
def test_other_things_in_the_place_of_tables_are_passed_over(part: str, content: str) -> None:
    assert named({"package.json": f'{{"{part}": {content}}}', "sub/package.json": content}) == []


def test_the_report_counts_each_package_once_and_shows_all_rows() -> None:
    files = {
        "pyproject.toml": PYPROJECT,
        "uv.lock": UV_LOCK,
        "requirements.txt": "flask==2.0.0\nredis\n",
        "package.json": PACKAGE,
    }
    report = report_of(files)

    assert value(report, "manifests") == (3, "")
    assert value(report, "direct") == (13, "")
    assert value(report, "direct", "Python") == (9, "")
    assert value(report, "known_share")[0] == pytest.approx(4 / 13)
    assert value(report, "libyears")[0] is None
    assert "GITINSIGHT_QUALITY_PYTHON_INDEX" in value(report, "libyears")[1]
    (insight,) = report.insights
    assert insight.title == "13 direct dependencies in 3 manifests"
    assert [evidence.ref for evidence in insight.evidence] == [
        "package.json",
        "pyproject.toml",
        "requirements.txt",
    ]
    (table,) = report.artifacts
    assert [column["name"] for column in table.content["columns"]] == [
        *("package", "version", "requirement", "scope", "ecosystem", "manifest")
    ]
    assert table.content["total"] == 14
    assert ["flask", "2.0.0", "==2.0.0", "run", "Python", "requirements.txt"] in table.content["rows"]


def test_a_repository_without_manifests_is_told_so() -> None:
    report = report_of({"main.c": "int main() {}\n"})

    assert value(report, "direct") == (0, "")
    assert value(report, "known_share") == (None, "no dependency manifest at this commit")
    (insight,) = report.insights
    assert insight.title == "No dependency manifest was found"
    assert [evidence.kind for evidence in insight.evidence] == [EvidenceKind.COMMIT]


def test_the_exported_table_has_the_packages() -> None:
    (table,) = [one for one in gitinsight_quality.register_tables() if one.name == "dependencies"]

    rows = table_rows(table, history({"requirements.txt": "flask==2.0.0\nredis>=4\n"})).rows()

    assert rows == [
        ("requirements.txt", "Python", "flask", "run", "==2.0.0", "2.0.0"),
        ("requirements.txt", "Python", "redis", "run", ">=4", None),
    ]


@settings(max_examples=20)
@pytest.mark.parametrize("read", [*{form.parse for form in FORMATS}, *set(LOCKS.values())])
@given(
    text=st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.text(), lambda part: st.lists(part) | st.dictionaries(st.sampled_from(NAMES), part)
        ).map(json.dumps),
    )
)
def test_no_text_is_too_odd(read: Callable[[str], Any], text: str) -> None:
    told = reader(read)(text.encode("utf-8", "surrogatepass"))

    assert json.loads(json.dumps(told)) == told
