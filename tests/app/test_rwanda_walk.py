"""A real country in the app: what it shows is what the command says."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from geo.atlas import Atlas
from geo.snapshot import open_snapshot
from tests.app.browser import Visit, server, visit
from tests.app.map.test_map_page import Map
from tests.app.walk import card_agrees, command, complaints, pixel, taken, told, why_agrees

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture(scope="module")
def atlas(rwanda_folder: Path) -> Atlas:
    return Atlas(open_snapshot(rwanda_folder))


@pytest.fixture(scope="module")
def address(rwanda_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with server(rwanda_folder, log=tmp_path_factory.mktemp("log") / "server.log") as url:
        yield url


@pytest.fixture
def reader(address: str, started: Browser) -> Iterator[Visit]:
    with visit(started, address, language="en-GB", width=1700) as one:
        yield one
        assert one.outside == []
        assert complaints(one) == []


def test_the_figures_of_the_country_are_the_command_s(reader: Visit, atlas: Atlas) -> None:
    page = reader.open()
    rows = {r["target_id"]: r for r in told("scorecard", atlas.snapshot.path, "--json")}
    cards = page.locator('[class*="st-key-card_"]').all()
    assert cards
    for card in cards:
        target = re.findall(r"st-key-card_(\w+)", card.get_attribute("class") or "")[0]
        card_agrees(card.inner_text(), rows[target], "en")


def test_a_village_far_from_fibre_is_told_why_and_its_sector_s_list_is_the_command_s(
    reader: Visit, atlas: Atlas, tmp_path: Path
) -> None:
    villages = atlas.at_level("village")
    i = int(villages[atlas.status("fibre_5km")[villages] == 3][0])
    unit, name = (str(atlas.units.at[i, c]) for c in ("unit_id", "name"))
    lon, lat = float(atlas.units.at[i, "lon"]), float(atlas.units.at[i, "lat"])
    chart = Map(reader, at=f"14/{lat:.5f}/{lon:.5f}", service="fibre_5km", level="village")
    chart.click(*pixel(chart.frame, lon, lat))
    chart.heading(name)
    chart.still()
    why_agrees(chart.page, atlas.snapshot.path, unit, "fibre_5km")

    sector = str(atlas.units.at[int(atlas.ancestors(i)[-2]), "unit_id"])
    page = reader.open("gaps", service="fibre_5km", level="village", unit=sector)
    path = taken(page, page.get_by_role("link", name="CSV"), tmp_path)
    words = ("--service", "fibre_5km", "--level", "village", "--unit", sector, "--format", "csv")
    due = [r["unit_id"] for r in csv.DictReader(io.StringIO(command("gaps", atlas.snapshot.path, *words)))]
    got = [r["unit_id"] for r in csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))]
    assert unit in due
    assert got == due
