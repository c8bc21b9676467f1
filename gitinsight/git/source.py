"""What a user may point us at: the text of a repository's address, checked and brought to one form.

``parse_source`` reads the text without touching the network, and refuses at once an address that names
no public machine; ``pin`` then resolves the host once and gives the one checked address that every
connection goes to, so that a name that changes its answer between the check and the fetch gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from gitinsight.errors import SourceRefused, SourceUnreachable
from gitinsight.git.addresses import special_kind

DEFAULT_PORTS = {"https": 443, "http": 80, "ssh": 22, "git": 9418}
_MOST_CHARACTERS = 2048
_FORMS = "give owner/name for GitHub, an https:// address, or an ssh address such as git@host:owner/name"
_HELPER = re.compile(r"[A-Za-z0-9+.\-]*::")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,30})://([^/?#]*)([^?#]*)(.*)")
_SCP = re.compile(r"(?:([^@/:]*)@)?(\[[^\]]*\]|[^/:\[\]]+):(.+)")
_GITHUB = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})")
_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.\-]{0,63}")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PATH = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
_SCP_PATH = re.compile(r"[A-Za-z0-9._~/][A-Za-z0-9\-._~+=,@/]*")


@dataclass(frozen=True)
class SourceRules:
    """Which kinds of addresses the operator of this installation opens."""

    schemes: frozenset[str] = frozenset({"https", "ssh"})
    allow_local_paths: bool = False
    allow_private_addresses: bool = False


@dataclass(frozen=True)
class Source:
    """A checked repository address: ``url`` is canonical, free of credentials, and parses to itself.

    ``scheme`` is https, http, ssh, git or path; ``port`` is None where it is the scheme's usual one;
    ``path`` is the repository's path on the host, or in this machine's file system for scheme path.
    """

    url: str
    scheme: str
    host: str
    port: int | None
    name: str
    full_name: str
    user: str = ""
    path: str = ""

    @property
    def effective_port(self) -> int:
        """The port that a connection goes to; 0 for a local path."""
        return self.port or DEFAULT_PORTS.get(self.scheme, 0)


def parse_source(text: str, rules: SourceRules) -> Source:
    """The source that a text from outside means.

    Raises SourceRefused with a sentence that says what is wrong and what to write instead; a secret
    in the text is never repeated.
    """
    text = text.strip(" ")
    _refuse_unsafe(text)
    if found := _URL.fullmatch(text):
        scheme, authority, path, rest = found.groups()
        return _from_url(scheme.lower(), authority, path, rest, rules)
    if text.startswith(("/", "./", "../", "~")) or text in {".", ".."}:
        return _from_path(text, rules)
    if found := _GITHUB.fullmatch(text):
        return _from_url("https", "github.com", f"/{text}", "", rules)
    if found := _SCP.fullmatch(text):
        return _from_scp(found[1], found[2], found[3], rules)
    raise SourceRefused(f"This is not a repository address; {_FORMS}.")


def pin(source: Source, rules: SourceRules) -> str | None:
    """The numeric address to connect to instead of the host's name; None for a local path.

    Raises SourceRefused where any address of the host is not public and the rules do not allow it,
    SourceUnreachable where the name has no address.
    """
    if source.scheme == "path":
        return None
    try:
        answers = socket.getaddrinfo(source.host, source.effective_port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceUnreachable(f"The host {source.host} has no address; check its spelling.") from error
    addresses = [str(answer[4][0]) for answer in answers]
    for address in addresses:
        if kind := special_kind(address):
            _require_private_allowed(f"The host {source.host} has the address {address}", kind, rules)
    return addresses[0]


def _refuse_unsafe(text: str) -> None:
    if not text:
        raise SourceRefused(f"The address is empty; {_FORMS}.")
    if len(text) > _MOST_CHARACTERS:
        raise SourceRefused(
            f"The address has {len(text)} characters; at most {_MOST_CHARACTERS} are accepted."
        )
    if text.startswith("-"):
        raise SourceRefused(f"An address cannot begin with a hyphen; {_FORMS}.")
    if _has_unsafe_character(text):
        raise SourceRefused(
            "The address holds a backslash, a line break or an invisible character; remove it."
        )
    if _HELPER.match(text):
        raise SourceRefused(f"Addresses with a transport helper (helper::address) are not opened; {_FORMS}.")


def _has_unsafe_character(text: str) -> bool:
    return any(char == "\\" or unicodedata.category(char) in _UNSAFE_CATEGORIES for char in text)


# Control, formatting (bidirectional marks, zero-width signs), lone surrogates, line and paragraph ends.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _from_url(scheme: str, authority: str, path: str, rest: str, rules: SourceRules) -> Source:
    if scheme == "file":
        if authority.lower() not in {"", "localhost"} or rest:
            raise SourceRefused("A file address names no host: write file:///folder/of/the/repository.")
        return _from_path(_decoded(path), rules)
    _require_scheme(scheme, rules)
    if rest:
        raise SourceRefused("The address has a part after ? or #; give the repository's address without it.")
    before, _, host_and_port = authority.rpartition("@")
    user = _user(before, scheme) if "@" in authority else ""
    host, port = _host_and_port(host_and_port)
    _require_public_name(host, rules)
    port = None if port == DEFAULT_PORTS[scheme] else port
    path, names = _clean_path(path)
    if host == "github.com" and port is None:
        path, names = _github_path(names)
    shown = f"{user}@" * bool(user) + _bracketed(host) + (f":{port}" if port else "")
    return _named(Source(f"{scheme}://{shown}{path}", scheme, host, port, "", "", user, path), names)


def _from_scp(user: str | None, host: str, path: str, rules: SourceRules) -> Source:
    if "@" in path.partition("/")[0]:
        raise SourceRefused(f"The address holds a password; give it without, as git@host:owner/name.{_LATER}")
    if host.lower() in {*DEFAULT_PORTS, "file", "ftp", "ftps"}:
        raise SourceRefused(f"After {host.lower()}: come two slashes, as in https://host/owner/name.")
    _require_scheme("ssh", rules)
    if not _SCP_PATH.fullmatch(path):
        raise SourceRefused(f"The path after the colon is not one of a repository; {_FORMS}.")
    if path.startswith("/"):
        at = f"{user}@" if user is not None else ""
        return _from_url("ssh", f"{at}{host}", path, "", rules)
    user = _user(user, "ssh") if user is not None else ""
    host, _ = _host_and_port(host)
    _require_public_name(host, rules)
    path, names = _clean_path(path)
    if host == "github.com":
        path, names = _github_path(names)
        path = path.lstrip("/")
    # A path without a leading slash is relative to the account's folder, which ssh:// cannot express.
    url = f"{user}@" * bool(user) + f"{_bracketed(host)}:{path}"
    return _named(Source(url, "ssh", host, None, "", "", user, path), names)


def _from_path(text: str, rules: SourceRules) -> Source:
    if not rules.allow_local_paths:
        raise SourceRefused(
            "Folders of this machine are not opened here; give an https:// or ssh address, or ask the "
            "operator to set GITINSIGHT_ALLOW_LOCAL_PATHS."
        )
    if not text.startswith(("/", ".", "~/")) and text != "~":
        raise SourceRefused("Give the folder as an absolute path, or from ./ or ~/ on.")
    try:
        path = Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceRefused("This path cannot be followed; give the folder of a git repository.") from error
    folder = path.parent if path.name == ".git" else path
    name = folder.name.removesuffix(".git") or folder.name or "root"
    return Source(str(path), "path", "", None, name, name, "", str(path))


_LATER = " Private repositories are opened with the installation's own key."


def _require_scheme(scheme: str, rules: SourceRules) -> None:
    if scheme not in DEFAULT_PORTS:
        raise SourceRefused(f"Addresses that begin with {scheme}:// are not opened; {_FORMS}.")
    if scheme not in rules.schemes:
        allowed = ", ".join(sorted(rules.schemes)) or "none"
        raise SourceRefused(
            f"Addresses over {scheme} are not opened by this installation, only: {allowed}; the operator "
            "can change GITINSIGHT_ALLOWED_SCHEMES."
        )


def _require_public_name(host: str, rules: SourceRules) -> None:
    """Refuse a host that says by itself that it is not public; what a name resolves to is ``pin``'s to check."""
    if f".{host}".endswith(".localhost"):
        _require_private_allowed(f"The host {host} is this machine itself", "loopback", rules)
    elif (":" in host or _is_ipv4(host)) and (kind := special_kind(host)):
        _require_private_allowed(f"The address holds {host}", kind, rules)


