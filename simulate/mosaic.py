"""The mosaic: villages that fill the county outlines without gap or overlap.

Every border is one line, drawn once and used by the units on both sides, so shared borders have
identical vertices and every parent is exactly the union of its children. The county outlines keep all
their vertices; where a village border ends on one, a node is added, on both sides of the outline.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from simulate.chance import Floats, Integers, stream
from simulate.fractal import profile, roughen, segments_for
from simulate.plane import DECIMALS, to_lonlat, to_plane

Point = tuple[float, float]
Segment = tuple[Point, Point]

#: Nodes nearer than this to a vertex of the outline are put onto it [m].
_SNAP_M = 3.0


@dataclass(frozen=True)
class Detail:
    """How finely borders are drawn: the segment aimed at [m], the most segments an edge may have."""

    segment_m: float = 55.0
    most: int = 32


@dataclass
class Border:
    """One stretch of border inside a county: its ends, the seats beside it, its nodes on the outline."""

    ends: Floats
    sides: tuple[int, int]
    nodes: tuple[Point | None, Point | None]


class Outline:
    """The outlines of all counties (longitude, latitude) and the nodes that village borders put on them."""

    def __init__(self, counties: NDArray[np.object_]) -> None:
        self.rings = [[(float(x), float(y)) for x, y in shapely.get_coordinates(c)] for c in counties]
        self.nodes: dict[Segment, dict[float, Point]] = defaultdict(dict)

    def segments(self, county: int) -> list[Segment]:
        """Return the segments of a county's ring, each from its lesser end, in the order of the ring."""
        ring = self.rings[county]
        return [(min(a, b), max(a, b)) for a, b in pairwise(ring)]

    def add(self, segment: Segment, at: Floats) -> Point:
        """Return the node on `segment` nearest to the plane point `at`, and keep it."""
        ends = to_plane(np.array(segment))
        along = ends[1] - ends[0]
        length = float(np.hypot(*along))
        t = float((at - ends[0]) @ along) / length**2
        if t * length < _SNAP_M:
            return segment[0]
        if (1 - t) * length < _SNAP_M:
            return segment[1]
        a, b = np.array(segment)
        x, y = np.round(a + t * (b - a), DECIMALS)
        node = (float(x), float(y))
        return self.nodes[segment].setdefault(t, node)

    def ring(self, county: int) -> list[Point]:
        """Return a county's ring with all nodes on it."""
        points: list[Point] = []
        ring = self.rings[county]
        for a, b in pairwise(ring):
            segment = (min(a, b), max(a, b))
            inner = [node for _, node in sorted(self.nodes[segment].items())]
            points += [a, *(inner if a == segment[0] else inner[::-1])]
        points = [p for p, before in zip(points, [None, *points[:-1]], strict=True) if p != before]
        return [*points, points[0]]


def borders(county: shapely.Geometry, seats: Floats, outline: Outline, number: int) -> list[Border]:
    """Return the straight borders between the seats' Voronoi cells inside one county (plane)."""
    edges, owners = _voronoi_edges(seats, county)
    rings = [to_plane(np.array(segment)) for segment in outline.segments(number)]
    sides = shapely.linestrings(np.array(rings))
    tree = shapely.STRtree(sides)
    found: list[Border] = []
    for edge, owner in zip(edges, owners, strict=True):
        line = shapely.LineString(edge)
        if shapely.contains_properly(county, line):
            found.append(Border(edge, owner, (None, None)))
            continue
        for piece in shapely.get_parts(shapely.intersection(county, line)):
            if piece.geom_type != "LineString" or piece.length < 1e-3:
                continue
            found.append(
                _clipped(shapely.get_coordinates(piece)[[0, -1]], edge, owner, (tree, outline, number))
            )
    return found


def _clipped(
    ends: Floats, edge: Floats, owner: tuple[int, int], where: tuple[shapely.STRtree, Outline, int]
) -> Border:
    """Return the border of a clipped edge: an end that is not the edge's own lies on the outline."""
    tree, outline, number = where
    nodes: list[Point | None] = [None, None]
    if (edge[1] - edge[0]) @ (ends[1] - ends[0]) < 0:
        ends = ends[::-1]
    for which in (0, 1):
        if np.hypot(*(ends[which] - edge[which])) > 1e-6:
            segment = outline.segments(number)[int(tree.nearest(shapely.Point(ends[which])))]
            nodes[which] = outline.add(segment, ends[which])
    return Border(ends, owner, (nodes[0], nodes[1]))


