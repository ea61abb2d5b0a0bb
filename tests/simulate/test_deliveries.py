"""The deliveries look like real ones: formats, datums, gaps, contradictions and faults as documented."""

import hashlib
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from tests.reference import reference
from tests.simulate.shipped import (
    BOUNDARIES,
    GRS80,
    NETWORKS,
    csv_rows,
    declared,
    fibre,
    from_gcj02,
    gpkg_rows,
    without_faults,
)

FAULTS = csv_rows(NETWORKS / "KNOWN_FAULTS.csv")


def all_rows(file: str, layer: str) -> list[dict[str, object]]:
    path = NETWORKS.parent / file
    if path.suffix == ".csv":
        return csv_rows(path)
    if path.suffix == ".gpkg":
        return gpkg_rows(path, layer)
    if path.suffix == ".geojson":
        return [f["properties"] for f in json.loads(path.read_text("utf-8"))["features"]]
    if path.suffix == ".parquet":
        return gpd.read_parquet(path).to_dict("records")
    if path.suffix == ".shp":
        return pyogrio.read_dataframe(path, encoding="GBK").to_dict("records")
    return declared().to_dict("records")


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{f['file'].split('/')[-1]}-{f['id']}" for f in FAULTS])
def test_a_known_fault_stands_in_the_row_that_the_list_names(fault):
    row = all_rows(fault["file"], fault["layer"])[int(fault["row"]) - 1]
    assert fault["id"] in {str(value) for value in row.values()}


def test_the_faults_are_faults():
    by_id = {f["id"]: all_rows(f["file"], f["layer"])[int(f["row"]) - 1] for f in FAULTS}
    zero = next(i for i in by_id if i == "T-320412-90001")
    assert by_id[zero]["geom"].length == 0
    assert by_id["U-320411-90001"]["since"] == "2010-02-30"
    assert by_id["B-320481-90001"]["geometry"] is None
    assert float(by_id["AN90001"]["lon"]) == float(by_id["AN90001"]["lat"]) == 0
    assert float(by_id["AN90002"]["lat"]) > 90
    assert float(by_id["M3G9001"]["range_m"]) < 0
    assert not by_id["C3G90001"]["geom"].is_valid
    assert by_id["D90001"]["holes_used"] > by_id["D90001"]["holes"]
    assert by_id["D90002"]["reserve_holes"] > by_id["D90002"]["holes"]
    codes = {row["code12"] for row in csv_rows(BOUNDARIES / "divisions_2023.csv")}
    assert by_id["320413105299001"]["code12"] not in codes
    assert by_id["320413001099"]["code12"] not in codes


def test_apart_from_the_known_faults_ids_are_unique_and_geometry_is_sound():
    table = fibre()
    sound = without_faults(table, "cable_id")
    assert len(table) - len(sound) == 5
    assert shapely.is_valid(sound["geometry"].to_numpy()).all()
    assert (shapely.length(sound["geometry"].to_numpy()) > 0).all()
    for layer in ("headends", "optical_nodes", "areas"):
        assert shapely.is_valid([row["geom"] for row in gpkg_rows(NETWORKS / "catv.gpkg", layer)]).all()
    coverage = [r for r in gpkg_rows(NETWORKS / "coverage_3g.gpkg", "coverage") if r["id"] != "C3G90001"]
    assert shapely.is_valid([row["geom"] for row in coverage]).all()


def test_china_unicoms_file_is_in_gcj02_and_does_not_say_so():
    text = (NETWORKS / "fibre_unicom.geojson").read_text("utf-8")
    assert "crs" not in json.loads(text)
    raw = np.array(json.loads(text)["features"][0]["geometry"]["coordinates"])
    true = from_gcj02(raw)
    gap = GRS80.inv(*raw.T, *true.T)[2]
    assert 300 < gap.min() < gap.max() < 700


def test_fibre_runs_along_the_roads_once_the_datum_is_right():
    roads = gpd.read_parquet(BOUNDARIES / "roads.parquet").to_crs(4549).geometry.to_numpy()
    table = without_faults(fibre(), "cable_id").dropna(subset="geometry")
    middles = shapely.line_interpolate_point(
        gpd.GeoSeries(table["geometry"].to_numpy(), crs=4490).to_crs(4549).to_numpy(), 0.5, normalized=True
    )
    gap = shapely.STRtree(roads).query_nearest(middles, return_distance=True, all_matches=False)[1]
    assert np.quantile(gap, 0.99) < 12.0


def test_china_unicom_delivered_nothing_for_jintan():
    counties = gpd.read_file(BOUNDARIES / "counties.geojson").set_index("county_code6")
    jintan = counties.loc["320413", "geometry"]
    lines = fibre().query("file == 'unicom'")["geometry"].to_numpy()
    inside = shapely.length(shapely.intersection(lines, jintan.buffer(-0.002)))
    assert inside.sum() == 0
    for file in ("access_nodes.csv", "sites_3g.csv"):
        points = [
            (float(r["lon"]), float(r["lat"])) for r in csv_rows(NETWORKS / file) if "联通" in r["operator"]
        ]
        assert not shapely.contains_xy(jintan, *np.array(points).T).any()
    table = declared()
    assert not (table["operator"].str.contains("联通") & table["code12"].str.startswith("320413")).any()
    assert {r["operator"] for r in csv_rows(NETWORKS / "access_nodes.csv")} >= {
        "中国联通",
        "中国电信",
        "中国移动",
    }


