"""Probability of coverage: levels scatter around the median by a normal distribution in decibels.

The spread sigma (8 dB by default) holds shadowing and the error of model and terrain; P.1812's own spread over the
places of a pixel (`p1812.location_sigma_db`) is a part of it, not added to it.

References
----------
.. [1] W. C. Jakes (ed.), Microwave Mobile Communications, 1974, §2.5.3 (D. O. Reudink): edge and area.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from geo.radio.compiled import kernel
from geo.radio.levels import HIDDEN, KNOWN, NO_LEVEL, Service

Floats = NDArray[np.float64]

#: Spread of a level around its median [dB].
SIGMA_DB = 8.0


def margin_db(probability: float, sigma_db: float = SIGMA_DB) -> float:
    """Return how far the median lies above a threshold that is passed with this probability [dB].

    Raises
    ------
    UsageError
        A probability that is not between 0 and 1, or no spread.
    """
    _check(probability, sigma_db)
    return NormalDist(0.0, sigma_db).inv_cdf(probability)


def covered_probability(
    service: Service, threshold_dbm: float, sigma_db: float = SIGMA_DB, *, complete: bool = False
) -> NDArray[np.float32]:
    """Return the probability that the best server's level passes a threshold, pixel by pixel.

    Parameters
    ----------
    service
        Best level of each pixel.
    threshold_dbm, sigma_db
        Threshold [dBm] and spread [dB].
    complete
        Whether the list of sites is: then a pixel out of every cell's range has probability 0, else it is unknown.

    Returns
    -------
    ndarray
        0 to 1, float32; NaN is unknown: unknown ground on the way, or out of range of an incomplete list.

    Raises
    ------
    UsageError
        No spread.
    """
    _check(0.5, sigma_db)
    out = _phi((service.level.astype(np.float64) / 100.0 - threshold_dbm) / sigma_db).astype(np.float32)
    out[unknown_pixels(service, complete=complete)] = np.nan
    out[(service.level == NO_LEVEL) & ~np.isnan(out)] = 0.0
    return out


def unknown_pixels(service: Service, *, complete: bool) -> NDArray[np.bool_]:
    """Return where nobody knows the level: no cell's is, and a hidden one or an unlisted one may reach it."""
    silent = (service.seen & KNOWN) == 0
    return np.asarray(silent & ((service.seen & HIDDEN > 0) | (not complete)))


@kernel
def _phi_one(x: float) -> float:
    """Return the normal distribution at x."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


@kernel
def _phi(x: Floats) -> Floats:
    """Return the normal distribution of an array of two dimensions."""
    out = np.empty_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i, j] = _phi_one(x[i, j])
    return out


def area_probability(edge_probability: float, sigma_db: float, exponent: float) -> float:
    """Return the part of a disc that is covered where its edge is with this probability.

    The site stands in the middle and the level falls by 10 * exponent dB a tenfold distance.

    Parameters
    ----------
    edge_probability
        At the edge, between 0 and 1.
    sigma_db
        Spread [dB].
    exponent
        Of the path loss: 2 in free space, 3.5 about a suburb.

    Raises
    ------
    UsageError
        A probability that is not between 0 and 1, no spread, or an exponent that is not above 0.
    """
    _check(edge_probability, sigma_db, exponent)
    a = -margin_db(edge_probability, sigma_db) / (sigma_db * math.sqrt(2.0))
    b = 10.0 * exponent * math.log10(math.e) / (sigma_db * math.sqrt(2.0))
    inner = math.exp((1.0 - 2.0 * a * b) / (b * b)) * math.erfc((1.0 - a * b) / b)
    return 0.5 * (math.erfc(a) + inner)


def edge_probability(area: float, sigma_db: float, exponent: float) -> float:
    """Return the probability at the edge of a disc of which this part is covered, by halving [see `area_probability`].

    Raises
    ------
    UsageError
        As `area_probability`; or so little of the area that no edge within the table's reach (1e-9) gives it.
    """
    _check(area, sigma_db, exponent)
    low, high = 1e-9, 1.0 - 1e-15
    if area_probability(low, sigma_db, exponent) > area:
        raise UsageError(f"no edge gives {area:g} of the area: ask for more")
    for _ in range(80):
        middle = 0.5 * (low + high)
        if area_probability(middle, sigma_db, exponent) < area:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def _check(probability: float, sigma_db: float, exponent: float = 1.0) -> None:
    """Refuse what is no probability, no spread or no exponent."""
    if not 0.0 < probability < 1.0:
        raise UsageError(f"a probability lies between 0 and 1, not at {probability:g}: write 0.95 for 95 %")
    if not (0.0 < sigma_db <= 30.0 and exponent > 0.0):
        raise UsageError(
            f"no spread of {sigma_db:g} dB with an exponent of {exponent:g}: give 4 to 12 dB, 2 to 5"
        )
