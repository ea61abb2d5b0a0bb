"""Free space: the least loss that a path can have in the median.

References
----------
.. [1] ITU-R P.525; ITU-R P.1812-7 §4.2, eq (8) and (8a), whose constant 92.4 is taken.
"""

from __future__ import annotations

import math

from geo.radio.compiled import kernel


@kernel
def free_space_db(f_ghz: float, d_km: float, rise_m: float) -> float:
    """Return the basic transmission loss in free space [dB].

    Parameters
    ----------
    f_ghz
        Frequency [GHz].
    d_km
        Distance along the ground [km].
    rise_m
        Difference of the antennas' heights above sea level [m].
    """
    slant2 = d_km * d_km + (rise_m / 1000.0) ** 2
    return 92.4 + 20.0 * math.log10(f_ghz) + 10.0 * math.log10(slant2)
