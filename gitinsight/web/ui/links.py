"""Where evidence leads: our own page about the thing, which leads on to the forge."""

from __future__ import annotations

from flask import request

from gitinsight.services.repositories import RepositoryView


def links_of(repository: RepositoryView) -> dict[str, str]:
    """Address templates with ``{ref}`` by kind of evidence, as the macros want them."""
    base = f"{request.script_root}/repositories/{repository.id}"
    kinds = ("commit", "file", "person", "release")
    return {kind: f"{base}/evidence/{kind}?ref={{ref}}" for kind in kinds} | {
        "metric": f"{base}/metrics/{{ref}}"
    }
