"""A real browser on the real server: what the tests in a browser share."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

#: Streamlit's mark that the page's script has ended.
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'

#: Milliseconds that a page may take on a busy machine before a test gives up.
PATIENCE = 30_000


def chromium() -> str:
    """Return the path of chromium; without it the test is skipped, in CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        reason = "no chromium here: sudo apt-get install chromium fonts-noto-cjk"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return found


@contextmanager
def serving(
    arguments: list[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Run a server of the project that says its address; give address and process; end it by that process."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=environment or dict(os.environ),
        )
    assert process.stdout is not None
    try:
        said = re.search(r"http://\S+", process.stdout.readline())
        assert said, log.read_text()
        yield said.group(), process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


@contextmanager
def server(*folders: Path, log: Path) -> Iterator[str]:
    """Run `cuntong serve` on a free port of the loopback; give its address."""
    command = ["-m", "geo", "serve", *map(str, folders), "--port", "0", "--no-open", "--quiet"]
    with serving(command, log) as (address, _):
        yield address


@contextmanager
def browser() -> Iterator[Browser]:
    """Give a headless chromium."""
    path = chromium()
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@dataclass
class Visit:
    """One reader's browser: the page, and what it asked for or complained of."""

    page: Page
    url: str
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str = "", **query: str) -> Page:
        """Open a page of the app and wait until it stands still."""
        from urllib.parse import urlencode

        self.page.goto(f"{self.url}/{path}" + (f"?{urlencode(query)}" if query else ""))
        return self.still()

    def still(self) -> Page:
        """Wait until the page's script has ended."""
        self.page.wait_for_selector(IDLE, timeout=PATIENCE)
        self.page.wait_for_timeout(250)
        self.page.wait_for_selector(IDLE, timeout=PATIENCE)
        return self.page


@contextmanager
def visit(
    started: Browser,
    url: str,
    *,
    language: str = "en-US",
    width: int = 1280,
    dark: bool = False,
    stopping: bool = True,
) -> Iterator[Visit]:
    """Give a fresh reader's browser; requests to any other host are noted, and stopped.

    A browser whose requests are stopped keeps nothing in its cache: what is measured warm must not be `stopping`.
    """
    context: BrowserContext = started.new_context(
        locale=language,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        accept_downloads=True,
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    reader = Visit(page, url)

    def own(asked: str) -> bool:
        return asked.startswith((url, url.replace("http", "ws"), "data:", "blob:", "about:"))

    def ask(route: Any) -> None:
        if own(route.request.url):
            route.continue_()
        else:
            route.abort()

    page.on("request", lambda r: None if own(r.url) else reader.outside.append(r.url))
    if stopping:
        context.route("**/*", ask)
    page.on("console", lambda m: reader.complaints.append(_complaint(m)) if m.type == "error" else None)
    page.on("pageerror", lambda e: reader.complaints.append(str(e)))
    yield reader
    context.close()


def _complaint(message: ConsoleMessage) -> str:
    """Return what the browser's console says, and of which address."""
    return f"{message.text} {message.location.get('url', '')}"
