"""Laws of sums: parts add to the whole, bounds hold, unknown is in no numerator."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from geo.cover.decide import cover
from geo.facts import COVERED, PARTIAL, STATUSES, UNCOVERED, UNKNOWN
from geo.rollup import counted
from geo.terms import Basis
from tests.laws.random_worlds import OPERATORS, law, worlds
from tests.worlds import World, answered, rollup_of

COUNTS = ["numerator", "unknown", "denominator"]


@law
@given(worlds())
def test_children_add_to_their_parents_on_every_basis_and_class(world: World) -> None:
    at = world.ground()
    rollup = rollup_of(cover(at), at)
    parent = dict(zip(at.hierarchy.table["unit_id"], at.hierarchy.table["parent_id"], strict=True))
    table = rollup.reset_index()
    counties = table[table["unit_id"].str.startswith("county:") & (table["level"] != "county")]
    summed = (
        counties.assign(unit_id=counties["unit_id"].map(parent))
        .groupby(["unit_id", "service", "operator", "level", "basis", "class"])[COUNTS]
        .sum()
    )
    assert len(summed)
    whole = rollup.loc[summed.index, COUNTS]
    np.testing.assert_allclose(summed.to_numpy(), whole.to_numpy(), rtol=1e-9, atol=1e-9)


@law
@given(worlds())
def test_a_county_is_the_sum_of_its_villages_added_by_hand(world: World) -> None:
    at = world.ground()
    blocks = cover(at)
    rollup = rollup_of(blocks, at)
    table = at.hierarchy.table
    by_hand: dict[tuple[str, ...], list[float]] = {}
    for block in blocks:
        for basis in Basis:
            parts = counted(block, at.hierarchy.amount(basis.value)[block.units], basis)
            for i, unit in enumerate(block.units):
                above = table["parent_id"].iloc[unit]
                while above is not None and not pd.isna(above):
                    for class_ in (table["settlement_class"].iloc[unit], "all"):
                        key = (
                            above,
                            block.service,
                            block.operator,
                            table["level"].iloc[unit],
                            basis.value,
                            class_,
                        )
                        for k, name in enumerate(COUNTS):
                            by_hand.setdefault((*key, str(k)), []).append(float(getattr(parts, name)[i]))
                    above = dict(zip(table["unit_id"], table["parent_id"], strict=True))[above]
    for (*key, k), parts_of in by_hand.items():
        if tuple(key) in rollup.index:
            assert math.isclose(
                rollup.loc[tuple(key), COUNTS[int(k)]], math.fsum(parts_of), rel_tol=1e-9, abs_tol=1e-9
            )
        else:
            assert math.fsum(by_hand[(*key, "2")]) == 0


@law
@given(worlds())
def test_low_is_at_most_the_share_and_the_share_at_most_high(world: World) -> None:
    _, rollup = answered(world)
    assert (rollup["share_low"] <= rollup["share_high"]).all()
    told = rollup.dropna(subset=["share"])
    assert (told["share_low"] <= told["share"] + 1e-12).all()
    assert (told["share"] <= told["share_high"] + 1e-12).all()
    assert rollup[["share_low", "share_high"]].stack().between(0, 1).all()
    assert (rollup["numerator"] + rollup["unknown"] <= rollup["denominator"] * (1 + 1e-12)).all()


@law
@given(worlds())
def test_no_unknown_and_no_partly_covered_unit_is_in_a_numerator_of_units(world: World) -> None:
    at = world.ground()
    blocks = cover(at)
    for block in blocks:
        parts = counted(block, np.ones(len(block.units)), Basis.UNITS)
        np.testing.assert_array_equal(parts.numerator == 1, block.status == COVERED)
        assert not parts.numerator[np.isin(block.status, (UNKNOWN, PARTIAL, UNCOVERED))].any()
        assert parts.unknown[(block.status == UNKNOWN) & ~block.closed].all()
        assert not parts.unknown[block.closed].any()
        assert not parts.unknown[block.status == UNCOVERED].any()


@law
@given(worlds())
def test_where_nothing_at_all_is_known_the_unit_is_in_no_numerator_of_any_basis(world: World) -> None:
    at = world.ground()
    for block in cover(at):
        for basis in Basis:
            covered, unknown = block.parts(basis.value)
            assert (covered + unknown <= 1 + 1e-12).all()
            assert not covered[unknown >= 1].any()


@law
@given(worlds(), st.sampled_from(["C0", "C1", "C2"]), st.sampled_from([*OPERATORS, None]))
def test_silencing_a_layer_in_a_county_never_raises_a_numerator_and_only_widens_the_bounds(
    world: World, county: str, operator: str | None
) -> None:
    """A declaration speaks where the plant is silent: the service with one beside is left out."""
    world = world.but(services=tuple(s for s in world.services if s["id"] != "beside"))
    survey = {"level": "county", "without": [county], **({"operator": operator} if operator else {})}
    _, before = answered(world)
    _, after = answered(world.surveyed("nodes", survey).surveyed("zones", survey))
    assert list(before.index) == list(after.index)
    np.testing.assert_array_equal(before["denominator"], after["denominator"])
    slack = 1e-9 * before["denominator"]
    assert (after["numerator"] <= before["numerator"] + slack).all()
    assert (after["share_low"] <= before["share_low"] + 1e-12).all()
    assert (after["share_high"] >= before["share_high"] - 1e-12).all()


@law
@given(worlds(), st.sampled_from([*OPERATORS]))
def test_a_unit_of_which_nothing_is_known_moves_no_numerator(world: World, operator: str) -> None:
    """A village is added in a county of its own, which every layer leaves out."""
    survey = {"level": "county", "without": ["C9"]}
    silent = world.surveyed("nodes", survey).surveyed("zones", survey)
    _, before = answered(silent)
    new = world.of.iloc[[0]].assign(code="V999", parent="C9", people=1e6, homes=1e6)
    facts, after = answered(silent.but(of=pd.concat([world.of, new], ignore_index=True)))
    there = facts.loc[facts.index.get_level_values("unit_id") == "village:V999@2010", "status"]
    assert (there == "unknown").all()
    shared = before.index
    np.testing.assert_allclose(after.loc[shared, "numerator"], before["numerator"], rtol=1e-12)
    assert (after.loc[shared, "denominator"] >= before["denominator"]).all()


def test_the_order_of_statuses_is_the_one_that_the_laws_assume() -> None:
    assert [s.value for s in STATUSES] == ["covered", "partial", "uncovered", "unknown"]
