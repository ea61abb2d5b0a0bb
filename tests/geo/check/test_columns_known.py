"""Columns told by their usual names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.check.columns_known import NAMES, guess_columns, renamed


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["code", "name", "parent"], {"code": "code", "name": "name", "parent": "parent"}),
        (["代 码", "名称", "上级代码"], {"code": "代 码", "name": "名称", "parent": "上级代码"}),
        (["co\u200bde ", "Name"], {"code": "co\u200bde ", "name": "Name"}),
        (["code12", "lon_wgs84", "lat_wgs84"], {"code": "code12", "x": "lon_wgs84", "y": "lat_wgs84"}),
        (
            ["id", "name", "parent_id", "population", "household"],
            {"code": "id", "parent": "parent_id", "households": "household"},
        ),
        (
            ["span_id", "from_node", "to_node", "holes_total", "length_m"],
            {"code": "span_id", "start": "from_node", "holes": "holes_total", "length": "length_m"},
        ),
        (
            ["site_id", "lon", "lat", "frequency_mhz", "height_m"],
            {"code": "site_id", "frequency": "frequency_mhz", "height": "height_m"},
        ),
        (
            ["span_id", "x1", "y1", "x2", "y2"],
            {"x": None, "y": None, "from_xy": ("x1", "y1"), "to_xy": ("x2", "y2")},
        ),
        (
            ["户数", "人口", "运营商", "制式"],
            {"households": "户数", "population": "人口", "operator": "运营商", "technology": "制式"},
        ),
        (
            ["code", "fttb_pct", "covered", "opened", "covered_households"],
            {
                "shares": ("fttb_pct",),
                "flags": ("covered",),
                "dates": ("opened",),
                "amounts": ("covered_households",),
            },
        ),
        ([], {"code": None}),
    ],
)
def test_columns_are_told_by_name(names: list[str], found: dict) -> None:
    columns = guess_columns(names)
    assert {field: getattr(columns, field) for field in found} == found


def test_a_mended_header_is_told() -> None:
    assert renamed(guess_columns(["co\u200bde ", "name"])) == [("co\u200bde ", "code")]
    assert renamed(guess_columns(["code", "name"])) == []


@given(st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=12))
def test_any_header_is_taken_without_a_fault_and_no_column_serves_twice(names: list[str]) -> None:
    columns = guess_columns(names)
    used = [v for f in NAMES if (v := getattr(columns, f)) is not None]
    used += [*columns.shares, *columns.flags, *columns.dates, *columns.amounts, *columns.ids]
    assert len(used) == len(set(used))
    assert set(used) <= set(names)
