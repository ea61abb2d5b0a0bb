"""ESRI JSON geometries (ArcGIS REST API, "Geometry objects") as GeoJSON ones."""

from __future__ import annotations

from typing import Any

import shapely

from geo.read.coordinates import CoordinateError


def geometry_member(member: Any) -> dict[str, Any] | None:
    """Return an ESRI geometry as a GeoJSON geometry object, None where it is null or empty.

    Shells are clockwise, holes counter-clockwise; a hole belongs to the shell that its first vertex lies in.

    Raises
    ------
    CoordinateError
        For curves and for what is no geometry.
    """
    if member is None:
        return None
    if not isinstance(member, dict):
        raise CoordinateError("geojson.geometry_type", seen=type(member).__name__)
    if "curveRings" in member or "curvePaths" in member:
        raise CoordinateError("geojson.geometry_type", seen="curve")
    if "x" in member:
        return _point(member)
    for key, kind in (("points", "MultiPoint"), ("paths", "MultiLineString")):
        if key in member:
            return {"type": kind, "coordinates": member[key]}
    if "rings" in member:
        return _rings(member["rings"])
    raise CoordinateError("geojson.geometry_type", seen="?")


def _point(member: dict[str, Any]) -> dict[str, Any] | None:
    """Return a point; x of null or "NaN" is how ESRI writes an empty one."""
    if member["x"] in (None, "NaN"):
        return None
    return {"type": "Point", "coordinates": [member["x"], member.get("y")]}


def _rings(rings: Any) -> dict[str, Any]:
    """Group rings into polygons; rings that are not numbers are left to the reader of coordinates."""
    try:
        return {"type": "MultiPolygon", "coordinates": _polygons(rings)}
    except Exception:  # whatever is wrong is named by the reader of coordinates
        return {"type": "Polygon", "coordinates": rings}


def _polygons(rings: list[Any]) -> list[list[Any]]:
    """Return the rings of each polygon, its shell first."""
    shapes = [shapely.Polygon([v[:2] for v in ring]) for ring in rings]
    shells = [i for i, s in enumerate(shapes) if not s.exterior.is_ccw] or list(range(len(rings)))
    polygons: dict[int, list[Any]] = {i: [rings[i]] for i in shells}
    for i, shape in enumerate(shapes):
        if i not in polygons:
            first = shapely.Point(shape.exterior.coords[0])
            around = [k for k in shells if shapes[k].intersects(first)]
            polygons[min(around, key=lambda k: shapes[k].area) if around else shells[0]].append(rings[i])
    return list(polygons.values())
