"""What a region asks of its sources: parents, a stated CRS, geometry, seats, and what is silent."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import geo
from geo.errors import SourceError
from geo.examine import examine_layer, examine_level
from geo.findings import messages
from geo.ground import prepare
from geo.offsets import wgs84_to_gcj02
from geo.read.table import SourceTable
from geo.region import Region, read_region
from geo.terms import Action
from geo.units import level_table
from tests.geo.regions import LAYERS, LEVELS, SOURCES, write_region

POINTS = LAYERS.replace('"line"', '"point"')
PARENTS = pd.DataFrame({"code": ["C0", "C1"], "name": ["one", "two"], "geometry": [None, None]})


def table(**columns: list[object]) -> SourceTable:
    frame = pd.DataFrame(columns)
    return SourceTable(frame.set_axis(pd.RangeIndex(1, len(frame) + 1, name="row")), "CSV")


def region_of(folder: Path, **parts: str) -> Region:
    rows = gpd.GeoDataFrame({"id": ["f0"]}, geometry=[shapely.Point(119.51, 31.51)], crs="OGC:CRS84")
    return read_region(write_region(folder, rows, **parts))


def rules(found: list, action: Action) -> list[str]:
    return [f.rule for f in found if f.action is action]


VILLAGES = {"code": ["C0V0", "C1V1", "C9V2"], "name": ["a", "b", "c"], "geometry": [None] * 3}


def test_a_unit_whose_first_digits_are_no_unit_above_is_set_aside_and_named(tmp_path: Path) -> None:
    region = region_of(tmp_path, levels=LEVELS.replace('parent = "parent"', "parent_digits = 2"))
    checked = examine_level(
        region, region.levels[1], table(code=["C0V0", "C1V1", "C9V2"], name=list("abc")), PARENTS
    )
    orphans = [f for f in checked.findings if f.rule == "hierarchy.orphan"]
    assert [(f.row, f.action, f.values["parent"]) for f in orphans] == [
        ("row 3 (C9V2)", Action.QUARANTINE, "C9")
    ]
    units = level_table(region.levels[1], checked.frame, PARENTS)
    assert dict(zip(units["code"], units["parent_code"], strict=True)) == {"C0V0": "C0", "C1V1": "C1"}


def test_a_level_that_names_no_parent_under_several_units_is_refused(tmp_path: Path) -> None:
    region = region_of(tmp_path, levels=LEVELS.replace('parent = "parent"', ""))
    rows = table(code=["C0V0", "C1V1"], name=["a", "b"])
    checked = examine_level(region, region.levels[1], rows, PARENTS)
    assert rules(checked.findings, Action.REJECT) == ["region.parent_unstated"]
    assert checked.frame.empty
    one = examine_level(region, region.levels[1], rows, PARENTS.iloc[:1])
    assert len(one.frame) == 2


def test_a_geometry_whose_crs_nobody_states_is_refused_and_not_guessed(tmp_path: Path) -> None:
    region = region_of(tmp_path, source="")
    prepared = prepare(region)
    found = [f for f in prepared.findings if f.rule == "region.crs_missing"]
    assert [(f.source, f.action) for f in found] == [("plant", Action.REJECT)]
    assert prepared.ground.plant["cable"].silent
    assert not [f for f in prepared.findings if f.rule == "datum.assumed"]


def test_units_whose_crs_nobody_states_stop_the_run(tmp_path: Path) -> None:
    sources = SOURCES.replace('crs = "OGC:CRS84"', "")
    with pytest.raises(SourceError, match="CRS"):
        prepare(region_of(tmp_path, sources=sources))


@pytest.mark.parametrize("kind", ["point", "line", "area"])
def test_a_layer_without_any_place_is_refused_with_its_columns(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "plant.csv"
    path.write_text("id,rate\nf0,100\n", encoding="utf-8")
    region = read_region(write_region(tmp_path, path, layers=LAYERS.replace('"line"', f'"{kind}"')))
    prepared = prepare(region)
    found = [f for f in prepared.findings if f.rule == "region.no_geometry"]
    assert [f.action for f in found] == [Action.REJECT]
    assert "id, rate" in found[0].message()
    assert prepared.ground.plant["cable"].silent


def test_a_column_of_coordinates_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "plant.csv"
    path.write_text("id,lon,lat\nf0,119.51,31.51\n", encoding="utf-8")
    source = 'crs = "OGC:CRS84"\nx = "east"\ny = "lat"\n'
    found = prepare(read_region(write_region(tmp_path, path, layers=POINTS, source=source))).findings
    assert [(f.rule, f.values["column"]) for f in found] == [("region.column_missing", "east")]


def test_a_column_of_wkt_is_read_in_a_run_as_it_is_in_a_check(tmp_path: Path) -> None:
    path = tmp_path / "plant.csv"
    path.write_text(
        'id,wkt\nf0,"LINESTRING (119.51 31.51, 119.52 31.52)"\nf1,"LINESTRING (119.51"\n', encoding="utf-8"
    )
    prepared = prepare(read_region(write_region(tmp_path, path)))
    assert prepared.ground.plant["cable"].table["feature_id"].tolist() == ["cable:f0"]
    aside = [f for f in prepared.findings if f.action is Action.QUARANTINE]
    assert len(aside) == 1
    assert aside[0].row.startswith("line 3")


def test_a_column_of_wkt_needs_a_crs_too(tmp_path: Path) -> None:
    path = tmp_path / "plant.csv"
    path.write_text('id,wkt\nf0,"LINESTRING (119.51 31.51, 119.52 31.52)"\n', encoding="utf-8")
    found = prepare(read_region(write_region(tmp_path, path, source=""))).findings
    assert rules(found, Action.REJECT) == ["region.crs_missing"]


SEATS = LEVELS + 'place = "point"\nplace_x = "seat_x"\nplace_y = "seat_y"\n'


@pytest.mark.parametrize(("crs", "moved"), [("OGC:CRS84", False), ("GCJ-02", True)])
def test_seats_go_through_the_datum_of_their_source(tmp_path: Path, crs: str, moved: bool) -> None:
    sources = SOURCES.replace('crs = "OGC:CRS84"', f'crs = "{crs}"')
    region = region_of(tmp_path, levels=SEATS, sources=sources)
    lon, lat = np.array([119.51, 119.55]), np.array([31.51, 31.52])
    x, y = wgs84_to_gcj02(lon, lat) if moved else (lon, lat)
    rows = table(
        code=["C0V0", "C0V1"],
        name=["a", "b"],
        parent=["C0", "C0"],
        seat_x=list(map(str, x)),
        seat_y=list(map(str, y)),
    )
    checked = examine_level(region, region.levels[1], rows, PARENTS)
    units = level_table(region.levels[1], checked.frame, PARENTS)
    assert units["lon"].to_numpy() == pytest.approx(lon, abs=2e-8)
    assert units["lat"].to_numpy() == pytest.approx(lat, abs=2e-8)


def test_units_without_a_place_and_amounts_that_are_not_stated_are_said(tmp_path: Path) -> None:
    levels = LEVELS + 'population = "people"\nhouseholds = "homes"\n'
    region = region_of(tmp_path, levels=levels)
    rows = table(
        code=["C0V0", "C0V1"], name=["a", "b"], parent=["C0", "C0"], people=["10", pd.NA], homes=["3", "4"]
    )
    checked = examine_level(region, region.levels[1], rows, PARENTS)
    said = {f.rule: f.values for f in checked.findings}
    assert {f.action for f in checked.findings} == {Action.NOTICE}
    assert said["region.place_missing"]["count"] == 2
    assert said["region.amount_missing"] == {"count": 1, "level": "village", "column": "people"}


def test_a_layer_keeps_what_its_attributes_show_when_it_is_sound(tmp_path: Path) -> None:
    region = region_of(tmp_path, layers=POINTS)
    prepared = prepare(region)
    assert not prepared.findings
    rows = prepared.loaded["plant"].table
    assert len(examine_layer(region, region.layers[0], rows, prepared.ground.hierarchy).frame) == 1


def test_every_text_on_regions_belongs_to_a_rule_of_the_code() -> None:
    package = Path(geo.__file__).parent
    code = "\n".join(p.read_text(encoding="utf-8") for p in sorted(package.rglob("*.py")))
    used = {r for r in re.findall(r'"(region\.[a-z_]+)"', code) if r in messages("en") or "_" in r}
    for language in ("en", "zh"):
        assert {r for r in messages(language) if r.startswith("region.")} == used
