"""From ``gitinsight up`` on an empty home to the first insight and the first chart in a browser, and the
memory of all its processes once it is idle."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import commit_count, family_pss
from tests.browser import find_chromium

IDLE_SECONDS = 15
_PATIENCE_MS = 180_000


def report(repository: Path) -> None:
    """Print seconds to the greeting, to the first insight and to the first chart, and the idle memory."""
    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        with _running(Path(home), repository) as (process, link):
            greeted = time.perf_counter() - started
            insight, chart = _watch(link, started)
            _wait_until_idle(process)
            held = family_pss(psutil.Process(process.pid))
    print(f"\n{repository.name}: {commit_count(repository):,} commits, from the command on an empty home")
    print(f"{'login link printed':<36}{greeted:>8.1f} s")
    print(f"{'first insight on the page':<36}{insight:>8.1f} s")
    print(f"{'first chart on the page':<36}{chart:>8.1f} s")
    print(f"{'idle memory of all processes (PSS)':<36}{held / 1e6:>8.0f} MB")


@contextmanager
def _running(home: Path, repository: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "gitinsight", "up", "--repo", str(repository)],
        env={**os.environ, "GITINSIGHT_HOME": str(home), "PORT": port},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield (
            process,
            next(
                found[0] for line in process.stdout if (found := re.search(r"http\S+/login/link/\S+", line))
            ),
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _watch(link: str, started: float) -> tuple[float, float]:
    """Seconds until the repository's page shows an insight and a drawn chart, without a reload."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(link)
        page.locator(".gi-cards a, .gi-card a").first.click()
        page.locator(".gi-insight").first.wait_for(timeout=_PATIENCE_MS)
        insight = time.perf_counter() - started
        _wait_for_drawing(page)
        chart = time.perf_counter() - started
        browser.close()
    return insight, chart


def _wait_for_drawing(page: Page) -> None:
    page.locator("figure[data-chart] canvas, figure[data-chart] .gi-chart-canvas svg").first.wait_for(
        timeout=_PATIENCE_MS
    )


def _wait_until_idle(process: subprocess.Popen[str]) -> None:
    """Until no analyzer runs any more, and a while longer."""
    family = psutil.Process(process.pid)
    while any("analyzer_process" in " ".join(child.cmdline()) for child in family.children(recursive=True)):
        time.sleep(1)
    time.sleep(IDLE_SECONDS)
