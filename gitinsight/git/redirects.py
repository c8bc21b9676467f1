"""Following a web server's redirects hop by hop, each hop checked like the address it began with.

Git's own redirects are off, because git would follow them to addresses that nobody has checked. The
question asked is the first one git asks, ``info/refs``, so servers answer as they would answer git.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import threading
from dataclasses import dataclass
from urllib.parse import urljoin

from gitinsight.errors import SourceRefused, SourceUnreachable
from gitinsight.git import command
from gitinsight.git.source import Source, SourceRules, parse_source, pin

_MOST_HOPS = 5
_SECONDS_FOR_AN_ANSWER = 60.0
_QUESTION = "/info/refs?service=git-upload-pack"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HIDDEN = frozenset({401, 403, 404, 410})


@dataclass(frozen=True)
class _Answer:
    status: int
    location: str


def final_hop(source: Source, rules: SourceRules) -> tuple[Source, str]:
    """Where an http(s) source really lives, and the checked address to connect to.

    Raises SourceRefused where a hop leads to a refused address, SourceUnreachable where the last hop
    shows no repository or there are more than five.
    """
    for _ in range(_MOST_HOPS + 1):
        address = str(pin(source, rules))
        answer = _ask(source, address)
        if answer.status == 200:
            return source, address
        if answer.status not in _REDIRECTS:
            raise _unreachable(source, answer.status)
        source = _next(source, answer.location, rules)
    raise SourceUnreachable(f"The address is redirected more than {_MOST_HOPS} times.")


def _next(source: Source, location: str, rules: SourceRules) -> Source:
    target = urljoin(source.url + _QUESTION, location)
    base, question, rest = target.partition("/info/refs")
    if not question or rest not in {"", _QUESTION.removeprefix("/info/refs")}:
        raise SourceUnreachable(f"{source.host} sends us to a page that is not a git repository.")
    try:
        following = parse_source(base, rules)
    except SourceRefused as error:
        raise SourceRefused(
            f"{source.host} redirects to an address that is refused: {error.message}"
        ) from error
    if following.scheme not in {"http", "https"} or (source.scheme, following.scheme) == ("https", "http"):
        raise SourceRefused(f"{source.host} redirects from {source.scheme} to {following.scheme}; refused.")
    return following


def _unreachable(source: Source, status: int) -> SourceUnreachable:
    if status in _HIDDEN:
        return SourceUnreachable(
            f"{source.host} shows no repository {source.full_name}: it does not exist or is private.",
            status=status,
        )
    return SourceUnreachable(f"{source.host} answered with HTTP status {status}.", status=status)


def _ask(source: Source, address: str) -> _Answer:
    connection = _connection(source, address)
    expired = threading.Event()

    def give_up() -> None:
        # A socket's own timeout starts anew with each byte; a server that drips bytes would hold us.
        expired.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_SECONDS_FOR_AN_ANSWER, give_up)
    timer.start()
    try:
        headers = {"User-Agent": "git/" + ".".join(map(str, command.version())), "Accept": "*/*"}
        connection.request("GET", source.path + _QUESTION, headers=headers)
        response = connection.getresponse()
        return _Answer(response.status, response.getheader("Location", ""))
    except ssl.SSLCertVerificationError as error:
        raise SourceUnreachable(
            f"The certificate of {source.host} is not valid here: {error.verify_message.rstrip('.')}. The operator "
            "can name the authorities to trust in SSL_CERT_FILE."
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        told = (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__
        reason = "it took too long" if expired.is_set() else told[:1].lower() + told[1:]
        raise SourceUnreachable(f"{source.host} does not answer as a web server: {reason}.") from error
    finally:
        timer.cancel()
        connection.close()


def _connection(source: Source, address: str) -> http.client.HTTPConnection:
    kind = _PinnedHttps if source.scheme == "https" else _PinnedHttp
    return kind(source.host, source.effective_port, address)


class _PinnedHttp(http.client.HTTPConnection):
    """A connection to a numeric address that asks for the host by name."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=_SECONDS_FOR_AN_ANSWER / 2)
        self.address = address

    def connect(self) -> None:
        """Open the socket to the checked address, whatever the name resolves to by now."""
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _PinnedHttps(_PinnedHttp):
    """The same over TLS: the certificate must be the named host's."""

    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        """Open the socket and check the certificate against the host's name."""
        super().connect()
        context = ssl.create_default_context(cafile=certificates())
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def certificates() -> str | None:
    """The operator's own file of trusted certificates, which git must be told of too; None for the system's."""
    return os.environ.get("SSL_CERT_FILE") or None
