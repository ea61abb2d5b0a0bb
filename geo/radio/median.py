"""P.1812 at 50 % of time over inland paths of equal steps, tuned for millions of pixels.

The same steps as `geo.radio.p1812`, which it equals to 1e-8 dB, in another shape: distances count in steps, so
that tables of 1/i and 1/sqrt(i) replace divisions; one pass takes all maxima; the maxima over the smooth surface
have closed forms; in the median one radius of the Earth is enough and focusing falls away.

References
----------
.. [1] ITU-R P.1812-7, Annex 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.radio.air import Air
from geo.radio.compiled import fast, kernel
from geo.radio.ducting import Coast, ducting_db, scatter_db
from geo.radio.freespace import free_space_db
from geo.radio.p526 import LIGHT, Wave, bullington_taper_db, crossing_nu, knife_edge_db, spherical_earth_db
from geo.radio.p1812 import blend, near_factor, short_factor, together_db
from geo.radio.profile import EARTH_KM, Outline

Floats = NDArray[np.float64]


class Steps(NamedTuple):
    """Tables for profiles of equal steps: 1/i and 1/sqrt(i) for i >= 1, and room for one slope a point."""

    inverse: Floats
    root: Floats
    room: Floats


class Sweep(NamedTuple):
    """Maxima and sums over a profile's inner points; slopes in m a step, heights in m.

    Attributes
    ----------
    highest, from_tx, from_rx
        Above the line of sight, and its slopes from both ends.
    horizon
        Largest slope seen from the transmitter, bare ground.
    forth, back
        Largest slopes seen from transmitter and receiver for Bullington, ground with clutter.
    total, moment
        Sums of h and of h * i.
    """

    highest: float
    from_tx: float
    from_rx: float
    horizon: float
    forth: float
    back: float
    total: float
    moment: float


class Ray(NamedTuple):
    """Both antennas above sea level [m], intervals, length of a step [km], bulge [m] of a step squared."""

    tx_m: float
    rx_m: float
    n: int
    step: float
    bulge: float


def steps_for(most: int) -> Steps:
    """Return tables for profiles of at most `most` intervals."""
    i = np.arange(most + 1, dtype=float)
    i[0] = 1.0
    return Steps(1.0 / i, 1.0 / np.sqrt(i), np.empty(most + 1))


@fast
def _sweep(h: Floats, g: Floats, ray: Ray, steps: Steps) -> Sweep:
    """Take all maxima in one pass over the inner points."""
    n, c, tx, rx = ray.n, ray.bulge, ray.tx_m, ray.rx_m
    rise = (rx - tx) / n
    inverse, room = steps.inverse, steps.room
    highest = from_tx = from_rx = horizon = forth = back = -1e30
    total = moment = 0.0
    for i in range(1, n):
        a, b = inverse[i], inverse[n - i]
        above = h[i] - tx - rise * i
        highest = max(highest, above)
        from_tx = max(from_tx, above * a)
        from_rx = max(from_rx, above * b)
        slope = (h[i] - tx) * a - c * i
        room[i] = slope
        horizon = max(horizon, slope)
        forth = max(forth, (g[i] - tx) * a + c * (n - i))
        back = max(back, (g[i] - rx) * b + c * i)
        total += h[i]
        moment += h[i] * i
    return Sweep(highest, from_tx, from_rx, horizon, forth, back, total, moment)


@fast
def _nu_over(g: Floats, ray: Ray, steps: Steps) -> float:
    """Return the largest nu * sqrt(wavelength) of the inner points in steps; each stands in `steps.room`."""
    n, c = ray.n, ray.bulge
    rise = (ray.rx_m - ray.tx_m) / n
    best = -1e30
    for i in range(1, n):
        nu = (g[i] - ray.tx_m - rise * i + c * i * (n - i)) * steps.root[i] * steps.root[n - i]
        steps.room[i] = nu
        best = max(best, nu)
    return best


@kernel
def _nu_at(i: int, ray: Ray, steps: Steps) -> float:
    """Return nu * sqrt(wavelength) in steps at point i of a surface at height 0."""
    above = ray.bulge * i * (ray.n - i) - ray.tx_m - (ray.rx_m - ray.tx_m) / ray.n * i
    nu: float = above * steps.root[i] * steps.root[ray.n - i]
    return nu


@kernel
def _nu_smooth(ray: Ray, steps: Steps) -> float:
    """Return the largest of the inner points' nu over a surface at height 0.

    With i = n sin^2 t it is the difference of a concave and a convex function of t: it rises, then falls.
    """
    low, high = 1, ray.n - 1
    while low < high:
        middle = (low + high) // 2
        if _nu_at(middle, ray, steps) < _nu_at(middle + 1, ray, steps):
            low = middle + 1
        else:
            high = middle
    return _nu_at(low, ray, steps)


@fast
def _horizon_back(h: Floats, ray: Ray, steps: Steps) -> float:
    """Return the largest slope seen from the receiver [m a step]; each stands in `steps.room`."""
    n, c = ray.n, ray.bulge
    best = -1e30
    for i in range(1, n):
        slope = (h[i] - ray.rx_m) * steps.inverse[n - i] - c * (n - i)
        steps.room[i] = slope
        best = max(best, slope)
    return best


@kernel
def _first(room: Floats, n: int, best: float) -> int:
    """Return the first inner point that has the maximum, within rounding."""
    least = best - 1e-12 * abs(best)
    for i in range(1, n):
        if room[i] >= least:
            return i
    return 1


@kernel
def _last(room: Floats, n: int, best: float) -> int:
    """Return the last inner point that has the maximum, within rounding."""
    least = best - 1e-12 * abs(best)
    for i in range(n - 1, 0, -1):
        if room[i] >= least:
            return i
    return n - 1


@fast
def _roughness(h: Floats, low: tuple[float, float], n: int, first: int, last: int) -> float:
    """Return the greatest height above the smooth surface between the horizons [m]."""
    slope = (low[1] - low[0]) / n
    best = -1e30
    for i in range(first, last + 1):
        best = max(best, h[i] - low[0] - slope * i)
    return best


@kernel
def _smooth_slope(above_m: float, ray: Ray, inverse: Floats) -> float:
    """Return the largest slope over the smooth surface from an antenna above it [m a step]: unimodal in i."""
    n, c = ray.n, ray.bulge
    i = min(max(int(math.sqrt(above_m / c)), 1), n - 1)
    j = min(i + 1, n - 1)
    slope: float = max(c * (n - i) - above_m * inverse[i], c * (n - j) - above_m * inverse[j])
    return slope


@kernel
def _bullington_smooth_db(ht: float, hr: float, ray: Ray, wavelength: float, steps: Steps) -> float:
    """Return Bullington's loss over the smooth surface [dB]."""
    d = ray.n * ray.step
    flat = Ray(ht, hr, ray.n, ray.step, ray.bulge)
    forth = _smooth_slope(ht, flat, steps.inverse) / ray.step
    if forth < (hr - ht) / d:
        nu = _nu_smooth(flat, steps) / ray.step * math.sqrt(0.002 * d / wavelength)
    else:
        back = _smooth_slope(hr, flat, steps.inverse) / ray.step
        nu = crossing_nu(ht, hr, forth, back, (d, wavelength))
    loss: float = bullington_taper_db(knife_edge_db(nu), d)
    return loss


