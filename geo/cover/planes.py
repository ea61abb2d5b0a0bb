"""The two planes that a region is measured in: one for distances, one for areas."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.measure import MetricCRS, metric_crs, project

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Planes:
    """A conformal plane for the search of neighbours, an equal-area plane for areas; both in metres."""

    distance: MetricCRS
    area: MetricCRS

    def flat(self, geometries: Geometries) -> Geometries:
        """Return geometries in degrees as they lie in the equal-area plane."""
        return project(geometries, self.area)


def planes_for(geometries: Geometries, wish: str) -> Planes:
    """Return the planes for all that is in `geometries` (degrees); `wish` is the region's metric_crs."""
    bounds = tuple(float(x) for x in shapely.total_bounds(geometries))
    distance = metric_crs(bounds, "distance", given=wish)
    return Planes(distance, metric_crs(bounds, "area"))
