"""Coordinates as JSON arrays -> shapely geometries, flat, every fault with its place.

Rings are closed where they are open and that is counted; a third number (height) is dropped and that is
noted; anything that is not two finite numbers makes the geometry unreadable, never 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.findings import visible


class CoordinateError(Exception):
    """A geometry that cannot be read: the rule that it breaks and what was seen."""

    def __init__(self, rule: str, **values: str | int) -> None:
        self.rule = rule
        self.values = values
        super().__init__(rule)


@dataclass
class Seen:
    """What was mended or dropped while one geometry was read."""

    closed: int = 0
    has_z: bool = False
    vertices: int = 0


def geometry_of(member: Any, seen: Seen) -> BaseGeometry | None:
    """Return the geometry that a GeoJSON geometry object holds, None for null.

    Raises
    ------
    CoordinateError
        Unknown type, or coordinates that are not numbers, not finite or too few.
    """
    if member is None:
        return None
    if not isinstance(member, dict):
        raise CoordinateError("geojson.geometry_type", seen=visible(json.dumps(member)[:40], 40))
    kind = member.get("type")
    if kind == "GeometryCollection":
        return _collection(member.get("geometries"), seen)
    build = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if build is None:
        raise CoordinateError("geojson.geometry_type", seen=visible(str(kind), 40))
    if "coordinates" not in member:
        raise CoordinateError("geojson.no_array", seen="", where="coordinates")
    return build(member["coordinates"], seen)


def _collection(parts: Any, seen: Seen) -> BaseGeometry:
    """Return a geometry collection."""
    if not isinstance(parts, list):
        raise CoordinateError("geojson.no_array", seen=_short(parts), where="geometries")
    return shapely.GeometryCollection([g for g in (geometry_of(p, seen) for p in parts) if g is not None])


def _vertices(array: Any, seen: Seen, where: str) -> np.ndarray:
    """Return the vertices of one line or ring, shape (n, 2)."""
    if type(array) is not list:
        raise CoordinateError("geojson.no_array", seen=_short(array), where=where)
    if not array:
        return np.empty((0, 2))
    if set(map(type, array)) != {list} or not set(map(type, chain.from_iterable(array))) <= {int, float}:
        raise _fault(array, where)
    lengths = set(map(len, array))
    if min(lengths) < 2:
        raise _fault(array, where)
    if lengths != {2}:
        seen.has_z = True
        array = [p[:2] for p in array]
    points = np.array(array, dtype=np.float64)
    if not np.isfinite(points).all():
        raise _fault(array, where)
    seen.vertices += len(points)
    return points


def _fault(array: list[Any], where: str) -> CoordinateError:
    """Return the fault of the first vertex that is not two finite numbers."""
    at = next(i for i, vertex in enumerate(array) if _rule(vertex))
    return CoordinateError(_rule(array[at]), seen=_short(array[at]), where=f"{where}[{at}]")


def _rule(vertex: Any) -> str:
    """Return the rule that one vertex breaks, or "" where it is sound."""
    if type(vertex) is not list:
        return "geojson.no_array"
    if any(v is None for v in vertex):
        return "geojson.null_coordinate"
    if any(type(v) not in (int, float) for v in vertex):
        return "geojson.text_coordinate"
    if len(vertex) < 2:
        return "geojson.one_coordinate"
    return "" if all(map(math.isfinite, vertex[:2])) else "geojson.infinite_coordinate"


def _short(value: Any) -> str:
    """Return a JSON value as it may be shown."""
    return visible(json.dumps(value, ensure_ascii=False)[:41], 40)


def _point(array: Any, seen: Seen) -> BaseGeometry:
    if array == []:
        return shapely.Point()
    return shapely.points(_vertices([array], seen, "coordinates")[0])


def _multi_point(array: Any, seen: Seen) -> BaseGeometry:
    return shapely.multipoints(shapely.points(_vertices(array, seen, "coordinates")))


def _line(array: Any, seen: Seen, where: str = "coordinates") -> BaseGeometry:
    points = _vertices(array, seen, where)
    if len(points) == 1:
        raise CoordinateError("geojson.few_points", count=1, where=where, least=2)
    return shapely.linestrings(points) if len(points) else shapely.LineString()


def _multi_line(array: Any, seen: Seen) -> BaseGeometry:
    lines = [_line(a, seen, f"coordinates[{i}]") for i, a in enumerate(_list(array))]
    return shapely.multilinestrings(lines) if lines else shapely.MultiLineString()


def _polygon(array: Any, seen: Seen, part: str = "coordinates") -> BaseGeometry:
    rings = [_ring(a, seen, f"{part}[{i}]") for i, a in enumerate(_list(array))]
    full = [r for r in rings if r is not None]
    return shapely.polygons(full[0], full[1:] or None) if full else shapely.Polygon()


def _multi_polygon(array: Any, seen: Seen) -> BaseGeometry:
    parts = [_polygon(a, seen, f"coordinates[{i}]") for i, a in enumerate(_list(array))]
    return shapely.multipolygons(parts) if parts else shapely.MultiPolygon()


def _ring(array: Any, seen: Seen, where: str) -> BaseGeometry | None:
    """Return a closed ring, None for an empty one."""
    points = _vertices(array, seen, where)
    if not len(points):
        return None
    if (points[0] != points[-1]).any():
        points = np.vstack([points, points[:1]])
        seen.closed += 1
    if len(points) < 4:
        raise CoordinateError("geojson.few_points", count=len(points), where=where, least=4)
    return shapely.linearrings(points)


def _list(array: Any) -> list[Any]:
    """Return an array of parts, or say that it is none."""
    if not isinstance(array, list):
        raise CoordinateError("geojson.no_array", seen=_short(array), where="coordinates")
    return array


_BUILDERS: dict[str, Callable[[Any, Seen], BaseGeometry]] = {
    "Point": _point,
    "MultiPoint": _multi_point,
    "LineString": _line,
    "MultiLineString": _multi_line,
    "Polygon": _polygon,
    "MultiPolygon": _multi_polygon,
}
