"""Numbers, shares and yes/no as people write them: what can be read without a guess, and what cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.check.checked import Checked, Notes, is_blank, rows_of, values_of
from geo.terms import Action

Floats = npt.NDArray[np.float64]

#: Spellings that say "not known", or may say "none": never 0.
UNKNOWN_WORDS = frozenset(
    [
        "无",
        "-",
        "--",
        "—",
        "——",
        "/",
        "\\",
        "?",
        "？",
        "不详",
        "未知",
        "不明",
        "暂无",
        "na",
        "n/a",
        "#n/a",
        "nan",
        "null",
        "none",
        "nil",
        "unknown",
    ]
)
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:[,'  ]\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[-+]?\d+,\d+")
_SURE_COMMA = re.compile(r"[-+]?\d+,(?:\d{1,2}|\d{4,})")
_MYRIAD = re.compile(r"[-+]?[\d.,]+\s*[十百千万亿kK]")
_PERCENT = re.compile(r"[-+]?\d+(?:\.\d+)?\s*%")
_ERRORS = re.compile(r"#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NULL!|NUM!).*", re.I)
_UNREADABLE = (
    (_THOUSANDS, "value.thousands"),
    (_MYRIAD, "value.myriad"),
    (_COMMA, "value.comma"),
    (_ERRORS, "value.cell_error"),
)
_YES = frozenset(["y", "yes", "true", "t", "1", "是", "有", "已", "√"])
_NO = frozenset(["n", "no", "false", "f", "0", "否", "无", "未", "×"])


@dataclass(frozen=True)
class Amount:
    """A column of numbers, and what it may hold.

    Attributes
    ----------
    column
        Its name in the table.
    least, most
        The bounds, both allowed; None: no bound.
    whole
        Whether only whole numbers make sense (households, holes).
    percent
        Whether it is a share, 0 to 1 or 0 to 100.

    """

    column: str
    least: float | None = 0.0
    most: float | None = None
    whole: bool = False
    percent: bool = False


def check_numbers(
    frame: pd.DataFrame,
    *,
    source: str,
    amounts: Sequence[Amount],
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Turn columns of text into numbers; set aside the rows in which that would be a guess.

    An empty cell is unknown (NaN). A decimal comma is read as such where the whole table leaves no doubt, a
    percent sign is taken off, full-width digits are made narrow; each is said once. Thousands separators,
    万 and words for "unknown" set their row aside: 1,204 may be 1.204, "-" may be 0.
    """
    notes = Notes(frame, source, code, lines)
    there = [a for a in amounts if a.column in frame]
    comma = _decimal_comma(frame, [a.column for a in there])
    if comma:
        notes.whole("value.decimal_comma", Action.REPAIR, columns=", ".join(comma))
    out = frame.copy(deep=False)
    for amount in there:
        out[amount.column] = _column(notes, amount, comma=amount.column in comma)
    return notes.done(out)


