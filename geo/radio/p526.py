"""Diffraction after ITU-R P.526: knife edge, Bullington, spherical Earth, delta-Bullington.

P.1812 takes these steps over unchanged (§4.3.1 to 4.3.4); its equation numbers stand beside them. Distances are
in km, heights in m above sea level, frequencies in GHz, losses in dB.

References
----------
.. [1] ITU-R P.526-15, §3 (spherical Earth) and §4.5 (delta-Bullington).
.. [2] ITU-R P.1812-7 §4.3.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.radio.compiled import kernel

Floats = NDArray[np.float64]

LN10 = math.log(10.0)
#: Speed of light [m GHz], as P.1812 and P.2001 round it: wavelength [m] = LIGHT / frequency [GHz].
LIGHT = 0.2998
#: Relative permittivity and conductivity [S/m] of land and of sea (P.1812-7 §4.3.3).
_LAND = (22.0, 0.003)
_SEA = (80.0, 5.0)


class Ends(NamedTuple):
    """Both antennas above sea level [m], and the smooth surface under them [m]."""

    tx_m: float
    rx_m: float
    smooth_tx_m: float
    smooth_rx_m: float


class Wave(NamedTuple):
    """Frequency [GHz], whether the polarisation is vertical, and the part of the path over sea (0 to 1)."""

    f_ghz: float
    vertical: bool
    sea: float


@kernel
def knife_edge_db(nu: float) -> float:
    """Return the loss at a knife edge, J(nu) [dB] (P.526-15 §4.1; P.1812-7 eq (12)); 0 below -0.78."""
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)


@kernel
def bullington_taper_db(edge_db: float, d_km: float) -> float:
    """Return Bullington's loss out of its knife edge's [dB] (P.1812-7 eq (21))."""
    return edge_db + (1.0 - math.exp(-edge_db / 6.0)) * (10.0 + 0.02 * d_km)


@kernel
def bullington_db(d: Floats, g: Floats, tx_m: float, rx_m: float, wave: tuple[float, float]) -> float:
    """Return Bullington's loss over a profile [dB] (P.1812-7 §4.3.1, eq (13) to (21)).

    Parameters
    ----------
    d, g
        Distances from the transmitter [km] and heights of ground or clutter [m], (n,); ends are not looked at.
    tx_m, rx_m
        Antennas above sea level [m].
    wave
        Wavelength [m], effective radius of the Earth [km].
    """
    lam, radius = wave
    total = d[len(d) - 1]
    bulge = 500.0 / radius
    steepest = -np.inf
    for i in range(1, len(d) - 1):
        steepest = max(steepest, (g[i] + bulge * d[i] * (total - d[i]) - tx_m) / d[i])
    if steepest < (rx_m - tx_m) / total:
        nu = -np.inf
        for i in range(1, len(d) - 1):
            a, b = d[i], total - d[i]
            above = g[i] + bulge * a * b - (tx_m * b + rx_m * a) / total
            nu = max(nu, above * math.sqrt(0.002 * total / (lam * a * b)))
    else:
        back = -np.inf
        for i in range(1, len(d) - 1):
            back = max(back, (g[i] + bulge * d[i] * (total - d[i]) - rx_m) / (total - d[i]))
        nu = crossing_nu(tx_m, rx_m, steepest, back, (total, lam))
    return bullington_taper_db(knife_edge_db(nu), total)


@kernel
def crossing_nu(tx_m: float, rx_m: float, forth: float, back: float, path: tuple[float, float]) -> float:
    """Return nu of Bullington's point, where the horizon lines meet (P.1812-7 eq (18) to (20)).

    `forth` and `back` are the steepest slopes seen from the transmitter and the receiver [m/km]; `path` is the
    distance [km] and the wavelength [m].
    """
    total, lam = path
    at = (rx_m - tx_m + back * total) / (forth + back)
    above = tx_m + forth * at - (tx_m * (total - at) + rx_m * at) / total
    return above * math.sqrt(0.002 * total / (lam * at * (total - at)))


@kernel
def _over_ground_db(d_km: float, heights: tuple[float, float], radius: float, wave: Wave, sea: bool) -> float:
    """Return the first term of the residue series over one kind of ground [dB] (P.1812-7 eq (29) to (37))."""
    f = wave.f_ghz
    permittivity, conductivity = _SEA if sea else _LAND
    loss2 = (18.0 * conductivity / f) ** 2
    root_f, root_radius = np.cbrt(f), np.cbrt(radius)
    k = 0.036 / (root_f * root_radius * math.sqrt(math.sqrt((permittivity - 1.0) ** 2 + loss2)))
    if wave.vertical:
        k *= math.sqrt(permittivity**2 + loss2)
    k2 = k * k
    beta = (1.0 + 1.6 * k2 + 0.67 * k2 * k2) / (1.0 + 4.5 * k2 + 1.53 * k2 * k2)
    x = 21.88 * beta * root_f / (root_radius * root_radius) * d_km
    y = 0.9575 * beta * root_f * root_f / root_radius
    log_x = math.log10(x)
    far = 11.0 + 10.0 * log_x - 17.6 * x
    distance = far if x >= 1.6 else -20.0 * log_x - 5.6488 * math.exp(1.425 * LN10 * log_x)
    least = 2.0 + 20.0 * math.log10(k)
    ht, hr = heights
    gain: float = _height_gain_db(y * ht * beta, least) + _height_gain_db(y * hr * beta, least)
    return -distance - gain


@kernel
def _height_gain_db(b: float, least: float) -> float:
    """Return an antenna's height gain G(Y) [dB], not below 2 + 20 log K (P.1812-7 eq (36), (36a))."""
    if b > 2.0:
        gain = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
    else:
        gain = 20.0 * math.log10(b + 0.1 * b**3)
    return max(gain, least)


