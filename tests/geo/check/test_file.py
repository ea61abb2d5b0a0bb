"""The single door: a file told to be of a role, its laws and its bad inputs."""

import csv
import datetime as dt
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.check.amounts import check_sums
from geo.check.columns_known import Columns
from geo.check.file import check_table_as
from geo.check.roles import Known, check_units
from geo.datum import declared_datum
from geo.findings import Finding
from geo.read import read
from geo.read.table import Refused, SourceTable
from geo.terms import Action, Role
from tests.geo.check.places import codes, is_clean, rows_index, rules, square, table, villages
from tests.reference import reference, reference_folder

CHINA = (73.0, 3.0, 135.1, 54.0)


def source(frame: pd.DataFrame, driver: str = "GeoJSON") -> SourceTable:
    return SourceTable(frame, driver)


def places(n: int = 8) -> pd.DataFrame:
    return table(
        code=codes(n),
        name=["东桥村"] * n,
        level=["village"] * n,
        parent=["320402001"] * n,
        edition=["2010"] * n,
        lon=[f"{119.7 + 0.02 * i:.3f}" for i in range(n)],
        lat=["31.7"] * n,
        households=[str(100 + i) for i in range(n)],
        population=[str(300 + i) for i in range(n)],
        fttb_pct=["71.9", "18.8", "3.7", "13.0", "79.6", "43.5", "97.0", "99.0"][:n],
    )


@pytest.mark.parametrize("driver", ["GeoJSON", "GPKG", "Parquet"])
def test_sound_units_are_silent_and_come_back_whole(driver: str) -> None:
    result = check_table_as(Role.UNITS, source(villages(5, 5), driver), source="v", extent=CHINA)
    assert is_clean(result)
    assert len(result.frame) == 25


def test_a_sound_table_is_silent_and_its_numbers_are_numbers() -> None:
    result = check_table_as(Role.TABLE, source(places(), "CSV"), source="t")
    assert is_clean(result)
    assert result.frame["households"].tolist() == [100.0 + i for i in range(8)]
    assert "geometry" not in result.frame


def test_a_declared_projection_brings_units_to_degrees() -> None:
    frame = villages().to_crs("EPSG:4549")
    result = check_table_as(
        Role.UNITS, source(frame, "GPKG"), source="v", declared=declared_datum("EPSG:4549"), extent=CHINA
    )
    assert is_clean(result)
    assert result.frame.total_bounds == pytest.approx(villages().total_bounds, abs=1e-7)


def test_a_file_that_contradicts_its_declaration_is_refused() -> None:
    frame = villages().set_crs("EPSG:4610", allow_override=True)
    result = check_table_as(
        Role.UNITS, source(frame, "GPKG"), source="v", declared=declared_datum("EPSG:4490")
    )
    assert "datum.differs" in rules(result)
    fine = check_table_as(
        Role.UNITS, source(villages(), "GPKG"), source="v", declared=declared_datum("GCJ-02")
    )
    assert "datum.differs" not in rules(fine)


def test_units_without_any_datum_are_refused_in_formats_that_can_state_it() -> None:
    frame = villages().set_crs(None, allow_override=True)
    assert rules(check_table_as(Role.UNITS, source(frame, "GPKG"), source="v")) == ["datum.unknown"]
    assert not check_table_as(Role.UNITS, source(frame, "GeoJSON"), source="v").findings


def test_a_table_without_a_code_or_a_row_is_refused() -> None:
    assert rules(check_table_as(Role.TABLE, source(places().drop(columns="code"), "CSV"), source="t")) == [
        "table.no_code"
    ]
    assert rules(check_table_as(Role.TABLE, source(places().iloc[:0], "CSV"), source="t")) == ["table.empty"]


def test_one_run_shows_the_faults_of_the_attributes_and_of_the_geometry() -> None:
    frame = villages(g5=shapely.Point(119.7, 31.7))
    frame["edition"] = ["2010"] * 5 + ["2013"]
    result = check_table_as(Role.UNITS, source(frame), source="v")
    assert set(rules(result)) == {"edition.mixed", "geometry.wrong_type"}
    assert result.frame.empty


def test_future_is_what_comes_after_the_edition_or_the_day_given() -> None:
    frame = places(4).assign(opened=["2010-05-01", "2011-05-01", "2009-01-01", "2010-12-31"])
    assert rules(check_table_as(Role.TABLE, source(frame, "CSV"), source="t")) == ["date.future"]
    later = check_table_as(Role.TABLE, source(frame, "CSV"), source="t", as_of=dt.date(2012, 1, 1))
    assert is_clean(later)


