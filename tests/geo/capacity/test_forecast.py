"""Forecast: ranges of the backtest, cut at what can be, and none where no backtest speaks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.capacity.curves import read_curves
from geo.capacity.diffusion import Fit, Unfit, fit
from geo.capacity.forecast import backtest, forecast, verdict
from geo.errors import UsageError
from geo.terms import Verdict

CURVES = read_curves()
HOMES = 1_271_006


def city() -> Fit:
    got = fit([2009, 2010], [694_400, 765_400], "last step")
    assert isinstance(got, Fit)
    return got


def test_the_city_from_its_two_points_is_open_at_ninety_percent() -> None:
    row = forecast(city(), [2015], CURVES, most=HOMES).iloc[0]
    assert row["value"] == 1_120_400
    assert [round(100 * row[c] / HOMES) for c in ("value", "low", "high")] == [88, 58, 100]
    assert row["how"] == "backtest of 5 years"
    assert verdict(row["low"] / HOMES, row["high"] / HOMES, 0.9) is Verdict.OPEN


def test_at_a_fitted_date_the_forecast_lies_on_the_curve() -> None:
    got = forecast(city(), [2009, 2010], CURVES)
    assert got["value"].tolist() == got["low"].tolist() == got["high"].tolist() == [694_400, 765_400]


def test_a_longer_horizon_than_any_backtest_has_no_range_and_no_verdict() -> None:
    row = forecast(city(), [2016], CURVES).iloc[0]
    assert np.isnan([row["low"], row["high"]]).all()
    assert row["how"].startswith("no backtest")
    assert verdict(row["low"], row["high"], 0.1) is Verdict.OPEN


def test_a_model_without_a_backtest_has_no_range() -> None:
    got = fit([2005, 2006, 2007, 2008], [1, 2, 3.5, 5], "logistic", saturation=10)
    assert isinstance(got, Fit)
    assert forecast(got, [2010], CURVES)["low"].isna().all()


def test_no_forecast_passes_the_saturation() -> None:
    got = fit([2005, 2006, 2007, 2008], [1, 2, 3.5, 5], "gompertz", saturation=10)
    assert isinstance(got, Fit)
    table = forecast(got, [2010, 2012], CURVES)
    assert (table[["value", "low", "high"]] <= 10).all().all()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


@pytest.mark.parametrize(
    ("low", "high", "due"), [(0.9, 1.0, Verdict.MET), (0.8, 0.89, Verdict.MISSED), (0.8, 0.9, Verdict.OPEN)]
)
def test_a_range_meets_misses_or_leaves_open(low: float, high: float, due: Verdict) -> None:
    assert verdict(low, high, 0.9) is due


def panel(*series: tuple[str, list[float]]) -> pd.DataFrame:
    rows = [(name, 2008 + i, v) for name, values in series for i, v in enumerate(values)]
    return pd.DataFrame(rows, columns=["series", "year", "value"])


def test_a_backtest_by_hand() -> None:
    table = panel(
        ("a", [1, 2, 4]),
        ("b", [1, 2, 3]),
        ("c", [1, 2, 2]),
        ("d", [2, 2, 4]),
        ("e", [1, 2]),
        ("f", [1, 2, 0]),
    )
    got = backtest(table, "last step", fitted=[2008, 2009], held=2010)
    assert got.series == 4  # errors -1/4, 0, 1/2, -1/2
    assert (got.median, got.median_abs) == (-0.125, 0.375)
    assert (got.p10, got.p90) == (pytest.approx(-0.425), pytest.approx(0.35))
    curved = backtest(table, "gompertz", fitted=[2008, 2009], held=2010, saturation=5)
    assert (curved.series, curved.unfit) == (3, {Unfit.FLAT: 1})


def test_a_backtest_of_nothing_has_no_figures_and_twice_a_year_is_named() -> None:
    assert np.isnan(backtest(panel(("a", [1, 2])), "linear", fitted=[2008, 2009], held=2010).p90)
    with pytest.raises(UsageError, match="series a has two values of 2008"):
        backtest(pd.concat([panel(("a", [1])), panel(("a", [2]))]), "linear", fitted=[2008], held=2009)
