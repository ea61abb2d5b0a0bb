"""Reported values: what a table says of targets that no network shows; what cannot count is set aside and said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import pandas as pd

from geo.check.checked import Checked, Notes, in_turn, is_blank, rows_of
from geo.check.values import Amount, check_numbers
from geo.read.table import SourceTable
from geo.region import Region
from geo.sources import missing_columns

#: What a reported value is of; no two rows may say different things of one.
KEY = ["target_id", "unit_code", "date"]
AMOUNTS = (Amount("value", least=None), Amount("numerator"), Amount("denominator"))

#: So many ids of targets are named where one is none of them.
TARGETS_SHOWN = 40

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Lines = Mapping[int, int] | None


def examine_reported(region: Region, source: str, table: SourceTable, codes: Iterable[str]) -> Checked:
    """Return the reported values that can count (keys as text, amounts as numbers), and what was found.

    Set aside is a row whose target does not read this source, whose unit is not the region's, whose date is no
    ISO day or whose amount is no number; and all rows of one target, unit and day that state different
    amounts: none of them is taken before another.

    Parameters
    ----------
    source
        Id of the source that the table comes from.
    codes
        Codes of all units of the region.
    """
    missing = missing_columns(table, source, {f"sources '{source}', {c}": c for c in (*KEY, "value")})
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    targets = [t.id for t in region.targets if t.reported == source]
    lines = table.lines or None
    named: dict[str, Any] = {"source": source, "lines": lines}
    return in_turn(
        _text_keys(table.frame),
        [
            partial(_check_targets, targets=targets, **named),
            partial(_check_units, codes=frozenset(codes), **named),
            partial(_check_days, **named),
            partial(check_numbers, amounts=AMOUNTS, code="unit_code", **named),
            partial(_check_once, **named),
        ],
    )


def _text_keys(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its keys and sources as text; what is missing is empty."""
    out = frame.copy(deep=False)
    for column in (c for c in (*KEY, "source") if c in frame):
        out[column] = pd.Series([_text(v) for _, v in rows_of(frame[column])], frame.index, dtype=object)
    return out


def _text(value: Any) -> str:
    if is_blank(value):
        return ""
    return value.strftime("%Y-%m-%d") if isinstance(value, dt.date) else str(value)


def _check_targets(frame: pd.DataFrame, *, targets: list[str], source: str, lines: Lines) -> Checked:
    """Set aside the rows of what is no target that reads this source."""
    notes = Notes(frame, source, "unit_code", lines)
    there = ", ".join(targets[:TARGETS_SHOWN])
    for row, target in rows_of(frame["target_id"]):
        if target not in targets:
            notes.row(row, "reported.target_unknown", target=target, targets=there)
    return notes.done()


def _check_units(frame: pd.DataFrame, *, codes: frozenset[str], source: str, lines: Lines) -> Checked:
    """Set aside the rows whose code no unit of the region has."""
    notes = Notes(frame, source, "unit_code", lines)
    for row, code in rows_of(frame["unit_code"]):
        if code not in codes:
            notes.row(row, "reported.unit_unknown", code=code)
    return notes.done()


def _check_days(frame: pd.DataFrame, *, source: str, lines: Lines) -> Checked:
    """Set aside the rows whose date is no day written 2010-12-31."""
    notes = Notes(frame, source, "unit_code", lines)
    for row, text in rows_of(frame["date"]):
        if not _is_day(text):
            notes.row(row, "reported.date", seen=text)
    return notes.done()


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and dt.date.fromisoformat(text))
    except ValueError:
        return False


def _check_once(frame: pd.DataFrame, *, source: str, lines: Lines) -> Checked:
    """Set aside all rows of one target, unit and day that state different amounts."""
    notes = Notes(frame, source, "unit_code", lines)
    stated = [*KEY, *(a.column for a in AMOUNTS if a.column in frame)]
    different = frame.drop_duplicates(stated)
    twice = different.loc[different.duplicated(KEY), KEY].drop_duplicates()
    for target, unit, day in twice.itertuples(index=False):
        mine = frame[(frame["target_id"] == target) & (frame["unit_code"] == unit) & (frame["date"] == day)]
        seen = ", ".join(f"{v:g}" for v in dict.fromkeys(mine["value"]))
        for row in mine.index:
            notes.row(row, "reported.two_values", target=target, date=day, seen=seen)
    return notes.done()
