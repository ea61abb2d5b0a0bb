"""Technologies: their spellings, and none before its time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pandas as pd

from geo.check.checked import Checked, Notes, rows_of
from geo.terms import Action

#: Technology -> (first year in public networks anywhere, spellings besides its own).
KNOWN: dict[str, tuple[int, tuple[str, ...]]] = {
    "ftth": (1999, ("光纤到户", "fttp", "gpon", "epon")),
    "fttb": (1998, ("光纤到楼", "fttb+lan", "lan")),
    "fttn": (1998, ("光纤到村", "光纤到节点", "fttc")),
    "fttn+vdsl2": (2006, ()),
    "vdsl": (1999, ("vdsl2",)),
    "adsl": (1999, ()),
    "adsl2+": (2003, ("adsl2", "adsl2plus")),
    "docsis": (1997, ("cable modem", "docsis/eoc")),
    "eoc": (2005, ()),
    "catv": (1948, ("有线电视", "cable tv", "catv analogue", "catv analog", "catv digital", "数字电视")),
    "gsm": (1991, ("2g", "gprs", "edge")),
    "umts": (2001, ("wcdma", "3g", "hspa")),
    "cdma2000": (2000, ("evdo", "ev-do", "cdma")),
    "td-scdma": (2008, ("tdscdma", "td")),
    "lte": (2009, ("4g", "td-lte", "fdd-lte")),
    "nr": (2018, ("5g", "5g nr", "5g-nr")),
    "wlan": (1999, ("wifi", "wi-fi", "无线局域网")),
    "fibre": (1977, ("fiber", "光纤", "光缆")),
}


def check_technologies(
    frame: pd.DataFrame,
    *,
    source: str,
    column: str,
    year: int | None = None,
    aliases: Mapping[str, str] | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Bring technologies to one spelling; set aside the unknown, and those that `year` did not have yet.

    Parameters
    ----------
    aliases
        The region's own spellings -> technology; its technologies are known too, without a first year.

    """
    notes = Notes(frame, source, code, lines)
    names = {fold(s): t for t, (_, spellings) in KNOWN.items() for s in (t, *spellings)}
    names |= {fold(s): t for spelling, t in (aliases or {}).items() for s in (spelling, t)}
    out = frame.copy(deep=False)
    changed: dict[str, str] = {}
    column_out: list[object] = []
    seen = {text: names.get(fold(text)) for text in dict.fromkeys(map(str, frame[column].dropna()))}
    missing = frame[column].isna().tolist()
    for (row, value), unknown in zip(rows_of(frame[column]), missing, strict=True):
        technology = None if unknown else seen[str(value)]
        column_out.append(technology if technology else value)
        if unknown:
            continue
        if technology is None:
            notes.row(row, "technology.unknown", column=column, seen=str(value), known=", ".join(KNOWN))
        elif year is not None and KNOWN.get(technology, (0, ()))[0] > year:
            first = KNOWN[technology][0]
            notes.row(row, "technology.anachronism", column=column, seen=str(value), first=first, year=year)
        elif value != technology:
            changed[str(value)] = technology
    for text, technology in changed.items():
        notes.whole("technology.mapped", Action.REPAIR, column=column, seen=text, technology=technology)
    out[column] = pd.Series(column_out, frame.index, dtype=object)
    return notes.done(out)


def fold(text: str) -> str:
    """Return a spelling as it is compared: width, case and blanks aside."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
