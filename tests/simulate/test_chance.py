"""Numbers that add up, noise without jumps, lines that stay in their kite."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from simulate.chance import apportion, noise, stream
from simulate.fractal import profile, roughen, segments_for

WEIGHTS = arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(0.001, 1e6))


@given(total=st.integers(0, 10**7), weights=WEIGHTS)
def test_apportioned_numbers_add_up_and_miss_their_share_by_less_than_one(total, weights):
    parts = apportion(total, weights)
    assert parts.sum() == total
    assert np.all(np.abs(parts - total * weights / weights.sum()) < 1 + 1e-6)


def test_a_stream_depends_on_seed_and_purpose_alone():
    assert stream(1, "roads").random() == stream(1, "roads").random()
    assert stream(1, "roads").random() != stream(1, "borders").random()
    assert stream(1, "roads").random() != stream(2, "roads").random()


def test_noise_is_smooth_and_bounded():
    line = np.column_stack([np.linspace(0, 5000, 5001), np.full(5001, 77.0)])
    value = noise(line, scale_m=1000.0, rng=stream(3, "noise"))
    assert np.abs(value).max() <= 1
    assert np.abs(np.diff(value)).max() < 0.02


@given(seed=st.integers(0, 10**6), power=st.integers(1, 6))
def test_a_profile_is_zero_at_its_ends_and_within_one(seed, power):
    shape = profile(np.random.default_rng(seed), 2**power)
    assert shape[0] == shape[-1] == 0
    assert np.abs(shape).max() <= 1


@given(
    seed=st.integers(0, 10**6),
    foot=st.floats(-1, 2),
    height=st.floats(0.05, 3),
    amplitude=st.floats(0, 1),
)
def test_a_roughened_edge_keeps_its_ends_and_stays_in_its_two_triangles(seed, foot, height, amplitude):
    ends = np.array([[0.0, 0.0], [100.0, 0.0]])
    sides = np.array([[100 * foot, 100 * height], [100 * (1 - foot), -100 * height]])
    line = roughen(ends, sides, profile(np.random.default_rng(seed), 16), amplitude=amplitude)
    assert (line[[0, -1]] == ends).all()
    assert np.all(np.diff(line[:, 0]) > 0)
    kite = shapely.union_all([shapely.Polygon([*ends, side]) for side in sides])
    assert shapely.covers(kite.buffer(1e-6), shapely.LineString(line))


@pytest.mark.parametrize(("length_m", "segments"), [(10, 2), (440, 8), (100_000, 32)])
def test_long_edges_have_more_segments_up_to_the_most(length_m, segments):
    assert segments_for(length_m, 55.0, most=32) == segments
