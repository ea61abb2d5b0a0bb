"""GeoJSON (RFC 7946), newline-delimited GeoJSON and ESRI JSON, read here and by no driver.

A driver chosen by content would follow a VRT to another file of the machine, let the last of two keys win
and lose the whole file for one bad ring. Here the file is refused where it is not whole or not what its
extension says; a feature that cannot be read is set aside by row and code, the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.findings import Finding, Value, visible
from geo.read.attributes import Column, column_of
from geo.read.content import foreign_content
from geo.read.coordinates import CoordinateError, Seen, geometry_of
from geo.read.esrijson import geometry_member
from geo.read.header import COLUMNS
from geo.read.limits import FILE_BYTES, ROWS, VERTICES
from geo.read.rows import code_column, row_label
from geo.read.strictjson import JSON_BYTES, TOO_DEEP, Documents, Doubled, doubled_key, read_json
from geo.read.table import SourceTable, refuse
from geo.terms import Action

_GEOMETRIES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
_EPSG = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?EPSG[:/]{1,2}(?:[\d.]*[:/])?(\d{4,6})", re.I
)
_CRS84 = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?OGC[:/](?:[\d.]*[:/])?CRS84h?", re.I
)


@dataclass
class _Features:
    """The features that can be read, and what is said of the others."""

    source: str
    members: list[Any]
    esri: bool = False
    doubled: bool = False
    rows: list[int] = field(default_factory=list)
    geometries: list[Any] = field(default_factory=list)
    properties: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    with_z: int = 0
    vertices: int = 0


def read_geojson(path: Path, *, layer: str | None = None) -> SourceTable:  # noqa: ARG001 - readers share a shape
    """Return the features of a GeoJSON, newline-delimited GeoJSON or ESRI JSON file.

    Parameters
    ----------
    path
        The file.
    layer
        Not used: the format has one layer.

    Returns
    -------
    SourceTable
        `frame` is a GeoDataFrame indexed by feature number; geometries are flat, in the file's own
        coordinates, x first. `frame.crs` is what the old "crs" member or ESRI's wkid states; None where the
        file states none, which by RFC 7946 means OGC:CRS84 unless the region file declares a datum.

    Raises
    ------
    Refused
        Not UTF-8, not whole, other content, no feature, an unknown CRS, or a limit.
    """
    source = path.name
    documents = read_json(_bytes(path), source)
    root, members, lines = _members(documents, source)
    features = _Features(source, members, esri=_is_esri(root), doubled=documents.doubled)
    crs, stated, said = _crs_of(root, source, esri=features.esri)
    if not members:
        raise refuse(source, "geojson.no_features")
    if len(members) > ROWS:
        raise refuse(source, "geojson.row_limit", limit=ROWS)
    for row, member in enumerate(members, 1):
        _take(row, member, features)
    frame = _frame(features, crs)
    if features.with_z:
        said.append(Finding(source, "", "geojson.height", Action.NOTICE, {"count": features.with_z}))
    driver = "ESRIJSON" if features.esri else "GeoJSON"
    return SourceTable(frame, driver, crs_stated=stated, findings=[*said, *features.findings], lines=lines)


def _bytes(path: Path) -> bytes:
    """Return the file's bytes where they can be JSON."""
    size, limit = path.stat().st_size, min(FILE_BYTES, JSON_BYTES)
    if size > limit:
        raise refuse(path.name, "geojson.file_limit", size=size, limit=limit)
    data = path.read_bytes()
    kind = foreign_content(data)
    if kind is not None:
        raise refuse(path.name, "geojson.format", kind=kind)
    return data


