"""The two coordinate offsets of Chinese maps: GCJ-02 火星坐标 and BD-09 百度坐标, to WGS 84 and back.

Neither is a datum: both are smooth shifts, GCJ-02 of 20 to 720 m and BD-09 of a further 760 to 990 m,
laid over WGS 84 / CGCS2000, so PROJ knows neither. The forward functions are the formulas that were made
public; the inverses are iterated to a fixed point, because the offset changes by less than 3 % over its
own length (a contraction), and end within 1e-12 degrees (0.1 micrometre).

Arrays (lon, lat) in degrees go in and come out, x before y.

Outside China the offset is not applied (`in_china`, a rectangle as in the published code, which takes in
neighbouring countries too): there both conversions give back what they were given. Along the rectangle's
edge, hundreds of kilometres outside China's borders, they are therefore not inverse to each other.

References
----------
.. [1] "eviltransform", github.com/googollee/eviltransform: the GCJ-02 formula with the ellipsoid of
   Krassovsky 1940 (a = 6,378,245 m, e2 = 0.00669342162296594323).
.. [2] "coordtransform", github.com/wandergis/coordtransform: the BD-09 formula.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

#: Krassovsky 1940, as the formula has it: semi-major axis in metres, first eccentricity squared.
_A = 6378245.0
_E2 = 0.00669342162296594323
#: The rectangle outside of which no offset is applied: west, south, east, north in degrees.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
#: BD-09's own constants: a shift in degrees, and its waves.
_BD_SHIFT = (0.0065, 0.006)
_BD_WAVE = np.pi * 3000.0 / 180.0
#: Each step shrinks the error at least 30-fold, so 700 m are below a micrometre after 8.
_STEPS = 12
_DONE = 1e-13


def in_china(lon: Degrees, lat: Degrees) -> NDArray[np.bool_]:
    """Return where the offsets are applied: inside the rectangle `CHINA` (NaN is outside)."""
    west, south, east, north = CHINA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def wgs84_to_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    """Return GCJ-02 longitudes and latitudes [deg] of WGS 84 ones.

    Parameters
    ----------
    lon, lat
        WGS 84 or CGCS2000 degrees, of one shape.
    """
    lon, lat = _floats(lon, lat)
    inside = in_china(lon, lat)
    dlon, dlat = _gcj02_offset(lon, lat)
    return np.where(inside, lon + dlon, lon), np.where(inside, lat + dlat, lat)


def gcj02_to_wgs84(lon: Degrees, lat: Degrees) -> Pair:
    """Return WGS 84 longitudes and latitudes [deg] of GCJ-02 ones; the error is below 1 mm inside China."""
    return _inverse(wgs84_to_gcj02, lon, lat)


def gcj02_to_bd09(lon: Degrees, lat: Degrees) -> Pair:
    """Return BD-09 longitudes and latitudes [deg] of GCJ-02 ones."""
    lon, lat = _floats(lon, lat)
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_WAVE)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_WAVE)
    inside = in_china(lon, lat)
    return (
        np.where(inside, radius * np.cos(angle) + _BD_SHIFT[0], lon),
        np.where(inside, radius * np.sin(angle) + _BD_SHIFT[1], lat),
    )


def bd09_to_gcj02(lon: Degrees, lat: Degrees) -> Pair:
    """Return GCJ-02 longitudes and latitudes [deg] of BD-09 ones.

    The published inverse is a one-step approximation and up to a metre off; this one is iterated.
    """
    return _inverse(gcj02_to_bd09, lon, lat)


def wgs84_to_bd09(lon: Degrees, lat: Degrees) -> Pair:
    """Return BD-09 longitudes and latitudes [deg] of WGS 84 ones."""
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: Degrees, lat: Degrees) -> Pair:
    """Return WGS 84 longitudes and latitudes [deg] of BD-09 ones; the error is below 1 mm inside China."""
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _floats(lon: Degrees, lat: Degrees) -> Pair:
    """Return both as float arrays of one shape."""
    x, y = np.broadcast_arrays(np.asarray(lon, float), np.asarray(lat, float))
    return x, y


def _gcj02_offset(lon: Degrees, lat: Degrees) -> Pair:
    """Return the GCJ-02 shift [deg] at WGS 84 degrees [1]_."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    short = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (short + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (short + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    phi = np.radians(lat)
    w2 = 1.0 - _E2 * np.sin(phi) ** 2
    meridian = _A * (1.0 - _E2) / (w2 * np.sqrt(w2))
    parallel = _A / np.sqrt(w2) * np.cos(phi)
    return np.degrees(east / parallel), np.degrees(north / meridian)


def _inverse(forward: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """Solve forward(x, y) = (lon, lat) by x <- x + (lon - forward(x)); a point outside China is its own."""
    lon, lat = _floats(lon, lat)
    inside = in_china(lon, lat)
    x, y = lon.copy(), lat.copy()
    for _ in range(_STEPS):
        fx, fy = forward(x, y)
        dx, dy = np.where(inside, lon - fx, 0.0), np.where(inside, lat - fy, 0.0)
        x, y = x + dx, y + dy
        if max(np.abs(dx).max(initial=0.0), np.abs(dy).max(initial=0.0)) < _DONE:
            break
    return x, y