def _require_private_allowed(fact: str, kind: str, rules: SourceRules) -> None:
    if not rules.allow_private_addresses:
        raise SourceRefused(
            f"{fact}, which is {kind}; only public addresses are opened unless the operator sets "
            "GITINSIGHT_ALLOW_PRIVATE_ADDRESSES."
        )


def _user(text: str, scheme: str) -> str:
    if scheme != "ssh" or ":" in text or "@" in text:
        raise SourceRefused(
            f"The address holds a user name or password before the @; give it without.{_LATER}"
        )
    if not _USER.fullmatch(text):
        raise SourceRefused("The user name before the @ is not a plain account name such as git.")
    return text


def _host_and_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        inside, closed, after = text[1:].partition("]")
        if not closed or (after and not after.startswith(":")):
            raise SourceRefused("An IPv6 address stands in brackets, as in https://[2600::1]/owner/name.")
        return _ipv6(inside), _port(after[1:]) if after else None
    host, colon, port = text.partition(":")
    return _host(host), _port(port) if colon else None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise SourceRefused("The port after the colon must be a number from 1 to 65535.")
    return int(text)


def _ipv6(text: str) -> str:
    if "%" in text:
        raise SourceRefused("An IPv6 address with a zone id (%) is not opened; give it without.")
    try:
        return ipaddress.IPv6Address(text).compressed
    except ValueError as error:
        raise SourceRefused("The part in brackets is not an IPv6 address.") from error


