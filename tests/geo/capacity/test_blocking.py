"""Blocking: the figures of Kaufman and Roberts, and Erlang's as their case of one service."""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.capacity.blocking import erlang_b, kaufman_roberts, streams_carried
from geo.errors import UsageError


def test_twenty_units_with_ten_erlang_of_one_and_one_and_a_half_of_four() -> None:
    got = kaufman_roberts(20, [10, 1.5], [1, 4])
    assert [f"{b:.6f}" for b in got.refused] == ["0.058833", "0.279681"]
    assert f"{got.carried:.6f}" == "13.733581"


def test_erlang_b_to_the_last_digit() -> None:
    assert f"{erlang_b(20, 10):.8f}" == "0.00186905"
    assert f"{erlang_b(10, 5):.7f}" == "0.0183846"


@given(st.integers(0, 60), st.floats(0, 100))
def test_one_service_of_one_unit_is_erlang_b(lines: int, erlangs: float) -> None:
    assert kaufman_roberts(lines, [erlangs], [1]).refused[0] == pytest.approx(
        erlang_b(lines, erlangs), abs=1e-12
    )


LOADS = st.lists(st.tuples(st.floats(0.01, 6), st.integers(1, 4)), min_size=1, max_size=3)


@given(st.integers(0, 12), LOADS)
def test_it_is_the_product_form_summed_state_by_state(capacity: int, loads: list[tuple[float, int]]) -> None:
    erlangs, units = zip(*loads, strict=True)
    taken = np.zeros(capacity + 1)
    for state in product(*(range(capacity // b + 1) for b in units)):
        used = sum(n * b for n, b in zip(state, units, strict=True))
        if used <= capacity:
            taken[used] += prod(a**n / factorial(n) for a, n in zip(erlangs, state, strict=True))
    np.testing.assert_allclose(
        kaufman_roberts(capacity, erlangs, units).taken, taken / taken.sum(), atol=1e-12
    )


@given(st.integers(1, 200), LOADS)
def test_what_is_carried_is_what_was_offered_and_not_refused(
    capacity: int, loads: list[tuple[float, int]]
) -> None:
    erlangs, units = zip(*loads, strict=True)
    got = kaufman_roberts(capacity, erlangs, units)
    kept = sum(a * b * (1 - r) for a, b, r in zip(erlangs, units, got.refused, strict=True))
    assert got.carried == pytest.approx(kept, rel=1e-9)


@given(st.integers(1, 100), st.floats(0, 50), st.floats(0, 20))
def test_more_load_is_never_refused_less(capacity: int, erlangs: float, more: float) -> None:
    assert erlang_b(capacity, erlangs) <= erlang_b(capacity, erlangs + more) + 1e-15


def test_a_large_link_does_not_overflow() -> None:
    got = kaufman_roberts(5000, [8000.0], [1])
    assert np.isfinite(got.taken).all()
    assert got.refused[0] == pytest.approx(erlang_b(5000, 8000.0), rel=1e-9)


def test_a_stream_wider_than_the_link_is_always_refused() -> None:
    assert kaufman_roberts(3, [1.0], [4]).refused == (1.0,)


@pytest.mark.parametrize(
    ("capacity", "erlangs", "units"),
    [(-1, [1], [1]), (5, [-1], [1]), (5, [1], [0]), (5, [1, 2], [1]), (5, [np.nan], [1])],
)
def test_wrong_loads_are_refused_by_name(capacity: int, erlangs: list[float], units: list[int]) -> None:
    with pytest.raises(UsageError, match="capacity and loads are at least 0"):
        kaufman_roberts(capacity, erlangs, units)


def test_ten_streams_of_a_tenth_fit_exactly() -> None:
    assert [streams_carried(1.0, 0.1), streams_carried(80, 20), streams_carried(79.9, 20)] == [10, 4, 3]
