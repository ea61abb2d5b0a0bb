"""Exported tables: what stands in the snapshot, no more and no less."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.atlas import Atlas
from geo.errors import UnknownName, UsageError
from geo.export.tables import Choice, export_table
from geo.gaps import gaps
from geo.snapshot import open_snapshot
from tests.geo.hostile import NAMES


def test_units_have_the_status_of_the_facts_and_every_name_as_written(atlas: Atlas) -> None:
    table = export_table(atlas, Choice("units", 0, "fibre"), "en").frame
    facts = open_snapshot(atlas.snapshot.path).frame("facts")
    facts = facts[facts["operator"] == "*"].astype({"unit_id": str, "status": str}).set_index("unit_id")
    assert list(table["name"]) == NAMES
    assert list(table["status"]) == list(facts["status"].reindex(table["unit_id"]))
    assert list(table["nearest_m"]) == pytest.approx(
        list(facts["nearest_m"].reindex(table["unit_id"])), nan_ok=True
    )


def test_units_above_the_counted_level_have_counts_instead(atlas: Atlas) -> None:
    row = export_table(atlas, Choice("units", 0, "fibre", level="county"), "en").frame.iloc[0]
    assert (row["numerator"], row["unknown"], row["denominator"]) == (10, 2, 20)
    assert (row["share_low"], row["share_high"]) == (0.5, 0.6)


def test_gaps_are_the_gaps_of_the_verb_and_hold_nothing_unknown(atlas: Atlas) -> None:
    table = export_table(atlas, Choice("gaps", 0, "fibre"), "en").frame
    assert list(table["unit_id"]) == list(gaps(atlas, "fibre")["unit_id"])
    assert set(table["status"]) == {"uncovered"}
    assert list(table["households"]) == sorted(table["households"], reverse=True)


def test_facts_are_every_operator_s_in_the_order_of_units(atlas: Atlas) -> None:
    table = export_table(atlas, Choice("facts", 0, "fibre"), "en").frame
    whole = open_snapshot(atlas.snapshot.path).frame("facts")
    assert len(table) == len(whole)
    keys = pd.MultiIndex.from_frame(table[["unit_id", "operator"]])
    assert keys.is_unique
    assert list(dict.fromkeys(table["unit_id"])) == list(atlas.units["unit_id"][1:])


def test_the_scorecard_is_the_one_of_the_snapshot(atlas: Atlas) -> None:
    table = export_table(atlas, Choice("scorecard", 0), "en").frame
    card = open_snapshot(atlas.snapshot.path).frame("scorecard")
    for column in ("numerator", "unknown", "denominator", "share", "shortfall"):
        assert list(table[column]) == list(card[column])


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice("units", 0, "water"), "'water' is no service here; there is fibre"),
        (Choice("units", 0, "fibre", "b"), "'b' is no operator here; there is \\*, a"),
        (Choice("units", 1, "fibre", level="county"), "'county' is no level here; there is village"),
        (Choice("roads", 0), "'roads' is no table here; there is units, facts, gaps, scorecard"),
    ],
)
def test_a_wrong_name_is_told_with_those_there_are(atlas: Atlas, choice: Choice, message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        export_table(atlas, choice, "en")


def test_facts_and_gaps_need_a_service(atlas: Atlas) -> None:
    with pytest.raises(UsageError, match="of which service"):
        export_table(atlas, Choice("gaps", 0), "en")


def test_a_table_without_a_row_says_so(atlas: Atlas) -> None:
    with pytest.raises(UsageError, match="no row in 甲一村"):
        export_table(atlas, Choice("gaps", 1, "fibre"), "en")


def test_made_up_data_are_marked_in_every_row(atlas: Atlas) -> None:
    for name in ("units", "facts", "gaps", "scorecard"):
        assert set(export_table(atlas, Choice(name, 0, "fibre"), "en").frame["data"]) == {"simulated"}
