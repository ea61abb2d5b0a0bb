"""Planes state their error; lengths and areas are the ellipsoid's, whichever way rings wind."""

from __future__ import annotations

import math

import numpy as np
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.measure import (
    LARGEST_SCALE_ERROR,
    geodesic_area,
    geodesic_distance,
    geodesic_length,
    metric_crs,
    project,
    to_lonlat,
)
from tests.reference import reference

RWANDA = (28.86, -2.84, 30.90, -1.05)
CHANGZHOU = (119.1, 31.1, 120.2, 32.1)
IBIZA = (1.15, 38.8, 1.65, 39.15)
CHINA = (73.5, 18.1, 135.1, 53.6)


@pytest.mark.parametrize("bounds", [RWANDA, CHANGZHOU, IBIZA])
def test_a_distance_plane_of_a_small_country_is_within_one_in_ten_thousand(bounds):
    assert metric_crs(bounds, "distance").scale_error < LARGEST_SCALE_ERROR


@pytest.mark.parametrize("bounds", [RWANDA, CHANGZHOU, IBIZA, CHINA, (-1, -1, 1, 1)])
def test_an_area_plane_keeps_areas_wherever_it_lies(bounds):
    assert metric_crs(bounds, "area").scale_error < 1e-9


@pytest.mark.parametrize("bounds", [RWANDA, CHANGZHOU, IBIZA, CHINA])
def test_no_short_step_inside_the_bounds_is_off_by_more_than_the_stated_error(bounds):
    plane = metric_crs(bounds, "distance")
    random = np.random.default_rng(1)
    lon = random.uniform(bounds[0], bounds[2], 500)
    lat = random.uniform(bounds[1], bounds[3], 500)
    turn = random.uniform(0, 2 * np.pi, 500)
    lon1, lat1 = lon + 1e-4 * np.cos(turn), lat + 1e-4 * np.sin(turn)
    start = shapely.get_coordinates(project(shapely.points(lon, lat), plane))
    end = shapely.get_coordinates(project(shapely.points(lon1, lat1), plane))
    true = geodesic_distance(lon, lat, lon1, lat1)
    off = np.abs(np.hypot(*(end - start).T) / true - 1)
    assert off.max() <= plane.scale_error * (1 + 1e-3) + 1e-8


def test_utm_35_south_is_measured_as_outside_the_rule_in_rwanda():
    # REFERENCE.md: scale up to 1.0018 in the east, so its counts are wrong
    assert 1e-3 < metric_crs(RWANDA, "distance", given="EPSG:32735").scale_error < 3e-3


def test_web_mercator_is_measured_as_what_it_is():
    error = metric_crs(CHANGZHOU, "distance", given="EPSG:3857").scale_error
    assert error == pytest.approx(1 / math.cos(math.radians(32.1)) - 1, rel=0.01)


def test_a_gauss_krueger_zone_of_its_own_city_is_fit():
    assert metric_crs(CHANGZHOU, "distance", given="EPSG:4549").scale_error < LARGEST_SCALE_ERROR


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:4978", "EPSG:2263"])
def test_a_system_that_is_no_plane_in_metres_is_refused(name):
    with pytest.raises(UsageError, match="not in metres on a plane"):
        metric_crs(CHANGZHOU, "distance", given=name)


def test_an_unknown_system_is_refused_with_a_remedy():
    with pytest.raises(UsageError, match=r'no such reference system\. Give "auto"'):
        metric_crs(CHANGZHOU, "distance", given="EPSG:99999999")


@pytest.mark.parametrize("bounds", [(1, 2, 0, 3), (0, 5, 1, 4), (math.nan, 0, 1, 1), (0, 0, 1, 95)])
def test_bounds_that_are_none_are_refused(bounds):
    with pytest.raises(UsageError, match="no metric plane fits them"):
        metric_crs(bounds, "distance")


def test_the_bounds_may_be_one_point():
    assert metric_crs((119.6, 31.7, 119.6, 31.7), "distance").scale_error < 1e-6


@given(st.floats(119.1, 120.2), st.floats(31.1, 32.1))
def test_there_and_back_is_the_same_place(lon, lat):
    plane = metric_crs(CHANGZHOU, "distance")
    xy = shapely.get_coordinates(project(shapely.points([lon], [lat]), plane))
    back = to_lonlat(xy[:, 0], xy[:, 1], plane)
    assert geodesic_distance(np.array([lon]), np.array([lat]), *back)[0] < 1e-3


def test_missing_and_empty_geometry_stay_as_they_are():
    kept = project(
        np.array([None, shapely.Point(), shapely.Point(119.5, 31.5)]), metric_crs(CHANGZHOU, "area")
    )
    assert kept[0] is None
    assert kept[1].is_empty
    assert np.isfinite(shapely.get_coordinates(kept[2:])).all()


def test_a_quarter_of_a_meridian_has_its_published_length():
    # WGS 84 quarter meridian, 10,001,965.729 m (NGA.STND.0036, table of derived constants)
    arc = shapely.linestrings([[(0, 0), (0, 90)]])
    assert geodesic_length(arc)[0] == pytest.approx(10_001_965.729, abs=1e-3)


def test_a_line_in_two_parts_is_as_long_as_its_parts_and_its_gap_counts_nothing():
    a, b = [(0, 0), (1, 0)], [(5, 0), (6, 0), (6, 1)]
    whole = geodesic_length(np.array([shapely.MultiLineString([a, b])]))
    parts = (
        geodesic_length(shapely.linestrings([a]))[0] + geodesic_length(np.array([shapely.LineString(b)]))[0]
    )
    assert whole[0] == pytest.approx(parts, rel=1e-15)


