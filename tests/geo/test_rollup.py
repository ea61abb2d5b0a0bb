"""The roll-up by hand: a county of three villages with known numbers, on every basis and class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.facts import COVERED, PARTIAL, UNCOVERED, UNKNOWN, Block, Setting, unknown_block
from geo.rollup import COLUMNS, roll_up
from geo.units import Hierarchy
from tests.worlds import hamlets, units, villages


def tree_of(**columns: list[float]) -> Hierarchy:
    """Three villages in two counties (V000 and V001 in C0): homes 10, 20, 70; people 100, 300, 600; 1, 2, 3 m2."""
    of = villages(3, 1, classes=("urban", "rural", "rural")).assign(
        parent=["C0", "C0", "C1"], **{"homes": [10, 20, 70], "people": [100, 300, 600], **columns}
    )
    _, tree = units(of, None, city=True)
    tree.table["area_m2"] = np.where(tree.table["level"] == "village", tree.table["population"] / 100, np.nan)
    return tree


def block(tree: Hierarchy, statuses: list[int], **more: object) -> Block:
    at = tree.at("village")
    status = np.array(statuses, np.int8)
    blank = unknown_block(Setting("s", "a", "within", "simulated"), at)
    return replace(blank, status=status, unknown_share=(status == UNKNOWN).astype(float), **more)


def table(tree: Hierarchy, *blocks: Block) -> pd.DataFrame:
    out = roll_up(blocks, tree)
    assert list(out.columns) == list(COLUMNS)
    words = ["unit_id", "service", "operator", "level", "basis", "class"]
    return out.astype(dict.fromkeys(words, str)).set_index(["unit_id", "basis", "class"])


def counts(rows: pd.DataFrame, unit: str, basis: str, class_: str = "all") -> tuple[float, ...]:
    return tuple(rows.loc[(unit, basis, class_), ["numerator", "unknown", "denominator"]])


CITY, C0, C1 = "city:R@2010", "county:C0@2010", "county:C1@2010"


def test_covered_uncovered_and_unknown_are_counted_on_every_basis() -> None:
    tree = tree_of()
    rows = table(tree, block(tree, [COVERED, UNCOVERED, UNKNOWN]))
    assert counts(rows, CITY, "units") == (1, 1, 3)
    assert counts(rows, CITY, "households") == (10, 70, 100)
    assert counts(rows, CITY, "population") == (100, 600, 1000)
    assert counts(rows, CITY, "area") == (1, 6, 10)
    assert counts(rows, C0, "units") == (1, 0, 2)
    assert counts(rows, C1, "units") == (0, 1, 1)


def test_shares_are_of_what_is_known_with_low_and_high() -> None:
    tree = tree_of()
    rows = table(tree, block(tree, [COVERED, UNCOVERED, UNKNOWN]))
    row = rows.loc[(CITY, "households", "all")]
    assert row["share"] == pytest.approx(10 / 30)
    assert row["share_low"] == pytest.approx(0.1)
    assert row["share_high"] == pytest.approx(0.8)
    nothing = rows.loc[(C1, "households", "all")]
    assert np.isnan(nothing["share"])
    assert (nothing["share_low"], nothing["share_high"]) == (0, 1)


def test_classes_are_those_of_the_units_counted_and_add_to_all() -> None:
    tree = tree_of()
    rows = table(tree, block(tree, [COVERED, COVERED, UNCOVERED]))
    assert counts(rows, CITY, "units", "urban") == (1, 0, 1)
    assert counts(rows, CITY, "units", "rural") == (1, 0, 2)
    assert counts(rows, CITY, "units") == (2, 0, 3)
    assert (C1, "units", "urban") not in rows.index


def test_a_partly_covered_unit_is_no_covered_unit_and_its_covered_homes_count() -> None:
    tree = tree_of()
    share = np.array([1.0, 0.5, 0.25])
    rows = table(tree, block(tree, [COVERED, PARTIAL, PARTIAL], share_households=share))
    assert counts(rows, CITY, "units") == (1, 0, 3)
    assert counts(rows, CITY, "households") == (10 + 10 + 17.5, 0, 100)
    assert counts(rows, CITY, "population") == (100, 900, 1000)


def test_a_unit_of_which_nobody_states_the_people_weighs_nothing() -> None:
    tree = tree_of(people=[100, np.nan, 600])
    rows = table(tree, block(tree, [COVERED, COVERED, UNCOVERED]))
    assert counts(rows, CITY, "population") == (100, 0, 700)
    assert counts(rows, CITY, "units") == (2, 0, 3)


def test_what_has_nothing_to_count_has_no_row() -> None:
    tree = tree_of(people=[np.nan, np.nan, np.nan])
    rows = table(tree, block(tree, [COVERED, COVERED, UNCOVERED]))
    assert "population" not in set(rows.index.get_level_values("basis"))
    assert "village:V000@2010" not in set(rows.index.get_level_values("unit_id"))


def test_blocks_of_one_key_are_counted_together() -> None:
    """Rules for different classes answer for different villages of one service and operator."""
    tree = tree_of()
    whole = block(tree, [COVERED, UNCOVERED, COVERED])
    halves = [
        replace(
            unknown_block(Setting("s", "a", "within", "simulated"), whole.units[rows]),
            status=whole.status[rows],
            unknown_share=whole.unknown_share[rows],
        )
        for rows in (np.array([2]), np.array([0, 1]))
    ]
    pd.testing.assert_frame_equal(table(tree, whole), table(tree, *halves))


def test_levels_are_counted_each_on_its_own() -> None:
    of = villages(2, 1)
    _, tree = units(of, hamlets(of, 2))
    setting = Setting("s", "a", "within", "simulated")
    blocks = [
        replace(
            unknown_block(setting, tree.at(level)),
            status=np.full(len(tree.at(level)), COVERED, np.int8),
            unknown_share=np.zeros(len(tree.at(level))),
        )
        for level in ("hamlet", "village")
    ]
    rows = roll_up(blocks, tree)
    rows = rows[(rows["basis"] == "units") & (rows["class"] == "all") & (rows["unit_id"] == "county:C0@2010")]
    assert dict(zip(rows["level"], rows["denominator"], strict=True)) == {"hamlet": 4, "village": 2}


def test_no_block_makes_no_row() -> None:
    assert roll_up([], tree_of()).empty


def test_what_is_counted_at_the_outermost_level_has_nothing_above_it() -> None:
    tree = tree_of()
    assert roll_up([unknown_block(Setting("s", "a", "within", "simulated"), tree.at("city"))], tree).empty


def test_a_unit_without_a_parent_counts_nowhere_and_the_others_as_before() -> None:
    tree = tree_of()
    lost = replace(tree, parent=np.where(tree.table["code"] == "V000", -1, tree.parent))
    rows = table(lost, block(lost, [COVERED, UNCOVERED, COVERED]))
    assert counts(rows, C0, "units") == (0, 0, 1)
    assert counts(rows, CITY, "households") == (70, 0, 90)
