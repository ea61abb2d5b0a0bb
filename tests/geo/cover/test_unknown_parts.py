"""What is unknown, by hand: on each basis its own part, and never more known by knowing less."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
import shapely

from geo.cover.decide import cover
from geo.rollup import roll_up
from tests.worlds import SIDE, SOUTH, WEST, facts_of, features, ground, hamlets, rollup_of, villages


def line(*fractions: float) -> list[shapely.Point]:
    """Points on a line across the village."""
    return [shapely.Point(WEST + SIDE * x, SOUTH + SIDE / 2) for x in fractions]


def strip(west: float, east: float) -> shapely.Geometry:
    return shapely.box(WEST + SIDE * west, SOUTH, WEST + SIDE * east, SOUTH + SIDE)


def people_world(*, silent: bool) -> Any:
    """Two places: one with most homes and few people, covered by a, and the reverse, covered by b."""
    below = hamlets(villages(1, 1), 2).assign(
        geometry=line(0.2, 0.8), homes=[90.0, 10.0], people=[20.0, 80.0]
    )
    survey = {"survey": [{"level": "county", "operator": "b", "without": ["C0"]}]} if silent else {}
    return ground(
        villages(1, 1),
        below,
        layers=[{"id": "z", "geometry": "area", "feature": "id", "operator": {"column": "op"}, **survey}],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "household_share", "layers": ["z"]}],
            }
        ],
        plant={"z": features([strip(0, 0.5), strip(0.5, 1)], op=["a", "b"])},
    )


def county(at: Any, basis: str, operator: str = "*", level: str = "village") -> pd.Series:
    return rollup_of(cover(at), at).loc[("county:C0@2010", "s", operator, level, basis, "all")]


@pytest.mark.parametrize(("basis", "known"), [("households", 0.9), ("population", 0.2)])
def test_what_a_silent_operator_leaves_open_is_measured_on_the_basis_itself(basis: str, known: float) -> None:
    row = county(people_world(silent=False), basis)
    assert (row["share_low"], row["share_high"]) == pytest.approx((1, 1))
    row = county(people_world(silent=True), basis)
    assert row["share_low"] == pytest.approx(known)
    assert row["share_high"] == pytest.approx(1.0)


def test_people_without_a_home_of_their_own_are_counted_where_all_homes_are_unknown() -> None:
    """The covered place has people and no homes: of the homes nothing is known, of the people a fifth is covered."""
    below = hamlets(villages(1, 1), 2).assign(geometry=line(0.2, 0.8), homes=[0.0, 10.0], people=[20.0, 80.0])
    at = ground(
        villages(1, 1),
        below,
        layers=[
            {
                "id": "z",
                "geometry": "area",
                "feature": "id",
                "operator": {"column": "op"},
                "survey": [{"level": "county", "operator": "b", "without": ["C0"]}],
            }
        ],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "household_share", "layers": ["z"]}],
            }
        ],
        plant={"z": features([strip(0, 0.5), strip(9, 10)], op=["a", "b"])},
    )
    facts = facts_of(cover(at), at)
    both = facts.loc[("village:V000@2010", "s", "*")]
    assert both["status"] == "unknown"
    assert pd.isna(both["share_households"])
    assert both["share_population"] == pytest.approx(0.2)
    assert county(at, "population")["numerator"] == county(at, "population", "a")["numerator"] > 0


def hamlet_world(covered: int, *, rule: dict[str, Any], silent: str = "V003") -> Any:
    """Four hamlets of ten homes in each of four villages; the last village's county is silent."""
    of = villages(4, 1).assign(parent=["C0"] * 4)
    below = hamlets(of, 1).assign(homes=10.0, people=10.0)
    nodes = features([*below.geometry[:covered], shapely.Point(WEST + 20 * SIDE, SOUTH)])
    return ground(
        of,
        below,
        layers=[
            {
                "id": "n",
                "geometry": "point",
                "feature": "id",
                "operator": "a",
                "survey": [{"level": "village", "without": [silent]}],
            }
        ],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [
                    {"level": "hamlet", "rule": "within", "layers": ["n"], "distance_m": 50},
                    {"level": "village", "rule": "all_children"},
                    {"level": "county", **rule},
                ],
            }
        ],
        plant={"n": nodes},
        city=True,
    )


@pytest.mark.parametrize(
    "rule",
    [
        {"rule": "all_children"},
        {"rule": "any_child"},
        {"rule": "share_of_children", "share": 1.0},
        {"rule": "share_of_children", "share": 0.9, "basis": "households"},
    ],
    ids=lambda r: "-".join(str(v) for v in r.values()),
)
def test_one_more_covered_unit_below_never_lowers_the_sums_above(rule: dict[str, Any]) -> None:
    """With three of four covered the county may be covered: it is unknown, and keeps what is known below it."""
    seen = []
    for covered in range(4):
        at = hamlet_world(covered, rule=rule)
        blocks = cover(at)
        (block,) = (b for b in blocks if b.operator == "*" and len(b.units) == 1)
        known, unknown = block.parts("households")
        seen.append(float(known[0]))
        assert known[0] + unknown[0] <= 1 + 1e-12
    assert seen == sorted(seen)
    assert seen[-1] > 0.7


