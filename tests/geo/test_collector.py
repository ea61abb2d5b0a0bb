"""The collector of cycles: off inside, as it was afterwards."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from geo.collector import without_cycles


class _Node:
    """An object that can refer to itself."""

    def __init__(self) -> None:
        self.other: _Node | None = None


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was_on else gc.disable)()


def test_no_cycle_is_looked_for_inside_however_much_is_made() -> None:
    with without_cycles():
        node = _Node()
        node.other = node
        seen = weakref.ref(node)
        del node
        kept: list[list[int]] = [[] for _ in range(200_000)]  # would start the search many times over
        assert seen() is not None
    gc.collect()
    assert seen() is None
    assert len(kept) == 200_000


def test_what_does_not_refer_to_itself_goes_at_once() -> None:
    with without_cycles():
        node = _Node()
        seen = weakref.ref(node)
        del node
        assert seen() is None


def test_the_search_is_on_again_afterwards_even_after_an_error() -> None:
    def stops() -> None:
        with without_cycles():
            assert not gc.isenabled()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        stops()
    assert gc.isenabled()


def test_one_inside_another_leaves_it_off_until_the_outer_ends() -> None:
    with without_cycles():
        with without_cycles():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_search_that_was_off_stays_off() -> None:
    gc.disable()
    with without_cycles():
        pass
    assert not gc.isenabled()
