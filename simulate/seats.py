"""Where each village has its seat: a county is shared among its towns, each town among its villages.

Towns get their land by a power diagram whose weights are moved until every town has its share;
villages by weighted k-means, so that they are small where people live densely.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from simulate.chance import Floats, Integers, stream
from simulate.plane import to_plane
from simulate.terrain import TOWN_CENTRES, Terrain

_POINTS_PER_VILLAGE = 140
_ROUNDS_OF_WEIGHTS, _ROUNDS_OF_MEANS = 120, 9


def village_seats(
    county: shapely.Geometry, divisions: pd.DataFrame, *, terrain: Terrain, seed: int
) -> Floats:
    """Return the seats (n, 2), plane metres, of the villages in `divisions` (one county, in order).

    Villages of a town are handed out from its centre outward in the order of their codes, residents'
    committees (0xx) first, as the codes were given.
    """
    code6 = str(divisions["county_code6"].iloc[0])
    towns = {
        str(code): np.asarray(rows)
        for code, rows in divisions.groupby("town_code9", sort=True).indices.items()
    }
    centres = to_plane(np.array([TOWN_CENTRES[code] for code in towns]))
    counts = np.array([len(rows) for rows in towns.values()], dtype=np.float64)
    weights = _town_weights(_fill(county, 9000, stream(seed, "towns", code6)), centres, counts)
    seats = np.zeros((len(divisions), 2))
    for number, (code, rows) in enumerate(towns.items()):
        rng = stream(seed, "seats", code)
        land = _town_land(county, number, centres, weights, villages=len(rows), rng=rng)
        means = _brought_inside(_means(land, len(rows), terrain, rng), land, county.buffer(-40.0))
        seats[rows] = _from_the_centre(means, centres[number])
    return seats


def _brought_inside(seats: Floats, land: Floats, inner: shapely.Geometry) -> Floats:
    """Return the seats, those outside `inner` moved to the nearest point of the land that is inside."""
    land = land[shapely.contains_xy(inner, land[:, 0], land[:, 1])]
    inside = shapely.contains_xy(inner, seats[:, 0], seats[:, 1])
    nearest = land[_owner(seats, land, np.zeros(len(land)))]
    return np.asarray(np.where(inside[:, None], seats, nearest))


def _fill(area: shapely.Geometry, count: int, rng: np.random.Generator) -> Floats:
    """Return about `count` jittered grid points inside `area`."""
    x0, y0, x1, y1 = shapely.bounds(area)
    step = float(np.sqrt(area.area / count))
    xs, ys = np.arange(x0, x1 + step, step), np.arange(y0, y1 + step, step)
    points = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    points = points + rng.uniform(-0.45, 0.45, points.shape) * step
    return np.asarray(points[shapely.contains_xy(area, points[:, 0], points[:, 1])])


def _owner(points: Floats, centres: Floats, weights: Floats) -> Integers:
    """Return for each point the number of the centre whose power distance is least."""
    origin = centres.mean(axis=0)  # small numbers: the squares keep their digits
    p, c = points - origin, centres - origin
    power = (c**2).sum(axis=1) - weights - 2.0 * p[:, :1] * c[:, 0]
    power -= 2.0 * p[:, 1:] * c[:, 1]
    return np.asarray(np.argmin(power, axis=1), dtype=np.int64)


def _town_weights(points: Floats, centres: Floats, counts: Floats) -> Floats:
    """Return the power weights that give each town its share of the county's points.

    The share is midway (geometric mean) between what nearness alone gives and what the number of
    villages asks for.
    """
    weights = np.zeros(len(centres))
    plain = np.bincount(_owner(points, centres, weights), minlength=len(centres)) / len(points)
    share = np.sqrt(np.maximum(plain, 0.002) * counts / counts.sum())
    share /= share.sum()
    reach = len(points) and float(np.ptp(points, axis=0).prod()) / len(centres)
    for round_ in range(_ROUNDS_OF_WEIGHTS):
        now = np.bincount(_owner(points, centres, weights), minlength=len(centres)) / len(points)
        weights += (share - now) * reach * (2.0 if round_ < _ROUNDS_OF_WEIGHTS // 2 else 0.7)
    return weights


def _town_land(
    county: shapely.Geometry,
    number: int,
    centres: Floats,
    weights: Floats,
    *,
    villages: int,
    rng: np.random.Generator,
) -> Floats:
    """Return enough points of one town's land to share it among its villages."""
    wanted = max(villages * _POINTS_PER_VILLAGE, 400)
    points = _fill(county, 8000, rng)
    share = max(float(np.mean(_owner(points, centres, weights) == number)), 0.001)
    points = _fill(county, int(wanted / share), rng)
    return np.asarray(points[_owner(points, centres, weights) == number])


def _means(land: Floats, villages: int, terrain: Terrain, rng: np.random.Generator) -> Floats:
    """Return village seats by k-means, the points weighted by the density of settlement."""
    weight = terrain.density(land) ** 0.72
    means = land[rng.choice(len(land), size=villages, replace=False, p=weight / weight.sum())]
    for _ in range(_ROUNDS_OF_MEANS):
        owner = _owner(land, means, np.zeros(villages))
        mass = np.bincount(owner, weights=weight, minlength=villages)
        moved = np.column_stack(
            [np.bincount(owner, weights=weight * land[:, axis], minlength=villages) for axis in (0, 1)]
        )
        means = np.where(mass[:, None] > 0, moved / np.maximum(mass, 1e-12)[:, None], means)
    return np.asarray(means)


def _from_the_centre(seats: Floats, centre: Floats) -> Floats:
    """Return the seats ordered by their distance from the town's centre."""
    distance = np.hypot(*(seats - centre).T)
    return np.asarray(seats[np.argsort(distance, kind="stable")])
