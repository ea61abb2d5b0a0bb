"""Of many things by owner, the one that counts: the least distance, the best rate."""

from __future__ import annotations

import numpy as np

from geo.facts import NONE, Floats, Ints


def least(owner: Ints, values: Floats, n: int) -> Ints:
    """Return the position of the least known value of each of n owners, -1 where none is known."""
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.lexsort([values[known], owner[known]])]
    out = np.full(n, NONE, np.intp)
    first = np.flatnonzero(np.diff(owner[order], prepend=-1))
    out[owner[order][first]] = order[first]
    return out


def most(owner: Ints, values: Floats, n: int) -> Floats:
    """Return the greatest known value of each of n owners, NaN where none is known."""
    best = np.full(n, -np.inf)
    known = ~np.isnan(values)
    np.maximum.at(best, owner[known], values[known])
    return np.where(np.isinf(best), np.nan, best)
