"""Rasters out: totals equal an independent zonal count, polygons add to the extent, files read back."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from rasterio import features

from geo.errors import LimitError, UnknownName, UsageError
from geo.radio.area import class_counts, predict
from geo.radio.classes import UMTS, LevelClass, classified
from geo.radio.cog import write_cog
from geo.radio.frame import frame_around
from geo.radio.levels import NO_LEVEL
from geo.radio.presets import PRESETS, preset
from geo.radio.probability import covered_probability
from geo.radio.reach import Plan, cells_of
from geo.radio.shapes import class_polygons
from geo.zonal import zonal_sum
from tests.geo.radio.worlds import UTM, frame, hills, three_sectors
from tests.reference import reference

FRAME = frame()


@pytest.fixture(scope="module")
def service():
    cells = [c for i, at in enumerate([(30, 40), (80, 90), (60, 20)]) for c in three_sectors(f"S{i}", *at)]
    return predict(
        FRAME, cells_of(hills(2, relief=300.0), None, 100.0), cells, plan=Plan(reach_m=4000.0)
    ).service


def test_polygons_are_valid_disjoint_and_hold_exactly_the_pixels(service):
    classes = classified(service)
    shapes = class_polygons(classes, FRAME)
    assert shapes.geometry.is_valid.all()
    counts = class_counts(classes, 255)
    assert list(shapes["pixels"]) == [counts[k] for k in shapes["level_class"]]
    assert shapes.geometry.area.to_numpy() == pytest.approx(shapes["pixels"] * 10_000.0, rel=1e-12)
    extent = shapely.box(FRAME.west, FRAME.north - 12_100, FRAME.west + 12_100, FRAME.north)
    assert shapely.union_all(shapes.geometry.to_numpy()).equals(extent)
    assert shapes.geometry.area.sum() == pytest.approx(extent.area, rel=1e-12)


def test_shares_of_raster_and_of_polygons_agree_with_an_independent_count(service):
    """Counts by rasterio.features and by exactextract's method of cut cells, to 1e-9."""
    classes = classified(service, complete=True)
    shapes = class_polygons(classes, FRAME)
    for row in shapes.itertuples():
        burnt = features.rasterize([row.geometry], FRAME.shape, transform=rasterio.Affine(*FRAME.transform))
        assert burnt.sum() == row.pixels
    village = shapely.box(FRAME.west + 1000, FRAME.north - 9000, FRAME.west + 7000, FRAME.north - 2000)
    covered = (classes > 0) & (classes <= 3)
    from_raster = zonal_sum(np.array([village]), covered.astype(float), FRAME.transform).sum[0] / 4200
    inside = shapes[shapes["level_class"].between(1, 3)].geometry.intersection(village).area.sum()
    assert from_raster == pytest.approx(inside / village.area, abs=1e-9)
    assert from_raster == pytest.approx(covered[20:90, 10:70].mean(), abs=1e-9)


def test_probability_totals_equal_exactextract(service):
    from exactextract import exact_extract  # a test dependency
    from exactextract.raster import NumPyRasterSource

    chance = covered_probability(service, -95.0, complete=True).astype(float)
    corner = (FRAME.west, FRAME.north - 12_100, FRAME.west + 12_100, FRAME.north)
    village = shapely.Point(FRAME.west + 6000, FRAME.north - 6000).buffer(3333)
    source = NumPyRasterSource(chance, *corner, srs_wkt=UTM.to_wkt())
    theirs = exact_extract(source, gpd.GeoDataFrame(geometry=[village], crs=UTM), ["sum"], output="pandas")[
        "sum"
    ][0]
    ours = zonal_sum(np.array([village]), chance, FRAME.transform).sum[0]
    assert ours == pytest.approx(theirs, rel=1e-6)  # exactextract keeps fractions in single precision
    whole = zonal_sum(np.array([shapely.box(*corner)]), chance, FRAME.transform).sum[0]
    assert whole == pytest.approx(chance.sum(), rel=1e-9)


def test_a_sieve_moves_pixels_and_still_adds_to_the_extent(service):
    classes = classified(service)
    drawn = class_polygons(classes, FRAME, least_pixels=30)
    assert drawn["pixels"].sum() == classes.size
    assert len(drawn.geometry.explode()) < len(class_polygons(classes, FRAME).geometry.explode())
    with pytest.raises(UsageError, match="patches of 0 pixels"):
        class_polygons(classes, FRAME, least_pixels=0)


