"""GCJ-02 and BD-09: laws over all China, and points published elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo import offsets

GEOD = Geod(ellps="WGS84")
MILLIMETRE = 0.001

lons = st.floats(73.0, 135.5)
lats = st.floats(3.0, 54.0)


def metres(a, b):
    return np.asarray(GEOD.inv(a[0], a[1], b[0], b[1])[2])


@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=50))
def test_every_round_trip_over_china_ends_within_a_millimetre(points):
    lon, lat = np.array(points).T
    pairs = [
        (offsets.wgs84_to_gcj02, offsets.gcj02_to_wgs84),
        (offsets.gcj02_to_bd09, offsets.bd09_to_gcj02),
        (offsets.wgs84_to_bd09, offsets.bd09_to_wgs84),
    ]
    for there, back in pairs:
        assert metres(back(*there(lon, lat)), (lon, lat)).max() < MILLIMETRE
        assert metres(there(*back(lon, lat)), (lon, lat)).max() < MILLIMETRE


def test_a_dense_grid_over_china_comes_back_within_a_millimetre():
    lon, lat = (g.ravel() for g in np.meshgrid(np.linspace(73, 135.5, 501), np.linspace(3, 54, 401)))
    back = offsets.bd09_to_wgs84(*offsets.wgs84_to_bd09(lon, lat))
    assert metres(back, (lon, lat)).max() < MILLIMETRE


def test_the_meridian_where_the_formula_has_an_endless_slope_comes_back_too():
    lon = 105.0 + np.array([0.0, 1e-15, -1e-14, 1e-12, -1e-9, 1e-6])
    lat = np.full(lon.shape, 31.0)
    assert metres(offsets.gcj02_to_wgs84(*offsets.wgs84_to_gcj02(lon, lat)), (lon, lat)).max() < MILLIMETRE
    assert metres(offsets.wgs84_to_gcj02(*offsets.gcj02_to_wgs84(lon, lat)), (lon, lat)).max() < MILLIMETRE


@given(lons, st.floats(18.0, 54.0))
def test_the_gcj02_shift_is_between_15_and_720_metres_everywhere_on_land(lon, lat):
    shift = metres(offsets.wgs84_to_gcj02(np.array([lon]), np.array([lat])), ([lon], [lat]))
    assert 15 < shift[0] < 720


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # Shanghai and Shenzhen: the test points of eviltransform [offsets, 1]
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),  # coordtransform's readme
    ],
)
def test_published_points_of_gcj02_are_met_to_a_centimetre(wgs, gcj):
    got = offsets.wgs84_to_gcj02(np.array([wgs[0]]), np.array([wgs[1]]))
    assert metres(got, ([gcj[0]], [gcj[1]])).max() < 0.01


def test_the_published_point_of_bd09_is_met_to_a_centimetre():
    # coordtransform's readme: gcj02tobd09(116.404, 39.915), and bd09togcj02 of the same, which is one-step
    bd = offsets.gcj02_to_bd09(np.array([116.404]), np.array([39.915]))
    assert metres(bd, ([116.41036949371029], [39.92133699351022])).max() < 0.01
    gcj = offsets.bd09_to_gcj02(np.array([116.404]), np.array([39.915]))
    assert metres(gcj, ([116.39762729119315], [39.90865673957631])).max() < 1.0


def test_outside_china_nothing_is_moved():
    lon, lat = np.array([30.06, 1.43, -80.0, 139.7]), np.array([-1.95, 38.9, 35.0, 35.7])
    for move in (
        offsets.wgs84_to_gcj02,
        offsets.gcj02_to_wgs84,
        offsets.bd09_to_wgs84,
        offsets.wgs84_to_bd09,
    ):
        x, y = move(lon, lat)
        np.testing.assert_array_equal(x, lon)
        np.testing.assert_array_equal(y, lat)


def test_an_empty_array_and_a_missing_point_pass_through():
    assert offsets.gcj02_to_wgs84(np.array([]), np.array([]))[0].shape == (0,)
    x, y = offsets.bd09_to_wgs84(np.array([np.nan, 119.9]), np.array([np.nan, 31.8]))
    assert np.isnan(x[0])
    assert np.isnan(y[0])
    assert np.isfinite(x[1])


def test_a_point_does_not_depend_on_its_neighbours():
    lon, lat = np.array([119.9, 80.0, 105.0]), np.array([31.7, 40.0, 30.0])
    together = np.array(offsets.bd09_to_wgs84(lon, lat))
    alone = np.array([offsets.bd09_to_wgs84(lon[i : i + 1], lat[i : i + 1]) for i in range(3)])[:, :, 0].T
    assert np.abs(together - alone).max() < 1e-12
