"""The one of many that counts, by owner: against the plain loop."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.cover.by_unit import least, most

VALUES = st.sampled_from([0.0, -0.0, 1.5, 2.0, 7.0, math.nan])
OWNED = st.lists(st.tuples(st.integers(0, 4), VALUES), max_size=20)


@given(OWNED)
def test_the_least_is_the_first_of_the_smallest_known(owned: list[tuple[int, float]]) -> None:
    owner = np.array([o for o, _ in owned], dtype=np.intp)
    values = np.array([v for _, v in owned], dtype=float)
    found = least(owner, values, 5)
    for unit in range(5):
        mine = [(v, i) for i, (o, v) in enumerate(owned) if o == unit and not math.isnan(v)]
        assert found[unit] == (min(mine)[1] if mine else -1)


@given(OWNED)
def test_the_most_is_the_greatest_known(owned: list[tuple[int, float]]) -> None:
    owner = np.array([o for o, _ in owned], dtype=np.intp)
    values = np.array([v for _, v in owned], dtype=float)
    found = most(owner, values, 5)
    for unit in range(5):
        mine = [v for o, v in owned if o == unit and not math.isnan(v)]
        assert found[unit] == max(mine) if mine else math.isnan(found[unit])
