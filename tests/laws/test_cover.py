"""Laws of coverage: more plant never covers less, overlap counts once, any operator is the union of all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, box

from geo.cover.decide import cover
from tests.laws.random_worlds import OPERATORS, law, nodes, worlds, zones
from tests.worlds import SIDE, SOUTH, WEST, World, answered, facts_in, facts_of, features

SHARES = ["share_area", "share_population", "share_households"]
#: A unit may go from uncovered to partial to covered; unknown may become any of them.
LEVEL = {"uncovered": 0, "unknown": 0, "partial": 1, "covered": 2}


def joined(rows: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([rows, more.assign(id=[f"g{i}" for i in range(len(more))])], ignore_index=True)


def others(frame: pd.DataFrame) -> pd.DataFrame:
    """Each operator's facts beside those of any operator: columns of both, the latter with suffix _any."""
    flat = frame.reset_index()
    any_ = flat[flat["operator"] == "*"]
    return flat[flat["operator"] != "*"].merge(any_, on=["unit_id", "service"], suffixes=("", "_any"))


@law
@given(worlds(), nodes(1, 3), zones(1, 3))
def test_more_plant_never_lowers_a_numerator(
    world: World, more_nodes: pd.DataFrame, more_zones: pd.DataFrame
) -> None:
    plant = {
        **world.plant,
        "nodes": joined(world.plant["nodes"], more_nodes),
        "zones": joined(world.plant["zones"], more_zones),
    }
    world = world.but(services=tuple(s for s in world.services if s["id"] != "beside"))
    before_facts, before = answered(world)
    after_facts, after = answered(world.but(plant=plant))
    assert list(before.index) == list(after.index)
    less = after["numerator"] < before["numerator"] - 1e-9 * before["denominator"]
    assert not less.any(), (before[less], after[less])
    less = after["share_high"] < before["share_high"] - 1e-12
    assert not less.any(), (before[less], after[less])
    was, now = before_facts["status"].map(LEVEL), after_facts["status"].map(LEVEL)
    assert (now.loc[was.index][was == 2] == 2).all(), "what was covered stays covered"
    assert not ((was > 0) & (after_facts.loc[was.index, "status"] == "uncovered")).any()
    for column in SHARES:
        less = after_facts.loc[was.index, column] < before_facts[column] - 1e-12
        assert not less.any(), (column, before_facts[less], after_facts.loc[was.index][less])


@law
@given(worlds(), nodes(1, 3))
def test_more_plant_never_lengthens_the_way_to_the_nearest(world: World, more: pd.DataFrame) -> None:
    before = facts_in(world)
    after = facts_in(world.but(plant={**world.plant, "nodes": joined(world.plant["nodes"], more)}))
    told = before["nearest_m"].dropna()
    assert (after.loc[told.index, "nearest_m"] <= told + 1e-6).all()


@law
@given(worlds(), st.data())
def test_plant_that_stands_there_twice_counts_once(world: World, data: Any) -> None:
    """Features are repeated under other ids, some for the same operator: nothing but the evidence changes."""
    twice = {k: joined(world.plant[k], world.plant[k]) for k in ("nodes", "zones")}
    before, rollup = answered(world)
    after, again = answered(world.but(plant={**world.plant, **twice}))
    pd.testing.assert_frame_equal(
        before.drop(columns=["evidence", "nearest_id"]), after.drop(columns=["evidence", "nearest_id"])
    )
    pd.testing.assert_frame_equal(rollup, again)


@law
@given(worlds(silent=False), st.integers(1, 9), st.integers(1, 9))
def test_two_overlapping_polygons_cover_what_their_union_covers(world: World, left: int, right: int) -> None:
    """Two boxes side by side that overlap, against the one box that they make together.

    It has the corners of both on its sides: an edge is straight in the plane, between its own ends.
    """
    a, b, c = WEST + SIDE * 0.1, WEST + SIDE * (0.3 + left / 5), WEST + SIDE * (0.4 + (left + right) / 5)
    b_, north = b + SIDE * 0.1, SOUTH + SIDE
    far = world.plant["zones"].iloc[-3:]
    two = pd.concat([features([box(a, SOUTH, b_, north), box(b, SOUTH, c, north)], op=["a", "a"]), far])
    whole = Polygon([(x, SOUTH) for x in (a, b, b_, c)] + [(x, north) for x in (c, b_, b, a)])
    one = pd.concat([features([whole], op=["a"]), far])
    seen = facts_in(world.but(plant={**world.plant, "zones": two}))
    expected = facts_in(world.but(plant={**world.plant, "zones": one}))
    np.testing.assert_allclose(seen["share_area"], expected["share_area"], rtol=0, atol=5e-5)
    np.testing.assert_allclose(seen["share_households"], expected["share_households"], rtol=0, atol=5e-5)


