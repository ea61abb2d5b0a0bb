"""Coordinate columns of a table without geometry: text to numbers, and what is no decimal number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.check.checked import Checked, Notes, in_turn
from geo.check.values import Amount, check_numbers, plain_numbers

#: 119°58'12"E, 119 58 12 E, 119度58分12秒 and their like.
_DMS = re.compile(
    r"[NSEW东西南北]?\s*(\d{1,3})\s*[°度d:]\s*"
    r"(?:(\d{1,2}(?:\.\d+)?)\s*['′’分m:]\s*(?:(\d{1,2}(?:\.\d+)?)\s*[\"″”秒s]?)?)?"
    r"\s*([NSEW东西南北]?)"
)


def check_coordinates(
    frame: pd.DataFrame,
    *,
    source: str,
    x: str,
    y: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Turn two columns into numbers; set aside rows with degrees and minutes, text, or no coordinate.

    What the numbers mean (range, datum, zone) is for the checks that follow.
    """
    steps = [
        lambda f: _check_degrees(f, source=source, columns=(x, y), code=code, lines=lines),
        lambda f: check_numbers(
            f, source=source, amounts=[Amount(x, None), Amount(y, None)], code=code, lines=lines
        ),
        lambda f: _check_there(f, source=source, columns=(x, y), code=code, lines=lines),
    ]
    return in_turn(frame, steps)


def degrees(text: str) -> float | None:
    """Return decimal degrees of a text in degrees, minutes and seconds, None where it is none."""
    m = _DMS.fullmatch(unicodedata.normalize("NFC", text.strip()))
    if m is None:
        return None
    value: float = sum(float(m[i] or 0) / 60 ** (i - 1) for i in (1, 2, 3))
    return -value if (m[4] or text.strip()[0]).upper() in ("S", "W", "南", "西") else value


def _check_degrees(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: tuple[str, str],
    code: str | None,
    lines: Mapping[int, int] | None,
) -> Checked:
    notes = Notes(frame, source, code, lines)
    for column in columns:
        _, odd = plain_numbers(frame[column])
        for i in odd:
            text = frame[column].iloc[i]
            value = degrees(text) if isinstance(text, str) else None
            if value is not None:
                notes.row(notes.label(i), "coordinate.dms", column=column, seen=text, value=f"{value:.6f}")
    return notes.done()


def _check_there(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: tuple[str, str],
    code: str | None,
    lines: Mapping[int, int] | None,
) -> Checked:
    notes = Notes(frame, source, code, lines)
    missing = frame[list(columns)].isna().to_numpy(dtype=bool).any(axis=1)
    for i in np.flatnonzero(missing):
        notes.row(notes.label(i), "coordinate.missing", x=columns[0], y=columns[1])
    return notes.done()
