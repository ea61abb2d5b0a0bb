"""Diffraction gives the ITU's validation examples of the delta-Bullington method."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.radio.p526 import Ends, Wave, delta_bullington_db, knife_edge_db, spherical_earth_db
from geo.radio.profile import diffraction_surface, least_squares
from tests.reference import reference


def test_the_twenty_cases_of_the_itu_are_met():
    """Heights to 1e-6 m; losses to 0.02 dB: the examples take light at 300,000 km/s."""
    folder = reference("radio", "p526")
    cases = pd.read_csv(folder / "delta_bullington_cases.csv")
    paths = pd.read_csv(folder / "profiles.csv")
    heights, losses = [], []
    for case in cases.itertuples():
        path = paths[paths["path"] == case.path]
        d, h = path["d_km"].to_numpy(float), path["h_m"].to_numpy(float)
        tx, rx = h[0] + case.htg_m, h[-1] + case.hrg_m
        smooth = diffraction_surface(d, h, least_squares(d, h), tx, rx)
        heights.append(np.array([tx, rx]) - smooth - [case.hts_smooth_m, case.hrs_smooth_m])
        whole, actual, over, sphere = delta_bullington_db(
            d, h, Ends(tx, rx, *smooth), case.ae_km, Wave(case.f_mhz / 1000, False, 0.0)
        )
        losses.append(
            [
                actual - case.L_bullington_actual_db,
                over - case.L_bullington_smooth_db,
                sphere - case.L_spherical_db,
                whole - case.L_delta_bullington_db,
            ]
        )
    assert len(cases) == 20
    assert np.abs(heights).max() < 1e-6
    assert np.abs(losses).max() < 0.02


def test_an_edge_on_the_line_of_sight_costs_six_decibels():
    assert knife_edge_db(0.0) == pytest.approx(6.03, abs=0.02)
    assert knife_edge_db(-0.78) == 0.0
    assert knife_edge_db(2.4) == pytest.approx(20 * np.log10(2.4) + 13.0, abs=0.3)  # the asymptote


def test_over_a_sphere_near_paths_are_free_and_far_ones_lose():
    wave = Wave(0.9, True, 0.0)
    losses = [spherical_earth_db(d, (30.0, 10.0), 8500.0, wave) for d in (1.0, 20.0, 30.0, 40.0, 60.0)]
    assert losses[0] == 0.0
    assert losses == sorted(losses)
    assert losses[-1] > 20
