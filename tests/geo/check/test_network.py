"""Networks, ducts and sites: spans and their nodes, holes, lengths, units."""

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.check.ducts import check_holes, check_length, check_sites
from geo.check.network import SpanColumns, check_spans, components
from geo.measure import geodesic_length
from geo.terms import Action
from tests.geo.check.places import is_clean, rows_index, rows_of, rules, table
from tests.reference import reference

COLUMNS = SpanColumns("span_id", "from_node", "to_node", "node_id")
SPOTS = [(119.70 + 0.01 * i, 31.70 + 0.004 * (i % 2)) for i in range(5)]
METRE = 1 / 110_900


def nodes() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"node_id": [f"N{i}" for i in range(5)]}, geometry=shapely.points(SPOTS), index=rows_index(5)
    )


def spans(
    *more: tuple[str, str, str, list], skip: int | None = None, move: tuple[int, float] | None = None
) -> gpd.GeoDataFrame:
    """Four spans along five nodes; `move` shifts the end of one of them to the north by metres."""
    rows = [(f"S{i}", f"N{i}", f"N{i + 1}", [SPOTS[i], SPOTS[i + 1]]) for i in range(4) if i != skip]
    if move is not None:
        i, metres = move
        rows[i][3][1] = (rows[i][3][1][0], rows[i][3][1][1] + metres * METRE)
    rows += list(more)
    ids, start, end, lines = zip(*rows, strict=True)
    data = {"span_id": ids, "from_node": start, "to_node": end}
    return gpd.GeoDataFrame(
        data, geometry=[shapely.LineString(p) for p in lines], index=rows_index(len(rows))
    )


def check(frame: gpd.GeoDataFrame):
    return check_spans(frame, source="s", nodes=nodes(), columns=COLUMNS)


def test_a_sound_network_is_silent_also_without_names_and_nodes() -> None:
    assert is_clean(check(spans()))
    assert is_clean(check_spans(spans(), source="s"))
    assert is_clean(check_spans(spans(), source="s", nodes=nodes()))


def test_an_end_within_a_metre_is_said_and_one_farther_set_aside() -> None:
    near = check(spans(move=(1, 0.4)))
    assert rules(near, Action.REPAIR) == ["network.snapped"]
    assert len(near.frame) == 4
    far = check(spans(move=(0, 60)))
    assert rows_of(far, "network.end_off_node") == ["row 1 (S0)"]
    assert "60" in far.findings[0].message()
    assert "N1" in far.findings[0].message()


def test_other_nodes_than_those_at_its_ends_are_named() -> None:
    frame = spans()
    frame.loc[4, ["from_node", "to_node"]] = ["N4", "N77"]
    result = check(frame)
    assert rows_of(result, "network.other_nodes") == ["row 4 (S3)"]
    assert "N4 – N77" in result.findings[0].message()
    assert "N3 – N4" in result.findings[0].message()


def test_a_span_named_against_its_direction_is_sound() -> None:
    frame = spans()
    frame.loc[2, ["from_node", "to_node"]] = ["N2", "N1"]
    assert is_clean(check(frame))


def test_stubs_loops_and_twins_are_set_aside() -> None:
    ring = [SPOTS[0], (119.7, 31.8), (119.8, 31.8), SPOTS[0]]
    frame = spans(
        ("S8", "N1", "N2", [SPOTS[2], SPOTS[1]]),
        ("S9", "N2", "N2", [SPOTS[2], SPOTS[2]]),
        ("S10", "N0", "N0", ring),
    )
    result = check(frame)
    assert rows_of(result, "network.duplicate") == ["row 5 (S8)"]
    assert rows_of(result, "network.zero_length") == ["row 6 (S9)"]
    assert rows_of(result, "network.loop") == ["row 7 (S10)"]
    assert list(result.frame["span_id"]) == ["S0", "S1", "S2", "S3"]


def test_parts_are_reported_and_not_joined() -> None:
    result = check(spans(skip=2))
    assert rules(result, Action.NOTICE) == ["network.parts"]
    assert result.findings[0].values["parts"] == 2
    assert len(result.frame) == 3


def test_lines_that_cross_without_a_node_are_two_parts() -> None:
    cross = [
        ("A", "a", "b", [(119.7, 31.7), (119.72, 31.72)]),
        ("B", "c", "d", [(119.7, 31.72), (119.72, 31.7)]),
    ]
    frame = spans(*cross).iloc[4:]
    result = check_spans(frame, source="s", columns=COLUMNS)
    assert result.findings[0].values["parts"] == 2
    assert result.findings[0].values["near"] == 1
    assert result.quarantined.empty