@law
@given(worlds())
def test_any_operator_is_at_least_each_operator(world: World) -> None:
    facts, rollup = answered(world)
    both = others(facts)
    assert len(both)
    assert not ((both["status"] == "covered") & (both["status_any"] != "covered")).any()
    # among units below, an unknown one may yet complete what is partly covered: then it is unknown, not partial
    part = (both["status"] == "partial") & ~both["service"].isin(["told", "beside", "every", "most"])
    assert not (part & both["status_any"].isin(["uncovered", "unknown"])).any()
    assert not ((both["status"] == "partial") & (both["status_any"] == "uncovered")).any()
    for column in SHARES:
        told = both[column].notna() & both[f"{column}_any"].notna()
        assert (both.loc[told, f"{column}_any"] >= both.loc[told, column] - 1e-9).all(), column
    near = both["nearest_m"].notna()
    assert (both.loc[near, "nearest_m_any"] <= both.loc[near, "nearest_m"]).all()
    flat = rollup.reset_index()
    key = ["unit_id", "service", "level", "basis", "class"]
    pairs = flat[flat["operator"] != "*"].merge(flat[flat["operator"] == "*"], on=key, suffixes=("", "_any"))
    less = pairs["numerator_any"] < pairs["numerator"] - 1e-9 * pairs["denominator"]
    assert not less.any(), pairs[less]


@law
@given(worlds())
def test_any_operator_covers_nothing_that_no_operator_covers(world: World) -> None:
    """A unit that no operator covers even in part is not covered by any."""
    both = others(facts_in(world))
    best = both["status"].map(LEVEL).groupby([both["unit_id"], both["service"]]).max()
    any_ = (
        both.drop_duplicates(["unit_id", "service"])
        .set_index(["unit_id", "service"])["status_any"]
        .map(LEVEL)
    )
    assert not ((any_ > 0) & (best == 0)).any()


@law
@given(worlds(silent=False))
def test_any_operator_is_what_one_operator_with_all_the_plant_would_be(world: World) -> None:
    merged = {k: world.plant[k].assign(op="a") for k in ("nodes", "zones", "said")}
    facts = facts_in(world)
    alone = facts_in(world.but(plant=merged))
    any_ = facts.xs("*", level="operator").drop(columns=["evidence", "nearest_id"])
    one = alone.xs("*", level="operator").drop(columns=["evidence", "nearest_id"])
    words = any_.index.get_level_values("service").isin(["beside", "told"])  # whose word it is decides there
    pd.testing.assert_frame_equal(any_[~words], one.loc[any_.index][~words], rtol=1e-9, atol=1e-9)


@law
@given(worlds())
def test_every_unit_of_a_rules_level_has_one_fact_an_operator_and_one_of_any(world: World) -> None:
    facts = facts_in(world)
    flat = facts.reset_index()
    for (_, _), rows in flat.groupby(["unit_id", "service"]):
        assert (rows["operator"] == "*").sum() == 1
        assert rows["operator"].is_unique
        assert set(rows["operator"]) <= {"*", *OPERATORS}


@law
@given(worlds())
def test_what_is_told_fits_its_status(world: World) -> None:
    at = world.ground()
    for block in cover(at):
        unknown = block.unknown_share
        assert ((unknown >= 0) & (unknown <= 1 + 1e-12)).all()
        for basis in ("area", "population", "households"):
            share = block.share(basis)
            told = ~np.isnan(share)
            assert ((share[told] >= 0) & (share[told] <= 1 + 1e-12)).all()
    facts = facts_of(cover(at), at)
    assert facts.loc[facts["status"] == "unknown", "unknown_share"].gt(0).all()
    assert facts.loc[facts["status"] == "uncovered", "unknown_share"].eq(0).all()
    assert not facts.loc[facts["evidence"].map(len) > 0, "evidence"].map(lambda e: len(set(e)) < len(e)).any()
