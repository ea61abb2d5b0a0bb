"""Dates as people write them: read where there is one reading only, set aside where there is none."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from geo.check.checked import Checked, Notes, Row, is_blank, rows_of, values_of
from geo.terms import Action

_ISO = re.compile(r"(\d{4})([-/.年])(\d{1,2})(?:[-/.月](\d{1,2})日?)?(?:月)?(?:[T ].*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_YEAR = re.compile(r"(\d{4})年?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_TWO_DIGITS = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,2}")
_DAY_NUMBER = re.compile(r"[234]\d{4}(?:\.0)?")


def check_dates(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Sequence[str],
    as_of: dt.date | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Bring columns of dates to ISO text (2010-04-13; 2010 or 2010-04 stay).

    Sets aside the rows in which the order of day and month, the century or a spreadsheet's day number leaves
    a choice, and days that do not exist or come after `as_of`.
    """
    notes = Notes(frame, source, code, lines)
    out = frame.copy(deep=False)
    for column in columns:
        if column in frame:
            out[column] = _column(notes, column, as_of)
    return notes.done(out)


def _column(notes: Notes, column: str, as_of: dt.date | None) -> pd.Series:
    values = notes.frame[column]
    cells = values_of(values)
    once = {v: _text(v) for v in dict.fromkeys(v for v in cells if isinstance(v, str))}
    texts = pd.Series(
        [once[v] if isinstance(v, str) else _text(v) for v in cells], values.index, dtype=object
    )
    spelt = dict.fromkeys(texts.tolist())  # most columns say the same day many times
    order = _order(spelt)
    odd = {t for t in spelt if _is_unclear(t, order)}
    unclear = [r for r, t in rows_of(texts) if t in odd] if odd else []
    for row in unclear:
        notes.row(row, "date.ambiguous", column=column, seen=texts[row])
    if order in ("day", "month"):
        notes.whole("date.order", Action.REPAIR, column=column, order="d/m/y" if order == "day" else "m/d/y")
    aside = set(unclear)
    sound: dict[str, object] = {}
    days = []
    for row, text in rows_of(texts):
        day: object = text
        if text in sound:
            day = sound[text]
        elif row not in aside:
            before = len(notes.findings)
            day = _one(notes, column, row, text, order, as_of)
            if len(notes.findings) == before:
                sound[text] = day
        days.append(day)
    return pd.Series(days, texts.index, dtype=object)


def _text(value: Any) -> str:
    if isinstance(value, dt.date | dt.datetime | pd.Timestamp):
        return value.strftime("%Y-%m-%d") if not pd.isna(value) else ""
    if is_blank(value):
        return ""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    return text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text


def _order(texts: Iterable[str]) -> str:
    """Return "day" or "month" where x/y/2010 has one reading through the column, "both" where it has none."""
    pairs = [(int(m[1]), int(m[2])) for t in texts if (m := _DAY_FIRST.fullmatch(t))]
    day, month = any(a > 12 for a, _ in pairs), any(b > 12 for _, b in pairs)
    if not pairs:
        return ""
    return "both" if day == month else "day" if day else "month"


def _is_unclear(text: str, order: str) -> bool:
    if _DAY_FIRST.fullmatch(text):
        return order == "both"
    return bool(_TWO_DIGITS.fullmatch(text) or _DAY_NUMBER.fullmatch(text))


def _one(notes: Notes, column: str, row: Row, text: str, order: str, as_of: dt.date | None) -> object:
    """Return one date as ISO text; note the row where it is none or lies in the future."""
    if not text:
        return pd.NA
    parts = _parts(text, order)
    first = _day(parts)
    if first is None:
        notes.row(row, "date.impossible", column=column, seen=text)
        return pd.NA
    if as_of is not None and first > as_of:
        notes.row(row, "date.future", column=column, seen=text, as_of=as_of.isoformat())
    return "-".join(f"{p:0{4 if i == 0 else 2}d}" for i, p in enumerate(parts or ()))


def _parts(text: str, order: str) -> list[int] | None:
    """Return year, month, day as far as they are stated."""
    for pattern, groups in ((_ISO, (1, 3, 4)), (_COMPACT, (1, 2, 3)), (_YEAR, (1,))):
        if m := pattern.fullmatch(text):
            return [int(m[g]) for g in groups if m[g]]
    if m := _DAY_FIRST.fullmatch(text):
        day, month = (1, 2) if order == "day" else (2, 1)
        return [int(m[3]), int(m[month]), int(m[day])]
    return None


def _day(parts: list[int] | None) -> dt.date | None:
    """Return the first day of the time stated, or None where there is no such day."""
    try:
        return dt.date(*[*parts, 1, 1][:3]) if parts else None
    except ValueError:
        return None
