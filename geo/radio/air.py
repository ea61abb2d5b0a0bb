"""What the air does to a path: part of time of anomalous refraction, and the normal quantile of the method.

References
----------
.. [1] ITU-R P.1812-7, Annex 1, §3.5 and §3.6 (radio-meteorology) and Attachment 2 (quantile).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from geo.radio.compiled import kernel

#: Refractivity where nobody gives better: lapse in the lowest kilometre [N-units/km], and at sea level [N-units].
#: The ITU's maps may not be passed on, so both are inputs.
DN, N0 = 45.0, 325.0
LN10 = math.log(10.0)


class Air(NamedTuple):
    """Refractivity lapse [N-units/km] and at sea level [N-units]; log10 of beta0 [%] (`log_beta0`)."""

    dn: float
    n0: float
    log_beta0: float


@kernel
def inland_factor(inland_km: float) -> float:
    """Return tau of the longest continuous inland section [km] (P.1812-7 eq (3))."""
    return 1.0 - math.exp(-4.12e-4 * math.exp(2.41 * math.log(inland_km))) if inland_km > 0.0 else 0.0


@kernel
def log_beta0(latitude: float, land_km: float, inland_km: float) -> float:
    """Return log10 of the part of time with anomalous refraction near the ground [%] (P.1812-7 §3.5, eq (2) to (4)).

    A logarithm, for all that follows adds to it.

    Parameters
    ----------
    latitude
        Of the path's centre [deg].
    land_km, inland_km
        Longest continuous sections over land (inland and coastal) and over inland areas [km].
    """
    phi = abs(latitude)
    tau = inland_factor(inland_km)
    land = math.exp(-LN10 * land_km / (16.0 - 6.6 * tau))
    inland = math.exp(-5.0 * LN10 * (0.496 + 0.354 * tau))
    log_mu1 = min(0.2 * math.log10(land + inland), 0.0)
    if phi <= 70.0:
        return -0.015 * phi + 1.67 + log_mu1 * (0.065 + 0.0176 * phi)
    return math.log10(4.17) + 1.3 * log_mu1


@kernel
def quantile(x: float) -> float:
    """Return the inverse complementary normal distribution as the method approximates it (Attachment 2, eq (96), (97)).

    An exact quantile would be 3e-4 dB off the Recommendation's own examples.
    """
    x = min(max(x, 1e-6), 0.999999)
    sign = 1.0
    if x > 0.5:
        x, sign = 1.0 - x, -1.0
    t = math.sqrt(-2.0 * math.log(x))
    above = (0.010328 * t + 0.802853) * t + 2.515516698
    below = ((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0
    return sign * (t - above / below)