def test_a_few_declarations_of_fibre_are_contradicted_by_the_plant_both_ways():
    villages = gpd.read_parquet(BOUNDARIES / "villages.parquet").set_index("code12")
    cables = fibre()
    table = declared().query("service == 'fibre'")
    table = table[table["code12"].isin(villages.index)]
    says = table[table["status"] == "已通"]
    for file, operator in (("telecom", "中国电信"), ("mobile", "中国移动"), ("unicom", "中国联通")):
        live = cables[(cables["file"] == file) & (cables["status"] == "在用")]
        lines = gpd.GeoSeries(live["geometry"].to_numpy(), crs=4490).to_crs(4549).to_numpy()
        codes = says.loc[says["operator"] == operator, "code12"]
        seats = gpd.GeoSeries.from_xy(villages.loc[codes, "lon"], villages.loc[codes, "lat"], crs=4490)
        gap = shapely.STRtree(lines).query_nearest(
            seats.to_crs(4549).to_numpy(), return_distance=True, all_matches=False
        )[1]
        assert (gap > 3000).sum() == 4, operator
        assert (gap <= 505).sum() == len(gap) - 4, operator
        denied = table.loc[(table["operator"] == operator) & (table["status"] == "未通"), "code12"]
        seats = gpd.GeoSeries.from_xy(villages.loc[denied, "lon"], villages.loc[denied, "lat"], crs=4490)
        there = shapely.STRtree(lines).query(seats.to_crs(4549).to_numpy(), predicate="dwithin", distance=495)
        assert len(np.unique(there[0])) == 3, operator


def test_the_shapefile_holds_chinese_in_gbk_and_metres():
    folder = NETWORKS / "fibre_mobile"
    assert (folder / "fibre_mobile.cpg").read_text("ascii") == "GBK"
    assert "中国移动".encode("gbk") in (folder / "fibre_mobile.dbf").read_bytes()
    assert pyogrio.read_info(folder / "fibre_mobile.shp")["crs"] == "EPSG:4549"


def test_the_state_of_2010_leaves_something_to_do_and_something_done():
    villages = gpd.read_parquet(BOUNDARIES / "villages.parquet").query("population > 0")
    hamlets = gpd.read_parquet(BOUNDARIES / "hamlets.parquet").to_crs(4549).geometry.to_numpy()
    seats = gpd.GeoSeries.from_xy(villages["lon"], villages["lat"], crs=4490).to_crs(4549).to_numpy()
    live = fibre().query("status == '在用'").dropna(subset="geometry")
    lines = gpd.GeoSeries(live["geometry"].to_numpy(), crs=4490).to_crs(4549).to_numpy()
    gap = shapely.STRtree(lines).query_nearest(seats, return_distance=True, all_matches=False)[1]
    assert 0.90 <= (gap <= 500).mean() <= 0.96

    nodes = pd.DataFrame(csv_rows(NETWORKS / "access_nodes.csv")).query("status == '在用'")
    nodes = nodes[~nodes["node_id"].str.startswith("AN9")]
    places = gpd.GeoSeries.from_xy(nodes["lon"].astype(float), nodes["lat"].astype(float), crs=4490).to_crs(
        4549
    )
    assert 0.80 <= share_within(places.buffer(nodes["reach_m"].astype(float)).to_numpy(), hamlets) <= 0.90

    areas = gpd.GeoDataFrame(gpkg_rows(NETWORKS / "catv.gpkg", "areas"), geometry="geom", crs=4490).to_crs(
        4549
    )
    assert 0.92 <= share_within(areas.geometry.to_numpy(), hamlets) <= 0.96
    two_way = areas[areas["two_way"] == 1].geometry.to_numpy()
    assert share_within(two_way, seats) < 0.6
    assert (nodes["technology"] == "ftth").mean() < 0.02


def share_within(polygons: np.ndarray, points: np.ndarray) -> float:
    return len(np.unique(shapely.STRtree(points).query(polygons, predicate="intersects")[1])) / len(points)


@pytest.mark.parametrize("folder", [BOUNDARIES, NETWORKS])
def test_sources_list_every_file_with_its_hash(folder):
    listed = {row["file"]: row for row in csv_rows(folder / "SOURCES.csv")}
    for name, row in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == row["sha256"], name
        assert row["licence"] in {"MIT", "Apache-2.0"}
        assert row["attribution"]
    endings = {".gpkg", ".shp", ".parquet", ".xlsx", ".tif"}
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.suffix in endings} <= set(listed)


def test_what_is_real_came_as_the_reference_has_it():
    for ours, theirs in (
        ("divisions_2023.csv", "villages_2023.csv"),
        ("county_outlines.geojson", "counties_coarse.geojson"),
    ):
        assert (BOUNDARIES / ours).read_bytes() == reference("changzhou", theirs).read_bytes()


def test_the_shipped_folders_are_small():
    files = [p for folder in (BOUNDARIES, NETWORKS) for p in folder.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 12e6
