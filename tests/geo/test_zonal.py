"""Zonal sums weigh each cell by the exact part of it that lies inside; no data is unknown, never zero."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.zonal import RULE, zonal_sum
from tests.reference import reference

NORTH_UP = (10.0, 0.0, 0.0, 0.0, -10.0, 200.0)  # 20 rows and 30 columns of 10 m, from (0, 200) to (300, 0)
SRS = pyproj.CRS("EPSG:32650").to_wkt()
RASTER = np.random.default_rng(1).gamma(0.5, 20.0, (20, 30))


def _cells(transform, shape) -> np.ndarray:
    col, row = np.meshgrid(np.arange(shape[1] + 1), np.arange(shape[0] + 1))
    a, b, c, d, e, f = transform
    xy = np.stack([a * col + b * row + c, d * col + e * row + f], axis=-1)
    corners = [xy[:-1, :-1], xy[:-1, 1:], xy[1:, 1:], xy[1:, :-1]]
    return shapely.polygons(np.stack(corners, axis=2))


def _plain(units: np.ndarray, raster: np.ndarray, transform=NORTH_UP) -> np.ndarray:
    """Every unit cut with every cell: the plain twin."""
    cells = _cells(transform, raster.shape).ravel()
    parts = shapely.area(shapely.intersection(units[:, None], cells[None])) / shapely.area(cells)
    return parts @ raster.ravel()


def _blobs(n: int, seed: int, extent=(300, 200), size=60.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    shapes = []
    for _ in range(n):
        k = random.integers(3, 20)
        turn = np.sort(random.uniform(0, 2 * np.pi, k))
        radius = size * random.uniform(0.1, 1, k)
        shapes.append(
            shapely.Polygon(
                random.uniform(0, extent, 2) + radius[:, None] * np.c_[np.cos(turn), np.sin(turn)]
            )
        )
    return shapely.make_valid(np.array(shapes))


def test_it_equals_cutting_every_unit_with_every_cell():
    units = _blobs(40, 2)
    assert zonal_sum(units, RASTER, NORTH_UP).sum == pytest.approx(_plain(units, RASTER), rel=1e-11)


def test_it_equals_exactextract():
    from exactextract import exact_extract  # a test dependency
    from exactextract.raster import NumPyRasterSource

    units = gpd.GeoDataFrame(geometry=_blobs(60, 3), crs=SRS)
    source = NumPyRasterSource(RASTER, xmin=0, ymin=0, xmax=300, ymax=200, srs_wkt=SRS)
    theirs = exact_extract(source, units, ["sum", "count"], output="pandas")
    ours = zonal_sum(units.geometry.to_numpy(), RASTER, NORTH_UP)
    # exactextract keeps fractions in single precision
    assert np.abs(ours.sum - theirs["sum"]).max() < 1e-6 * RASTER.max() * 100
    assert np.abs(ours.cells - theirs["count"]).max() < 1e-4


@pytest.mark.parametrize(
    "transform",
    [(10, 0, 0, 0, 10, 0), (-10, 0, 300, 0, -10, 200), (9, 3, 0, -2, 8, 60), (8, 3, 10, 2, -9, 180)],
    ids=["south up", "east to west", "turned", "turned and mirrored"],
)
def test_any_affine_transform_will_do(transform):
    units = _blobs(20, 4)
    plain = _plain(units, RASTER, transform)
    ours = np.nan_to_num(zonal_sum(units, RASTER, transform).sum)
    assert ours == pytest.approx(plain, rel=1e-10, abs=1e-8)


def test_cells_cut_exactly_along_their_borders_count_whole():
    unit = np.array([shapely.box(20, 50, 60, 90)])
    found = zonal_sum(unit, RASTER, NORTH_UP)
    assert found.sum[0] == pytest.approx(RASTER[11:15, 2:6].sum(), rel=1e-13)
    assert found.cells[0] == pytest.approx(16, rel=1e-13)
    assert found.known[0] == 1


def test_a_unit_smaller_than_a_cell_gets_its_part_of_it():
    tiny = np.array([shapely.box(12, 192, 14, 193)])
    assert zonal_sum(tiny, RASTER, NORTH_UP).sum[0] == pytest.approx(RASTER[0, 1] * 2 / 100, rel=1e-12)


def test_a_unit_outside_the_raster_is_unknown_not_zero():
    outside = np.array(
        [shapely.box(400, 50, 500, 90), shapely.box(-90, 50, -10, 90), shapely.box(20, 250, 60, 290)]
    )
    found = zonal_sum(outside, RASTER, NORTH_UP)
    assert np.isnan(found.sum).all()
    assert found.known.tolist() == [0, 0, 0]


def test_a_unit_half_outside_has_the_sum_of_its_inside_and_says_so():
    found = zonal_sum(
        np.array([shapely.box(-40, 50, 40, 90), shapely.box(250, -30, 350, 30)]), RASTER, NORTH_UP
    )
    assert found.sum == pytest.approx([RASTER[11:15, :4].sum(), RASTER[17:, 25:].sum()], rel=1e-12)
    assert found.known == pytest.approx([0.5, 0.25], rel=1e-12)


@pytest.mark.parametrize(
    ("hole", "settings_"),
    [(np.nan, {}), (np.inf, {}), (-99999.0, {"nodata": -99999.0}), (-3.0, {"least": 0.0})],
    ids=["NaN", "infinite", "declared", "negative people"],
)
def test_cells_without_data_are_left_out_and_counted(hole, settings_):
    raster = RASTER.copy()
    raster[11:13, 2:6] = hole
    found = zonal_sum(
        np.array([shapely.box(20, 50, 60, 90), shapely.box(25, 72, 45, 88)]), raster, NORTH_UP, **settings_
    )
    assert found.sum[0] == pytest.approx(RASTER[13:15, 2:6].sum(), rel=1e-12)
    assert found.known[0] == pytest.approx(0.5, rel=1e-12)
    assert np.isnan(found.sum[1])


def test_a_no_data_value_is_found_in_single_precision():
    raster = RASTER.astype(np.float32)
    raster[11:13] = -99999.9
    found = zonal_sum(np.array([shapely.box(20, 50, 60, 90)]), raster, NORTH_UP, nodata=-99999.9)
    assert found.sum[0] == pytest.approx(raster[13:15, 2:6].sum(dtype=float), rel=1e-12)


def test_negative_values_are_values_where_nobody_says_otherwise():
    assert zonal_sum(np.array([shapely.box(20, 50, 60, 90)]), -RASTER, NORTH_UP).sum[0] < 0


def test_whole_numbers_are_added_without_overflow():
    raster = np.full((20, 30), 250, np.uint8)
    assert zonal_sum(np.array([shapely.box(0, 0, 300, 200)]), raster, NORTH_UP).sum[0] == 150_000


def test_units_in_parts_with_holes_missing_and_empty():
    holed = shapely.box(0, 0, 100, 100) - shapely.box(33, 33, 66, 66)
    twins = shapely.MultiPolygon([shapely.box(150, 0, 175, 25), shapely.box(200, 100, 225, 125)])
    found = zonal_sum(np.array([holed, None, twins, shapely.Polygon()]), RASTER, NORTH_UP)
    assert found.sum[[0, 2]] == pytest.approx(_plain(np.array([holed, twins]), RASTER), rel=1e-12)
    assert np.isnan(found.sum[[1, 3]]).all()


def test_winding_changes_nothing():
    units = _blobs(10, 5)
    a, b = zonal_sum(units, RASTER, NORTH_UP), zonal_sum(shapely.reverse(units), RASTER, NORTH_UP)
    assert a.sum == pytest.approx(b.sum, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 30))
def test_a_partition_of_the_raster_adds_to_the_raster(seed, n):
    random = np.random.default_rng(seed)
    frame = shapely.box(0, 0, 300, 200)
    seeds = shapely.MultiPoint(random.uniform((0, 0), (300, 200), (n, 2)))
    cells = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=frame)), frame)
    found = zonal_sum(cells, RASTER, NORTH_UP)
    assert found.sum.sum() == pytest.approx(RASTER.sum(), rel=1e-11)
    assert found.cells.sum() == pytest.approx(RASTER.size, rel=1e-11)


def test_any_subset_of_units_gives_the_same_bits():
    units = _blobs(30, 6)
    whole, some = zonal_sum(units, RASTER, NORTH_UP), zonal_sum(units[::-3], RASTER, NORTH_UP)
    assert (some.sum == whole.sum[::-3]).all()


def test_the_centre_rule_is_another_answer():
    # why the rule is stated: a cell counted by its centre moves a small unit's sum by much more than rounding
    units = _blobs(40, 7, size=25.0)
    centres = shapely.centroid(_cells(NORTH_UP, RASTER.shape)).ravel()
    by_centre = shapely.contains(units[:, None], centres[None]) @ RASTER.ravel()
    assert np.abs(by_centre - zonal_sum(units, RASTER, NORTH_UP).sum).max() > 0.01 * by_centre.max()
    assert zonal_sum(units, RASTER, NORTH_UP).rule == RULE == "zonal: exact fraction of each cell"


@pytest.mark.parametrize("raster", [np.zeros(5), np.zeros((3, 4, 5))])
def test_a_raster_that_is_no_grid_is_refused(raster):
    with pytest.raises(UsageError, match="dimensions where rows and columns are expected"):
        zonal_sum(_blobs(1, 1), raster, NORTH_UP)


def test_a_transform_without_an_inverse_is_refused():
    with pytest.raises(UsageError, match="has no inverse"):
        zonal_sum(_blobs(1, 1), RASTER, (1, 1, 0, 1, 1, 0))


def test_ibiza_people_are_those_that_exactextract_counts():
    from exactextract import exact_extract

    path = reference("ibiza", "inputs", "population_1km.tif")
    with rasterio.open(path) as source:
        raster, transform, nodata, srs = source.read(1), source.transform, source.nodata, source.crs
    random = np.random.default_rng(8)
    places = shapely.points(random.uniform(1.2, 1.6, 50), random.uniform(38.85, 39.1, 50))
    units = gpd.GeoDataFrame(geometry=shapely.buffer(places, 0.03), crs=srs)
    theirs = exact_extract(str(path), units, ["sum"], output="pandas")["sum"].to_numpy()
    ours = zonal_sum(units.geometry.to_numpy(), raster, transform, nodata=nodata, least=0.0)
    assert np.nan_to_num(ours.sum) == pytest.approx(np.nan_to_num(theirs), rel=1e-5, abs=1e-3)
