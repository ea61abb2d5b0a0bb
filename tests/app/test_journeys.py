"""Three people walk through the app; what they read and take away is what the command says."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from playwright.sync_api import Page
from pypinyin import lazy_pinyin

from geo.atlas import Atlas
from geo.snapshot import open_snapshot
from tests.app.browser import PATIENCE, Visit
from tests.app.map.test_map_page import Map
from tests.app.walk import (
    VERDICTS,
    card_agrees,
    cells,
    command,
    complaints,
    nameless,
    numbers,
    pixel,
    tabbed,
    taken,
    told,
    why_agrees,
)
from tests.geo.taken import need_fonts

pytestmark = pytest.mark.xdist_group("browser")

NETWORKS = Path(__file__).resolve().parents[2] / "data" / "networks"


@pytest.fixture(scope="module")
def atlas(demo_folder: Path) -> Atlas:
    return Atlas(open_snapshot(demo_folder))


def poor_township(atlas: Atlas) -> int:
    """The township with the most villages without fibre of those whose name occurs once."""
    towns = atlas.at_level("township")
    once = atlas.units["name"].value_counts()
    lacking = [
        (atlas.status("fibre")[atlas.below(int(i), "village")] == 3).sum()
        * (once[atlas.units.at[i, "name"]] == 1)
        for i in towns
    ]
    return int(towns[int(np.argmax(lacking))])


def test_the_official_reads_and_takes_away_what_the_command_says(
    reader: Callable[..., Visit], atlas: Atlas, tmp_path: Path
) -> None:
    need_fonts()
    visit = reader(language="zh-CN", width=1700)
    i = poor_township(atlas)
    name, unit = str(atlas.units.at[i, "name"]), str(atlas.units.at[i, "unit_id"])
    page = visit.open()
    _found_by_pinyin(visit, name)
    assert unit in page.evaluate("decodeURIComponent(location.href)")

    named = {str(x["name"]["zh"]): str(x["id"]) for x in atlas.manifest["targets"]}
    rows = {r["target_id"]: r for r in told("scorecard", atlas.snapshot.path, "--unit", unit, "--json")}
    cards = page.locator('[class*="st-key-card_"]').all()
    assert len(cards) == 3
    mains = []
    for card in cards:
        mains.append(re.findall(r"st-key-card_(\w+)", card.get_attribute("class") or "")[0])
        card_agrees(card.inner_text(), rows[mains[-1]], "zh")
    assert rows[mains[0]]["shortfall"] > 0
    _plan_agrees(page, rows, named)

    page.get_by_role("button", name="如何计算").first.click()
    page.get_by_text("什么会使此数有误").first.wait_for()
    counted = page.locator('[data-testid="stPopoverBody"]').inner_text()
    assert "模拟" in counted, "the kind of its sources"
    assert "500 米" in counted, "its rule"
    page.keyboard.press("Escape")

    paper = taken(page, page.get_by_role("link", name="PDF"), tmp_path)
    book = taken(page, page.get_by_role("link", name="xlsx"), tmp_path)
    _paper_agrees(paper, name, [rows[m] for m in mains])
    _book_agrees(book, rows, named)
    assert complaints(visit) == []


def _found_by_pinyin(visit: Visit, name: str) -> None:
    """Find a place by its pinyin and open it, with the keyboard alone."""
    page = visit.page
    tabbed(page, "e.getAttribute('aria-label') === '查找地点'")
    page.keyboard.type("".join(lazy_pinyin(name)))
    page.keyboard.press("Enter")
    page.get_by_role("button", name=name).first.wait_for()
    visit.still()
    tabbed(page, f"e.tagName === 'BUTTON' && e.textContent.includes('{name}')")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=name, exact=True).wait_for()
    visit.still()


def _plan_agrees(page: Page, rows: dict[str, dict[str, Any]], named: dict[str, str]) -> None:
    """Every computed figure in the tables of the plan is the command's."""
    seen = 0
    for table in page.locator('[data-testid="stDataFrame"]').all():
        table.scroll_into_view_if_needed()
        head, *lines = cells(table)
        if not {"指标", "已覆盖", "未知", "总数"} <= set(head):
            continue
        for line in lines:
            cell = dict(zip(head, line, strict=True))
            row = rows[named[cell["指标"]]]
            if row["how"] == "computed":
                seen += 1
                for column, key in (("已覆盖", "numerator"), ("未知", "unknown"), ("总数", "denominator")):
                    assert numbers(cell[column]) == [pytest.approx(row[key], abs=0.5)], cell
                assert cell["判定"] == VERDICTS["zh"][row["verdict"]]
    assert seen == sum(r["how"] == "computed" for r in rows.values())


