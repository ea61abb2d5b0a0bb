"""Wording: how numbers, shares, days and distances are written for people, in English or Chinese.

Rounding is one decimal, half up; a share is never rounded up to all or down to none.
"""

from __future__ import annotations

import datetime as dt
import math
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from geo.terms import Status

#: Signs that stand beside every colour, so that no meaning rests on colour alone.
SIGNS: dict[Status, str] = {
    Status.COVERED: "●",
    Status.PARTIAL: "◐",
    Status.UNCOVERED: "○",
    Status.UNKNOWN: "?",
}

#: What stands where nothing is known.
NOTHING = "–"

#: From so many metres on a distance is told in kilometres.
KILOMETRES_FROM = 1000.0

_STEPS = {"zh": ((1e8, " 亿"), (1e4, " 万")), "en": ((1e9, " billion"), (1e6, " million"))}


def number(value: Any, digits: int = 0) -> str:
    """Return an exact number with thousands separated; whole numbers whole; a dash where it is unknown."""
    if absent(value):
        return NOTHING
    exact = Decimal(repr(float(value)))
    if exact == exact.to_integral_value():
        return f"{int(exact):,}"
    return f"{exact.quantize(Decimal(1).scaleb(-max(digits, 1)), ROUND_HALF_UP):,}"


def rounded(value: Any, language: str = "en") -> str:
    """Return a large number in short: 12.3 万, 1.2 million; a small one as it is."""
    if absent(value):
        return NOTHING
    for step, word in _STEPS["zh" if language == "zh" else "en"]:
        if abs(float(value)) >= step:
            return f"{_half_up(float(value) / step, 1):,}{word}"
    return number(value)


def percent(share: Any, digits: int = 1) -> str:
    """Return a share (0 to 1) in percent; 0 and 100 stand for none and all only."""
    if absent(share):
        return NOTHING
    part, least = float(share), Decimal(1).scaleb(-digits)
    shown = _half_up(part * 100, digits)
    if part > 0 and shown <= 0:
        return f"<{least} %"
    if part < 1 and shown >= 100:
        return f">{100 - least} %"
    return f"{shown} %"


def day(date: dt.date | str | None, language: str = "en") -> str:
    """Return a day: 2015-06-30, or 2015年6月30日; text that is no date as it is."""
    if date is None or (isinstance(date, str) and not date):
        return NOTHING
    if isinstance(date, str):
        try:
            date = dt.date.fromisoformat(date)
        except ValueError:
            return str(date)
    return f"{date.year}年{date.month}月{date.day}日" if language == "zh" else date.isoformat()


def distance(metres: Any, language: str = "en") -> str:
    """Return a distance: 850 m, 3.2 km; 850 米, 3.2 公里."""
    if absent(metres):
        return NOTHING
    far, units = float(metres), ("米", "公里") if language == "zh" else ("m", "km")
    if far < KILOMETRES_FROM - 0.5:
        return f"{_half_up(far, 0)} {units[0]}"
    return f"{_half_up(far / 1000, 1):,} {units[1]}"


def absent(value: Any) -> bool:
    """Return whether a value is unknown: None, NaN or pandas' NA."""
    if value is None or value != value:  # noqa: PLR0124  NaN is not itself
        return True
    try:
        return math.isnan(float(value))
    except (TypeError, ValueError):
        return not isinstance(value, str)


def _half_up(value: float, digits: int) -> Decimal:
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
