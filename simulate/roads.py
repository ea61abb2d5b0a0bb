"""Roads: a web between the seats of villages in which better roads attract the ways of all.

The web is the Delaunay triangulation of the seats, roughened like borders; ways are shortest paths over it
(trunk roads between county seats, county roads between towns, township roads from a town to its villages),
and a stretch that is already a better road is cheaper, so that ways run together as they do in a country.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.chance import Floats, Integers, stream
from simulate.fractal import profile, roughen, segments_for
from simulate.plane import to_plane
from simulate.terrain import CITY_CENTRE, COUNTY_SEATS, TOWN_CENTRES, Terrain

#: Road classes, best first.
CLASSES = ("trunk", "county", "township", "village")

_DISCOUNT = {"trunk": 0.5, "county": 0.62, "township": 0.8}


@dataclass(frozen=True)
class Web:
    """The web of roads: nodes are the villages in their order.

    Attributes
    ----------
    edges
        Villages at both ends, (m, 2), the lesser first.
    lines
        The drawn edges from first to second village, plane metres.
    cost
        Length made longer by hills [m].
    grade
        Class of each edge, "" where no road runs.
    """

    edges: Integers
    lines: NDArray[np.object_]
    cost: Floats
    grade: NDArray[np.str_]

    def neighbours(self, usable: NDArray[np.bool_]) -> list[list[tuple[int, int]]]:
        """Return for each village its (neighbour, edge) pairs over usable edges."""
        near: list[list[tuple[int, int]]] = [[] for _ in range(int(self.edges.max()) + 1)]
        for edge in np.flatnonzero(usable):
            a, b = self.edges[edge]
            near[a].append((int(b), int(edge)))
            near[b].append((int(a), int(edge)))
        return near


def shortest(
    near: list[list[tuple[int, int]]], cost: Floats, sources: Iterable[int]
) -> tuple[Floats, Integers]:
    """Return cost to the nearest source and the edge towards it (-1: none) for each village."""
    best = np.full(len(near), np.inf)
    towards: Integers = np.full(len(near), -1, dtype=np.int64)
    heap = [(0.0, int(s)) for s in sources]
    for _, s in heap:
        best[s] = 0.0
    heapq.heapify(heap)
    while heap:
        so_far, at = heapq.heappop(heap)
        if so_far > best[at]:
            continue
        for other, edge in near[at]:
            total = so_far + cost[edge]
            if total < best[other] - 1e-9:
                best[other], towards[other] = total, edge
                heapq.heappush(heap, (total, other))
    return best, towards


def way(towards: Integers, edges: Integers, start: int) -> list[int]:
    """Return the edges from `start` to the source that `towards` leads to."""
    found, at = [], start
    while towards[at] >= 0:
        edge = int(towards[at])
        found.append(edge)
        at = int(edges[edge].sum()) - at
    return found


def web(seats: Floats, outline: shapely.Geometry, *, terrain: Terrain, seed: int) -> Web:
    """Return the web between the seats (plane), drawn but without road classes."""
    edges, sides = _delaunay(seats, outline)
    rng = stream(seed, "roads")
    lines = [_drawn(seats[edge], side, rng=rng) for edge, side in zip(edges, sides, strict=True)]
    drawn = shapely.linestrings(
        np.vstack(lines), indices=np.repeat(np.arange(len(lines)), [len(x) for x in lines])
    )
    middles = shapely.get_coordinates(shapely.line_interpolate_point(drawn, 0.5, normalized=True))
    cost = shapely.length(drawn) * (1.0 + 2.5 * terrain.hill(middles))
    return Web(edges, drawn, cost, np.full(len(edges), "", dtype="U8"))


def _delaunay(seats: Floats, outline: shapely.Geometry) -> tuple[Integers, list[Floats]]:
    """Return the Delaunay edges within the outline and the corners of the triangles beside each."""
    triangles = shapely.delaunay_triangles(shapely.MultiPoint(seats))
    number = {(float(x), float(y)): n for n, (x, y) in enumerate(seats)}
    beside: dict[tuple[int, int], list[int]] = {}
    for triangle in shapely.get_parts(triangles):
        a, b, c = (number[float(x), float(y)] for x, y in shapely.get_coordinates(triangle)[:3])
        for one, two, third in ((a, b, c), (b, c, a), (c, a, b)):
            beside.setdefault((min(one, two), max(one, two)), []).append(third)
    keys = sorted(beside)
    lines = shapely.linestrings(seats[np.array(keys)])
    keep = shapely.contains_properly(outline, lines)
    kept = [key for key, inside in zip(keys, keep, strict=True) if inside]
    return np.array(kept, dtype=np.int64), [_side_points(seats, key, beside[key]) for key in kept]


def _side_points(seats: Floats, edge: tuple[int, int], thirds: list[int]) -> Floats:
    """Return the point left and the point right of an edge: the centres of its triangles."""
    a, b = seats[edge[0]], seats[edge[1]]
    normal = np.array([-(b - a)[1], (b - a)[0]])
    left, right = (a + b) / 2 + normal * 1e-3, (a + b) / 2 - normal * 1e-3
    for third in thirds:
        centre = (a + b + seats[third]) / 3
        if normal @ (centre - a) > 0:
            left = centre
        else:
            right = centre
    return np.array([left, right])


def _drawn(ends: Floats, sides: Floats, *, rng: np.random.Generator) -> Floats:
    """Return a road as a smooth, slightly winding line between two villages."""
    count = segments_for(float(np.hypot(*(ends[1] - ends[0]))), 210.0, most=16)
    shape = profile(rng, count, roughness=0.42)
    return roughen(ends, sides, shape, amplitude=0.13)


def graded(net: Web, villages: pd.DataFrame, seats: Floats, *, seed: int) -> Web:
    """Return the web with a class for each edge that is a road ("" where none runs)."""
    grade = net.grade.copy()
    cost = net.cost.copy()
    near = net.neighbours(np.ones(len(net.edges), dtype=bool))
    hubs = {code: _nearest(seats, lonlat) for code, lonlat in COUNTY_SEATS.items()}
    towns = town_nodes(villages, seats)
    pairs = [(hub, _nearest(seats, CITY_CENTRE)) for hub in hubs.values()]
    pairs += [
        (hubs[a], hubs[b]) for a, b in (("320413", "320481"), ("320412", "320481")) if {a, b} <= hubs.keys()
    ]
    _lay(pairs, "trunk", grade, cost, net=net, near=near)
    _lay([(node, hubs[code[:6]]) for code, node in towns.items()], "county", grade, cost, net=net, near=near)
    _lay(_neighbour_towns(list(towns.values()), seats), "county", grade, cost, net=net, near=near)
    _, towards = shortest(near, cost, towns.values())
    for village in range(len(seats)):
        for edge in way(towards, net.edges, village):
            if grade[edge] == "":
                grade[edge] = "township"
    rng = stream(seed, "village roads")
    lengths = shapely.length(net.lines)
    extra = (grade == "") & (rng.random(len(grade)) < np.clip(1500.0 / lengths, 0.25, 0.95))
    grade[extra] = "village"
    return Web(net.edges, net.lines, net.cost, grade)


def _lay(
    pairs: list[tuple[int, int]],
    klass: str,
    grade: NDArray[np.str_],
    cost: Floats,
    *,
    net: Web,
    near: list[list[tuple[int, int]]],
) -> None:
    """Mark the cheapest way of each pair with a class, and make its edges cheaper for the next."""
    for start, end in pairs:
        _, towards = shortest(near, cost, [end])
        for edge in way(towards, net.edges, start):
            if grade[edge] == "":
                grade[edge] = klass
                cost[edge] = net.cost[edge] * _DISCOUNT[klass]


def _nearest(seats: Floats, lonlat: tuple[float, float]) -> int:
    """Return the village whose seat is nearest to a place."""
    return int(np.argmin(np.hypot(*(seats - to_plane(np.array([lonlat]))[0]).T)))


def town_nodes(villages: pd.DataFrame, seats: Floats) -> dict[str, int]:
    """Return the village at the centre of each town."""
    nodes = {}
    for code, rows in villages.groupby("town_code9", sort=True).indices.items():
        rows_ = np.asarray(rows)
        nodes[str(code)] = int(rows_[_nearest(seats[rows_], TOWN_CENTRES[str(code)])])
    return nodes


def _neighbour_towns(nodes: list[int], seats: Floats) -> list[tuple[int, int]]:
    """Return each town with its three nearest others."""
    places = seats[nodes]
    gap = np.hypot(*(places[:, None, :] - places[None, :, :]).transpose(2, 0, 1))
    order = np.argsort(gap, axis=1, kind="stable")[:, 1:4]
    return sorted(
        {(min(nodes[a], nodes[b]), max(nodes[a], nodes[b])) for a in range(len(nodes)) for b in order[a]}
    )