def _voronoi_edges(seats: Floats, county: shapely.Geometry) -> tuple[list[Floats], list[tuple[int, int]]]:
    """Return the edges between two cells and the two seats of each, lesser first, in a fixed order."""
    frame = shapely.box(*shapely.bounds(county.buffer(40000.0)))
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(seats), extend_to=frame, ordered=True)
    beside: dict[Segment, list[int]] = defaultdict(list)
    for seat, cell in enumerate(shapely.get_parts(diagram)):
        ring = np.round(shapely.get_coordinates(cell), 4)
        for a, b in pairwise(ring):
            p, q = (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))
            if p != q:
                beside[min(p, q), max(p, q)].append(seat)
    shared = sorted((seats_[0], seats_[1], edge) for edge, seats_ in beside.items() if len(seats_) == 2)
    return [np.array(edge) for _, _, edge in shared], [(a, b) for a, b, _ in shared]


def drawn(
    border: Border, seats: Floats, county: shapely.Geometry, *, detail: Detail, rng: np.random.Generator
) -> Floats:
    """Return a border as drawn: roughened, in longitude and latitude on the lattice.

    The roughness is halved until the line keeps inside the county, in the last resort it stays straight.
    """
    a, b = border.ends
    along = b - a
    first, second = seats[border.sides[0]], seats[border.sides[1]]
    left_first = along[0] * (first - a)[1] - along[1] * (first - a)[0] > 0
    sides = np.array([first, second] if left_first else [second, first])
    count = segments_for(float(np.hypot(*along)), detail.segment_m, most=detail.most)
    shape = profile(rng, count)
    for amplitude in (0.30, 0.15, 0.07, 0.0):
        line = roughen(border.ends, sides, shape, amplitude=amplitude)
        if amplitude == 0.0 or _keeps_inside(line, border, county):
            break
    lonlat = to_lonlat(line)
    for which, node in zip((0, -1), border.nodes, strict=True):
        if node is not None:
            lonlat[which] = node
    return lonlat


def _keeps_inside(line: Floats, border: Border, county: shapely.Geometry) -> bool:
    """Return whether a drawn line meets the outline nowhere but at its ends that lie on it."""
    first = 1 if border.nodes[0] is not None else 0
    last = len(line) - (1 if border.nodes[1] is not None else 0)
    if last - first < 2:
        return bool(shapely.covers(county.buffer(0.5), shapely.LineString(line)))
    inner = shapely.LineString(line[first:last])
    return bool(shapely.contains_properly(county, inner)) and bool(
        shapely.covers(county.buffer(0.5), shapely.LineString(line))
    )


def faces(lines: list[Floats], ring: list[Point], seats_lonlat: Floats) -> NDArray[np.object_]:
    """Return one polygon per seat, made of the drawn borders and the outline of one county.

    A face without a seat (a corner that an inlet of the outline cuts off) goes to the neighbour with
    the longest common border.
    """
    edges = [shapely.LineString(line) for line in lines]
    edges += [shapely.LineString(pair) for pair in pairwise(ring)]
    made = np.asarray(shapely.get_parts(shapely.polygonize(edges)))
    tree = shapely.STRtree(made)
    seat, face = tree.query(shapely.points(seats_lonlat), predicate="within")
    owner: Integers = np.full(len(made), -1)
    owner[face] = seat
    while (owner < 0).any():
        orphans = np.flatnonzero(owner < 0)
        for orphan in orphans:
            owner[orphan] = _adopter(int(orphan), made, owner)
    return np.array([_joined(made[owner == n]) for n in range(len(seats_lonlat))], dtype=object)


def _adopter(orphan: int, made: NDArray[np.object_], owner: Integers) -> int:
    """Return the owner with the longest border to a face without a seat (-1 while no neighbour has one)."""
    common = shapely.length(shapely.intersection(shapely.boundary(made[orphan]), shapely.boundary(made)))
    common[owner < 0] = 0.0
    best = int(np.argmax(common))
    return int(owner[best]) if common[best] > 0 else -1


def _joined(parts: NDArray[np.object_]) -> shapely.Geometry:
    """Return the union of faces that share borders vertex by vertex."""
    return parts[0] if len(parts) == 1 else shapely.coverage_union_all(parts)


def village_polygons(
    counties: NDArray[np.object_], seats: list[Floats], *, seed: int, detail: Detail
) -> list[NDArray[np.object_]]:
    """Return for each county the polygons of its villages, in longitude and latitude.

    Parameters
    ----------
    counties
        Outlines in longitude and latitude, sharing whole segments with their neighbours.
    seats
        Per county the seats of its villages, plane metres.
    """
    outline = Outline(counties)
    planes = [shapely.transform(c, to_plane) for c in counties]
    for plane in planes:
        shapely.prepare(plane)
    found = [borders(planes[n], seats[n], outline, n) for n in range(len(counties))]
    result = []
    for n, plane in enumerate(planes):
        rng = stream(seed, "borders", n)
        lines = [drawn(b, seats[n], plane, detail=detail, rng=rng) for b in found[n]]
        result.append(faces(lines, outline.ring(n), to_lonlat(seats[n])))
    return result


def union(parts: NDArray[np.object_]) -> shapely.Geometry:
    """Return the union of units that share borders vertex by vertex, with a fixed start and direction."""
    return shapely.normalize(shapely.coverage_union_all(parts))
