"""One file alone, held against a box or a region; and what the command writes."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from geo.checkfile import box_of, check_file, known_of
from geo.errors import UsageError
from geo.region import read_region
from geo.terms import Action, Role
from tests.geo.regions import villages, write_geojson, write_region
from tests.test_badinput import command


def rules(found: list) -> dict[str, Action]:
    return {f.rule: f.action for f in found}


@pytest.fixture
def region(tmp_path: Path) -> Path:
    cable = shapely.LineString([(119.51, 31.51), (119.52, 31.51)])
    return write_region(tmp_path, gpd.GeoDataFrame({"id": ["f0"]}, geometry=[cable]))


def points(path: Path, crs: str | None, x: str = "x", y: str = "y") -> Path:
    path.write_text(f"code,{x},{y}\na1,119.51,31.51\na2,119.52,31.52\n", encoding="utf-8")
    return path


def test_coordinates_of_a_datum_that_nobody_states_are_refused(tmp_path: Path) -> None:
    path = points(tmp_path / "p.csv", None)
    assert rules(check_file(path, role=Role.POINTS).findings) == {"datum.unknown": Action.REJECT}
    assert not check_file(path, role=Role.POINTS, crs="EPSG:4490").findings


def test_geojson_and_columns_named_lon_and_lat_are_taken_as_wgs84_and_that_is_said(tmp_path: Path) -> None:
    named = points(tmp_path / "p.csv", None, "lon", "lat")
    write_geojson(villages(), tmp_path / "v.geojson")
    for path, role in ((named, Role.POINTS), (tmp_path / "v.geojson", Role.UNITS)):
        assert rules(check_file(path, role=role).findings) == {"datum.assumed": Action.NOTICE}
        assert not check_file(path, role=role, crs="OGC:CRS84").findings


def test_a_file_of_another_place_is_refused_by_its_region(tmp_path: Path, region: Path) -> None:
    known = known_of(read_region(region))
    here = check_file(tmp_path / "villages.geojson", crs="OGC:CRS84", region=known)
    assert not here.findings
    far = villages()
    far["geometry"] = far.geometry.translate(20, -10)
    write_geojson(far, tmp_path / "far.geojson")
    found = check_file(tmp_path / "far.geojson", crs="OGC:CRS84", region=known).findings
    assert rules(found) == {"extent.other_region": Action.REJECT}


def test_a_code_that_is_no_code_of_the_region_is_set_aside(tmp_path: Path, region: Path) -> None:
    text = region.read_text(encoding="utf-8").replace(
        "edition = 2010", "edition = 2010\ncode_pattern = 'C0(V.)?'"
    )
    region.write_text(text, encoding="utf-8")
    strange = villages().assign(code=["C0V0", "C0VX1"])
    write_geojson(strange, tmp_path / "v.geojson")
    found = check_file(tmp_path / "v.geojson", crs="OGC:CRS84", region=known_of(read_region(region))).findings
    assert [(f.row, f.rule) for f in found] == [("row 2 (C0VX1)", "code.pattern")]


def test_an_operator_that_the_region_does_not_know_is_set_aside(tmp_path: Path, region: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("code,operator\na1,A\na2,nobody\n", encoding="utf-8")
    found = check_file(path, role=Role.TABLE, region=known_of(read_region(region))).findings
    assert [f.row for f in found if f.rule == "operator.unknown"] == ["line 3 (a2)"]


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "10,0,5,9", "0,0,0,0", "0,0,400,1"])
def test_what_is_no_box_is_said_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="west,south,east,north"):
        box_of(text)


def test_the_command_holds_a_file_against_a_box(tmp_path: Path, region: Path) -> None:
    arguments = ["check", str(tmp_path / "villages.geojson"), "--crs", "OGC:CRS84"]
    assert command([*arguments, "--extent", "119,31,120,32"]) == 0
    assert command([*arguments, "--region", str(region)]) == 0
    assert command([*arguments, "--extent", "100,31,110,32"]) == 2


def test_a_regions_findings_are_written_where_asked_and_that_is_said(
    tmp_path: Path, region: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert command(["check", str(region), "--out", "-"]) == 0
    assert not list(Path.cwd().iterdir())
    assert command(["check", str(region)]) == 0
    assert "0 findings written to made-findings.csv" in capsys.readouterr().err
    with Path("made-findings.csv").open(encoding="utf-8-sig") as file:
        assert next(csv.reader(file))[:3] == ["source", "row", "rule"]
    assert command(["check", str(region), "--out", "other.csv"]) == 0
    assert sorted(p.name for p in Path.cwd().iterdir()) == ["made-findings.csv", "other.csv"]
