"""The same answers by Cuntong's stages."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import rasterio
import shapely

from benchmarks.plain import LEVELS
from benchmarks.world import Floats, Geometries
from geo.measure import MetricCRS
from geo.nearest import nearest, planar_nearest
from geo.overlay import covered_area
from geo.points import points_in
from geo.zonal import zonal_sum


def _parents(code: np.ndarray) -> list[np.ndarray]:
    """Position of each village's unit at every level."""
    return [np.unique(code.astype(f"U{k}"), return_inverse=True)[1] for k in LEVELS]


def area(villages: gpd.GeoDataFrame, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """Covered area of all units of all levels."""
    units, parents = villages.geometry.to_numpy(), _parents(villages.code.to_numpy(dtype=str))
    rows = []
    for layer in cover.values():
        covered = covered_area(units, layer.geometry.to_numpy()).area_m2
        rows += [np.bincount(parent, covered) for parent in parents]
    return np.concatenate(rows)


def area_by_county(villages: gpd.GeoDataFrame, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """Return covered area of all units, in county partitions with what of the cover is near each."""
    units, code = villages.geometry.to_numpy(), villages.code.to_numpy(dtype=str)
    parents, county = _parents(code), code.astype("U6")
    rows = []
    for layer in cover.values():
        shapes, covered = layer.geometry.to_numpy(), np.zeros(len(units))
        tree = shapely.STRtree(shapes)
        for name in np.unique(county):
            mine = county == name
            near = np.sort(tree.query(shapely.box(*shapely.total_bounds(units[mine]))))
            covered[mine] = covered_area(units[mine], shapes[near]).area_m2
        rows += [np.bincount(parent, covered) for parent in parents]
    return np.concatenate(rows)


def nearest_planar(places: Geometries, lines: Geometries) -> Floats:
    """Distance in the plane from each place to the nearest line."""
    return planar_nearest(shapely.get_coordinates(places), lines)[0]


def nearest_ellipsoidal(places: Geometries, lines: Geometries, crs: MetricCRS) -> Floats:
    """Distance on the ellipsoid, from lon/lat: projection and geodesics included."""
    return nearest(places, lines, crs=crs).distance_m


def points(places: Geometries, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """Whether each place lies in some polygon of each service."""
    xy = shapely.get_coordinates(places)
    flags = []
    for layer in cover.values():
        inside = np.zeros(len(xy))
        inside[points_in(xy, layer.geometry.to_numpy())[0]] = 1.0
        flags.append(inside)
    return np.concatenate(flags)


def zonal(path: str, villages: gpd.GeoDataFrame) -> Floats:
    """Sum of a raster file over each village, reading it included."""
    with rasterio.open(path) as source:
        band, transform, nodata = source.read(1), source.transform, source.nodata
    return zonal_sum(villages.geometry.to_numpy(), band, transform, nodata=nodata).sum
