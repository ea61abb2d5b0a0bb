"""Where the coordinates lie: out of range, at 0,0, with the axes swapped, outside the region.

Works on the bounds of each row, in longitude and latitude. Where the region's extent is not known the data
speak for themselves: most rows lie together, and a row many times farther off than the others is odd.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.measure import geodesic_distance

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

WORLD: Box = (-180.0, -90.0, 180.0, 90.0)
#: A row lies apart when it is this many times farther from the middle than half of the rows are ...
APART = 20.0
#: ... and at least this far [degrees]: a county's farthest village is no outlier.
APART_DEGREES = 3.0
#: Fewer rows than this have no neighbourhood of their own.
FEW = 4
#: Beyond these no settlement lies.
POLE = 89.0
BELT = 180.0


def check_extent(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
    extent: Box | None = None,
) -> Checked:
    """Refuse a source that lies elsewhere, set aside the rows that do.

    Parameters
    ----------
    frame
        Table with a geometry column in longitude, latitude: present and finite.
    extent
        The region's bounds (west, south, east, north) with some margin; None judges by the data alone.

    """
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    if len(geoms) == 0:
        return notes.done()
    bounds = shapely.bounds(geoms)
    home = extent or _own_box(bounds, np.zeros(len(bounds), bool)) or WORLD
    good = _within(bounds, home) & ~_round_the_world(bounds)
    swapped = _within(bounds[:, [1, 0, 3, 2]], home) & ~good
    if not good.any() and _refuse(notes, bounds, swapped, extent):
        return notes.done()
    for i in np.flatnonzero(~good):
        _say(notes, i, geoms[i], bounds[i], home if not swapped[i] else None)
    own = _own_box(bounds, ~good)
    if own is not None and extent is not None:
        for i in np.flatnonzero(good & ~_within(bounds, own)):
            _say(notes, i, geoms[i], bounds[i], own)
    return notes.done()


def _within(bounds: Floats, box: Box) -> npt.NDArray[np.bool_]:
    west, south, east, north = box
    inside = (bounds[:, :2] >= (west, south)).all(axis=1) & (bounds[:, 2:] <= (east, north)).all(axis=1)
    return np.asarray(inside)


def _round_the_world(bounds: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(bounds[:, 2] - bounds[:, 0] > BELT)


def _own_box(bounds: Floats, bad: npt.NDArray[np.bool_]) -> Box | None:
    """Return the box in which a row would be expected by where the others are; None for few rows."""
    legal = _within(bounds, WORLD) & ~bad
    if legal.sum() < FEW or legal.mean() < 0.5:
        return None
    centre = (bounds[:, :2] + bounds[:, 2:])[legal] / 2
    middle = np.median(centre, axis=0)
    spread = float(np.median(np.abs(centre - middle).max(axis=1)))
    half = max(APART * spread, APART_DEGREES)
    west, south = middle - half
    east, north = middle + half
    return (max(west, -180.0), max(south, -POLE), min(east, 180.0), min(north, POLE))


def _refuse(notes: Notes, bounds: Floats, swapped: npt.NDArray[np.bool_], extent: Box | None) -> bool:
    """Refuse the source where all rows lie elsewhere for one reason; return whether that was so."""
    x, y = (float(np.median((bounds[:, i] + bounds[:, i + 2]) / 2)) for i in (0, 1))
    if swapped.all():
        notes.whole("extent.all_swapped", rows=len(bounds), x=x, y=y)
    elif (np.abs(bounds).max(axis=1) > 1000).mean() > 0.5:
        notes.whole("extent.metres", x=x, y=y)
    elif extent is not None and len(bounds) > 1:
        notes.whole("extent.other_region", rows=len(bounds), km=round(_km_apart(bounds, extent)), x=x, y=y)
    else:
        return False
    return True


def _km_apart(bounds: Floats, extent: Box) -> float:
    """Return the distance [km] from the rows' common box to the extent, on the ellipsoid."""
    mine = [*bounds[:, :2].min(axis=0), *bounds[:, 2:].max(axis=0)]
    x0, x1 = _nearest(mine[0], mine[2], extent[0], extent[2])
    y0, y1 = _nearest(mine[1], mine[3], extent[1], extent[3])
    far = geodesic_distance(*(np.array([v]) for v in (x0, np.clip(y0, -90, 90), x1, y1)))
    return float(far[0]) / 1000


def _nearest(low: float, high: float, from_: float, to: float) -> tuple[float, float]:
    """Return the points of two intervals that are nearest to each other."""
    if high < from_:
        return high, from_
    if low > to:
        return low, to
    meet = max(low, from_)
    return meet, meet


def _say(notes: Notes, i: Any, geom: shapely.Geometry, bounds: Floats, home: Box | None) -> None:
    """Set one row aside by the most telling of its faults; `home` is None where it fits axes swapped."""
    row = notes.label(i)
    x, y = (float(bounds[0] + bounds[2]) / 2, float(bounds[1] + bounds[3]) / 2)
    west, south, east, north = (float(b) for b in bounds)
    if home is None:
        notes.row(row, "extent.swapped", x=x, y=y)
    elif bool((shapely.get_coordinates(geom) == 0).all(axis=1).any()):
        notes.row(row, "extent.null_island")
    elif max(abs(south), abs(north)) > 90:
        notes.row(row, "extent.latitude", value=north if abs(north) > 90 else south)
    elif max(abs(west), abs(east)) > BELT:
        notes.row(row, "extent.longitude", value=east if abs(east) > BELT else west)
    elif max(abs(south), abs(north)) > POLE:
        notes.row(row, "extent.pole", value=north if abs(north) > POLE else south)
    elif east - west > BELT:
        notes.row(row, "extent.antimeridian", west=west, east=east)
    else:
        away = round(_km_apart(bounds[None, :], home))
        notes.row(row, "extent.outside", x=x, y=y, km=away)
