"""A made-up country to measure on: a city of the size of Changzhou, or a province of ten of them.

All in one plane [m], for the stages are measured after projection. Villages are a planar partition with
ragged borders, cover is blobs about places and circles about sites (one carrier delivers one dissolved
multipolygon with holes), fibre winds along with one long trunk in seven. One seed, same world.

"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

#: Villages of a city in east and north direction, and the side of one [m].
EAST, NORTH, SIDE = 32, 33, 2_000.0
#: Border points between two corners of a village: about 200 vertices to a village.
BORDER = 49
HAMLETS, LINES, LINE_VERTICES = 10_000, 5_000, 51
BLOBS, BLOB_VERTICES, SITES = 1_500, 81, 160
CELL = 80.0


@dataclass(frozen=True)
class World:
    """The tables of one country; all in the same plane."""

    villages: gpd.GeoDataFrame  # code, geometry
    hamlets: Geometries
    cover: dict[str, gpd.GeoDataFrame]  # by service: operator, geometry
    lines: Geometries
    people: Floats
    transform: tuple[float, float, float, float, float, float]


def world(scale: str, *, seed: int = 20101231) -> World:
    """Make the country: "city" (1 city) or "province" (5 by 2 cities)."""
    across, along = {"city": (1, 1), "province": (5, 2)}[scale]
    random = np.random.default_rng(seed)
    villages = _villages(random, across, along)
    extent = np.array([across * EAST * SIDE, along * NORTH * SIDE])
    cities = across * along
    hamlets = random.uniform(0, extent, (HAMLETS * cities, 2))
    cover = {
        "fibre": _blobs(random, hamlets, [f"carrier {k}" for k in range(3)], BLOBS // 2 * cities),
        "3g": _radio(random, extent, SITES * cities),
        "cable": _blobs(random, hamlets, ["cable", "broadcaster"], BLOBS // 2 * cities),
    }
    shape = (int(extent[1] / CELL), int(extent[0] / CELL))
    people = random.gamma(0.4, 10.0, shape) * (random.random(shape) < 0.4)
    transform = (CELL, 0.0, 0.0, 0.0, -CELL, float(extent[1]))
    lines = _lines(random, extent, LINES * cities)
    return World(villages, shapely.points(hamlets), cover, lines, people, transform)


def _ragged(random: np.random.Generator, start: Floats, end: Floats) -> Floats:
    """Borders (…, BORDER + 1, 2) from start to end, the end left out, swaying by up to an eighth."""
    t = np.arange(BORDER + 1) / (BORDER + 1)
    way = end - start
    waves = np.arange(1, 8)
    size = random.normal(0, 0.04, (*start.shape[:-1], len(waves))) / waves
    sway = np.einsum("...w,wt->...t", size, np.sin(np.pi * np.outer(waves, t)))
    left = np.stack([-way[..., 1], way[..., 0]], axis=-1)
    return start[..., None, :] + t[:, None] * way[..., None, :] + sway[..., None] * left[..., None, :]


def _villages(random: np.random.Generator, across: int, along: int) -> gpd.GeoDataFrame:
    """Cut the plane into villages; code = city (4) + county (2) + township (3) + village (3)."""
    nx, ny = across * EAST, along * NORTH
    corner = np.stack(np.meshgrid(np.arange(nx + 1.0), np.arange(ny + 1.0)), axis=-1) * SIDE
    corner += random.uniform(-0.15, 0.15, corner.shape) * SIDE
    south = _ragged(random, corner[:, :-1], corner[:, 1:])  # (ny + 1, nx, BORDER + 1, 2)
    west = _ragged(random, corner[:-1], corner[1:])  # (ny, nx + 1, BORDER + 1, 2)
    north = np.concatenate([south[1:, :, 1:], corner[1:, 1:, None]], axis=2)[:, :, ::-1]
    east = west[:, 1:]
    back = np.concatenate([west[:, :-1, 1:], corner[1:, :-1, None]], axis=2)[:, :, ::-1]
    rings = np.concatenate([south[:-1], east, north, back], axis=2).reshape(nx * ny, -1, 2)
    j, i = np.divmod(np.arange(nx * ny), nx)
    city = (j // NORTH) * across + i // EAST
    county = (j % NORTH) // 11 * 2 + (i % EAST) // 16
    township = (j % NORTH) // 4 * 8 + (i % EAST) // 4
    code = [
        f"{32 + c:04d}{k:02d}{t:03d}{v:03d}"
        for c, k, t, v in zip(city, county, township, j % 4 * 4 + i % 4, strict=True)
    ]
    frame = gpd.GeoDataFrame({"code": code}, geometry=shapely.polygons(rings))
    return frame.sort_values("code", ignore_index=True)


def _blobs(random: np.random.Generator, about: Floats, operators: list[str], n: int) -> gpd.GeoDataFrame:
    """Areas of a few hundred metres to two kilometres about places, of each operator in turn."""
    n *= len(operators)
    centre = about[random.integers(0, len(about), n)]
    turn = np.linspace(0, 2 * np.pi, BLOB_VERTICES, endpoint=False)
    waves = np.arange(2, 7)
    size = random.normal(0, 0.12, (n, len(waves)))
    phase = random.uniform(0, 2 * np.pi, (n, len(waves), 1))
    radius = 1 + np.einsum("nw,nwt->nt", size, np.sin(waves[:, None] * turn + phase))
    radius = np.maximum(radius, 0.2) * random.uniform(300, 1_600, (n, 1))
    xy = centre[:, None] + radius[..., None] * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    return gpd.GeoDataFrame({"operator": np.resize(operators, n)}, geometry=shapely.polygons(xy))


def _radio(random: np.random.Generator, extent: Floats, n: int) -> gpd.GeoDataFrame:
    """Circles of 2 to 4 km about sites, two carriers site by site, one dissolved into a single row."""
    shapes = []
    for _ in range(3):
        sites = shapely.points(random.uniform(0, extent, (n, 2)))
        shapes.append(shapely.buffer(sites, random.uniform(2_000, 4_000, n), quad_segs=24))
    geometry = [*shapes[0], *shapes[1], shapely.union_all(shapes[2])]
    operator = ["red"] * n + ["blue"] * n + ["green"]
    return gpd.GeoDataFrame({"operator": operator}, geometry=geometry)


def _lines(random: np.random.Generator, extent: Floats, n: int) -> Geometries:
    """Winding lines of 1 to 3 km, one in seven a trunk of 8 to 30 km."""
    start = random.uniform(0, extent, (n, 1, 2))
    length = np.where(np.arange(n) % 7 == 0, random.uniform(8e3, 30e3, n), random.uniform(1e3, 3e3, n))
    turn = random.uniform(0, 2 * np.pi, (n, 1)) + random.normal(0, 0.15, (n, LINE_VERTICES - 1)).cumsum(
        axis=1
    )
    step = np.stack([np.cos(turn), np.sin(turn)], axis=-1) * (length / (LINE_VERTICES - 1))[:, None, None]
    return shapely.linestrings(np.concatenate([start, start + step.cumsum(axis=1)], axis=1))
