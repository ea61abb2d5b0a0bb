"""Codes: text of the level's shape, one row each, of one edition; and names that go with them."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from geo.check.checked import Checked, Notes, in_turn, is_blank, rows_of, stated_pairs
from geo.editions import bare
from geo.terms import Action

#: What a code may be where its level states no pattern: it becomes a part of ids, never of a path.
ANY_CODE = r"[0-9A-Za-z](?:[0-9A-Za-z_.:-]{0,62}[0-9A-Za-z])?"
#: Names that some systems take for devices: a file named so cannot be written.
DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
TOTAL_WORDS = frozenset(
    [
        "合计",
        "总计",
        "小计",
        "共计",
        "累计",
        "总数",
        "合計",
        "總計",
        "小計",
        "total",
        "totals",
        "subtotal",
        "sum",
    ]
)
#: No word for a total has a digit.
_NO_DIGIT = re.compile("[^0-9]*")
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?[eE]\+?\d+")
_FLOAT = re.compile(r"(\d+)[.]0+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: What needs no mending: digits only, or a word that no number begins like.
_PLAIN = re.compile(r"[0-9]{1,40}|[A-Za-z][0-9A-Za-z_-]{0,80}")
#: Whole numbers above this lose digits in a double (2**53).
PRECISE = 2**53
#: Digits of the next level's code, where codes have the digits of the national statistical list.
_NEXT_DIGITS = {2: 4, 4: 6, 6: 9, 9: 12, 5: 8, 8: 11}


def check_codes(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    name: str | None = None,
    parent: str | None = None,
    pattern: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Run every check of a code column: text, whole, of its pattern, once each.

    Parameters
    ----------
    pattern
        Regular expression of a whole code of the level; None: any code that is safe as an id.
    parent
        Column of the parent's code, by whose digits a lost leading zero shows.

    """
    steps = [
        lambda f: check_code_text(
            f, source=source, columns=[c for c in (code, parent) if c], code=code, lines=lines
        ),
        lambda f: check_code_shape(f, source=source, code=code, parent=parent, pattern=pattern, lines=lines),
        lambda f: check_code_once(f, source=source, code=code, name=name, lines=lines),
    ]
    return in_turn(frame, steps)


