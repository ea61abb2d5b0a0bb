"""Overview and gaps in a real browser: clicks go down and to the map; little travels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, WebSocket

from tests.app.browser import Visit

pytestmark = pytest.mark.xdist_group("browser")

#: Bytes that may come over the websocket for one thing that a reader does.
MOST = 50_000

#: Pixels from a table's upper left corner into its first cell.
FIRST = (40, 52)


@contextmanager
def counted(page: Page) -> Iterator[list[int]]:
    """Give the sizes of what comes over websockets that are opened inside."""
    sizes: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda data: sizes.append(len(data)))

    page.on("websocket", listen)
    yield sizes
    page.remove_listener("websocket", listen)


def click_first(visit: Visit, table: int = 0) -> Page:
    """Click the first cell of a table on the page."""
    canvas = visit.page.locator('[data-testid="stDataFrame"] canvas').nth(table)
    canvas.scroll_into_view_if_needed()
    canvas.click(position={"x": FIRST[0], "y": FIRST[1]}, force=True)  # its scroller lies over it
    visit.page.wait_for_timeout(500)
    return visit.still()


def test_clicks_lead_down_and_the_path_leads_up(reader: Callable[..., Visit]) -> None:
    visit = reader(language="en-GB")
    page = visit.open(lang="en")
    assert page.get_by_role("heading", name="Counties here, worst first").count() == 1
    click_first(visit)
    page.get_by_role("heading", name="Townships here, worst first").wait_for()
    assert "unit=county" in page.url
    page.get_by_role("button", name="常州市").click()
    page.get_by_role("heading", name="Counties here, worst first").wait_for()
    assert "unit=city" in page.url
    assert visit.complaints == []


def test_a_figure_opens_how_it_was_counted(reader: Callable[..., Visit]) -> None:
    page = reader().open(lang="en")
    page.get_by_role("button", name="How was this counted?").first.click()
    page.get_by_text("What would make this figure wrong?").first.wait_for()
    assert page.get_by_text(re.compile("Rule within: plant at most 500 m")).first.is_visible()


def test_a_cards_link_shows_its_own_gaps_and_a_row_its_place_on_the_map(
    reader: Callable[..., Visit],
) -> None:
    visit = reader()
    page = visit.open(lang="en")
    page.get_by_role("link", name="Gaps").nth(2).click()
    page.get_by_role("heading", name="Without broadband").wait_for()
    visit.still()
    assert "service=broadband" in page.url
    assert "level=hamlet" in page.url
    click_first(visit)
    page.wait_for_url(re.compile(r"/map\?.*pick=hamlet"))


@pytest.mark.parametrize("path", ["", "gaps"])
def test_a_page_fits_through_a_narrow_line(reader: Callable[..., Visit], path: str) -> None:
    visit = reader()
    visit.open(path, lang="en", service="fibre", level="hamlet")
    with counted(visit.page) as sizes:
        visit.open(path, lang="en", service="fibre", level="hamlet")
    assert 0 < sum(sizes) <= MOST
