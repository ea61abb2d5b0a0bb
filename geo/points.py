"""Which points lie in which polygons."""

from __future__ import annotations

import numpy as np
import shapely

from geo.edges import Integers, polygon_parts
from geo.measure import Floats, Geometries


def points_in(points_xy: Floats, polygons: Geometries) -> tuple[Integers, Integers]:
    """Return the pairs of point and polygon where the point lies in the polygon or on its border.

    Parameters
    ----------
    points_xy
        (n, 2) coordinates; one that is not finite lies nowhere.
    polygons
        (m,) polygons or multipolygons in the same plane; missing and empty ones hold nothing.

    Returns
    -------
    tuple of ndarray
        Positions of points and of polygons (k,) each, sorted by point, then polygon, each pair once.

    """
    points_xy = np.asarray(points_xy, dtype=float).reshape(-1, 2)
    polygons = np.asarray(polygons, dtype=object)
    finite = np.flatnonzero(np.isfinite(points_xy).all(axis=1))
    tree = shapely.STRtree(shapely.points(points_xy[finite]))
    parts, owner = polygon_parts(polygons)
    part, point = tree.query(parts, predicate="intersects")
    pairs = np.unique(finite[point] * np.int64(max(len(polygons), 1)) + owner[part])
    return np.divmod(pairs, np.int64(max(len(polygons), 1)))
