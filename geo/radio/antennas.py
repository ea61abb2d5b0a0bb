"""Antennas: how much weaker than in its main direction one sends elsewhere.

A pattern is two cuts, horizontal and vertical, whose losses add up. Angles turn clockwise: the horizontal one from
the main direction, the vertical one from the horizon downwards.

References
----------
.. [1] 3GPP TR 36.942 §4.2.1 (horizontal) and TR 36.814 table A.2.1.1-2 (vertical, and how both add up).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError

Floats = NDArray[np.float64]

#: Entries of a cut: one each tenth of a degree, between which the kernels draw straight lines.
ENTRIES = 3600
#: Beamwidths at -3 dB [deg] and the most that a sector loses behind itself [dB] (TR 36.942, TR 36.814).
BEAMWIDTH, VERTICAL_BEAMWIDTH, FRONT_TO_BACK_DB = 65.0, 10.0, 20.0
#: Where a measured pattern ends: no antenna is weaker than this below its main direction [dB].
DEEPEST_DB = 60.0


@dataclass(frozen=True)
class Antenna:
    """One antenna's pattern.

    Attributes
    ----------
    name
        As the table of sites names it.
    horizontal, vertical
        Loss against the main direction [dB], >= 0, (3600,): each tenth of a degree clockwise from the main
        direction, and downwards from the horizon.
    most_db
        The most that both lose together [dB].
    gain_dbi
        Gain in the main direction [dBi]; NaN where the pattern does not say.
    tilt
        Electrical tilt that the pattern itself holds [deg]; NaN where it does not say.
    """

    name: str
    horizontal: Floats
    vertical: Floats
    most_db: float
    gain_dbi: float = math.nan
    tilt: float = math.nan


def sector(beamwidth: float = BEAMWIDTH, vertical_beamwidth: float = VERTICAL_BEAMWIDTH) -> Antenna:
    """Return 3GPP's sector: -min(12 (angle / beamwidth)^2, 20) dB in either cut, 20 dB at most together.

    Parameters
    ----------
    beamwidth, vertical_beamwidth
        Between the half-power points [deg], from 1 to 360 and from 1 to 180.

    Raises
    ------
    UsageError
        A beamwidth outside.
    """
    if not (1.0 <= beamwidth <= 360.0 and 1.0 <= vertical_beamwidth <= 180.0):
        raise UsageError(
            f"no sector has beamwidths of {beamwidth:g} and {vertical_beamwidth:g} degrees: give 1 to 360 and 1 to 180"
        )
    return Antenna(
        f"sector {beamwidth:g}/{vertical_beamwidth:g}",
        _parabola(beamwidth),
        _parabola(vertical_beamwidth),
        FRONT_TO_BACK_DB,
    )


def omni(vertical_beamwidth: float = VERTICAL_BEAMWIDTH) -> Antenna:
    """Return an antenna that sends alike in all directions, with the sector's vertical cut [deg]."""
    vertical = _parabola(vertical_beamwidth)
    return Antenna(f"omni/{vertical_beamwidth:g}", np.zeros(ENTRIES), vertical, FRONT_TO_BACK_DB)


def loss_db(antenna: Antenna, bearing: float, azimuth: float, depression: float, tilt: float) -> float:
    """Return what an antenna loses towards one point [dB]: the plain twin of the kernel in `geo.radio.levels`.

    Parameters
    ----------
    bearing, azimuth
        Of the point and of the main direction, clockwise from north [deg].
    depression, tilt
        Of the point below the horizon, and of the main direction [deg].
    """
    across = float(
        np.interp((bearing - azimuth) % 360.0 * 10.0, np.arange(ENTRIES + 1), _closed(antenna.horizontal))
    )
    down = float(
        np.interp((depression - tilt) % 360.0 * 10.0, np.arange(ENTRIES + 1), _closed(antenna.vertical))
    )
    return min(across + down, antenna.most_db)


def _parabola(beamwidth: float) -> Floats:
    """Return 12 (angle / beamwidth)^2, at most 20 dB, each tenth of a degree round the circle."""
    turn = np.arange(ENTRIES) / 10.0
    angle = np.minimum(turn, 360.0 - turn)
    return np.minimum(12.0 * (angle / beamwidth) ** 2, FRONT_TO_BACK_DB)


def _closed(cut: Floats) -> Floats:
    """Return a cut with its first entry once more at its end."""
    return np.append(cut, cut[0])