def test_a_raster_is_written_as_cloud_optimized_geotiff_and_reads_back(service, tmp_path):
    path = tmp_path / "level.tif"
    write_cog(path, service.level, FRAME, nodata=NO_LEVEL, scale=0.01, tags={"model": "ITU-R P.1812-7"})
    with rasterio.open(path) as file:
        assert np.array_equal(file.read(1), service.level)
        assert file.tags()["model"] == "ITU-R P.1812-7"
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert (file.nodata, file.scales[0], file.crs.to_epsg()) == (NO_LEVEL, 0.01, 32650)
        assert tuple(file.transform)[:6] == FRAME.transform
    assert [p.name for p in tmp_path.iterdir()] == ["level.tif"]
    with pytest.raises(UsageError, match="is not one of the frame's"):
        write_cog(path, service.level[1:], FRAME, nodata=NO_LEVEL)


@pytest.mark.parametrize(
    ("classes", "match"),
    [
        ([], "from the best to the worst, 1 to 20: none"),
        ([LevelClass("a", -95), LevelClass("b", -85)], "a -95, b -85"),
    ],
)
def test_thresholds_fall(service, classes, match):
    with pytest.raises(UsageError, match=match):
        classified(service, classes)


def test_presets_say_what_the_table_of_thresholds_says():
    import pandas as pd

    table = pd.read_csv(reference("radio", "thresholds.csv")).set_index("id")
    rows = {
        "umts_indoor": "T01",
        "umts_outdoor": "T02",
        "umts_limit": "T03",
        "miit_2018": "T10",
        "telecom_cdma": "T12",
    }
    rows |= {"cdma_urban": "T13", "cdma_elsewhere": "T14", "wcdma_pilot": "T15", "lte_drive": "T16"}
    rows |= {
        "td_scdma_urban": "T17",
        "td_scdma_rural": "T18",
        "ofcom_3g": "T22",
        "ofcom_4g": "T23",
        "ofcom_2g": "T24",
    }
    rows |= {"arcep_voice": "T30", "fcc_22_911": "T53", "fcc_bdc_3g": "T50"}
    assert set(rows) == {p.name for p in PRESETS}
    for name, row in rows.items():
        stated, ours = table.loc[row, "threshold_dbm"], preset(name).least_dbm
        assert (np.isnan(stated) and ours is None) or stated == ours
        doubt = "to be confirmed" in table.loc[row, "checked"]
        assert not doubt or preset(name).checked in ("unconfirmed", "read")
    assert [c.least_dbm for c in UMTS] == [
        preset(n).least_dbm for n in ("umts_indoor", "umts_outdoor", "umts_limit")
    ]


def test_an_unknown_preset_is_refused_with_the_list():
    with pytest.raises(UnknownName, match="no preset 'ofcom'; there are: umts_indoor, "):
        preset("ofcom")


def test_a_frame_lies_on_multiples_of_its_pixel():
    made = frame_around((500_012.0, 3_400_001.0, 500_950.0, 3_401_099.0), UTM)
    assert (made.west, made.north, made.rows, made.columns) == (500_000.0, 3_401_100.0, 11, 10)
    column, row = made.place(np.array([500_050.0]), np.array([3_401_050.0]))
    assert (column[0], row[0]) == (0.0, 0.0)
    assert made.holds(np.array([0.0, -0.1, 9.1]), np.array([0.0, 0.0, 0.0])).tolist() == [True, False, False]
    x, y = made.centres()
    assert (x[0], y[-1]) == (500_050.0, 3_400_050.0)


@pytest.mark.parametrize(
    ("bounds", "crs", "error", "match"),
    [
        ((119.0, 31.0, 120.0, 32.0), "OGC:CRS84", UsageError, "a projected CRS in metres, not WGS 84"),
        ((0, 0, 1e5, 1e5), "EPSG:2263", UsageError, "in metres, not NAD83 / New York"),
        ((5, 5, 5, 9), "EPSG:32650", UsageError, "needs a box"),
        ((0, 0, 3e6, 3e6), "EPSG:32650", LimitError, "900000000 pixels .* widen the pixel"),
    ],
)
def test_what_is_no_frame_is_refused(bounds, crs, error, match):
    with pytest.raises(error, match=match):
        frame_around(bounds, pyproj.CRS(crs))
