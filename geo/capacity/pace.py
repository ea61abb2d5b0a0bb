"""Pace: the day on which a target is met at the pace seen, and what of a change was work.

Unknown units give a range: the earliest day if all that is unknown now is served and was not before, the
latest if all that was unknown before was served already and nothing unknown now is.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor, inf, isinf

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.capacity.penetration import exact
from geo.errors import UsageError

#: A day so many years away is told as years only.
FAR = 1000.0

#: Columns of `fell_back`.
FELL = ("share_before", "share_after", "homes", "certain")

#: A step so many times the usual one asks whether the definition changed.
JUMP = 3.0


@dataclass(frozen=True)
class Count:
    """What is served, what is unknown and all there is, on one day."""

    day: dt.date
    numerator: float
    unknown: float
    denominator: float


@dataclass(frozen=True)
class When:
    """When a target is met: years from the later day (0: it is met; inf: never at this pace), and the day."""

    years: float
    day: dt.date | None

    @property
    def never(self) -> bool:
        """Return whether the pace leads nowhere."""
        return isinf(self.years)


@dataclass(frozen=True)
class Meets:
    """Pace a year and when a target is met: by what was seen, at the earliest and at the latest."""

    pace: float
    seen: When
    earliest: When
    latest: When


def meets(before: Count, after: Count, share: str | float | Fraction) -> Meets:
    """Return when a share of the later denominator is reached at the pace between two days.

    t + (share D - N) / pace, with N, D of the later day and pace in homes a year.

    Raises
    ------
    UsageError
        The later day is not later, or a count is missing, below 0, or more than there are.
    """
    for count in (before, after):
        _checked(count)
    elapsed = years_between(before.day, after.day)
    if elapsed <= 0:
        raise UsageError(f"{before.day} and {after.day}: the later count must be of a later day. Swap them.")
    needed = float(exact(share) * exact(after.denominator))
    lowest, highest = after.numerator, after.numerator + after.unknown

    def when(now: float, then: float) -> When:
        return _when(needed - now, (now - then) / elapsed, after.day)

    return Meets(
        pace=(after.numerator - before.numerator) / elapsed,
        seen=when(lowest, before.numerator),
        earliest=when(highest, before.numerator),
        latest=when(lowest, before.numerator + before.unknown),
    )


def _checked(count: Count) -> None:
    parts = (count.numerator, count.unknown, count.denominator)
    if (
        not all(np.isfinite(p) and p >= 0 for p in parts)
        or count.numerator + count.unknown > count.denominator
    ):
        raise UsageError(
            f"{count.day}: {count.numerator:g} served, {count.unknown:g} unknown of {count.denominator:g}: all are "
            "at least 0, and served and unknown are no more than there are."
        )


def _when(left: float, pace: float, day: dt.date) -> When:
    if left <= 0:
        return When(0.0, day)
    if pace <= 0:
        return When(inf, None)
    years = left / pace
    return When(years, plus_years(day, years) if years < FAR else None)


def years_between(a: dt.date, b: dt.date) -> float:
    """Return the calendar years from a to b: whole ones by anniversary, then days of the year begun."""
    if b < a:
        return -years_between(b, a)
    whole = b.year - a.year - (_anniversary(a, b.year - a.year) > b)
    start, end = _anniversary(a, whole), _anniversary(a, whole + 1)
    return whole + (b - start).days / (end - start).days


def plus_years(day: dt.date, years: float) -> dt.date:
    """Return the day so many calendar years later, to the nearest day."""
    whole = floor(years)
    start, end = _anniversary(day, whole), _anniversary(day, whole + 1)
    return start + dt.timedelta(days=floor((years - whole) * (end - start).days + 0.5))


def _anniversary(day: dt.date, years: int) -> dt.date:
    year = day.year + years
    last = calendar.monthrange(year, day.month)[1]
    return dt.date(year, day.month, min(day.day, last))


@dataclass(frozen=True)
class Parts:
    """A change of a share: by work at the old denominator, and by the denominator; they add to the change."""

    work: float
    denominator: float


def decomposed(before: Count, after: Count) -> Parts:
    """Return how much of a change of share was work and how much the denominator.

    Raises
    ------
    UsageError
        A denominator is not above 0.
    """
    if before.denominator <= 0 or after.denominator <= 0:
        raise UsageError("a share of nothing has no change: both denominators must be above 0.")
    at_old = after.numerator / before.denominator
    return Parts(at_old - before.numerator / before.denominator, after.numerator / after.denominator - at_old)


def fell_back(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the units of both tables whose share fell (index unit_id, columns `FELL`), most homes first.

    Parameters
    ----------
    before, after
        Index unit_id (or a group of a code mapping); columns numerator, unknown, denominator.

    Returns
    -------
    pandas.DataFrame
        `homes` is what the later day lacks of the earlier share; `certain` whether it fell even if all that is
        unknown now is served.
    """
    common = before.index[before.index.isin(after.index)]
    old, new = before.loc[common].astype(float), after.loc[common].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        was, now = old["numerator"] / old["denominator"], new["numerator"] / new["denominator"]
        at_most = (new["numerator"] + new["unknown"]) / new["denominator"]
    table = pd.DataFrame(
        {
            "share_before": was,
            "share_after": now,
            "homes": (was - now) * new["denominator"],
            "certain": at_most < was,
        }
    )
    fallen = table[table["share_after"] < table["share_before"]]
    return fallen.sort_index(kind="stable").sort_values("homes", ascending=False, kind="stable")[list(FELL)]


def jumps(values: Sequence[float]) -> npt.NDArray[np.bool_]:
    """Return at which values a series jumps: its step is more than `JUMP` times the median of those before.

    Whether the definition changed there must be asked; where it did a new series begins. At least three
    steps must go before.
    """
    steps = np.abs(np.diff(np.asarray(values, dtype=float)))
    out = np.zeros(len(values), dtype=bool)
    for i in range(3, len(steps)):
        out[i + 1] = steps[i] > JUMP * np.median(steps[:i])
    return out