@given(st.permutations(range(4)))
def test_the_order_of_spans_changes_no_finding(order: list[int]) -> None:
    frame = spans(skip=1, move=(0, 60))
    turned = frame.iloc[[i for i in order if i < 3]]
    assert {(f.row, f.rule) for f in check(frame).findings} == {
        (f.row, f.rule) for f in check(turned).findings
    }


def ducts(**columns: list):
    return table(span_id=["D0", "D1"], **columns)


@pytest.mark.parametrize(
    ("used", "reserved", "bad"),
    [([4, 6], [0, 1], ["row 2 (D1)"]), ([7, 1], [0, 0], ["row 1 (D0)"]), ([None, 6], [6, 0], [])],
)
def test_holes_used_and_reserved_never_exceed_the_total(used: list, reserved: list, bad: list[str]) -> None:
    result = check_holes(
        ducts(holes=[6, 6], used=used, reserved=reserved),
        source="s",
        holes="holes",
        used="used",
        reserved="reserved",
        code="span_id",
    )
    assert rows_of(result, "duct.used_above_total") == bad


def test_holes_without_a_total_are_not_judged() -> None:
    assert is_clean(
        check_holes(ducts(holes=[None, None], used=[3, 4]), source="s", holes="holes", used="used")
    )


@pytest.mark.parametrize(
    ("factor", "rule"),
    [
        (1.0, None),
        (1.1, None),
        (0.001, "duct.length_unit"),
        (1000.0, "duct.length_unit"),
        (0.2, "duct.length"),
    ],
)
def test_a_stated_length_is_held_against_the_drawn_one(factor: float, rule: str | None) -> None:
    frame = spans()
    frame["length"] = geodesic_length(frame.geometry.to_numpy()) * np.array([1, 1, factor, 1])
    result = check_length(frame, source="s", length="length", code="span_id")
    assert rules(result) == ([rule] if rule else [])
    assert rows_of(result, rule or "") == (["row 3 (S2)"] if rule else [])


def test_radius_frequency_and_height_in_another_unit_are_set_aside() -> None:
    frame = table(
        site=["T0", "T1", "T2", "T3", "T4"],
        r=[3, 1500, 2000, 900, 1200],
        f=[900, 9e8, 0.9, 2100, 2100],
        h=[30, 30, 30, -30, 25],
    )
    result = check_sites(frame, source="s", radius="r", frequency="f", height="h", code="site")
    assert rows_of(result, "tower.radius") == ["row 1 (T0)"]
    assert rows_of(result, "tower.frequency") == ["row 2 (T1)", "row 3 (T2)"]
    assert rows_of(result, "tower.height") == ["row 4 (T3)"]
    assert list(result.frame["site"]) == ["T4"]


def test_rwandas_backbone_has_28_stubs_and_falls_into_12_parts_none_joined() -> None:
    frame = gpd.read_file(reference("rwanda", "fibre_spans.geojson"))
    ends = {
        end: [json.loads(v)["id"] if isinstance(v, str) else v["id"] for v in frame[end]]
        for end in ("start", "end")
    }
    frame = frame.assign(**ends).set_axis(rows_index(len(frame)))
    spots = gpd.read_file(reference("rwanda", "fibre_nodes.geojson")).set_axis(rows_index(52))
    columns = SpanColumns("id", "start", "end", "id")
    result = check_spans(frame, source="s", nodes=spots, columns=columns)
    assert len(rows_of(result, "network.zero_length")) == 28
    parts = result.findings[-1].values
    assert (parts["parts"], parts["near"]) == (12, 2)
    assert str(parts["km"]).startswith("373.29, 189.79, 154.01, 127.82, 90.27")
    assert len(result.frame) == 40


def plain_components(pairs: list[tuple[int, int]], n: int) -> list[int]:
    """Number the connected parts one thing after another: each unnumbered one starts the next part."""
    numbers = [-1] * n
    for start in range(n):
        waiting = [start] if numbers[start] < 0 else []
        part = max(numbers) + 1
        while waiting:
            thing = waiting.pop()
            if numbers[thing] < 0:
                numbers[thing] = part
                waiting += [b if a == thing else a for a, b in pairs if thing in (a, b)]
    return numbers


@given(n=st.integers(1, 30), ends=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=40))
def test_the_parts_of_a_network_are_those_that_a_walk_from_each_thing_finds(
    n: int, ends: list[tuple[int, int]]
) -> None:
    pairs = [(a % n, b % n) for a, b in ends]
    a, b = np.array(pairs, np.intp).reshape(-1, 2).T
    assert components(a, b, n).tolist() == plain_components(pairs, n)


def test_a_long_chain_in_any_order_is_one_part() -> None:
    chain = np.random.default_rng(1).permutation(100_000)
    assert components(chain[1:], chain[:-1], len(chain)).max() == 0
