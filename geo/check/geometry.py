"""Geometry row by row: present, finite, flat, of the type that is due, valid.

A geometry is repaired only where the covered ground is beyond doubt (the area stays the same to 1e-9, or
only empty things are dropped); else the row is set aside. Validity is asked of all rows at once and only
the bad ones go the slow way; nothing here takes more than linear time in the vertices of a bad polygon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from geopandas.array import GeometryArray

from geo.check.checked import Checked, Notes
from geo.check.mend import Mended, mend
from geo.terms import Action

Geometries = npt.NDArray[np.object_]

#: What each kind of layer holds, by shapely's type ids.
KINDS: dict[str, tuple[int, ...]] = {"point": (0, 4), "line": (1, 2, 5), "area": (3, 6)}
TYPE_NAMES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
)

#: GEOS's words for what is wrong with a geometry, and our rule.
REASONS: dict[str, str] = {
    "Self-intersection": "geometry.self_intersection",
    "Ring Self-intersection": "geometry.ring_self_touch",
    "Hole lies outside shell": "geometry.hole_outside",
    "Holes are nested": "geometry.nested_holes",
    "Nested shells": "geometry.nested_shells",
    "Interior is disconnected": "geometry.disconnected_interior",
    "Too few points in geometry component": "geometry.too_few_points",
    "Invalid Coordinate": "geometry.not_finite",
    "Duplicate Rings": "geometry.duplicate_rings",
    "Ring is not closed": "geometry.not_closed",
}


def geometries(frame: pd.DataFrame) -> Geometries:
    """Return the geometry column as an array of objects, None where it is missing."""
    return np.asarray(frame["geometry"].array, dtype=object) if "geometry" in frame else np.empty(0, object)


def with_geometries(frame: pd.DataFrame, geoms: Geometries) -> pd.DataFrame:
    """Return the table with another geometry column, its CRS kept."""
    out = frame.copy(deep=False)
    out["geometry"] = GeometryArray(geoms, crs=getattr(frame, "crs", None))
    return out


def check_present(
    frame: pd.DataFrame, *, source: str, code: str | None = None, lines: Mapping[int, int] | None = None
) -> Checked:
    """Set aside rows without a geometry, or with an empty one: where they are is unknown, not nowhere."""
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    missing = shapely.is_missing(geoms)
    for i in np.flatnonzero(missing | shapely.is_empty(geoms)):
        if missing[i]:
            notes.row(notes.label(i), "geometry.missing")
        else:
            notes.row(notes.label(i), "geometry.empty", type=TYPE_NAMES[shapely.get_type_id(geoms[i])])
    return notes.done()


def check_finite(
    frame: pd.DataFrame, *, source: str, code: str | None = None, lines: Mapping[int, int] | None = None
) -> Checked:
    """Set aside rows of which a coordinate is no finite number."""
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    if np.isfinite(shapely.get_coordinates(geoms)).all():
        return notes.done()
    coords, owner = shapely.get_coordinates(geoms, return_index=True)
    bad = np.flatnonzero(~np.isfinite(coords).all(axis=1))
    for i in bad[np.unique(owner[bad], return_index=True)[1]]:
        x, y = (float(c) for c in coords[i])
        notes.row(notes.label(owner[i]), "geometry.not_finite", x=f"{x:g}", y=f"{y:g}", reason="")
    return notes.done()


def check_flat(
    frame: pd.DataFrame, *, source: str, code: str | None = None, lines: Mapping[int, int] | None = None
) -> Checked:
    """Drop heights (z) and measures (m), and say it once: distances and areas are on the ellipsoid."""
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    high = shapely.has_z(geoms) | (shapely.has_m(geoms) if hasattr(shapely, "has_m") else False)
    if not high.any():
        return notes.done()
    notes.whole("geometry.heights", Action.NOTICE, rows=int(high.sum()))
    return notes.done(with_geometries(frame, shapely.force_2d(geoms)))


def check_type(
    frame: pd.DataFrame,
    *,
    source: str,
    kind: str,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows whose geometry is not of `kind` ("point", "line", "area").

    A collection that holds something of the kind is reduced to it, and that is said.
    """
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    types = shapely.get_type_id(geoms)
    wrong = np.flatnonzero(~np.isin(types, KINDS[kind]))
    if wrong.size == 0:
        return notes.done()
    out = geoms.copy()
    for i in wrong:
        found = TYPE_NAMES[types[i]] if types[i] >= 0 else "nothing"
        taken, dropped = _of_kind(geoms[i], kind) if types[i] == 7 else (None, 0)
        if taken is None:
            notes.row(notes.label(i), "geometry.wrong_type", type=found, due=kind)
            continue
        out[i] = taken
        notes.row(notes.label(i), "geometry.collection", Action.REPAIR, kind=kind, dropped=dropped)
    return notes.done(with_geometries(frame, out))


def _of_kind(collection: shapely.Geometry, kind: str) -> tuple[shapely.Geometry | None, int]:
    """Return the one thing of a kind in a flat collection (None if there is none), and how many others."""
    parts = shapely.get_parts(collection)
    mine = parts[np.isin(shapely.get_type_id(parts), KINDS[kind])]
    flat = shapely.get_parts(mine)
    if flat.size == 0:
        return None, 0
    joined = {"area": shapely.multipolygons, "line": shapely.multilinestrings, "point": shapely.multipoints}[
        kind
    ]
    return (flat[0] if flat.size == 1 else joined(flat)), len(parts) - len(mine)


def check_valid(
    frame: pd.DataFrame, *, source: str, code: str | None = None, lines: Mapping[int, int] | None = None
) -> Checked:
    """Set aside, or repair, the rows whose geometry is not valid by OGC Simple Features.

    Notes
    -----
    Repaired: a ring that touches itself, an interior cut in two, a part delivered twice, a spike without
    width. In each the covered ground is the same before and after to 1e-9. All else is set aside: which
    ground a crossing ring, an outer hole or overlapping parts mean is the owner's to say.

    """
    notes = Notes(frame, source, code, lines)
    geoms = geometries(frame)
    bad = np.flatnonzero(~shapely.is_valid(geoms))
    if bad.size == 0:
        return notes.done()
    out = geoms.copy()
    for i in bad:
        mended = mend(geoms[i], *reason(geoms[i]))
        out[i] = _say(notes, notes.label(i), mended)
    return notes.done(with_geometries(frame, out))


def _say(notes: Notes, row: int, mended: Mended) -> shapely.Geometry | None:
    """Note one invalid row; return its geometry, mended or not."""
    action = Action.REPAIR if mended.geometry is not None else Action.QUARANTINE
    notes.row(row, mended.rule, action, reason=mended.reason, x=mended.x, y=mended.y)
    return mended.geometry


def reason(geom: shapely.Geometry) -> tuple[str, str, str, str]:
    """Return what GEOS says of an invalid geometry: our rule, its words, and the place (x, y) as text."""
    text = str(shapely.is_valid_reason(geom))
    found = re.match(r"(.*?)\[(\S+) (\S+)\]", text)
    words, x, y = found.groups() if found else (text, "?", "?")
    return REASONS.get(words, "geometry.invalid"), words, _short(x), _short(y)


def _short(number: str) -> str:
    try:
        return f"{float(number):.10g}"
    except ValueError:
        return number
