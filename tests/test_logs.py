"""The process's log as people read it: on a terminal, and where ``gitinsight up`` shows its children's."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from gitinsight.cli.logfiles import shown
from gitinsight.config import load_settings
from gitinsight.logs import configure_logs

HOSTILE = "/x\x1b[2J\r\nforged\u202eline"


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[io.StringIO]:
    """What the log in the form for terminals writes; the suite's own log comes back afterwards."""
    root, screen = logging.getLogger(), io.StringIO()
    handlers, level, former = root.handlers, root.level, structlog.get_config()
    configure_logs(load_settings({"GITINSIGHT_HOME": str(tmp_path), "GITINSIGHT_LOG_FORMAT": "text"}))
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(screen)
    yield screen
    root.handlers = handlers
    root.setLevel(level)
    structlog.configure(**former)


def test_text_from_outside_does_not_steer_the_terminal(terminal: io.StringIO) -> None:
    structlog.get_logger("test").info("request", path=HOSTILE)
    logging.getLogger("library").warning("said %s", HOSTILE)

    lines = terminal.getvalue().splitlines()

    assert len(lines) == 2
    assert all("forged" in line and "\x1b[2J" not in line and "\u202e" not in line for line in lines)


def test_a_stack_on_the_terminal_shows_no_values_of_variables(terminal: io.StringIO) -> None:
    def fails(secret: str) -> None:
        raise RuntimeError(f"of {len(secret)} characters \x1b[2J")

    hidden = "-".join(("gi", "hidden"))
    try:
        fails(hidden)
    except RuntimeError:
        structlog.get_logger("test").exception("request_crashed")

    told = terminal.getvalue()
    assert "in fails" in told
    assert "RuntimeError: of 9 characters" in told
    assert hidden not in told
    assert "\x1b[2J" not in told


def test_what_a_child_logged_does_not_steer_the_terminal_either() -> None:
    line = shown(json.dumps({"event": "request_crashed", "level": "error", "path": HOSTILE}))

    assert line.startswith("request_crashed path=/x")
    assert line.isprintable()
    assert shown(f"Traceback {HOSTILE}").isprintable()
