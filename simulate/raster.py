"""The population raster: people per 3 arc-second cell, adding up to each village by cell centres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from rasterio.transform import Affine

from simulate.chance import Floats, apportion, noise, stream
from simulate.country import Country
from simulate.plane import to_plane

#: Cells per degree (3 arc-seconds).
PER_DEGREE = 1200


@dataclass(frozen=True)
class Raster:
    """People per cell.

    Attributes
    ----------
    west, north
        Outer corner in whole cells of 3 arc-seconds from 0 E, 0 N.
    people
        (rows, columns), north row first.
    """

    west: int
    north: int
    people: NDArray[np.uint16]


def population_raster(country: Country) -> Raster:
    """Return the resident population on 3 arc-second cells, CGCS2000.

    A village's people are shared out, in whole persons, over the cells whose centre lies in it: by the
    density field where it is urban, else mostly round its hamlets.
    """
    x0, y0, x1, y1 = country.counties.total_bounds
    west, north = int(np.floor(x0 * PER_DEGREE)), int(np.ceil(y1 * PER_DEGREE))
    columns, rows = int(np.ceil(x1 * PER_DEGREE)) - west, north - int(np.floor(y0 * PER_DEGREE))
    step = 1.0 / PER_DEGREE
    transform = Affine(step, 0.0, west * step, 0.0, -step, north * step)
    polygons = list(country.villages.geometry)
    owner = rasterize(
        zip(polygons, range(1, len(polygons) + 1), strict=True),
        out_shape=(rows, columns),
        transform=transform,
    )
    weight = _weights(country, owner, west, north)
    people = np.zeros(owner.size, dtype=np.int64)
    cells = np.flatnonzero(owner.ravel())
    order = cells[np.argsort(owner.ravel()[cells], kind="stable")]
    starts = np.searchsorted(owner.ravel()[order], np.arange(1, len(polygons) + 2))
    for village, total in enumerate(country.villages["population"].to_numpy()):
        mine = order[starts[village] : starts[village + 1]]
        people[mine] = apportion(int(total), weight[mine])
    return Raster(west, north, people.reshape(rows, columns).astype(np.uint16))


def _weights(country: Country, owner: NDArray[np.int64], west: int, north: int) -> Floats:
    """Return how many people each cell draws, flat, (rows x columns,)."""
    rows, columns = owner.shape
    inside = np.flatnonzero(owner.ravel())
    lon = (west + inside % columns + 0.5) / PER_DEGREE
    lat = (north - inside // columns - 0.5) / PER_DEGREE
    points = to_plane(np.column_stack([lon, lat]))
    weight = np.zeros(rows * columns)
    urban = (country.villages["settlement_class"] == "urban").to_numpy()[owner.ravel()[inside] - 1]
    rough = np.exp(0.8 * noise(points, scale_m=700.0, rng=stream(country.seed, "cells")))
    near = _round_hamlets(country, points)
    weight[inside] = np.where(urban, country.terrain.density(points) * rough, near + 2e-3 * rough)
    return weight


def _round_hamlets(country: Country, points: Floats) -> Floats:
    """Return the pull of the nearest hamlet on each point, falling off over 130 m."""
    tree = shapely.STRtree(shapely.points(country.places))
    (index, nearest), gap = tree.query_nearest(
        shapely.points(points), max_distance=600.0, all_matches=False, return_distance=True
    )
    pull = np.zeros(len(points))
    homes = country.hamlets["population"].to_numpy()[nearest]
    pull[index] = homes * np.exp(-((gap / 130.0) ** 2))
    return pull
