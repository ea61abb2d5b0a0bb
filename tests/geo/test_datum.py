"""Datums against PROJ, in both axis orders; names as people write them."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj.transformer import TransformerGroup

from geo import offsets
from geo.datum import BEIJING_ACCURACY_M, datum_of, declared_datum, lonlat_points, same_datum, to_lonlat
from geo.errors import RegionError, UsageError
from geo.zones import epsg_code, fitting_codes, gauss_krueger_zone

GEOD = pyproj.Geod(ellps="WGS84")
CHANGZHOU = (119.1, 31.1, 120.3, 32.1)


@pytest.mark.parametrize(
    ("text", "crs", "offset"),
    [
        ("EPSG:4490", "EPSG:4490", None),
        ("epsg:4549", "EPSG:4549", None),
        ("OGC:CRS84", "OGC:CRS84", None),
        ("WGS 84", "OGC:CRS84", None),
        ("wgs84", "OGC:CRS84", None),
        ("CGCS2000", "EPSG:4490", None),
        ("cgcs 2000", "EPSG:4490", None),
        ("Beijing 1954", "EPSG:4214", None),
        ("beijing_1954", "EPSG:4214", None),
        ("北京54", "EPSG:4214", None),
        ("Xi'an 1980", "EPSG:4610", None),
        ("西安80", "EPSG:4610", None),
        ("GCJ-02", None, "gcj02"),
        ("gcj02", None, "gcj02"),
        ("火星坐标", None, "gcj02"),
        ("BD 09", None, "bd09"),
        ("百度坐标系", None, "bd09"),
    ],
)
def test_a_datum_is_known_by_its_code_and_by_its_names(text, crs, offset):
    datum = declared_datum(text)
    assert datum.offset == offset
    assert datum.crs == (pyproj.CRS.from_user_input(crs) if crs else None)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [("CGC2000", "CGCS2000"), ("Bejing 1954", "Beijing 1954"), ("GCJ-03", "GCJ-02"), ("WGS48", "WGS 84")],
)
def test_a_misspelt_datum_is_refused_with_the_nearest_spelling(text, nearest):
    with pytest.raises(RegionError, match=f'"{text}" is not known; nearest: {nearest}'):
        declared_datum(text)


@pytest.mark.parametrize("text", ["", "EPSG:999999", "2000", "/etc/hosts", '{"type": "x"}'])
def test_what_names_no_datum_is_refused(text):
    with pytest.raises(RegionError, match="is not known"):
        declared_datum(text)


@pytest.mark.parametrize("code", [4549, 4528, 4508, 4497, 32650, 32735, 25831])
def test_eastings_and_northings_come_out_as_proj_has_them_in_both_axis_orders(code):
    crs = pyproj.CRS.from_epsg(code)
    west, south, east, north = crs.area_of_use.bounds
    lon, lat = np.linspace(west, east, 7), np.linspace(max(south, -10), min(north, 50), 7)
    x, y = pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True).transform(lon, lat)
    points = to_lonlat(shapely.points(x, y), declared_datum(f"EPSG:{code}"))
    assert GEOD.inv(lon, lat, shapely.get_x(points), shapely.get_y(points))[2] == pytest.approx(0, abs=1e-3)
    # and by the authority's own order of the axes (for Gauss-Krüger and latitude first: north before east)
    north_first = crs.axis_info[0].direction == "north"
    own = pyproj.Transformer.from_crs(crs, crs.geodetic_crs)
    got = np.array(own.transform(*((y, x) if north_first else (x, y))))[::-1]
    assert np.abs(np.array([shapely.get_x(points), shapely.get_y(points)]) - got).max() < 1e-9


@pytest.mark.parametrize("name", ["EPSG:4326", "EPSG:4490", "OGC:CRS84", "CGCS2000"])
def test_degrees_stay_as_they_are_whatever_order_the_authority_gives_the_axes(name):
    point = np.array([shapely.Point(119.97, 31.78)], dtype=object)
    assert to_lonlat(point, declared_datum(name))[0].equals(point[0])


def test_z_is_left_out_and_missing_geometry_stays_missing():
    shapes = np.array([shapely.Point(119.97, 31.78, 5.0), None, shapely.Point()], dtype=object)
    for name in ("EPSG:4490", "GCJ-02", "Beijing 1954"):
        out = to_lonlat(shapes, declared_datum(name))
        assert out[1] is None
        assert not shapely.has_z(out[0])
        assert out[2].is_empty


def test_gcj02_and_bd09_are_undone():
    lon, lat = np.array([119.97, 116.4]), np.array([31.78, 39.9])
    for name, move in (("GCJ-02", offsets.wgs84_to_gcj02), ("BD-09", offsets.wgs84_to_bd09)):
        out = to_lonlat(shapely.points(*move(lon, lat)), declared_datum(name))
        assert GEOD.inv(shapely.get_x(out), shapely.get_y(out), lon, lat)[2].max() < 0.001


def test_beijing_1954_agrees_with_every_published_transformation_within_the_stated_accuracy():
    datum = declared_datum("Beijing 1954")
    assert datum.accuracy_m == BEIJING_ACCURACY_M
    published = TransformerGroup("EPSG:4214", "OGC:CRS84", always_xy=True).transformers
    named = [
        t
        for t in published
        if "Beijing 1954 to WGS 84 (" in t.description and "Ballpark" not in t.description
    ]
    assert len(named) >= 5
    for way in named:
        w, s, e, n = way.area_of_use.bounds
        lon, lat = (g.ravel() for g in np.meshgrid(np.linspace(w, e, 9), np.linspace(s, n, 9)))
        apart = GEOD.inv(*way.transform(lon, lat), *lonlat_points(lon, lat, datum))[2]
        assert max(apart) < BEIJING_ACCURACY_M, way.description


def test_a_beijing_1954_zone_and_its_degrees_come_to_the_same_place():
    lon, lat = np.array([118.5, 119.9, 121.3]), np.array([30.0, 31.7, 33.0])
    degrees = lonlat_points(lon, lat, declared_datum("Beijing 1954"))
    for code in (2437, 2416, 21420, 21460):
        crs = pyproj.CRS.from_epsg(code)
        x, y = pyproj.Transformer.from_crs("EPSG:4214", crs, always_xy=True).transform(lon, lat)
        metres = lonlat_points(x, y, declared_datum(f"EPSG:{code}"))
        assert GEOD.inv(*degrees, *metres)[2].max() < 0.001


def test_xian_1980_has_no_stated_accuracy_and_own_parameters_may_be_declared():
    assert declared_datum("Xian 1980").accuracy_m is None
    own = declared_datum("+proj=longlat +a=6378140 +rf=298.257 +towgs84=-24,123,94,0,0,0,0")
    lon, lat = lonlat_points(np.array([119.97]), np.array([31.78]), own)
    assert 20 < GEOD.inv(119.97, 31.78, lon[0], lat[0])[2] < 200


def test_coordinates_that_their_zone_cannot_hold_are_refused():
    with pytest.raises(UsageError, match=r"EPSG:4528.*zone"):
        to_lonlat(np.array([shapely.Point(1e300, 31)], dtype=object), declared_datum("EPSG:4528"))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("EPSG:4326", "OGC:CRS84", True),
        ("EPSG:4490", "EPSG:4326", True),
        ("EPSG:4610", "EPSG:4490", False),
        ("EPSG:4549", "EPSG:4549", True),
        ("EPSG:4549", "EPSG:4548", False),
        ("EPSG:4549", "EPSG:4528", False),
        ("EPSG:4549", "EPSG:2437", False),
        ("EPSG:4549", "EPSG:4490", False),
        ("GCJ-02", "GCJ-02", True),
        ("GCJ-02", "WGS 84", False),
        ("GCJ-02", "BD-09", False),
    ],
)
def test_datums_are_the_same_when_they_put_the_same_numbers_in_the_same_place(one, other, same):
    assert same_datum(declared_datum(one), declared_datum(other)) is same
    assert same_datum(declared_datum(other), declared_datum(one)) is same


@pytest.mark.parametrize("code", [4490, 4549, 4214, 2437, 4610, 2384, 4326])
def test_a_prj_file_in_the_makers_spelling_is_the_same_datum(code):
    written = pyproj.CRS.from_wkt(pyproj.CRS.from_epsg(code).to_wkt("WKT1_ESRI"))
    assert same_datum(datum_of(written), declared_datum(f"EPSG:{code}"))


@pytest.mark.parametrize("datum", ["CGCS2000", "Xian 1980", "Beijing 1954"])
@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("prefixed", [True, False])
def test_every_zones_code_is_the_one_that_epsg_publishes(datum, width, prefixed):
    for number in range(25, 46) if width == 3 else range(13, 24):
        crs = pyproj.CRS.from_user_input(epsg_code(datum, width, number, prefixed=prefixed))
        meridian = 3 * number if width == 3 else 6 * number - 3
        parameters = {p.name: p.value for p in crs.coordinate_operation.params}
        assert crs.name.startswith(datum)
        assert ("3-degree" in crs.name) == (width == 3)
        assert crs.name.endswith(f"zone {number}" if prefixed else f"CM {meridian}E")
        assert parameters["Longitude of natural origin"] == meridian
        assert parameters["False easting"] == 500_000 + 1_000_000 * number * prefixed


@given(st.floats(119.0, 120.4), st.floats(31.0, 32.1), st.sampled_from([3, 6]), st.booleans())
def test_the_zone_that_made_the_numbers_is_among_those_that_fit(lon, lat, width, prefixed):
    number = 40 if width == 3 else 20
    code = epsg_code("CGCS2000", width, number, prefixed=prefixed)
    x, y = pyproj.Transformer.from_crs("EPSG:4490", code, always_xy=True).transform(lon, lat)
    fits = fitting_codes(x, y, (118.9, 30.9, 120.5, 32.2))
    assert code in fits
    assert all(z.prefixed is prefixed for z in gauss_krueger_zone(x, y))


def test_a_zone_written_before_the_easting_names_its_meridian():
    (zone,) = gauss_krueger_zone(40_512_345.0, 3_500_000.0)
    assert (zone.width, zone.number, zone.meridian) == (3, 40, 120)
    assert zone.codes("Xian 1980") == ["EPSG:2364"]


@pytest.mark.parametrize(
    "x_y", [(119.9, 31.7), (13_350_000.0, 3_700_000.0), (500_000.0, 9.0e6), (np.nan, 1.0)]
)
def test_degrees_web_mercator_and_other_numbers_are_no_gauss_krueger(x_y):
    assert [z for z in gauss_krueger_zone(*x_y) if z.number != 13] == []


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(UsageError, match="3-degree Gauss-Krüger zone 50 on CGCS2000"):
        epsg_code("CGCS2000", 3, 50, prefixed=False)
