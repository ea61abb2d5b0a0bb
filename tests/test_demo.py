"""The demo region, from its raw files to its scorecard, against plain GeoPandas and against what is known of it."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geo.run import run
from geo.snapshot import Snapshot, misfits, open_snapshot, verify

PROJECT = Path(__file__).resolve().parents[1]
DATA = PROJECT / "data"

#: An equal-area plane and a conformal one that Cuntong does not use.
EQUAL_AREA = "+proj=aea +lat_0=31.7 +lon_0=119.6 +lat_1=31.2 +lat_2=32.2 +ellps=WGS84 +units=m"
GAUSS_KRUEGER = "EPSG:4549"


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Snapshot:
    """The demo on its own day, run on two cores."""
    return open_snapshot(demo_folder)


def facts(demo: Snapshot, service: str, level: str, operator: str = "*") -> pd.DataFrame:
    table = demo.frame("facts")
    table = table[(table["service"] == service) & (table["operator"] == operator)]
    table = table[table["unit_id"].astype(str).str.startswith(f"{level}:")]
    return table.assign(code=table["unit_id"].astype(str).str.extract(r":(.*)@", expand=False)).set_index(
        "code"
    )


def test_one_core_writes_the_same_bytes_as_two(demo: Snapshot, tmp_path: Path) -> None:
    again = run(DATA / "changzhou.toml", tmp_path, jobs=1)
    assert again.path.name == demo.path.name, "the name carries the hash of every table"
    assert verify(again.path) == []


def test_every_row_of_every_table_is_as_its_schema_says(demo: Snapshot) -> None:
    assert misfits(demo.path) == []


def test_every_indicator_of_the_plan_has_a_row_for_the_city(demo: Snapshot) -> None:
    with (DATA / "plan" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        wanted = [row["id"] for row in csv.DictReader(file)]
    card = demo.frame("scorecard").astype({"unit_id": str})
    assert len(wanted) == 38
    assert set(wanted) <= set(card.loc[card["unit_id"] == "city:3204@2023", "indicator"])


def test_the_levels_are_whole_and_the_plan_s_people_are_in_them(demo: Snapshot) -> None:
    units = demo.frame("units", ["level", "population", "households", "parent_id"])
    assert units["level"].value_counts().to_dict() == {
        "hamlet": 10_000,
        "village": 1_049,
        "township": 67,
        "county": 6,
        "city": 1,
    }
    villages = units[units["level"] == "village"]
    assert villages["population"].sum() == 3_600_000
    assert villages["households"].sum() == 1_271_006
    assert units.loc[units["level"] != "city", "parent_id"].notna().all()


def test_covered_areas_are_those_of_a_geopandas_overlay(demo: Snapshot) -> None:
    ours = facts(demo, "mobile_3g", "village")
    ours = ours[(ours["basis_used"] == "area") & (ours["unknown_share"] == 0)]
    villages = (
        gpd.read_parquet(DATA / "boundaries" / "villages.parquet").to_crs(EQUAL_AREA).set_index("code12")
    )
    villages = villages.loc[ours.index]
    cover = gpd.read_file(DATA / "networks" / "coverage_3g.gpkg", layer="coverage").to_crs(EQUAL_AREA)
    cover = cover[cover.is_valid]
    overlay = gpd.overlay(
        villages[["geometry"]].reset_index(), gpd.GeoDataFrame(geometry=[cover.union_all()], crs=cover.crs)
    )
    share = overlay.dissolve("code12").area.reindex(ours.index, fill_value=0.0) / villages.area
    assert len(ours) > 200
    assert (share < 0.95).sum() > 0 or share.min() > 0.9
    assert (ours["share_area"] - share).abs().max() < 1e-6


def test_distances_to_fibre_are_those_of_sjoin_nearest_on_the_ellipsoid(demo: Snapshot) -> None:
    ours = facts(demo, "fibre", "hamlet", "telecom")
    hamlets = (
        gpd.read_parquet(DATA / "boundaries" / "hamlets.parquet")
        .set_index("code15")
        .loc[ours.index]
        .to_crs(GAUSS_KRUEGER)
    )
    cables = gpd.read_file(DATA / "networks" / "fibre_telecom.gpkg", layer="cables").to_crs(GAUSS_KRUEGER)
    cables = cables[
        (cables["status"] == "在用") & (cables.length > 0.01) & ~cables["cable_id"].duplicated(keep=False)
    ]
    found = (
        gpd.sjoin_nearest(hamlets[["geometry"]], cables[["cable_id", "geometry"]]).groupby(level=0).first()
    )
    line = cables.set_index("cable_id").geometry.loc[found.loc[ours.index, "cable_id"]].to_numpy()
    ways = gpd.GeoSeries(shapely.shortest_line(hamlets.geometry.to_numpy(), line), crs=GAUSS_KRUEGER).to_crs(
        "EPSG:4326"
    )
    ends = shapely.get_coordinates(ways).reshape(-1, 4)
    metres = np.asarray(Geod(ellps="WGS84").inv(*ends.T)[2])
    assert len(ours) == 10_000
    np.testing.assert_allclose(ours["nearest_m"], metres, rtol=1e-6, atol=1e-4)


def test_every_fault_that_was_put_in_is_set_aside(demo: Snapshot) -> None:
    with (DATA / "networks" / "KNOWN_FAULTS.csv").open(encoding="utf-8", newline="") as file:
        faults = list(csv.DictReader(file))
    aside = demo.frame("quarantine")
    text = "\n".join(f"{r.row} {r.message} {r.as_it_came}" for r in aside.itertuples())
    assert len(faults) >= 12
    missing = [f["id"] for f in faults if f["id"] not in text]
    assert missing == []


def test_nothing_sound_is_set_aside(demo: Snapshot) -> None:
    with (DATA / "networks" / "KNOWN_FAULTS.csv").open(encoding="utf-8", newline="") as file:
        faults = len(list(csv.DictReader(file)))
    # the duplicate id takes the row that it doubles with it, and access nodes serve two layers
    assert len(demo.frame("quarantine")) <= faults + 3


def test_where_unicom_delivered_nothing_it_is_unknown(demo: Snapshot) -> None:
    for service in ("fibre", "mobile_3g"):
        mine = facts(demo, service, "village", "unicom")
        silent = mine.index.str.startswith("320413")
        assert (mine.loc[silent, "status"] == "unknown").all()
        assert not (mine.loc[~silent, "status"] == "unknown").any()


def test_contradicted_declarations_stand_beside_the_computed_status(demo: Snapshot) -> None:
    mine = pd.concat([facts(demo, "fibre", "village", op) for op in ("telecom", "mobile", "unicom")])
    lies = mine[(mine["declared_status"] == "covered") & (mine["status"] == "uncovered")]
    assert len(lies) >= 12
    assert (lies["nearest_m"] > 3_000).all()
    rules = set(demo.frame("findings")["rule"])
    assert "region.declared_contradicts" in rules


def test_simulated_is_said_of_every_fact_that_rests_on_it(demo: Snapshot) -> None:
    assert set(demo.frame("facts")["kind"].astype(str)) <= {"simulated", ""}
    assert "SIMULATED" in demo.manifest["notice"]["en"]
    assert "模拟" in demo.manifest["notice"]["zh"]
