"""Loss from one mast to every pixel within its range: profiles sampled and computed pixel by pixel.

A pixel nearer than P.1812 holds (250 m) has the loss of free space and of the clutter around the receiver.
Losses are whole hundredths of a decibel, so that every machine gives the same bytes.

References
----------
.. [1] ITU-R P.1812-7 (0.25 km at least).
.. [2] ITU-R P.2108-1 §3.1 (clutter around one terminal), as P.1812-4 §4.7 had it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.radio.air import Air, log_beta0
from geo.radio.compiled import fast, kernel
from geo.radio.freespace import free_space_db
from geo.radio.median import Steps, median_loss_db, steps_for
from geo.radio.p526 import Wave, knife_edge_db

Singles = NDArray[np.float32]
Floats = NDArray[np.float64]
Losses = NDArray[np.uint16]

#: Marks in a raster of losses: terrain unknown somewhere on the path; out of range.
VOID, OUT = 65535, 65534
#: Nearest distance of P.1812 [m], and the fewest intervals of a profile.
NEAREST_M, INTERVALS = 250.0, 5
#: Width of the street or gap around a receiver in clutter [m] (P.2108-1 §3.1, where nobody knows better).
GAP_M = 27.0


#: Where unknown ground lies [m], and what no mix of known and unknown ground is above; the Dead Sea is at -430.
_BOTTOMLESS, _LOWEST = -1e9, -2000.0


class Cells(NamedTuple):
    """Ground and clutter of a region's pixels, as `cells_of` lays them out for the kernels.

    Attributes
    ----------
    heights
        Ground [m above sea level], rows from the north, one row and one column more than there are pixels;
        unknown ground lies at `_BOTTOMLESS`.
    clutter
        Above ground [m], one a pixel; no rows where there is none.
    pixel_m
        Width of a pixel [m]. Pixel centres lie at whole rows and columns.
    """

    heights: Floats
    clutter: Singles
    pixel_m: float


class Mast(NamedTuple):
    """Where an antenna stands, in columns and rows of the pixels' centres, and its height above ground [m]."""

    column: float
    row: float
    agl_m: float


class Plan(NamedTuple):
    """How losses are computed.

    Attributes
    ----------
    reach_m
        Range around a mast [m].
    step_m
        Step of the profiles [m]: it changes the loss in clutter, so one is fixed for a region and stated.
    rx_agl_m
        Receiver above ground [m].
    latitude
        Of the region's middle [deg].
    dn, n0
        Refractivity lapse [N-units/km] and at sea level [N-units].
    """

    reach_m: float = 15_000.0
    step_m: float = 100.0
    rx_agl_m: float = 1.5
    latitude: float = 31.0
    dn: float = 45.0
    n0: float = 325.0


@dataclass(frozen=True)
class Reach:
    """Losses around one mast: hundredths of dB (VOID, OUT), and the row and column of the first pixel."""

    top: int
    left: int
    losses: Losses


def cells_of(heights: NDArray[Any], clutter: NDArray[Any] | None, pixel_m: float) -> Cells:
    """Lay ground and clutter out for the kernels.

    Parameters
    ----------
    heights
        Ground above sea level [m], (rows, columns) from the north; NaN is unknown.
    clutter
        Above ground [m], of the same shape, or None: none anywhere. NaN is taken as 0.
    pixel_m
        Width of a pixel [m].
    """
    known = np.where(np.isfinite(heights), heights, _BOTTOMLESS).astype(np.float64)
    cover = np.empty((0, 0)) if clutter is None else np.nan_to_num(clutter)
    return Cells(
        np.pad(known, ((0, 1), (0, 1)), mode="edge"),
        np.ascontiguousarray(cover, dtype=np.float32),
        float(pixel_m),
    )


def reach_of(cells: Cells, mast: Mast, wave: Wave, plan: Plan) -> Reach:
    """Return the losses within a mast's range.

    Parameters
    ----------
    cells
        Ground and clutter of the region.
    mast
        The antenna; it stands on the pixels.
    wave
        Frequency and polarisation; no sea.
    plan
        Range, step, receiver, air.
    """
    rows, columns = cells.heights.shape[0] - 1, cells.heights.shape[1] - 1
    pixels = plan.reach_m / cells.pixel_m
    top, bottom = max(math.ceil(mast.row - pixels), 0), min(math.floor(mast.row + pixels), rows - 1)
    left, right = max(math.ceil(mast.column - pixels), 0), min(math.floor(mast.column + pixels), columns - 1)
    losses = np.full((bottom - top + 1, right - left + 1), OUT, np.uint16)
    steps = steps_for(max(math.ceil(plan.reach_m / plan.step_m), INTERVALS) + 1)
    _fill(cells, mast, wave, plan, steps, (top, left), losses)
    return Reach(top, left, losses)


