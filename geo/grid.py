"""Points and the line segments that may be nearest to them, in a plane: a grid of segments, searched by kernels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.kernel import kernel
from geo.measure import Floats, Geometries

Integers = NDArray[np.int64]

#: Segments per cell of the grid: fewer cost memory and time to lay out, more cost time to look through.
SHARE = 4


@dataclass(frozen=True)
class Segments:
    """Plant taken apart, in the order given: ends (m, 4) as x0, y0, x1, y1 and whose each is (m,)."""

    ends: Floats
    owner: Integers


class Margin(NamedTuple):
    """What counts as perhaps nearest: a squared distance up to best x factor2 + extra2 [m2]."""

    factor2: float
    extra2: float


class Grid(NamedTuple):
    """Segments by square cells, nx by ny: offsets and content, and the next filled cell from each."""

    ends: Floats
    gx: float
    gy: float
    cell: float
    nx: int
    ny: int
    start: Integers
    content: NDArray[np.int32]
    right: NDArray[np.int32]
    up: NDArray[np.int32]


def segments_of(plant: Geometries) -> Segments:
    """Take points and lines apart; a point is a segment without length; what is not finite is left out."""
    parts, owner = shapely.get_parts(plant, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections within collections
        parts, at = shapely.get_parts(parts, return_index=True)
        owner = owner[at]
    xy, at = shapely.get_coordinates(parts, return_index=True)
    start, ends = _steps(xy, at)
    return Segments(ends, owner[at[start]])


@kernel
def _steps(xy: Floats, at: Integers) -> tuple[Integers, Floats]:
    """Return where each segment of lines xy (n, 2), of line `at` (n,), starts, and its ends (m, 4)."""
    start = np.empty(len(xy), np.int64)
    ends = np.empty((len(xy), 4))
    m = 0
    for i in range(len(xy)):
        k = i + 1 if i + 1 < len(xy) and at[i + 1] == at[i] else i
        if k == i and i > 0 and at[i - 1] == at[i]:
            continue  # the last vertex of a line starts nothing
        if np.isfinite(xy[i, 0] + xy[i, 1]) and np.isfinite(xy[k, 0] + xy[k, 1]):
            start[m] = i
            ends[m, 0], ends[m, 1], ends[m, 2], ends[m, 3] = xy[i, 0], xy[i, 1], xy[k, 0], xy[k, 1]
            m += 1
    return start[:m], ends[:m]


@kernel
def _extent(ends: Floats) -> tuple[float, float, float, float]:
    """Return the least and the greatest x and y of segments (m, 4)."""
    x0, y0, x1, y1 = np.inf, np.inf, -np.inf, -np.inf
    for s in range(len(ends)):
        x0, x1 = min(x0, ends[s, 0], ends[s, 2]), max(x1, ends[s, 0], ends[s, 2])
        y0, y1 = min(y0, ends[s, 1], ends[s, 3]), max(y1, ends[s, 1], ends[s, 3])
    return x0, y0, x1, y1


def search(xy: Floats, segments: Segments, margin: Margin) -> tuple[Integers, Integers, Floats]:
    """Find for each point the segments within the margin of the least distance.

    Returns offsets (n + 1,), segments in their order within each point, and the nearest point on each (k, 2).
    """
    return _candidates(np.ascontiguousarray(xy, dtype=float), _grid_of(segments.ends), margin)


def _grid_of(ends: Floats) -> Grid:
    """Lay a grid over segments (m, 4): about a cell for each SHARE of them, whatever their extent's shape."""
    gx, gy, x1, y1 = _extent(ends)
    width, height, cells = x1 - gx, y1 - gy, len(ends) / SHARE
    cell = max(math.sqrt(width * height / cells), max(width, height) / cells) or 1.0
    nx, ny = int(width / cell) + 1, int(height / cell) + 1
    start, content = _fill(ends, gx, gy, cell, nx, ny)
    right, up = _next_filled(start, nx, ny)
    return Grid(ends, gx, gy, cell, nx, ny, start, content, right, up)


@kernel
def _clamp(cells: float, last: int) -> int:
    """Cell of a coordinate counted in cells, held within 0 to last."""
    return int(min(max(np.floor(cells), 0.0), float(last)))


