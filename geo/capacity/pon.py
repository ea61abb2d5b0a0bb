"""PON: how far the light goes for a split, and what a home of a shared port can count on."""

from __future__ import annotations

from functools import cache
from math import floor

import numpy as np

from geo.capacity.curves import Curves, Floats, Pon
from geo.errors import UnknownName

#: Loss of the connectors of a path, of a kilometre of fibre, and the margin to each length [dB, km].
CONNECTORS_DB = 2.0
FIBRE_DB_PER_KM = 0.4
MARGINS: tuple[tuple[float, float], ...] = ((5.0, 1.0), (10.0, 2.0), (20.0, 3.0))


def optics(curves: Curves, technology: str, name: str = "") -> Pon:
    """Return a class of optics of a PON technology, the default one where none is named.

    Raises
    ------
    UnknownName
        There is none.
    """
    mine = [p for p in curves.pon if p.technology == technology]
    found = [p for p in mine if name in ("", p.optics)]
    if not found:
        there = ", ".join(f"{p.technology} {p.optics}" for p in mine or curves.pon)
        raise UnknownName(f"'{technology} {name}' is no class of a PON; there is {there}.")
    return found[0]


def pon_reach_km(budget_db: float, split: int, curves: Curves) -> float:
    """Return how far a PON reaches [km]; 0 where the splitter leaves nothing.

    The greatest length at which splitter, connectors, fibre and the margin for that length fit the budget.

    Raises
    ------
    UnknownName
        The loss of a splitter of so many homes is not known.
    """
    if split not in curves.splitter:
        there = ", ".join(f"1:{s}" for s in curves.splitter)
        raise UnknownName(f"no loss of a splitter 1:{split}; there is {there}.")
    left = budget_db - curves.splitter[split] - CONNECTORS_DB
    reach, start = 0.0, 0.0
    for upto, margin in MARGINS:
        length = min(upto, (left - margin) / FIBRE_DB_PER_KM)
        if length > start or (start == 0.0 and length > 0):
            reach = length
        start = upto
    return reach


def assured(homes: int, at_once: int, active: float) -> float:
    """Return the chance that no more than `at_once` of the homes are active, each with chance `active`."""
    return float(_cumulated(homes, active)[min(max(at_once, -1), homes)]) if at_once >= 0 else 0.0


def assured_rate(homes: int, capacity_mbps: float, sold_mbps: float, *, active: float) -> float:
    """Return the chance that all active homes of a shared medium get the rate that they bought.

    Binomial: each of the homes is active with chance `active`, and capacity / sold of them fit at once.
    """
    # a hair above, so that 1000 / 100 counts as ten whatever the rounding
    return assured(homes, floor(capacity_mbps / sold_mbps * (1 + 1e-12)), active)


def active_at(homes: int, active: float, *, chance: float = 0.99) -> int:
    """Return how many homes are active at most, with chance `chance`: the quantile of a binomial."""
    return int(np.searchsorted(_cumulated(homes, active), chance))


def peak_factor(homes: int, active: float, *, chance: float = 0.99) -> float:
    """Return active homes at `chance` over their mean: what a small group needs above the mean."""
    return active_at(homes, active, chance=chance) / (homes * active)


@cache
def _cumulated(homes: int, active: float) -> Floats:
    """Return P(at most k of the homes are active) for k = 0 to `homes`; the last is 1."""
    if not 0 < active < 1:
        return np.where(np.arange(homes + 1) >= round(active) * homes, 1.0, 0.0)
    k = np.arange(1, homes + 1)
    # logarithms of C(n, k) p^k q^(n-k), by ratios of neighbours: no factorial overflows
    steps = np.log(homes - k + 1.0) - np.log(k) + np.log(active) - np.log1p(-active)
    chances = np.exp(np.concatenate([[0.0], np.cumsum(steps)]) + homes * np.log1p(-active))
    whole: Floats = np.minimum(np.cumsum(chances) / chances.sum(), 1.0)
    return whole
