"""Sums of a raster over polygons, each cell by the exact fraction of it that lies inside.

By Green's theorem: the sum is the integral of F dy around the border, where F(x, y) is the raster added up
along its row from the left to x. Prefix sums give F at once, so a polygon costs its edges and the cell
borders they cross, not the cells inside it.

"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.edges import made_valid, polygon_edges
from geo.errors import UsageError
from geo.kernel import kernel
from geo.measure import Floats, Geometries

#: What a figure made here says of itself.
RULE = "zonal: exact fraction of each cell"
#: Fewer cells with data than this is rounding, and no data at all.
LEAST_CELLS = 1e-9
#: Rows of the raster that are turned to double precision at a time.
BLOCK = 64


@dataclass(frozen=True)
class Zonal:
    """Sums of a raster by polygon.

    Parameters
    ----------
    sum
        (n,) sum of value x fraction of the cell inside; NaN where no cell with data is reached.
    cells
        (n,) how many cells with data lie inside, fractions included.
    known
        (n,) part of the polygon's area that lies on cells with data, 0 to 1.
    rule
        How cells on the border count.

    """

    sum: Floats
    cells: Floats
    known: Floats
    rule: str = RULE


def zonal_sum(
    units: Geometries,
    raster: ArrayLike,
    transform: Sequence[float],
    *,
    nodata: float | None = None,
    least: float | None = None,
    checked: bool = False,
) -> Zonal:
    """Add up a raster over polygons, cells on the border by the exact part of them that lies inside.

    Parameters
    ----------
    units
        (n,) polygons or multipolygons in the raster's reference system. Missing and empty ones have sum NaN.
    raster
        (rows, columns) of numbers. NaN, infinite and `nodata` cells are no data.
    transform
        The six numbers a, b, c, d, e, f of an affine transform (or a rasterio one): x = a col + b row + c,
        y = d col + e row + f of a cell's corner.
    nodata
        The value that means no data, if any.
    least
        Values below it are no data: 0 for people, where a negative cell is an undeclared no-data value.
    checked
        True if the caller has made sure that all polygons are valid; otherwise invalid ones are made valid.

    Raises
    ------
    UsageError
        If the raster has not two dimensions or the transform cannot be inverted.

    Notes
    -----
    A polygon smaller than a cell gets its fraction of it. One partly outside the raster, or partly on cells
    without data, gets the sum of the rest, and `known` says how much of its area that is. Edges are straight,
    and fractions are areas, in the raster's own coordinates. Equal to exactextract's fractional mode,
    whose fractions are of single precision, to 1e-6 of a cell.

    """
    a, b, c, d, e, f = (float(t) for t in list(transform)[:6])
    det = a * e - b * d
    values = np.asarray(raster)
    if values.ndim != 2:
        raise UsageError(
            f"raster: {values.ndim} dimensions where rows and columns are expected. Give one band."
        )
    if not np.isfinite(det) or det == 0:
        raise UsageError(
            f"raster: its transform {(a, b, c, d, e, f)} has no inverse. Give the six numbers again."
        )
    units = np.asarray(units, dtype=object)
    edges = polygon_edges(units if checked else made_valid(units))
    x, y = edges.ends[:, 0::2] - c, edges.ends[:, 1::2] - f
    column, row = (e * x - b * y) / det, (a * y - d * x) / det
    sums, counts = _prefix_sums(values, nodata, least)
    parts = _all_parts(column, row, edges.offsets, sums, counts) * np.sign(det)
    total, cells, area = (np.bincount(edges.owner, w, minlength=len(units)).astype(float) for w in parts.T)
    reached = cells > LEAST_CELLS
    with np.errstate(invalid="ignore", divide="ignore"):
        known = np.where(reached, np.clip(cells / area, 0.0, 1.0), 0.0)
    return Zonal(np.where(reached, total, np.nan), np.where(reached, cells, 0.0), known)


def _prefix_sums(
    values: NDArray[np.number], nodata: float | None, least: float | None
) -> tuple[Floats, NDArray[np.int32]]:
    """Add up the values, and the cells that have one, along each row: (rows, columns + 1), 0 on the left."""
    rows, columns = values.shape
    sums, counts = np.empty((rows, columns + 1)), np.empty((rows, columns + 1), np.int32)
    lowest = -np.inf if least is None else least
    missing = np.nan if nodata is None else nodata
    if values.dtype.kind == "f":
        missing = float(np.asarray(missing, dtype=values.dtype))  # -99999.9 is another in single precision
    for r in range(0, rows, BLOCK):  # so that no second copy of the raster is held
        block = np.ascontiguousarray(values[r : r + BLOCK], dtype=float)
        _add_rows(block, missing, lowest, sums[r : r + BLOCK], counts[r : r + BLOCK])
    return sums, counts


@kernel
def _add_rows(values: Floats, missing: float, lowest: float, sums: Floats, counts: NDArray[np.int32]) -> None:
    """Write the prefix sums of some rows."""
    for r in range(values.shape[0]):
        total, count = 0.0, 0
        sums[r, 0], counts[r, 0] = total, count
        for c in range(values.shape[1]):
            v = values[r, c]
            if np.isfinite(v) and v != missing and v >= lowest:
                total += v
                count += 1
            sums[r, c + 1], counts[r, c + 1] = total, count


@kernel
def _all_parts(
    column: Floats, row: Floats, offsets: NDArray[np.int64], sums: Floats, counts: NDArray[np.int32]
) -> Floats:
    """Return by polygon part (k, 3): its sum, its cells with data, and its area in cells."""
    out = np.zeros((len(offsets) - 1, 3))
    height, width = sums.shape[0], sums.shape[1] - 1
    for p in range(len(offsets) - 1):
        left = np.inf
        for e in range(offsets[p], offsets[p + 1]):
            left = min(left, column[e, 0])
        # sums start at the part's own left: what lies between cancels around the ring, and costs digits
        base = int(min(max(np.floor(left), 0.0), float(width)))
        for e in range(offsets[p], offsets[p + 1]):
            x0, y0, x1, y1 = column[e, 0], row[e, 0], column[e, 1], row[e, 1]
            out[p, 2] += (y1 - y0) * ((x0 + x1) / 2 - left)
            low, high = max(min(y0, y1), 0.0), min(max(y0, y1), float(height))
            if low >= high:
                continue  # level, or above or below the raster
            slope = (x1 - x0) / (y1 - y0)
            sign = 1.0 if y1 > y0 else -1.0
            for r in range(int(low), min(int(np.ceil(high)), height)):
                ya, yb = max(low, float(r)), min(high, r + 1.0)
                xa, xb = x0 + (ya - y0) * slope, x0 + (yb - y0) * slope
                value, count = _along(min(xa, xb), max(xa, xb), yb - ya, base, sums[r], counts[r])
                out[p, 0] += sign * value
                out[p, 1] += sign * count
    return out


@kernel
def _along(
    x0: float, x1: float, dy: float, base: int, sums: Floats, counts: NDArray[np.int32]
) -> tuple[float, float]:
    """Integrate the prefix sums of one row over a piece of an edge from x0 to x1 that is dy high."""
    width = len(sums) - 1
    value, count = 0.0, 0.0
    x = x0
    while True:
        c = int(min(max(np.floor(x), -1.0), float(width)))
        end = x1 if c >= width else min(x1, c + 1.0)
        share = dy if x1 == x0 else dy * (end - x) / (x1 - x0)
        if c >= width:
            value += share * (sums[width] - sums[base])
            count += share * (counts[width] - counts[base])
        elif c >= 0:
            part = (x + end) / 2 - c
            value += share * (sums[c] - sums[base] + part * (sums[c + 1] - sums[c]))
            count += share * (counts[c] - counts[base] + part * (counts[c + 1] - counts[c]))
        else:
            value += share * (sums[0] - sums[base])
            count += share * (counts[0] - counts[base])
        if end >= x1:
            return value, count
        x = end
