"""Siblings and parents: overlaps, gaps, children elsewhere, parents not filled, a vertex out of place."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.check.intact import check_intact
from geo.check.mosaic import check_mosaic
from geo.check.parents import check_filled, check_in_parent, check_whole_in_parent, distance_m
from geo.measure import geodesic_area
from geo.terms import Action
from tests.geo.check.places import SIDE, SOUTH, WEST, is_clean, rows_of, rules, square, villages


def wide(column: int, row: int, east: float = 0.0, west: float = 0.0) -> shapely.Polygon:
    """A village whose east and west borders are moved by some degrees."""
    a = square(column, row).bounds
    return shapely.box(a[0] - west, a[1], a[2] + east, a[3])


def test_a_mosaic_is_silent_also_with_vertices_on_one_side_of_a_border_only() -> None:
    assert is_clean(check_mosaic(villages(), source="s", code="code"))
    dense = shapely.segmentize(square(1, 1), SIDE / 7)
    assert is_clean(check_mosaic(villages(4, 4, g5=dense), source="s", code="code"))


def test_an_overlap_names_both_units_and_its_area() -> None:
    result = check_mosaic(villages(g0=wide(0, 0, east=0.0008)), source="s", code="code")
    assert rules(result) == ["mosaic.overlap"] * 2
    assert {f.row for f in result.findings} == {"row 1 (320402001200)", "row 2 (320402001201)"}
    shared = shapely.box(WEST + SIDE, SOUTH, WEST + SIDE + 0.0008, SOUTH + SIDE)
    area = geodesic_area(np.array([shared], dtype=object))[0]
    assert float(result.findings[0].values["area"].replace(",", "")) == pytest.approx(area, abs=1)
    assert len(result.frame) == 4


def test_a_gap_names_the_units_on_both_sides_though_it_is_open_at_one_end() -> None:
    result = check_mosaic(villages(g5=wide(2, 1, west=-0.0008)), source="s", code="code")
    assert {f.row for f in result.findings if f.rule == "mosaic.gap"} >= {
        "row 5 (320402001204)",
        "row 6 (320402001205)",
    }
    assert set(rules(result)) == {"mosaic.gap"}


def test_a_contradiction_may_be_noted_only() -> None:
    result = check_mosaic(villages(g0=wide(0, 0, east=0.0008)), source="s", code="code", action=Action.NOTICE)
    assert result.quarantined.empty
    assert len(result.frame) == 6


def test_a_missing_village_and_a_bay_are_no_gaps() -> None:
    frame = villages(4, 4)
    assert is_clean(check_mosaic(frame.drop(index=[6, 2]), source="s", code="code"))


@given(st.floats(-4e-6, 4e-6))
def test_slivers_below_a_metre_are_silent(shift: float) -> None:
    frame = villages(3, 3, g4=wide(1, 1, east=shift, west=-shift))
    assert is_clean(check_mosaic(frame, source="s", code="code"))


@given(st.permutations(range(6)))
def test_the_order_of_rows_changes_no_overlap(order: list[int]) -> None:
    frame = villages(g0=wide(0, 0, east=0.0008), g5=wide(2, 1, west=0.001))
    straight, turned = (check_mosaic(f, source="s", code="code") for f in (frame, frame.iloc[order]))
    assert sorted((f.row, f.values["area"]) for f in straight.findings) == sorted(
        (f.row, f.values["area"]) for f in turned.findings
    )


def parents(*boxes: tuple[str, shapely.Geometry]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "code": [c for c, _ in boxes],
            "name": ["甲镇", "乙镇"][: len(boxes)],
            "geometry": [g for _, g in boxes],
        }
    )


TOWNS = parents(
    ("320402001", shapely.box(WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 2 * SIDE)),
    ("320402002", shapely.box(WEST + 3 * SIDE, SOUTH, WEST + 6 * SIDE, SOUTH + 2 * SIDE)),
)


def test_villages_in_their_own_parent_are_silent() -> None:
    assert is_clean(check_in_parent(villages(), source="s", code="code", parent="parent", parents=TOWNS))
    assert is_clean(
        check_whole_in_parent(villages(), source="s", code="code", parent="parent", parents=TOWNS)
    )


def test_a_village_in_another_parent_is_named_with_both_and_its_distance() -> None:
    frame = villages(g2=square(4, 1))
    result = check_in_parent(frame, source="s", code="code", parent="parent", parents=TOWNS)
    assert rows_of(result, "parent.other_outline") == ["row 3 (320402001202)"]
    text = result.findings[0].message()
    assert "320402001 甲镇" in text
    assert "320402002 乙镇" in text
    expected = distance_m(square(4, 1), TOWNS["geometry"][0])
    assert expected == pytest.approx(1_892, rel=0.01)
    assert f"{expected:,.0f} m" in text


def test_a_village_in_no_parent_is_named() -> None:
    frame = villages(g2=square(0, 9))
    result = check_in_parent(frame, source="s", code="code", parent="parent", parents=TOWNS)
    assert rules(result) == ["parent.no_outline"]


def test_a_village_partly_outside_is_noted_and_stays() -> None:
    result = check_whole_in_parent(
        villages(g2=wide(2, 0, east=0.002)), source="s", code="code", parent="parent", parents=TOWNS
    )
    assert rules(result) == ["parent.partly_outside"]
    assert len(result.frame) == 6


def test_a_lake_that_no_child_has_is_named_with_its_area() -> None:
    frame = villages()
    whole = check_filled(TOWNS, source="s", code="code", children=frame, parent="parent")
    assert is_clean(whole)
    lake = check_filled(TOWNS, source="s", code="code", children=frame.iloc[:5], parent="parent")
    assert rules(lake, Action.NOTICE) == ["parent.not_filled"]
    assert "4.2 km²" in lake.findings[0].message()


def test_distances_are_geodesic_also_at_the_meridian_of_greenwich() -> None:
    assert distance_m(shapely.Point(0, 51), shapely.Point(0.01, 51)) == pytest.approx(702.1, rel=2e-3)
    assert distance_m(shapely.Point(0, 51), shapely.Point(0, 51)) == 0


def test_one_vertex_out_of_place_in_a_whole_mosaic_is_damage() -> None:
    x0, y0, x1, y1 = square(2, 2).bounds
    moved = shapely.Polygon([(x0, y0), (x1, y0), (x1 + 0.004, y1), (x0, y1)])
    result = check_intact(villages(5, 5, g12=moved), source="s", code="code")
    assert rules(result) == ["mosaic.corrupt"]
    assert "row 13" in result.findings[0].message()
    assert is_clean(check_intact(villages(5, 5), source="s", code="code"))
    assert is_clean(check_intact(villages(5, 5, g12=wide(2, 2, east=0.004)), source="s", code="code"))
