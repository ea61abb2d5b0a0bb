"""How much of each unit is covered, overlap counted once, and by what.

Green's theorem decides (`geo.green`); GEOS where something lies on something.

"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.edges import Edges, Integers, made_valid, polygon_edges
from geo.green import LARGE_PART, Flags, visible_area
from geo.measure import Floats, Geometries

#: Of its unit's area, less than this is rounding and no evidence: a millimetre along a kilometre is 1e-6.
LEAST_SHARE = 1e-9
#: A union that GEOS finds this near to the unit's area is the unit.
WHOLE = 1 - 1e-12
#: How far the clip box stands off a unit's bounds [m]. `clip_by_rect` on exact bounds silently gives wrong
#: pieces where cover follows the unit's border (measured: 18 of 1,049 units, up to 99 % of the area).
STAND_OFF = np.array([-1.37, -1.53, 1.71, 1.29])


@dataclass(frozen=True)
class Covered:
    """What of each unit is covered, and by what.

    Parameters
    ----------
    area_m2
        (n,) area of the unit within the union of the cover [m2], never above `unit_m2`.
    unit_m2
        (n,) area of the unit [m2]; 0 where it has none.
    offsets, cover
        Evidence of unit k: the rows `cover[offsets[k]:offsets[k + 1]]` of the cover, ascending, that share
        more than 1e-9 of its area with it.

    """

    area_m2: Floats
    unit_m2: Floats
    offsets: Integers
    cover: Integers


def covered_area(units: Geometries, cover: Geometries, *, checked: bool = False) -> Covered:
    """Return how much of each unit the union of the cover covers, and the rows of the cover that do.

    Parameters
    ----------
    units
        (n,) polygons or multipolygons in an equal-area plane [m]. Missing and empty ones have area 0.
    cover
        (m,) polygons or multipolygons in the same plane; may overlap, repeat or be empty. What is no area is
        passed over.
    checked
        True if the caller has made sure that all geometries are valid; otherwise invalid ones are made valid
        first (a self-crossing ring covers what it winds around an odd number of times).

    Notes
    -----
    Exact to rounding (1e-12 of the unit's box). Each unit is a pure function of itself and of the cover that
    reaches it: any subset of units, and any order of rows, gives the same areas bit for bit. The pieces are
    added in fixed point, where addition has no order; GEOS, where it decides, is given them in a fixed order.

    """
    units, cover = np.asarray(units, dtype=object), np.asarray(cover, dtype=object)
    if not checked:
        units, cover = made_valid(units), made_valid(cover)
    over = _distinct(polygon_edges(cover))
    unit, part = _near_pairs(units, over)
    unit_m2 = np.nan_to_num(shapely.area(units), posinf=0.0, neginf=0.0)
    seen = visible_area(polygon_edges(units), len(units), (unit, part), over.edges)
    area = np.where(seen.whole, unit_m2, np.clip(seen.area, 0, unit_m2))
    shares = seen.shares
    if seen.doubtful.any():
        _settle_by_geos(units, unit_m2, unit, part, over.edges, area, shares, seen.doubtful)
    offsets, rows = over.rows_of(unit[shares], part[shares], len(units))
    return Covered(area, unit_m2, offsets, rows)


@dataclass(frozen=True)
class _Distinct:
    """The parts of the cover, identical ones once: carriers that share a mast deliver the same circle."""

    edges: Edges
    keeper: Integers  # (k,) the part that stands for each

    def rows_of(self, unit: Integers, part: Integers, n_units: int) -> tuple[Integers, Integers]:
        """Return offsets and rows of the cover for pairs of unit and standing part, each row once."""
        order = np.argsort(self.keeper, kind="stable")
        low = np.searchsorted(self.keeper[order], part)
        n = np.searchsorted(self.keeper[order], part, side="right") - low
        spread = np.repeat(low - np.cumsum(n) + n, n) + np.arange(n.sum())
        pairs = np.column_stack([np.repeat(unit, n), self.edges.owner[order[spread]]])
        pairs = pairs[np.lexsort([pairs[:, 1], pairs[:, 0]])]
        pairs = pairs[np.r_[True, (pairs[1:] != pairs[:-1]).any(axis=1)][: len(pairs)]]
        return np.searchsorted(pairs[:, 0], np.arange(n_units + 1)), pairs[:, 1].copy()


def _distinct(edges: Edges) -> _Distinct:
    """Find the parts that repeat an earlier one, coordinate by coordinate."""
    n = len(edges.parts)
    key = np.column_stack([shapely.bounds(edges.parts).reshape(n, 4), np.diff(edges.offsets)])
    order = np.lexsort(key.T)
    again = np.zeros(n, dtype=bool)
    same = 1 + np.flatnonzero((key[order[1:]] == key[order[:-1]]).all(axis=1))
    again[same] = shapely.equals_identical(edges.parts[order[same]], edges.parts[order[same - 1]])
    keeper = np.empty(n, dtype=np.int64)
    keeper[order] = order[~again][np.cumsum(~again) - 1]
    return _Distinct(edges, keeper)


def _near_pairs(units: Geometries, over: _Distinct) -> tuple[Integers, Integers]:
    """Pairs of unit and standing part whose boxes meet, by unit, then part."""
    has_edges = np.diff(over.edges.offsets) > 0
    standing = np.flatnonzero(has_edges & (over.keeper == np.arange(len(has_edges))))
    part, unit = shapely.STRtree(units).query(over.edges.parts[standing])
    order = np.lexsort([part, unit])
    return unit[order], standing[part[order]]


# ---------------------------------------------------------------- GEOS, where something touches


def _settle_by_geos(
    units: Geometries,
    unit_m2: Floats,
    unit: Integers,
    part: Integers,
    edges: Edges,
    area: Floats,
    shares: Flags,
    doubtful: Flags,
) -> None:
    """Write area and evidence of the doubtful units: cut pair by pair, unite the pieces in a fixed order."""
    pair = np.flatnonzero(doubtful[unit])
    v, p = unit[pair], part[pair]
    pieces = _cut(units[v], edges.parts[p], np.diff(edges.offsets)[p] > LARGE_PART)
    piece_m2 = shapely.area(pieces)
    shares[pair] = piece_m2 > LEAST_SHARE * unit_m2[v]
    area[doubtful] = 0.0
    some = np.flatnonzero(piece_m2 > 0)
    for group in np.split(some, np.flatnonzero(np.diff(v[some])) + 1):
        if len(group):
            u = v[group[0]]
            area[u] = _united_m2(pieces[group], piece_m2[group], unit_m2[u])


def _cut(units: Geometries, parts: Geometries, large: Flags) -> Geometries:
    """Cut parts to units, pair by pair; large parts to the unit's surroundings first."""
    parts = parts.copy()
    for k in np.flatnonzero(large):
        box = shapely.bounds(units[k]) + STAND_OFF
        try:
            parts[k] = shapely.make_valid(shapely.clip_by_rect(parts[k], *box))
        except shapely.errors.GEOSException:  # clip_by_rect promises no valid result: an overlay does
            parts[k] = shapely.intersection(parts[k], shapely.box(*box))
    try:
        pieces = shapely.intersection(units, parts)
    except shapely.errors.GEOSException:
        pieces = shapely.intersection(shapely.make_valid(units), shapely.make_valid(parts))
    return np.asarray(pieces, dtype=object)


def _united_m2(pieces: Geometries, piece_m2: Floats, unit_m2: float) -> float:
    """Area of the union of the pieces of one unit; the unit's own where only rounding is missing."""
    total = float(piece_m2.max())
    if len(pieces) > 1 and total < unit_m2 * WHOLE:
        order = np.argsort(
            shapely.to_wkb(pieces)
        )  # by content: the rows' order must not show in the last bits
        total = float(shapely.area(shapely.union_all(pieces[order])))
    return unit_m2 if total >= unit_m2 * WHOLE else total
