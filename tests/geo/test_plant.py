"""Plant: one layer's features as the region file says, at one day, of known operators only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.plant import COLUMNS, operator_names, plant_table
from geo.region import Layer, Operator
from geo.terms import Action
from tests.worlds import features

DAY = dt.date(2010, 12, 31)
OPERATORS = [
    Operator(id="ct", name={"en": "China Telecom", "zh": "中国电信"}, aliases=("Telecom", "电信")),
    Operator(id="cu", name="China Unicom"),
]


def layer(**more: Any) -> Layer:
    return Layer(**{"id": "n", "source": "s", "geometry": "point", "feature": "id", "operator": "ct", **more})


def rows(n: int = 3, **columns: Any) -> Any:
    return features([shapely.Point(119.5 + i / 100, 31.5) for i in range(n)], **columns)


def made(lay: Layer, table: Any, day: dt.date = DAY) -> Any:
    return plant_table(lay, table, operators=OPERATORS, as_of=day)


def test_features_come_by_id_with_every_column() -> None:
    plant = made(layer(), rows().iloc[[2, 0, 1]])
    assert list(plant.table["feature_id"]) == ["n:f000", "n:f001", "n:f002"]
    assert set(COLUMNS) <= set(plant.table.columns)
    assert not plant.silent
    assert shapely.get_x(plant.geometry).tolist() == [119.5, 119.51, 119.52]


def test_without_an_id_column_the_row_is_the_id() -> None:
    assert list(made(layer(feature=None), rows()).table["feature_id"]) == ["n:0", "n:1", "n:2"]


@pytest.mark.parametrize(
    "spelling",
    ["ct", "China Telecom", "china telecom", "ChinaTelecom", " 中国电信 ", "中国 电信", "TELECOM", "电信"],
)
def test_an_operator_is_known_by_every_spelling_whatever_its_blanks_and_case(spelling: str) -> None:
    plant = made(layer(operator={"column": "op"}), rows(1, op=[spelling]))
    assert list(plant.table["operator"]) == ["ct"]


@pytest.mark.parametrize("spelling", ["Telekom", "", "China", "ct;cu", "nan"])
def test_an_operator_that_is_not_known_is_set_aside_and_never_guessed(spelling: str) -> None:
    plant = made(layer(operator={"column": "op"}), rows(2, op=[spelling, "cu"]))
    assert list(plant.table["operator"]) == ["cu"]
    (found,) = plant.findings
    assert (found.rule, found.action) == ("region.operator_unknown", Action.QUARANTINE)
    assert found.row.startswith("row 0")


def test_spellings_of_all_operators_are_folded() -> None:
    assert operator_names(OPERATORS)["chinaunicom"] == "cu"


@pytest.mark.parametrize(
    ("since", "until", "serves"),
    [
        ("", "", True),
        ("2010-12-31", "", True),
        ("2011-01-01", "", False),
        ("", "2010-12-31", False),
        ("", "2011-01-01", True),
        ("2009-01-01", "2010-01-01", False),
    ],
)
def test_plant_serves_from_the_first_day_to_the_day_before_the_last(
    since: str, until: str, serves: bool
) -> None:
    plant = made(layer(since={"column": "a"}, until={"column": "b"}), rows(1, a=[since], b=[until]))
    assert list(plant.table["in_service"]) == [serves]


def test_what_is_planned_is_kept_and_does_not_serve() -> None:
    plant = made(
        layer(status={"column": "s"}, in_service=["在用", "up"]), rows(3, s=["在用", "planned", "up"])
    )
    assert list(plant.table["in_service"]) == [True, False, True]
    assert list(plant.table["status"]) == ["在用", "planned", "up"]


def test_rates_are_the_features_else_the_technologys_else_unknown() -> None:
    lay = layer(
        mbps={"column": "rate"},
        technology={"column": "tech"},
        technology_aliases={"光纤到户": "ftth"},
        technology_mbps={"ftth": 100.0},
    )
    plant = made(lay, rows(4, rate=["20", "", "", "fast"], tech=["FTTH", " FTTH ", "adsl2+", "光纤到户"]))
    np.testing.assert_array_equal(plant.table["mbps"], [20, 100, np.nan, 100])
    assert list(plant.table["technology"]) == ["ftth", "ftth", "adsl2+", "ftth"]


def test_a_plain_value_holds_for_all_rows() -> None:
    plant = made(layer(mbps=20, reach_m=500, technology="lte"), rows())
    assert set(plant.table["mbps"]) == {20.0}
    assert set(plant.table["reach_m"]) == {500.0}
    assert set(plant.table["technology"]) == {"lte"}


def test_a_layer_without_a_row_is_silent_with_all_columns() -> None:
    plant = made(layer(), pd.DataFrame())
    assert plant.silent
    assert set(COLUMNS) <= set(plant.table.columns)
    assert plant.table["mbps"].dtype == float
    assert len(plant.geometry) == 0


def test_a_layer_of_which_every_row_was_set_aside_is_silent() -> None:
    assert made(layer(operator={"column": "op"}), rows(2, op=["x", "y"])).silent
