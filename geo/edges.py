"""Polygons as arrays of edges: what the area, zonal and point kernels read instead of geometry objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.kernel import kernel
from geo.measure import Floats, Geometries

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """The rings of simple polygons, shells counter-clockwise and holes clockwise, without zero-length edges.

    Parameters
    ----------
    ends
        (m, 4) x0, y0, x1, y1 of each edge, ring after ring.
    offsets
        (k + 1,) where the edges of each polygon part begin.
    owner
        (k,) position of the row each part came from, ascending.
    parts
        (k,) the parts themselves.

    """

    ends: Floats
    offsets: Integers
    owner: Integers
    parts: Geometries


def made_valid(shapes: Geometries) -> Geometries:
    """Return the shapes with the invalid ones made valid; the others stay the same objects."""
    bad = ~(shapely.is_valid(shapes) | shapely.is_missing(shapes))
    if bad.any():
        shapes = shapes.copy()
        shapes[bad] = shapely.make_valid(shapes[bad])
    return shapes


def polygon_parts(shapes: Geometries) -> tuple[Geometries, Integers]:
    """Return the polygons that shapes are made of, and the position of the row each came from, ascending."""
    parts, owner = shapely.get_parts(np.asarray(shapes, dtype=object), return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections within collections
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    flat = (shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)
    return parts[flat], owner[flat].astype(np.int64)


def polygon_edges(shapes: Geometries) -> Edges:
    """Take polygons, multipolygons and collections of them apart into edges.

    Missing and empty geometries, points, lines and parts with a coordinate that is not finite have no edges.
    """
    parts, owner = polygon_parts(shapes)
    if not len(parts):
        return Edges(np.empty((0, 4)), np.zeros(1, np.int64), np.empty(0, np.int64), parts)
    _, xy, (rings, polygons) = shapely.to_ragged_array(parts, include_z=False)
    ends, offsets = _oriented(np.ascontiguousarray(xy), rings.astype(np.int64), polygons.astype(np.int64))
    return Edges(ends, offsets, owner, parts)


@kernel
def _turns(xy: Floats, first: int, last: int) -> float:
    """Return twice the signed area of the ring xy[first:last], counter-clockwise positive."""
    x, y, total = xy[first, 0], xy[first, 1], 0.0
    for i in range(first, last - 1):
        total += (xy[i, 0] - x) * (xy[i + 1, 1] - y) - (xy[i + 1, 0] - x) * (xy[i, 1] - y)
    return total


@kernel
def _oriented(xy: Floats, rings: Integers, polygons: Integers) -> tuple[Floats, Integers]:
    """Return edges (m, 4) with the inside on their left, and offsets by polygon."""
    ends = np.empty((len(xy), 4))
    offsets = np.zeros(len(polygons), np.int64)
    m = 0
    for p in range(len(polygons) - 1):
        begin = m
        finite = True
        for ring in range(polygons[p], polygons[p + 1]):
            first, last = rings[ring], rings[ring + 1]
            turned = (_turns(xy, first, last) > 0) != (ring == polygons[p])
            for step in range(last - 1 - first):
                a, b = (last - 1 - step, last - 2 - step) if turned else (first + step, first + step + 1)
                finite = finite and np.isfinite(xy[a, 0] + xy[a, 1])
                if xy[a, 0] != xy[b, 0] or xy[a, 1] != xy[b, 1]:
                    ends[m, 0], ends[m, 1], ends[m, 2], ends[m, 3] = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1]
                    m += 1
        if not finite:
            m = begin
        offsets[p + 1] = m
    return ends[:m], offsets
