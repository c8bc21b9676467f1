"""How git reaches a source: the address, settings and environment that keep it on the checked path.

Only the one protocol of the source is open; names are resolved already, so the connection goes to the
address that was checked; a local repository's own configuration is outweighed in the serving process too.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gitinsight.errors import SourceRefused
from gitinsight.git import command
from gitinsight.git.local import checked_git_dir
from gitinsight.git.redirects import certificates, final_hop
from gitinsight.git.source import Source, SourceRules, pin

_PINNING_GIT = (2, 37)


@dataclass(frozen=True)
class Route:
    """What a git process needs to talk to one source: its ``url``, options and environment."""

    source: Source
    url: str
    config: Mapping[str, str]
    environment: Mapping[str, str]
    options: tuple[str, ...] = field(default=())


def route_to(source: Source, rules: SourceRules) -> Route:
    """The route to a source, with its host resolved, checked and pinned, and redirects followed.

    Raises SourceRefused, SourceUnreachable and, for local clones that lack history, SourceDamaged.
    """
    if source.scheme == "path":
        return _local(source)
    if source.scheme in {"http", "https"}:
        return _web(*final_hop(source, rules), rules)
    address = str(pin(source, rules))
    return _ssh(source, address) if source.scheme == "ssh" else _git(source, address)


def _route(
    source: Source,
    url: str,
    protocol: str,
    *,
    config: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Route:
    allowed = {f"protocol.{protocol}.allow": "always"}
    only = {"GIT_ALLOW_PROTOCOL": protocol}
    return Route(source, url, allowed | dict(config or {}), only | dict(environment or {}), options)


def _local(source: Source) -> Route:
    git_dir = checked_git_dir(Path(source.path))
    # Git starts the serving side without our settings, as if on another machine, so it gets its own.
    served_by = shlex.join([*command.words(), "upload-pack"])
    return _route(source, str(git_dir), "file", options=(f"--upload-pack={served_by}",))


def _web(source: Source, address: str, rules: SourceRules) -> Route:
    if command.version() < _PINNING_GIT and not rules.allow_private_addresses:
        raise SourceRefused("Fetching over http and https needs git 2.37 or newer here; update git.")
    config = {"http.lowSpeedLimit": "1", "http.lowSpeedTime": "300"}
    if ":" not in source.host and source.host != address:
        shown = f"[{address}]" if ":" in address else address
        config["http.curloptResolve"] = f"{source.host}:{source.effective_port}:{shown}"
    if trusted := certificates():
        config["http.sslCAInfo"] = trusted
    return _route(source, source.url, source.scheme, config=config)


def _ssh(source: Source, address: str) -> Route:
    # With an alias, ssh looks the key up under it alone, so a port of its own must be part of it.
    alias = f"[{source.host}]:{source.port}" if source.port else source.host
    options = {
        "HostName": address,
        "HostKeyAlias": alias,
        "BatchMode": "yes",
        "CheckHostIP": "no",
        "ClearAllForwardings": "yes",
        "ConnectTimeout": "30",
        "ControlPath": "none",
        "ForwardAgent": "no",
        "ForwardX11": "no",
        "PermitLocalCommand": "no",
        "ProxyCommand": "none",
        "ServerAliveInterval": "60",
        "StrictHostKeyChecking": "accept-new",
        "UpdateHostKeys": "no",
    }
    words = ["ssh", "-F", os.devnull]
    for name, value in options.items():
        words += ["-o", f"{name}={value}"]
    environment = {"GIT_SSH_COMMAND": shlex.join(words), "GIT_SSH_VARIANT": "ssh"}
    return _route(source, source.url, "ssh", environment=environment)


def _git(source: Source, address: str) -> Route:
    shown = f"[{address}]" if ":" in address else address
    name = f"[{source.host}]" if ":" in source.host else source.host
    port = f":{source.port}" if source.port else ""
    # The address replaces the name in the URL; the server still hears which of its hosts is meant.
    environment = {"GIT_OVERRIDE_VIRTUAL_HOST": f"{name}{port}"}
    return _route(source, f"git://{shown}{port}{source.path}", "git", environment=environment)