@kernel
def first_term_db(d_km: float, heights: tuple[float, float], radius: float, wave: Wave) -> float:
    """Return the first-term loss over land and sea in their parts of the path [dB] (P.1812-7 §4.3.3, eq (28))."""
    land = _over_ground_db(d_km, heights, radius, wave, False)
    if wave.sea <= 0.0:
        return land
    return wave.sea * _over_ground_db(d_km, heights, radius, wave, True) + (1.0 - wave.sea) * land


@kernel
def spherical_earth_db(d_km: float, heights: tuple[float, float], radius: float, wave: Wave) -> float:
    """Return the loss over a smooth spherical Earth [dB] (P.526-15 §3.2; P.1812-7 §4.3.2, eq (22) to (27)).

    Parameters
    ----------
    d_km
        Distance [km].
    heights
        Both antennas above the smooth surface [m].
    radius
        Effective radius of the Earth [km].
    wave
        Frequency, polarisation, part over sea.
    """
    ht, hr = heights
    horizon = math.sqrt(2.0 * radius) * (math.sqrt(0.001 * ht) + math.sqrt(0.001 * hr))
    if d_km >= horizon:
        return first_term_db(d_km, heights, radius, wave)
    c = (ht - hr) / (ht + hr)
    m = 250.0 * d_km * d_km / (radius * (ht + hr))
    turn = math.acos(1.5 * c * math.sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
    b = 2.0 * math.sqrt((m + 1.0) / (3.0 * m)) * math.cos(math.pi / 3.0 + turn)
    d1 = 0.5 * d_km * (1.0 + b)
    d2 = d_km - d1
    least = ((ht - 500.0 * d1 * d1 / radius) * d2 + (hr - 500.0 * d2 * d2 / radius) * d1) / d_km
    needed = 17.456 * math.sqrt(d1 * d2 * (LIGHT / wave.f_ghz) / d_km)
    if least > needed:
        return 0.0
    modified = 500.0 * (d_km / (math.sqrt(ht) + math.sqrt(hr))) ** 2
    return (1.0 - least / needed) * max(first_term_db(d_km, heights, modified, wave), 0.0)


@kernel
def delta_bullington_db(
    d: Floats, g: Floats, ends: Ends, radius: float, wave: Wave
) -> tuple[float, float, float, float]:
    """Return the delta-Bullington loss and its three parts [dB] (P.526-15 §4.5; P.1812-7 §4.3.4, eq (38) to (40)).

    Parameters
    ----------
    d, g
        Distances [km] and heights of ground or clutter [m], (n,).
    ends
        Antennas and the smooth surface under them [m].
    radius
        Effective radius of the Earth [km].
    wave
        Frequency, polarisation, part over sea.

    Returns
    -------
    tuple
        Whole loss; Bullington over the profile; Bullington over the smooth surface; spherical Earth.
    """
    lam = LIGHT / wave.f_ghz
    ht, hr = ends.tx_m - ends.smooth_tx_m, ends.rx_m - ends.smooth_rx_m
    actual = bullington_db(d, g, ends.tx_m, ends.rx_m, (lam, radius))
    smooth = bullington_db(d, np.zeros(len(d)), ht, hr, (lam, radius))
    sphere = spherical_earth_db(d[len(d) - 1], (ht, hr), radius, wave)
    return actual + max(sphere - smooth, 0.0), actual, smooth, sphere