@kernel
def _columns(x0: float, y0: float, x1: float, y1: float, j: int, nx: int) -> tuple[int, int]:
    """First and last column that a segment passes in row j, a hair wider; all counted in cells."""
    if min(y0, y1) < j or max(y0, y1) > j + 1:
        ta, tb = (j - y0) / (y1 - y0), (j + 1 - y0) / (y1 - y0)
        low, high = min(max(min(ta, tb), 0.0), 1.0), min(max(ta, tb, 0.0), 1.0)
        x0, x1 = x0 + low * (x1 - x0), x0 + high * (x1 - x0)
    return _clamp(min(x0, x1) - 1e-9, nx - 1), _clamp(max(x0, x1) + 1e-9, nx - 1)


@kernel
def _fill(
    ends: Floats, gx: float, gy: float, cell: float, nx: int, ny: int
) -> tuple[Integers, NDArray[np.int32]]:
    """Return the segments of each cell as offsets (nx * ny + 1,) and content; in order within a cell."""
    start = np.zeros(nx * ny + 1, np.int64)
    content = np.empty(0, np.int32)
    at = np.empty(0, np.int64)
    scale = 1 / cell
    for turn in range(2):  # count, then fill
        if turn == 1:
            for c in range(nx * ny):
                start[c + 1] += start[c]
            content = np.empty(start[nx * ny], np.int32)
            at = start[:-1].copy()
        for s in range(len(ends)):
            x0, y0 = (ends[s, 0] - gx) * scale, (ends[s, 1] - gy) * scale
            x1, y1 = (ends[s, 2] - gx) * scale, (ends[s, 3] - gy) * scale
            for j in range(_clamp(min(y0, y1) - 1e-9, ny - 1), _clamp(max(y0, y1) + 1e-9, ny - 1) + 1):
                i0, i1 = _columns(x0, y0, x1, y1, j, nx)
                for c in range(j * nx + i0, j * nx + i1 + 1):
                    if turn == 0:
                        start[c + 1] += 1
                    else:
                        content[at[c]] = s
                        at[c] += 1
    return start, content


