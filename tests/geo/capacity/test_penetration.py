"""Penetration: what 60.22 % divides by, the plan's way to 90 %, and whole homes by exact fractions."""

from __future__ import annotations

import csv
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.capacity.penetration import due, exact, implied, penetrations, people, projected, scenario, way
from geo.errors import UsageError
from tests.reference import reference

NOW = 765_400


def test_the_plans_percentage_means_households() -> None:
    assert implied(NOW, "60.22 %") == implied(NOW, 0.6022) == 1_271_006


def test_every_denominator_gives_the_tables_percentages() -> None:
    with reference("capacity", "penetration_hypotheses.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    of = {r["denominator"]: int(r["count"]) for r in rows}
    for count, column in ((NOW, "plan_765400_percent"), (740_000, "bureau_740000_percent")):
        got = penetrations(count, of)
        assert [f"{100 * s:.2f}" for s in got["share"]] == [r[column] for r in rows]
    assert got["denominator"].tolist() == [r["denominator"] for r in rows]


def test_more_subscribers_than_homes_are_flagged_and_not_cut() -> None:
    row = penetrations(12, {"homes": 10}).iloc[0]
    assert (row["share"], row["above_one"]) == (1.2, True)


@pytest.mark.parametrize(
    ("growth", "more", "homes"),
    [("0 %", 378_506, 1_271_006), ("1 %", 436_856, 1_335_840), ("2 %", 497_564, 1_403_293)],
)
def test_ninety_percent_by_2015(growth: str, more: int, homes: int) -> None:
    got = way(NOW, "90 %", implied(NOW, "60.22 %"), years=5, growth=growth)
    assert (got.more, got.denominator) == (more, homes)


def test_the_plans_way_by_the_month_and_by_the_year() -> None:
    got = way(NOW, "90 %", 1_271_006, years=5)
    assert got.due == 1_143_906
    assert round(got.a_month) == 6308
    assert f"{got.a_year:.1%}" == "8.4%"


def test_the_denominator_decides_what_the_same_users_are() -> None:
    users = NOW + 5 * 71_000
    homes = [projected(1_271_006, g, 5) for g in ("0 %", "1 %", "2 %")]
    shares = penetrations(users, dict(zip("abc", homes, strict=True)))["share"]
    assert [int(1000 * s) / 10 for s in shares] == [88.1, 83.8, 79.8]
    assert f"{shares[1]:.1%}" == "83.9%"


def test_due_is_exact_where_doubles_are_not() -> None:
    assert due(0.9, 1_271_006) == 1_143_906
    assert due("70 %", 10) == 7
    assert np.ceil(1.1 * 820) == 903  # why
    assert due("110 %", 820) == 902


@given(st.integers(0, 10**7), st.integers(0, 100))
def test_due_is_the_least_count_that_reaches_the_share(homes: int, percent: int) -> None:
    got = due(f"{percent} %", homes)
    assert got * 100 >= percent * homes > (got - 1) * 100


def test_residents_and_floating_population_are_lines_of_their_own() -> None:
    got = people(3_600_000, 1_000_000, growth="0.5 %", floating_growth="-10 %", years=2).set_index(
        ["year", "line"]
    )["people"]
    assert got[0].tolist() == [3_600_000, 1_000_000, 4_600_000]
    assert got[2].tolist() == [3_636_090, 810_000, 4_446_090]


def test_growth_of_minus_all_leaves_nothing_and_beyond_it_is_refused() -> None:
    assert projected(100, "-100 %", 3) == 0
    with pytest.raises(UsageError, match=r"growth -100\.10% over 3 years: growth is at least -100 %"):
        projected(100, "-100.1 %", 3)


@given(st.integers(0, 10**7), st.fractions(-1, 1), st.fractions(0, 1), st.integers(0, 10))
def test_more_growth_never_leaves_fewer(count: int, growth: Fraction, more: Fraction, years: int) -> None:
    assert projected(count, growth, years) <= projected(count, growth + more, years)


@pytest.mark.parametrize("share", ["ninety", "%", float("nan"), "1/0"])
def test_what_is_no_number_is_named(share: str | float) -> None:
    with pytest.raises(UsageError, match=r"is no share or number; write 0\.9"):
        exact(share)


def test_wrong_denominators_and_ways_are_named() -> None:
    with pytest.raises(UsageError, match="homes: a denominator is above 0"):
        penetrations(1, {"people": 5, "homes": 0})
    with pytest.raises(UsageError, match="0 years: a way needs at least one"):
        way(1, 0.5, 10, years=0)


def test_a_scenario_is_a_straight_way_and_flat_outside() -> None:
    assert scenario(
        60.22, 90.0, np.array([2009, 2010, 2012.5, 2015, 2020]), start=2010, end=2015
    ).tolist() == (pytest.approx([60.22, 60.22, 75.11, 90, 90]))
