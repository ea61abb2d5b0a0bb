"""The app against a plain page of st_folium with GeoJSON, in a real browser and in one run.

Run as `python -m benchmarks.app [SNAPSHOTS]...`; without one the demo is made. Walls are those of this machine at
this hour: read the ratios. Bytes are those of the websocket.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page
from rich.console import Console
from rich.table import Table

from geo.atlas import Atlas
from geo.run import run
from geo.snapshot import open_snapshot
from tests.app.browser import browser, serving, visit
from tests.conftest import DATA

#: Loads and clicks measured (the median is told), and further viewers; fewer of the plain page, which is slow.
LOADS, CLICKS, VIEWERS = 5, 7, 10
PLAIN_LOADS, PLAIN_CLICKS, PLAIN_VIEWERS = 3, 3, 2

#: Bars of the design (ux.md): seconds, seconds, bytes, bytes, megabytes a viewer.
BARS = {"load": 2.0, "click": 0.3, "bytes_load": 50_000, "bytes_click": 10_000, "viewer": 40.0}

PLAIN = [sys.executable, "-m", "benchmarks.plain"]


@dataclass
class Way:
    """One way to show the map: how to see that it is drawn, and how a click is answered."""

    name: str
    path: str
    drawn: str
    answer: Callable[[Page], str]
    map_name: str
    times: tuple[int, int, int]
    figures: dict[str, float] = field(default_factory=dict)


OURS = Way(
    "cuntong",
    "map",
    "() => document.body.dataset.ctReady === '1'",
    lambda page: page.get_by_test_id("stMain").inner_text(),
    "window.ct.map",
    (LOADS, CLICKS, VIEWERS),
)
THEIRS = Way(
    "st_folium + GeoJson",
    "",
    "() => document.querySelectorAll('path.leaflet-interactive').length > 100",
    lambda page: page.get_by_text("picked").inner_text(),
    "window.map",
    (PLAIN_LOADS, PLAIN_CLICKS, PLAIN_VIEWERS),
)


def map_frame(page: Page) -> Frame:
    """Return the frame of the map, once it is there."""
    page.wait_for_selector("iframe", timeout=60_000)
    while True:
        for frame in page.frames[1:]:
            if frame.url:
                return frame
        page.wait_for_timeout(20)


@contextmanager
def counted(page: Page) -> Iterator[list[int]]:
    """Count the bytes that the websocket brings."""
    got = [0]

    def on(frame: str | bytes) -> None:
        got[0] += len(frame)

    page.on("websocket", lambda ws: ws.on("framereceived", on))
    yield got


def load(way: Way, page: Page, url: str) -> float:
    """Return the seconds from asking for the page until its map is drawn."""
    began = time.perf_counter()
    page.goto(f"{url}/{way.path}")
    map_frame(page).wait_for_function(way.drawn, timeout=120_000, polling=20)
    return time.perf_counter() - began


def click(way: Way, page: Page, place: tuple[float, float]) -> float:
    """Return the seconds from a click at a place (latitude, longitude) until the page says what it is."""
    frame = map_frame(page)
    at = frame.evaluate(f"p => {way.map_name}.latLngToContainerPoint(p)", list(place))
    box = page.locator("iframe").first.bounding_box()
    assert box is not None
    before = way.answer(page)
    began = time.perf_counter()
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    while way.answer(page) == before:
        if time.perf_counter() - began > 60:
            raise TimeoutError(f"{way.name}: no answer to a click at {place}")
        time.sleep(0.005)
    return time.perf_counter() - began


def memory(pid: int) -> float:
    """Return the resident memory of a process [MB]."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(x for x in lines if x.startswith("VmRSS")).split()[1]) / 1000


def measure(way: Way, started: Browser, url: str, pid: int, places: list[tuple[float, float]]) -> None:
    """Fill a way's figures."""
    loads, clicks, viewers = way.times
    places = places[:clicks]
    with visit(started, url, stopping=False) as reader, counted(reader.page) as got:
        reader.open()
        way.figures["cold"] = load(way, reader.page, url)
        way.figures["load"] = statistics.median(load(way, reader.page, url) for _ in range(loads))
        got[0] = 0
        load(way, reader.page, url)
        reader.page.wait_for_timeout(1500)
        way.figures["bytes_load"], got[0] = got[0], 0
        way.figures["click"] = statistics.median(click(way, reader.page, p) for p in places)
        way.figures["bytes_click"] = got[0] / len(places)
    alone = memory(pid)
    way.figures["memory"] = alone
    readers = [visit(started, url, stopping=False) for _ in range(viewers)]
    for one in readers:
        load(way, one.__enter__().page, url)
    way.figures["viewer"] = (memory(pid) - alone) / viewers
    for one in readers:
        one.__exit__(None, None, None)


def compare(folder: Path) -> bool:
    """Measure both ways over one snapshot, print them side by side; return whether our bars are held."""
    snapshot = open_snapshot(folder)
    atlas = Atlas(snapshot)
    level = "village" if any(x["id"] == "village" for x in atlas.levels) else atlas.levels[-1]["id"]
    west, south, east, north = atlas.bounds(0) or (0, 0, 0, 0)
    middle = ((south + north) / 2, (west + east) / 2)
    units = atlas.units.iloc[atlas.at_level(level)].dropna(subset=["lon", "lat"])
    far = (units["lat"] - middle[0]).abs() + (units["lon"] - middle[1]).abs()
    near = units.loc[far.sort_values().index[: CLICKS * 40 : 40]]
    places = list(near[["lat", "lon"]].itertuples(index=False, name=None))
    plain = {"CUNTONG_PLAIN": str(snapshot.path)}
    ours, theirs = (Way(**{**vars(w), "figures": {}}) for w in (OURS, THEIRS))
    with tempfile.TemporaryDirectory() as logs, browser() as started:
        log = Path(logs) / "log"
        with serving(["-m", "geo", "serve", str(snapshot.path), "--port", "0", "--no-open", "-q"], log) as (
            url,
            pid,
        ):
            measure(ours, started, url, pid, places)
        with serving(["-m", "benchmarks.plain"], log, {**os.environ, **plain}) as (url, pid):
            measure(theirs, started, url, pid, places)
    table = Table(title=f"{snapshot.name}: {len(atlas.units):,} units")
    for head in ("", ours.name, theirs.name, "ratio", "bar"):
        table.add_column(head, justify="left" if not head else "right")
    for key, words in WORDS.items():
        mine, other, bar = ours.figures[key], theirs.figures[key], BARS.get(key)
        ratio = f"{other / mine:,.1f} x" if mine > 0 else "–"
        table.add_row(words, f"{mine:,.2f}", f"{other:,.2f}", ratio, "" if bar is None else f"<= {bar:,}")
    Console().print(table)
    return all(ours.figures[key] <= bar for key, bar in BARS.items())


WORDS = {
    "cold": "first map, cold, s",
    "load": "first map, warm, median, s",
    "click": "click to answer, median, s",
    "bytes_load": "websocket, one load, bytes",
    "bytes_click": "websocket, one click, bytes",
    "memory": "server's memory, MB",
    "viewer": "each further viewer, MB",
}


def main() -> None:
    folders = [Path(a) for a in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as scratch:
        if not folders:
            run(DATA / "changzhou.toml", Path(scratch), jobs=2)
            folders = [Path(scratch)]
        held = [compare(folder) for folder in folders]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