@kernel
def _bullington_db(g: Floats, ray: Ray, sweep: Sweep, wavelength: float, steps: Steps) -> float:
    """Return Bullington's loss over the profile [dB]."""
    d = ray.n * ray.step
    forth = sweep.forth / ray.step
    if forth < (ray.rx_m - ray.tx_m) / d:
        nu = _nu_over(g, ray, steps) / ray.step * math.sqrt(0.002 * d / wavelength)
    else:
        nu = crossing_nu(ray.tx_m, ray.rx_m, forth, sweep.back / ray.step, (d, wavelength))
    return bullington_taper_db(knife_edge_db(nu), d)


@kernel
def _outline(h: Floats, ray: Ray, sweep: Sweep, radius: float, steps: Steps) -> Outline:
    """Return the profile's outline, as `geo.radio.profile.outline` does; `steps.room` holds the sweep's slopes."""
    n, s = ray.n, ray.step
    d = n * s
    v1 = s * (2.0 * sweep.total + h[0] + h[n])
    v2 = s * s * (6.0 * sweep.moment + h[0] + h[n] * (3.0 * n - 1.0))
    line_tx, line_rx = (2.0 * v1 * d - v2) / d**2, (v2 - v1 * d) / d**2
    smooth_tx, smooth_rx = line_tx, line_rx
    if sweep.highest > 0.0:
        smooth_tx -= sweep.highest * sweep.from_tx / (sweep.from_tx + sweep.from_rx)
        smooth_rx -= sweep.highest * sweep.from_rx / (sweep.from_tx + sweep.from_rx)
    slope = sweep.horizon / (1000.0 * s)
    direct = (ray.rx_m - ray.tx_m) / (1000.0 * d) - d / (2.0 * radius)
    beyond = slope > direct
    if beyond:
        lt = _first(steps.room, n, sweep.horizon)
        back = _horizon_back(h, ray, steps)
        lr = _last(steps.room, n, back)
        back /= 1000.0 * s
    else:
        slope, back = direct, (ray.tx_m - ray.rx_m) / (1000.0 * d) - d / (2.0 * radius)
        lt = lr = _last(steps.room, n, _nu_over(h, ray, steps))
    low_tx, low_rx = min(line_tx, h[0]), min(line_rx, h[n])
    rough = _roughness(h, (low_tx, low_rx), n, lt, lr)
    angle_tx, angle_rx = 1000.0 * math.atan(slope), 1000.0 * math.atan(back)
    return Outline(
        ray.tx_m,
        ray.rx_m,
        min(smooth_tx, h[0]),
        min(smooth_rx, h[n]),
        ray.tx_m - low_tx,
        ray.rx_m - low_rx,
        rough,
        lt * s,
        d - lr * s,
        angle_tx,
        angle_rx,
        1000.0 * d / radius + angle_tx + angle_rx,
        beyond,
    )


