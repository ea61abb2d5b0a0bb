"""Gauss-Krüger zones of China: which EPSG code fits which eastings.

Chinese projected coordinates are transverse Mercator in zones 3 degrees wide (zone 25 on 75 E to zone 45 on
135 E) or 6 degrees wide (zone 13 on 75 E to zone 23 on 135 E), with scale 1 and a false easting of 500,000 m.
Written with the zone before the easting (40,512,345) they have one EPSG code, without it (512,345) another;
so each of the three datums has four runs of codes.

References
----------
.. [1] EPSG registry: CGCS2000 4491-4554, Xian 1980 2327-2390, Beijing 1954 2401-2442, 21413-21423 and
   21453-21463.
.. [2] GB 22021-2008, zones of 3 and 6 degrees (3°带, 6°带).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyproj

from geo.errors import UsageError

Width = Literal[3, 6]
Box = tuple[float, float, float, float]

#: First EPSG code of each run: (datum, width in degrees, zone written before the easting).
_RUNS: dict[tuple[str, int, bool], int] = {
    ("CGCS2000", 6, True): 4491,
    ("CGCS2000", 6, False): 4502,
    ("CGCS2000", 3, True): 4513,
    ("CGCS2000", 3, False): 4534,
    ("Xian 1980", 6, True): 2327,
    ("Xian 1980", 6, False): 2338,
    ("Xian 1980", 3, True): 2349,
    ("Xian 1980", 3, False): 2370,
    ("Beijing 1954", 6, True): 21413,
    ("Beijing 1954", 6, False): 21453,
    ("Beijing 1954", 3, True): 2401,
    ("Beijing 1954", 3, False): 2422,
}
_FIRST_ZONE: dict[int, int] = {3: 25, 6: 13}
_LAST_ZONE: dict[int, int] = {3: 45, 6: 23}
#: Half a zone at the equator and one zone's overlap beyond [m]: eastings farther from 500,000 fit no zone.
_REACH_M: dict[int, float] = {3: 340_000.0, 6: 500_000.0}
#: Northings of China with its islands [m]: 3 to 54 degrees north.
_NORTHINGS_M = (330_000.0, 5_990_000.0)


@dataclass(frozen=True, slots=True)
class Zone:
    """One reading of Gauss-Krüger eastings.

    Attributes
    ----------
    width
        3 or 6 degrees.
    number
        The zone's number, written before the easting; None where the easting has none, so that any of the
        zones of this width may be meant.
    """

    width: Width
    number: int | None

    @property
    def prefixed(self) -> bool:
        """Whether the easting is written with the zone before it."""
        return self.number is not None

    @property
    def meridian(self) -> int | None:
        """The central meridian [deg east], where the zone is known."""
        return None if self.number is None else central_meridian(self.width, self.number)

    def codes(self, datum: str = "CGCS2000") -> list[str]:
        """Return the EPSG codes of this reading on one datum: one where the zone is known, else all."""
        zones = range(_FIRST_ZONE[self.width], _LAST_ZONE[self.width] + 1)
        numbers = zones if self.number is None else [self.number]
        return [epsg_code(datum, self.width, n, prefixed=self.prefixed) for n in numbers]


def central_meridian(width: Width, number: int) -> int:
    """Return a zone's central meridian [deg east]: 3 n, or 6 n - 3."""
    return 3 * number if width == 3 else 6 * number - 3


def epsg_code(datum: str, width: Width, number: int, *, prefixed: bool) -> str:
    """Return the EPSG code of one zone.

    Parameters
    ----------
    datum
        "CGCS2000", "Xian 1980" or "Beijing 1954".
    width, number
        Zones of 3 degrees are 25 to 45, of 6 degrees 13 to 23.
    prefixed
        Whether eastings are written with the zone before them.

    Raises
    ------
    UsageError
        No such datum or zone.
    """
    run = _RUNS.get((datum, width, prefixed))
    if run is None or not _FIRST_ZONE[width] <= number <= _LAST_ZONE[width]:
        raise UsageError(f"no {width}-degree Gauss-Krüger zone {number} on {datum} has an EPSG code.")
    return f"EPSG:{run + number - _FIRST_ZONE[width]}"


def gauss_krueger_zone(easting: float, northing: float) -> list[Zone]:
    """Return the readings of one easting, northing [m] as Gauss-Krüger coordinates of China.

    An easting of eight digits begins with its zone and has one reading. One of up to seven digits has two, of
    3 and of 6 degrees, with the zone unknown. Degrees, Web Mercator and places outside China have none.
    """
    south, north = _NORTHINGS_M
    if not (np.isfinite(easting) and south <= northing <= north):
        return []
    number, rest = divmod(easting, 1_000_000.0)
    if number == 0.0:
        return [Zone(w, None) for w in (3, 6) if abs(rest - 500_000.0) <= _REACH_M[w]]
    widths: list[Width] = [w for w in (3, 6) if _FIRST_ZONE[w] <= number <= _LAST_ZONE[w]]
    return [Zone(w, int(number)) for w in widths if abs(rest - 500_000.0) <= _REACH_M[w]]


def fitting_codes(easting: float, northing: float, envelope: Box, datum: str = "CGCS2000") -> list[str]:
    """Return the EPSG codes under which a point comes to lie within an envelope, nearest zone first.

    Parameters
    ----------
    easting, northing
        Metres, with or without the zone before the easting.
    envelope
        West, south, east, north of the region [deg].
    datum
        "CGCS2000", "Xian 1980" or "Beijing 1954"; the shift between them is far below a zone.
    """
    west, south, east, north = envelope
    fits: list[tuple[float, str]] = []
    for zone in gauss_krueger_zone(easting, northing):
        for code in zone.codes(datum):
            crs = pyproj.CRS.from_user_input(code)
            lon, lat = pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True).transform(
                easting, northing
            )
            if west <= lon <= east and south <= lat <= north:
                fits.append((abs(easting % 1_000_000.0 - 500_000.0), code))
    return [code for _, code in sorted(fits)]
