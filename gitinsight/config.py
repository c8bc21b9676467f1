"""Every setting of the product in one table, read from environment variables and checked at start.

A wrong value stops the process with its name and what is allowed; ``production`` refuses defaults
that are only safe on one's own machine. The README's table is generated from ``SETTINGS``.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from platformdirs import user_data_path

from gitinsight.errors import ConfigurationError

SHARED_COUNTERS = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client's variable for the folder in which processes add up what they count."""
PROFILES = ("development", "testing", "staging", "production")
_CHECKOUT = Path(__file__).resolve().parent.parent
_SCHEMES = frozenset({"https", "ssh", "http", "git"})
_MOST_DIGITS = 18
_LAST_PORT = 65535
_SHORTEST_KEY = 32
_MOST_SOCKET_BYTES = 100
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:]+\]")


@dataclass(frozen=True, slots=True)
class SettingSpec:
    """One row of the table: the variable, how its text is read, and what it means."""

    variable: str
    type: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False

    @property
    def field(self) -> str:
        """The attribute of ``Settings`` that holds the value."""
        return self.variable.removeprefix("GITINSIGHT_").lower()

    @property
    def is_address(self) -> bool:
        """Whether the value is an address that has a secret part, not a secret as a whole."""
        return self.type in {_database_url, _redis_url}


def _switch(text: str) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in known:
        raise ValueError("expected true or false")
    return known[text.lower()]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _positive(text: str) -> int:
    if not _is_number(text) or int(text) == 0:
        raise ValueError("expected a whole number above 0")
    return int(text)


def _count(text: str) -> int:
    if not _is_number(text):
        raise ValueError("expected a whole number, 0 or more")
    return int(text)


def _port(text: str) -> int:
    if not _is_number(text) or int(text) > _LAST_PORT:
        raise ValueError(f"expected a port from 0 to {_LAST_PORT}")
    return int(text)


def _schemes(text: str) -> frozenset[str]:
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    if not words or words - _SCHEMES:
        raise ValueError(f"expected some of {', '.join(sorted(_SCHEMES))}, separated by commas")
    return words


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"expected one of {', '.join(allowed)}")
        return text

    return parse


def _database_url(text: str) -> str:
    """SQLAlchemy's form of a database address; PaaS add-ons still say ``postgres://``."""
    scheme, separator, rest = text.partition("://")
    if scheme in {"postgres", "postgresql", "postgresql+psycopg"} and separator:
        # A password may hold what urlsplit stumbles over, so only the part after it is looked at.
        host = rest.rpartition("@")[2].partition("/")[0].partition("?")[0]
        if colon_and_port := host.rpartition("]")[2].partition(":")[2]:
            _port(colon_and_port)
        if find_spec("psycopg") is None:
            raise ValueError("PostgreSQL needs its driver: pip install 'gitinsight[postgres]'")
        return f"postgresql+psycopg://{rest}"
    if scheme != "sqlite" or not rest.startswith("/") or rest in {"/", "/:memory:"}:
        raise ValueError("expected sqlite:///… or postgresql://…")
    return text


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    # Asking for the port checks it.
    if parts.scheme not in {"redis", "rediss", "unix"} or parts.port == 0:
        raise ValueError("expected redis://, rediss:// or unix://")
    return text


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if any(len(key) < _SHORTEST_KEY for key in keys):
        raise ValueError("too short")
    return keys


