"""Structured logs: readable lines on a terminal, one JSON object a line elsewhere.

Every line carries what was bound to the request or job (``trace_id``, ``job_id`` ...); values whose
names promise a secret are replaced before anything is written, and on a terminal so are the characters
that would steer it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from gitinsight.config import Settings

_SECRET_NAMES = ("authorization", "password", "secret", "token", "cookie", "api_key")
_STACKS = frozenset({"exception", "stack"})


def configure_logs(settings: Settings, *, quiet: bool = False) -> None:
    """Send structlog's and the standard library's records to standard error in the settings' form.

    ``quiet`` keeps all but errors away from a person who reads the terminal.
    """
    level = logging.ERROR if quiet else getattr(logging, settings.log_level.upper())
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    last: list[Any] = (
        [
            structlog.processors.format_exc_info,
            _make_printable,
            # The default shows the variables of every function in a traceback, and those may be secrets.
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
        if as_text
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("rq.worker", "rq.scheduler", "alembic", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _hide_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in line:
        if any(mark in name.lower() for mark in _SECRET_NAMES):
            line[name] = "…"
    return line


def printable(text: str, kept: str = "") -> str:
    """The text with what is no visible character replaced, other than the ``kept`` ones.

    On a terminal it then neither steers nor begins a line of its own.
    """
    return "".join(sign if sign.isprintable() or sign in kept else "\ufffd" for sign in text)


def _make_printable(
    _logger: object, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = printable(value, kept="\n\t" if name in _STACKS else "")
    return line
