"""A real Chromium for tests, and for the README's picture: ``python -m tests.browser ADDRESS FILE [LOGIN_LINK]``."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"no Chromium here: neither CHROMIUM names one nor is {', '.join(NAMES)} on PATH"
# A container has little shared memory and no sandbox for root; neither matters for pages of our own.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
DRAWN = "() => [...document.querySelectorAll('figure[data-chart] .gi-chart-canvas')].every(c => c.querySelector('canvas, table, .gi-chart-message'))"
"""Whether every chart of the page is drawn or says why it is not."""


def find_chromium() -> str | None:
    """The browser to use: the one that CHROMIUM names, else the first on PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """A running browser without windows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page whose complaints are kept: errors of scripts, of the console (policy violations too), of loads."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def open(self, address: str) -> Page:
        """The page at this address with its charts drawn."""
        self.page.goto(address)
        self.page.wait_for_function(DRAWN)
        return self.page


def main(address: str, file: str, link: str = "") -> None:
    """Take a picture of the page's first screen, in the light theme, signed in by the link where one is given."""
    path = find_chromium()
    if path is None:
        sys.exit(MISSING)
    with launched(path) as browser:
        context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme="light")
        watched = Watched(context)
        if link:
            watched.page.goto(link)
        page = watched.open(address)
        # The drawing of a chart is done one animation after its canvas appears.
        page.wait_for_timeout(500)
        page.screenshot(path=Path(file))
    print("\n".join(watched.complaints))


if __name__ == "__main__":
    main(*sys.argv[1:])
