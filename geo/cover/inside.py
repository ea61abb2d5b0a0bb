"""Whether points lie inside coverage polygons, and in which."""

from __future__ import annotations

import numpy as np
import shapely

from geo.cover.question import Features
from geo.cover.samples import Samples, Tested
from geo.facts import NONE
from geo.points import points_in


def inside(samples: Samples, plant: Features) -> Tested:
    """Return which points of the equal-area plane lie inside polygons (or on their border), by the one of best rate."""
    n = len(samples.owner)
    feature, mbps = np.full(n, NONE, np.intp), np.full(n, np.nan)
    if len(plant) and n:
        point, area = points_in(shapely.get_coordinates(samples.geometry), plant.flat)
        if not np.isnan(plant.mbps).all():  # else they are in order: by point, then area
            order = np.lexsort([area, -np.where(np.isnan(plant.mbps[area]), -1.0, plant.mbps[area]), point])
            point, area = point[order], area[order]
        first = np.flatnonzero(np.diff(point, prepend=-1))
        feature[point[first]], mbps[point[first]] = area[first], plant.mbps[area[first]]
    return Tested(feature >= 0, feature, mbps, np.full(n, NONE, np.intp), np.full(n, np.nan), plant.ids)
