"""Metric planes with a stated error, and lengths, distances and areas on the ellipsoid.

The only file that knows the geodesic. Coordinates are longitude, latitude in degrees (x, y order) on WGS 84;
CGCS2000 differs from it by centimetres and in its ellipsoid by 1e-11, and is treated as the same.

References
----------
C. F. F. Karney, Algorithms for geodesics, Journal of Geodesy 87 (2013), as implemented by PROJ.

"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.errors import UsageError

Purpose = Literal["distance", "area"]
Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

#: The largest scale error that a plane may have before its lengths need the ellipsoid (design, rule 2).
LARGEST_SCALE_ERROR = 1e-4
#: Points per side of the grid on which a plane's worst scale is looked for.
GRID = 25
#: Within this many degrees of the equator a cone opens into a cylinder and PROJ's conics lose their figures.
FLAT_CONE = 0.05

_LONLAT = pyproj.CRS("OGC:CRS84")
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class MetricCRS:
    """A plane in metres and how far its lengths (or areas) are off over the bounds it was made for.

    Parameters
    ----------
    crs
        The projected reference system, axes east and north in metres.
    scale_error
        Largest deviation of the scale from 1 over the bounds: of lengths (distance plane) or of areas.

    """

    crs: pyproj.CRS
    scale_error: float

    @cached_property
    def from_lonlat(self) -> pyproj.Transformer:
        """Return the way from longitude and latitude into the plane."""
        return _to_plane(self.crs)


def metric_crs(
    bounds_lonlat: Sequence[float] | Floats, purpose: Purpose, *, given: str = "auto"
) -> MetricCRS:
    """Return the plane in which to measure within some bounds, with its error stated.

    Parameters
    ----------
    bounds_lonlat
        West, south, east, north [degrees].
    purpose
        "distance": a conformal plane (cone, transverse or plain Mercator), whichever has the smaller worst
        scale error; "area": an equal-area plane (cone or azimuthal), whichever bends shapes less.
    given
        "auto", or a reference system by name ("EPSG:4549"): taken as it is, its error measured all the same.

    Raises
    ------
    UsageError
        If the bounds are not finite, lie outside the globe or are reversed, or if `given` is not a plane in
        metres.

    Notes
    -----
    The scale is measured on a grid of 25 by 25 points, borders included: it is convex for the planes made
    here, so its extremes lie on the border or at the centre.

    """
    bounds = _checked_bounds(bounds_lonlat)
    if given != "auto":
        return _measured(_metres_only(given), bounds, purpose)
    names = _distance_planes(bounds) if purpose == "distance" else _area_planes(bounds)
    planes = [pyproj.CRS(name) for name in names]
    best = min(planes, key=lambda crs: _length_error(crs, bounds))
    return _measured(best, bounds, purpose)


def project(geometries: Geometries, crs: MetricCRS | pyproj.CRS) -> Geometries:
    """Return lon/lat geometries in the plane of `crs`; heights are dropped, missing geometries stay missing.

    Coordinates that the projection cannot take become infinite.
    """
    move = _way(crs)
    return np.asarray(shapely.transform(geometries, move.transform, interleaved=False), dtype=object)


def to_lonlat(x: Floats, y: Floats, crs: MetricCRS | pyproj.CRS) -> tuple[Floats, Floats]:
    """Return longitude and latitude [degrees] of points given in the plane of `crs` [m]."""
    lon, lat = _way(crs).transform(x, y, direction="INVERSE")
    return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)


def geodesic_distance(lon0: Floats, lat0: Floats, lon1: Floats, lat1: Floats) -> Floats:
    """Return the shortest way [m] over the ellipsoid between pairs of points; NaN where one is missing."""
    lon0, lat0, lon1, lat1 = (
        np.ascontiguousarray(a, dtype=float) for a in np.broadcast_arrays(lon0, lat0, lon1, lat1)
    )
    known = np.isfinite(lon0) & np.isfinite(lat0) & np.isfinite(lon1) & np.isfinite(lat1)
    distance = np.full(lon0.shape, np.nan)
    if known.any():
        distance[known] = _GEOD.inv(lon0[known], lat0[known], lon1[known], lat1[known])[2]
    return distance


def geodesic_length(lines: Geometries) -> Floats:
    """Return the length [m] over the ellipsoid of each line or multi-line; NaN where the geometry is missing.

    Points have length 0, polygons the length of all their rings.
    """
    lines = np.asarray(lines, dtype=object)
    parts, owner = shapely.get_parts(lines, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    plain = shapely.get_dimensions(parts) == 1
    parts = np.concatenate([parts[plain], rings])
    owner = np.concatenate([owner[plain], owner[part]])
    xy, at = shapely.get_coordinates(parts, return_index=True)
    same = np.flatnonzero(at[1:] == at[:-1])
    steps = geodesic_distance(xy[same, 0], xy[same, 1], xy[same + 1, 0], xy[same + 1, 1])
    total = np.bincount(owner[at[same]], steps, minlength=len(lines)).astype(float)
    total[shapely.is_missing(lines)] = np.nan
    return total


def geodesic_area(polygons: Geometries) -> Floats:
    """Return the area [m2] over the ellipsoid of each polygon or multipolygon, edges taken as geodesics.

    NaN where the geometry is missing, 0 where it has no area.

    Notes
    -----
    Each ring counts by its absolute area, shells added and holes taken away. A sum of signed ring areas would
    come out too small, without a word, where the parts of a multipolygon wind in different directions.

    """
    polygons = np.asarray(polygons, dtype=object)
    parts, owner = shapely.get_parts(polygons, return_index=True)
    flat = shapely.get_dimensions(parts) == 2
    rings, part = shapely.get_rings(parts[flat], return_index=True)
    is_shell = np.r_[True, part[1:] != part[:-1]][: len(part)]
    areas = np.array([_ring_area(shapely.get_coordinates(ring)) for ring in rings], dtype=float)
    signed = np.where(is_shell, areas, -areas)
    total = np.bincount(owner[flat][part], signed, minlength=len(polygons)).astype(float)
    total[shapely.is_missing(polygons)] = np.nan
    return total


def _ring_area(xy: Floats) -> float:
    """Area [m2] enclosed by a ring (n, 2), whichever way it winds."""
    return abs(float(_GEOD.polygon_area_perimeter(xy[:, 0], xy[:, 1])[0]))


def _checked_bounds(bounds: Sequence[float] | Floats) -> tuple[float, float, float, float]:
    west, south, east, north = (float(b) for b in bounds)
    sound = -360 <= west <= east <= 360 and -90 <= south <= north <= 90 and east - west <= 360
    if not sound:  # also false for NaN
        raise UsageError(
            f"bounds {west}, {south}, {east}, {north}: no metric plane fits them. "
            "Give west, south, east, north in degrees, within the globe."
        )
    return west, south, east, north


def _metres_only(name: str) -> pyproj.CRS:
    try:
        crs = pyproj.CRS(name)
    except pyproj.exceptions.CRSError:
        raise UsageError(
            f'metric_crs = "{name}": no such reference system. Give "auto" or one like "EPSG:4549".'
        ) from None
    units = {axis.unit_name for axis in crs.axis_info}
    if not crs.is_projected or units != {"metre"}:
        raise UsageError(
            f'metric_crs = "{name}": {crs.name} is measured in {", ".join(sorted(units)) or "nothing"}, '
            'not in metres on a plane. Give "auto" or a projected system in metres.'
        )
    return crs


def _distance_planes(bounds: tuple[float, float, float, float]) -> list[str]:
    """PROJ strings of the conformal planes for some bounds, each with its scale balanced about 1."""
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, _middle(south, north)
    cone = (
        f"+proj=lcc +lat_1={lat!r} +lat_0={lat!r} +lon_0={lon!r}"
        if FLAT_CONE < abs(lat) < 89
        else f"+proj=merc +lon_0={lon!r}"
    )
    transverse = f"+proj=tmerc +lat_0={lat!r} +lon_0={lon!r}"
    return [_balanced(name, bounds) for name in (cone, transverse)]


def _balanced(name: str, bounds: tuple[float, float, float, float]) -> str:
    """Give a plane the scale at its centre that makes the worst of too long and of too short equal."""
    lengths = _scales(pyproj.CRS(f"{name} +k_0=1 +ellps=WGS84 +units=m +type=crs"), bounds)[0]
    k = 2 / (float(lengths.max()) + float(lengths.min()))
    return f"{name} +k_0={k:.9f} +datum=WGS84 +units=m +type=crs"


def _area_planes(bounds: tuple[float, float, float, float]) -> list[str]:
    """PROJ strings of the equal-area planes for some bounds."""
    west, south, east, north = bounds
    lon, lat, sixth = (west + east) / 2, _middle(south, north), (north - south) / 6
    names = [f"+proj=laea +lat_0={lat!r} +lon_0={lon!r}"]
    if FLAT_CONE < abs(lat) < 89 and abs(south + north) > FLAT_CONE:
        low, high = south + sixth, north - sixth
        names.append(f"+proj=aea +lat_1={low!r} +lat_2={high!r} +lat_0={lat!r} +lon_0={lon!r}")
    return [f"{name} +datum=WGS84 +units=m +type=crs" for name in names]


def _middle(south: float, north: float) -> float:
    return (south + north) / 2


def _scales(crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """Length scales (along meridians, then along parallels) and area scales on a grid over the bounds."""
    west, south, east, north = bounds
    lon, lat = np.meshgrid(np.linspace(west, east, GRID), np.linspace(south, north, GRID))
    factors = pyproj.Proj(crs).get_factors(lon.ravel(), lat.ravel(), errcheck=False)
    lengths = np.concatenate([factors.meridional_scale, factors.parallel_scale])
    return np.asarray(lengths, dtype=float), np.asarray(factors.areal_scale, dtype=float)


def _worst(scales: Floats) -> float:
    off = np.abs(scales - 1)
    return float(off.max()) if np.isfinite(off).all() else math.inf


def _length_error(crs: pyproj.CRS, bounds: tuple[float, float, float, float]) -> float:
    return _worst(_scales(crs, bounds)[0])


def _measured(crs: pyproj.CRS, bounds: tuple[float, float, float, float], purpose: Purpose) -> MetricCRS:
    return MetricCRS(crs, _worst(_scales(crs, bounds)[0 if purpose == "distance" else 1]))


def _way(crs: MetricCRS | pyproj.CRS) -> pyproj.Transformer:
    return crs.from_lonlat if isinstance(crs, MetricCRS) else _to_plane(crs)


@lru_cache(maxsize=32)
def _to_plane(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_LONLAT, crs, always_xy=True)
