"""Extent: coordinates that lie where no unit of the region can."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.check.extent import check_extent
from tests.geo.check.places import SOUTH, WEST, is_clean, rows_index, rows_of, rules, square, villages

CHINA = (73.0, 3.0, 135.1, 54.0)
EXTENTS = pytest.mark.parametrize("extent", [None, CHINA])


def swap(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: xy[:, ::-1])


@EXTENTS
def test_a_sound_mosaic_is_silent(extent: tuple[float, ...] | None) -> None:
    assert is_clean(check_extent(villages(), source="s", code="code", extent=extent))


ODD = {
    "extent.null_island": shapely.Polygon([(WEST, SOUTH), (WEST + 0.02, SOUTH), (0, 0)]),
    "extent.latitude": shapely.box(119.7, 131.7, 119.72, 131.72),
    "extent.longitude": shapely.box(479.7, 31.7, 479.72, 31.72),
    "extent.pole": shapely.Polygon([(0, 89.9), (90, 89.9), (180, 89.9), (-90, 89.9)]),
    "extent.antimeridian": shapely.Polygon([(179.9, -16), (-179.9, -16), (-179.9, -15.9), (179.9, -15.9)]),
    "extent.outside": shapely.box(139.9, 35.9, 140.0, 36.0),
    "extent.swapped": swap(square(1, 1)),
}


@EXTENTS
@pytest.mark.parametrize("rule", ODD)
def test_one_row_elsewhere_is_set_aside_by_its_fault(rule: str, extent: tuple[float, ...] | None) -> None:
    result = check_extent(villages(g4=ODD[rule]), source="s", code="code", extent=extent)
    assert rules(result) == [rule]
    assert rows_of(result, rule) == ["row 5 (320402001204)"]
    assert len(result.frame) == 5


@EXTENTS
def test_all_rows_with_latitude_first_refuse_the_source(extent: tuple[float, ...] | None) -> None:
    frame = villages()
    frame["geometry"] = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    result = check_extent(frame, source="s", code="code", extent=extent)
    assert rules(result) == ["extent.all_swapped"]
    assert result.rejected


def test_a_region_where_both_orders_are_legal_is_told_by_its_extent() -> None:
    frame = villages()
    frame["geometry"] = shapely.transform(
        frame.geometry.to_numpy(), lambda xy: xy * 0 + (-2.0, 29.9) + xy * 1e-3
    )
    result = check_extent(frame, source="s", code="code", extent=(28, -3, 31, -1))
    assert rules(result) == ["extent.all_swapped"]


def test_another_country_is_named_with_its_distance() -> None:
    points = gpd.GeoDataFrame(
        geometry=shapely.points(np.array([[140.0, 36.0], [140.1, 36.1]])), index=rows_index(2)
    )
    result = check_extent(points, source="s", extent=(119.0, 31.0, 120.2, 32.1))
    assert rules(result) == ["extent.other_region"]
    assert 1_850 < result.findings[0].values["km"] < 1_950


def test_metres_are_no_degrees() -> None:
    points = gpd.GeoDataFrame(
        geometry=shapely.points(np.array([[488000.0, 3503000.0]] * 3)), index=rows_index(3)
    )
    assert rules(check_extent(points, source="s")) == ["extent.metres"]


@given(st.lists(st.tuples(st.floats(118, 121), st.floats(30, 33)), min_size=1, max_size=30))
def test_places_of_one_city_never_lie_apart(spots: list[tuple[float, float]]) -> None:
    points = gpd.GeoDataFrame(geometry=shapely.points(np.array(spots)), index=rows_index(len(spots)))
    assert is_clean(check_extent(points, source="s"))
