"""PON: reach by budget and split, and what is assured on a shared port."""

from __future__ import annotations

import csv
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.capacity.curves import read_curves
from geo.capacity.pon import active_at, assured, assured_rate, optics, peak_factor, pon_reach_km
from geo.errors import UnknownName
from tests.reference import reference

CURVES = read_curves()


def test_the_reach_of_every_class_and_split_is_the_tables() -> None:
    with reference("capacity", "pon_budget.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 35
    for row in rows:
        got = pon_reach_km(float(row["budget_db"]), int(row["split"].removeprefix("1:")), CURVES)
        assert got == pytest.approx(float(row["reach_km_computed"]), abs=0.0501), row


@pytest.mark.parametrize(
    ("homes", "capacity", "sold", "active", "chance"),
    [
        (64, 1000, 100, 0.10, "0.948"),
        (64, 1000, 100, 0.25, "0.051"),
        (32, 1000, 100, 0.10, "0.9998"),
        (32, 1000, 100, 0.25, "0.846"),
        (64, 2300, 100, 0.10, "1.000"),
        (64, 2300, 100, 0.25, "0.982"),
        (50, 80, 20, 0.10, "0.43"),
        (50, 80, 12, 0.10, "0.77"),
    ],
)
def test_what_is_assured_on_a_full_port(
    homes: int, capacity: float, sold: float, active: float, chance: str
) -> None:
    digits = len(chance.split(".")[1])
    assert f"{assured_rate(homes, capacity, sold, active=active):.{digits}f}" == chance


def test_active_homes_at_99_percent_are_the_tables() -> None:
    with reference("capacity", "peak_factor_binomial.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            homes, active = int(row["subscribers"]), float(row["concurrency"])
            assert active_at(homes, active) == int(row["active_at_99_percent"]), row
            assert f"{peak_factor(homes, active):.3f}" == row["peak_factor"]


@given(st.integers(0, 60), st.integers(-1, 70), st.floats(0.01, 0.99))
def test_the_chance_is_the_binomials_sum(homes: int, at_once: int, active: float) -> None:
    plain = sum(
        comb(homes, k) * active**k * (1 - active) ** (homes - k) for k in range(min(at_once, homes) + 1)
    )
    assert assured(homes, at_once, active) == pytest.approx(plain, abs=1e-12)


@given(st.integers(1, 500), st.floats(0.01, 0.99))
def test_more_homes_never_have_fewer_active(homes: int, active: float) -> None:
    assert active_at(homes, active) <= active_at(homes + 1, active)


def test_nobody_is_active_where_the_chance_is_none_and_all_are_where_it_is_one() -> None:
    assert (active_at(64, 0.0), active_at(64, 1.0)) == (0, 64)


def test_a_split_or_class_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownName, match="no loss of a splitter 1:7; there is 1:8"):
        pon_reach_km(28, 7, CURVES)
    with pytest.raises(UnknownName, match=r"'gpon Z' is no class of a PON; there is gpon B\+, gpon C\+"):
        optics(CURVES, "gpon", "Z")
