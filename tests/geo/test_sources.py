"""Sources: the file that is stated and no other, and one data set of a zip by its name."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from geo.ground import prepare
from geo.read import read
from geo.read.table import Refused
from geo.region import read_region
from geo.sources import verified
from tests.geo.regions import LAYERS, write_region

RASTER = """
[[sources]]
id = "people"
path = "people.tif"
kind = "simulated"
crs = "{crs}"
sha256 = "{sha256}"
"""
SHARE = """
[[services.rules]]
level = "county"
rule = "population_share"
layers = ["cable"]
population = "people"
"""


def write_people(path: Path, crs: str = "EPSG:4326") -> str:
    """Write four cells of people over the two villages; return the hash."""
    to_xy = rasterio.Affine(0.015, 0.0, 119.5, 0.0, -0.03, 31.53)
    profile = {"driver": "GTiff", "width": 4, "height": 1, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs=crs, transform=to_xy, nodata=-9999) as out:
        out.write(np.array([[10.0, 0.0, 30.0, -9999.0]], dtype="float32"), 1)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def with_raster(folder: Path, sha256: str, crs: str = "OGC:CRS84") -> Path:
    rows = gpd.GeoDataFrame(
        {"id": ["f0"]}, geometry=[shapely.box(119.51, 31.51, 119.52, 31.52)], crs="OGC:CRS84"
    )
    path = write_region(folder, rows, layers=LAYERS.replace('"line"', '"area"'))
    text = path.read_text(encoding="utf-8").replace("[[operators]]", RASTER + "\n[[operators]]")
    path.write_text(text.format(crs=crs, sha256=sha256) + SHARE, encoding="utf-8")
    return path


def test_the_people_of_a_raster_reach_the_ground(tmp_path: Path) -> None:
    region = read_region(with_raster(tmp_path, write_people(tmp_path / "people.tif")))
    ground = prepare(region).ground
    assert ground.rasters["people"].people.tolist() == [10.0, 30.0]
    assert ground.rasters["people"].lon == pytest.approx([119.5075, 119.5375])


def test_a_raster_that_is_another_file_than_stated_is_refused(tmp_path: Path) -> None:
    sha256 = write_people(tmp_path / "people.tif")
    region = read_region(with_raster(tmp_path, sha256[::-1]))
    with pytest.raises(Refused, match="people: the file is not the one that the region file names"):
        prepare(region)


def test_a_raster_of_another_datum_than_declared_is_refused(tmp_path: Path) -> None:
    sha256 = write_people(tmp_path / "people.tif")
    region = read_region(with_raster(tmp_path, sha256, crs="EPSG:4214"))
    with pytest.raises(Refused, match="EPSG:4326, declared is EPSG:4214"):
        prepare(region)


def test_every_part_of_a_source_has_its_hash(tmp_path: Path) -> None:
    region = read_region(with_raster(tmp_path, write_people(tmp_path / "people.tif")))
    path, digests = verified(region, region.source("villages"))
    assert digests == {"villages.geojson": hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A zip of a CSV in a folder and a GeoPackage of two layers."""
    (tmp_path / "codes.csv").write_text("code,name\n01,a\n", encoding="utf-8")
    place = gpd.GeoDataFrame({"id": ["x"]}, geometry=[shapely.Point(119.5, 31.5)], crs="EPSG:4490")
    for layer in ("roads", "lanes"):
        place.assign(id=layer).to_file(tmp_path / "town.gpkg", layer=layer, driver="GPKG")
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(tmp_path / "codes.csv", "tables/codes.csv")
        packed.write(tmp_path / "town.gpkg", "town.gpkg")
    return path


@pytest.mark.parametrize("layer", ["codes.csv", "tables/codes.csv", "codes"])
def test_a_data_set_of_a_zip_is_named_as_the_layer(several: Path, layer: str) -> None:
    assert read(several, layer=layer).frame["code"].tolist() == ["01"]


@pytest.mark.parametrize("layer", ["roads", "lanes"])
def test_a_layer_of_a_data_set_of_a_zip_follows_a_slash(several: Path, layer: str) -> None:
    assert read(several, layer=f"town.gpkg/{layer}").frame["id"].tolist() == [layer]


def test_a_zip_of_several_data_sets_says_how_to_name_one(several: Path) -> None:
    with pytest.raises(Refused, match=r"layer = .*town.gpkg/roads"):
        read(several)
    with pytest.raises(Refused, match="there is no member roads"):
        read(several, layer="roads")


def test_in_a_zip_of_one_data_set_the_layer_is_the_layer_in_it(several: Path) -> None:
    alone = several.with_name("alone.zip")
    with zipfile.ZipFile(alone, "w") as packed:
        packed.write(several.with_name("town.gpkg"), "town.gpkg")
    for layer in ("roads", "town.gpkg/roads"):
        assert read(alone, layer=layer).frame["id"].tolist() == ["roads"]


def test_a_region_reads_a_layer_out_of_a_zip(several: Path) -> None:
    source = 'crs = "EPSG:4490"\nlayer = "town.gpkg/roads"\n'
    region = read_region(
        write_region(several.parent, several, layers=LAYERS.replace('"line"', '"point"'), source=source)
    )
    assert prepare(region).ground.plant["cable"].table["feature_id"].tolist() == ["cable:roads"]
