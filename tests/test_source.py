"""Which repository addresses are taken, what they become, and which are refused with which sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from gitinsight.errors import SourceRefused, SourceUnreachable
from gitinsight.git.source import Source, SourceRules, parse_source, pin

EVERYTHING = SourceRules(frozenset({"https", "http", "ssh", "git"}), True, True)
SECRET = "hunter2secret"


@pytest.mark.parametrize(
    ("text", "url", "full_name"),
    [
        ("pallets/flask", "https://github.com/pallets/flask", "pallets/flask"),
        ("  pallets/flask  ", "https://github.com/pallets/flask", "pallets/flask"),
        ("pallets/flask.git", "https://github.com/pallets/flask", "pallets/flask"),
        ("https://GitHub.com/pallets/flask.git/", "https://github.com/pallets/flask", "pallets/flask"),
        ("HTTPS://example.org:443//a//b.git", "https://example.org/a/b.git", "a/b"),
        ("https://example.org:8443/group/sub/x", "https://example.org:8443/group/sub/x", "group/sub/x"),
        ("https://example.org./a", "https://example.org/a", "a"),
        ("https://bücher.example/über", "https://xn--bcher-kva.example/%C3%BCber", "über"),
        ("https://192.0.2.7/a/b", "https://192.0.2.7/a/b", "a/b"),
        ("https://[2600:0:0::1]/a/b", "https://[2600::1]/a/b", "a/b"),
        ("ssh://git@example.org:2222/srv/x.git", "ssh://git@example.org:2222/srv/x.git", "srv/x"),
        ("ssh://git@example.org:22/srv/x", "ssh://git@example.org/srv/x", "srv/x"),
        ("git@example.org:team/x.git", "git@example.org:team/x.git", "team/x"),
        ("git@example.org:/srv/x.git", "ssh://git@example.org/srv/x.git", "srv/x"),
        ("git@[2600::1]:x", "git@[2600::1]:x", "x"),
        ("git@github.com:pallets/flask.git", "git@github.com:pallets/flask", "pallets/flask"),
        ("git://example.org/x.git", "git://example.org/x.git", "x"),
        ("http://example.org/x", "http://example.org/x", "x"),
    ],
)
def test_an_accepted_address_gets_one_form_that_parses_to_itself(text, url, full_name):
    source = parse_source(text, EVERYTHING)

    assert (source.url, source.full_name) == (url, full_name)
    assert source.name == full_name.rsplit("/", maxsplit=1)[-1]
    assert parse_source(source.url, EVERYTHING) == source


REFUSED = [
    ("", "empty"),
    ("flask", "owner/name"),
    ("a/b/c", "owner/name"),
    ("ext::sh -c touch% /tmp/x", "transport helper"),
    ("fd::17", "transport helper"),
    ("https::example.org/x", "transport helper"),
    ("::1/x", "transport helper"),
    ("--upload-pack=touch /tmp/x", "hyphen"),
    ("-oProxyCommand=x/y", "hyphen"),
    ("ssh://-oProxyCommand=touch/x", "characters that no host"),
    ("ssh://git@-oProxyCommand=touch/x", "characters that no host"),
    ("-oProxyCommand=touch:x", "hyphen"),
    ("git@-host:x", "characters that no host"),
    ("git@host:-oProxyCommand=x", "after the colon"),
    ("ssh://-l@host/x", "plain account name"),
    ("https://example.org/a\nb", "line break"),
    ("https://example.org/a\x00b", "line break"),
    ("https://example.org\\@127.0.0.1/x", "backslash"),
    ("https://example.org/a%0d%0aHost:x", "hides"),
    ("https://example.org/a%00b", "hides"),
    ("https://example.org/a%5cb", "hides"),
    ("https://exam\u200bple.org/x", "invisible"),
    ("https://example.org/\u202etig.x", "invisible"),
    (f"https://user:{SECRET}@example.org/x", "password"),
    (f"https://{SECRET}@example.org/x", "password"),
    (f"https://a@b:{SECRET}@example.org/x", "password"),
    (f"ssh://git:{SECRET}@example.org/x", "password"),
    (f"git:{SECRET}@example.org:x", "password"),
    (f"user:{SECRET}@github.com/owner/name", "password"),
    ("ftp://example.org/x", "ftp:// are not opened"),
    ("git+ssh://example.org/x", "git+ssh:// are not opened"),
    ("javascript:alert(1)", "after the colon"),
    ("https:/example.org/x", "two slashes"),
    ("https:example.org/x", "two slashes"),
    ("https:///x", "missing"),
    ("https://./x", "domain name"),
    ("ssh://git@/x", "missing"),
    ("https://a..b/x", "domain name"),
    ("https://" + "a" * 64 + ".org/x", "domain name"),
    ("https://" + ".".join(["a" * 60] * 5) + "/x", "missing"),
    ("https://xn--/x", "domain name"),
    ("https://exa mple.org/x", "characters that no host"),
    ("https://example.org", "names no repository"),
    ("https://example.org/", "names no repository"),
    ("https://example.org/../x", "names no repository"),
    ("https://example.org/a/%2e%2e/x", "names no repository"),
    ("https://example.org/a b", "space"),
    ("https://example.org/%zz", "broken %"),
    ("https://example.org/%ff", "UTF-8"),
    ("https://example.org/x?ref=main", "after ? or #"),
    ("https://example.org/x#readme", "after ? or #"),
    ("https://example.org:0/x", "port"),
    ("https://example.org:65536/x", "port"),
    ("https://example.org:/x", "port"),
    ("https://example.org:٣٣/x", "port"),
    ("https://[fe80::1%25eth0]/x", "zone id"),
    ("https://[fe80::1%eth0]/x", "zone id"),
    ("https://[::g]/x", "not an IPv6"),
    ("https://[::1/x", "brackets"),
    ("https://2130706433/x", "four decimal numbers"),
    ("https://0x7f.0.0.1/x", "four decimal numbers"),
    ("https://0177.0.0.1/x", "four decimal numbers"),
    ("https://127.1/x", "four decimal numbers"),
    ("https://github.com/pallets", "owner and a name"),
    ("https://github.com/pallets/flask/tree/main", "owner and a name"),
    ("owner/..", "names no repository"),
    ("owner/.git", "owner and a name"),
    ("https://example.org/" + "a" * 2048, "at most 2048"),
    ("file://elsewhere/x", "names no host"),
    ("~root/x", "absolute path"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_a_bad_address_is_refused_with_its_reason_and_without_its_secret(text, reason):
    with pytest.raises(SourceRefused) as refusal:
        parse_source(text, EVERYTHING)

    assert reason in refusal.value.message
    assert SECRET not in refusal.value.message
    assert SECRET not in repr(refusal.value.details)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://example.org/x", "only: https, ssh"),
        ("git://example.org/x", "only: https, ssh"),
        ("/srv/x", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
        ("./x", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
        ("~/x", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
        (".", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
        ("file:///srv/x", "GITINSIGHT_ALLOW_LOCAL_PATHS"),
    ],
)
def test_what_the_operator_has_not_allowed_is_refused_by_default(text, reason):
    with pytest.raises(SourceRefused, match=reason):
        parse_source(text, SourceRules())


def test_without_https_a_short_name_is_refused_too():
    with pytest.raises(SourceRefused, match="only: ssh"):
        parse_source("pallets/flask", SourceRules(frozenset({"ssh"})))


def test_local_forms_become_one_absolute_path(tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(project)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    texts = [str(project), "./project", "./link", "~/project", f"file://{project}", "./project/inner/.."]
    sources = {parse_source(text, EVERYTHING) for text in texts}

    assert sources == {Source(str(project), "path", "", None, "project", "project", "", str(project))}


def test_a_git_folder_is_named_after_the_project_around_it(tmp_path):
    assert parse_source(f"{tmp_path}/shop/.git", EVERYTHING).name == "shop"
    assert parse_source(f"{tmp_path}/shop.git", EVERYTHING).name == "shop"


def test_an_owner_and_name_mean_github_even_where_such_a_folder_exists(tmp_path, monkeypatch):
    (tmp_path / "pallets" / "flask").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert parse_source("pallets/flask", EVERYTHING).host == "github.com"


def test_a_looping_link_is_refused(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    with pytest.raises(SourceRefused, match="cannot be followed"):
        parse_source(f"{tmp_path}/loop", EVERYTHING)


def _source(host: str) -> Source:
    return Source(f"https://{host}/x", "https", host, None, "x", "x")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.8",
        "198.18.0.1",
        "203.0.113.5",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_a_host_with_an_address_that_is_not_public_is_refused(host):
    with pytest.raises(SourceRefused, match="GITINSIGHT_ALLOW_PRIVATE_ADDRESSES"):
        pin(_source(host), SourceRules())


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700::1", "64:ff9b::808:808"]
)
def test_a_public_address_is_pinned_as_it_is(address):
    assert pin(_source(address), SourceRules()) == address


@pytest.mark.parametrize(
    "text",
    [
        "https://127.0.0.1/a/b",
        "https://169.254.169.254/a/b",
        "https://⑯⑨.254.169.254/a/b",
        "https://[::1]/a/b",
        "https://[::ffff:10.0.0.1]/a/b",
        "ssh://git@192.168.0.1/a",
        "git@127.0.0.1:a/b",
        "git@[fe80::1]:a",
        "https://localhost/a",
        "https://LocalHost./a",
        "git@code.localhost:a/b",
    ],
)
def test_an_address_that_names_no_public_machine_is_refused_before_anything_is_kept(text):
    with pytest.raises(SourceRefused, match="GITINSIGHT_ALLOW_PRIVATE_ADDRESSES"):
        parse_source(text, SourceRules())

    assert parse_source(text, SourceRules(allow_private_addresses=True)).host


def _names(monkeypatch, answers: dict[str, list[str]]) -> None:
    """Stand in for the name servers of the world."""

    def getaddrinfo(host, port, *_, **__):
        if host not in answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port))
            for a in answers[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch):
    _names(monkeypatch, {"mixed.example": ["93.184.216.34", "10.0.0.1"], "zone.example": ["fe80::1%eth0"]})

    with pytest.raises(SourceRefused, match=r"10\.0\.0\.1, which is private"):
        pin(_source("mixed.example"), SourceRules())
    with pytest.raises(SourceRefused, match="link-local"):
        pin(_source("zone.example"), SourceRules())


def test_private_addresses_are_pinned_where_the_operator_allows_them(monkeypatch):
    _names(monkeypatch, {"inside.example": ["10.0.0.1", "10.0.0.2"]})

    assert pin(_source("inside.example"), SourceRules(allow_private_addresses=True)) == "10.0.0.1"


def test_a_name_without_address_is_unreachable(monkeypatch):
    _names(monkeypatch, {})

    with pytest.raises(SourceUnreachable, match=r"nowhere\.example has no address"):
        pin(_source("nowhere.example"), SourceRules())


def test_a_local_path_needs_no_address(tmp_path: Path):
    assert pin(parse_source(str(tmp_path), EVERYTHING), SourceRules()) is None
