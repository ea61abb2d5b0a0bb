"""Two rules that ask for more than a level: the MIIT's for villages, the FCC's boundary of a cellular site.

References
----------
.. [1] 2018年度电信普遍服务试点申报指南 (MIIT and Ministry of Finance, 2018).
.. [2] 47 CFR 22.911(a).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError

Floats = NDArray[np.float64]
#: Answers: covered, not, nobody knows.
COVERED, UNCOVERED, UNKNOWN = 1, 0, -1
#: A base station so near to the committee is enough [m].
MIIT_DISTANCE_M = 5000.0
#: Least height over average terrain in the FCC's formula [m].
FCC_LEAST_M = 30.0


def miit_2018(
    distance_m: Floats, signal: Floats, start: NDArray[np.int64], *, complete: bool
) -> NDArray[np.int8]:
    """Return each village's status: a base station near its committee, or signal at all its places.

    Parameters
    ----------
    distance_m
        From each committee to the nearest base station [m], (n,); NaN where its place is unknown.
    signal
        Of each place (committee, school, clinic, every settlement of 20 households and more): 1 signal, 0 none,
        NaN unknown.
    start
        Where each village's places begin in `signal`, and its length at the end, (n + 1,).
    complete
        Whether the list of sites is: else no base station near says nothing.

    Returns
    -------
    ndarray
        COVERED, UNCOVERED or UNKNOWN, (n,).

    Raises
    ------
    UsageError
        `start` does not lead through `signal`.
    """
    if (
        len(start) != len(distance_m) + 1
        or start[0] != 0
        or start[-1] != len(signal)
        or (np.diff(start) < 0).any()
    ):
        raise UsageError("the places of the villages do not add up: start goes from 0 to their number")
    near = distance_m <= MIIT_DISTANCE_M
    far = ~near & ~np.isnan(distance_m) & complete
    none = _counts(signal == 0, start)
    all_there = (_counts(signal == 1, start) == np.diff(start)) & (np.diff(start) > 0)
    out = np.full(len(distance_m), UNKNOWN, np.int8)
    out[far & (none > 0)] = UNCOVERED
    out[near | all_there] = COVERED
    return out


def fcc_22_911_km(height_m: float, erp_w: float) -> float:
    """Return the distance from a cellular site at 850 MHz to its service area's boundary [km].

    Parameters
    ----------
    height_m
        Antenna over the average terrain of the radial [m]; below 30 m it counts as 30 m.
    erp_w
        Effective radiated power [W], above 0.

    Raises
    ------
    UsageError
        No power.
    """
    if not erp_w > 0:
        raise UsageError(f"a site sends more than {erp_w:g} W: give the effective radiated power in watts")
    distance: float = 2.531 * max(height_m, FCC_LEAST_M) ** 0.34 * erp_w**0.17
    return distance


def _counts(flags: NDArray[np.bool_], start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many flags of each village are set."""
    total = np.concatenate([[0], np.cumsum(flags)])
    return np.asarray(total[start[1:]] - total[start[:-1]])
