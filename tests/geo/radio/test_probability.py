"""Edge and area, margins, and what is unknown."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.radio.levels import HIDDEN, KNOWN, NO_LEVEL, Service
from geo.radio.probability import area_probability, covered_probability, edge_probability, margin_db
from tests.reference import reference


def test_the_table_of_edge_and_area_is_met():
    rows = pd.read_csv(reference("radio", "area_vs_edge_probability.csv"))
    assert len(rows) == 315
    for row in rows.itertuples():
        known = (row.sigma_db, row.path_loss_exponent)
        if row.given == "edge_given":
            assert area_probability(row.edge_probability, *known) == pytest.approx(
                row.area_probability, abs=1e-6
            )
            assert margin_db(row.edge_probability, row.sigma_db) == pytest.approx(
                row.fade_margin_db, abs=1e-6
            )
        else:
            edge = edge_probability(row.area_probability, *known)
            assert edge == pytest.approx(row.edge_probability, abs=1e-6)
            assert margin_db(edge, row.sigma_db) == pytest.approx(row.fade_margin_db, abs=1e-5)


def test_the_margins_of_the_notes_are_met():
    assert [round(margin_db(p), 1) for p in (0.5, 0.75, 0.9, 0.95)] == [0.0, 5.4, 10.3, 13.2]
    assert edge_probability(0.95, 8.0, 3.5) == pytest.approx(0.86, abs=0.005)


@given(st.floats(0.01, 0.99), st.floats(4, 12), st.floats(2, 5))
def test_area_equals_the_mean_over_the_disc(edge, sigma, exponent):
    r = np.sqrt((np.arange(4000) + 0.5) / 4000)  # rings of equal area
    level = margin_db(edge, sigma) - 10 * exponent * np.log10(r)
    mean = np.mean([NormalDist().cdf(v / sigma) for v in level])
    assert area_probability(edge, sigma, exponent) == pytest.approx(mean, abs=1e-4)


def service(level, seen) -> Service:
    level = np.array([level], np.int16)
    return Service(level, np.where(level == NO_LEVEL, -1, 0).astype(np.int32), np.array([seen], np.uint8))


def test_out_of_range_is_unknown_unless_the_list_of_sites_is_complete():
    one = service([-9500, NO_LEVEL, NO_LEVEL, -8500], [KNOWN, 0, HIDDEN, KNOWN | HIDDEN])
    open_list = covered_probability(one, -95.0)[0]
    assert open_list[0] == 0.5
    assert np.isnan(open_list[1])
    assert np.isnan(open_list[2])
    assert open_list[3] == pytest.approx(0.894, abs=1e-3)
    complete = covered_probability(one, -95.0, complete=True)[0]
    assert complete[1] == 0.0
    assert np.isnan(complete[2])


@given(st.lists(st.integers(-15000, 0), min_size=2, max_size=30).map(sorted), st.floats(2, 12))
def test_more_level_never_means_less_probability(levels, sigma):
    chance = covered_probability(service(levels, [KNOWN] * len(levels)), -95.0, sigma)[0]
    assert (np.diff(chance) >= 0).all()
    assert ((chance >= 0) & (chance <= 1)).all()


@pytest.mark.parametrize("bad", [0.0, 1.0, 95.0, float("nan")])
def test_what_is_no_probability_is_refused(bad):
    with pytest.raises(UsageError, match=r"write 0\.95 for 95 %"):
        margin_db(bad)


def test_no_spread_is_refused():
    with pytest.raises(UsageError, match="no spread of 0 dB"):
        area_probability(0.9, 0.0, 3.5)
