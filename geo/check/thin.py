"""Areas that are valid and yet no place: of no area, tiny, thin as a line, or with a needle to them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries

Floats = npt.NDArray[np.float64]

#: The least area of a unit [m2]: the smallest of 14,814 real villages has 6,000 m2.
LEAST_AREA_M2 = 100.0
#: A unit rounder than this is none: 4 pi area / perimeter^2 of a strip 10 km long and 0.3 m wide.
LEAST_ROUNDNESS = 1e-4
#: A needle: the ring turns back within this angle [rad] on arms longer than this [m] (width < 5 cm).
NEEDLE_ANGLE = 1e-3
NEEDLE_M = 50.0
#: Vertices nearer than this [m] count as one where needles are looked for.
ONE_PLACE_M = 0.01
#: Metres of a degree of latitude, near enough for thresholds; never for a figure that is printed.
DEGREE_M = 111_195.0


def check_thin(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
    least_m2: float = LEAST_AREA_M2,
) -> Checked:
    """Set aside areas below `least_m2`, slivers, and areas with a needle; geometry in lon/lat, valid."""
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    if len(geoms) == 0:
        return notes.done()
    flat = in_metres(geoms)
    area, around = shapely.area(flat), shapely.length(flat)
    roundness = 4 * np.pi * area / np.maximum(around, 1e-300) ** 2
    reach = needles(flat)
    for i in np.flatnonzero((area < least_m2) | (roundness < LEAST_ROUNDNESS) | (reach > 0)):
        row = notes.label(i)
        if area[i] < least_m2:
            notes.row(row, "geometry.small", area=f"{area[i]:.3g}", least=least_m2)
        elif reach[i] > 0:
            notes.row(row, "geometry.near_spike", length=f"{reach[i]:,.0f}")
        else:
            notes.row(
                row, "geometry.sliver", width=f"{2 * area[i] / around[i]:.2g}", length=f"{around[i] / 2:,.0f}"
            )
    return notes.done()


def in_metres(
    geoms: npt.NDArray[np.object_], like: npt.NDArray[np.object_] | None = None
) -> npt.NDArray[np.object_]:
    """Return lon/lat geometries on a plate carrée in metres, true at the middle latitude of `like` (or own).

    Within 2 degrees of latitude lengths are right to some 2 %: for thresholds only.
    """
    scale = metres_of_degrees(geoms if like is None else like)
    return np.asarray(shapely.transform(geoms, lambda xy: xy * scale), dtype=object)


def metres_of_degrees(geoms: npt.NDArray[np.object_]) -> Floats:
    """Return the metres of a degree of longitude and of latitude at the middle latitude of `geoms`."""
    south, north = shapely.total_bounds(geoms)[[1, 3]]
    middle = (south + north) / 2
    return np.array([DEGREE_M * np.cos(np.radians(middle if np.isfinite(middle) else 0.0)), DEGREE_M])


def needles(geoms: npt.NDArray[np.object_]) -> Floats:
    """Return the length [m] of each area's longest needle, 0 where it has none; shape (n,).

    A needle is a vertex at which a ring turns back on itself within `NEEDLE_ANGLE`.
    """
    parts, owner = shapely.get_parts(geoms, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    owner = owner[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    xy, ring = _open_distinct(xy, ring)
    longest = np.zeros(len(geoms))
    if len(xy) == 0:
        return longest
    before, after = _neighbours(ring)
    u, v = xy - xy[before], xy[after] - xy
    cross = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    dot = (u * v).sum(axis=1)
    arm = np.sqrt(np.minimum((u**2).sum(axis=1), (v**2).sum(axis=1)))
    needle = (np.arctan2(cross, -dot) < NEEDLE_ANGLE) & (arm > NEEDLE_M)
    np.maximum.at(longest, owner[ring[needle]], arm[needle])
    return longest


def _open_distinct(xy: Floats, ring: npt.NDArray[np.intp]) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Return rings without their closing vertex and without vertices that repeat the one before."""
    if len(xy) == 0:
        return xy, ring
    last = np.r_[ring[1:] != ring[:-1], True]
    xy, ring = xy[~last], ring[~last]
    step = np.hypot(*(xy[1:] - xy[:-1]).T)
    new = np.r_[True, (step > ONE_PLACE_M) | (ring[1:] != ring[:-1])]
    return xy[new], ring[new]


def _neighbours(ring: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the positions before and after each vertex, round its own ring."""
    n = len(ring)
    first = np.flatnonzero(np.r_[True, ring[1:] != ring[:-1]])
    last = np.r_[first[1:], n] - 1
    before, after = np.arange(n) - 1, np.arange(n) + 1
    before[first], after[last] = last, first
    return before, after
