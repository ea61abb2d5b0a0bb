"""The MIIT's village rule and the FCC's boundary."""

from __future__ import annotations

import numpy as np
import pytest

from geo.errors import UsageError
from geo.radio.village import fcc_22_911_km, miit_2018

#: Distance, signal at the places, complete list?, status.
VILLAGES = [
    (4999.0, [0, 0], True, 1),
    (5000.0, [], False, 1),
    (5001.0, [1, 1, 1], True, 1),
    (5001.0, [1, 0, 1], True, 0),
    (5001.0, [1, 0, 1], False, -1),
    (5001.0, [1, np.nan], True, -1),
    (5001.0, [], True, -1),
    (np.nan, [0], True, -1),
    (np.nan, [1], True, 1),
]


@pytest.mark.parametrize("complete", [True, False])
def test_a_station_within_five_kilometres_or_signal_everywhere(complete):
    rows = [v for v in VILLAGES if v[2] == complete]
    signal = np.array([s for v in rows for s in v[1]], float)
    start = np.concatenate([[0], np.cumsum([len(v[1]) for v in rows])])
    status = miit_2018(np.array([v[0] for v in rows]), signal, start, complete=complete)
    assert status.tolist() == [v[3] for v in rows]


def test_places_that_do_not_add_up_are_refused():
    with pytest.raises(UsageError, match="do not add up"):
        miit_2018(np.array([1.0]), np.array([1.0]), np.array([0, 2]), complete=True)


def test_the_fcc_s_boundary_is_26_5_km_for_100_m_and_100_w():
    assert fcc_22_911_km(100.0, 100.0) == pytest.approx(26.5, abs=0.05)
    assert fcc_22_911_km(10.0, 100.0) == fcc_22_911_km(30.0, 100.0)
    with pytest.raises(UsageError, match="more than 0 W"):
        fcc_22_911_km(30.0, 0.0)