@kernel
def _next_filled(start: Integers, nx: int, ny: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for each cell the next filled column in its row and row in its column (itself if filled).

    With these a ring of cells costs what is in it, not its length: places far from all plant stay cheap.
    """
    right = np.empty(nx * ny, np.int32)
    up = np.empty(nx * ny, np.int32)
    for j in range(ny - 1, -1, -1):
        for i in range(nx - 1, -1, -1):
            c = j * nx + i
            filled = start[c + 1] > start[c]
            right[c] = i if filled else (right[c + 1] if i + 1 < nx else nx)
            up[c] = j if filled else (up[c + nx] if j + 1 < ny else ny)
    return right, up


@kernel
def _nearest_on(ends: Floats, s: int, x: float, y: float) -> tuple[float, float, float]:
    """Return the point of segment s nearest to (x, y) and its squared distance."""
    ax, ay = ends[s, 0], ends[s, 1]
    dx, dy = ends[s, 2] - ax, ends[s, 3] - ay
    along, length2 = (x - ax) * dx + (y - ay) * dy, dx * dx + dy * dy
    if along <= 0.0:
        qx, qy = ax, ay
    elif along >= length2:
        qx, qy = ends[s, 2], ends[s, 3]
    else:
        t = along / length2
        qx, qy = ax + t * dx, ay + t * dy
    return qx, qy, (qx - x) * (qx - x) + (qy - y) * (qy - y)


@kernel
def _look(c: int, x: float, y: float, grid: Grid, best: float) -> float:
    """Return the least squared distance from (x, y) to the segments of cell c, or `best` if that is less."""
    for k in range(grid.start[c], grid.start[c + 1]):
        best = min(best, _nearest_on(grid.ends, grid.content[k], x, y)[2])
    return best


@kernel
def _ring(ci: int, cj: int, r: int, x: float, y: float, grid: Grid, best: float) -> float:
    """Look at the filled cells exactly r cells from (ci, cj): two rows, then what the columns add."""
    nx, ny = grid.nx, grid.ny
    left, last = max(ci - r, 0), min(ci + r, nx - 1)
    for j in range(cj - r, cj + r + 1, max(2 * r, 1)):
        if 0 <= j < ny:
            i = grid.right[j * nx + left]
            while i <= last:
                best = _look(j * nx + i, x, y, grid, best)
                i = grid.right[j * nx + i + 1] if i < last else nx
    low, high = max(cj - r + 1, 0), min(cj + r - 1, ny - 1)
    for i in range(ci - r, ci + r + 1, max(2 * r, 1)):
        if 0 <= i < nx and low <= high:
            j = grid.up[low * nx + i]
            while j <= high:
                best = _look(j * nx + i, x, y, grid, best)
                j = grid.up[(j + 1) * nx + i] if j < high else ny
    return best


@kernel
def _beyond(ci: int, cj: int, r: int, x: float, y: float, grid: Grid) -> float:
    """Return the least squared distance from (x, y) to a cell beyond ring r of (ci, cj); infinity if none."""
    x, y, cell = x - grid.gx, y - grid.gy, grid.cell
    out_x, out_y = max(-x, x - grid.nx * cell, 0.0), max(-y, y - grid.ny * cell, 0.0)
    least = np.inf
    if ci - r > 0:
        least = min(least, max(x - (ci - r) * cell, 0.0) ** 2 + out_y**2)
    if ci + r < grid.nx - 1:
        least = min(least, max((ci + r + 1) * cell - x, 0.0) ** 2 + out_y**2)
    if cj - r > 0:
        least = min(least, max(y - (cj - r) * cell, 0.0) ** 2 + out_x**2)
    if cj + r < grid.ny - 1:
        least = min(least, max((cj + r + 1) * cell - y, 0.0) ** 2 + out_x**2)
    return least


@kernel
def _least(x: float, y: float, grid: Grid) -> float:
    """Return the least squared distance from (x, y) to a segment: ring by ring, until none can be less."""
    ci, cj = _clamp((x - grid.gx) / grid.cell, grid.nx - 1), _clamp((y - grid.gy) / grid.cell, grid.ny - 1)
    best, r = np.inf, 0
    while True:
        best = _ring(ci, cj, r, x, y, grid, best)
        far = _beyond(ci, cj, r, x, y, grid)
        if far == np.inf or far > best:
            return best
        r += 1


@kernel
def _collect(x: float, y: float, limit: float, grid: Grid, found: Integers) -> tuple[int, Integers]:
    """Write the segments within the squared distance `limit` to `found`, which grows; return how many."""
    reach = math.sqrt(limit) / grid.cell + 1e-9
    u, v = (x - grid.gx) / grid.cell, (y - grid.gy) / grid.cell
    left, last = _clamp(u - reach, grid.nx - 1), _clamp(u + reach, grid.nx - 1)
    n = 0
    for j in range(_clamp(v - reach, grid.ny - 1), _clamp(v + reach, grid.ny - 1) + 1):
        i = grid.right[j * grid.nx + left]
        while i <= last:
            c = j * grid.nx + i
            for k in range(grid.start[c], grid.start[c + 1]):
                if _nearest_on(grid.ends, grid.content[k], x, y)[2] <= limit:
                    if n == len(found):
                        found = np.append(found, found)
                    found[n] = grid.content[k]
                    n += 1
            i = grid.right[c + 1] if i < last else grid.nx
    return n, found


@kernel
def _candidates(xy: Floats, grid: Grid, margin: Margin) -> tuple[Integers, Integers, Floats]:
    """Return offsets, segments and points on them that may be nearest to each point."""
    first = np.zeros(len(xy) + 1, np.int64)
    out = np.empty(2 * len(xy) + 16, np.int64)
    found = np.empty(64, np.int64)
    for p in range(len(xy)):
        x, y = xy[p, 0], xy[p, 1]
        first[p + 1] = first[p]
        if not np.isfinite(x + y):
            continue
        n, found = _collect(x, y, _least(x, y, grid) * margin.factor2 + margin.extra2, grid, found)
        while first[p] + n > len(out):
            out = np.append(out, out)
        if n > 1:
            found[:n] = np.sort(found[:n])
        for k in range(n):  # a segment lies in several cells: once is enough
            if k == 0 or found[k] != found[k - 1]:
                out[first[p + 1]] = found[k]
                first[p + 1] += 1
    out = out[: first[len(xy)]].copy()
    to = np.empty((len(out), 2))
    for p in range(len(xy)):
        for k in range(first[p], first[p + 1]):
            to[k, 0], to[k, 1], _ = _nearest_on(grid.ends, out[k], xy[p, 0], xy[p, 1])
    return first, out, to
