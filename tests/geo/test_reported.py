"""Reported values: each row that cannot count is set aside with its rule, and none is taken before another."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.read.table import SourceTable
from geo.region import Region
from geo.reported import examine_reported
from geo.run import check_region, run
from geo.snapshot import open_snapshot
from geo.terms import Action
from tests import worlds
from tests.geo.regions import villages, write_region

PCS: dict[str, Any] = {
    "id": "pcs",
    "name": "pcs",
    "reported": "table",
    "threshold": 80,
    "unit": "per 100 people",
    "due": dt.date(2015, 12, 31),
    "source": "plan",
}
NAMES = ["target_id", "unit_code", "date", "value", "numerator", "denominator", "source"]


def a_region(*targets: dict[str, Any]) -> Region:
    return worlds.a_region(levels=worlds.LEVELS[:1], targets=list(targets or [PCS]))


def table(*rows: tuple[Any, ...], lines: bool = True) -> SourceTable:
    frame = pd.DataFrame(rows, columns=NAMES[: len(rows[0])], index=range(1, len(rows) + 1), dtype="str")
    return SourceTable(frame, "CSV", lines={i: i + 1 for i in frame.index} if lines else {})


def found(*rows: tuple[Any, ...]) -> list[tuple[str, str]]:
    checked = examine_reported(a_region(), "table", table(*rows), ["R", "C0"])
    assert all(f.action is Action.QUARANTINE and f.source == "table" for f in checked.findings)
    assert len(checked.frame) + len(checked.quarantined) == len(rows)
    return [(f.row, f.rule) for f in checked.findings]


@pytest.mark.parametrize(
    ("row", "name", "rule"),
    [
        (("pcs", "X9", "2010-12-31", "7"), "line 2 (X9)", "reported.unit_unknown"),
        (("pcs", " R", "2010-12-31", "7"), "line 2 ( R)", "reported.unit_unknown"),
        (("pcs", "", "2010-12-31", "7"), "line 2", "reported.unit_unknown"),
        (("psc", "R", "2010-12-31", "7"), "line 2 (R)", "reported.target_unknown"),
        (("", "R", "2010-12-31", "7"), "line 2 (R)", "reported.target_unknown"),
        (("pcs", "R", "31.12.2010", "7"), "line 2 (R)", "reported.date"),
        (("pcs", "R", "20101231", "7"), "line 2 (R)", "reported.date"),
        (("pcs", "R", "2010-02-30", "7"), "line 2 (R)", "reported.date"),
        (("pcs", "R", "2010", "7"), "line 2 (R)", "reported.date"),
        (("pcs", "R", "", "7"), "line 2 (R)", "reported.date"),
        (("pcs", "R", "2010-12-31", "many"), "line 2 (R)", "value.not_number"),
        (("pcs", "R", "2010-12-31", "—"), "line 2 (R)", "value.unknown_word"),
        (("pcs", "R", "2010-12-31", "7", "1", "-2"), "line 2 (R)", "value.negative"),
    ],
)
def test_a_row_that_cannot_count_is_set_aside_with_its_rule(
    row: tuple[str, ...], name: str, rule: str
) -> None:
    assert found(row) == [(name, rule)]


def test_a_sound_row_is_left_as_it_is() -> None:
    rows = table(
        ("pcs", "R", "2010-12-31", "0.757", "", "", "plan"),
        ("pcs", "C0", "2011-01-01", "-3", None, None, None),
    )
    checked = examine_reported(a_region(), "table", rows, ["R", "C0"])
    assert checked.findings == []
    assert checked.frame["value"].tolist() == [0.757, -3.0]
    assert checked.frame["unit_code"].tolist() == ["R", "C0"]


def test_a_target_that_reads_another_source_has_no_value_here() -> None:
    region = a_region(PCS, {**PCS, "id": "other", "reported": "plant"})
    checked = examine_reported(region, "table", table(("other", "R", "2010-12-31", "7")), ["R"])
    assert [f.rule for f in checked.findings] == ["reported.target_unknown"]


def test_of_two_values_on_one_day_neither_is_taken() -> None:
    rows = (
        ("pcs", "R", "2009-12-31", "60"),
        ("pcs", "R", "2010-12-31", "74"),
        ("pcs", "C0", "2010-12-31", "74"),
        ("pcs", "R", "2010-12-31", "75"),
    )
    assert found(*rows) == [("line 3 (R)", "reported.two_values"), ("line 5 (R)", "reported.two_values")]
    checked = examine_reported(a_region(), "table", table(*rows), ["R", "C0"])
    assert checked.findings[0].values["seen"] == "74, 75"
    assert checked.frame.index.tolist() == [1, 3]


def test_the_same_value_twice_is_one() -> None:
    assert found(("pcs", "R", "2010-12-31", "74"), ("pcs", "R", "2010-12-31", "74.0")) == []


def test_different_counts_of_one_value_differ() -> None:
    twice = [("pcs", "R", "2010-12-31", "50", "1", "2"), ("pcs", "R", "2010-12-31", "50", "2", "4")]
    assert len(found(*twice)) == 2


def test_a_table_without_its_columns_is_refused_and_they_are_named() -> None:
    rows = SourceTable(pd.DataFrame({"target_id": ["pcs"], "code": ["R"]}, index=[1]), "CSV")
    checked = examine_reported(a_region(), "table", rows, ["R"])
    assert checked.rejected
    assert [f.values["column"] for f in checked.findings] == ["unit_code", "date", "value"]


def test_a_run_publishes_what_was_set_aside_as_it_came_and_leaves_the_target_open(tmp_path: Path) -> None:
    path = write_region(tmp_path, villages().assign(id=["1", "2"]), layers=LAYER)
    with path.open("a", encoding="utf-8") as file:
        file.write(TARGET)
    (tmp_path / "reported.csv").write_text(
        "target_id,unit_code,date,value\npcs,C0,2010-12-31,74\npcs,C0,2010-12-31,75\npcs,C7,2010-12-31,9\n",
        encoding="utf-8",
    )
    rules = ["reported.two_values", "reported.two_values", "reported.unit_unknown"]
    assert sorted(f.rule for f in check_region(path) if f.source == "reported") == rules
    snapshot = open_snapshot(run(path, tmp_path / "out").path)
    aside = snapshot.frame("quarantine").astype(str)
    aside = aside[aside["source"] == "reported"]
    assert aside["row"].tolist() == ["line 2 (C0)", "line 3 (C0)", "line 4 (C7)"]
    assert '"value": "75"' in aside["as_it_came"].iloc[1]
    card = snapshot.frame("scorecard").astype(str)
    assert card["verdict"].tolist() == ["open"]
    assert card["value_source"].tolist() == ["no value reported"]


LAYER = '\n[[layers]]\nid = "zone"\nsource = "plant"\ngeometry = "area"\nfeature = "id"\noperator = "a"\n'
TARGET = """
[[sources]]
id = "reported"
path = "reported.csv"
kind = "reported"

[[targets]]
id = "pcs"
name = "pcs"
reported = "reported"
threshold = 80
unit = "per 100 people"
due = 2015-12-31
source = "plan"
"""
