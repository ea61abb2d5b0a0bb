"""The map in a real browser: click, keyboard, table, search, services and links; nothing is mounted anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Page

from geo.atlas import Atlas
from geo.snapshot import open_snapshot
from geo.why import why
from tests.app.browser import PATIENCE, Visit

pytestmark = pytest.mark.xdist_group("browser")

#: A place where natural villages lie close together.
NEAR = "12/31.62/119.75"


@pytest.fixture(scope="module")
def atlas(demo_folder: Path) -> Atlas:
    return Atlas(open_snapshot(demo_folder))


class Map:
    """The map's frame inside a page."""

    def __init__(self, visit: Visit, **query: str) -> None:
        self.visit = visit
        self.bytes: list[int] = []
        visit.page.on(
            "websocket",
            lambda w: w.on(
                "framereceived", lambda f: self.bytes.append(len(f if isinstance(f, bytes) else f.encode()))
            ),
        )
        self.asked: list[str] = []
        visit.page.on("request", lambda r: self.asked.append(r.url))
        self.page: Page = visit.open("map", **{"lang": "en", **query})
        self.frame = self.found()
        self.ready()
        self.frame.evaluate("window.__mark = 1")

    def found(self) -> Frame:
        self.page.locator("iframe[title*=folium]").first.wait_for(timeout=PATIENCE)
        for _ in range(100):
            frames = [f for f in self.page.frames if "streamlit_folium" in f.url]
            if frames:
                return frames[0]
            self.page.wait_for_timeout(50)
        raise AssertionError("no map")

    def ready(self) -> None:
        self.frame.wait_for_function("document.body.dataset.ctReady === '1'", timeout=PATIENCE)

    def still(self) -> None:
        self.visit.still()
        self.ready()

    @property
    def level(self) -> str:
        return str(self.frame.evaluate("document.body.dataset.ctLevel"))

    def on_screen(self, source: str, code: int | None = None) -> list[list[float]]:
        found = self.frame.evaluate(f"ct.onScreen('{source}')")
        return [p for p in found if code is None or p[3] == code]

    def click(self, x: float, y: float) -> None:
        box = self.page.locator("iframe[title*=folium]").first
        box.scroll_into_view_if_needed()
        at = box.bounding_box()
        assert at is not None
        self.page.mouse.click(at["x"] + x, at["y"] + y)

    def heading(self, text: str) -> None:
        self.page.locator("h5", has_text=text).first.wait_for(timeout=PATIENCE)

    def same_map(self) -> bool:
        return bool(self.frame.evaluate("window.__mark === 1"))


def test_a_click_on_an_uncovered_hamlet_says_what_why_does_and_draws_the_evidence(
    reader: Callable[..., Visit], atlas: Atlas
) -> None:
    chart = Map(reader(), at=NEAR, service="fibre")
    assert chart.level == "hamlet"
    first = chart.on_screen("units_hamlet", 3)[0]
    i = int(first[2])
    before, started = sum(chart.bytes), time.perf_counter()
    chart.click(first[0], first[1])
    chart.heading(str(atlas.units.at[i, "name"]))
    took = time.perf_counter() - started
    chart.still()
    reason = why(atlas.snapshot, str(atlas.units.at[i, "unit_id"]), "fibre", language="en")[0]
    shown = chart.page.locator('[data-testid="stText"]').all_inner_texts()
    assert any(all(s[:80] in text for s in reason.sentences) for text in shown), shown
    assert chart.frame.evaluate("ct.proof ? ct.proof.getLayers().length : 0") == 2
    assert "pick=hamlet" in chart.page.url
    assert chart.same_map()
    assert sum(chart.bytes) - before < 12_000
    assert took < 3.0, "on a quiet machine it is 0.15 s"


def test_another_service_changes_colours_without_a_tile_and_without_a_new_map(
    reader: Callable[..., Visit],
) -> None:
    chart = Map(reader(), at=NEAR, service="fibre")
    before = [p[3] for p in chart.on_screen("units_hamlet")]
    chart.asked.clear()
    chart.page.get_by_label("Service").first.click()
    chart.page.get_by_role("option", name="cable TV", exact=True).click()
    chart.still()
    after = [p[3] for p in chart.on_screen("units_hamlet")]
    assert len(after) == len(before)
    assert after != before
    assert chart.same_map()
    assert [u for u in chart.asked if "/tiles/" in u] == []
    assert [u for u in chart.asked if "/values/" in u and "cable_tv" in u]


def test_the_legend_counts_what_the_command_counts(reader: Callable[..., Visit], atlas: Atlas) -> None:
    chart = Map(reader(), unit="county:320412@2023", service="fibre", level="village")
    i = atlas.position("county:320412@2023")
    counts = atlas.counts(_array(i), "fibre", "*", level="village", basis="units").iloc[0]
    legend = chart.page.locator("table.ct-n").first.inner_text()
    assert f"covered\t{counts['numerator']:,.0f}" in legend
    assert f"unknown\t{counts['unknown']:,.0f}" in legend
    codes = atlas.status("fibre")[atlas.below(i, "village")]
    assert f"not covered\t{(codes == 3).sum():,}" in legend


