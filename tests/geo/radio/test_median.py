"""The tuned kernel is P.1812 at 50 % of time: the plain one is its twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.radio.air import Air, log_beta0
from geo.radio.ducting import Coast
from geo.radio.median import median_loss_db, steps_for
from geo.radio.p526 import Wave
from geo.radio.p1812 import Link, path_loss

STEPS = steps_for(400)


def both(h, clutter, step, f, tx, rx) -> tuple[float, float]:
    n = len(h) - 1
    d = np.arange(n + 1) * step
    air = Air(45.0, 325.0, log_beta0(31.0, d[-1], d[-1]))
    top = h + clutter
    top[0], top[-1] = h[0], h[-1]
    tuned = median_loss_db(h, top, n, step, (tx, rx), Wave(f, True, 0.0), air, STEPS)
    plain = path_loss(
        d,
        h,
        clutter,
        link=Link(tx, rx, 50.0),
        wave=Wave(f, True, 0.0),
        air=air,
        coast=Coast(500.0, 500.0, d[-1]),
    )
    return tuned, plain.loss


@given(
    st.integers(0, 2**32 - 1),
    st.integers(5, 300),
    st.sampled_from([0.05, 0.1, 0.2]),
    st.sampled_from([0.45, 0.85, 1.9, 2.1]),
    st.sampled_from([0.0, 1.0, 60.0, 400.0]),
    st.floats(5, 120),
)
@settings(max_examples=400, deadline=None)
def test_it_equals_the_plain_form_over_any_terrain(seed, n, step, f, relief, tx):
    random = np.random.default_rng(seed)
    h = 100 + np.cumsum(random.normal(0, relief / np.sqrt(n), n + 1))
    clutter = random.choice([0.0, 8.0, 15.0], n + 1)
    tuned, plain = both(h, clutter, step, f, tx, 1.5)
    assert tuned == pytest.approx(plain, abs=1e-7)


@pytest.mark.parametrize("n", [5, 10, 100, 300])
def test_it_equals_the_plain_form_over_flat_ground_and_ties(n):
    flat = np.zeros(n + 1)
    assert both(flat, flat, 0.1, 2.1, 30.0, 1.5)[0] == pytest.approx(
        both(flat, flat, 0.1, 2.1, 30.0, 1.5)[1], abs=1e-8
    )
    ridge = flat.copy()
    ridge[[n // 3, 2 * n // 3]] = 80.0
    tuned, plain = both(ridge, flat, 0.1, 2.1, 30.0, 1.5)
    assert tuned == pytest.approx(plain, abs=1e-7)
