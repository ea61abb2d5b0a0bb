"""Siblings side by side: what two of them both claim, and what none of a closed row of them claims.

Borders that differ by less than a metre are slivers of drawing, and silent.

Notes
-----
A layer whose neighbours share their vertices is accepted by the coverage test of GEOS (linear time); only
units with a border that it doubts are intersected pair by pair.

"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.check.thin import DEGREE_M, in_metres, metres_of_degrees
from geo.measure import geodesic_area
from geo.terms import Action

Ints = npt.NDArray[np.intp]
Geometries = npt.NDArray[np.object_]

#: Overlaps and gaps of less mean width [m] are slivers.
SLIVER_M = 1.0
#: A gap is at most this wide, as a share of the side of a middling unit: wider ones are lakes and rivers ...
GAP_SHARE = 0.1
#: ... and at most this wide [m] ...
GAP_M = 250.0
#: ... and lies between units on this share of its border.
GAP_CLOSED = 0.7
#: Vertices that agree to these decimals of a degree (0.1 mm) are one.
VERTEX_DIGITS = 9


def check_mosaic(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str | None = None,
    action: Action = Action.QUARANTINE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note the units that overlap another one, and those along a narrow gap, with the areas.

    Parameters
    ----------
    frame
        Units of one level: valid areas in lon/lat.

    """
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    asked = doubtful(geoms, gap_width(geoms))
    a, b, both = overlaps(geoms, asked)
    for i, j, area in zip(a, b, geodesic_area(both), strict=True):
        sizes = geodesic_area(geoms[[i, j]])
        for mine, other, size in ((i, j, sizes[0]), (j, i, sizes[1])):
            values = {"other": notes.name(notes.label(other)), "area": f"{area:,.0f}"}
            notes.row(notes.label(mine), "mosaic.overlap", action, **values, share=f"{100 * area / size:.1f}")
    for gap, sides in gaps(geoms, asked):
        area = float(geodesic_area(np.array([gap], dtype=object))[0])
        for mine in sides:
            others = notes.names([notes.label(s) for s in sides if s != mine])
            notes.row(notes.label(mine), "mosaic.gap", action, others=others, area=f"{area:,.0f}")
    return notes.done()


def doubtful(geoms: Geometries, gap_m: float = 0.0) -> Ints:
    """Return the positions of areas with a border that does not match its neighbour's vertex by vertex."""
    if len(geoms) < 2:
        return np.empty(0, np.intp)
    width = gap_m / DEGREE_M
    same = shapely.transform(geoms, lambda xy: np.round(xy, VERTEX_DIGITS))
    edges = shapely.coverage_invalid_edges(same, gap_width=width)
    return np.flatnonzero(~shapely.is_empty(edges))


def overlaps(geoms: Geometries, asked: Ints) -> tuple[Ints, Ints, Geometries]:
    """Return the pairs (a < b) that share more than a sliver, and what they share; only pairs of `asked`."""
    mine = geoms[asked]
    a, b = shapely.STRtree(mine).query(mine, predicate="intersects")
    a, b = a[a < b], b[a < b]
    order = np.lexsort((b, a))
    a, b = a[order], b[order]
    shapely.prepare(mine)
    meet = ~shapely.touches(mine[a], mine[b])
    a, b = a[meet], b[meet]
    both = _areal(shapely.intersection(mine[a], mine[b]))
    thick = _width(in_metres(both)) > SLIVER_M if len(both) else np.zeros(0, bool)
    return asked[a[thick]], asked[b[thick]], both[thick]


def _areal(geoms: Geometries) -> Geometries:
    """Return only the areas of what may be collections."""
    out = geoms.copy()
    for i in np.flatnonzero(shapely.get_type_id(geoms) == 7):
        parts = shapely.get_parts(geoms[i])
        out[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return out


def _width(flat: Geometries) -> npt.NDArray[np.float64]:
    """Return the mean width of areas: twice the area by the length of the border."""
    around = shapely.length(flat)
    return np.asarray(2 * shapely.area(flat) / np.where(around > 0, around, np.inf))


def gap_width(geoms: Geometries) -> float:
    """Return how wide [m] a gap between units of this size is at most."""
    if len(geoms) == 0:
        return 0.0
    return min(GAP_SHARE * float(np.sqrt(np.median(shapely.area(in_metres(geoms))))), GAP_M)


def gaps(geoms: Geometries, asked: Ints) -> list[tuple[object, list[int]]]:
    """Return the narrow gaps between areas of `asked`, each with the positions of the units along it.

    A gap is ground that lies within reach of units on both sides, is wider than a sliver and at most
    `gap_width`, and touches two units or more along most of its border.
    """
    if asked.size < 2:
        return []
    mine = in_metres(geoms[asked], geoms)
    grown = shapely.buffer(
        mine, gap_width(geoms) / 2, join_style="mitre", cap_style="square", mitre_limit=2.0
    )
    a, b = shapely.STRtree(grown).query(grown, predicate="intersects")
    a, b = a[a < b], b[a < b]
    between = _areal(shapely.intersection(grown[a], grown[b]))
    everything = in_metres(geoms)
    near = np.unique(shapely.STRtree(everything).query(grown)[1])
    open_ground = shapely.difference(
        between, shapely.buffer(shapely.union_all(everything[near]), SLIVER_M / 2)
    )
    return _closed(open_ground, geoms, asked, mine)


def _closed(
    ground: Geometries, geoms: Geometries, asked: Ints, mine: Geometries
) -> list[tuple[object, list[int]]]:
    """Return the pieces of ground that units border on most sides, in lon/lat, with those units."""
    scale = metres_of_degrees(geoms)
    whole = shapely.union_all(ground[shapely.get_dimensions(ground) == 2])
    pieces = shapely.get_parts(whole)
    pieces = pieces[_width(pieces) > SLIVER_M] if len(pieces) else pieces
    tree = shapely.STRtree(mine)
    out = []
    for piece in pieces:
        near = np.sort(tree.query(piece, predicate="dwithin", distance=SLIVER_M))
        along = shapely.length(shapely.intersection(shapely.buffer(mine[near], SLIVER_M), piece.boundary))
        sides = near[along > 0.2 * shapely.length(piece) / 2]
        if len(sides) > 1 and along.sum() >= GAP_CLOSED * shapely.length(piece):
            out.append((shapely.transform(piece, lambda xy: xy / scale), [int(i) for i in asked[sides]]))
    return out
