"""Covered area of units by Green's theorem over the visible pieces of edges, overlap counted once.

The border of a unit V cut with the union of P1, P2, … is made of the pieces of V's edges that lie in some P,
and the pieces of each P's edges that lie inside V and in no other P. So each edge is cut where it meets the
others, one middle point tells whether a piece counts, and half the sum of x0 y1 - x1 y0 over the pieces that
do is the area. No topology is built. Where an edge lies on another, or a vertex on an edge, a middle point
decides nothing: such units are doubtful, and `geo.overlay` leaves them to GEOS.

"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.edges import Edges, Integers
from geo.kernel import kernel
from geo.measure import Floats

Flags = NDArray[np.bool_]
Owners = NDArray[np.int32]
Box = tuple[float, float, float, float]
#: Work arrays that grow: edges (m, 4), their owners, and whether they are near.
Room = tuple[Floats, Owners, Flags]

#: Parts with more edges are read by bands of y: a unit reads its neighbourhood and not a whole network.
LARGE_PART = 256
#: Pieces that one edge may be cut into before its unit is doubtful.
MOST_CUTS = 1024
#: An end of an edge lies on another edge within this part of its length; parallel edges so many metres.
TOUCH_PART, TOUCH_M = 1e-9, 1e-6


class Visible(NamedTuple):
    """What the kernel tells of units (n,) and of pairs of unit and part (k,)."""

    area: Floats
    shares: Flags
    whole: Flags
    doubtful: Flags


class _Bands(NamedTuple):
    """Edges of large parts by horizontal band: `rows[p]` of them for part p, from `first[p]` on."""

    first: Integers
    rows: Integers
    bottom: Floats
    per_m: Floats
    start: Integers
    edge: Integers


class _Scene(NamedTuple):
    """One unit and what may cover it, relative to its centre: edges (m, 4), owner 0 for the unit, else 1 on.

    Edges right of the unit's box are kept for the rays only: not `near`. The bins are horizontal rows.
    """

    ends: Floats
    owner: Owners
    near: Flags
    start: Owners
    row_ends: Floats
    row_owner: Owners
    bottom: float
    per_m: float


def visible_area(units: Edges, n_units: int, pairs: tuple[Integers, Integers], cover: Edges) -> Visible:
    """Return the area [m2] of each unit within the union of the parts paired with it.

    Parameters
    ----------
    units
        Edges of the units in a plane; a unit may have several parts or none.
    n_units
        How many units there are, those without edges included.
    pairs
        Unit and part of the cover whose boxes meet, by unit; only these are looked at.
    cover
        Edges of the cover in the same plane; none may repeat another exactly.

    Returns
    -------
    Visible
        `area`; `shares`: the pairs that share area; `whole`: the unit lies wholly within the cover;
        `doubtful`: something lies on something, and the unit's other answers mean nothing.

    """
    starts = units.offsets[np.searchsorted(units.owner, np.arange(n_units + 1))]
    first = np.searchsorted(pairs[0], np.arange(n_units + 1))
    bands = _bands(cover.ends, cover.offsets)
    return Visible(*_all_units(units.ends, starts, first, pairs[1], cover.ends, cover.offsets, bands))


def _bands(ends: Floats, offsets: Integers) -> _Bands:
    """Sort the edges of large parts into bands of y, about 32 to a band, by the part's own extent."""
    n = np.diff(offsets)
    rows = np.where(n > LARGE_PART, n // 32, 0)
    bottom, per_m = np.zeros(len(n)), np.zeros(len(n))
    for p in np.flatnonzero(rows):
        y = ends[offsets[p] : offsets[p + 1], 1]
        bottom[p], height = y.min(), np.ptp(y)
        per_m[p] = rows[p] / height if height > 0 else 0.0
    first = np.cumsum(rows) - rows
    start, edge = _fill_bands(ends, offsets, first, rows, bottom, per_m)
    return _Bands(first, rows, bottom, per_m, start, edge)


@kernel
def _row(y: float, bottom: float, per_m: float, rows: int) -> int:
    """Band of a height, held within 0 to rows - 1."""
    return int(min(max((y - bottom) * per_m, 0.0), rows - 1.0))


@kernel
def _fill_bands(
    ends: Floats, offsets: Integers, first: Integers, rows: Integers, bottom: Floats, per_m: Floats
) -> tuple[Integers, Integers]:
    """Return offsets by band and the edges in each."""
    start = np.zeros(int(rows.sum()) + 1, np.int64)
    edge = np.empty(0, np.int64)
    at = np.empty(0, np.int64)
    for turn in range(2):  # count, then fill
        if turn == 1:
            for b in range(len(start) - 1):
                start[b + 1] += start[b]
            edge, at = np.empty(start[-1], np.int64), start.copy()
        for p in range(len(rows)):
            for e in range(offsets[p], offsets[p + 1] if rows[p] > 0 else offsets[p]):
                low, high = min(ends[e, 1], ends[e, 3]), max(ends[e, 1], ends[e, 3])
                for b in range(
                    _row(low, bottom[p], per_m[p], rows[p]), _row(high, bottom[p], per_m[p], rows[p]) + 1
                ):
                    if turn == 0:
                        start[first[p] + b + 1] += 1
                    else:
                        edge[at[first[p] + b]] = e
                        at[first[p] + b] += 1
    return start, edge


@kernel
def _all_units(
    mine: Floats,
    starts: Integers,
    first: Integers,
    part: Integers,
    ends: Floats,
    offsets: Integers,
    bands: _Bands,
) -> tuple[Floats, Flags, Flags, Flags]:
    """Return covered area, which pairs share area, which units are covered whole and which are doubtful."""
    n = len(starts) - 1
    area, whole, doubtful = np.zeros(n), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    shares = np.zeros(len(part), np.bool_)
    room = np.empty((1024, 4)), np.empty(1024, np.int32), np.empty(1024, np.bool_)
    cuts = np.empty(MOST_CUTS)
    for v in range(n):
        unit = mine[starts[v] : starts[v + 1]]
        box = _box(unit)
        if first[v + 1] == first[v] or not (box[2] > box[0] and box[3] > box[1]):
            continue
        reach = part[first[v] : first[v + 1]]
        evidence = shares[first[v] : first[v + 1]]
        m, whole[v], room = _gather(unit, box, reach, ends, offsets, bands, evidence, room)
        if m == len(unit):
            continue  # no edge of the cover is near: covered whole, or not at all
        scene = _scene(room[0][:m], room[1][:m], room[2][:m], box)
        area[v], all_seen, doubtful[v] = _green(scene, box, evidence, cuts)
        whole[v] = whole[v] or all_seen
        _mark_holders(scene, evidence)
    return area, shares, whole, doubtful


@kernel
def _box(ends: Floats) -> tuple[float, float, float, float]:
    """Bounds of closed rings given by their edges."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for e in range(len(ends)):
        x0, x1 = min(x0, ends[e, 0]), max(x1, ends[e, 0])
        y0, y1 = min(y0, ends[e, 1]), max(y1, ends[e, 1])
    return x0, y0, x1, y1


@kernel
def _with_room(room: Room, need: int) -> Room:
    """Return the work arrays, larger where `need` edges would not fit; what they hold is kept."""
    ends, owner, near = room
    if need <= len(owner):
        return room
    more, whose, close = np.empty((2 * need, 4)), np.empty(2 * need, np.int32), np.empty(2 * need, np.bool_)
    more[: len(ends)], whose[: len(owner)], close[: len(near)] = ends, owner, near
    return more, whose, close


@kernel
def _gather(
    unit: Floats,
    box: Box,
    reach: Integers,
    ends: Floats,
    offsets: Integers,
    bands: _Bands,
    evidence: Flags,
    room: Room,
) -> tuple[int, bool, Room]:
    """Collect the unit's edges and those of the parts that reach it, relative to the box's centre.

    A part without an edge near the box holds the unit whole or not at all: it is settled here by a ray.
    """
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    room = _with_room(room, len(unit))
    for e in range(len(unit)):
        _put(room, e, unit, e, cx, cy, 0, True)
    m, whole = len(unit), False
    for k in range(len(reach)):
        begin = m
        m, near, inside, room = _gather_part(reach[k], k + 1, unit[0, 1], box, ends, offsets, bands, room, m)
        if not near:
            m = begin
            whole, evidence[k] = whole or inside, inside
    return m, whole, room


@kernel
def _gather_part(  # noqa: PLR0913  a kernel's tables
    p: int, owner: int, y: float, box: Box, ends: Floats, offsets: Integers, bands: _Bands, room: Room, m: int
) -> tuple[int, bool, bool, Room]:
    """Add the edges of part p that reach the box's heights and do not lie left of it.

    Returns how many there are now, whether one is near, and whether the far ones hold the box's point at y.
    """
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    rows, first, last = bands.rows[p], 0, 0
    if rows > 0:
        first = _row(box[1], bands.bottom[p], bands.per_m[p], rows)
        last = _row(box[3], bands.bottom[p], bands.per_m[p], rows)
    any_near, inside = False, False
    for b in range(first, last + 1):
        lo, hi = offsets[p], offsets[p + 1]
        if rows > 0:
            lo, hi = bands.start[bands.first[p] + b], bands.start[bands.first[p] + b + 1]
        room = _with_room(room, m + hi - lo)
        for q in range(lo, hi):
            e = bands.edge[q] if rows > 0 else q
            low, high = min(ends[e, 1], ends[e, 3]), max(ends[e, 1], ends[e, 3])
            if high < box[1] or low > box[3] or max(ends[e, 0], ends[e, 2]) < box[0]:
                continue
            if b > first and b > _row(low, bands.bottom[p], bands.per_m[p], rows):
                continue  # seen in an earlier band
            near = min(ends[e, 0], ends[e, 2]) <= box[2]
            any_near = any_near or near
            inside = inside != (not near and low <= y < high)
            _put(room, m, ends, e, cx, cy, owner, near)
            m += 1
    return m, any_near, inside, room


@kernel
def _put(room: Room, m: int, ends: Floats, e: int, cx: float, cy: float, owner: int, near: bool) -> None:
    """Write edge e, relative to (cx, cy), to place m of the work arrays."""
    room[0][m, 0], room[0][m, 1] = ends[e, 0] - cx, ends[e, 1] - cy
    room[0][m, 2], room[0][m, 3] = ends[e, 2] - cx, ends[e, 3] - cy
    room[1][m], room[2][m] = owner, near


@kernel
def _scene(ends: Floats, owner: Owners, near: Flags, box: Box) -> _Scene:
    """Sort the edges into rows of the unit's box; within a row they stay in the order of their owners.

    The rows hold copies, read one after the other: the search for cuts is bound by this.
    """
    rows = min(max(len(ends) // 16, 8), 2048)
    bottom, per_m = (box[1] - box[3]) / 2, rows / (box[3] - box[1])
    start = np.zeros(rows + 1, np.int32)
    row_ends, row_owner, at = np.empty((0, 4)), np.empty(0, np.int32), np.empty(0, np.int32)
    for turn in range(2):  # count, then fill
        if turn == 1:
            for r in range(rows):
                start[r + 1] += start[r]
            row_ends, row_owner = np.empty((start[rows], 4)), np.empty(start[rows], np.int32)
            at = start.copy()
        for e in range(len(ends)):
            low, high = min(ends[e, 1], ends[e, 3]), max(ends[e, 1], ends[e, 3])
            for r in range(_row(low, bottom, per_m, rows), _row(high, bottom, per_m, rows) + 1):
                if turn == 0:
                    start[r + 1] += 1
                else:
                    row_owner[at[r]] = owner[e]
                    for c in range(4):
                        row_ends[at[r], c] = ends[e, c]
                    at[r] += 1
    return _Scene(ends, owner, near, start, row_ends, row_owner, bottom, per_m)


@kernel
def _green(scene: _Scene, box: Box, evidence: Flags, cuts: Floats) -> tuple[float, bool, bool]:
    """Return the covered area of one unit, whether all of it is covered, and whether it is left to GEOS.

    The state (visible or not) carries over along a ring while nothing is met. Twice the area is added in
    fixed point, 2^61 to the box, so that the order of the pieces does not matter; sums that leave the range
    wrap around, and come back.
    """
    ends, owner = scene.ends, scene.owner
    scale = 2.0**61 / ((box[2] - box[0]) * (box[3] - box[1]))
    total = np.int64(0)
    last, visible, smooth = -2, False, False
    mine_hidden, other_seen = False, False
    for e in range(len(ends)):
        if not scene.near[e]:
            continue
        n, touched, bad = _cuts(scene, e, cuts)
        if bad:
            return 0.0, False, True
        ax, ay = ends[e, 0], ends[e, 1]
        dx, dy = ends[e, 2] - ax, ends[e, 3] - ay
        carried = (
            smooth
            and not touched
            and last == e - 1
            and owner[e] == owner[e - 1]
            and ends[e - 1, 2] == ax
            and ends[e - 1, 3] == ay
        )
        t0 = 0.0
        for k in range(n + 1):
            t1 = cuts[k] if k < n else 1.0
            if not carried:
                middle = 0.5 * (t0 + t1)
                in_unit, in_other = _inside(scene, e, ax + middle * dx, ay + middle * dy)
                if owner[e] > 0 and in_unit:
                    evidence[owner[e] - 1] = True
                visible = in_other if owner[e] == 0 else (in_unit and not in_other)
            if visible:
                piece = (ax + t0 * dx) * (ay + t1 * dy) - (ax + t1 * dx) * (ay + t0 * dy)
                total += np.int64(np.rint(piece * scale))
            mine_hidden = mine_hidden or (owner[e] == 0 and not visible)
            other_seen = other_seen or (owner[e] > 0 and visible)
            t0 = t1
        last, smooth = e, not touched
    return total / scale / 2, not (mine_hidden or other_seen), False


@kernel
def _cuts(scene: _Scene, e: int, cuts: Floats) -> tuple[int, bool, bool]:
    """Find where edge e meets edges of other owners: parts of its length, ascending.

    Returns how many, whether anything is met at all, and whether something lies on something.
    """
    ends, owner, others, whose = scene.ends, scene.owner[e], scene.row_ends, scene.row_owner
    ax, ay = ends[e, 0], ends[e, 1]
    dx, dy = ends[e, 2] - ax, ends[e, 3] - ay
    left, right = min(ax, ends[e, 2]), max(ax, ends[e, 2])
    low, high = min(ay, ends[e, 3]), max(ay, ends[e, 3])
    length2 = dx * dx + dy * dy
    n, touched = 0, False
    rows = len(scene.start) - 1
    for r in range(
        _row(low, scene.bottom, scene.per_m, rows), _row(high, scene.bottom, scene.per_m, rows) + 1
    ):
        for q in range(scene.start[r], scene.start[r + 1]):
            if whose[q] == owner:
                continue
            bx, by, cx, cy = others[q, 0], others[q, 1], others[q, 2], others[q, 3]
            if max(bx, cx) < left or min(bx, cx) > right or max(by, cy) < low or min(by, cy) > high:
                continue
            fx, fy, gx, gy = cx - bx, cy - by, bx - ax, by - ay
            across = dx * fy - dy * fx
            if across * across <= 1e-8 * length2 * (fx * fx + fy * fy):
                if _lie_together(dx, dy, fx, fy, gx, gy, length2):
                    return n, True, True
                if across == 0.0:
                    continue
            t, u = (gx * fy - gy * fx) / across, (gx * dy - gy * dx) / across
            if not (-TOUCH_PART <= t <= 1 + TOUCH_PART and -TOUCH_PART <= u <= 1 + TOUCH_PART):
                continue
            touched = True
            if min(abs(t), abs(1 - t), abs(u), abs(1 - u)) < TOUCH_PART or n == len(cuts):
                return n, True, True
            n = _insert(cuts, n, t)
    return n, touched, False


@kernel
def _lie_together(dx: float, dy: float, fx: float, fy: float, gx: float, gy: float, length2: float) -> bool:
    """Tell whether two nearly parallel edges lie on each other (within TOUCH_M) or cross at a small angle."""
    c0, c1 = gx * dy - gy * dx, (gx + fx) * dy - (gy + fy) * dx
    if min(c0 * c0, c1 * c1) > TOUCH_M**2 * length2 and (c0 > 0) == (c1 > 0):
        return False
    along0 = gx * dx + gy * dy
    along1 = along0 + fx * dx + fy * dy
    return max(along0, along1) > 0.0 and min(along0, along1) < length2


@kernel
def _insert(cuts: Floats, n: int, t: float) -> int:
    """Put t among the first n cuts, ascending, unless it is there; return how many there are."""
    z = n
    while z > 0 and cuts[z - 1] > t:
        z -= 1
    if z > 0 and cuts[z - 1] == t:
        return n  # the same edge, seen in another row
    for k in range(n, z, -1):
        cuts[k] = cuts[k - 1]
    cuts[z] = t
    return n + 1


@kernel
def _inside(scene: _Scene, e: int, x: float, y: float) -> tuple[bool, bool]:
    """Tell whether a point on edge e is inside the unit, and in the cover of others, as far as it matters.

    Crossings of a ray to the right, odd or even, owner by owner: the unit's come first in each row.
    """
    rows = len(scene.start) - 1
    # beyond the box the unit has no edges, so nothing there is inside it, whatever the row
    r = _row(y, scene.bottom, scene.per_m, rows)
    mine, current, odd = scene.owner[e], 0, False
    in_unit, in_other = False, False
    for q in range(scene.start[r], scene.start[r + 1]):
        if scene.row_owner[q] != current:
            if odd and current == 0:
                in_unit = True
            elif odd:
                return in_unit, True
            if mine > 0 and not in_unit:
                return False, False
            current, odd = scene.row_owner[q], False
        if current != mine:
            odd = odd != _right_of(scene.row_ends, q, x, y)
    return in_unit or (odd and current == 0), in_other or (odd and current > 0)


@kernel
def _right_of(ends: Floats, f: int, x: float, y: float) -> bool:
    """Tell whether edge f crosses the ray from (x, y) to the right; an end at height y counts as below it."""
    ax, ay, bx, by = ends[f, 0], ends[f, 1], ends[f, 2], ends[f, 3]
    if (ay > y) == (by > y) or (ax <= x and bx <= x):
        return False
    return (ax > x and bx > x) or bool(ax + (y - ay) * (bx - ax) / (by - ay) > x)


@kernel
def _mark_holders(scene: _Scene, evidence: Flags) -> None:
    """Mark the parts whose border does not enter the unit, but that hold it or one of its parts whole.

    One vertex of each ring of the unit tells.
    """
    ends, rows = scene.ends, len(scene.start) - 1
    for e in range(len(ends)):
        if scene.owner[e] > 0:
            break
        x, y = ends[e, 0], ends[e, 1]
        if e > 0 and ends[e - 1, 2] == x and ends[e - 1, 3] == y:
            continue
        r = _row(y, scene.bottom, scene.per_m, rows)
        current, odd = 0, False
        for q in range(scene.start[r], scene.start[r + 1]):
            if scene.row_owner[q] != current:
                if odd and current > 0:
                    evidence[current - 1] = True
                current, odd = scene.row_owner[q], False
            odd = odd != (current > 0 and _right_of(scene.row_ends, q, x, y))
        if odd:
            evidence[current - 1] = True
