"""The forward GCJ-02 shift, so that one carrier's file can be delivered in it.

The formula is the one that web map clients use and that has been published many times; it is written here
apart from the library's own, so that the library's inverse is tested against other code.
"""

from __future__ import annotations

import numpy as np

from simulate.chance import Floats
from simulate.plane import DECIMALS

_A, _EE = 6378245.0, 0.00669342162296594323


def shifted(lonlat: Floats) -> Floats:
    """Return GCJ-02 coordinates, (n, 2) in degrees on the lattice, of CGCS2000 ones."""
    x, y = lonlat[:, 0] - 105.0, lonlat[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    d_lat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    d_lat += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    d_lat += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    d_lon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    d_lon += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    d_lon += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lonlat[:, 1])
    magic = 1 - _EE * np.sin(phi) ** 2
    d_lat = np.degrees(d_lat / (_A * (1 - _EE) / (magic * np.sqrt(magic))))
    d_lon = np.degrees(d_lon / (_A / np.sqrt(magic) * np.cos(phi)))
    return np.round(lonlat + np.column_stack([d_lon, d_lat]), DECIMALS)
