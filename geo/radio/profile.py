"""A path's profile: smooth surface, horizons, roughness.

References
----------
.. [1] ITU-R P.1812-7, Annex 1, §5 (profile analysis), eq (76) to (95).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.radio.compiled import kernel

Floats = NDArray[np.float64]

#: Radius of the Earth [km] and, for the part of time beta0, the effective one (P.1812-7 eq (6) and (7)).
EARTH_KM = 6371.0
EARTH_BETA_KM = 3.0 * EARTH_KM


class Outline(NamedTuple):
    """What a profile comes to: heights in m above sea level, distances in km, angles in mrad.

    Attributes
    ----------
    tx_m, rx_m
        Antennas.
    smooth_tx_m, smooth_rx_m
        Smooth surface under them, for diffraction.
    over_tx_m, over_rx_m
        Antennas above the smooth surface for layer reflection.
    rough_m
        Terrain roughness between the horizons.
    to_tx_km, to_rx_km
        From each antenna to its horizon; on a line-of-sight path to the point with the largest nu.
    angle_tx, angle_rx, angle
        Horizon elevation angles, and the angular distance.
    beyond
        Whether the path goes beyond the horizon.
    """

    tx_m: float
    rx_m: float
    smooth_tx_m: float
    smooth_rx_m: float
    over_tx_m: float
    over_rx_m: float
    rough_m: float
    to_tx_km: float
    to_rx_km: float
    angle_tx: float
    angle_rx: float
    angle: float
    beyond: bool


def effective_radius_km(dn: float) -> float:
    """Return the median effective radius of the Earth [km] out of dN [N-units/km] (P.1812-7 eq (5), (6))."""
    return EARTH_KM * 157.0 / (157.0 - dn)


@kernel
def least_squares(d: Floats, h: Floats) -> tuple[float, float]:
    """Return the least-squares line's heights at both ends [m] (P.1812-7 §5.6.1, eq (85) to (88))."""
    v1 = v2 = 0.0
    for i in range(1, len(d)):
        width = d[i] - d[i - 1]
        v1 += width * (h[i] + h[i - 1])
        v2 += width * (h[i] * (2.0 * d[i] + d[i - 1]) + h[i - 1] * (d[i] + 2.0 * d[i - 1]))
    total = d[len(d) - 1]
    return (2.0 * v1 * total - v2) / total**2, (v2 - v1 * total) / total**2


@kernel
def diffraction_surface(
    d: Floats, h: Floats, line: tuple[float, float], tx_m: float, rx_m: float
) -> tuple[float, float]:
    """Return the smooth surface's heights for diffraction [m] (P.1812-7 §5.6.2, eq (89) to (91)).

    `line` is the least-squares line at both ends [m].
    """
    last = len(d) - 1
    highest = from_tx = from_rx = -np.inf
    for i in range(1, last):
        above = h[i] - (tx_m * (d[last] - d[i]) + rx_m * d[i]) / d[last]
        highest = max(highest, above)
        from_tx = max(from_tx, above / d[i])
        from_rx = max(from_rx, above / (d[last] - d[i]))
    tx, rx = line
    if highest > 0.0:
        tx -= highest * from_tx / (from_tx + from_rx)
        rx -= highest * from_rx / (from_tx + from_rx)
    return min(tx, h[0]), min(rx, h[last])


@kernel
def _horizon_forth(d: Floats, h: Floats, tx_m: float, radius: float) -> tuple[float, int]:
    """Return the largest slope seen from the transmitter [m/m] and the first point that has it (eq (77))."""
    best, at = -np.inf, 1
    for i in range(1, len(d) - 1):
        slope = (h[i] - tx_m) / (1000.0 * d[i]) - d[i] / (2.0 * radius)
        if slope > best:
            best, at = slope, i
    return best, at


@kernel
def _horizon_back(d: Floats, h: Floats, rx_m: float, radius: float) -> tuple[float, int]:
    """Return the largest slope seen from the receiver [m/m] and the last point that has it (eq (82))."""
    best, at = -np.inf, 1
    for i in range(1, len(d) - 1):
        away = d[len(d) - 1] - d[i]
        slope = (h[i] - rx_m) / (1000.0 * away) - away / (2.0 * radius)
        if slope >= best:
            best, at = slope, i
    return best, at


@kernel
def _most_obstructing(d: Floats, h: Floats, tx_m: float, rx_m: float, radius: float) -> int:
    """Return the last point with the largest nu, which needs no wavelength (P.1812-7 §5.4, eq (80))."""
    total = d[len(d) - 1]
    best, at = -np.inf, 1
    for i in range(1, len(d) - 1):
        a, b = d[i], total - d[i]
        nu = (h[i] + 500.0 / radius * a * b - (tx_m * b + rx_m * a) / total) * math.sqrt(1.0 / (a * b))
        if nu >= best:
            best, at = nu, i
    return at


@kernel
def _roughness(d: Floats, h: Floats, line: tuple[float, float], first: int, last: int) -> float:
    """Return the greatest height above the smooth surface from one horizon to the other [m] (eq (93), (95))."""
    slope = (line[1] - line[0]) / d[len(d) - 1]
    best = -np.inf
    for i in range(first, last + 1):
        best = max(best, h[i] - line[0] - slope * d[i])
    return best


@kernel
def outline(d: Floats, h: Floats, tx_agl_m: float, rx_agl_m: float, radius: float) -> Outline:
    """Return what a profile comes to (P.1812-7 Annex 1 §5).

    Parameters
    ----------
    d, h
        Distances from the transmitter [km] and heights of the bare ground [m], (n,), n >= 4.
    tx_agl_m, rx_agl_m
        Antennas above ground [m].
    radius
        Median effective radius of the Earth [km].
    """
    last = len(d) - 1
    total = d[last]
    tx, rx = h[0] + tx_agl_m, h[last] + rx_agl_m
    line = least_squares(d, h)
    smooth_tx, smooth_rx = diffraction_surface(d, h, line, tx, rx)
    slope, lt = _horizon_forth(d, h, tx, radius)
    direct = (rx - tx) / (1000.0 * total) - total / (2.0 * radius)
    beyond = slope > direct
    if beyond:
        back, lr = _horizon_back(d, h, rx, radius)
    else:
        slope, back = direct, (tx - rx) / (1000.0 * total) - total / (2.0 * radius)
        lt = lr = _most_obstructing(d, h, tx, rx, radius)
    low = (min(line[0], h[0]), min(line[1], h[last]))
    angle_tx, angle_rx = 1000.0 * math.atan(slope), 1000.0 * math.atan(back)
    return Outline(
        tx,
        rx,
        smooth_tx,
        smooth_rx,
        tx - low[0],
        rx - low[1],
        _roughness(d, h, low, lt, lr),
        d[lt],
        total - d[lr],
        angle_tx,
        angle_rx,
        1000.0 * total / radius + angle_tx + angle_rx,
        beyond,
    )
