"""Names that are payloads walk through every page and download: they show as written, and nothing runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser

from app.downloads import table_address
from geo.atlas import Atlas
from geo.export.formats import ExportFormat, TableName
from tests.app.browser import Visit, server, visit
from tests.app.map.test_map_page import Map
from tests.app.walk import cells, complaints, taken
from tests.geo.hostile import hostile
from tests.geo.taken import need_fonts

pytestmark = pytest.mark.xdist_group("browser")

RAN = "window.top.__ran=1"
NAMES = [
    f"<img src=x onerror={RAN}>",
    f"<script>{RAN}</script>",
    f"${{{RAN}}}",
    "$x^2$ **b** :red[r] :material/delete:",
    f"[a](javascript:{RAN})",
    "![x](http://outside.example/x.png)",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(1,1)",
    f"{{{{constructor.constructor('{RAN}')()}}}}",
    f"`;{RAN}//",
    f'"><svg onload={RAN}>',
]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return hostile(tmp_path_factory.mktemp("walk"), names=NAMES)


@pytest.fixture(scope="module")
def address(atlas: Atlas, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(atlas.snapshot.path.parent, log=tmp_path_factory.mktemp("log") / "server.log") as url:
        yield url


@pytest.fixture
def reader(address: str, started: Browser) -> Iterator[Visit]:
    with visit(started, address, language="en-GB", width=1700) as one:
        one.page.on("dialog", lambda d: (one.complaints.append(d.message), d.dismiss()))
        yield one
        assert one.page.evaluate("window.__ran") is None
        assert one.page.locator("img[src=x], svg[onload], a[href^=javascript]").count() == 0
        assert one.outside == []
        assert complaints(one) == []


def village(atlas: Atlas, n: int) -> str:
    return str(atlas.units.at[int(atlas.at_level("village")[n]), "unit_id"])


def test_the_overview_shows_names_as_written_in_its_table_and_its_heading(
    reader: Visit, atlas: Atlas
) -> None:
    page = reader.open()
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    assert {line[0] for line in cells(table)[1:]} == set(NAMES)
    for n, name in enumerate(NAMES):
        reader.open(unit=village(atlas, n))
        page.get_by_role("heading", name=name, exact=True).first.wait_for()


def test_the_search_shows_names_as_written(reader: Visit) -> None:
    page = reader.open()
    for wanted in ("<img", "cmd", "javascript"):
        page.get_by_label("Find a place").fill(wanted)
        page.keyboard.press("Enter")
        name = next(n for n in NAMES if wanted in n)
        page.get_by_role("button", name=name).first.wait_for()


def test_the_map_shows_names_as_written_where_it_is_clicked_and_pointed_at(reader: Visit) -> None:
    chart = Map(reader, at="12/31.52/119.55", level="village", service="fibre")
    seen, pointed = set(), set()
    for x, y, *_ in chart.on_screen("units_village"):
        name = chart.frame.evaluate(
            f"(ct.hit(ct.map.containerPointToLatLng([{x}, {y}]), 2) || {{f: {{props: {{}}}}}}).f.props.name"
        )
        chart.click(x, y)
        chart.heading(name)
        chart.still()
        tip = chart.frame.locator(".ct-tip")
        pointed.add(tip.text_content())
        seen |= set(chart.page.locator("h5").all_inner_texts())
    assert len(seen & set(NAMES)) >= 6, seen
    assert len([p for p in pointed if p and p.split(" · ")[0] in NAMES]) >= 2, pointed


def test_the_list_of_gaps_and_its_files_hold_names_as_written_and_no_formula(
    reader: Visit, atlas: Atlas, tmp_path: Path
) -> None:
    page = reader.open("gaps", service="fibre", unknown="1")
    table = page.locator('[data-testid="stDataFrame"]').first
    table.scroll_into_view_if_needed()
    shown = [line[0] for line in cells(table)[1:]]
    assert set(shown) <= set(NAMES)
    path = taken(page, page.get_by_role("link", name="CSV"), tmp_path)
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    assert {r["name"].removeprefix("'") for r in rows} == set(shown)
    assert [r["name"] for r in rows if re.match(r"[=+\-@\t\r]", r["name"])] == []
    book = openpyxl.load_workbook(taken(page, page.get_by_role("link", name="Excel"), tmp_path))
    found = [c for sheet in book.worksheets for line in sheet.iter_rows() for c in line]
    assert [c.value for c in found if c.data_type == "f"] == []
    assert set(shown) <= {str(c.value).removeprefix("'") for c in found}


def test_the_printed_page_shows_names_as_written(reader: Visit, atlas: Atlas) -> None:
    need_fonts()
    page = reader.page
    page.goto(f"{reader.url}/download/{atlas.snapshot.name}/report.html?lang=en")
    text = page.locator("body").inner_text()
    assert [n for n in NAMES if n not in text] == []
    url = table_address(
        atlas.snapshot.name, TableName.UNITS, ExportFormat.GEOJSON, asked={"service": "fibre"}, lang="en"
    )
    told = page.request.get(reader.url + url).json()
    assert [f["properties"]["name"] for f in told["features"]] == NAMES


@pytest.mark.parametrize("part", ["Sources", "Snapshot", "Findings"])
def test_the_page_of_data_shows_them_as_written(reader: Visit, part: str) -> None:
    page = reader.open("data")
    page.get_by_text(part, exact=True).last.click()
    reader.still()
    assert page.locator('[data-testid="stException"]').count() == 0
