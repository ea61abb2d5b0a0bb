"""Forecast: a curve carried on, with the error that its model made elsewhere over the same horizon.

The textbook intervals of these fits hold the truth in 30 to 40 of 100 cases: the model errs, not the noise.
So the interval is that of a backtest: truth = forecast / (1 + error), error at its 10 % and 90 % quantiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.capacity.curves import Backtest, Curves
from geo.capacity.diffusion import Fit, Unfit, fit
from geo.errors import UsageError
from geo.terms import Verdict

#: Columns of `forecast`.
FORECAST = ("year", "value", "low", "high", "how")


def forecast(found: Fit, years: Sequence[float], curves: Curves, *, most: float = np.inf) -> pd.DataFrame:
    """Return a curve's values and their range at some dates (columns `FORECAST`).

    Parameters
    ----------
    most
        What can be at most, such as the households: values and range are cut there, and at the saturation.

    Returns
    -------
    pandas.DataFrame
        Up to the last point the curve itself, without a range. Beyond it the range of the shortest backtest
        that is at least as long; `how` says which. A model or horizon without one has no range (NaN), and no
        verdict can rest on it.
    """
    top = min(found.saturation, most)
    rows = []
    for year, value in zip(years, found.at(list(years)), strict=True):
        middle = min(float(value), top)
        held = _held(found.model, year - found.last, curves.backtest)
        if year <= found.last:
            rows.append((year, middle, middle, middle, "on the curve"))
        elif held is None:
            rows.append((year, middle, np.nan, np.nan, "no backtest of this model and horizon"))
        else:
            low, high = (min(float(value) / (1 + e), top) for e in (held.error_p90, held.error_p10))
            rows.append((year, middle, low, high, f"backtest of {held.horizon_years:g} years"))
    return pd.DataFrame(rows, columns=list(FORECAST))


def _held(model: str, horizon: float, backtests: Sequence[Backtest]) -> Backtest | None:
    """Return the shortest backtest of a model that is at least as long as the horizon."""
    longer = [b for b in backtests if b.model == model and b.horizon_years >= horizon - 1e-9]
    return min(longer, key=lambda b: b.horizon_years, default=None)


def verdict(low: float, high: float, threshold: float) -> Verdict:
    """Return whether a forecast's range reaches a threshold: open where it does in part, or is not known."""
    if low >= threshold:
        return Verdict.MET
    return Verdict.MISSED if high < threshold else Verdict.OPEN


@dataclass(frozen=True)
class Tested:
    """What a model did on many series.

    Attributes
    ----------
    p10, median, p90
        Quantiles of forecast / truth - 1.
    median_abs
        Median of its absolute value.
    series
        Number of series that were fitted.
    unfit
        Reason -> number of series without a fit.
    """

    p10: float
    median: float
    p90: float
    median_abs: float
    series: int
    unfit: Mapping[Unfit, int]


def backtest(
    panel: pd.DataFrame,
    model: str,
    *,
    fitted: Sequence[float],
    held: float,
    saturation: float | None = None,
    launch: float | None = None,
) -> Tested:
    """Return the errors of a model fitted on some years and held against a later one.

    Parameters
    ----------
    panel
        Columns series, year, value. A series counts that has every one of the years and a value above 0 in
        the year that it is held against.

    Raises
    ------
    UsageError
        A series has two values of one year.
    """
    if panel.duplicated(["series", "year"]).any():
        twice = panel[panel.duplicated(["series", "year"])].iloc[0]
        raise UsageError(f"series {twice['series']} has two values of {twice['year']}: keep one.")
    years = [*fitted, held]
    table = panel[panel["year"].isin(years)].pivot(index="series", columns="year", values="value")
    table = table.reindex(columns=years).dropna()
    table = table[table[held] > 0].sort_index()
    errors, unfit = [], dict[Unfit, int]()
    for values in table.itertuples(index=False):
        found = fit(fitted, list(values[:-1]), model, saturation=saturation, launch=launch)
        if isinstance(found, Unfit):
            unfit[found] = unfit.get(found, 0) + 1
        else:
            errors.append(float(found.at(held)) / float(values[-1]) - 1)
    if not errors:
        nan = float("nan")
        return Tested(nan, nan, nan, nan, 0, unfit)
    p10, median, p90 = (float(q) for q in np.quantile(errors, [0.1, 0.5, 0.9]))
    return Tested(p10, median, p90, float(np.median(np.abs(errors))), len(errors), unfit)
