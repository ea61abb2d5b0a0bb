"""The level of every cell at every pixel, and the best server.

Level = power sent in the main direction - what the antenna loses towards the pixel - loss of the path. All three are
whole hundredths of a decibel, so that the best server is the same on every machine and in any order of the cells.
No loss of walls: the threshold of the indoor class holds it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.radio.antennas import ENTRIES, Antenna
from geo.radio.compiled import kernel
from geo.radio.profile import EARTH_KM
from geo.radio.reach import OUT, VOID, Cells, Mast, Plan, Reach, ground_m

Floats = NDArray[np.float64]

#: Marks in a raster of levels and servers: no cell computed there.
NO_LEVEL, NO_SERVER = -32768, -1
#: Bits of `Service.seen`: a cell's level is known; a cell in range is not, for ground on its path is unknown.
KNOWN, HIDDEN = 1, 2


@dataclass(frozen=True)
class Sector:
    """One cell on a mast: power sent in the main direction [dBm, over isotropic], azimuth and tilt [deg]."""

    server: int
    eirp_dbm: float
    azimuth: float
    tilt: float
    antenna: Antenna


class Sectors(NamedTuple):
    """The cells of one mast, side by side: powers [0.01 dBm], angles [deg], patterns [0.01 dB], one row a cell."""

    server: NDArray[np.int32]
    eirp: NDArray[np.int32]
    azimuth: Floats
    tilt: Floats
    horizontal: Floats
    vertical: Floats
    most: Floats


@dataclass(frozen=True)
class Service:
    """What reaches each pixel of a grid.

    Attributes
    ----------
    level
        Best level [0.01 dBm], int16; NO_LEVEL where no cell's is known.
    server
        Number of the cell that has it, int32; NO_SERVER where none.
    seen
        Bits KNOWN and HIDDEN, uint8; 0: out of every cell's range.
    """

    level: NDArray[np.int16]
    server: NDArray[np.int32]
    seen: NDArray[np.uint8]


def nothing(shape: tuple[int, int]) -> Service:
    """Return the service of no cell on a grid of rows and columns."""
    return Service(
        np.full(shape, NO_LEVEL, np.int16), np.full(shape, NO_SERVER, np.int32), np.zeros(shape, np.uint8)
    )


def side_by_side(sectors: Sequence[Sector]) -> Sectors:
    """Lay the cells of one mast out for the kernel."""
    closed = [
        (
            np.append(s.antenna.horizontal, s.antenna.horizontal[0]),
            np.append(s.antenna.vertical, s.antenna.vertical[0]),
        )
        for s in sectors
    ]
    return Sectors(
        np.array([s.server for s in sectors], np.int32),
        np.array([round(s.eirp_dbm * 100) for s in sectors], np.int32),
        np.array([s.azimuth for s in sectors], float),
        np.array([s.tilt for s in sectors], float),
        np.array([h for h, _ in closed]),
        np.array([v for _, v in closed]),
        np.array([s.antenna.most_db for s in sectors], float),
    )


def serve(
    service: Service, cells: Cells, mast: Mast, plan: Plan, reach: Reach, sectors: Sequence[Sector]
) -> None:
    """Let the cells of one mast serve where they are the best; changes `service` in place.

    Where two cells give the same level the one with the lower number serves, whichever comes first.

    Parameters
    ----------
    service
        What other masts gave.
    cells, mast, plan
        Ground, where the mast stands, receiver's height.
    reach
        The mast's losses.
    sectors
        Its cells, in any order.
    """
    window = (reach.top, reach.left, reach.losses)
    out = (service.level, service.server, service.seen)
    _serve(*out, cells, mast, plan, window, side_by_side(sectors))


@kernel
def _pattern_at(cut: Floats, angle: float) -> float:
    """Return a cut's loss at an angle [deg], straight between its entries [dB]."""
    place = (angle % 360.0) * (ENTRIES / 360.0)
    at = min(int(place), ENTRIES - 1)
    between: float = cut[at] + (cut[at + 1] - cut[at]) * (place - at)
    return between


@kernel
def _best(sectors: Sectors, bearing: float, depression: float) -> tuple[int, int]:
    """Return the best power of a mast's cells towards a point [0.01 dBm], and its number."""
    best, server = -(2**30), NO_SERVER
    for k in range(len(sectors.eirp)):
        lost = _pattern_at(sectors.horizontal[k], bearing - sectors.azimuth[k])
        lost += _pattern_at(sectors.vertical[k], depression - sectors.tilt[k])
        power = sectors.eirp[k] - int(min(lost, sectors.most[k]) * 100.0 + 0.5)
        if power > best or (power == best and sectors.server[k] < server):
            best, server = power, sectors.server[k]
    return best, server


@kernel
def depression_deg(rise_m: float, d_m: float, radius_m: float) -> float:
    """Return how far below the horizon a point lies that is `rise_m` lower, `d_m` away, on a bent Earth [deg]."""
    return math.degrees(math.atan2(rise_m + d_m * d_m / (2.0 * radius_m), d_m))


@kernel
def _serve(
    level: NDArray[np.int16],
    server: NDArray[np.int32],
    seen: NDArray[np.uint8],
    cells: Cells,
    mast: Mast,
    plan: Plan,
    reach: tuple[int, int, NDArray[np.uint16]],
    sectors: Sectors,
) -> None:
    """Write levels and servers of one mast's range."""
    top, left, losses = reach
    radius = 1000.0 * EARTH_KM * 157.0 / (157.0 - plan.dn)
    height = ground_m(cells, mast.row, mast.column) + mast.agl_m
    for r in range(losses.shape[0]):
        for c in range(losses.shape[1]):
            loss = losses[r, c]
            y, x = top + r, left + c
            if loss == OUT:
                continue
            if loss == VOID:
                seen[y, x] |= HIDDEN
                continue
            east, north = (x - mast.column) * cells.pixel_m, (mast.row - y) * cells.pixel_m
            rise = height - cells.heights[y, x] - plan.rx_agl_m
            depression = depression_deg(rise, max(math.hypot(east, north), 1.0), radius)
            power, number = _best(sectors, math.degrees(math.atan2(east, north)), depression)
            reached = max(power - loss, NO_LEVEL + 1)
            seen[y, x] |= KNOWN
            if reached > level[y, x] or (reached == level[y, x] and number < server[y, x]):
                level[y, x], server[y, x] = reached, number
