"""Projected coordinates: zones, prefixes, axes and units."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geo.check.grid import check_grid, false_easting, zone_epsg, zone_name
from geo.errors import UsageError
from tests.geo.check.places import is_clean, rows_index, rows_of, rules

PLAIN, PREFIXED = pyproj.CRS("EPSG:4549"), pyproj.CRS("EPSG:4528")
LON, LAT = np.array([119.70, 119.72, 119.74, 119.76]), np.array([31.70, 31.72, 31.74, 31.76])


def points(epsg: int, *, swap: bool = False) -> gpd.GeoDataFrame:
    x, y = pyproj.Transformer.from_crs("OGC:CRS84", f"EPSG:{epsg}", always_xy=True).transform(LON, LAT)
    return frame_of(y, x) if swap else frame_of(x, y)


def frame_of(x: np.ndarray, y: np.ndarray) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapely.points(x, y), index=rows_index(len(x)))


@pytest.mark.parametrize(
    ("epsg", "crs"),
    [(4549, PLAIN), (4528, PREFIXED), (4326, pyproj.CRS("OGC:CRS84")), (3857, pyproj.CRS(3857))],
)
def test_coordinates_in_their_crs_are_silent(epsg: int, crs: pyproj.CRS) -> None:
    assert is_clean(check_grid(points(epsg), source="s", crs=crs))


def test_a_zone_prefix_that_the_crs_has_not_is_named() -> None:
    result = check_grid(points(4528), source="s", crs=PLAIN)
    assert rules(result) == ["grid.zone_prefix"]
    assert "40 (3°, 120°E)" in result.findings[0].message()


def test_a_zone_prefix_that_is_missing_is_named() -> None:
    assert rules(check_grid(points(4549), source="s", crs=PREFIXED)) == ["grid.zone_prefix_missing"]


def test_another_zone_is_named() -> None:
    assert rules(check_grid(points(4527), source="s", crs=PREFIXED)) == ["grid.zone_other"]


@pytest.mark.parametrize("crs", [PLAIN, PREFIXED, None])
@pytest.mark.parametrize("epsg", [4549, 4528])
def test_a_northing_as_x_means_swapped_axes(epsg: int, crs: pyproj.CRS | None) -> None:
    assert rules(check_grid(points(epsg, swap=True), source="s", crs=crs)) == ["grid.axes_swapped"]


def test_rows_of_a_six_degree_zone_among_others_are_set_aside() -> None:
    three, six = (shapely.get_coordinates(points(e).geometry.to_numpy()) for e in (4549, 21420))
    mixed = np.vstack([three, six[:2]])
    result = check_grid(frame_of(*mixed.T), source="s", crs=PLAIN)
    assert rows_of(result, "grid.zone_row") == ["row 5", "row 6"]
    assert "20 (6°, 117°E)" in result.findings[0].message()


@pytest.mark.parametrize("epsg", [3857, 4549, 4528])
def test_degrees_in_a_metre_crs_lie_at_its_origin(epsg: int) -> None:
    result = check_grid(points(4326), source="s", crs=pyproj.CRS(epsg))
    assert rules(result) == ["grid.degrees"]
    assert f"EPSG:{epsg}" in result.findings[0].message()


@pytest.mark.parametrize(("epsg", "rule"), [(4528, "grid.metres_zone"), (4549, "grid.metres")])
@pytest.mark.parametrize("crs", [None, pyproj.CRS("OGC:CRS84")])
def test_metres_taken_as_degrees_are_refused_with_the_zone_that_fits(
    epsg: int, rule: str, crs: pyproj.CRS | None
) -> None:
    result = check_grid(points(epsg), source="s", crs=crs)
    assert rules(result) == [rule]
    if epsg == 4528:
        assert "EPSG:4528" in result.findings[0].remedy()


@pytest.mark.parametrize("crs", [None, pyproj.CRS("OGC:CRS84")])
def test_an_easting_that_begins_with_24_is_in_no_zone_and_gets_no_code(crs: pyproj.CRS | None) -> None:
    """Zones of 6 degrees end with 23, those of 3 degrees begin with 25."""
    x, y = shapely.get_coordinates(points(4549).geometry.to_numpy()).T
    result = check_grid(frame_of(x + 24e6, y), source="s", crs=crs)
    assert rules(result) == ["grid.metres"]
    assert zone_name(24) == "-"
    with pytest.raises(UsageError, match="zone 24"):
        zone_epsg(24)


@pytest.mark.parametrize("prefix", [*range(13, 24), *range(25, 46)])
def test_the_epsg_code_of_a_zone_carries_its_number_before_the_easting(prefix: int) -> None:
    crs = pyproj.CRS(zone_epsg(prefix))
    assert false_easting(crs) == prefix * 1e6 + 500_000
    assert f"{int(crs.coordinate_operation.params[1].value)}°E" in zone_name(prefix)
