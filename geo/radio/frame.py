"""The frame of a prediction: square pixels in a metric plane, rows from the north."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.errors import LimitError, UsageError

Floats = NDArray[np.float64]

#: Pixels of one frame: 10,000 by 10,000.
MOST_PIXELS = 10**8


@dataclass(frozen=True)
class Frame:
    """Where the pixels lie.

    Attributes
    ----------
    west, north
        Outer corner of the first pixel [m in `crs`].
    pixel_m
        Width of a pixel [m].
    rows, columns
        How many.
    crs
        A projected CRS in metres.
    """

    west: float
    north: float
    pixel_m: float
    rows: int
    columns: int
    crs: pyproj.CRS

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def transform(self) -> tuple[float, float, float, float, float, float]:
        """Affine from column and row to x and y of a pixel's upper left corner: a, b, c, d, e, f."""
        return self.pixel_m, 0.0, self.west, 0.0, -self.pixel_m, self.north

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return columns and rows of points, counted in the pixels' centres."""
        column, row = (x - self.west) / self.pixel_m - 0.5, (self.north - y) / self.pixel_m - 0.5
        return np.asarray(column), np.asarray(row)

    def centres(self) -> tuple[Floats, Floats]:
        """Return x of each column's centres and y of each row's [m]."""
        x = self.west + (np.arange(self.columns) + 0.5) * self.pixel_m
        y = self.north - (np.arange(self.rows) + 0.5) * self.pixel_m
        return np.asarray(x, np.float64), np.asarray(y, np.float64)

    def holds(self, column: Floats, row: Floats) -> NDArray[np.bool_]:
        """Tell which places lie between the outermost pixels' centres, where ground is known on all sides."""
        inside = (column >= 0) & (column <= self.columns - 1) & (row >= 0) & (row <= self.rows - 1)
        return np.asarray(inside)


def frame_around(
    bounds: tuple[float, float, float, float], crs: pyproj.CRS, *, pixel_m: float = 100.0
) -> Frame:
    """Return the frame of whole pixels that holds a box; its lines lie at multiples of the pixel.

    Parameters
    ----------
    bounds
        West, south, east, north [m in `crs`].
    crs
        A projected CRS in metres.
    pixel_m
        Width of a pixel [m].

    Raises
    ------
    UsageError
        The CRS is not in metres, the pixel has no width, or the box no extent.
    LimitError
        More than 100 million pixels.
    """
    if not crs.is_projected or any(a.unit_name != "metre" for a in crs.axis_info[:2]):
        raise UsageError(f"radio needs a projected CRS in metres, not {crs.name}: give the region's zone")
    west, south, east, north = bounds
    if not (pixel_m > 0 and east > west and north > south):
        raise UsageError(f"a frame needs a box and a pixel: {bounds}, pixel {pixel_m:g} m")
    w, s = math.floor(west / pixel_m), math.floor(south / pixel_m)
    e, n = math.ceil(east / pixel_m), math.ceil(north / pixel_m)
    if (e - w) * (n - s) > MOST_PIXELS:
        raise LimitError(
            f"{(e - w) * (n - s)} pixels of {pixel_m:g} m, the limit is {MOST_PIXELS}: widen the pixel"
        )
    return Frame(w * pixel_m, n * pixel_m, pixel_m, max(n - s, 2), max(e - w, 2), crs)