def test_lengths_of_points_rings_and_nothing():
    square = shapely.box(0, 0, 1, 1)
    lengths = geodesic_length(
        np.array([shapely.Point(0, 0), square, square.exterior, None, shapely.LineString()])
    )
    assert lengths[0] == 0
    assert lengths[1] == lengths[2] > 0
    assert np.isnan(lengths[3])
    assert lengths[4] == 0


def test_a_distance_from_nowhere_is_unknown():
    assert np.isnan(geodesic_distance(np.array([np.nan]), np.zeros(1), np.zeros(1), np.zeros(1)))


def test_distance_is_symmetric():
    a, b = (np.array([119.2]), np.array([31.2])), (np.array([120.1]), np.array([32.0]))
    assert geodesic_distance(*a, *b)[0] == pytest.approx(geodesic_distance(*b, *a)[0], rel=1e-15)


def test_the_area_of_the_globe_between_two_parallels():
    # zone between equator and 30 N on WGS 84: 2 pi b^2 (s/(2(1-e^2 s^2)) + artanh(e s)/(2e)), s = sin 30
    a, f = 6378137.0, 1 / 298.257223563
    e, s = math.sqrt(f * (2 - f)), 0.5
    zone = 2 * math.pi * (a * (1 - f)) ** 2 * (s / (2 * (1 - (e * s) ** 2)) + math.atanh(e * s) / (2 * e))
    lon = np.linspace(0, 90, 9001)  # short edges, for a parallel is no geodesic
    ring = np.r_[np.c_[lon, np.zeros_like(lon)], np.c_[lon[::-1], np.full_like(lon, 30)]]
    assert geodesic_area(shapely.polygons([ring]))[0] == pytest.approx(zone / 4, rel=1e-7)


def _wound(box: tuple[float, ...], *, ccw: bool) -> shapely.Polygon:
    return shapely.box(*box, ccw=ccw)


def test_parts_that_wind_in_different_directions_do_not_subtract():
    a, b = (119, 31, 119.1, 31.1), (119.2, 31, 119.5, 31.1)
    same = shapely.MultiPolygon([_wound(a, ccw=True), _wound(b, ccw=True)])
    mixed = shapely.MultiPolygon([_wound(a, ccw=True), _wound(b, ccw=False)])
    assert geodesic_area(np.array([mixed]))[0] == pytest.approx(geodesic_area(np.array([same]))[0], rel=1e-12)


@pytest.mark.parametrize("turned", [False, True])
def test_a_hole_is_taken_away_whichever_way_it_winds(turned):
    hole = shapely.box(119.2, 31.2, 119.3, 31.3, ccw=turned).exterior
    shell = shapely.box(119, 31, 119.5, 31.5)
    holed = geodesic_area(np.array([shapely.Polygon(shell.exterior, [hole])]))[0]
    parts = geodesic_area(np.array([shell, shapely.box(119.2, 31.2, 119.3, 31.3)]))
    assert holed == pytest.approx(parts[0] - parts[1], rel=1e-12)


def test_areas_of_what_has_none():
    areas = geodesic_area(np.array([None, shapely.Polygon(), shapely.Point(1, 1)]))
    assert np.isnan(areas[0])
    assert areas[1] == areas[2] == 0


def test_geodesic_area_agrees_with_the_equal_area_plane():
    ring = shapely.Point(119.6, 31.6).buffer(0.05, quad_segs=64)
    plane = metric_crs(CHANGZHOU, "area")
    planar = shapely.area(project(np.array([ring]), plane))[0]
    assert geodesic_area(np.array([ring]))[0] == pytest.approx(planar, rel=1e-6)


def test_the_rwandan_network_is_as_long_as_its_reference_says():
    spans = pyogrio.read_dataframe(reference("rwanda", "fibre_spans.geojson"))
    assert geodesic_length(spans.geometry.to_numpy()).sum() / 1e3 == pytest.approx(1222.02, abs=0.005)


def test_the_rwandan_levels_have_their_reference_areas_however_they_wind():
    path = f"/vsizip/{reference('rwanda', 'rwanda_5levels.gpkg.zip')}/rwanda_5levels.gpkg"
    for layer, km2 in {"district": 25_316.40, "sector": 24_306.09}.items():
        shapes = pyogrio.read_dataframe(path, layer=layer).geometry.to_numpy()
        assert geodesic_area(shapes).sum() / 1e6 == pytest.approx(km2, abs=0.006)
        turned = np.array([_every_other_part_turned(shape) for shape in shapes])
        assert geodesic_area(turned).sum() / 1e6 == pytest.approx(km2, abs=0.006)


def _every_other_part_turned(shape: shapely.MultiPolygon) -> shapely.MultiPolygon:
    parts = list(shapely.get_parts(shape))
    return shapely.MultiPolygon([p if k % 2 else shapely.reverse(p) for k, p in enumerate(parts)])


def test_signed_areas_would_come_out_too_small():
    # the trap itself: what pyproj gives for a multipolygon of mixed winding
    a, b = shapely.box(119, 31, 119.1, 31.1), shapely.box(119.2, 31, 119.5, 31.1)
    mixed = shapely.MultiPolygon([a, shapely.reverse(b)])
    signed = abs(pyproj.Geod(ellps="WGS84").geometry_area_perimeter(mixed)[0])
    assert signed < 0.6 * geodesic_area(np.array([mixed]))[0]