def check_code_text(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Sequence[str],
    code: str,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Bring code columns to text: numbers, ".0" tails and full-width digits are mended and that is said.

    Scientific notation and invisible characters set their row aside; where no row keeps its digits, and
    where numbers are too long for the double they came in, the source is refused.
    """
    notes = Notes(frame, source, code, lines)
    out = frame.copy(deep=False)
    for column in columns:
        if column in frame:
            out[column] = _as_text(notes, column, main=column == code)
    return notes.done(out)


def _as_text(notes: Notes, column: str, *, main: bool) -> pd.Series:
    values = notes.frame[column].astype(object)
    given = values.tolist()
    if all(isinstance(v, str) for v in given) and all(map(_PLAIN.fullmatch, given)):
        return values
    mended: Counter[str] = Counter()
    texts = pd.Series([_one_text(v, mended) for v in values], values.index, dtype=object)
    for rule, count in sorted(mended.items()):
        if rule == "code.number" and any(_is_long(v) for v in values):
            continue
        notes.whole(rule, Action.REPAIR, column=column, rows=count)
    long = [r for r, v in rows_of(values) if _is_long(v)]
    for row in long:
        notes.row(row, "code.precision", column=column, seen=str(texts[row]))
    lost = [r for r, t in rows_of(texts) if isinstance(t, str) and _SCIENTIFIC.fullmatch(t)]
    if lost and len(lost) == int(texts.notna().sum()) and main:
        notes.whole("code.all_scientific", column=column, rows=len(lost), seen=str(texts[lost[0]]))
        return texts
    for row in lost:
        notes.row(row, "code.scientific", column=column, seen=str(texts[row]))
    for row, text in rows_of(texts):
        if isinstance(text, str) and _INVISIBLE.search(text):
            notes.row(row, "code.invisible", column=column, seen=_marked(text))
    return texts


def _is_long(value: Any) -> bool:
    """Tell whether a cell is a number that a double cannot hold to its last digit."""
    return isinstance(value, int | float | np.number) and abs(float(value)) > PRECISE


def _marked(text: str) -> str:
    return "".join(f"<U+{ord(c):04X}>" if _INVISIBLE.match(c) else c for c in text)[:60]


def _one_text(value: Any, mended: Counter[str]) -> object:
    """Return one code as text; count what had to be mended."""
    if is_blank(value):
        return pd.NA
    if not isinstance(value, str):
        mended["code.number"] += 1
        whole = isinstance(value, float | np.floating) and float(value).is_integer()
        return str(int(value)) if whole else str(value)
    text = value.strip()
    if not text.isascii():
        narrow = unicodedata.normalize("NFKC", text)
        if narrow != text and narrow.isascii():
            mended["code.full_width"] += 1
            text = narrow
    if tail := _FLOAT.fullmatch(text):
        mended["code.float"] += 1
        text = tail[1]
    return text or pd.NA


def check_code_shape(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str | None = None,
    pattern: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows without a code, total rows and codes not of the pattern; refuse lost leading zeros."""
    notes = Notes(frame, source, code, lines)
    texts = frame[code]
    missing = texts.isna().to_numpy(dtype=bool)
    for i in np.flatnonzero(missing):
        notes.row(notes.label(i), "code.missing", column=code)
    due = _digits_due(frame, code, parent)
    if due and (texts[~missing].str.len() == due - 1).all():
        notes.whole("code.zero_lost", column=code, digits=due - 1, due=due, seen=str(texts.iloc[0]))
        return notes.done()
    shape = re.compile(pattern or ANY_CODE)
    for row, text in rows_of(texts[~missing] if missing.any() else texts):
        fault = _fault(str(text), shape, due)
        if fault:
            notes.row(
                row,
                fault,
                column=code,
                seen=str(text)[:60],
                pattern=pattern or "letters and digits",
                due=due or 0,
            )
    return notes.done()


def _fault(text: str, shape: re.Pattern[str], due: int | None) -> str | None:
    if text.isdigit():  # neither a word nor a device
        if shape.fullmatch(text) is None:
            return "code.pattern"
        return "code.length" if due and len(text) == due - 1 else None
    if _NO_DIGIT.fullmatch(text) and re.sub(r"[\s:：]", "", text).casefold() in TOTAL_WORDS:
        return "code.total_row"
    return "code.pattern" if shape.fullmatch(text) is None or DEVICES.fullmatch(text) else None


def _digits_due(frame: pd.DataFrame, code: str, parent: str | None) -> int | None:
    """Return the digits that a code should have, where all parents' codes have those of the national list.

    Only where the parent's code is not the beginning of the unit's (it is, in lists of other digits).
    """
    if parent is None or parent not in frame or frame.empty:
        return None
    pairs = [(c, p) for _, c, p in stated_pairs(frame, code, parent) if c.isdigit() and p.isdigit()]
    lengths = {len(p) for _, p in pairs}
    if len(lengths) != 1:
        return None
    (digits,) = lengths
    begins = sum(c.startswith(p) for c, p in pairs) / len(pairs)
    if digits in (5, 8):  # the parents lost their zero as well
        return (
            _NEXT_DIGITS[digits] + 1
            if begins > 0.5 and _usual_length(pairs) == _NEXT_DIGITS[digits]
            else None
        )
    return _NEXT_DIGITS.get(digits) if begins < 0.5 or digits == 9 else None


def _usual_length(pairs: Sequence[tuple[str, str]]) -> int:
    """Return the length that most of the codes have, the least of several."""
    counts = Counter(len(c) for c, _ in pairs)
    return min(counts, key=lambda n: (-counts[n], n))


def check_code_once(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    name: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Drop a row delivered twice with all fields equal, and say so; else set aside rows that share a code."""
    notes = Notes(frame, source, code, lines)
    shared = frame[code].duplicated(keep=False) & frame[code].notna()
    if not shared.any():
        return notes.done()
    dropped: list[int] = []
    for text, rows in frame[shared].groupby(code, sort=False):
        whole = rows.apply(_fingerprint, axis=1)
        if whole.nunique() == 1:
            first, *others = rows.index
            dropped += others
            for row in others:
                notes.row(row, "code.duplicate_row", Action.REPAIR, code=str(text), other=notes.name(first))
            continue
        for row in rows.index:
            others_named = notes.names([r for r in rows.index if r != row])
            names = ", ".join(dict.fromkeys(str(n) for n in rows[name])) if name and name in frame else ""
            notes.row(row, "code.duplicate", code=str(text), others=others_named, names=names)
    return notes.done(frame.drop(index=dropped))


def _fingerprint(row: pd.Series) -> str:
    return repr([v.wkb_hex if hasattr(v, "wkb_hex") else str(v) for v in row])


def check_one_edition(
    frame: pd.DataFrame,
    *,
    source: str,
    edition: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Refuse a table that holds rows of two editions: one code may mean two places."""
    notes = Notes(frame, source, code, lines)
    texts = frame[edition].dropna().astype(str).str.removesuffix(".0").str.strip()
    counts = texts.value_counts().sort_index()
    if len(counts) > 1:
        rare = texts.index[texts == counts.idxmin()]
        shown = ", ".join(f"{e} ({n})" for e, n in counts.head(5).items())
        notes.whole("edition.mixed", column=edition, editions=shown, rows=notes.names(rare))
    return notes.done()


def check_same_names(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    name: str,
    known: Mapping[str, str],
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note the rows whose code stands in another table under another name (`known`: code -> name)."""
    notes = Notes(frame, source, code, lines)
    for row, (text, mine) in frame[[code, name]].iterrows():
        other = known.get(str(text))
        if other is not None and bare(str(mine)) != bare(other):
            notes.row(row, "edition.other_name", Action.NOTICE, code=str(text), name=str(mine), other=other)
    return notes.done()


def check_id_precision(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Sequence[str],
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows with an id that is a number too long for a double: two of them may become one."""
    notes = Notes(frame, source, code, lines)
    for column in columns:
        for row, value in rows_of(frame[column]) if column in frame else ():
            if _is_long(value):
                notes.row(row, "code.precision", column=column, seen=str(value))
    return notes.done()
