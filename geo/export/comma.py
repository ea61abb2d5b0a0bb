"""CSV for people: UTF-8 with a byte order mark, CRLF, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
from typing import IO, Any

import pandas as pd

from geo.wording import absent

#: First characters that make a spreadsheet take a text for a formula, with their full-width twins.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run: led by an apostrophe where need be."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def write_csv(frame: pd.DataFrame, out: IO[bytes]) -> None:
    """Write a table; numbers in full, unknown as an empty field."""
    import io

    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(str(c)) for c in frame.columns])
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([_field(value) for value in row])
    text.detach()


def _field(value: Any) -> str:
    if absent(value):
        return ""
    if isinstance(value, str):
        return neutral(value)
    return plain(value)


def plain(value: Any) -> str:
    """Return a number in full, a whole one without a decimal point."""
    number = float(value)
    return str(int(number)) if number == int(number) else repr(number)