def _members(documents: Documents, source: str) -> tuple[dict[str, Any], list[Any], dict[int, int]]:
    """Return the root object, the features, and their lines where the file has one feature a line."""
    root = documents.values[0]
    if not isinstance(root, dict):
        raise refuse(source, "geojson.not_geojson", seen=type(root).__name__)
    if len(documents.values) > 1:
        return {}, documents.values, _feature_lines(documents, source)
    if isinstance(root, Doubled):
        raise refuse(source, "geojson.doubled_root", key=visible(root.key, 40))
    kind = root.get("type")
    if kind == "Feature":
        return {}, [root], {}
    if kind in _GEOMETRIES:
        return {}, [{"type": "Feature", "properties": {}, "geometry": root}], {}
    features = root.get("features")
    if isinstance(features, list) and (kind == "FeatureCollection" or _is_esri(root)):
        return root, features, {}
    seen = str(kind) if kind is not None else "keys " + ", ".join(list(root)[:5])
    raise refuse(source, "geojson.not_geojson", seen=visible(seen, 60))


def _feature_lines(documents: Documents, source: str) -> dict[int, int]:
    """Return the line of each feature of newline-delimited GeoJSON.

    Raises
    ------
    Refused
        Where one of the values that follow each other is no feature: two files were joined.
    """
    for i, value in enumerate(documents.values):
        if not isinstance(value, dict) or value.get("type") != "Feature":
            at = max(i, 1)
            raise refuse(
                source, "json.trailing", line=documents.line(at), column=documents.column(at), seen="{"
            )
    text, lines, line, at = documents.text, {}, 1, 0
    for row, offset in enumerate(documents.offsets, 1):
        line += text.count("\n", at, offset)
        lines[row], at = line, offset
    return lines


def _is_esri(root: dict[str, Any]) -> bool:
    """Tell whether an object is an ESRI feature set."""
    return "type" not in root and ("geometryType" in root or "spatialReference" in root)


def _crs_of(root: dict[str, Any], source: str, *, esri: bool) -> tuple[CRS | None, str | None, list[Finding]]:
    """Return the CRS, the file's words for it, and what is to be said.

    Raises
    ------
    Refused
        Where the file names a CRS that there is none of: read as degrees it would lie elsewhere.
    """
    if esri:
        esri_crs, words = _esri_crs(root.get("spatialReference"), source)
        return esri_crs, words, [Finding(source, "", "geojson.esri", Action.NOTICE, {"crs": visible(words)})]
    member = root.get("crs")
    if member is None:
        return None, None, []
    stated = _crs_words(member)
    if _CRS84.fullmatch(stated):
        return CRS("OGC:CRS84"), stated, []
    code = _EPSG.fullmatch(stated)
    crs = _horizontal(f"EPSG:{code.group(1)}") if code else None
    if crs is None:
        raise refuse(source, "geojson.crs_unknown", crs=visible(stated))
    return crs, stated, [Finding(source, "", "geojson.crs_member", Action.NOTICE, {"crs": visible(stated)})]


def _crs_words(member: Any) -> str:
    """Return the name in a "crs" member of 2008, whichever of its shapes it has."""
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict):
        return str(member)[:80]
    if "name" in properties:
        return str(properties["name"])
    code = properties.get("code")
    return f"EPSG:{code}" if str(member.get("type")).upper() == "EPSG" else str(properties)[:80]


def _esri_crs(member: Any, source: str) -> tuple[CRS, str]:
    """Return the CRS of a spatialReference, by latestWkid, else wkid, in EPSG's list, else ESRI's."""
    numbers = [member.get(k) for k in ("latestWkid", "wkid")] if isinstance(member, dict) else []
    for number in (n for n in numbers if type(n) is int):
        for authority in ("EPSG", "ESRI"):
            crs = _horizontal(f"{authority}:{number}")
            if crs is not None:
                return crs, f"wkid {number}"
    raise refuse(source, "geojson.crs_unknown", crs=visible(f"spatialReference {member}"))


def _horizontal(name: str) -> CRS | None:
    """Return a geographic or projected CRS by authority and code, flat, or None."""
    try:
        crs = CRS(name)
    except CRSError:
        return None
    return crs.to_2d() if crs.is_geographic or crs.is_projected else None


