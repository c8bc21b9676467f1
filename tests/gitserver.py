"""A real web server for git repositories in tests: git's own CGI program behind Python's http.server."""

from __future__ import annotations

import http.server
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class GitServer(http.server.ThreadingHTTPServer):
    """Serves the bare repositories below ``root``; ``seen`` lists (Host header, path with query).

    A path in ``redirects`` leads to its value (a whole location), one in ``statuses`` gets that status;
    both are looked up by the path before ``/info/refs``. With ``stall`` set, fetches never get an answer;
    with ``post_redirect`` they are sent there. Without ``smart`` it serves plain files, as old servers do.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.redirects: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.seen: list[tuple[str, str]] = []
        self.authorizations: list[str] = []
        self.post_redirect = ""
        self.smart = True
        self.stall = threading.Event()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(root: Path, context: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """The server, running until the block ends; over TLS where a context is given."""
    server = GitServer(root)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: GitServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.server.seen.append((self.headers["Host"], self.path))
        if "Authorization" in self.headers:
            self.server.authorizations.append(self.headers["Authorization"])
        base = path.removesuffix("/info/refs")
        if base in self.server.redirects:
            self.send_response(302)
            self.send_header("Location", self.server.redirects[base])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif base in self.server.statuses:
            self.send_error(self.server.statuses[base])
        elif self.server.smart:
            self._serve()
        else:
            self._serve_file(path)

    def do_POST(self) -> None:
        if self.server.stall.is_set():
            self.server.closing.wait(60)
        elif self.server.post_redirect:
            self.send_response(302)
            self.send_header("Location", self.server.post_redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests' output is read by people."""

    def _serve_file(self, path: str) -> None:
        wanted = self.server.root / path.lstrip("/")
        if not wanted.is_file():
            self.send_error(404)
            return
        content = wanted.read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": self.client_address[0],
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = subprocess.run(
            ["git", "http-backend"], env=environment, input=body, capture_output=True, check=False
        ).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