def _origins(text: str) -> frozenset[str]:
    """Origins as browsers write them, or any one; a path or a trailing slash would never match."""
    words = frozenset(word.strip() for word in text.split(",") if word.strip())
    if not words or ("*" in words and len(words) > 1) or not all(map(_is_origin, words - {"*"})):
        raise ValueError("expected origins such as https://app.example.org, separated by commas, or * alone")
    return words


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port not in {None, default} else ""
    is_host = _HOST.fullmatch(host) is not None
    return default is not None and is_host and text == f"{parts.scheme}://{host}{port}"


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    # Whoever follows a link would be told a password in it.
    plain = text.isprintable() and not set(" @?#") & set(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0 or not plain:
        raise ValueError("expected http(s)://host")
    return text.rstrip("/")


SETTINGS: tuple[SettingSpec, ...] = (
    SettingSpec(
        "GITINSIGHT_PROFILE",
        _one_of(*PROFILES),
        "development",
        "which defaults and checks apply: " + ", ".join(PROFILES),
    ),
    SettingSpec(
        "GITINSIGHT_HOME",
        Path,
        None,
        "folder for all state; default `instance/` in a checkout, else the user's data folder",
    ),
    SettingSpec("GITINSIGHT_HOST", str, "127.0.0.1", "address that the web server listens on"),
    SettingSpec("PORT", _port, 8000, "port that the web server listens on; 0 takes a free one"),
    SettingSpec(
        "GITINSIGHT_BASE_URL",
        _base_url,
        "",
        "public address of this installation, for links; default the listening address",
    ),
    SettingSpec(
        "DATABASE_URL",
        _database_url,
        "",
        "`postgresql://…` or `sqlite:///…`; default SQLite in the home folder",
        secret=True,
    ),
    SettingSpec(
        "REDIS_URL", _redis_url, "", "`redis://…`; default an embedded Valkey in the home folder", secret=True
    ),
    SettingSpec(
        "GITINSIGHT_SECRET_KEY",
        str,
        "",
        "signs sessions; default a random one kept in the home folder",
        secret=True,
    ),
    SettingSpec(
        "GITINSIGHT_SECRET_KEY_FALLBACKS",
        _keys,
        (),
        f"former secret keys of at least {_SHORTEST_KEY} characters, separated by commas, that still open "
        "what they signed or encrypted",
        secret=True,
    ),
    SettingSpec(
        "GITINSIGHT_REGISTRATION",
        _switch,
        True,
        "let everybody with an account at the identity provider sign in; off, only those who did before",
    ),
    SettingSpec(
        "GITINSIGHT_GITHUB_CLIENT_ID",
        str,
        "",
        "client id of a GitHub OAuth app whose callback is `/auth/github/callback`; none, no sign-in by GitHub",
    ),
    SettingSpec("GITINSIGHT_GITHUB_CLIENT_SECRET", str, "", "client secret of that app", secret=True),
    SettingSpec(
        "GITINSIGHT_GITHUB_URL", _base_url, "https://github.com", "GitHub, or a GitHub Enterprise server"
    ),
    SettingSpec(
        "GITINSIGHT_OIDC_ISSUER",
        _base_url,
        "",
        "issuer of an OpenID Connect provider, callback `/auth/oidc/callback`; none, no sign-in by it",
    ),
    SettingSpec("GITINSIGHT_OIDC_CLIENT_ID", str, "", "client id at that provider"),
    SettingSpec("GITINSIGHT_OIDC_CLIENT_SECRET", str, "", "client secret at that provider", secret=True),
    SettingSpec("GITINSIGHT_OIDC_NAME", str, "OpenID Connect", "the provider's name on the sign-in page"),
    SettingSpec(
        "GITINSIGHT_HISTORY_URL",
        str,
        "",
        "where history files are kept, any fsspec address such as `s3://bucket/history`; default the home folder",
    ),
    SettingSpec("GITINSIGHT_WORKERS", _positive, 2, "analysis workers that `gitinsight up` starts"),
    SettingSpec("GITINSIGHT_WEB_CONCURRENCY", _positive, 1, "web processes that `gitinsight web` starts"),
    SettingSpec(
        "GITINSIGHT_ALLOW_LOCAL_PATHS",
        _switch,
        False,
        "let signed-in users add repositories by a path on the server",
    ),
    SettingSpec(
        "GITINSIGHT_ALLOW_PRIVATE_ADDRESSES",
        _switch,
        False,
        "let repository addresses resolve to private, loopback or link-local networks",
    ),
    SettingSpec(
        "GITINSIGHT_ALLOWED_SCHEMES",
        _schemes,
        frozenset({"https", "ssh"}),
        "schemes of repository addresses, of https, ssh, http, git",
    ),
    SettingSpec("GITINSIGHT_MIRROR_MAX_BYTES", _positive, 4 * 1024**3, "largest repository that is fetched"),
    SettingSpec(
        "GITINSIGHT_FETCH_TIMEOUT_SECONDS", _positive, 3600, "longest time that a clone or fetch may take"
    ),
    SettingSpec(
        "GITINSIGHT_MIN_FREE_BYTES", _count, 1024**3, "a fetch stops when the disk has less free than this"
    ),
    SettingSpec(
        "GITINSIGHT_ANALYZER_TIMEOUT_SECONDS", _positive, 1800, "longest time that one analyzer may take"
    ),
    SettingSpec(
        "GITINSIGHT_ANALYZER_MEMORY_BYTES", _positive, 4 * 1024**3, "most memory that one analyzer may hold"
    ),
    SettingSpec(
        "GITINSIGHT_INFERENCE_PROCESSES",
        _positive,
        1,
        "processes that run models for the API, for each web process; they end when idle",
    ),
    SettingSpec(
        "GITINSIGHT_INFERENCE_TIMEOUT_SECONDS",
        _positive,
        10,
        "longest time that a model may take for one call of the API",
    ),
    SettingSpec(
        "GITINSIGHT_INFERENCE_MEMORY_BYTES",
        _positive,
        1024**3,
        "most memory that one process with models may hold",
    ),
    SettingSpec(
        "GITINSIGHT_TRUSTED_PROXIES",
        _count,
        0,
        "how many reverse proxies stand in front and set X-Forwarded-* headers",
    ),
    SettingSpec(
        "GITINSIGHT_RATE_LIMIT_GUEST",
        _count,
        100,
        "requests of the API an hour for guests, by address (of IPv6 the /64); 0 is without a limit",
    ),
    SettingSpec("GITINSIGHT_RATE_LIMIT_USER", _count, 1000, "the same for a user"),
    SettingSpec("GITINSIGHT_RATE_LIMIT_PREMIUM", _count, 5000, "the same for a premium account"),
    SettingSpec("GITINSIGHT_RATE_LIMIT_ADMIN", _count, 5000, "the same for an admin"),
    SettingSpec(
        "GITINSIGHT_RATE_LIMIT_ADDRESS",
        _count,
        1200,
        "requests of any kind a minute from one address, pages and files too; 0 is without a limit",
    ),
    SettingSpec(
        "GITINSIGHT_CORS_ORIGINS",
        _origins,
        frozenset(),
        "origins of other sites whose scripts may call the API, such as `https://app.example.org`, separated "
        "by commas, or `*`; they send a key, cookies never count",
    ),
    SettingSpec(
        "GITINSIGHT_AUDIT_MONTHS",
        _count,
        0,
        "months of the audit log that are kept beside the present one; 0 keeps all",
    ),
    SettingSpec(
        "GITINSIGHT_METRICS_TOKEN",
        str,
        "",
        "bearer token for `/health/detailed` from outside the private network",
        secret=True,
    ),
    SettingSpec(
        "GITINSIGHT_LOG_LEVEL",
        _one_of("debug", "info", "warning", "error"),
        "info",
        "least severity that is logged",
    ),
    SettingSpec(
        "GITINSIGHT_LOG_FORMAT",
        _one_of("auto", "text", "json"),
        "auto",
        "auto is text on a terminal and JSON elsewhere",
    ),
)


@dataclass(frozen=True)
class Settings:
    """The checked values, one attribute a row of ``SETTINGS``; secrets do not show in ``repr``."""

    profile: str
    home: Path
    host: str
    port: int
    base_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(repr=False)
    registration: bool
    github_client_id: str
    github_client_secret: str = field(repr=False)
    github_url: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_name: str
    history_url: str = field(repr=False)
    workers: int
    web_concurrency: int
    allow_local_paths: bool
    allow_private_addresses: bool
    allowed_schemes: frozenset[str]
    mirror_max_bytes: int
    fetch_timeout_seconds: int
    min_free_bytes: int
    analyzer_timeout_seconds: int
    analyzer_memory_bytes: int
    inference_processes: int
    inference_timeout_seconds: int
    inference_memory_bytes: int
    trusted_proxies: int
    rate_limit_guest: int
    rate_limit_user: int
    rate_limit_premium: int
    rate_limit_admin: int
    rate_limit_address: int
    cors_origins: frozenset[str]
    audit_months: int
    metrics_token: str = field(repr=False)
    log_level: str
    log_format: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All variables that begin with ``GITINSIGHT_``: plugins' settings are read from these."""

    @property
    def is_production(self) -> bool:
        """Whether the strict checks apply: staging is production with other data."""
        return self.profile in {"staging", "production"}

    @property
    def uses_embedded_redis(self) -> bool:
        """Whether ``gitinsight up`` has to start a Valkey server itself."""
        return self.redis_url == _embedded_redis(self.home)


def without_credentials(text: str) -> str:
    """An address without user, password and query; any other text as it is.

    A password may hold any sign, so where its end is in doubt no more than the scheme is left.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    place, _, query = rest.partition("?")
    if rest.startswith("/"):
        return f"{scheme}://{place}"
    if "@" in query:
        return f"{scheme}://…"
    return f"{scheme}://{place.rpartition('@')[2]}"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; ``os.environ`` unless another environment is given.

    Raises ConfigurationError naming each wrong variable, its value (unless secret) and the remedy.
    """
    source = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    problems: list[str] = []
    for spec in SETTINGS:
        text = source.get(spec.variable, "")
        try:
            values[spec.field] = spec.type(text) if text else spec.default
        except ValueError as error:
            # What a library says of a wrong address may quote it, so where there may be a secret in it
            # the row says what is right.
            told = (
                f"its value is wrong, expected {spec.help}"
                if spec.secret or "@" in text
                else f"{text!r} is wrong, {error}"
            )
            problems.append(f"{spec.variable}: {told}.")
    problems += _unknown(source)
    if problems:
        raise ConfigurationError("\n".join(problems))
    _check_production(values)
    try:
        values["home"] = (values["home"] or _default_home()).expanduser().resolve()
        _fill_defaults(values)
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(f"GITINSIGHT_HOME: this folder cannot be used, {error}.") from error
    own = {name: text for name, text in source.items() if name.startswith("GITINSIGHT_")}
    return Settings(**values, environment=own)


def _unknown(source: Mapping[str, str]) -> list[str]:
    """Variables that look like a misspelt setting; plugins' own have the plugin's name in front."""
    known = {spec.variable for spec in SETTINGS}
    problems = []
    for name in sorted(source):
        if name.startswith("GITINSIGHT_") and name not in known:
            bare = name.removeprefix("GITINSIGHT_")
            close = [bare] if bare in known else get_close_matches(name, known, n=1, cutoff=0.9)
            if close:
                problems.append(f"{name} is not a setting; did you mean {close[0]}?")
    return problems


def _default_home() -> Path:
    if (_CHECKOUT / "wsgi.py").is_file():
        return _CHECKOUT / "instance"
    return user_data_path("gitinsight", appauthor=False)


def _check_production(values: Mapping[str, Any]) -> None:
    if values["profile"] not in {"staging", "production"}:
        return
    missing = [
        spec.variable
        for spec in SETTINGS
        if spec.variable in {"DATABASE_URL", "REDIS_URL", "GITINSIGHT_SECRET_KEY"} and not values[spec.field]
    ]
    if missing:
        raise ConfigurationError(f"The {values['profile']} profile needs {', '.join(missing)}.")
    if len(values["secret_key"]) < _SHORTEST_KEY:
        raise ConfigurationError(
            f"GITINSIGHT_SECRET_KEY: a {values['profile']} key has at least {_SHORTEST_KEY} characters."
        )


def _fill_defaults(values: dict[str, Any]) -> None:
    home: Path = values["home"]
    values["database_url"] = values["database_url"] or f"sqlite:///{home / 'gitinsight.db'}"
    values["redis_url"] = values["redis_url"] or _embedded_redis(home)
    values["secret_key"] = values["secret_key"] or _kept_secret(home)
    # Not as_uri(), which quotes a space: fsspec takes the path as it stands.
    values["history_url"] = values["history_url"] or f"file://{home / 'history'}"


def _embedded_redis(home: Path) -> str:
    """The address of the embedded Valkey; the client takes the path's quoting back."""
    return f"unix://{quote(str(embedded_socket(home)))}"


def embedded_socket(home: Path) -> Path:
    """Where the embedded Valkey of this home folder listens.

    The path of a Unix socket has at most about 100 bytes, so a deep home folder gets a short name in
    the temporary folder instead.
    """
    name = f"gitinsight-{os.getuid()}-{sha256(os.fsencode(home)).hexdigest()[:16]}"
    places = [home / "valkey", Path(tempfile.gettempdir()) / name, Path("/tmp") / name]  # noqa: S108
    sockets = [place / "socket" for place in places]
    return next((socket for socket in sockets if len(os.fsencode(socket)) < _MOST_SOCKET_BYTES), sockets[-1])


def _kept_secret(home: Path) -> str:
    """A random secret that stays the same for this home folder, readable by its owner only."""
    kept = home / "secret_key"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, draft = tempfile.mkstemp(dir=home)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Of two processes that start together one link succeeds, and both read that secret.
        with contextlib.suppress(FileExistsError):
            os.link(draft, kept)
        Path(draft).unlink()
    key = kept.read_text()
    if len(key) < _SHORTEST_KEY:
        raise ConfigurationError(f"GITINSIGHT_HOME: the file {kept} holds no key; delete it for a new one.")
    return key
