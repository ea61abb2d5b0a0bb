"""Mend one invalid geometry where no guess is needed, and name what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

#: A repair may change the area by this share at most.
SAME_AREA = 1e-9
#: No repair is tried on more vertices: make_valid can take quadratic time (a zigzag of 1,200 teeth makes
#: 360,000 crossings).
REPAIR_VERTICES = 100_000


@dataclass(frozen=True)
class Mended:
    """What is wrong with a geometry (`rule`, GEOS's `reason`, the place x, y) and the mended one, or None."""

    rule: str
    reason: str
    x: str
    y: str
    geometry: shapely.Geometry | None = None


def mend(geom: shapely.Geometry, rule: str, reason: str, x: str, y: str) -> Mended:
    """Return the fault of an invalid geometry, named as exactly as can be, and the repair if there is one."""
    if rule in ("geometry.too_few_points", "geometry.not_finite") or shapely.get_dimensions(geom) < 2:
        return Mended(rule, reason, x, y)
    if rule in ("geometry.self_intersection", "geometry.ring_self_touch") and _flat(geom):
        return Mended("geometry.zero_area", reason, x, y)
    if rule not in _REPAIRS or shapely.get_num_coordinates(geom) > REPAIR_VERTICES:
        return Mended(rule, reason, x, y)
    better, mended = _REPAIRS[rule](geom)
    return Mended(better, reason, x, y, mended)


def _flat(geom: shapely.Geometry) -> bool:
    """Whether every ring lies on one straight line."""
    rings = shapely.get_rings(shapely.get_parts(geom))
    return bool(len(rings) and np.all([_on_a_line(shapely.get_coordinates(r)) for r in rings]))


def _on_a_line(xy: npt.NDArray[np.float64]) -> bool:
    d = xy - xy[0]
    far = d[np.argmax((d**2).sum(axis=1))]
    reach = float(far @ far)
    return bool(np.all(np.abs(d[:, 0] * far[1] - d[:, 1] * far[0]) <= 1e-12 * reach))


def _same_border(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return shell, holes and parts of a ring that touches itself, or None if that changes the border.

    No vertex is new and no line is lost; a loop inside the ring becomes a hole, one outside a part.
    """
    made = shapely.make_valid(geom, method="linework")
    areal = shapely.get_type_id(made) in (3, 6)
    same = areal and np.isclose(shapely.length(made), shapely.length(geom), rtol=SAME_AREA, atol=0)
    return made if same and _vertices(made) == _vertices(geom) else None


def _vertices(geom: shapely.Geometry) -> int:
    return len(np.unique(shapely.get_coordinates(geom), axis=0))


def _same_ground(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return the geometry split where its interior is cut in two, or None if the area changes."""
    made = shapely.make_valid(geom, method="structure", keep_collapsed=False)
    areal = shapely.get_type_id(made) in (3, 6)
    return made if areal and _same_area(made.area, geom.area) else None


def _same_area(a: float, b: float) -> bool:
    return abs(a - b) <= SAME_AREA * max(abs(a), abs(b))


def _crossing(geom: shapely.Geometry) -> tuple[str, Any | None]:
    """Tell apart what GEOS calls a self-intersection, and mend twin parts and spikes."""
    single = _without_twins(geom)
    if single is not None and shapely.is_valid(single):
        return "geometry.duplicate_rings", single
    smooth = _without_spikes(geom)
    if smooth is not None and shapely.is_valid(smooth) and _same_area(smooth.area, geom.area):
        return "geometry.spike", smooth
    parts = shapely.get_parts(geom)
    if len(parts) > 1 and shapely.is_valid(parts).all():
        return "geometry.overlapping_parts", None
    if len(parts) == 1 and shapely.get_num_interior_rings(parts[0]) and _simple_rings(parts[0]):
        return "geometry.hole_crosses", None
    return "geometry.self_intersection", None


#: Rule -> the way to name the fault more exactly and to mend it.
_REPAIRS: dict[str, Callable[[shapely.Geometry], tuple[str, shapely.Geometry | None]]] = {
    "geometry.ring_self_touch": lambda geom: ("geometry.ring_self_touch", _same_border(geom)),
    "geometry.disconnected_interior": lambda geom: ("geometry.disconnected_interior", _same_ground(geom)),
    "geometry.self_intersection": _crossing,
}


def _simple_rings(polygon: shapely.Geometry) -> bool:
    return bool(shapely.is_valid(shapely.polygons(shapely.get_rings(polygon))).all())


def _without_twins(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return a multipolygon with each part once, None if no part comes twice."""
    parts = shapely.get_parts(geom)
    shapes = shapely.to_wkb(shapely.normalize(parts))
    first = {shape: i for i, shape in reversed(list(enumerate(shapes)))}
    if len(first) == len(parts):
        return None
    kept = parts[sorted(first.values())]
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def _without_spikes(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return the geometry without spikes of zero width, None if it has none."""
    rings = shapely.get_rings(shapely.get_parts(geom))
    cut = [cut_spikes(shapely.get_coordinates(r)) for r in rings]
    if all(len(c) == shapely.get_num_coordinates(r) for c, r in zip(cut, rings, strict=True)):
        return None
    if any(len(c) < 4 for c in cut):
        return None
    made, at = [], 0
    for part in shapely.get_parts(geom):
        n = 1 + shapely.get_num_interior_rings(part)
        made.append(shapely.Polygon(cut[at], cut[at + 1 : at + n]))
        at += n
    return made[0] if len(made) == 1 else shapely.multipolygons(made)


def cut_spikes(ring: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return a closed ring (n, 2) without the vertices at which it runs straight back on itself."""
    open_ring = ring[:-1]
    for turn in (0, len(open_ring) // 2):  # a spike may sit at the seam: once more from the other side
        open_ring = np.array(_cut_once(np.roll(open_ring, -turn, axis=0)))
    return np.vstack([open_ring, open_ring[:1]])


def _cut_once(points: npt.NDArray[np.float64]) -> list[npt.NDArray[np.float64]]:
    kept: list[npt.NDArray[np.float64]] = []
    for p in points:
        while len(kept) > 1 and _runs_back(kept[-2], kept[-1], p):
            kept.pop()
        if not kept or not np.array_equal(kept[-1], p):
            kept.append(p)
    return kept


def _runs_back(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64], c: npt.NDArray[np.float64]) -> bool:
    u, v = b - a, c - b
    cross, dot = float(u[0] * v[1] - u[1] * v[0]), float(u @ v)
    return dot < 0 and abs(cross) <= 1e-12 * abs(dot)
