"""P.1812 gives the ITU's validation examples, is symmetric, and never falls below free space."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.radio.air import Air, log_beta0, quantile
from geo.radio.ducting import Coast
from geo.radio.p526 import Wave
from geo.radio.p1812 import Link, blend, location_sigma_db, path_loss, together_db
from tests.geo.radio.itu import case_of
from tests.reference import reference

LAND = Coast(500.0, 500.0, 10.0)


def air(d_km: float) -> Air:
    return Air(45.0, 325.0, log_beta0(31.0, d_km, d_km))


def loss(h, *, clutter=0.0, tx=30.0, rx=1.5, f=2.1, p=50.0, d_km=None, vertical=True):
    h = np.asarray(h, float)
    d = np.linspace(0.0, (len(h) - 1) * 0.1 if d_km is None else d_km, len(h))
    top = np.broadcast_to(np.asarray(clutter, float), h.shape)
    return path_loss(
        d,
        h,
        top,
        link=Link(tx, rx, p),
        wave=Wave(f, vertical, 0.0),
        air=air(d[-1]),
        coast=Coast(500.0, 500.0, d[-1]),
    )


def test_every_validation_case_of_the_itu_is_met_to_a_millionth_of_a_decibel():
    folder = reference("radio", "p1812")
    cases = pd.read_csv(folder / "cases.csv")
    ours = np.array([path_loss(**case_of(row, folder)).loss for _, row in cases.iterrows()])
    assert len(cases) == 63
    assert np.abs(ours - cases["loss_py1812_db"]).max() < 1e-6
    assert np.abs(ours - cases["loss_expected_db"]).max() < 1e-6


rough = st.integers(0, 2**32 - 1)


def ground(seed: int, points: int = 40, relief: float = 200.0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return np.cumsum(random.normal(0, relief / np.sqrt(points), points)) + 100


@given(rough, st.sampled_from([0.45, 0.85, 2.1, 3.5]), st.floats(0, 25))
@settings(max_examples=60, deadline=None)
def test_both_directions_agree(seed, f, clutter):
    h = ground(seed)
    there, back = loss(h, f=f, clutter=clutter), loss(h[::-1], f=f, clutter=clutter, tx=1.5, rx=30.0)
    assert there.loss == pytest.approx(back.loss, abs=1e-5)


@given(rough, st.sampled_from([0.45, 0.85, 2.1, 3.5]), st.floats(0, 25))
@settings(max_examples=60, deadline=None)
def test_the_median_is_never_below_free_space(seed, f, clutter):
    one = loss(ground(seed), f=f, clutter=clutter)
    assert one.loss >= one.free_space - 1e-9


@given(rough, st.floats(0, 15), st.floats(0.1, 15))
@settings(max_examples=60, deadline=None)
def test_more_clutter_never_means_less_loss(seed, clutter, more):
    h = ground(seed)
    assert loss(h, clutter=clutter + more).loss >= loss(h, clutter=clutter).loss - 1e-9


@given(rough, st.lists(st.floats(1, 50), min_size=2, max_size=2, unique=True).map(sorted))
@settings(max_examples=60, deadline=None)
def test_more_time_never_means_less_loss(seed, times):
    h = ground(seed)
    assert loss(h, p=times[1]).loss >= loss(h, p=times[0]).loss - 1e-9


@given(rough, st.floats(5, 100), st.floats(0.1, 100))
@settings(max_examples=60, deadline=None)
def test_a_higher_antenna_never_loses_its_line_of_sight(seed, height, more):
    h = ground(seed)
    low, high = loss(h, tx=height), loss(h, tx=height + more)
    assert low.path.beyond or not high.path.beyond


def test_clutter_costs_what_was_measured_on_flat_ground():
    """Free space 113.5 dB bare; 142.6 and 145.2 dB with 8 and 10 m (2,100 MHz, 5 km, antenna at 35 m)."""
    flat = np.zeros(51)
    assert loss(flat, tx=35.0).loss == pytest.approx(113.5, abs=0.05)
    assert loss(flat, tx=35.0, clutter=8.0).loss == pytest.approx(142.6, abs=0.05)
    assert loss(flat, tx=35.0, clutter=10.0).loss == pytest.approx(145.2, abs=0.05)


def test_the_ends_carry_no_clutter():
    h = ground(1)
    inner = np.r_[0.0, np.full(len(h) - 2, 9.0), 0.0]
    assert loss(h, clutter=9.0) == loss(h, clutter=inner)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"f": 6.1}, r"frequency 6\.1 GHz \(from 0\.03 to 6\)"),
        ({"d_km": 0.2}, r"distance 0\.2 km"),
        ({"p": 0.5}, r"part of time 0\.5 %"),
        ({"tx": 0.5, "rx": 4000.0}, r"transmitter above ground 0\.5 m .*; receiver above ground 4000 m"),
    ],
)
def test_outside_the_method_there_is_no_number(change, match):
    with pytest.raises(UsageError, match=match):
        loss(np.zeros(20), **change)


def test_a_profile_of_four_points_is_refused():
    with pytest.raises(UsageError, match="at least 5 points, not 4"):
        loss(np.zeros(4))


def test_blends_do_not_overflow_and_equal_their_formulas():
    assert blend(100.0, 103.0, 2.5) == pytest.approx(2.5 * np.log(np.exp(40.0) + np.exp(41.2)), abs=1e-12)
    assert blend(5000.0, 100.0, 2.5) == 5000.0
    assert together_db(120.0, 118.0) == pytest.approx(-5 * np.log10(10**-24.0 + 10**-23.6), abs=1e-12)


def test_the_quantile_is_the_recommendation_s_not_the_exact_one():
    assert quantile(0.5) == pytest.approx(0.0, abs=5e-4)
    assert quantile(0.01) == pytest.approx(2.3263, abs=5e-4)
    assert quantile(0.99) == -quantile(0.01)


def test_the_spread_over_one_pixel_is_two_decibels_at_100_m():
    assert location_sigma_db(2.1, 100.0) == pytest.approx(2.07, abs=0.01)
