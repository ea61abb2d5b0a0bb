"""Points in polygons: every pair once, in order, the border counted as inside."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.points import points_in
from tests.reference import reference

SQUARE = shapely.box(0, 0, 10, 10)


def _pairs(xy, polygons) -> list[tuple[int, int]]:
    point, polygon = points_in(np.array(xy, dtype=float), np.array(polygons, dtype=object))
    return list(zip(point.tolist(), polygon.tolist(), strict=True))


def test_inside_on_the_border_and_outside():
    assert _pairs([(5, 5), (10, 5), (10, 10), (10.1, 5)], [SQUARE]) == [(0, 0), (1, 0), (2, 0)]


def test_a_point_on_a_common_border_is_in_both():
    assert _pairs([(10, 5)], [SQUARE, shapely.box(10, 0, 20, 10)]) == [(0, 0), (0, 1)]


def test_a_hole_is_outside_and_its_border_inside():
    holed = SQUARE - shapely.box(4, 4, 6, 6)
    assert _pairs([(5, 5), (4, 5), (1, 1)], [holed]) == [(1, 0), (2, 0)]


def test_a_multipolygon_whose_parts_touch_holds_a_point_once():
    twins = shapely.MultiPolygon([SQUARE, shapely.box(10, 10, 20, 20)])
    assert _pairs([(10, 10)], [twins]) == [(0, 0)]


def test_what_is_nowhere_is_in_nothing():
    shapes = [None, shapely.Polygon(), shapely.LineString([(0, 0), (9, 9)]), SQUARE]
    assert _pairs([(np.nan, 1), (np.inf, 1), (1, 1)], shapes) == [(2, 3)]


@pytest.mark.parametrize(("xy", "shapes"), [([], [SQUARE]), ([(1, 1)], []), ([], [])])
def test_nothing_gives_no_pairs(xy, shapes):
    assert _pairs(xy, shapes) == []


whole = st.tuples(st.integers(0, 12), st.integers(0, 12))


@settings(deadline=None)
@given(
    st.lists(whole, max_size=30),
    st.lists(st.lists(whole, min_size=3, max_size=7), max_size=8),
)
def test_it_equals_every_point_with_every_polygon(xy, rings):
    shapes = shapely.make_valid(np.array([shapely.Polygon(r) for r in rings], dtype=object))
    areas = np.array(
        [shapely.union_all([p for p in shapely.get_parts(s) if p.area > 0]) for s in shapes], dtype=object
    )
    plain = [(i, j) for i, p in enumerate(xy) for j, s in enumerate(areas) if shapely.Point(p).intersects(s)]
    assert _pairs(xy, areas) == plain


def test_the_order_of_rows_only_renames():
    random = np.random.default_rng(1)
    xy, shapes = (
        random.uniform(0, 100, (300, 2)),
        shapely.buffer(shapely.points(random.uniform(0, 100, (40, 2))), 12),
    )
    order, turn = random.permutation(300), random.permutation(40)
    renamed = sorted((int(order[i]), int(turn[j])) for i, j in _pairs(xy[order], shapes[turn]))
    assert renamed == _pairs(xy, shapes)


def test_ibiza_eight_points_are_covered_and_all_flags_agree():
    places = pd.read_csv(reference("ibiza", "inputs", "points_of_interest.csv"))
    cover = gpd.read_file(reference("ibiza", "inputs", "mobile_coverage_4g.gpkg")).geometry.to_numpy()
    point, _ = points_in(places[["lon", "lat"]].to_numpy(), cover)
    covered = np.isin(np.arange(len(places)), point)
    published = pd.read_csv(reference("ibiza", "outputs", "cost_results_poi.csv")).set_index("poi_id")[
        "4G_coverage"
    ]
    assert covered.sum() == 8
    assert (covered == published.loc[places.poi_id].to_numpy().astype(bool)).all()
