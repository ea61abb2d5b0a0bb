"""Units and their hierarchy: order, parents, classes, places and outlines, each by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.region import Level
from geo.units import COLUMNS, hierarchy, level_table
from tests.worlds import LEVELS, hamlets, units, villages

COUNTY = Level(**LEVELS[0])
VILLAGE = Level(**LEVELS[1])


def two(*, parent: str | None = "parent", **more: object) -> pd.DataFrame:
    """Two counties and the table of villages that name them."""
    counties = level_table(COUNTY, pd.DataFrame({"code": ["C0", "C1"], "name": ["x", "y"]}), None)
    level = VILLAGE.model_copy(update={"parent": parent, **more})
    return level_table(level, villages(2, 1, counties=2), counties)


def test_units_come_by_level_then_by_code_whatever_the_order_delivered() -> None:
    of = villages(3, 2, counties=2)
    _, tree = units(of.iloc[::-1], hamlets(of, 2).iloc[::-1])
    assert list(tree.table["level"]) == ["county"] * 2 + ["village"] * 6 + ["hamlet"] * 12
    for level in tree.levels:
        codes = list(tree.table["code"].iloc[tree.at(level)])
        assert codes == sorted(codes)
    assert list(tree.table.columns) == list(COLUMNS)
    assert tree.table["unit_id"].is_unique


def test_an_id_is_level_code_and_edition() -> None:
    _, tree = units(villages(1, 1), None)
    assert list(tree.table["unit_id"]) == ["county:C0@2010", "village:V000@2010"]
    assert pd.isna(tree.table["parent_id"].iloc[0])
    assert tree.table["parent_id"].iloc[1] == "county:C0@2010"


def test_one_code_at_two_levels_is_two_units() -> None:
    of = villages(2, 1, counties=2).assign(code=["C0", "C1"])
    _, tree = units(of, None)
    assert list(tree.parent) == [-1, -1, 0, 1]


def test_parents_come_from_a_column_or_the_first_digits() -> None:
    assert list(two()["parent_code"]) == ["C0", "C1"]
    assert list(two(parent=None, parent_digits=2)["parent_code"]) == ["V0", "V0"]


def test_codes_stay_text_with_their_zeros() -> None:
    frame = pd.DataFrame({"code": ["007", "010"], "name": ["x", "y"]})
    assert list(level_table(COUNTY, frame, None)["code"]) == ["007", "010"]


def test_a_unit_whose_parent_is_not_there_has_none() -> None:
    counties = level_table(COUNTY, pd.DataFrame({"code": ["C0"], "name": ["x"]}), None)
    of = villages(2, 1, counties=2)
    tree = hierarchy([COUNTY, VILLAGE], [counties, level_table(VILLAGE, of, counties)])
    assert list(tree.parent) == [-1, 0, -1]
    assert tree.table["parent_id"].isna().tolist() == [True, False, True]


def test_children_stand_together_by_parent_then_code() -> None:
    of = villages(3, 1)
    _, tree = units(of, hamlets(of, 2))
    asked = tree.at("village")[[2, 0]]
    offsets, children = tree.children(asked)
    assert list(offsets) == [0, 2, 4]
    assert list(tree.table["code"].iloc[children]) == ["V002H0", "V002H1", "V000H0", "V000H1"]
    offsets, children = tree.children(tree.at("hamlet"))
    assert len(children) == 0
    assert (offsets == 0).all()


def test_the_ancestor_of_a_unit_is_itself_one_above_or_none() -> None:
    of = villages(2, 1, counties=2)
    _, tree = units(of, hamlets(of, 1))
    every = np.arange(len(tree.table))
    assert list(tree.ancestor(every, "county")) == [0, 1, 0, 1, 0, 1]
    assert list(tree.ancestor(every, "village")) == [-1, -1, 2, 3, 2, 3]
    assert list(tree.ancestor(every, "hamlet")) == [-1, -1, -1, -1, 4, 5]


@pytest.mark.parametrize(
    ("word", "class_"),
    [
        ("111", "urban"),
        ("112", "urban"),
        ("121", "town"),
        ("122", "town"),
        ("123", "town"),
        ("210", "rural"),
        ("220", "rural"),
        ("rural", "rural"),
        ("999", "unknown"),
        ("", "unknown"),
        ("Rural ", "unknown"),
    ],
)
def test_settlement_classes_are_words_or_the_bureaus_codes(word: str, class_: str) -> None:
    of = villages(1, 1).assign(**{"class": [word]})
    _, tree = units(of, None)
    assert tree.table["settlement_class"].iloc[1] == class_


def test_a_level_without_classes_has_those_of_its_parents() -> None:
    of = villages(2, 1, classes=("urban", "rural"))
    _, tree = units(of, hamlets(of, 1))
    assert list(tree.table["settlement_class"]) == ["unknown", "urban", "rural", "urban", "rural"]


def test_what_nobody_states_is_not_zero() -> None:
    of = villages(2, 1).assign(people=["12", ""], homes=[np.nan, "7"])
    _, tree = units(of, None)
    np.testing.assert_array_equal(tree.amount("population")[1:], [12, np.nan])
    np.testing.assert_array_equal(tree.amount("households")[1:], [np.nan, 7])
    assert np.isnan(tree.amount("population")[0])
    np.testing.assert_array_equal(tree.amount("units"), [1, 1, 1])


def test_an_outline_from_children_is_their_union() -> None:
    of = villages(3, 2, counties=2)
    _, tree = units(of, None)
    west = of.geometry[of["parent"] == "C0"]
    assert shapely.equals(tree.geometry[0], west.union_all())
    assert tree.geometry[0].geom_type == "Polygon"


def test_children_that_overlap_have_a_union_all_the_same() -> None:
    of = villages(2, 1)
    of = of.assign(geometry=[of.geometry[0].buffer(0.001), of.geometry[1]]).set_crs("OGC:CRS84")
    _, tree = units(of, None)
    assert tree.geometry[0].is_valid
    assert tree.geometry[0].area == pytest.approx(of.geometry.union_all().area)


def test_a_seat_that_is_stated_is_the_place_else_a_point_inside() -> None:
    level = VILLAGE.model_copy(update={"place_x": "x", "place_y": "y"})
    counties = level_table(COUNTY, pd.DataFrame({"code": ["C0"], "name": ["x"]}), None)
    of = villages(2, 1).assign(x=["119.51", ""], y=["31.51", ""])
    tree = hierarchy([COUNTY, level], [counties, level_table(level, of, counties)])
    assert (tree.table["lon"].iloc[1], tree.table["lat"].iloc[1]) == (119.51, 31.51)
    assert of.geometry[1].contains(shapely.Point(tree.table["lon"].iloc[2], tree.table["lat"].iloc[2]))


def test_a_level_without_geometry_has_no_place() -> None:
    frame = pd.DataFrame(villages(2, 1).drop(columns="geometry"))
    counties = level_table(
        COUNTY.model_copy(update={"geometry": "none"}), pd.DataFrame({"code": ["C0"], "name": ["x"]}), None
    )
    tree = hierarchy([COUNTY, VILLAGE], [counties, level_table(VILLAGE, frame, counties)])
    assert isinstance(tree.table, gpd.GeoDataFrame)
    assert tree.table["lon"].isna().all()
