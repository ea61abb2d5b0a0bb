"""How checks follow one another and how a row is named."""

import pandas as pd
import pytest

from geo.check.checked import Checked, Notes, in_turn, is_blank, row_name
from geo.terms import Action
from tests.geo.check.places import table


def test_a_row_is_named_by_its_line_where_lines_are_known_and_by_its_code() -> None:
    assert row_name(3, "320402001001") == "row 3 (320402001001)"
    assert row_name(3, "320402001001", {3: 14}) == "line 14 (320402001001)"
    assert row_name(3) == row_name(3, pd.NA) == "row 3"
    assert len(row_name(3, "3" * 5000)) < 60


def test_the_next_check_sees_only_the_rows_that_the_first_left() -> None:
    frame = table(code=["a", "b", "c"])

    def drop_first(rows: pd.DataFrame) -> Checked:
        notes = Notes(rows, "s", "code")
        notes.row(rows.index[0], "code.missing", column="code")
        return notes.done()

    result = in_turn(frame, [drop_first, drop_first])
    assert list(result.frame["code"]) == ["c"]
    assert list(result.quarantined) == [1, 2]
    assert [f.row for f in result.findings] == ["row 1 (a)", "row 2 (b)"]


def test_a_refusal_ends_the_chain_and_leaves_no_row() -> None:
    frame = table(code=["a"])

    def refuse(rows: pd.DataFrame) -> Checked:
        notes = Notes(rows, "s", "code")
        notes.whole("table.empty")
        return notes.done()

    def never(rows: pd.DataFrame) -> Checked:
        raise AssertionError("the chain went on")

    result = in_turn(frame, [refuse, never])
    assert result.rejected
    assert result.frame.empty
    assert len(frame) == 1


def test_a_repair_keeps_the_row() -> None:
    notes = Notes(table(code=["a"]), "s", "code")
    notes.row(1, "geometry.collection", Action.REPAIR, kind="area", dropped=1)
    assert list(notes.done().frame.index) == [1]


@pytest.mark.parametrize("value", [None, pd.NA, float("nan"), ""])
def test_nothing_is_blank(value: object) -> None:
    assert is_blank(value)


@pytest.mark.parametrize("value", [0, "0", False, [], "nan"])
def test_zero_and_false_and_the_word_nan_are_not_blank(value: object) -> None:
    assert not is_blank(value)
