"""Of many things by owner, the one that counts: the least distance, the best rate."""

from __future__ import annotations

import numpy as np

from geo.facts import NONE, Floats, Ints


def least(owner: Ints, values: Floats, n: int) -> Ints:
    """Return the position of the least known value of each of n owners, -1 where none is known; of ties the first."""
    known = np.flatnonzero(~np.isnan(values))
    best = np.full(n, np.inf)
    np.minimum.at(best, owner[known], values[known])
    chosen = known[values[known] == best[owner[known]]][::-1]  # of positions written twice the last one stays
    out = np.full(n, NONE, np.intp)
    out[owner[chosen]] = chosen
    return out


def most(owner: Ints, values: Floats, n: int) -> Floats:
    """Return the greatest known value of each of n owners, NaN where none is known."""
    best = np.full(n, -np.inf)
    known = ~np.isnan(values)
    np.maximum.at(best, owner[known], values[known])
    return np.where(np.isinf(best), np.nan, best)
