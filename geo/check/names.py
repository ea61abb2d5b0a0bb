"""Names: text that was read in the wrong encoding, and characters that cannot be seen."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import pandas as pd

from geo.check.checked import Checked, Notes, rows_of
from geo.terms import Action

#: From this share of such names on, a column is taken to have gone through a wrong encoding.
MANY = 0.5
#: Encodings in which a name was read, and in which it should have been.
_WAYS = (("gb18030", "utf-8"), ("latin-1", "gb18030"), ("cp1252", "gb18030"))
#: The last character that a Latin encoding among them has.
_LAST_LATIN = "\u2122"


def check_names(
    frame: pd.DataFrame,
    *,
    source: str,
    name: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows with mojibake for a name; note those with invisible characters."""
    notes = Notes(frame, source, code, lines)
    texts = {row: v for row, v in rows_of(frame[name]) if isinstance(v, str) and v}
    once = dict.fromkeys(texts.values())
    broken = {text: meant for text in once if (meant := as_meant(text)) is not None}
    found = {row: broken[t] for row, t in texts.items() if t in broken}
    lossy = {row: "" for row, t in texts.items() if "\ufffd" in t}
    if len(found) + len(set(lossy) - set(found)) < MANY * max(len(texts), 1):
        found = {}
    if not found and not lossy and not any(map(_unseen, set("".join(once)))):
        return notes.done()
    for row, text in texts.items():
        if row in found or row in lossy:
            notes.row(row, "name.encoding", column=name, seen=text, meant=found.get(row, "") or "?")
        elif any(map(_unseen, text)):
            notes.row(row, "name.invisible", Action.NOTICE, column=name, seen=marked(text))
    return notes.done()


def marked(text: str) -> str:
    """Return a text with its invisible characters shown as <U+XXXX>."""
    return "".join(f"<U+{ord(c):04X}>" if _unseen(c) else c for c in text)


def _unseen(c: str) -> bool:
    return unicodedata.category(c) in ("Cf", "Cc")


def as_meant(text: str) -> str | None:
    """Return what a name was before it was read in the wrong encoding, None where it looks sound.

    Two ways are known: UTF-8 read as GBK (涓滄ˉ for 东桥) and GBK read as Latin-1 (´óäº for 大浜).
    """
    if text.isascii():
        return None
    for wrong, right in _WAYS if max(text) <= _LAST_LATIN else _WAYS[:1]:
        try:
            meant = text.encode(wrong).decode(right)
        except UnicodeError:
            continue
        if meant != text and all(_chinese(c) or c.isascii() for c in meant) and any(map(_chinese, meant)):
            return meant
    return None


def _chinese(c: str) -> bool:
    return "\u4e00" <= c <= "\u9fff"
