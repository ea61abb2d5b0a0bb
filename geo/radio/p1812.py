"""ITU-R P.1812: loss from point to area over terrain and clutter, 30 MHz to 6 GHz, 0.25 to 3,000 km.

One path at a time, for every part of time up to 50 % and with each step of the method in the answer, so that an
engineer can follow it by hand. Areas are computed by `geo.radio.median`, which equals this at 50 % of time.

References
----------
.. [1] ITU-R P.1812-7, Annex 1; its troposcatter in the form of edition 6 (see `geo.radio.ducting`).
.. [2] eeveetza/Py1812 (Federal Office of Communications OFCOM, Switzerland), whose validation examples test this.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from geo.radio.air import LN10, Air, quantile
from geo.radio.compiled import kernel
from geo.radio.ducting import Coast, ducting_db, scatter_db
from geo.radio.freespace import free_space_db
from geo.radio.p526 import Ends, Wave, delta_bullington_db
from geo.radio.profile import EARTH_BETA_KM, EARTH_KM, Outline, outline

Floats = NDArray[np.float64]

#: Where the method holds: frequency [GHz], distance [km], part of time [%], antenna above ground [m].
F_GHZ, D_KM, TIME_PCT, HEIGHT_M = (0.03, 6.0), (0.25, 3000.0), (1.0, 50.0), (1.0, 3000.0)
#: Fewest points of a profile with both ends.
POINTS = 5


class Link(NamedTuple):
    """One path's two ends and the part of time: antennas above ground [m], time [%], latitude of its middle [deg]."""

    tx_agl_m: float
    rx_agl_m: float
    time_pct: float


class Loss(NamedTuple):
    """A path's loss and each step to it [dB]; `path` is the profile's outline.

    Attributes
    ----------
    loss
        Basic transmission loss not exceeded in the part of time, at 50 % of locations.
    free_space, sight
        In free space; with focusing and multipath.
    bullington, smooth, sphere
        Over the profile; over its smooth surface; over a spherical Earth: all in the median.
    diffraction_50, diffraction
        Delta-Bullington in the median, and in the part of time.
    ducting, scatter
        By layer reflection; by scatter in the troposphere.
    """

    loss: float
    free_space: float
    sight: float
    bullington: float
    smooth: float
    sphere: float
    diffraction_50: float
    diffraction: float
    ducting: float
    scatter: float
    path: Outline


@kernel
def blend(lower: float, upper: float, softness: float) -> float:
    """Return softness * ln(exp(lower / softness) + exp(upper / softness)), which never overflows (eq (60))."""
    top = max(lower, upper)
    return top + softness * math.log1p(math.exp(-abs(lower - upper) / softness))


@kernel
def together_db(one: float, other: float) -> float:
    """Return two mechanisms' loss together [dB] (eq (63)): -5 log10 of the sum of 10^(-loss / 5)."""
    apart = abs(one - other)
    if apart > 80.0:  # nothing left of the greater in a double
        return min(one, other)
    return min(one, other) - 5.0 * math.log10(1.0 + math.exp(-0.2 * LN10 * apart))


@kernel
def near_factor(angle: float) -> float:
    """Return Fj, the weight of paths that see each other (eq (57)); angular distance [mrad]."""
    return 1.0 / (1.0 + math.exp(16.0 * (angle - 0.3)))  # 1 - (1 + tanh x) / 2


@kernel
def short_factor(d_km: float) -> float:
    """Return Fk, the weight of short paths (eq (58))."""
    return 1.0 / (1.0 + math.exp(0.15 * (d_km - 20.0)))


