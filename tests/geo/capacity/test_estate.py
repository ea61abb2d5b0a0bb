"""Estate: fibres and areas of a housing project, to the last one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.capacity.estate import FibreNorm, Reserve, reserve
from geo.errors import UsageError


def test_820_homes() -> None:
    assert reserve(820) == Reserve(areas=3, fibres=902, operators=3)
    assert reserve(820, fibres_per_home=2).fibres == 1804


@given(st.integers(0, 10**6), st.integers(1, 2))
def test_fibres_are_the_whole_numbers_formula(homes: int, each: int) -> None:
    got = reserve(homes, fibres_per_home=each)
    assert got.fibres == (homes * each * 11 + 9) // 10
    assert got.areas == -(-homes // 300)


def test_a_region_may_set_its_own_norm() -> None:
    assert reserve(100, norm=FibreNorm(area_homes=120, spare="0 %", operators=4)) == Reserve(1, 100, 4)


@pytest.mark.parametrize("wrong", [{"homes": -1}, {"homes": 1, "fibres_per_home": 0}])
def test_wrong_figures_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="homes are at least 0, fibres and areas at least 1"):
        reserve(**wrong)