def _array(i: int) -> Any:
    import numpy as np

    return np.array([i])


def test_only_gaps_hides_the_covered_and_keeps_the_unknown(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(), at=NEAR, service="fibre", gaps="1")
    covered = chart.on_screen("units_hamlet", 1)[0]
    hit = f"(ct.hit(ct.map.containerPointToLatLng([{covered[0]}, {covered[1]}]), 1) || {{s: {{}}}}).s.level"
    assert chart.frame.evaluate(hit) != "hamlet"
    assert "hide" in chart.frame.evaluate("JSON.stringify(Object.keys(ct.theme))")
    gap = chart.on_screen("units_hamlet", 3)[0]
    hit = f"ct.hit(ct.map.containerPointToLatLng([{gap[0]}, {gap[1]}]), 8).s.level"
    assert chart.frame.evaluate(hit) == "hamlet"


def test_the_keyboard_moves_the_map_and_picks_its_centre(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(), at="11/31.62/119.75", level="village", service="fibre")
    chart.frame.locator(".leaflet-container").focus()
    before = chart.frame.evaluate("ct.at()")
    chart.page.keyboard.press("ArrowRight")
    chart.page.wait_for_timeout(600)
    assert chart.frame.evaluate("ct.at()") != before
    chart.ready()
    chart.page.keyboard.press("Enter")
    name = chart.frame.evaluate("ct.hit(ct.map.getCenter(), 8).f.props.name")
    chart.heading(name)
    assert chart.same_map()


def test_the_link_follows_the_map_and_opens_it_there(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(), at="9/31.6/119.7")
    scripts = len(chart.bytes)
    chart.frame.evaluate("ct.map.setView([31.7, 119.9], 11, {animate: false})")
    chart.page.wait_for_timeout(600)
    chart.ready()
    assert len(chart.bytes) == scripts, "a move of the map is no word to the server"
    assert "at=11/31.70" in chart.page.url
    again = Map(reader(), **dict(p.split("=") for p in ("at=11/31.70000/119.90000",)))
    assert again.frame.evaluate("ct.at()").startswith("11/31.7")


def test_a_row_of_the_table_is_shown_on_the_map(reader: Callable[..., Visit], atlas: Atlas) -> None:
    chart = Map(reader(), unit="county:320404@2023", service="fibre", level="village")
    table = chart.page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    chart.page.mouse.click(box["x"] + 12, box["y"] + 52)
    chart.frame.wait_for_function("!!ct.selected", timeout=PATIENCE)
    chart.still()
    i = int(chart.frame.evaluate("ct.selected.split('/')[1]"))
    assert atlas.units.at[i, "level"] == "village"
    lat, lon = chart.frame.evaluate("[ct.map.getCenter().lat, ct.map.getCenter().lng]")
    assert abs(lat - atlas.units.at[i, "lat"]) < 0.05
    assert abs(lon - atlas.units.at[i, "lon"]) < 0.05
    assert chart.same_map()


def test_a_place_is_found_by_its_initials_and_shown(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(), service="fibre")
    chart.page.get_by_label("Find a place").fill("liyang")
    chart.page.keyboard.press("Enter")
    chart.visit.still()
    found = chart.page.get_by_label("Places found")
    found.first.click()
    chart.page.get_by_role("option", name="溧阳市").first.click()
    chart.heading("溧阳市")
    chart.still()
    assert chart.same_map()
    assert chart.frame.evaluate("ct.selected").startswith("units_county/")


def test_networks_can_be_laid_over_and_clicked(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(), at=NEAR, layers="fibre_telecom", service="fibre")
    assert chart.frame.evaluate("Object.keys(ct.on)") == ["plant_fibre_telecom_0"]
    at = chart.frame.evaluate(
        """(() => { const f = ct.layer.views.get('plant_fibre_telecom_0').tileCache.cache;
        const size = ct.map.getSize();
        for (const [key, e] of f) { const [x, y, z] = key.split(':').map(Number);
          if (z !== ct.map.getZoom()) continue;
          for (const line of e.data.get('lines') || []) for (const p of line.geom[0]) {
            const q = ct.map.latLngToContainerPoint(ct.map.unproject([x * 256 + p.x, y * 256 + p.y], z));
            if (q.x < 80 || q.y < 80 || q.x > size.x - 80 || q.y > size.y - 80) continue;
            const h = ct.hit(ct.map.containerPointToLatLng(q), 8);
            if (h && h.s.kind === 'plant') return [q.x, q.y, h.f.props.id];
          } } return null; })()"""
    )
    assert at is not None
    chart.click(at[0], at[1])
    chart.page.get_by_text(at[2]).first.wait_for(timeout=PATIENCE)
    assert chart.same_map()