@kernel
def _losses(d: Floats, h: Floats, g: Floats, link: Link, wave: Wave, air: Air, coast: Coast) -> Loss:
    """Return a path's loss (P.1812-7 §4); `g` is ground with clutter on it, its ends bare."""
    total = d[len(d) - 1]
    p = link.time_pct
    radius = EARTH_KM * 157.0 / (157.0 - air.dn)
    path = outline(d, h, link.tx_agl_m, link.rx_agl_m, radius)
    free = free_space_db(wave.f_ghz, total, path.tx_m - path.rx_m)
    focus = 2.6 * (1.0 - math.exp(-0.1 * (path.to_tx_km + path.to_rx_km)))
    sight = free + focus * math.log10(p / 50.0)
    ends = Ends(path.tx_m, path.rx_m, path.smooth_tx_m, path.smooth_rx_m)
    median, bullington, smooth, sphere = delta_bullington_db(d, g, ends, radius, wave)
    beta0 = math.exp(LN10 * air.log_beta0)
    often = quantile(p / 100.0) / quantile(beta0 / 100.0) if p >= beta0 else 1.0
    bent = median
    if p < 50.0:
        bent += often * (delta_bullington_db(d, g, ends, EARTH_BETA_KM, wave)[0] - median)
    least = sight + (1.0 - wave.sea) * bent
    if p >= beta0:
        rare = free + focus * math.log10(beta0 / 50.0) + (1.0 - wave.sea) * bent
        least = free + median + (rare - free - median) * often
    duct = ducting_db(total, path, wave, air, radius, coast, p)
    over = blend(duct, sight, 2.5)
    carried = sight + bent
    if over <= carried:
        carried = over + (carried - over) * short_factor(total)
    carried += (least - carried) * near_factor(path.angle)
    scatter = scatter_db(total, path.angle, wave.f_ghz, air.n0, p)
    loss = max(sight, together_db(scatter, carried))
    return Loss(loss, free, sight, bullington, smooth, sphere, median, bent, duct, scatter, path)


def path_loss(
    d: Floats, h: Floats, clutter: Floats, *, link: Link, wave: Wave, air: Air, coast: Coast
) -> Loss:
    """Return a path's loss and the steps to it.

    Parameters
    ----------
    d, h, clutter
        Distances from the transmitter [km], ground above sea level [m] and clutter above ground [m], (n,). The
        ends carry no clutter whatever stands there.
    link, wave, air, coast
        Ends and part of time; frequency, polarisation, part over sea; refractivity; where land ends.

    Raises
    ------
    UsageError
        Outside the method's range, or fewer than five points.
    """
    refuse_outside(wave.f_ghz, float(d[-1]), link)
    if len(d) < POINTS:
        raise UsageError(
            f"a profile of P.1812 has at least {POINTS} points, not {len(d)}: take a smaller step"
        )
    top = h + clutter
    top[0], top[-1] = h[0], h[-1]
    return _losses(d.astype(float), h.astype(float), top.astype(float), link, wave, air, coast)


def refuse_outside(f_ghz: float, d_km: float, link: Link) -> None:
    """Refuse a path for which P.1812 does not hold.

    Raises
    ------
    UsageError
        Names every value that is outside, and the range.
    """
    asked = (
        ("frequency", f_ghz, F_GHZ, "GHz"),
        ("distance", d_km, D_KM, "km"),
        ("part of time", link.time_pct, TIME_PCT, "%"),
        ("transmitter above ground", link.tx_agl_m, HEIGHT_M, "m"),
        ("receiver above ground", link.rx_agl_m, HEIGHT_M, "m"),
    )
    wrong = [
        f"{name} {value:g} {unit} (from {low:g} to {high:g})"
        for name, value, (low, high), unit in asked
        if not low <= value <= high
    ]
    if wrong:
        raise UsageError("outside ITU-R P.1812: " + "; ".join(wrong))


def location_sigma_db(f_ghz: float, width_m: float) -> float:
    """Return the spread over the places of one pixel [dB] (P.1812-7 §4.7); it holds no error of the model.

    Parameters
    ----------
    f_ghz
        Frequency [GHz].
    width_m
        Width of the pixel [m], at most 1,000.
    """
    return float((0.52 + 0.024 * f_ghz) * width_m**0.28)
