"""Penetration: subscribers over what? Denominators said aloud, households and people carried on, a plan's way.

Counts are whole: what is due is the ceiling of an exact fraction, never of a rounded product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np
import pandas as pd

from geo.capacity.curves import Floats
from geo.errors import UsageError

#: Columns of `penetrations`, and of `people`.
PENETRATIONS = ("denominator", "count", "numerator", "share", "above_one")
PEOPLE = ("year", "line", "people")


def exact(share: str | float | Fraction) -> Fraction:
    """Return a share as it is written: 0.9 is nine tenths, not the nearest double; "60.22 %" is 0.6022.

    Raises
    ------
    UsageError
        It is no number.
    """
    try:
        if isinstance(share, str) and share.strip().endswith("%"):
            return Fraction(share.strip().removesuffix("%").strip()) / 100
        return share if isinstance(share, Fraction) else Fraction(str(share))
    except (ValueError, ZeroDivisionError) as problem:
        raise UsageError(f"'{share}' is no share or number; write 0.9 or '90 %'.") from problem


def due(share: str | float | Fraction, denominator: int) -> int:
    """Return how many of the denominator a share asks for: whole homes, rounded up.

    Examples
    --------
    >>> due("90 %", 1_271_006)
    1143906

    """
    return ceil(exact(share) * denominator)


def implied(numerator: int, share: str | float | Fraction) -> int:
    """Return the denominator that a stated share means, to the nearest whole.

    Examples
    --------
    >>> implied(765_400, "60.22 %")
    1271006

    """
    return _nearest(numerator / exact(share))


def penetrations(numerator: int, denominators: Mapping[str, int]) -> pd.DataFrame:
    """Return a count's share of every denominator that it may mean (columns `PENETRATIONS`), in their order.

    A share above 1 is flagged and never cut: firms and second lines subscribe too.

    Raises
    ------
    UsageError
        A denominator is not above 0.
    """
    if wrong := [name for name, count in denominators.items() if count <= 0]:
        raise UsageError(f"{', '.join(wrong)}: a denominator is above 0. Leave out what is unknown.")
    rows = [
        (name, count, numerator, numerator / count, numerator > count) for name, count in denominators.items()
    ]
    return pd.DataFrame(rows, columns=list(PENETRATIONS))


def projected(count: int, growth: str | float | Fraction, years: int) -> int:
    """Return a count after years of a stated growth a year, to the nearest whole.

    Raises
    ------
    UsageError
        The growth is below -100 %, or the years are below 0.
    """
    rate = exact(growth)
    if rate < -1 or years < 0:
        raise UsageError(
            f"growth {float(rate):.2%} over {years} years: growth is at least -100 % a year, years at least 0."
        )
    return _nearest(count * (1 + rate) ** years)


def people(
    residents: int, floating: int, *, growth: str | float, floating_growth: str | float, years: int
) -> pd.DataFrame:
    """Return residents, floating population and both, year by year (columns `PEOPLE`); 0 is the first.

    The floating population stands as its own line: it moves by its own rate, and plans leave it out.
    """
    rows = []
    for year in range(years + 1):
        lines = (projected(residents, growth, year), projected(floating, floating_growth, year))
        rows += [(year, "residents", lines[0]), (year, "floating", lines[1]), (year, "both", sum(lines))]
    return pd.DataFrame(rows, columns=list(PEOPLE))


@dataclass(frozen=True)
class Way:
    """The way from a count to a share of a denominator at a later year.

    Attributes
    ----------
    denominator
        As carried on to the last year.
    due, more
        Count that the share asks for then, and how many more than now.
    a_month
        More, by the month.
    a_year
        Growth a year that leads there; NaN from nothing.
    """

    denominator: int
    due: int
    more: int
    a_month: float
    a_year: float


def way(now: int, share: str | float, denominator: int, *, years: int, growth: str | float = 0) -> Way:
    """Return what a plan's scenario asks for, its denominator growing by a stated rate a year.

    Raises
    ------
    UsageError
        The growth is below -100 %, or there are no years left.
    """
    if years < 1:
        raise UsageError(f"{years} years: a way needs at least one.")
    then = projected(denominator, growth, years)
    needed = due(share, then)
    more = max(needed - now, 0)
    rate = (needed / now) ** (1 / years) - 1 if now > 0 else float("nan")
    return Way(then, needed, more, more / (12 * years), rate if more else 0.0)


def scenario(now: float, then: float, years: Floats, *, start: float, end: float) -> Floats:
    """Return the straight way between two values at some years, flat outside: no fit, and called a scenario."""
    values: Floats = np.interp(years, [start, end], [now, then])
    return values


def _nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))
