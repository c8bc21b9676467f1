"""Package registries of the tests' own, as their protocols are published.

The Python simple API as JSON (PEP 691, PEP 700), the metadata of the npm registry, Go's module proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, jsonify, request

from tests.serving import served


@dataclass
class Registries:
    """What each answers, by path; ``asked`` lists the paths. ``status`` is that of all answers if not 0."""

    address: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 0

    def python(self, name: str, *files: tuple[str, str]) -> None:
        """A project of the simple API with its files, each a name and a time of upload."""
        rows = [
            {"filename": filename, "url": filename, "hashes": {}, "upload-time": at} for filename, at in files
        ]
        self.answers[f"/simple/{name}/"] = {"meta": {"api-version": "1.1"}, "name": name, "files": rows}

    def npm(self, name: str, latest: str, **times: str) -> None:
        """A package of npm; the times of its versions, with underscores for dots."""
        told = {version.replace("_", ".").lstrip("v"): at for version, at in times.items()}
        self.answers[f"/npm/{name}"] = {"name": name, "dist-tags": {"latest": latest}, "time": told}

    def go(self, module: str, version: str, at: str, latest: str, latest_at: str) -> None:
        """A module of the proxy, its capital letters escaped already."""
        self.answers[f"/go/{module}/@v/{version}.info"] = {"Version": version, "Time": at}
        self.answers[f"/go/{module}/@latest"] = {"Version": latest, "Time": latest_at}


@contextmanager
def registries() -> Iterator[Registries]:
    """The registries, served until the block ends."""
    found = Registries()
    app = Flask(__name__)

    @app.get("/<path:path>")
    def answer(path: str) -> Any:
        found.asked.append(request.path)
        if found.status:
            return "trouble", found.status
        content = found.answers.get(request.path)
        if content is None:
            return jsonify(error="not found"), 404
        if request.path.startswith("/simple/"):
            assert request.headers["Accept"] == "application/vnd.pypi.simple.v1+json"
        return jsonify(content)

    with served(app) as address:
        found.address = address
        yield found
