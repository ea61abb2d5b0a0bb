"""Values: numbers, shares, yes and no, dates and coordinates as people write them."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.check.coordinates import check_coordinates, degrees
from geo.check.dates import check_dates
from geo.check.values import Amount, check_flags, check_numbers, check_shares
from geo.terms import Action
from tests.geo.check.places import codes, is_clean, rows_of, rules, table


def numbers(values: list, **rule: object):
    frame = table(code=codes(len(values)), n=values)
    return check_numbers(frame, source="s", amounts=[Amount("n", **rule)], code="code")


@given(st.lists(st.one_of(st.integers(0, 10**9), st.floats(0, 1e9)), min_size=1))
def test_plain_numbers_pass_whatever_they_came_as(values: list) -> None:
    for given_as in (values, [repr(v) for v in values]):
        result = numbers(given_as)
        assert is_clean(result)
        assert result.frame["n"].tolist() == [float(v) for v in values]


def test_an_empty_cell_is_unknown_and_never_zero() -> None:
    result = numbers(["5", None, "", pd.NA, np.nan, " "])
    assert is_clean(result)
    assert result.frame["n"].isna().tolist() == [False, True, True, True, True, True]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1,204", "value.thousands"),
        ("1 204", "value.thousands"),
        ("１，２０４", "value.thousands"),
        ("1.2万", "value.myriad"),
        ("3千", "value.myriad"),
        ("无", "value.unknown_word"),
        ("-", "value.unknown_word"),
        ("不详", "value.unknown_word"),
        ("/", "value.unknown_word"),
        ("nan", "value.unknown_word"),
        ("#DIV/0!", "value.cell_error"),
        ("6+2", "value.not_number"),
        ("0x10", "value.not_number"),
        ([1, 2], "value.kind"),
        ({"a": 1}, "value.kind"),
        ("inf", "value.not_number"),
        ("-3", "value.negative"),
        (-3, "value.negative"),
    ],
)
def test_what_is_no_plain_number_sets_its_row_aside(text: object, rule: str) -> None:
    result = numbers(["5", text, "7"])
    assert rules(result) == [rule]
    assert result.frame["n"].tolist() == [5.0, 7.0]


def test_full_width_digits_are_read_and_said() -> None:
    result = numbers(["３９５", "12"])
    assert rules(result, Action.REPAIR) == ["value.full_width"]
    assert result.frame["n"].tolist() == [395.0, 12.0]


def test_holes_are_whole() -> None:
    assert rules(numbers(["2.5", "4"], whole=True)) == ["value.not_whole"]


def test_decimal_commas_are_read_where_the_table_leaves_no_doubt() -> None:
    frame = table(lon=["119,738", "119,758"], pct=["69,7", "8"])
    result = check_numbers(frame, source="s", amounts=[Amount("lon"), Amount("pct")])
    assert rules(result, Action.REPAIR) == ["value.decimal_comma"]
    assert result.frame["lon"].tolist() == [119.738, 119.758]
    doubtful = check_numbers(table(a=["69,7", "1.5"]), source="s", amounts=[Amount("a")])
    assert rules(doubtful) == ["value.comma"]


def test_a_percent_sign_is_taken_off_a_share_and_nowhere_else() -> None:
    assert rules(numbers(["85%", "3.5"], percent=True, most=100.0)) == ["value.percent_sign"]
    assert rules(numbers(["85%", "3.5"])) == ["value.not_number"]


@pytest.mark.parametrize("bad", ["103.2", "-4"])
def test_a_share_out_of_range_is_set_aside_and_not_cut(bad: str) -> None:
    assert rules(numbers([bad, "50"], percent=True, most=100.0)) == ["share.range"]


def shares(values: list[str]):
    return check_shares(table(code=codes(len(values)), p=values), source="s", columns=["p"], code="code")


def test_two_scales_in_one_column_are_refused() -> None:
    assert rules(shares(["82.5", "1", "0.212", "0.196", "0.171", "39.0", "0.922", "37.2"])) == [
        "share.two_scales"
    ]


@pytest.mark.parametrize(
    "values",
    [
        ["82.5", "1.0", "0.1", "39.0", "12.2", "55.0"],
        ["0.2", "0.5", "1.5", "2.1", "0.9", "3.0"],
        ["0.212", "0.9", "1", "0"],
        ["0", "0", "100", "100"],
    ],
)
def test_low_percentages_and_plain_shares_are_one_scale(values: list[str]) -> None:
    assert is_clean(shares(values))


def test_yes_and_no_in_every_spelling() -> None:
    frame = table(code=codes(9), covered=["Y", "N", "y", "TRUE", "1", "是", "否", "x", None])
    result = check_flags(frame, source="s", columns=["covered"], code="code")
    assert rows_of(result, "value.flag") == ["row 8 (320402001207)"]
    assert result.frame["covered"].tolist()[:7] == [True, False, True, True, True, True, False]
    assert pd.isna(result.frame["covered"].iloc[7])
    assert is_clean(check_flags(result.frame, source="s", columns=["covered"]))


def dates(values: list, as_of: dt.date | None = dt.date(2010, 12, 31)):
    return check_dates(
        table(code=codes(len(values)), d=values), source="s", columns=["d"], as_of=as_of, code="code"
    )


@pytest.mark.parametrize(
    "text",
    [
        "2010-04-13",
        "2010/4/13",
        "2010.4.13",
        "20100413",
        "2010年4月13日",
        dt.date(2010, 4, 13),
        "2010-04-13T00:00:00",
    ],
)
def test_dates_with_one_reading_become_iso(text: object) -> None:
    result = dates([text])
    assert is_clean(result)
    assert result.frame["d"].tolist() == ["2010-04-13"]
    assert is_clean(check_dates(result.frame, source="s", columns=["d"]))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2010-02-30", "date.impossible"),
        ("0000-00-00", "date.impossible"),
        ("soon", "date.impossible"),
        ("2031-05-01", "date.future"),
        ("40293", "date.ambiguous"),
        ("10-4-13", "date.ambiguous"),
        ("03/04/2010", "date.ambiguous"),
    ],
)
def test_dates_that_cannot_be_are_set_aside(text: str, rule: str) -> None:
    assert rules(dates(["2009-01-01", text])) == [rule]


def test_day_and_month_are_told_where_the_column_leaves_one_reading() -> None:
    result = dates(["13/04/2010", "03/04/2010"])
    assert rules(result, Action.REPAIR) == ["date.order"]
    assert result.frame["d"].tolist() == ["2010-04-13", "2010-04-03"]
    mixed = dates(["13/04/2010", "04/13/2010", "03/04/2010"])
    assert rules(mixed) == ["date.ambiguous"] * 3


def test_a_year_or_month_stays_as_coarse_as_it_is() -> None:
    assert dates(["2009", "2009-05", 2009]).frame["d"].tolist() == ["2009", "2009-05", "2009"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("119°43′37.20″E", 119.727), ("31°47'49.2\"N", 31.797), ("119度30分", 119.5), ("12:30:00 S", -12.5)],
)
def test_degrees_and_minutes_are_told(text: str, value: float) -> None:
    assert degrees(text) == pytest.approx(value, abs=1e-9)


def test_degrees_and_minutes_are_no_decimal_degrees() -> None:
    frame = table(
        code=codes(4),
        lon=["119°43′37.20″E", "119.7", "x", None],
        lat=["31°47′49.20″N", "31.7", "31.7", "31.7"],
    )
    result = check_coordinates(frame, source="s", x="lon", y="lat", code="code")
    assert rows_of(result, "coordinate.dms")[0] == "row 1 (320402001200)"
    assert "119.727000" in result.findings[0].remedy()
    assert rows_of(result, "value.not_number") == ["row 3 (320402001202)"]
    assert rows_of(result, "coordinate.missing") == ["row 4 (320402001203)"]
    assert result.frame[["lon", "lat"]].to_numpy().tolist() == [[119.7, 31.7]]
