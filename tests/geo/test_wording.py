"""Numbers, shares, days and distances as people read them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.wording import day, distance, number, percent, rounded


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0.0 %"), (1, "100.0 %"), (0.9999, ">99.9 %"), (0.00001, "<0.1 %"), (0.1235, "12.4 %"), (0.12345, "12.3 %"),
     (0.0005, "0.1 %"), (0.9994, "99.9 %"), (float("nan"), "–"), (None, "–")],
)  # fmt: skip
def test_a_share_is_never_rounded_to_all_or_none(share: float, shown: str) -> None:
    assert percent(share) == shown


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_all_and_none_are_said_only_of_all_and_none(part: int, whole: int) -> None:
    share = min(part, whole) / whole
    assert (percent(share) == "100.0 %") == (share == 1)
    assert (percent(share) == "0.0 %") == (share == 0)


@given(st.floats(0, 1))
def test_a_rounded_share_is_near_the_share(share: float) -> None:
    shown = percent(share)
    if shown[0] not in "<>":
        assert math.isclose(float(shown.removesuffix(" %")) / 100, share, abs_tol=0.0005 + 1e-12)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234567.0, "1,234,567"), (0, "0"), (-3, "-3"), (2.25, "2.3"), (None, "–"), (float("nan"), "–")],
)
def test_a_number_is_exact(value: float, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [(9999, "9,999", "9,999"), (123456, "12.3 万", "123,456"), (1.5e8, "1.5 亿", "150.0 million")],
)
def test_a_large_number_is_short(value: float, zh: str, en: str) -> None:
    assert (rounded(value, "zh"), rounded(value, "en")) == (zh, en)


def test_a_day_is_written_as_the_language_does() -> None:
    assert (day("2015-06-30", "zh"), day("2015-06-30", "en")) == ("2015年6月30日", "2015-06-30")
    assert (day("soon", "en"), day(None, "en")) == ("soon", "–")


@pytest.mark.parametrize(
    ("metres", "shown"),
    [(0, "0 m"), (849.5, "850 m"), (999.4, "999 m"), (999.5, "1.0 km"), (12345, "12.3 km"), (None, "–")],
)
def test_a_distance_is_told_in_metres_then_kilometres(metres: float, shown: str) -> None:
    assert distance(metres) == shown