def test_a_region_notes_a_contradiction_that_a_file_alone_sets_aside() -> None:
    frame = villages(g0=shapely.box(*np.add(square(0, 0).bounds, (0, 0, 0.001, 0))))
    columns = Columns(code="code", name="name", parent="parent")
    noted = check_units(frame, source="v", columns=columns, known=Known(extent=CHINA))
    assert set(rules(noted, Action.NOTICE)) == {"mosaic.overlap"}
    assert len(noted.frame) == 6
    alone = check_table_as(Role.UNITS, source(frame), source="v", extent=CHINA)
    assert len(alone.frame) == 4


DIRT = [
    {"code": "../../x"},
    {"households": "1,204"},
    {"households": "-3"},
    {"fttb_pct": "103"},
    {"lon": "0", "lat": "0"},
    {"lon": "31.7", "lat": "119.7"},
    {"lon": "119°43′37″E"},
    {"population": "不详"},
    {"code": "合计"},
    {"parent": "320402001205", "code": "320402001205"},
]
DIRTY = st.lists(st.tuples(st.integers(1, 8), st.sampled_from(DIRT)), max_size=3)


def spoilt(dirt: list[tuple[int, dict[str, str]]]) -> pd.DataFrame:
    frame = places()
    for row, values in dirt:
        for column, value in values.items():
            frame.loc[row, column] = value
    return frame


@settings(max_examples=60, deadline=None)
@given(DIRTY)
def test_what_a_check_lets_through_it_lets_through_again(dirt: list) -> None:
    first = check_table_as(Role.TABLE, source(spoilt(dirt), "CSV"), source="t", extent=CHINA)
    if not first.rejected and len(first.frame):
        again = check_table_as(Role.TABLE, source(first.frame, "CSV"), source="t", extent=CHINA)
        assert is_clean(again)
        assert list(again.frame.index) == list(first.frame.index)


@settings(max_examples=60, deadline=None)
@given(DIRTY, st.permutations(range(8)))
def test_the_order_of_rows_changes_nothing(dirt: list, order: list[int]) -> None:
    frame = spoilt(dirt)
    straight, turned = (
        check_table_as(Role.TABLE, source(f, "CSV"), source="t", extent=CHINA)
        for f in (frame, frame.iloc[order])
    )
    assert {(f.row, f.rule) for f in straight.findings} == {(f.row, f.rule) for f in turned.findings}
    assert set(straight.frame.index) == set(turned.frame.index)


@settings(max_examples=60, deadline=None)
@given(DIRTY)
def test_every_finding_reads_in_both_languages_and_names_its_row(dirt: list) -> None:
    result = check_table_as(
        Role.TABLE, SourceTable(spoilt(dirt), "CSV", lines={i: i + 1 for i in range(1, 9)}), source="t"
    )
    for f in result.findings:
        assert f.message("en")
        assert f.message("zh")
        assert f.remedy("en")
        assert f.remedy("zh")
        assert f.action is not Action.QUARANTINE or re.match(r"line \d+", f.row)


ORDER = [Action.REJECT, Action.QUARANTINE, Action.REPAIR, Action.NOTICE]
EXPECTED = {"reject": 0, "quarantine": 1, "repair": 2, "accept": 3}
FAMILIES = ("geometry", "geometry_geos", "table", "csv", "geojson")
#: Declared in words by the manifest, not by the file.
DECLARED = {
    "tab_gk_with_prefix": "EPSG:4549",
    "tab_gk_no_prefix": "EPSG:4528",
    "tab_gk_xy_swapped": "EPSG:4549",
    "tab_gk_six_degree": "EPSG:4549",
    "geom_curve_wkt": "EPSG:4490",
    "geom_wkt_broken": "EPSG:4490",
    "geom_wkb_truncated": "EPSG:4490",
}


def manifest() -> list[dict[str, str]]:
    path = reference_folder() / "badinput" / "manifest.csv"
    if not path.exists():
        return [{"id": "no reference data"}]
    with path.open(encoding="utf-8") as file:
        return [r for r in csv.DictReader(file) if r["family"] in FAMILIES]


