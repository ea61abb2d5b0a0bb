"""One seed, same bytes; what is shipped is what the generator makes; ten cities are ten times one."""

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import rasterio
import shapely

from simulate.__main__ import city, main, produce
from simulate.delivery import joined, moved
from simulate.plane import lengths_km
from tests.simulate.shipped import BOUNDARIES, DATA, NETWORKS, csv_rows

PART = ["320402"]


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


#: One worker runs these: all is made anew once.
pytestmark = pytest.mark.xdist_group("same_bytes")


@pytest.fixture(scope="module")
def part():
    return city(counties=PART)


def test_two_runs_give_the_same_bytes_and_another_seed_gives_others(tmp_path, part):
    produce(part, tmp_path / "one")
    assert main(["--counties", PART[0], "--out", str(tmp_path / "two")]) == 0
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    produce(city(counties=PART, seed=5), tmp_path / "other")
    one, other = digests(tmp_path / "one"), digests(tmp_path / "other")
    same = {name for name in one if one[name] == other[name]}
    unchanging = {"boundaries/divisions_2023.csv", "networks/egress_links.csv"}
    assert {name for name in same if not name.endswith((".cpg", ".prj"))} <= unchanging


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("fresh")
    assert main(["--out", str(out)]) == 0
    return out


def table_of(path: Path, layer: str | None = None) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.DataFrame(csv_rows(path, "gbk" if path.name == "rural_platform.csv" else "utf-8-sig"))
    if path.suffix == ".geojson":
        features = json.loads(path.read_text("utf-8"))["features"]
        shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in features]
        return gpd.GeoDataFrame([f["properties"] for f in features], geometry=shapes)
    if path.suffix == ".xlsx":
        return pd.read_excel(path, dtype=str)
    return pyogrio.read_dataframe(path, layer=layer)


FILES = [
    "boundaries/counties.geojson",
    "boundaries/townships.parquet",
    "boundaries/villages.parquet",
    "boundaries/hamlets.parquet",
    "boundaries/roads.parquet",
    "boundaries/built_up.geojson",
    "networks/fibre_telecom.gpkg:cables",
    "networks/fibre_mobile/fibre_mobile.shp",
    "networks/fibre_unicom.geojson",
    "networks/fibre_broadcast.parquet",
    "networks/access_nodes.csv",
    "networks/sites_3g.csv",
    "networks/coverage_3g.gpkg:coverage",
    "networks/catv.gpkg:headends",
    "networks/catv.gpkg:optical_nodes",
    "networks/catv.gpkg:areas",
    "networks/hotspots_key.csv",
    "networks/wlan_hotspots.csv",
    "networks/egov_links.csv",
    "networks/rural_platform.csv",
    "networks/ducts.gpkg:sections",
    "networks/ducts.gpkg:chambers",
    "networks/declared_services.xlsx",
    "networks/subscribers.csv",
    "networks/egress_links.csv",
    "networks/KNOWN_FAULTS.csv",
]


@pytest.mark.parametrize("key", FILES)
def test_what_is_shipped_is_what_the_generator_makes(fresh, key):
    file, _, layer = key.partition(":")
    ours, made = table_of(DATA / file, layer or None), table_of(fresh / file, layer or None)
    assert list(ours.columns) == list(made.columns)
    assert len(ours) == len(made)
    for column in ours.columns:
        if column == "geometry":
            a, b = (shapely.get_coordinates(t.geometry.to_numpy()) for t in (ours, made))
            assert a.shape == b.shape
            assert np.abs(a - b).max() < (0.05 if file.endswith(".shp") else 5e-7)
        elif ours[column].dtype.kind == "f":
            assert np.allclose(ours[column], made[column], rtol=1e-6, atol=1e-3)
        else:
            assert (ours[column].fillna("").astype(str) == made[column].fillna("").astype(str)).all(), column


def test_the_shipped_raster_is_what_the_generator_makes(fresh):
    with (
        rasterio.open(BOUNDARIES / "population.tif") as a,
        rasterio.open(fresh / "boundaries/population.tif") as b,
    ):
        assert a.transform == b.transform
        assert np.abs(a.read(1).astype(int) - b.read(1)).sum() < 100


def test_a_moved_city_keeps_its_lengths_and_gets_codes_of_its_own(part):
    other = moved(part, east_deg=-2.16, prefix="3259", mark="9-")
    both = joined([part, other])
    key = "networks/fibre_telecom.gpkg:cables"
    a, b = (lengths_km(np.asarray(d.tables[key].geometry)) for d in (part, other))
    assert np.allclose(a, b, rtol=1e-6, atol=1e-5)
    villages = both.tables["boundaries/villages.parquet"]
    assert len(villages) == 2 * 125
    assert villages["code12"].is_unique
    assert (villages["code12"].str[:9] == villages["town_code9"]).all()
    assert shapely.coverage_is_valid(villages.geometry.to_numpy())
    assert both.tables[key]["cable_id"].is_unique
    assert both.raster.people.sum() == 2 * part.raster.people.sum()


def test_the_known_faults_are_listed_in_the_readme():
    text = (Path(__file__).resolve().parents[2] / "simulate" / "README.md").read_text("utf-8")
    for fault in csv_rows(NETWORKS / "KNOWN_FAULTS.csv"):
        assert fault["fault"] in text, fault["fault"]
