"""Pace: the golden range of dates, what of a change was work, and units that fell back."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.capacity.pace import Count, decomposed, fell_back, jumps, meets, plus_years, years_between
from geo.errors import UsageError

THEN, NOW = dt.date(2009, 12, 31), dt.date(2010, 12, 31)


def test_the_golden_range_of_dates() -> None:
    got = meets(Count(THEN, 600, 50, 1000), Count(NOW, 660, 30, 1000), "90 %")
    assert got.pace == 60
    assert got.seen.years == 4.0
    assert got.earliest.years == pytest.approx(210 / 90)
    assert f"{got.earliest.years:.2f}" == "2.33"
    assert got.latest.years == 24.0
    assert (got.seen.day, got.latest.day) == (dt.date(2014, 12, 31), dt.date(2034, 12, 31))


def test_the_city_meets_ninety_percent_in_april_2016() -> None:
    got = meets(Count(THEN, 694_400, 0, 1_271_006), Count(NOW, 765_400, 0, 1_271_006), "90 %")
    assert got.seen.day is not None
    assert got.seen.day.strftime("%Y-%m") == "2016-04"


def test_at_no_pace_or_backwards_it_is_never() -> None:
    same = Count(THEN, 600, 0, 1000)
    for numerator in (600, 500):
        got = meets(same, Count(NOW, numerator, 0, 1000), 0.9)
        assert got.seen.never
        assert got.seen.day is None


def test_what_is_met_is_met_on_the_day_and_what_lies_too_far_has_years_only() -> None:
    assert meets(Count(THEN, 600, 0, 1000), Count(NOW, 900, 0, 1000), 0.9).seen.day == NOW
    far = meets(Count(THEN, 0, 0, 10**6), Count(NOW, 1, 0, 10**6), 0.9).seen
    assert (far.years, far.day) == (899_999, None)


COUNTS = st.tuples(st.integers(0, 100), st.integers(0, 40))


@given(COUNTS, COUNTS, st.integers(1, 100))
def test_the_earliest_is_never_after_what_is_seen_nor_that_after_the_latest(
    before: tuple[int, int], after: tuple[int, int], percent: int
) -> None:
    got = meets(Count(THEN, *before, 140), Count(NOW, *after, 140), f"{percent} %")
    assert got.earliest.years <= got.seen.years <= got.latest.years
    if before[1] == after[1] == 0:
        assert got.earliest == got.seen == got.latest


@given(st.dates(dt.date(1990, 1, 1), dt.date(2030, 12, 31)), st.integers(0, 20_000))
def test_years_lead_from_one_day_to_the_other(day: dt.date, days: int) -> None:
    later = day + dt.timedelta(days=days)
    assert abs(plus_years(day, years_between(day, later)) - later) <= dt.timedelta(days=1)
    assert years_between(later, day) == -years_between(day, later)


def test_a_leap_day_has_its_anniversary_a_day_before() -> None:
    assert years_between(dt.date(2008, 2, 29), dt.date(2009, 2, 28)) == 1
    assert plus_years(dt.date(2008, 2, 29), 4) == dt.date(2012, 2, 29)


def test_work_and_denominator_apart() -> None:
    parts = decomposed(Count(THEN, 600, 0, 1000), Count(NOW, 660, 0, 1200))
    assert (parts.work, parts.denominator) == (pytest.approx(0.06), pytest.approx(-0.11))


@given(st.integers(0, 99), st.integers(0, 99), st.integers(100, 200), st.integers(100, 200))
def test_the_parts_add_to_the_change(n0: int, n1: int, d0: int, d1: int) -> None:
    parts = decomposed(Count(THEN, n0, 0, d0), Count(NOW, n1, 0, d1))
    assert parts.work + parts.denominator == pytest.approx(n1 / d1 - n0 / d0, abs=1e-12)


def test_units_that_fell_back_and_those_that_may_have() -> None:
    columns = ["numerator", "unknown", "denominator"]
    before = pd.DataFrame(
        [[80, 0, 100], [50, 0, 100], [10, 0, 100], [5, 0, 10], [0, 0, 0]], list("abcdz"), columns
    )
    after = pd.DataFrame(
        [[60, 0, 100], [40, 20, 100], [20, 0, 100], [1, 0, 1], [0, 0, 0]], list("abcez"), columns
    )
    got = fell_back(before, after)
    assert got.index.tolist() == ["a", "b"]
    assert got["homes"].tolist() == pytest.approx([20, 10])
    assert got["certain"].tolist() == [True, False]
    assert fell_back(before, before).empty


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 60)), min_size=1, max_size=6))
def test_what_rose_one_way_fell_the_other(counts: list[tuple[int, int]]) -> None:
    old = pd.DataFrame({"numerator": [a for a, _ in counts], "unknown": 0, "denominator": 60})
    new = old.assign(numerator=[b for _, b in counts])
    assume((old["numerator"] != new["numerator"]).any())
    assert fell_back(old, new).empty
    assert len(fell_back(new, old)) == (old["numerator"] != new["numerator"]).sum()


def test_a_jump_above_three_usual_steps_is_asked_about() -> None:
    assert jumps([100, 113, 127, 141, 156, 171, 248, 290]).tolist() == [False] * 6 + [True, False]
    assert not jumps([1, 2, 9]).any()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (Count(NOW, 1, 0, 2), Count(NOW, 1, 0, 2), "must be of a later day"),
        (Count(THEN, -1, 0, 2), Count(NOW, 1, 0, 2), "2009-12-31: -1 served"),
        (Count(THEN, 1, 0, 2), Count(NOW, 2, 1, 2), "no more than there are"),
        (Count(THEN, float("nan"), 0, 2), Count(NOW, 2, 0, 2), "nan served"),
    ],
)
def test_wrong_counts_are_refused_by_name(before: Count, after: Count, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        meets(before, after, 0.9)


def test_a_share_of_nothing_has_no_parts() -> None:
    with pytest.raises(UsageError, match="a share of nothing has no change"):
        decomposed(Count(THEN, 0, 0, 0), Count(NOW, 0, 0, 1))