def outcome(case: dict[str, str]) -> list[Finding]:
    path = reference("badinput", *Path(case["file"]).parts)
    beside = case["beside"] if case["beside"].endswith("_boundaries.geojson") else ""
    declared = declared_datum(DECLARED[case["id"]]) if case["id"] in DECLARED else None
    try:
        read_table = read(path)
        outlines = read(reference("badinput", *Path(beside).parts)) if beside else None
        result = check_table_as(
            Role(case["role"]), read_table, source=path.name, beside=outlines, declared=declared, extent=CHINA
        )
    except Refused as refusal:
        return [refusal.finding]
    return read_table.findings + result.findings


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize("case", manifest(), ids=lambda c: c["id"])
def test_each_bad_input_has_the_outcome_that_it_should(case: dict[str, str]) -> None:
    reference("badinput", "manifest.csv")
    found = outcome(case)
    gravest = min((ORDER.index(f.action) for f in found), default=3)
    assert gravest == EXPECTED[case["action"]], [f.message() for f in found]
    if case["says"] and case["action"] != "accept":
        grave = [f for f in found if ORDER.index(f.action) == gravest]
        assert any(
            re.search(case["says"], f.message(language), re.I) for f in grave for language in ("en", "zh")
        )
    named = [f for f in found if f.action is Action.QUARANTINE]
    assert all(re.match(r"(?:row|line) \d+", f.row) for f in named)


@pytest.fixture(scope="module")
def rwanda() -> dict[str, gpd.GeoDataFrame]:
    path = reference("rwanda", "rwanda_5levels.gpkg.zip")
    layers = {}
    for level in ("province", "district", "sector", "cell", "village"):
        frame = gpd.read_file(path, layer=level)
        for column in ("id", "parent_id"):
            frame[column] = frame[column].map(lambda v: "" if pd.isna(v) else str(int(v))).astype(object)
        layers[level] = frame.set_axis(rows_index(len(frame)))
    return layers


def check_level(layers: dict[str, gpd.GeoDataFrame], level: str, above: str):
    columns = Columns(
        code="id", name="name", parent="parent_id", households="household", population="population"
    )
    parents = layers[above].rename(columns={"id": "code"})[["code", "name", "geometry"]]
    known = Known(parents=parents, prefix_is_parent=True, extent=(28.0, -3.0, 31.5, -1.0))
    return check_units(layers[level], source=level, columns=columns, known=known)


def said(findings: list[Finding], rule: str) -> dict[str, str]:
    return {f.row.partition("(")[2].rstrip(")"): f.message() for f in findings if f.rule == rule}


def test_the_traps_of_rwandas_villages_are_reported_and_no_village_is_lost(rwanda: dict) -> None:
    result = check_level(rwanda, "village", "cell")
    assert len(result.frame) == 14_814
    elsewhere = said(result.findings, "parent.other_outline")
    assert "341103" in elsewhere["34110309"]
    assert "341104" in elsewhere["34110309"]
    assert "859 m" in elsewhere["34110309"]
    assert set(said(result.findings, "hierarchy.prefix")) == {"34110309"}
    overlaps = said(result.findings, "mosaic.overlap")
    assert set(overlaps) == {"33070502", "34010307"}
    assert re.search(r"by 68\d,\d{3} m²", overlaps["33070502"])
    assert set(said(result.findings, "amount.zero_households")) == {"34070704"}


def test_the_traps_of_rwandas_upper_levels_are_reported(rwanda: dict) -> None:
    sectors = check_level(rwanda, "sector", "district")
    lakes = said(sectors.findings, "parent.not_filled")
    expected = {"32": 499.0, "37": 222.4, "31": 200.3, "33": 47.7, "36": 40.9}
    assert set(lakes) == set(expected)
    for district, km2 in expected.items():
        assert float(re.search(r"leave ([\d.]+) km²", lakes[district])[1]) == pytest.approx(km2, abs=0.2)
    cells = check_level(rwanda, "cell", "sector")
    assert set(said(cells.findings, "parent.other_outline")) == {"240103"}
    assert "2410 Ruhashya" in said(cells.findings, "parent.other_outline")["240103"]


def test_the_sums_of_rwanda_that_do_not_add_up_are_named(rwanda: dict) -> None:
    def off(parents: str, children: str) -> set[str]:
        result = check_sums(
            rwanda[parents],
            source="s",
            code="id",
            parent="parent_id",
            column="population",
            children=rwanda[children],
        )
        return set(said(result.findings, "amount.sum"))

    assert off("cell", "village") == set()
    assert off("sector", "cell") == {"2410", "4111"}
    assert off("district", "sector") == {"41"}
    assert off("province", "district") == {"1", "2", "3", "5"}
