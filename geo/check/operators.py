"""Operators: one id each, whatever the spelling."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping

import pandas as pd

from geo.check.checked import Checked, Notes, is_blank, rows_of
from geo.terms import Action

#: Cyrillic and Greek capitals and small letters that look like Latin ones.
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXaeopcyxijsABEZHIKMNOPTYX"
)
#: Traditional characters that occur in names of carriers.
_SIMPLE = str.maketrans("電國聯動廣視網訊鐵", "电国联动广视网讯铁")


def check_operators(
    frame: pd.DataFrame,
    *,
    source: str,
    column: str,
    aliases: Mapping[str, str] | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Bring every spelling to the operator's id; set aside what is no operator of the region.

    Parameters
    ----------
    aliases
        Spelling -> operator id. None: spellings that differ in blanks, case, look-alike letters or
        traditional characters cannot be settled by a table, and the odd ones are set aside.

    """
    notes = Notes(frame, source, code, lines)
    if aliases is None:
        for row, text in rows_of(frame[column].dropna().astype(str)):
            if fold(text) != unicodedata.normalize("NFC", text).casefold():
                notes.row(row, "operator.spelling", column=column, seen=shown(text), plain=simple(text))
        return notes.done()
    known = {fold(k): v for k, v in [*aliases.items(), *((v, v) for v in aliases.values())]}
    out, mapped = frame.copy(), dict[str, str]()
    ids = [_id(notes, column, row, v, known, mapped) for row, v in rows_of(frame[column])]
    out[column] = pd.Series(ids, frame.index, dtype=object)
    for text, operator in mapped.items():
        if text not in aliases and text not in aliases.values():
            notes.whole("operator.mapped", Action.REPAIR, column=column, seen=shown(text), operator=operator)
    return notes.done(out)


def _id(
    notes: Notes, column: str, row: object, value: object, known: Mapping[str, str], mapped: dict[str, str]
) -> object:
    if is_blank(value):
        return pd.NA
    text = str(value)
    operator = known.get(fold(text))
    if operator is None or mixed_script(text):
        near = difflib.get_close_matches(fold(text), known, 1, 0.5)
        nearest = known[near[0]] if near else ", ".join(sorted(set(known.values()))[:5])
        notes.row(row, "operator.unknown", column=column, seen=shown(text), nearest=nearest)
        return text
    mapped.setdefault(text, operator)
    return operator


def fold(text: str) -> str:
    """Return a spelling as it is compared: width, case, blanks, look-alikes and traditional forms aside."""
    return simple(text).casefold().replace(" ", "") if _chinese(text) else simple(text).casefold()


def simple(text: str) -> str:
    """Return a spelling in plain characters: narrow, single blanks (none in Chinese), simplified, Latin."""
    plain = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES).translate(_SIMPLE)
    return ("" if _chinese(plain) else " ").join(plain.split())


def _chinese(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def mixed_script(text: str) -> bool:
    """Tell whether a word mixes Latin letters with Cyrillic or Greek ones."""
    scripts = {unicodedata.name(c, "").split()[0] for c in text if c.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK"})


def shown(text: str) -> str:
    """Return a spelling with its look-alike letters marked."""
    return "".join(f"{c}<U+{ord(c):04X}>" if c.translate(_LOOKALIKES) != c else c for c in text)