@kernel
def median_loss_db(
    h: Floats, g: Floats, n: int, step: float, ends: tuple[float, float], wave: Wave, air: Air, steps: Steps
) -> float:
    """Return the basic transmission loss of one inland path at 50 % of time and locations [dB].

    Parameters
    ----------
    h, g
        Bare ground, and ground with clutter on it but at its ends [m above sea level], (n + 1,) used.
    n, step
        Intervals, at least 4, and the length of one [km].
    ends
        Antennas above ground [m].
    wave, air
        Frequency and polarisation; refractivity and its part of time.
    steps
        Tables for at least n intervals; `room` is written to.
    """
    d = n * step
    radius = EARTH_KM * 157.0 / (157.0 - air.dn)
    wavelength = LIGHT / wave.f_ghz
    ray = Ray(h[0] + ends[0], h[n] + ends[1], n, step, 500.0 / radius * step * step)
    sweep = _sweep(h, g, ray, steps)
    path = _outline(h, ray, sweep, radius, steps)
    ht, hr = ray.tx_m - path.smooth_tx_m, ray.rx_m - path.smooth_rx_m
    lost = _bullington_db(g, ray, sweep, wavelength, steps)
    sphere = spherical_earth_db(d, (ht, hr), radius, wave)
    if sphere > 0.0:  # else the smooth surface, which never gains, leaves nothing of it
        lost += max(sphere - _bullington_smooth_db(ht, hr, ray, wavelength, steps), 0.0)
    free = free_space_db(wave.f_ghz, d, ray.tx_m - ray.rx_m)
    bent = free + lost
    carried, near = bent, near_factor(path.angle)
    if near < 1.0:  # else ducting has no weight at all
        over = blend(ducting_db(d, path, wave, air, radius, Coast(500.0, 500.0, d), 50.0), free, 2.5)
        if over <= bent:
            carried = over + (bent - over) * short_factor(d)
            carried += (bent - carried) * near
    return max(free, together_db(scatter_db(d, path.angle, wave.f_ghz, air.n0, 50.0), carried))
