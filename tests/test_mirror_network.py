"""Mirrors over the network: pinned addresses, redirects, errors, and the ssh and git protocols.

The servers are real; only the world's name servers and the remote end of ssh are stood in for. Names
such as ``code.example`` resolve nowhere, so a fetch from one shows that git used the pinned address.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gitinsight.errors import (
    AnalysisCancelled,
    SourceDamaged,
    SourceEmpty,
    SourceRefused,
    SourceTooLarge,
    SourceUnreachable,
)
from gitinsight.git.mirror import Mirror, MirrorLimits
from gitinsight.git.redirects import final_hop
from gitinsight.git.source import SourceRules, parse_source
from gitinsight.git.transport import route_to
from tests.gitserver import GitServer, serving
from tests.repositories import Repo

RULES = SourceRules(frozenset({"http", "https", "ssh", "git"}), allow_private_addresses=True)
STRICT = SourceRules(frozenset({"http", "https", "ssh", "git"}))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    (tmp_path / "srv" / "team").mkdir(parents=True)
    repo = Repo(tmp_path / "srv" / "team", "shop.git")
    repo.commit({"a.txt": "one\n"}, "First")
    return repo


@pytest.fixture
def server(repo, tmp_path):
    with serving(tmp_path / "srv") as server:
        yield server


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "m.git")


def refresh(mirror: Mirror, address: str, rules: SourceRules = RULES, **options) -> str:
    return mirror.refresh(parse_source(address, rules), rules, **options)


@pytest.fixture
def names(monkeypatch):
    """The world's name servers: a table from name to addresses; other names exist nowhere."""
    table: dict[str, list[str]] = {}

    def getaddrinfo(host, port, *_, **__):
        answers = table.get(host, [host])
        try:
            families = [ipaddress.ip_address(answer).version for answer in answers]
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from None
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (kinds[family], socket.SOCK_STREAM, 6, "", (answer, port))
            for family, answer in zip(families, answers, strict=True)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return table


@pytest.fixture
def dialled(monkeypatch, server):
    """The network beyond this machine: every connection is noted and led to the test's server."""
    noted: list[tuple[str, int]] = []
    connect = socket.create_connection

    def create_connection(address, *arguments, **options):
        noted.append(address)
        return connect(("127.0.0.1", server.server_port), *arguments, **options)

    monkeypatch.setattr(socket, "create_connection", create_connection)
    return noted


def test_a_repository_on_a_web_server_is_mirrored_and_refreshed(server, repo, mirror):
    assert refresh(mirror, f"{server.url}/team/shop.git") == repo.head()
    newer = repo.commit({"a.txt": "two\n"}, "Second")

    assert refresh(mirror, f"{server.url}/team/shop.git") == newer


def test_git_connects_to_the_pinned_address_of_a_name_that_only_we_have_resolved(server, repo, mirror, names):
    names["code.example"] = ["127.0.0.1"]

    assert refresh(mirror, f"http://code.example:{server.server_port}/team/shop.git") == repo.head()

    hosts = {host for host, _ in server.seen}
    assert hosts == {f"code.example:{server.server_port}"}


def test_a_sha256_repository_comes_over_the_web(server, mirror, tmp_path):
    modern = Repo(tmp_path / "srv", "modern.git", "sha256")
    head = modern.commit({"a.txt": "one\n"}, "First")

    assert refresh(mirror, f"{server.url}/modern.git") == head


def test_an_old_server_of_plain_files_is_read_too(repo, mirror, tmp_path):
    repo.run("update-server-info")
    with serving(tmp_path / "srv") as server:
        server.smart = False

        assert refresh(mirror, f"{server.url}/team/shop.git") == repo.head()


def test_redirects_are_followed_to_where_the_repository_is(server, repo, mirror):
    question = "/info/refs?service=git-upload-pack"
    server.redirects["/old"] = f"/moved{question}"
    server.redirects["/moved"] = f"{server.url}/team/shop.git{question}"

    assert refresh(mirror, f"{server.url}/old") == repo.head()


def test_each_hop_is_resolved_and_checked_anew(server, names, dialled):
    names["code.example"] = ["93.184.216.34"]
    names["moved.example"] = ["93.184.216.35"]
    server.redirects["/old"] = "http://moved.example/team/shop.git/info/refs?service=git-upload-pack"

    source, address = final_hop(parse_source("http://code.example/old", STRICT), STRICT)

    assert (source.url, address) == ("http://moved.example/team/shop.git", "93.184.216.35")
    assert dialled == [("93.184.216.34", 80), ("93.184.216.35", 80)]


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/x",
        "http://169.254.169.254/latest",
        "http://[::1]/x",
        "http://inside.example/x",
        "http://2130706433/x",
        "file:///etc/x",
        "ext::sh -c id %",
        "http://user:hunter2@code.example/x",
        "ssh://git@code.example/x",
        "git://code.example/x",
        "ftp://code.example/x",
    ],
)
def test_a_redirect_to_a_refused_address_is_refused_and_not_dialled(server, names, dialled, target):
    names["code.example"] = ["93.184.216.34"]
    names["inside.example"] = ["93.184.216.34", "127.0.0.1"]
    server.redirects["/old"] = f"{target}/info/refs?service=git-upload-pack"

    with pytest.raises(SourceRefused) as refusal:
        final_hop(parse_source("http://code.example/old", STRICT), STRICT)

    assert dialled == [("93.184.216.34", 80)]
    assert "hunter2" not in refusal.value.message


