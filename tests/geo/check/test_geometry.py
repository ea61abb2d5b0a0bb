"""Geometry: each fault has its name, and only what needs no guess is mended."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import wkt

from geo.check.checked import in_turn
from geo.check.columns_known import Columns
from geo.check.geometry import check_finite, check_flat, check_present, check_type, check_valid, geometries
from geo.check.mend import cut_spikes
from geo.check.roles import NOTHING, area_checks
from geo.check.thin import check_thin, needles
from geo.terms import Action
from tests.geo.check.places import SIDE, SOUTH, WEST, is_clean, rows_of, rules, square, villages

X, Y = WEST, SOUTH


def at(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Points in hundredths of a degree from the corner of the mosaic's first village."""
    return [(X + x / 100, Y + y / 100) for x, y in points]


RING = at((0, 0), (2, 0), (2, 2), (0, 2), (0, 0))
BROKEN = {
    "geometry.self_intersection": shapely.Polygon(at((0, 0), (2, 2), (2, 0), (0, 2))),
    "geometry.hole_outside": shapely.Polygon(RING, [at((5, 5), (6, 5), (6, 6))]),
    "geometry.hole_crosses": shapely.Polygon(RING, [at((1, 0.5), (3, 0.5), (3, 1), (1, 1))]),
    "geometry.nested_holes": shapely.Polygon(
        RING, [at((0.2, 0.2), (1.8, 0.2), (1.8, 1.8), (0.2, 1.8)), at((0.5, 0.5), (1, 0.5), (1, 1))]
    ),
    "geometry.nested_shells": shapely.MultiPolygon(
        [shapely.Polygon(RING), shapely.Polygon(at((0.5, 0.5), (1, 0.5), (1, 1)))]
    ),
    "geometry.overlapping_parts": shapely.MultiPolygon(
        [shapely.Polygon(RING), shapely.Polygon(at((1, 1), (3, 1), (3, 3), (1, 3)))]
    ),
    "geometry.too_few_points": wkt.loads("POLYGON ((119.7 31.7, 119.7 31.7, 119.7 31.7, 119.7 31.7))"),
    "geometry.zero_area": shapely.Polygon(at((0, 0), (1, 0), (2, 0))),
}
MENDED = {
    "geometry.ring_self_touch": (
        shapely.Polygon(at((0, 0), (2, 0), (2, 2), (1, 2), (0.5, 1), (1.5, 1), (1, 2), (0, 2))),
        3.5e-4,
    ),
    "geometry.duplicate_rings": (shapely.MultiPolygon([shapely.Polygon(RING)] * 2), 4e-4),
    "geometry.disconnected_interior": (shapely.Polygon(RING, [at((1, 0), (1.5, 1), (1, 2), (0.5, 1))]), 3e-4),
    "geometry.spike": (shapely.Polygon(at((0, 0), (2, 0), (2, 1), (30, 1), (2, 1), (2, 2), (0, 2))), 4e-4),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_fault_that_leaves_a_choice_sets_its_row_aside(rule: str) -> None:
    result = check_valid(villages(g1=BROKEN[rule]), source="s", code="code")
    assert rules(result, Action.QUARANTINE) == [rule]
    assert rows_of(result, rule) == ["row 2 (320402001201)"]
    assert list(result.frame.index) == [1, 3, 4, 5, 6]


@pytest.mark.parametrize("rule", MENDED)
def test_a_fault_without_a_choice_is_mended_and_said(rule: str) -> None:
    broken, area = MENDED[rule]
    result = check_valid(villages(g1=broken), source="s", code="code")
    assert rules(result, Action.REPAIR) == [rule]
    mended = result.frame.geometry[2]
    assert mended.is_valid
    assert mended.area == pytest.approx(area, rel=1e-9)
    assert mended.bounds == pytest.approx(square(0, 0).bounds)
    assert is_clean(check_valid(result.frame, source="s", code="code"))


def test_the_repair_of_a_zigzag_is_not_tried() -> None:
    teeth = np.arange(600) / 600 * SIDE
    up = [(X + t, Y + (i % 2) * SIDE) for i, t in enumerate(teeth)]
    across = [(X + (i % 2) * SIDE, Y + t) for i, t in enumerate(teeth)]
    result = check_valid(villages(g0=shapely.Polygon(up + across)), source="s", code="code")
    assert rules(result) == ["geometry.self_intersection"]


def test_missing_and_empty_geometries_are_named() -> None:
    frame = villages(g0=None, g3=shapely.Polygon(), g4=shapely.GeometryCollection())
    result = check_present(frame, source="s", code="code")
    assert rules(result) == ["geometry.missing", "geometry.empty", "geometry.empty"]
    assert "GeometryCollection" in result.findings[2].message()
    assert list(result.frame.index) == [2, 3, 6]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_coordinate_that_is_no_finite_number_sets_its_row_aside(value: float) -> None:
    bad = shapely.Polygon([*RING[:2], (value, Y), RING[0]])
    result = check_finite(villages(g2=bad), source="s", code="code")
    assert rows_of(result, "geometry.not_finite") == ["row 3 (320402001202)"]


def test_heights_are_dropped_and_said_once() -> None:
    frame = villages(g0=shapely.force_3d(square(0, 0), 3.5), g1=shapely.force_3d(square(1, 0), 4.0))
    result = check_flat(frame, source="s", code="code")
    assert rules(result, Action.NOTICE) == ["geometry.heights"]
    assert not shapely.has_z(geometries(result.frame)).any()
    assert result.frame.crs == frame.crs


@pytest.mark.parametrize("wrong", [shapely.Point(X, Y), shapely.LineString(RING)])
def test_another_type_than_due_is_named(wrong: shapely.Geometry) -> None:
    result = check_type(villages(g0=wrong), source="s", kind="area", code="code")
    assert rules(result) == ["geometry.wrong_type"]
    assert wrong.geom_type in result.findings[0].message()


def test_a_collection_gives_its_area_and_says_what_it_dropped() -> None:
    mixed = shapely.GeometryCollection([square(0, 0), shapely.Point(X, Y)])
    result = check_type(villages(g0=mixed), source="s", kind="area", code="code")
    assert rules(result, Action.REPAIR) == ["geometry.collection"]
    assert result.frame.geometry[1].equals(square(0, 0))


@pytest.mark.parametrize(
    ("rule", "shape"),
    [
        ("geometry.small", shapely.box(X, Y, X + 1e-7, Y + 1e-7)),
        ("geometry.sliver", shapely.box(X, Y, X + 1.0, Y + 2e-6)),
        (
            "geometry.near_spike",
            shapely.Polygon(at((0, 0), (2, 0), (2, 1), (30, 1), (2, 1.0000001), (2, 2), (0, 2))),
        ),
    ],
)
def test_valid_areas_that_are_no_places_are_set_aside(rule: str, shape: shapely.Geometry) -> None:
    assert shape.is_valid
    assert rules(check_thin(villages(g0=shape), source="s", code="code")) == [rule]


def test_odd_but_sound_outlines_are_silent() -> None:
    thrice = shapely.Polygon([p for p in RING for _ in range(3)])
    clockwise = shapely.Polygon(RING[::-1])
    round_one = shapely.Point(X, Y).buffer(0.01, quad_segs=10_000)
    frame = villages(g0=thrice, g1=clockwise, g2=round_one)
    checks = [lambda f: check_valid(f, source="s"), lambda f: check_thin(f, source="s")]
    assert is_clean(in_turn(frame, checks))


def test_an_acute_corner_is_no_needle() -> None:
    corner = shapely.Polygon([(0, 0), (1000, 5), (1000, -5)])
    assert needles(np.array([corner], dtype=object)).tolist() == [0.0]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=12))
def test_cutting_spikes_changes_no_area(points: list[tuple[int, int]]) -> None:
    ring = np.array([*points, points[0]], dtype=float)
    assert signed_area(cut_spikes(ring)) == pytest.approx(signed_area(ring))


def signed_area(ring: np.ndarray) -> float:
    x, y = ring.T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_no_finding(order: list[int]) -> None:
    frame = villages(g0=BROKEN["geometry.self_intersection"], g1=MENDED["geometry.spike"][0], g5=None)
    checks = area_checks("s", Columns(code="code"), NOTHING, Action.QUARANTINE)
    straight, shuffled = in_turn(frame, checks), in_turn(frame.iloc[order], checks)
    assert sorted((f.row, f.rule) for f in straight.findings) == sorted(
        (f.row, f.rule) for f in shuffled.findings
    )
    assert set(straight.frame.index) == set(shuffled.frame.index)