def test_an_unknown_county_tells_what_is_known_below_it() -> None:
    at = hamlet_world(3, rule={"rule": "all_children"})
    fact = facts_of(cover(at), at).loc[("county:C0@2010", "s", "a")]
    assert fact["status"] == "unknown"
    assert fact["share_households"] == pytest.approx(3 * 30 / 126, abs=0.2)
    assert fact["unknown_share"] == pytest.approx(0.25)


def test_where_nothing_below_is_known_nothing_is_told() -> None:
    at = hamlet_world(0, rule={"rule": "all_children"}, silent="V000")
    fact = facts_of(cover(at), at).loc[("village:V000@2010", "s", "a")]
    assert fact["status"] == "unknown"
    assert pd.isna(fact["share_households"])
    assert fact["unknown_share"] == 1


@pytest.mark.parametrize("lonely", ["V000", "every village"])
def test_a_village_without_hamlets_is_unknown_asked_alone_or_with_others(lonely: str) -> None:
    of = villages(2, 1, counties=2)
    below = hamlets(of, 1)
    below = below[below["parent"] != "V000"] if lonely == "V000" else below.iloc[:0]
    at = ground(
        of,
        below,
        layers=[{"id": "n", "geometry": "point", "feature": "id", "operator": "a"}],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [
                    {"level": "hamlet", "rule": "within", "layers": ["n"], "distance_m": 50},
                    {"level": "village", "rule": "all_children"},
                ],
            }
        ],
        plant={"n": features([of.geometry[0].centroid])},
    )
    alone = at.hierarchy.at("village")[:1]
    for facts in (facts_of(cover(at), at), facts_of(cover(at, units=alone), at)):
        for operator in ("*", "a"):
            fact = facts.loc[("village:V000@2010", "s", operator)]
            assert (fact["status"], fact["unknown_share"], list(fact["evidence"])) == ("unknown", 1, [])


def test_plant_of_no_named_operator_counts_for_any_once() -> None:
    """One layer names its operator, the other does not: one fact of any operator a unit."""
    of = villages(3, 1)
    at = ground(
        of,
        layers=[
            {"id": "n", "geometry": "point", "feature": "id", "operator": "a"},
            {"id": "m", "geometry": "point", "feature": "id"},
        ],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "within", "layers": ["n", "m"], "distance_m": 50}],
            }
        ],
        plant={"n": features([of.geometry[0].centroid]), "m": features([of.geometry[1].centroid])},
    )
    blocks = cover(at)
    assert [b.operator for b in blocks] == ["*", "a"]
    assert list(facts_of(blocks, at).xs("*", level="operator")["status"]) == [
        "covered",
        "covered",
        "uncovered",
    ]
    row = county(at, "units")
    assert (row["numerator"], row["denominator"]) == (2, 3)


def test_a_region_without_services_has_no_facts_and_no_fault() -> None:
    at = ground(villages(1, 1), layers=[], services=[], plant={})
    assert facts_of(cover(at), at).empty
    assert roll_up(cover(at), at.hierarchy).empty


# ---------------------------------------------------------------- declared beside computed


def declared_world(
    rows: list[tuple[str, str]], *, zones: list[tuple[str, shapely.Geometry]], silent: str
) -> Any:
    """One village; a and b have polygons, one of them is silent here, and a table declares."""
    far = strip(9, 10)
    return ground(
        villages(1, 1),
        layers=[
            {
                "id": "z",
                "geometry": "area",
                "feature": "id",
                "operator": {"column": "op"},
                "survey": [{"level": "county", "operator": silent, "without": ["C0"]}],
            },
            {
                "id": "t",
                "geometry": "table",
                "unit": "unit",
                "unit_level": "village",
                "operator": {"column": "op"},
                "status": {"column": "word"},
            },
        ],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "area_share", "layers": ["z"], "declared": ["t"]}],
            }
        ],
        plant={
            "z": features([far, far, *(g for _, g in zones)], op=["a", "b", *(o for o, _ in zones)]),
            "t": pd.DataFrame([("V000", *r) for r in rows], columns=["unit", "op", "word"]),
        },
    )


def statuses(at: Any) -> dict[str, str]:
    facts = facts_of(cover(at), at)
    return {op: facts.loc[("village:V000@2010", "s", op), "status"] for op in ("a", "b", "*")}


def test_a_word_that_its_own_plant_contradicts_makes_nothing_covered_by_any() -> None:
    """The plant of b is here and covers nothing; b says it does; a is silent: nobody knows."""
    at = declared_world([("b", "covered")], zones=[], silent="a")
    assert statuses(at) == {"a": "unknown", "b": "uncovered", "*": "unknown"}


def test_a_silent_operators_word_makes_a_partly_covered_unit_covered_by_any() -> None:
    at = declared_world([("a", "covered")], zones=[("b", strip(0, 0.5))], silent="a")
    assert statuses(at) == {"a": "covered", "b": "partial", "*": "covered"}
    row = county(at, "area")
    assert (row["share_low"], row["share_high"]) == (1, 1)


def test_words_of_all_silent_operators_decide_together() -> None:
    at = declared_world([("a", "uncovered")], zones=[], silent="a")
    assert statuses(at) == {"a": "uncovered", "b": "uncovered", "*": "uncovered"}
