"""Covered area is what GEOS finds pair by pair, overlap counted once, whatever touches, in whatever order."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.measure import geodesic_area, metric_crs, project
from geo.overlay import covered_area
from tests.reference import reference

SIDE = 1_000.0


def _partition(n: int = 8, seed: int = 1, points: int = 9) -> np.ndarray:
    """Cut a square of n by n km into villages with ragged borders; neighbours share every vertex."""
    random = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0)), axis=-1) * SIDE
    corner += random.uniform(-0.2, 0.2, corner.shape) * SIDE
    borders: dict[tuple, list] = {}

    def border(a: tuple[int, int], b: tuple[int, int]) -> list:
        if (b, a) in borders:
            return borders[b, a][::-1]
        t = np.linspace(0, 1, points + 2)[:, None]
        way = corner[a] + t * (corner[b] - corner[a])
        way[1:-1] += random.normal(0, 8, (points, 2))
        return borders.setdefault((a, b), [tuple(p) for p in way])

    villages = []
    for j in range(n):
        for i in range(n):
            ring = [(j, i), (j, i + 1), (j + 1, i + 1), (j + 1, i), (j, i)]
            villages.append(shapely.Polygon([p for a, b in pairwise(ring) for p in border(a, b)[:-1]]))
    return np.array(villages)


def _blobs(n: int, seed: int, *, extent: float = 8 * SIDE, size: float = 900.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    shapes = []
    for _ in range(n):
        k = random.integers(3, 30)
        turn = np.sort(random.uniform(0, 2 * np.pi, k))
        radius = size * random.uniform(0.2, 1, k)
        ring = random.uniform(0, extent, 2) + radius[:, None] * np.c_[np.cos(turn), np.sin(turn)]
        shapes.append(shapely.Polygon(ring))
    return shapely.make_valid(np.array(shapes))


def _pairs(units: np.ndarray, cover: np.ndarray) -> tuple[np.ndarray, list[list[int]]]:
    """The plain way: every unit with every polygon, united."""
    area, evidence = [], []
    for unit in units:
        pieces = shapely.intersection(unit, cover)
        evidence.append(np.flatnonzero(shapely.area(pieces) > 1e-9 * unit.area).tolist())
        area.append(shapely.union_all(pieces).area)
    return np.array(area), evidence


def _evidence(covered) -> list[list[int]]:
    return [part.tolist() for part in np.split(covered.cover, covered.offsets[1:-1])]


def _check(units: np.ndarray, cover: np.ndarray, within: float = 1e-9) -> None:
    found, (area, evidence) = covered_area(units, cover), _pairs(units, cover)
    assert np.abs(found.area_m2 - area).max() <= within * shapely.area(units).max()
    assert _evidence(found) == evidence


VILLAGES = _partition()
BLOBS = _blobs(60, 2)
HALF = np.random.default_rng(3).random(len(VILLAGES)) < 0.5

TOUCHING = {
    "every other row of villages": np.array([shapely.union_all(row) for row in VILLAGES.reshape(8, 8)[::2]]),
    "every third village": VILLAGES[::3],
    "half of the villages, united": np.array([shapely.union_all(VILLAGES[HALF])]),
    "all villages": VILLAGES,
    "each polygon twice": np.concatenate([BLOBS, BLOBS]),
    "each polygon twice, the second begun elsewhere": np.concatenate([BLOBS, shapely.normalize(BLOBS)]),
    # through WKB: set_precision leaves its grid on the geometry, and GEOS then overlays on that grid
    "snapped to 1 m": shapely.from_wkb(shapely.to_wkb(shapely.set_precision(BLOBS, 1.0))),
    "snapped to 50 m": shapely.from_wkb(shapely.to_wkb(shapely.set_precision(BLOBS, 50.0))),
    "villages and polygons": np.concatenate([VILLAGES[::2], BLOBS]),
    "a hole that is a village": np.array([shapely.box(0, 0, 8e3, 8e3) - VILLAGES[27]]),
    "a corner on a corner": np.array([shapely.box(*VILLAGES[27].exterior.coords[0], 9e3, 9e3)]),
}


@pytest.mark.parametrize("case", TOUCHING)
def test_where_cover_touches_units_no_area_is_wrong(case):
    _check(VILLAGES, TOUCHING[case])


@pytest.mark.parametrize("case", TOUCHING)
def test_units_snapped_to_metres_are_no_harder(case):
    units = np.array([shapely.Polygon(np.round(v.exterior.coords)) for v in VILLAGES])
    _check(units[shapely.is_valid(units)], TOUCHING[case])


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_touches_areas_and_evidence_are_right(seed):
    _check(_partition(6, seed), _blobs(40, seed + 100, extent=6 * SIDE))


def test_cover_with_holes_and_of_many_vertices():
    cover = shapely.union_all(
        shapely.buffer(shapely.points(np.random.default_rng(5).uniform(0, 8e3, (80, 2))), 600)
    )
    holed = cover - shapely.union_all(_blobs(20, 6, size=300))
    _check(VILLAGES, np.array([holed]))
    _check(VILLAGES, shapely.get_parts(np.array([holed])))


def test_a_polygon_that_holds_a_unit_covers_it_whole_to_the_last_bit():
    unit = VILLAGES[27:28]
    for cover in (shapely.buffer(unit, 3.0), shapely.buffer(unit, 3_000.0), unit):
        found = covered_area(unit, cover)
        assert found.area_m2[0] == found.unit_m2[0] == unit[0].area
        assert _evidence(found) == [[0]]


def test_a_unit_in_a_hole_of_the_cover_is_not_covered():
    ring = shapely.box(-5e3, -5e3, 2e4, 2e4) - shapely.box(-1e3, -1e3, 1e4, 1e4)
    found = covered_area(VILLAGES, np.array([ring]))
    assert found.area_m2.max() == 0
    assert len(found.cover) == 0


def test_units_in_parts_and_with_holes():
    units = np.array(
        [
            shapely.MultiPolygon([VILLAGES[0], VILLAGES[40]]),
            shapely.MultiPolygon([VILLAGES[63], shapely.Polygon(shapely.box(20e3, 0, 21e3, 1e3))]),
            VILLAGES[20] - shapely.Point(VILLAGES[20].centroid).buffer(200),
        ]
    )
    _check(
        units,
        np.concatenate([BLOBS, [shapely.box(19e3, -1e3, 22e3, 2e3), VILLAGES[20].centroid.buffer(100)]]),
    )


def test_a_polygon_inside_a_unit_and_one_inside_another():
    unit = np.array([shapely.box(0, 0, 1e3, 1e3)])
    cover = np.array([shapely.box(100, 100, 500, 500), shapely.box(200, 200, 300, 300)])
    found = covered_area(unit, cover)
    assert found.area_m2[0] == pytest.approx(160_000, rel=1e-14)
    assert _evidence(found) == [[0, 1]]


def test_cover_that_only_touches_is_no_evidence():
    unit = np.array([shapely.box(0, 0, 1e3, 1e3)])
    beside = np.array([shapely.box(1e3, 0, 2e3, 1e3), shapely.box(1e3, 1e3, 2e3, 2e3)])
    found = covered_area(unit, beside)
    assert found.area_m2[0] == 0
    assert _evidence(found) == [[]]


# ---------------------------------------------------------------- laws


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.0, 1.0, 25.0]))
def test_the_children_of_a_partition_add_to_the_parent(seed, n, grid):
    children = _partition(4, seed)
    parent = np.array([shapely.union_all(children)])
    cover = _blobs(n, seed + 1, extent=4 * SIDE)
    if grid:
        cover = shapely.from_wkb(shapely.to_wkb(shapely.set_precision(cover, grid)))
    parts, whole = covered_area(children, cover), covered_area(parent, cover)
    assert parts.area_m2.sum() == pytest.approx(whole.area_m2[0], abs=1e-9 * parent[0].area)
    assert sorted(set(parts.cover)) == whole.cover.tolist()


whole_numbers = st.tuples(st.integers(0, 12), st.integers(0, 12))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.lists(whole_numbers, min_size=3, max_size=6), min_size=1, max_size=4),
    st.lists(st.lists(whole_numbers, min_size=3, max_size=6), min_size=1, max_size=6),
)
def test_on_whole_numbers_where_all_touches_it_is_still_right(units, cover):
    units, cover = (
        shapely.make_valid(np.array([shapely.Polygon(r) for r in rings])) for rings in (units, cover)
    )
    flat = shapely.area(units) > 0
    _check(units[flat], cover[shapely.area(cover) > 0]) if flat.any() else None


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 50.0]))
def test_the_order_of_rows_changes_no_bit(seed, grid):
    random = np.random.default_rng(seed)
    cover = np.concatenate([_blobs(25, seed, extent=3 * SIDE), _partition(3, seed)[:3]])
    cover = np.concatenate([cover, cover[:4]])
    if grid:
        cover = shapely.from_wkb(shapely.to_wkb(shapely.set_precision(cover, grid)))
    units, order, turn = _partition(3, seed), random.permutation(len(cover)), random.permutation(9)
    a, b = covered_area(units, cover), covered_area(units[turn], cover[order])
    assert (a.area_m2[turn] == b.area_m2).all()
    assert [_evidence(a)[k] for k in turn] == [sorted(order[e].tolist()) for e in _evidence(b)]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 20))
def test_more_cover_is_never_less_area(seed, n):
    units, cover = _partition(3, seed), _blobs(n + 5, seed, extent=3 * SIDE)
    few, many = covered_area(units, cover[:n]), covered_area(units, cover)
    assert (many.area_m2 >= few.area_m2 - 1e-9 * few.unit_m2).all()


def test_cover_given_twice_counts_once_to_the_last_bit():
    once, twice = covered_area(VILLAGES, BLOBS), covered_area(VILLAGES, np.concatenate([BLOBS, BLOBS]))
    assert (once.area_m2 == twice.area_m2).all()
    assert _evidence(twice) == [sorted(e + [k + len(BLOBS) for k in e]) for e in _evidence(once)]


@pytest.mark.parametrize(
    "case", ["every third village", "each polygon twice", "snapped to 1 m", "villages and polygons"]
)
def test_any_subset_of_units_gives_the_same_bits_as_the_whole(case):
    cover = TOUCHING[case]
    whole = covered_area(VILLAGES, cover)
    for part in (np.arange(0, 64, 3), np.array([27]), np.arange(63, -1, -1)):
        some = covered_area(VILLAGES[part], cover)
        assert (some.area_m2 == whole.area_m2[part]).all()
        assert _evidence(some) == [_evidence(whole)[k] for k in part]


def test_cover_out_of_reach_changes_no_bit():
    far = shapely.transform(BLOBS, lambda xy: xy + 1e5)
    a, b = covered_area(VILLAGES, BLOBS), covered_area(VILLAGES, np.concatenate([far, BLOBS]))
    assert (a.area_m2 == b.area_m2).all()


def test_winding_changes_nothing():
    a, b = covered_area(VILLAGES, BLOBS), covered_area(shapely.reverse(VILLAGES), shapely.reverse(BLOBS))
    assert np.abs(a.area_m2 - b.area_m2).max() < 1e-6
    assert _evidence(a) == _evidence(b)


def test_far_from_the_origin_it_is_as_exact():
    a = covered_area(VILLAGES, BLOBS).area_m2
    moved = [shapely.transform(g, lambda xy: np.add(xy, (4e6, -3e6))) for g in (VILLAGES, BLOBS)]
    assert np.abs(covered_area(*moved).area_m2 - a).max() < 1e-9 * 1e6 * 10


# ---------------------------------------------------------------- bad input does not poison


def test_missing_empty_and_flat_shapes_are_passed_over():
    units = np.array(
        [None, shapely.Polygon(), VILLAGES[9], shapely.Polygon([(0, 0), (1, 1), (2, 2), (0, 0)])]
    )
    cover = np.array(
        [None, shapely.Polygon(), shapely.LineString([(0, 0), (9e3, 9e3)]), VILLAGES[9], shapely.Point(1, 1)]
    )
    found = covered_area(units, cover)
    assert found.area_m2.tolist() == [0, 0, VILLAGES[9].area, 0]
    assert _evidence(found) == [[], [], [3], []]


@pytest.mark.parametrize("empty", ["units", "cover", "both"])
def test_nothing_over_nothing_is_nothing(empty):
    none = np.empty(0, object)
    found = covered_area(none if empty != "cover" else VILLAGES, none if empty != "units" else BLOBS)
    assert found.area_m2.sum() == 0
    assert found.offsets.tolist() == [0] * (len(found.area_m2) + 1)


def test_a_polygon_that_cannot_be_projected_poisons_nothing():
    broken = np.array([shapely.Polygon([(0, 0), (np.inf, 0), (1, 1), (0, 0)])])
    found = covered_area(np.concatenate([broken, VILLAGES]), np.concatenate([broken, BLOBS]), checked=True)
    assert (found.area_m2[1:] == covered_area(VILLAGES, BLOBS).area_m2).all()
    assert found.area_m2[0] == 0


def test_a_bow_tie_covers_both_its_lobes():
    bow = np.array([shapely.Polygon([(100, 100), (300, 300), (300, 100), (100, 300)])])
    found = covered_area(np.array([shapely.box(0, 0, 1e3, 1e3)]), bow)
    assert found.area_m2[0] == pytest.approx(20_000, rel=1e-12)


def test_an_invalid_unit_leaves_its_neighbours_right():
    bow = shapely.Polygon([(0, 0), (2e3, 2e3), (2e3, 0), (0, 2e3)])
    found = covered_area(np.concatenate([[bow], VILLAGES]), BLOBS)
    assert (found.area_m2[1:] == covered_area(VILLAGES, BLOBS).area_m2).all()
    assert found.area_m2[0] == pytest.approx(
        _pairs(shapely.make_valid(np.array([bow])), BLOBS)[0][0], rel=1e-9
    )


def test_a_collection_counts_by_its_polygons():
    mixed = np.array(
        [shapely.GeometryCollection([BLOBS[0], shapely.Point(0, 0), shapely.MultiPolygon([BLOBS[1]])])]
    )
    assert (covered_area(VILLAGES, mixed).area_m2 == covered_area(VILLAGES, BLOBS[:2]).area_m2).all()


# ---------------------------------------------------------------- Ibiza (ORACLES.md 3)


#: ORACLES.md unites the polygons in degrees before it measures on the ellipsoid; with every edge a geodesic
#: (20 points on each, then united in an equal-area plane) the union is 1,000 m2 less.
IBIZA_KM2, IBIZA_GEODESIC_KM2 = 116.758, 116.757026


@pytest.fixture(scope="module")
def ibiza():
    cover = gpd.read_file(reference("ibiza", "inputs", "mobile_coverage_4g.gpkg"))
    return cover.geometry.to_numpy(), metric_crs(cover.total_bounds, "area")


def test_ibiza_the_union_counts_overlap_once(ibiza):
    cover, plane = ibiza
    flat = project(cover, plane)
    island = shapely.box(*np.add(shapely.total_bounds(flat), (-50, -50, 50, 50)))
    found = covered_area(np.array([island]), flat)
    assert found.area_m2[0] / 1e6 == pytest.approx(IBIZA_KM2, abs=1.1e-3)
    assert found.area_m2[0] / 1e6 == pytest.approx(IBIZA_GEODESIC_KM2, abs=1e-6)
    assert len(found.cover) == len(cover) == 770


def test_ibiza_the_sum_of_the_polygons_is_another_figure(ibiza):
    # 193.585 was measured in EPSG:32631, whose areas are 3.5e-4 too small there
    cover, _ = ibiza
    assert geodesic_area(cover).sum() / 1e6 == pytest.approx(193.585, rel=5e-4)


def test_ibiza_cut_into_squares_adds_to_the_whole(ibiza):
    cover, plane = ibiza
    flat = project(cover, plane)
    x0, y0, x1, y1 = shapely.total_bounds(flat)
    x, y = np.meshgrid(np.linspace(x0, x1, 21), np.linspace(y0, y1, 21))
    squares = shapely.box(x[:-1, :-1], y[:-1, :-1], x[1:, 1:], y[1:, 1:]).ravel()
    assert covered_area(squares, flat).area_m2.sum() / 1e6 == pytest.approx(IBIZA_GEODESIC_KM2, abs=1e-6)
