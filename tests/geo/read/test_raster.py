"""GeoTIFF: unknown is never 0, and nothing but a GeoTIFF is opened."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine

from geo.read.raster import people_by_cell, read_raster
from geo.read.table import Refused
from geo.read.tiff import surplus
from geo.terms import Action
from tests.geo.read.units import folder_hash

PEOPLE = np.arange(1, 49, dtype="float32").reshape(6, 8)
PLACE = Affine(0.01, 0, 119.8, 0, -0.01, 31.8)


@pytest.fixture
def tif(tmp_path):
    def write(values=PEOPLE, transform=PLACE, crs="EPSG:4490", nodata=-9999.0, scale=None, **options):
        path = tmp_path / "people.tif"
        shape = {"width": values.shape[1], "height": values.shape[0], "count": 1, "dtype": values.dtype}
        with rasterio.open(
            path, "w", driver="GTiff", crs=crs, transform=transform, nodata=nodata, **shape, **options
        ) as out:
            out.write(values, 1)
            if scale:
                out.scales = [scale]
        return path

    return write


def test_cells_come_as_rasterio_gives_them_whole_by_window_and_by_blocks(tif, tmp_path):
    path = tif()
    before = folder_hash(tmp_path)
    raster = read_raster(path)
    np.testing.assert_array_equal(raster.window(), PEOPLE)
    np.testing.assert_array_equal(raster.window(2, 3, 2, 4), PEOPLE[2:4, 3:7])
    np.testing.assert_array_equal(np.vstack([block for _, block in raster.blocks()]), PEOPLE)
    assert raster.bounds == pytest.approx((119.8, 31.74, 119.88, 31.8))
    assert raster.crs_stated.startswith("EPSG:4490")
    assert raster.findings == []
    assert folder_hash(tmp_path) == before


def test_a_raster_with_south_on_top_keeps_its_cells_in_place(tif):
    raster = read_raster(tif(PEOPLE[::-1], Affine(0.01, 0, 119.8, 0, 0.01, 31.74)))
    assert raster.bounds == pytest.approx((119.8, 31.74, 119.88, 31.8))
    column, row = ~raster.transform @ (119.805, 31.795)
    assert raster.window()[int(row), int(column)] == PEOPLE[0, 0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crs": None}, "no coordinate system"),
        ({"transform": Affine.identity()}, "no georeference"),
        ({"transform": Affine(0.009, -0.005, 119.8, -0.005, -0.009, 31.8)}, "rotated"),
        ({"values": np.full((3, 3), -9999, "float32")}, "every cell is nodata"),
        ({"transform": Affine(100, 0, 500_000, 0, -100, 3_500_000)}, "are not coordinates of its CRS"),
    ],
)
@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_that_cannot_be_placed_or_holds_nothing_is_refused(tif, options, message):
    with pytest.raises(Refused, match=message):
        read_raster(tif(**options))


def test_unknown_cells_are_counted_and_never_zero(tif):
    values = PEOPLE.copy()
    values[0, 0], values[0, 1], values[0, 2], values[0, 3] = -9999, np.nan, np.inf, -5
    raster = read_raster(tif(values))
    assert [(f.rule, f.action, f.values["cells"]) for f in raster.findings] == [
        ("raster.not_finite", Action.QUARANTINE, 2),
        ("raster.negative", Action.QUARANTINE, 1),
    ]
    assert np.isnan(raster.window()[0, :4]).all()
    assert np.nansum(raster.window()) == PEOPLE.sum() - PEOPLE[0, :4].sum()


def test_heights_may_be_negative(tif):
    raster = read_raster(tif(PEOPLE - 20), amounts=False)
    assert raster.findings == []
    assert raster.window().min() == -19


def test_a_nodata_of_nan_and_none_at_all_are_read(tif):
    values = PEOPLE.copy()
    values[1, 1] = np.nan
    assert read_raster(tif(values, nodata=np.nan)).findings == []
    assert [f.rule for f in read_raster(tif(values, nodata=None)).findings] == ["raster.not_finite"]


def test_a_stated_scale_is_applied_and_said(tif):
    raster = read_raster(tif(PEOPLE.astype("int16"), nodata=None, scale=10.0))
    assert raster.window()[0, 0] == 10
    assert [f.rule for f in raster.findings] == ["raster.scaled"]


def test_a_nodata_of_zero_is_said(tif):
    values = PEOPLE.copy()
    values[0, :2] = 0
    raster = read_raster(tif(values, nodata=0))
    assert raster.findings[0].values["cells"] == 2
    assert np.isnan(raster.window()[0, :2]).all()


def test_a_size_above_the_limit_is_refused_by_the_header(tif, tmp_path):
    path = tmp_path / "bomb.tif"
    options = {
        "width": 100_000,
        "height": 100_000,
        "count": 1,
        "dtype": "uint8",
        "sparse_ok": True,
        "tiled": True,
    }
    with rasterio.open(path, "w", driver="GTiff", crs="EPSG:4490", transform=PLACE, **options):
        pass
    with pytest.raises(Refused, match="100000 x 100000 is too large"):
        read_raster(path)


def test_every_cut_is_refused_or_gives_the_same_cells(tif):
    path = tif(np.tile(PEOPLE, (20, 20)), compress="deflate")
    data = path.read_bytes()
    whole = read_raster(path).window()
    for size in range(0, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:size])
        try:
            read = read_raster(path).window()
        except Refused:
            continue
        np.testing.assert_array_equal(read, whole)


@pytest.mark.parametrize("name", ["a.tif", "a.tiff"])
def test_a_vrt_under_a_tifs_name_is_not_opened(tmp_path, tif, name):
    secret = tif()
    path = tmp_path / name
    inside = f"<SourceFilename>{secret}</SourceFilename><SourceBand>1</SourceBand>"
    band = f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource>{inside}</SimpleSource></VRTRasterBand>'
    path.write_text(f'<VRTDataset rasterXSize="8" rasterYSize="6">{band}</VRTDataset>')
    with pytest.raises(Refused, match=r"not a GeoTIFF.*VRT"):
        read_raster(path)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compress": "deflate"},
        {"tiled": True, "blockxsize": 16, "blockysize": 16},
        {"BIGTIFF": "YES"},
        {"ENDIANNESS": "BIG"},
        {"scale": 2.0},
    ],
)
def test_bytes_doubled_anywhere_are_never_read_as_other_people(tif, options):
    path = tif(np.tile(PEOPLE, (9, 9)), **options)
    data = path.read_bytes()
    whole = read_raster(path).window()
    assert surplus(path) == 0
    for start in range(0, len(data), max(1, len(data) // 50)):
        path.write_bytes(data[: start + 40] + data[start : start + 40] + data[start + 40 :])
        try:
            read = read_raster(path).window()
        except Refused:
            continue
        np.testing.assert_array_equal(read, whole)


def test_a_cloud_optimised_layout_is_whole(tif, tmp_path):
    path = tmp_path / "cog.tif"
    rasterio.shutil.copy(tif(np.tile(PEOPLE, (100, 100))), path, driver="COG", blocksize=128)
    assert surplus(path) == 0
    assert read_raster(path).shape == (600, 800)


def test_people_stand_at_the_centres_of_their_cells_in_degrees(tmp_path: Path) -> None:
    path = tmp_path / "people.tif"
    cells = np.array([[5.0, 0.0, -9999.0], [np.nan, 2.5, 1.0]], dtype="float32")
    to_xy = rasterio.Affine(100.0, 0.0, 500_000.0, 0.0, -100.0, 3_500_000.0)
    profile = {"driver": "GTiff", "width": 3, "height": 2, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs="EPSG:4549", transform=to_xy, nodata=-9999) as out:
        out.write(cells, 1)
    lon, lat, people = people_by_cell(read_raster(path))
    assert people.tolist() == [5.0, 2.5, 1.0]
    back = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4549", always_xy=True)
    x, y = back.transform(lon, lat)
    assert x == pytest.approx([500_050, 500_150, 500_250], abs=0.01)
    assert y == pytest.approx([3_499_950, 3_499_850, 3_499_850], abs=0.01)


def test_people_of_a_raster_do_not_depend_on_its_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.tif"
    cells = np.random.default_rng(1).integers(0, 3, (17, 5)).astype("float32")
    to_xy = rasterio.Affine(0.01, 0.0, 119.0, 0.0, -0.01, 32.0)
    profile = {"driver": "GTiff", "width": 5, "height": 17, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs="EPSG:4326", transform=to_xy) as out:
        out.write(cells, 1)
    whole = people_by_cell(read_raster(path))
    monkeypatch.setattr("geo.read.raster._BLOCK", 10)
    assert all(np.array_equal(a, b) for a, b in zip(whole, people_by_cell(read_raster(path)), strict=True))
    assert whole[2].sum() == cells.sum()
    assert whole[0].min() == pytest.approx(119.005)


def test_the_people_of_the_simulated_city_are_all_there() -> None:
    """The raster adds up to each village by cell centres, says data/boundaries/README.md."""
    data = Path(__file__).parents[3] / "data" / "boundaries"
    lon, lat, people = people_by_cell(read_raster(data / "population.tif"))
    villages = gpd.read_parquet(data / "villages.parquet")
    due = pd.to_numeric(villages["population"]).to_numpy(float)
    assert people.sum() == due.sum()
    cell, village = shapely.STRtree(villages.geometry).query(shapely.points(lon, lat), predicate="intersects")
    assert np.bincount(village, people[cell], minlength=len(due)) == pytest.approx(due)