def _take(row: int, member: Any, features: _Features) -> None:
    """Add one feature, or note why it is set aside."""
    seen = Seen()
    properties, fault = _properties(member, features)
    if fault is None:
        try:
            shape = member.get("geometry")
            geometry = geometry_of(geometry_member(shape) if features.esri else shape, seen)
        except CoordinateError as error:
            fault = error
    label = row_label(row, _code(properties))
    if fault is not None:
        features.findings.append(Finding(features.source, label, fault.rule, Action.QUARANTINE, fault.values))
        return
    if seen.closed:
        rings = {"count": seen.closed}
        features.findings.append(
            Finding(features.source, label, "geojson.unclosed_ring", Action.REPAIR, rings)
        )
    features.with_z += seen.has_z
    features.vertices += seen.vertices
    if features.vertices > VERTICES:
        raise refuse(features.source, "geojson.vertex_limit", limit=VERTICES)
    features.rows.append(row)
    features.geometries.append(geometry)
    features.properties.append(properties)


def _properties(
    member: Any,
    features: _Features,
) -> tuple[dict[str, Any], CoordinateError | None]:
    """Return a feature's attributes, its own id among them, and what is wrong with it, if anything."""
    if member == TOO_DEEP:
        return {}, CoordinateError("geojson.nesting")
    if not isinstance(member, dict) or not (features.esri or member.get("type") == "Feature"):
        return {}, CoordinateError("geojson.not_feature", seen=visible(str(member), 40))
    properties = member.get("attributes" if features.esri else "properties")
    if not isinstance(properties, dict | None):
        return {}, CoordinateError("geojson.not_feature", seen=visible(str(properties), 40))
    properties = dict(properties or {})
    key = doubled_key(member) if features.doubled else None
    if key is not None:
        return properties, CoordinateError("geojson.doubled_key", key=visible(key, 40))
    if "id" in member and "id" not in properties:
        properties = {"id": member["id"], **properties}
    return properties, None


def _code(properties: dict[str, Any]) -> str:
    """Return the value of the column that names the feature, or ""."""
    at = code_column(list(properties))
    value = None if at is None else list(properties.values())[at]
    return str(value) if isinstance(value, str | int) else ""


def _frame(features: _Features, crs: CRS | None) -> gpd.GeoDataFrame:
    """Return the features as a frame, rows with unfit attributes set aside."""
    names = list(dict.fromkeys(name for p in features.properties for name in p))
    if len(names) > COLUMNS:
        raise refuse(features.source, "header.columns", count=len(names), limit=COLUMNS)
    columns = [column_of(name, [p.get(name) for p in features.properties]) for name in names]
    _say(columns, features)
    keep = np.ones(len(features.rows), dtype=bool)
    keep[[place for column in columns for place in column.bad]] = False
    data = dict(zip(_column_names(names, features), (c.values for c in columns), strict=True))
    index = pd.Index(features.rows, name="row", dtype="int64")
    geometry = gpd.GeoSeries(features.geometries, index=index, crs=crs)
    frame = gpd.GeoDataFrame(data, index=index, geometry=geometry, crs=crs)
    return frame if keep.all() else frame[keep]


def _say(columns: Sequence[Column], features: _Features) -> None:
    """Note what was set aside and what became text, column by column."""
    for column in columns:
        name = visible(column.name, 40)
        for place, (rule, seen) in sorted(column.bad.items()):
            label = row_label(features.rows[place], _code(features.properties[place]))
            values = {"column": name, "seen": seen}
            features.findings.append(Finding(features.source, label, rule, Action.QUARANTINE, values))
        if column.cast:
            seen_cast: dict[str, Value] = {
                "column": name,
                "count": column.cast,
                "seen": visible(column.example, 24),
            }
            features.findings.append(
                Finding(features.source, "", "geojson.code_number", Action.REPAIR, seen_cast)
            )


def _column_names(names: Sequence[str], features: _Features) -> list[str]:
    """Return names that a frame can hold: none is called "geometry", none has a lone surrogate."""
    taken = set(names)
    out = []
    for name in names:
        new = name if name.isascii() else name.encode("utf-8", "backslashreplace").decode("utf-8")
        while new == "geometry" or (new != name and new in taken):
            new += "_"
        if new != name:
            values = {"column": visible(name, 40), "seen": visible(new, 40)}
            features.findings.append(
                Finding(features.source, "", "geojson.column_name", Action.REPAIR, values)
            )
        out.append(new)
    return out
