"""Diffusion: known curves are found again, the nation's figures are met, and what cannot be fitted says why."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.capacity.diffusion import CURVED, STRAIGHT, Fit, Unfit, fit
from tests.reference import reference


def fitted(years: Sequence[float], values: Sequence[float], model: str, **known: float) -> Fit:
    got = fit(years, values, model, **known)  # type: ignore[arg-type]
    assert isinstance(got, Fit), got
    return got


def nation() -> tuple[list[float], list[float]]:
    with reference("capacity", "series_china_itu.csv").open(encoding="utf-8") as lines:
        rows = {int(r["year"]): float(r["fixed_broadband"]) for r in csv.DictReader(lines)}
    years = [float(y) for y in range(2005, 2011)]
    return years, [rows[int(y)] for y in years]


@pytest.mark.parametrize(
    ("model", "saturation", "launch", "millions", "tolerance"),
    [
        ("linear", None, None, 210.99, 5e-5),
        ("last step", None, None, 238.1, 5e-4),
        ("gompertz", None, None, 262.4, 5e-4),
        ("gompertz", 417e6, None, 230.0, 5e-4),
        ("logistic", 417e6, None, 271.2, 5e-4),
        ("logistic", None, None, 221.8, 5e-3),  # its K was read to three digits there
        ("bass", None, 2000, 257.1, 1e-2),  # its launch is not told there
        ("bass", 417e6, 2000, 257.1, 2e-2),
    ],
)
def test_the_nations_2015_from_2005_to_2010_is_that_of_the_reference(
    model: str, saturation: float | None, launch: float | None, millions: float, tolerance: float
) -> None:
    years, values = nation()
    got = fit(years, values, model, saturation=saturation, launch=launch)
    assert isinstance(got, Fit)
    assert float(got.at(2015)) / 1e6 == pytest.approx(millions, rel=tolerance)
    if (model, saturation) == ("gompertz", None):
        assert round(got.saturation / 1e6) == 806


TIMES = [2005.0, 2006.0, 2007.5, 2008.0, 2010.0]


@settings(max_examples=40)
@given(st.sampled_from(["logistic", "gompertz"]), st.floats(1.5, 8), st.floats(0.15, 0.9), st.booleans())
def test_a_curve_is_found_again_from_its_own_points(model: str, k: float, b: float, free: bool) -> None:
    t = np.array(TIMES)
    a = -b * 2008
    shape = 1 / (1 + np.exp(-(a + b * t))) if model == "logistic" else np.exp(-np.exp(-(a + b * t)))
    got = fit(TIMES, list(k * shape), model, saturation=None if free else k)
    assert isinstance(got, Fit)
    assert got.error < 1e-5 * k
    assert got.b == pytest.approx(b, rel=2e-2 if free else 1e-6)


def test_bass_is_found_again_from_its_own_points() -> None:
    s = np.array(TIMES) - 2003
    fall = np.exp(-0.43 * s)
    got = fitted(TIMES, list(5 * (1 - fall) / (1 + 0.4 / 0.03 * fall)), "bass", saturation=5, launch=2003)
    assert (got.a, got.b) == (pytest.approx(0.03, rel=1e-5), pytest.approx(0.4, rel=1e-5))


VALUES = st.lists(st.floats(0.1, 10), min_size=5, max_size=5)


@settings(max_examples=25)
@given(
    VALUES, st.sampled_from(CURVED + STRAIGHT), st.permutations(range(5)), st.sampled_from([1e-3, 7.0, 1e6])
)
def test_order_and_unit_change_nothing(
    values: list[float], model: str, order: list[int], unit: float
) -> None:
    known = {"saturation": 20.0, "launch": 2000.0}
    plain = fit(TIMES, values, model, **known)  # type: ignore[arg-type]
    scaled = fit(
        [TIMES[i] for i in order], [values[i] * unit for i in order], model, saturation=20 * unit, launch=2000
    )
    if isinstance(plain, Unfit):
        assert scaled is plain
    else:
        assert isinstance(scaled, Fit)
        np.testing.assert_allclose(scaled.at(TIMES), plain.at(TIMES) * unit, rtol=1e-4, atol=1e-6 * unit)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(2000, 2015), st.floats(0, 30, allow_nan=False)), min_size=0, max_size=7),
    st.sampled_from(CURVED + STRAIGHT),
    st.sampled_from([None, 20.0]),
)
def test_any_points_give_a_curve_between_nothing_and_saturation_or_a_reason(
    points: list[tuple[int, float]], model: str, saturation: float | None
) -> None:
    got = fit([p[0] for p in points], [p[1] for p in points], model, saturation=saturation, launch=1999)
    if isinstance(got, Fit):
        ahead = got.at([1990, 2010, 2100])
        assert np.isfinite(ahead).all()
        assert (ahead >= 0).all()
        assert (ahead <= got.saturation).all()
        assert np.isfinite([got.a, got.b, got.error]).all()


@pytest.mark.parametrize(
    ("years", "values", "model", "known", "reason"),
    [
        ([2010], [1], "logistic", {"saturation": 5}, Unfit.FEW),
        ([2009, 2010], [1, 2], "gompertz", {}, Unfit.FEW),
        ([2009, 2010, 2011], [0, 1, 2], "logistic", {}, Unfit.ZERO),
        ([2009, 2010, 2011], [2, 2, 2], "logistic", {}, Unfit.FLAT),
        ([2009, 2010, 2011], [3, 2, 1], "gompertz", {"saturation": 5}, Unfit.FALLING),
        ([2009, 2010, 2011], [1, 2, 5], "logistic", {"saturation": 5}, Unfit.ABOVE),
        ([2009, 2009, 2011], [1, 2, 3], "logistic", {}, Unfit.TWICE),
        ([2009, 2010, 2011], [1, 2, 3], "bass", {}, Unfit.LAUNCH),
        ([2009, 2010, 2011], [1, 2, 3], "bass", {"launch": 2009}, Unfit.LAUNCH),
        ([2009, 2010, float("nan")], [1, 2, 3], "linear", {}, Unfit.MISSING),
    ],
)
def test_what_cannot_be_fitted_says_why(
    years: list[float], values: list[float], model: str, known: dict[str, float], reason: Unfit
) -> None:
    assert fit(years, values, model, **known) is reason  # type: ignore[arg-type]


def test_two_points_fix_a_curve_of_a_known_saturation_and_it_runs_through_both() -> None:
    got = fitted([2009, 2010], [0.55, 0.60], "gompertz", saturation=1.0)
    assert got.at([2009, 2010]) == pytest.approx([0.55, 0.60])


def test_a_saturation_that_runs_away_is_told_as_bound() -> None:
    got = fitted([2005, 2006, 2007, 2008], [1, 2, 4, 8.1], "logistic")
    assert got.how == "bound"
    assert got.saturation == pytest.approx(30 * 8.1)


def test_the_last_step_never_falls_below_nothing() -> None:
    assert fitted([2009, 2010], [5, 2], "last step").at([2010, 2011, 2012]).tolist() == [2, 0, 0]