def test_a_name_that_changes_its_answer_after_the_check_gains_nothing(server, names, dialled, monkeypatch):
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    resolve = socket.getaddrinfo

    def rebinding(host, port, *arguments, **options):
        names[host] = next(answers)
        return resolve(host, port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    route = route_to(parse_source("http://code.example/team/shop.git", STRICT), STRICT)

    assert dialled == [("93.184.216.34", 80)]
    assert route.config["http.curloptResolve"] == "code.example:80:93.184.216.34"


def test_endless_redirects_end(server, mirror):
    server.redirects["/loop"] = "/loop/info/refs?service=git-upload-pack"

    with pytest.raises(SourceUnreachable, match="more than 5 times"):
        refresh(mirror, f"{server.url}/loop")

    assert len(server.seen) == 6


def test_a_redirect_to_a_page_that_is_no_repository_is_said_to_be_one(server, mirror):
    server.redirects["/x"] = "/login?next=x"

    with pytest.raises(SourceUnreachable, match="not a git repository"):
        refresh(mirror, f"{server.url}/x")


def test_a_redirect_during_the_fetch_itself_is_not_followed(server, repo, mirror):
    server.post_redirect = f"{server.url}/team/shop.git/git-upload-pack"

    with pytest.raises(SourceUnreachable):
        refresh(mirror, f"{server.url}/team/shop.git")


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_private_or_unknown_repository_is_told_in_one_sentence(server, mirror, status):
    server.statuses["/team/secret.git"] = status

    with pytest.raises(SourceUnreachable, match="does not exist or is private") as failure:
        refresh(mirror, f"{server.url}/team/secret.git")

    assert failure.value.details == {"status": status}


def test_a_server_error_tells_its_status(server, mirror):
    server.statuses["/x"] = 503

    with pytest.raises(SourceUnreachable, match="HTTP status 503"):
        refresh(mirror, f"{server.url}/x")


def test_a_closed_port_and_an_unknown_name_are_unreachable(mirror, names):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(SourceUnreachable, match="does not answer"):
            refresh(mirror, f"http://127.0.0.1:{taken.getsockname()[1]}/x")
    with pytest.raises(SourceUnreachable, match="has no address"):
        refresh(mirror, "https://nowhere.example/x")


def test_an_empty_repository_on_a_server_is_said_to_be_empty(server, mirror, tmp_path):
    Repo(tmp_path / "srv", "empty.git")

    with pytest.raises(SourceEmpty):
        refresh(mirror, f"{server.url}/empty.git")


def test_a_server_that_has_only_a_shallow_clone_is_refused(server, repo, mirror, tmp_path):
    repo.commit({"a.txt": "two\n"}, "Second")
    target = tmp_path / "srv" / "shallow.git"
    subprocess.run(
        ["git", "clone", "-q", "--bare", "--depth=1", f"file://{repo.git_dir}", target], check=True
    )

    with pytest.raises(SourceDamaged, match="shallow clone"):
        refresh(mirror, f"{server.url}/shallow.git")

    assert not mirror.path.exists()


def test_a_server_that_never_answers_is_left_at_the_time_limit(server: GitServer, mirror):
    server.stall.set()
    begun = time.monotonic()

    with pytest.raises(SourceTooLarge, match=r"longer than 1\.5 s"):
        refresh(mirror, f"{server.url}/team/shop.git", limits=MirrorLimits(timeout_seconds=1.5))

    assert time.monotonic() - begun < 6
    assert not mirror.path.exists()


def test_cancelling_ends_a_fetch_that_hangs(server: GitServer, mirror):
    server.stall.set()
    begun = time.monotonic()

    with pytest.raises(AnalysisCancelled):
        refresh(mirror, f"{server.url}/team/shop.git", cancelled=lambda: time.monotonic() > begun + 1)

    assert time.monotonic() - begun < 6


def test_passwords_of_the_machine_s_user_are_not_sent(server, repo, mirror, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    refresh(mirror, f"{server.url}/team/shop.git")

    assert not server.authorizations


def _certificate(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for one host name, as a file to trust and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "trusted.pem", folder / "key.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return trusted, context


def test_over_tls_the_certificate_must_be_the_named_host_s(repo, mirror, names, tmp_path, monkeypatch):
    names["code.example"] = names["other.example"] = ["127.0.0.1"]
    trusted, context = _certificate(tmp_path, "code.example")
    with serving(tmp_path / "srv", context) as server:
        where = f"{server.server_port}/team/shop.git"
        with pytest.raises(
            SourceUnreachable, match=r"certificate of code\.example is not valid.*SSL_CERT_FILE"
        ):
            refresh(mirror, f"https://code.example:{where}")
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        with pytest.raises(SourceUnreachable, match="certificate"):
            refresh(mirror, f"https://other.example:{where}")

        assert refresh(mirror, f"https://code.example:{where}") == repo.head()


def test_a_redirect_from_https_to_http_is_refused(repo, mirror, names, tmp_path, monkeypatch):
    names["code.example"] = ["127.0.0.1"]
    trusted, context = _certificate(tmp_path, "code.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with serving(tmp_path / "srv", context) as server:
        server.redirects["/x"] = "http://code.example/team/shop.git/info/refs?service=git-upload-pack"
        with pytest.raises(SourceRefused, match="from https to http"):
            refresh(mirror, f"https://code.example:{server.server_port}/x")


def _stand_in_for_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> Path:
    """An ``ssh`` that notes its arguments and then plays the host at the other end."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ssh").write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/noted\n{answer}\n')
    (programs / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "noted"


def test_ssh_goes_to_the_pinned_address_under_the_host_s_own_key(repo, mirror, names, tmp_path, monkeypatch):
    names["code.example"] = ["93.184.216.34"]
    noted = _stand_in_for_ssh(
        tmp_path, monkeypatch, f'for last; do :; done; cd {tmp_path}/srv && eval "$last"'
    )

    assert refresh(mirror, "git@code.example:team/shop.git", STRICT) == repo.head()

    told = noted.read_text().splitlines()
    assert told[:2] == ["-F", os.devnull]
    for option in (
        "HostName=93.184.216.34",
        "HostKeyAlias=code.example",
        "BatchMode=yes",
        "StrictHostKeyChecking=accept-new",
        "ForwardAgent=no",
        "ForwardX11=no",
        "ProxyCommand=none",
    ):
        assert option in told
    assert told[-2:] == ["git@code.example", "git-upload-pack 'team/shop.git'"]


def test_a_port_of_its_own_is_part_of_the_name_that_the_host_s_key_is_known_by(names):
    names["code.example"] = ["93.184.216.34"]

    route = route_to(parse_source("ssh://git@code.example:2222/x", STRICT), STRICT)

    assert "'HostKeyAlias=[code.example]:2222'" in route.environment["GIT_SSH_COMMAND"]


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("git@code.example: Permission denied (publickey).", "does not exist or is private"),
        ("Host key verification failed.", "not the one seen before"),
        ("ssh: connect to host code.example port 22: Connection timed out", "stopped answering"),
    ],
)
def test_what_ssh_complains_of_becomes_a_sentence(mirror, names, tmp_path, monkeypatch, complaint, sentence):
    names["code.example"] = ["93.184.216.34"]
    _stand_in_for_ssh(tmp_path, monkeypatch, f'echo "{complaint}" >&2; exit 255')

    with pytest.raises(SourceUnreachable, match=sentence) as failure:
        refresh(mirror, "git@code.example:team/shop.git", STRICT)

    assert complaint in failure.value.details["stderr"]


@pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh here")
def test_the_real_ssh_accepts_every_option(names):
    names["code.example"] = ["127.0.0.1"]
    route = route_to(parse_source("ssh://git@code.example:1/x", RULES), RULES)

    shown = subprocess.run(
        f"{route.environment['GIT_SSH_COMMAND']} -G -p 1 git@code.example",
        shell=True,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()

    expected = {"hostname 127.0.0.1", "hostkeyalias [code.example]:1", "batchmode yes", "forwardagent no"}
    assert expected <= set(shown)


def test_the_git_protocol_goes_to_the_pinned_address(repo, mirror, names, tmp_path):
    names["code.example"] = ["127.0.0.1"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--export-all", "--listen=127.0.0.1", f"--port={port}", "--reuseaddr"]
    environment = os.environ | {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory"}
    daemon = subprocess.Popen(
        ["git", "daemon", *options, f"--interpolated-path={tmp_path}/srv/%H/%D"],
        env=environment | {"GIT_CONFIG_VALUE_0": "*"},
        start_new_session=True,
    )
    (tmp_path / "srv" / "code.example").symlink_to(tmp_path / "srv" / "team")
    try:
        _wait_for_port(port)
        assert refresh(mirror, f"git://code.example:{port}/shop.git") == repo.head()
    finally:
        os.killpg(daemon.pid, 15)
        daemon.wait(10)


def _wait_for_port(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the daemon did not start")
