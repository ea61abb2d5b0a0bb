"""One server and one browser for all tests of a worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.app.browser import Visit, browser, chromium, server, visit


@pytest.fixture(scope="session")
def url(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    chromium()
    with server(demo_folder, log=tmp_path_factory.mktemp("server") / "server.log") as address:
        yield address


@pytest.fixture(scope="session")
def started() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.fixture
def reader(url: str, started: Browser) -> Iterator[Callable[..., Visit]]:
    """Give a maker of readers; at the end none may have asked another host."""
    with ExitStack() as stack:
        made: list[Visit] = []

        def come(**how: object) -> Visit:
            made.append(stack.enter_context(visit(started, url, **how)))  # type: ignore[arg-type]
            return made[-1]

        yield come
        assert [o for v in made for o in v.outside] == []
