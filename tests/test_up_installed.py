"""`gitinsight up` from a wheel, far from any checkout."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
import requests

from tests.running import STOP_SECONDS, running

if TYPE_CHECKING:
    from tests.distributions import Installation

pytest_plugins = ("tests.distributions",)
pytestmark = pytest.mark.packaging


def test_an_installed_wheel_starts_serves_its_pages_and_stops(
    installation: Installation, clean_environment: dict[str, str]
) -> None:
    program = [str(installation.environment / "bin" / "gitinsight")]
    led = ("PYTHON", "COV_")
    environment = {name: text for name, text in clean_environment.items() if not name.startswith(led)}
    environment["PORT"] = "0"

    with running(installation.folder / "up", environment, program=program) as up:
        browser = requests.Session()
        assert "admin" in browser.get(up.link, timeout=10).text
        assert browser.get(f"{up.address}/static/app/app.css", timeout=10).status_code == 200
        assert browser.get(f"{up.address}/api/v1/openapi.json", timeout=10).status_code == 200
        assert up.complained == ""
        assert up.ask_to_stop(signal.SIGTERM) < STOP_SECONDS
        assert up.survivors() == []
