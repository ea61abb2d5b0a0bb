"""Places: where units are measured from, in the two planes, worked out once for all services."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geo.cover.planes import Geometries, Planes
from geo.measure import Floats, project, to_lonlat
from geo.units import Hierarchy


@dataclass(frozen=True)
class Places:
    """Each unit's place by every way of choosing it; arrays over the whole hierarchy, missing where there is none.

    A unit that is a point is its own place, whatever the way.
    """

    hierarchy: Hierarchy
    planes: Planes

    @cached_property
    def flat(self) -> Geometries:
        """Return outlines and points in the equal-area plane."""
        return self.planes.flat(self.hierarchy.geometry)

    @cached_property
    def flat_points(self) -> Geometries:
        """Return the centroids in the equal-area plane, where people of a unit below are counted."""
        return np.asarray(shapely.centroid(self.flat))

    def metric(self, place: str) -> Geometries:
        """Return the places in the conformal plane; "point" is the seat that the table states (lon, lat)."""
        ways = {"centroid": "_centroids", "point_on_surface": "_inner_points", "point": "_seats"}
        found: Geometries = getattr(self, ways.get(place, "_outlines"))
        return found

    def lonlat(self, place: str) -> tuple[Floats, Floats]:
        """Return the places' longitudes and latitudes [degrees], NaN for an outline and where there is none.

        They are read off the plane, as those of the plant near them are: a place on its plant lies on it still.
        """
        if place not in self._degrees:
            spots = self.metric(place)
            self._degrees[place] = to_lonlat(shapely.get_x(spots), shapely.get_y(spots), self.planes.distance)
        return self._degrees[place]

    @cached_property
    def _degrees(self) -> dict[str, tuple[Floats, Floats]]:
        return {}

    @cached_property
    def _centroids(self) -> Geometries:
        # in the plane, not in degrees: these put the middle of a large village a third of a metre off
        return np.asarray(shapely.centroid(self._outlines))

    @cached_property
    def _inner_points(self) -> Geometries:
        return self._in_plane(np.asarray(shapely.point_on_surface(self.hierarchy.geometry)))

    @cached_property
    def _seats(self) -> Geometries:
        lon, lat = (self.hierarchy.table[c].to_numpy(dtype=float) for c in ("lon", "lat"))
        own, known = self.hierarchy.geometry, np.isfinite(lon) & np.isfinite(lat)
        seats = np.full(len(own), None, dtype=object)
        seats[known] = shapely.points(lon[known], lat[known])
        return self._in_plane(np.where(shapely.get_type_id(own) == 0, own, seats))

    @cached_property
    def _outlines(self) -> Geometries:
        return self._in_plane(self.hierarchy.geometry)

    def _in_plane(self, geometries: Geometries) -> Geometries:
        return project(geometries, self.planes.distance)
