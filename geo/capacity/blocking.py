"""Blocking: how often a reserved stream is refused on a link that several services share.

Streams of each service come by chance (Poisson), hold some units of the link and are refused where those are
not free. Kaufman and Roberts: the chance q(j) that j units are taken follows from

    j q(j) = sum over services of erlang_k units_k q(j - units_k)

References
----------
J. S. Kaufman, "Blocking in a shared resource environment", IEEE Transactions on Communications 29 (1981);
J. W. Roberts, "A service system with heterogeneous user requirements" (1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.capacity.curves import Floats
from geo.errors import UsageError

#: Where a running value passes this the whole column is scaled down, so that no link overflows.
_LARGE = 1e200


@dataclass(frozen=True)
class Blocking:
    """Chances of a shared link.

    Attributes
    ----------
    taken
        Chance that j units are taken, j = 0 to capacity.
    refused
        Chance of each service that a stream of it is refused.
    carried
        Mean number of units taken.
    """

    taken: Floats
    refused: tuple[float, ...]
    carried: float


def kaufman_roberts(capacity: int, erlangs: Sequence[float], units: Sequence[int]) -> Blocking:
    """Return the chances of a link of `capacity` units that services share.

    Parameters
    ----------
    erlangs
        Offered streams of each service: arrivals times holding time.
    units
        Units that one stream of each takes; one that takes more than the link has is always refused.

    Raises
    ------
    UsageError
        A capacity or load below 0, a stream of less than one unit, or lists of unlike length.
    """
    wrong = capacity < 0 or any(not np.isfinite(a) or a < 0 for a in erlangs) or any(b < 1 for b in units)
    if wrong or len(erlangs) != len(units):
        raise UsageError(
            f"capacity {capacity}, loads {list(erlangs)}, units {list(units)}: capacity and loads are at least 0, "
            "a stream takes at least 1 unit, and there is one load a service."
        )
    taken = np.zeros(capacity + 1)
    taken[0] = 1.0
    for j in range(1, capacity + 1):
        taken[j] = sum(a * b * taken[j - b] for a, b in zip(erlangs, units, strict=True) if b <= j) / j
        if taken[j] > _LARGE:
            taken[: j + 1] /= _LARGE
    taken /= taken.sum()
    refused = tuple(float(taken[max(capacity - b + 1, 0) :].sum()) for b in units)
    return Blocking(taken, refused, float(taken @ np.arange(capacity + 1)))


def erlang_b(lines: int, erlangs: float) -> float:
    """Return the chance that a call is refused on so many lines, by Erlang's recursion.

    Examples
    --------
    >>> round(erlang_b(10, 5.0), 7)
    0.0183846

    """
    refused = 1.0
    for n in range(1, lines + 1):
        refused = erlangs * refused / (n + erlangs * refused) if erlangs else 0.0
    return refused


def streams_carried(capacity_mbps: float, stream_mbps: float) -> int:
    """Return how many whole streams fit a link."""
    return int(capacity_mbps / stream_mbps * (1 + 1e-12))