def _host(text: str) -> str:
    try:
        host = text.encode("idna").decode("ascii").lower().removesuffix(".")
        for label in host.split("."):
            label.encode("ascii").decode("idna")
    except UnicodeError as error:
        raise SourceRefused("The host's name is not a valid (international) domain name.") from error
    labels = host.split(".")
    if not host or len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise SourceRefused("The host's name is missing or holds characters that no host name has.")
    if _NUMBER.fullmatch(labels[-1]) and not _is_ipv4(host):
        raise SourceRefused("A numeric host must be written as four decimal numbers, as in 192.0.2.7.")
    return host


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _decoded(path: str) -> str:
    try:
        decoded = unquote_to_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceRefused("The address's path is not UTF-8.") from error
    if _has_unsafe_character(decoded):
        raise SourceRefused("The address's path hides a backslash, a line break or an invisible character.")
    return decoded


def _clean_path(path: str) -> tuple[str, list[str]]:
    """The path, percent-encoded and without needless slashes, and its decoded parts."""
    quoted = quote(path, safe="%/:@!$&'()*+,;=~")
    if not _PATH.fullmatch(quoted) or " " in path:
        raise SourceRefused("The address's path holds a space or a broken % sequence.")
    names = [name for name in _decoded(quoted).split("/") if name]
    if not names or any(name in {".", ".."} for name in names):
        raise SourceRefused(f"The address's path names no repository; {_FORMS}.")
    lead = "/" * path.startswith("/")
    return lead + "/".join(part for part in quoted.split("/") if part), names


def _github_path(names: list[str]) -> tuple[str, list[str]]:
    """GitHub's own form of a path: owner and name, with or without ``.git`` the same repository."""
    found = _GITHUB.fullmatch("/".join(names))
    name = found[2].removesuffix(".git") if found else ""
    if not found or name in {"", ".", ".."}:
        raise SourceRefused("A GitHub repository has an owner and a name: write owner/name.")
    return f"/{found[1]}/{name}", [found[1], name]


def _named(source: Source, names: list[str]) -> Source:
    last = names[-1].removesuffix(".git") or names[-1]
    return replace(source, name=last, full_name="/".join([*names[:-1], last]))