def _paper_agrees(path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not here: install poppler-utils")
    done = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    flat = re.sub(r"\s", "", done.stdout)
    assert name in flat
    for row in rows:
        assert f"{row['numerator']:,.0f}/{row['denominator']:,.0f}" in flat


def _book_agrees(path: Path, rows: dict[str, dict[str, Any]], named: dict[str, str]) -> None:
    """A row of the workbook holds the figures of each computed target."""
    book = openpyxl.load_workbook(path)
    words = {target: name for name, target in named.items()}
    lines = [[c.value for c in row] for sheet in book.worksheets for row in sheet.iter_rows()]
    for row in rows.values():
        if row["how"] == "computed":
            mine = [x for x in lines if row["target_id"] in x or words[row["target_id"]] in x]
            assert mine, row["target_id"]
            for key in ("numerator", "denominator", "unknown", "shortfall"):
                assert any(row[key] in line for line in mine), (row["target_id"], key)


def test_the_planner_goes_from_a_gap_on_the_map_to_the_list_and_takes_it_away(
    reader: Callable[..., Visit], atlas: Atlas, tmp_path: Path
) -> None:
    hamlets = atlas.at_level("hamlet")
    i = int(hamlets[atlas.status("fibre")[hamlets] == 3][0])
    unit, name = (str(atlas.units.at[i, c]) for c in ("unit_id", "name"))
    lon, lat = float(atlas.units.at[i, "lon"]), float(atlas.units.at[i, "lat"])
    visit = reader(language="en-GB")
    chart = Map(visit, at=f"15/{lat:.5f}/{lon:.5f}", service="fibre", level="hamlet")
    chart.click(*pixel(chart.frame, lon, lat))
    chart.heading(name)
    chart.still()
    why_agrees(chart.page, atlas.snapshot.path, unit, "fibre")
    assert chart.frame.evaluate("ct.proof.getLayers().length") > 0, "the evidence is drawn"

    page = chart.page
    page.get_by_role("link", name="Gaps").first.click()
    page.get_by_role("heading", name="Without fibre").wait_for()
    visit.still()
    _chosen(visit, "Operator", "China Telecom")
    _chosen(visit, "Level", "village")
    page.get_by_text("Unknown too").click()
    visit.still()
    path = taken(page, page.get_by_role("link", name="CSV"), tmp_path)
    words = ("--operator", "telecom", "--level", "village", "--unknown", "--format", "csv")
    due = list(
        csv.DictReader(io.StringIO(command("gaps", atlas.snapshot.path, "--service", "fibre", *words)))
    )
    got = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"))))
    assert len(due) > 10
    assert [r["unit_id"] for r in got] == [r["unit_id"] for r in due]
    for mine, theirs in zip(got, due, strict=True):
        for key in {"status", "households", "population", "nearest_m"} & set(mine):
            assert numbers(mine[key]) == pytest.approx(numbers(theirs[key])), key
    assert f"{len(due):,} units" in page.locator('[data-testid="stMainBlockContainer"]').inner_text()
    assert complaints(visit) == []


def _chosen(visit: Visit, label: str, option: str) -> None:
    visit.page.get_by_role("combobox", name=label, exact=False).first.click()
    visit.page.get_by_role("option", name=option).first.click()
    visit.still()


def test_tab_leads_to_the_map_and_enter_picks_there(reader: Callable[..., Visit]) -> None:
    chart = Map(reader(language="en-GB"), at="12/31.62/119.75", service="fibre", level="village")
    page = chart.page
    tabbed(page, "e.tagName === 'IFRAME'")
    for _ in range(6):
        if chart.frame.evaluate("document.activeElement.classList.contains('leaflet-container')"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("pick="), timeout=PATIENCE)
    chart.heading(chart.frame.evaluate("ct.hit(ct.map.getCenter(), 8).f.props.name"))
    assert chart.same_map()


def bring(visit: Visit, path: Path) -> Page:
    """Send a file on the page of data and wait for what comes of it."""
    page = visit.open("data", lang="en")
    page.get_by_text("Bring data", exact=True).last.click()
    page.locator('[data-testid="stFileUploaderDropzoneInput"]').set_input_files(path)
    page.get_by_role("button", name="Check", exact=True).click()
    page.get_by_role("heading", name="Outcome").wait_for()
    return visit.still()


def test_the_carrier_s_layer_is_told_what_the_command_tells(reader: Callable[..., Visit]) -> None:
    visit = reader(language="en-GB")
    path = NETWORKS / "fibre_unicom.geojson"
    page = bring(visit, path)
    findings = told("check", path, "--json", "--out", "-", allowed=(0, 1, 2))
    assert findings
    text = page.locator('[data-testid="stMainBlockContainer"]').inner_text()
    counts: dict[str, int] = {}
    for one in findings:
        counts[one["rule"]] = counts.get(one["rule"], 0) + 1
    for rule, n in counts.items():
        assert rule in text
        assert f"rows: {n:,}" in text
    aside = sum(f["action"] == "quarantine" for f in findings)
    assert f"{aside} rows would be set aside" in text or not aside
    assert complaints(visit) == []


def test_a_hostile_file_shows_why_it_is_refused(reader: Callable[..., Visit], tmp_path: Path) -> None:
    path = tmp_path / "bomb.kml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><kml>&b;</kml>',
        encoding="utf-8",
    )
    visit = reader(language="en-GB")
    page = bring(visit, path)
    done = told("check", path, "--json", "--out", "-", allowed=(1, 2))
    text = page.locator('[data-testid="stMainBlockContainer"]').inner_text()
    for finding in done:
        assert finding["rule"] in text or finding["message"] in text
    assert "Refused" in text
    assert page.locator('[data-testid="stException"]').count() == 0


@pytest.mark.parametrize("name", ["", "map", "gaps", "data"])
def test_everything_that_can_be_worked_has_a_name(reader: Callable[..., Visit], name: str) -> None:
    visit = reader(language="en-GB")
    page = Map(visit, service="fibre").page if name == "map" else visit.open(name)
    assert nameless(page) == []