def _decimal_comma(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return the columns with decimal commas, if the table as a whole is written so without a doubt."""
    everything = {
        c: [t for t in values_of(frame[c]) if isinstance(t, str)]
        for c in columns
        if frame[c].dtype.kind not in "iuf"
    }
    texts = {c: [t for t in ts if "," in t] for c, ts in everything.items()}
    if not any(_SURE_COMMA.fullmatch(t.strip()) for ts in texts.values() for t in ts):
        return []
    if any(re.search(r"\d\.\d|\d[,\s]\d{3}[,\s.]\d", t) for ts in everything.values() for t in ts):
        return []
    return [c for c, ts in texts.items() if any(_COMMA.fullmatch(t.strip()) for t in ts)]


def _column(notes: Notes, amount: Amount, *, comma: bool) -> Floats:
    """Return a column as numbers, NaN where nothing or nothing readable stands."""
    series = notes.frame[amount.column]
    values, odd = plain_numbers(series)
    if comma:
        for i in odd:
            if isinstance(series.iloc[i], str) and _COMMA.fullmatch(series.iloc[i].strip()):
                values[i] = float(series.iloc[i].strip().replace(",", "."))
        odd = odd[np.isnan(values[odd])]
    narrow, signs = 0, 0
    for i in odd:
        number, how = read_number(series.iloc[i], percent=amount.percent)
        narrow, signs = narrow + (how == "narrow"), signs + (how == "percent")
        values[i] = np.nan if number is None else number
        if number is None and how != "empty":
            seen = "" if how == "value.kind" else str(series.iloc[i])
            kind = type(series.iloc[i]).__name__
            notes.row(notes.label(i), how, column=amount.column, seen=seen, kind=kind)
    if narrow:
        notes.whole("value.full_width", Action.REPAIR, column=amount.column, rows=narrow)
    if signs:
        notes.whole("value.percent_sign", Action.REPAIR, column=amount.column, rows=signs)
    _bounds(notes, amount, values)
    return values


def plain_numbers(series: pd.Series) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return a column as numbers where plain, and the positions of what is neither that nor empty."""
    if series.dtype.kind in "iuf":
        return series.to_numpy(dtype=float, na_value=np.nan), np.flatnonzero(np.zeros(len(series), bool))
    cells = values_of(series)
    plain = [v if isinstance(v, str | int | float) and not isinstance(v, bool) else None for v in cells]
    values = pd.to_numeric(pd.Series(plain, dtype=object), errors="coerce").to_numpy(float, na_value=np.nan)
    odd = np.flatnonzero(~np.isfinite(values) & ~series.isna().to_numpy())
    filled = [not isinstance(cells[i], str) or bool(cells[i].strip()) for i in odd]
    return values.copy(), odd[np.array(filled, dtype=bool)]


def read_number(value: object, *, percent: bool = False) -> tuple[float | None, str]:
    """Return a number out of a cell that is no plain one, or None and the rule that says why not.

    The second is "narrow" or "percent" where the number was read after that change, "empty" for a blank.
    """
    if not isinstance(value, str):
        return None, "value.kind"
    text = unicodedata.normalize("NFKC", value).strip()
    if _PLAIN.fullmatch(text):
        return float(text), "narrow"
    if percent and _PERCENT.fullmatch(text):
        return float(text.rstrip("% ")), "percent"
    if text.casefold() in UNKNOWN_WORDS or value.strip() in UNKNOWN_WORDS:
        return None, "value.unknown_word"
    rule = next((rule for pattern, rule in _UNREADABLE if pattern.fullmatch(text)), "value.not_number")
    return None, rule if text else "empty"


def _bounds(notes: Notes, amount: Amount, values: Floats) -> None:
    """Note the rows whose number is not finite, out of bounds, or broken where whole ones are due."""
    with np.errstate(invalid="ignore"):
        infinite = np.isinf(values)
        low = values < amount.least if amount.least is not None else np.zeros(len(values), bool)
        high = values > amount.most if amount.most is not None else np.zeros(len(values), bool)
        broken = (
            (values != np.round(values)) & ~np.isnan(values) if amount.whole else np.zeros(len(values), bool)
        )
    for i in np.flatnonzero(infinite | low | high | broken):
        number = float(values[i])
        rule = "value.not_number"
        if not infinite[i]:
            rule = (
                "value.negative"
                if low[i] and amount.least == 0
                else "value.range"
                if low[i] or high[i]
                else "value.not_whole"
            )
        if amount.percent and rule in ("value.negative", "value.range"):
            rule = "share.range"
        notes.row(
            notes.label(i),
            rule,
            column=amount.column,
            seen=f"{number:g}",
            kind="number",
            least=str(amount.least),
            most=str(amount.most),
        )


def check_shares(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Sequence[str],
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Refuse a source in one column of which shares are written on two scales, 0 to 1 and 0 to 100.

    A column of low percentages is none: shares written 0 to 1 carry more decimals than the percentages
    beside them (0.212 is 21.2), or are many while the others are large.
    """
    notes = Notes(frame, source, code, lines)
    for column in columns:
        if column in frame:
            _two_scales(notes, column)
    return notes.done()


def _two_scales(notes: Notes, column: str) -> None:
    series = notes.frame[column]
    values, _ = plain_numbers(series)
    small = np.flatnonzero((values > 0) & (values <= 1))
    large = np.flatnonzero(values > 1)
    if small.size < 2 or large.size == 0:
        return
    part = small.size / (small.size + large.size)
    digits = [float(np.median([_decimals(series.iloc[i]) for i in rows])) for rows in (small, large)]
    if digits[0] >= digits[1] + 1.5 or (small.size >= 3 and part >= 1 / 3 and np.median(values[large]) >= 20):
        names = [notes.names(notes.label(rows)) for rows in (small, large)]
        notes.whole("share.two_scales", column=column, small=names[0], large=names[1])


def _decimals(value: object) -> int:
    text = str(value).strip()
    return len(text.rstrip("0").partition(".")[2])


def check_flags(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Sequence[str],
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Turn columns of yes and no into booleans (missing stays missing); set aside what is neither."""
    notes = Notes(frame, source, code, lines)
    out = frame.copy()
    for column in columns:
        if column in frame:
            out[column] = pd.array(
                [_flag(notes, column, r, v) for r, v in rows_of(frame[column])], dtype="boolean"
            )
    return notes.done(out)


def _flag(notes: Notes, column: str, row: object, value: object) -> bool | None:
    if isinstance(value, bool | np.bool_):
        return bool(value)
    text = "" if is_blank(value) else unicodedata.normalize("NFKC", str(value)).strip().casefold()
    text = text.removesuffix(".0")
    if text in _YES or text in _NO:
        return text in _YES
    if text:
        notes.row(row, "value.flag", column=column, seen=str(value))
    return None
