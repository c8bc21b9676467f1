"""Configuration from the environment: each setting, its refusals, and what is never shown."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from redis import Redis

from gitinsight import config
from gitinsight.config import SETTINGS, embedded_socket, load_settings
from gitinsight.errors import ConfigurationError

KEY = "k" * 32
STRICT = {
    "GITINSIGHT_PROFILE": "production",
    "DATABASE_URL": "postgresql://db/gitinsight",
    "REDIS_URL": "redis://cache/0",
    "GITINSIGHT_SECRET_KEY": KEY,
}
PARSED = [
    ("GITINSIGHT_PROFILE", "testing", "testing"),
    ("GITINSIGHT_HOST", "0.0.0.0", "0.0.0.0"),
    ("PORT", "0", 0),
    ("PORT", "65535", 65535),
    ("GITINSIGHT_BASE_URL", "https://insight.example.org/", "https://insight.example.org"),
    ("GITINSIGHT_BASE_URL", "http://[::1]:8000/git", "http://[::1]:8000/git"),
    ("DATABASE_URL", "postgres://u:p@db:5432/x", "postgresql+psycopg://u:p@db:5432/x"),
    ("DATABASE_URL", "postgresql://db/x?sslmode=require", "postgresql+psycopg://db/x?sslmode=require"),
    ("DATABASE_URL", "postgresql+psycopg:///x", "postgresql+psycopg:///x"),
    ("DATABASE_URL", "postgres://u:p/[#:x@db/x", "postgresql+psycopg://u:p/[#:x@db/x"),
    ("DATABASE_URL", "postgres://[::1]:5433/x", "postgresql+psycopg://[::1]:5433/x"),
    ("DATABASE_URL", "sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ("REDIS_URL", "rediss://:p@cache:6380/1", "rediss://:p@cache:6380/1"),
    ("REDIS_URL", "unix:///run/redis", "unix:///run/redis"),
    ("GITINSIGHT_SECRET_KEY", KEY, KEY),
    ("GITINSIGHT_SECRET_KEY_FALLBACKS", f"{KEY}, {KEY}x,", (KEY, f"{KEY}x")),
    ("GITINSIGHT_REGISTRATION", "off", False),
    ("GITINSIGHT_GITHUB_CLIENT_ID", "Iv1.8a61f9b3a7aba766", "Iv1.8a61f9b3a7aba766"),
    ("GITINSIGHT_GITHUB_CLIENT_SECRET", "s3cret", "s3cret"),
    ("GITINSIGHT_GITHUB_URL", "https://github.example.org/", "https://github.example.org"),
    ("GITINSIGHT_OIDC_ISSUER", "https://id.example.org/realm", "https://id.example.org/realm"),
    ("GITINSIGHT_OIDC_CLIENT_ID", "gitinsight", "gitinsight"),
    ("GITINSIGHT_OIDC_CLIENT_SECRET", "s3cret", "s3cret"),
    ("GITINSIGHT_OIDC_NAME", "Example", "Example"),
    ("GITINSIGHT_HISTORY_URL", "s3://bucket/history", "s3://bucket/history"),
    ("GITINSIGHT_WORKERS", "1", 1),
    ("GITINSIGHT_WEB_CONCURRENCY", "4", 4),
    ("GITINSIGHT_ALLOW_LOCAL_PATHS", "Yes", True),
    ("GITINSIGHT_ALLOW_PRIVATE_ADDRESSES", "off", False),
    ("GITINSIGHT_ALLOWED_SCHEMES", "https, git,", frozenset({"https", "git"})),
    ("GITINSIGHT_MIRROR_MAX_BYTES", "1", 1),
    ("GITINSIGHT_FETCH_TIMEOUT_SECONDS", "7", 7),
    ("GITINSIGHT_MIN_FREE_BYTES", "0", 0),
    ("GITINSIGHT_ANALYZER_TIMEOUT_SECONDS", "9", 9),
    ("GITINSIGHT_ANALYZER_MEMORY_BYTES", "4294967296", 4294967296),
    ("GITINSIGHT_INFERENCE_PROCESSES", "2", 2),
    ("GITINSIGHT_INFERENCE_TIMEOUT_SECONDS", "5", 5),
    ("GITINSIGHT_INFERENCE_MEMORY_BYTES", "536870912", 536870912),
    ("GITINSIGHT_TRUSTED_PROXIES", "2", 2),
    ("GITINSIGHT_RATE_LIMIT_GUEST", "0", 0),
    ("GITINSIGHT_RATE_LIMIT_USER", "2000", 2000),
    ("GITINSIGHT_RATE_LIMIT_PREMIUM", "9000", 9000),
    ("GITINSIGHT_RATE_LIMIT_ADMIN", "0", 0),
    ("GITINSIGHT_RATE_LIMIT_ADDRESS", "600", 600),
    (
        "GITINSIGHT_CORS_ORIGINS",
        "https://a.example, http://[::1]:3000,",
        {"https://a.example", "http://[::1]:3000"},
    ),
    ("GITINSIGHT_CORS_ORIGINS", "*", {"*"}),
    ("GITINSIGHT_AUDIT_MONTHS", "12", 12),
    ("GITINSIGHT_METRICS_TOKEN", "t0ken", "t0ken"),
    ("GITINSIGHT_LOG_LEVEL", "debug", "debug"),
    ("GITINSIGHT_LOG_FORMAT", "json", "json"),
]
REFUSED = [
    ("GITINSIGHT_PROFILE", "Production", "expected one of development, testing, staging, production"),
    ("GITINSIGHT_HOME", "~nobody-of-this-name/x", "cannot be used"),
    ("GITINSIGHT_HOME", "/dev/null/x", "cannot be used"),
    ("PORT", "65536", "expected a port from 0 to 65535"),
    ("PORT", "http", "expected a port from 0 to 65535"),
    ("GITINSIGHT_BASE_URL", "insight.example.org", "expected http(s)://host"),
    ("GITINSIGHT_BASE_URL", "https://:8000", "expected http(s)://host"),
    ("GITINSIGHT_BASE_URL", "https://example.org/?a=b", "expected http(s)://host"),
    ("GITINSIGHT_BASE_URL", "https://example.org:port", "GITINSIGHT_BASE_URL"),
    ("DATABASE_URL", "mysql://db/x", "expected `postgresql://…` or `sqlite:///…`"),
    ("DATABASE_URL", "postgres", "expected `postgresql://…` or `sqlite:///…`"),
    ("DATABASE_URL", "postgres://db:port/x", "expected `postgresql://…` or `sqlite:///…`"),
    ("DATABASE_URL", "sqlite://", "expected `postgresql://…` or `sqlite:///…`"),
    ("DATABASE_URL", "sqlite:///:memory:", "expected `postgresql://…` or `sqlite:///…`"),
    ("DATABASE_URL", "sqlite://x.db", "expected `postgresql://…` or `sqlite:///…`"),
    ("REDIS_URL", "localhost:6379", "expected `redis://…`"),
    ("REDIS_URL", "redis://cache:port/0", "expected `redis://…`"),
    ("GITINSIGHT_SECRET_KEY_FALLBACKS", f"{KEY},short", "expected former secret keys of at least 32"),
    ("GITINSIGHT_REGISTRATION", "open", "expected true or false"),
    ("GITINSIGHT_GITHUB_URL", "github.com", "expected http(s)://host"),
    ("GITINSIGHT_OIDC_ISSUER", "id.example.org", "expected http(s)://host"),
    ("GITINSIGHT_GITHUB_URL", "https://ann:s3cret@github.example.org", "expected GitHub, or a GitHub"),
    ("GITINSIGHT_WORKERS", "0", "expected a whole number above 0"),
    ("GITINSIGHT_WEB_CONCURRENCY", "1.5", "expected a whole number above 0"),
    ("GITINSIGHT_ALLOW_LOCAL_PATHS", "maybe", "expected true or false"),
    ("GITINSIGHT_ALLOW_PRIVATE_ADDRESSES", "2", "expected true or false"),
    ("GITINSIGHT_ALLOWED_SCHEMES", "https,file", "expected some of git, http, https, ssh"),
    ("GITINSIGHT_ALLOWED_SCHEMES", ",", "expected some of git, http, https, ssh"),
    ("GITINSIGHT_MIRROR_MAX_BYTES", "4G", "expected a whole number above 0"),
    ("GITINSIGHT_FETCH_TIMEOUT_SECONDS", "-1", "expected a whole number above 0"),
    ("GITINSIGHT_MIN_FREE_BYTES", "-1", "expected a whole number, 0 or more"),
    ("GITINSIGHT_ANALYZER_TIMEOUT_SECONDS", "٣", "expected a whole number above 0"),
    ("GITINSIGHT_ANALYZER_MEMORY_BYTES", "9" * 5000, "expected a whole number above 0"),
    ("GITINSIGHT_INFERENCE_PROCESSES", "0", "expected a whole number above 0"),
    ("GITINSIGHT_INFERENCE_TIMEOUT_SECONDS", "1.5", "expected a whole number above 0"),
    ("GITINSIGHT_INFERENCE_MEMORY_BYTES", "1GB", "expected a whole number above 0"),
    ("GITINSIGHT_AUDIT_MONTHS", "-1", "expected a whole number, 0 or more"),
    ("GITINSIGHT_TRUSTED_PROXIES", "one", "expected a whole number, 0 or more"),
    ("GITINSIGHT_RATE_LIMIT_GUEST", "-1", "expected a whole number, 0 or more"),
    ("GITINSIGHT_RATE_LIMIT_USER", "1000/h", "expected a whole number, 0 or more"),
    ("GITINSIGHT_RATE_LIMIT_PREMIUM", "many", "expected a whole number, 0 or more"),
    ("GITINSIGHT_RATE_LIMIT_ADMIN", "1e3", "expected a whole number, 0 or more"),
    ("GITINSIGHT_RATE_LIMIT_ADDRESS", "1.5", "expected a whole number, 0 or more"),
    *(
        ("GITINSIGHT_CORS_ORIGINS", text, "expected origins such as https://app.example.org")
        for text in (
            *(
                "app.example.org",
                "https://app.example.org/",
                "https://App.example.org",
                "https://a.example:443",
            ),
            *(
                "*,https://a.example",
                "https://*.example.org",
                "null",
                ",",
                "ftp://a.example",
            ),
            *("https://", "https://a.example?x", "https://ä.example", "https://a.example https://b.example"),
        )
    ),
    ("GITINSIGHT_CORS_ORIGINS", "https://u@a.example", "expected origins of other sites"),
    ("GITINSIGHT_CORS_ORIGINS", "https://a.example:port", "GITINSIGHT_CORS_ORIGINS"),
    ("GITINSIGHT_LOG_LEVEL", "trace", "expected one of debug, info, warning, error"),
    ("GITINSIGHT_LOG_FORMAT", "xml", "expected one of auto, text, json"),
]
ANY_TEXT = {
    *("GITINSIGHT_HOST", "GITINSIGHT_SECRET_KEY", "GITINSIGHT_HISTORY_URL", "GITINSIGHT_METRICS_TOKEN"),
    *("GITINSIGHT_GITHUB_CLIENT_ID", "GITINSIGHT_GITHUB_CLIENT_SECRET", "GITINSIGHT_OIDC_CLIENT_ID"),
    *("GITINSIGHT_OIDC_CLIENT_SECRET", "GITINSIGHT_OIDC_NAME"),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_these_tests_know_every_setting() -> None:
    variables = {spec.variable for spec in SETTINGS}

    assert {variable for variable, _, _ in PARSED} == variables - {"GITINSIGHT_HOME"}
    assert {variable for variable, _, _ in REFUSED} == variables - ANY_TEXT


@pytest.mark.parametrize(("variable", "text", "value"), PARSED)
def test_a_setting_is_read_from_its_variable(home: Path, variable: str, text: str, value: object) -> None:
    settings = load_settings({"GITINSIGHT_HOME": str(home), variable: text})

    field = next(spec.field for spec in SETTINGS if spec.variable == variable)
    assert getattr(settings, field) == value


@pytest.mark.parametrize(("variable", "text", "reason"), REFUSED)
def test_a_wrong_value_is_refused_with_its_variable_and_what_is_allowed(
    home: Path, variable: str, text: str, reason: str
) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"GITINSIGHT_HOME": str(home), variable: text})

    assert refusal.value.message.startswith(f"{variable}: ")
    assert reason in refusal.value.message
    assert "s3cret" not in refusal.value.message


def test_all_wrong_values_are_told_at_once(home: Path) -> None:
    environment = {"GITINSIGHT_HOME": str(home), "PORT": "x", "GITINSIGHT_WORKERS": "x"}

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environment)

    told = refusal.value.message.splitlines()
    assert [line.partition(":")[0] for line in told] == ["PORT", "GITINSIGHT_WORKERS"]
    assert not home.exists()


@pytest.mark.parametrize("variable", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("text", ["redis://u:hunter2@[x/0", "postgres://u:hunter2@db:p/x", "hunter2"])
def test_a_secret_is_in_no_refusal(home: Path, variable: str, text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"GITINSIGHT_HOME": str(home), variable: text})

    assert "hunter2" not in refusal.value.message


def test_a_secret_is_in_no_representation(home: Path) -> None:
    secrets = {
        "DATABASE_URL": "postgres://u:hunter2@db/x",
        "REDIS_URL": "redis://:hunter2@cache",
        "GITINSIGHT_SECRET_KEY": "hunter2" * 8,
        "GITINSIGHT_SECRET_KEY_FALLBACKS": "hunter2" * 9,
        "GITINSIGHT_GITHUB_CLIENT_SECRET": "hunter2",
        "GITINSIGHT_OIDC_CLIENT_SECRET": "hunter2",
        "GITINSIGHT_METRICS_TOKEN": "hunter2",
        "GITINSIGHT_FORGE_TOKEN": "hunter2",
    }

    settings = load_settings({"GITINSIGHT_HOME": str(home)} | secrets)

    assert "hunter2" not in repr(settings) + str(settings)
    assert settings.environment["GITINSIGHT_FORGE_TOKEN"] == "hunter2"
    assert {spec.variable for spec in SETTINGS if spec.secret} == secrets.keys() - {"GITINSIGHT_FORGE_TOKEN"}
    place = load_settings({"GITINSIGHT_HOME": str(home), "GITINSIGHT_HISTORY_URL": "s3://key:hunter2@bucket"})
    assert "hunter2" not in repr(place)


@pytest.mark.parametrize("profile", ["staging", "production"])
@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "GITINSIGHT_SECRET_KEY"])
def test_production_and_staging_need_what_a_laptop_has_by_default(
    home: Path, profile: str, missing: str
) -> None:
    environment = STRICT | {"GITINSIGHT_HOME": str(home), "GITINSIGHT_PROFILE": profile}
    assert load_settings(environment).is_production
    del environment[missing]

    with pytest.raises(ConfigurationError) as refusal:
        load_settings(environment)

    assert refusal.value.message == f"The {profile} profile needs {missing}."


def test_production_refuses_a_short_key(home: Path) -> None:
    environment = STRICT | {"GITINSIGHT_HOME": str(home), "GITINSIGHT_SECRET_KEY": "k" * 31}

    with pytest.raises(ConfigurationError, match=r"GITINSIGHT_SECRET_KEY: .* at least 32 characters"):
        load_settings(environment)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("GITINSIGHT_WORKER", "GITINSIGHT_WORKERS"),
        ("GITINSIGHT_ALLOW_LOCAL_PATH", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
        ("GITINSIGHT_PORT", "PORT"),
        ("GITINSIGHT_DATABASE_URL", "DATABASE_URL"),
    ],
)
def test_a_misspelt_name_is_told_with_the_right_one(home: Path, written: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{written} is not a setting; did you mean {meant}\\?$"):
        load_settings({"GITINSIGHT_HOME": str(home), written: "1"})


def test_a_plugins_own_variable_is_kept_for_it(home: Path) -> None:
    settings = load_settings(
        {"GITINSIGHT_HOME": str(home), "GITINSIGHT_PROBE_GREETING": "hello", "USER": "a"}
    )

    assert settings.environment == {"GITINSIGHT_HOME": str(home), "GITINSIGHT_PROBE_GREETING": "hello"}


def test_a_checkout_keeps_its_state_in_its_instance_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "_CHECKOUT", tmp_path)
    (tmp_path / "wsgi.py").touch()

    assert load_settings({}).home == tmp_path / "instance"


def test_an_installed_product_keeps_its_state_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "_CHECKOUT", tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    assert load_settings({}).home == tmp_path / "data" / "gitinsight"


def test_a_home_folder_with_odd_characters_is_used_as_it_is_written(tmp_path: Path) -> None:
    home = tmp_path / "my höme #1 %41"

    settings = load_settings({"GITINSIGHT_HOME": str(home)})

    assert settings.history_url == f"file://{home}/history"
    assert settings.database_url == f"sqlite:///{home}/gitinsight.db"
    connected_to = Redis.from_url(settings.redis_url).connection_pool.connection_kwargs["path"]
    assert connected_to == str(embedded_socket(home))
    assert settings.uses_embedded_redis


def test_a_redis_of_ones_own_is_not_embedded(home: Path) -> None:
    settings = load_settings({"GITINSIGHT_HOME": str(home), "REDIS_URL": "redis://localhost"})

    assert not settings.uses_embedded_redis


def test_the_secret_key_is_made_once_for_its_owner_only(home: Path) -> None:
    first, second = (load_settings({"GITINSIGHT_HOME": str(home)}) for _ in range(2))

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_share_one_secret_key(home: Path) -> None:
    program = (
        "import sys; from gitinsight.config import load_settings; sys.stdin.read(); "
        f"print(load_settings({{'GITINSIGHT_HOME': {str(home)!r}}}).secret_key)"
    )
    command = [sys.executable, "-c", program]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None

    keys = {process.communicate(timeout=60)[0] for process in started}

    assert len(keys) == 1
    assert (home / "secret_key").read_text() == keys.pop().strip()


def test_a_key_file_that_lost_its_content_is_refused(home: Path) -> None:
    home.mkdir()
    (home / "secret_key").touch()

    with pytest.raises(ConfigurationError, match="secret_key holds no key; delete it"):
        load_settings({"GITINSIGHT_HOME": str(home)})


@pytest.mark.parametrize("name", ["h", "x" * 90, "ö" * 45])
@pytest.mark.parametrize("temporary", ["/tmp", "/tmp/" + "t" * 90])
def test_the_embedded_socket_has_a_path_that_the_kernel_takes(
    name: str, temporary: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", temporary)
    home = Path("/srv") / name

    socket = embedded_socket(home)

    assert len(os.fsencode(socket)) < 100
    assert socket == embedded_socket(home)
    assert (socket.parent == home / "valkey") == (name == "h")
    assert socket != embedded_socket(home.with_name(f"{name}2"))