@fast
def _ground(
    heights: Floats, start: tuple[float, float], stride: tuple[float, float], n: int, h: Floats
) -> float:
    """Fill in the heights of n + 1 points from `start` (row, column) by `stride`, bilinear; return the least [m]."""
    flat, width = heights.reshape(heights.size), np.int32(heights.shape[1])
    lowest = 1e30
    for i in range(n + 1):
        y, x = start[0] + stride[0] * i, start[1] + stride[1] * i
        r, c = np.int32(y), np.int32(x)
        at = np.uint32(r * width + c)  # unsigned: no wrapping of negative places
        below = at + np.uint32(width)
        north = flat[at] + (flat[at + np.uint32(1)] - flat[at]) * (x - c)
        south = flat[below] + (flat[below + np.uint32(1)] - flat[below]) * (x - c)
        h[i] = north + (south - north) * (y - r)
        lowest = min(lowest, h[i])
    return lowest


@kernel
def ground_m(cells: Cells, row: float, column: float) -> float:
    """Return the ground at a row and column, bilinear [m above sea level]; far below zero where it is unknown."""
    one = np.empty(1)
    _ground(cells.heights, (row, column), (0.0, 0.0), 0, one)
    height: float = one[0]
    return height


@fast
def _cover(
    clutter: Singles, start: tuple[float, float], stride: tuple[float, float], n: int, h: Floats, g: Floats
) -> None:
    """Fill in ground and clutter of the points between the ends.

    Clutter is that of the nearest pixel; halfway between two it is the one nearer to the receiver, whatever the
    direction, by a margin that no rounding reaches.
    """
    flat, width = clutter.reshape(clutter.size), np.int32(clutter.shape[1])
    south = start[0] + (0.5 + 1e-9 if stride[0] > 0.0 else 0.5 - 1e-9)
    east = start[1] + (0.5 + 1e-9 if stride[1] > 0.0 else 0.5 - 1e-9)
    for i in range(1, n):
        r, c = np.int32(south + stride[0] * i), np.int32(east + stride[1] * i)
        g[i] = h[i] + flat[np.uint32(r * width + c)]


@kernel
def sample(cells: Cells, mast: Mast, to: tuple[int, int], n: int, h: Floats, g: Floats) -> bool:
    """Fill in the profile to the pixel at row and column `to` in n intervals; return whether all ground is known.

    `h` is the bare ground; `g` has clutter on it but at its ends, and is left alone where there is none.
    """
    start = (mast.row, mast.column)
    stride = ((to[0] - mast.row) / n, (to[1] - mast.column) / n)
    if _ground(cells.heights, start, stride, n, h) < _LOWEST:
        return False
    if len(cells.clutter) > 0:
        g[0], g[n] = h[0], h[n]
        _cover(cells.clutter, start, stride, n, h, g)
    return True


@kernel
def terminal_clutter_db(f_ghz: float, clutter_m: float, rx_agl_m: float) -> float:
    """Return the loss by clutter around the receiver [dB] (P.2108-1 §3.1, eq (1) and (2)); 0 where none is higher."""
    above = clutter_m - rx_agl_m
    if above <= 0.0:
        return 0.0
    nu = 0.342 * math.sqrt(f_ghz * above * math.degrees(math.atan(above / GAP_M)))
    return knife_edge_db(nu) - 6.03


@kernel
def _near_db(
    cells: Cells, mast: Mast, wave: Wave, plan: Plan, to: tuple[int, int], d_m: float, h: Floats
) -> float:
    """Return the loss nearer than P.1812 holds [dB]: free space, and the clutter around the receiver.

    `h` holds the ground at both ends.
    """
    rise = h[0] + mast.agl_m - h[1] - plan.rx_agl_m
    loss = free_space_db(wave.f_ghz, max(d_m, 10.0) / 1000.0, rise)
    if len(cells.clutter) > 0:
        loss += terminal_clutter_db(wave.f_ghz, cells.clutter[to], plan.rx_agl_m)
    return loss


@kernel
def hundredths(loss_db: float) -> int:
    """Return a loss in whole hundredths of a decibel."""
    return int(loss_db * 100.0 + 0.5)


@kernel
def _fill(
    cells: Cells, mast: Mast, wave: Wave, plan: Plan, steps: Steps, corner: tuple[int, int], losses: Losses
) -> None:
    """Fill in the losses of all pixels within range."""
    h, g = np.empty(len(steps.room)), np.empty(len(steps.room))
    top = h if len(cells.clutter) == 0 else g
    for r in range(losses.shape[0]):
        for c in range(losses.shape[1]):
            to = (corner[0] + r, corner[1] + c)
            d = math.hypot(to[0] - mast.row, to[1] - mast.column) * cells.pixel_m
            if d > plan.reach_m:
                continue
            near = d < NEAREST_M
            n = 1 if near else max(math.ceil(d / plan.step_m), INTERVALS)
            if not sample(cells, mast, to, n, h, g):
                losses[r, c] = VOID
                continue
            if near:
                losses[r, c] = hundredths(_near_db(cells, mast, wave, plan, to, d, h))
                continue
            km = d / 1000.0
            air = Air(plan.dn, plan.n0, log_beta0(plan.latitude, km, km))
            ends = (mast.agl_m, plan.rx_agl_m)
            losses[r, c] = hundredths(median_loss_db(h, top, n, km / n, ends, wave, air, steps))
