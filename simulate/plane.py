"""The plane the country is drawn in, and the lattice its coordinates are written on.

The plane is CGCS2000 / 3-degree Gauss-Krueger, central meridian 120 E (EPSG:4549), in metres.
What is written is longitude and latitude in CGCS2000 (EPSG:4490), rounded to 1e-7 degree (1 cm), so
that two runs give the same bytes and shared borders have the same vertices.
"""

from __future__ import annotations

import functools

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

#: Decimals of a written degree: 1e-7 degree is about 1 cm.
DECIMALS = 7

LONLAT = "EPSG:4490"
PLANE = "EPSG:4549"

Floats = NDArray[np.float64]


@functools.cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@functools.cache
def _geod() -> Geod:
    return Geod(ellps="GRS80")


def to_plane(lonlat: Floats) -> Floats:
    """Return plane coordinates, (n, 2) in metres, of longitudes and latitudes, (n, 2) in degrees."""
    x, y = _transformer(LONLAT, PLANE).transform(lonlat[:, 0], lonlat[:, 1])
    return np.column_stack([x, y])


def to_lonlat(plane: Floats) -> Floats:
    """Return longitudes and latitudes, (n, 2) in degrees on the lattice, of plane coordinates (n, 2)."""
    lon, lat = _transformer(PLANE, LONLAT).transform(plane[:, 0], plane[:, 1])
    return np.round(np.column_stack([lon, lat]), DECIMALS)


def geometry_to_plane(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the geometries with plane coordinates."""
    return np.asarray(shapely.transform(geometry, to_plane))


def geometry_to_lonlat(geometry: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the geometries with longitudes and latitudes on the lattice."""
    return np.asarray(shapely.transform(geometry, to_lonlat))


def lengths_km(lines: NDArray[np.object_]) -> Floats:
    """Return the ellipsoidal length of each line given in longitude and latitude [km]."""
    geod = _geod()
    return np.array([geod.geometry_length(line) / 1000.0 for line in lines], dtype=np.float64)


def areas_km2(polygons: NDArray[np.object_]) -> Floats:
    """Return the ellipsoidal area of each polygon given in longitude and latitude [km2]."""
    geod = _geod()
    return np.array([abs(geod.geometry_area_perimeter(p)[0]) / 1e6 for p in polygons], dtype=np.float64)
