"""The shortfall where denominators are no whole numbers, and where a value is only reported."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.cover.decide import cover
from geo.rollup import roll_up
from geo.scorecard import scorecard
from tests import worlds

TARGET = {"id": "t", "name": "t", "due": dt.date(2015, 12, 31), "source": "plan"}
COUNTED = {"service": "s", "level": "village", "basis": "population"}


def judged(threshold: object, numerator: float, denominator: float) -> pd.Series:
    """The first row of a scorecard whose one county has these counts."""
    of = worlds.villages(1, 1)
    at = worlds.ground(
        of,
        layers=[{"id": "area", "geometry": "area", "feature": "id"}],
        services=[
            {"id": "s", "name": "s", "rules": [{"level": "village", "rule": "area_share", "layers": "area"}]}
        ],
        plant={"area": worlds.features([of.geometry.iloc[0]])},
        targets=[{**TARGET, **COUNTED, "threshold": threshold}],
    )
    rollup = roll_up(cover(at), at.hierarchy)
    rollup["numerator"], rollup["denominator"], rollup["unknown"] = numerator, denominator, 0.0
    for share in ("share", "share_low", "share_high"):
        rollup[share] = numerator / denominator
    return scorecard(at.region, rollup, at.hierarchy, reported={}).iloc[0]


def test_all_of_a_denominator_that_is_no_whole_number_lacks_nothing() -> None:
    row = judged(100, 10.4, 10.4)
    assert (row["verdict"], row["shortfall"]) == ("met", 0)


def test_no_more_is_lacking_than_there_is() -> None:
    assert judged(100, 9.7, 10.4)["shortfall"] == 1  # 0.7 of one; ceil(10.4) - 9.7 would be 2 whole ones


@given(
    threshold=st.integers(1, 100),
    denominator=st.floats(0.5, 5000),
    part=st.floats(0, 1),
)
def test_a_met_target_lacks_nothing_and_a_missed_one_something(
    threshold: int, denominator: float, part: float
) -> None:
    row = judged(threshold, denominator * part, denominator)
    if row["verdict"] == "met":
        assert row["shortfall"] == 0
    else:
        lacking = Fraction(threshold, 100) * Fraction(denominator) - Fraction(denominator * part)
        all_of_it = math.ceil(denominator * (1 - part) + 1e-6)
        assert max(1, math.ceil(lacking)) <= row["shortfall"] <= max(1, all_of_it)


@pytest.mark.parametrize(("value", "shortfall"), [(80.0, 0.0), (79.0, 5.0)])
def test_a_reported_percentage_that_reaches_its_target_lacks_nothing(value: float, shortfall: float) -> None:
    _, tree = worlds.units(worlds.villages(1, 1), None)
    region = worlds.a_region(
        levels=worlds.LEVELS[:2],
        targets=[{**TARGET, "threshold": 80, "reported": "table"}],
    )
    values = pd.DataFrame(
        {
            "target_id": ["t"],
            "unit_code": ["C0"],
            "date": ["2010-06-30"],
            "value": [value],
            "numerator": [79.0 if value < 80 else 83.6],  # 83.6 of 104.5 is 80 % exactly; ceil(83.6) is 84
            "denominator": [104.5],
            "source": ["report"],
        }
    )
    row = scorecard(region, roll_up([], tree), tree, reported={"table": values}).iloc[0]
    assert row["shortfall"] == shortfall
