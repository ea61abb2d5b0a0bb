"""A vector layer put together: rows and well-known binary in, a `SourceTable` out.

What the binary formats share: is the file there and of the right kind, do codes stay text, does the geometry
decode, and do the coordinates agree with the CRS that the file states.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from geopandas.array import GeometryArray
from numpy.typing import NDArray

from geo.findings import Finding
from geo.read.content import foreign_content
from geo.read.limits import FILE_BYTES, NESTING, ROWS, VERTICES
from geo.read.rows import code_column, is_code_name, row_label
from geo.read.table import Refused, SourceTable, refuse
from geo.terms import Action

Shapes = NDArray[np.object_]

#: GEOS reads nested collections by recursion and crashes the process at some 10,000 levels, each of at least
#: nine bytes; shorter blobs cannot.
_SAFE_BYTES = 9 * 1_000
_COLLECTIONS = frozenset((4, 5, 6, 7, 9, 10, 11, 12))


@dataclass
class Layer:
    """A layer while it is read.

    Attributes
    ----------
    source, driver, name
        Name for the findings, the format, the layer ("" where the format has one only).
    frame
        Attributes, index 0 to n-1 in the file's order.
    shapes
        One geometry or None a row; None: the format has no geometry.
    crs, crs_stated
        What the file states, and in which words; None where it states nothing.
    dropped
        Places (0 to n-1) of the rows that a quarantine finding names.
    """

    source: str
    driver: str
    frame: pd.DataFrame
    shapes: Shapes | None = None
    name: str = ""
    crs: pyproj.CRS | None = None
    crs_stated: str | None = None
    findings: list[Finding] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)

    def label(self, place: int) -> str:
        """Return how a finding names the row at `place`: by code, else name: "row 3 (320402001001)"."""
        names = [str(n) for n in self.frame.columns]
        at = code_column(names)
        if at is None and "name" in names:
            at = names.index("name")
        value: Any = None if at is None else self.frame.iloc[place, at]
        return row_label(place + 1, "" if value is None or pd.isna(value) else str(value))

    def quarantine(self, place: int, rule: str, /, **values: str | int | float) -> None:
        """Set the row at `place` aside by `rule`."""
        self.findings.append(Finding(self.source, self.label(place), rule, Action.QUARANTINE, values))
        self.dropped.append(place)

    def say(self, rule: str, action: Action, /, **values: str | int | float) -> None:
        """Add a finding about the source as a whole."""
        self.findings.append(Finding(self.source, "", rule, action, values))


def checked(path: Path, expected: str, signature: bytes = b"") -> str:
    """Return the source's name after looking at the file: there, not empty, within the limit, of its kind.

    Raises
    ------
    Refused
        The finding says which.
    """
    source = path.name
    if not path.is_file():
        raise refuse(source, "binary.missing", expected=expected)
    size = path.stat().st_size
    if size == 0:
        raise refuse(source, "binary.empty", expected=expected)
    if size > FILE_BYTES:
        raise refuse(source, "binary.size", megabytes=size // 2**20, limit=FILE_BYTES // 2**20)
    with path.open("rb") as file:
        head = file.read(1024)
    if not head.startswith(signature):
        raise refuse(source, "binary.kind", expected=expected, seen=foreign_content(head) or "unknown")
    return source


def check_rows(count: int, source: str) -> None:
    """Refuse a layer that states no row, or more than the limit.

    Raises
    ------
    Refused
        It has none, or too many.
    """
    if count == 0:
        raise refuse(source, "binary.no_rows")
    if count > ROWS:
        raise refuse(source, "binary.rows", rows=count, limit=ROWS)


def decode(layer: Layer, blobs: Sequence[bytes | None]) -> None:
    """Turn well-known binary into the layer's shapes; rows whose bytes are none are set aside.

    A null stays a missing geometry: whether it is due is for the checks to say.
    """
    shapes = np.full(len(blobs), None, dtype=object)
    bodies = np.empty(len(blobs), dtype=object)
    bodies[:] = blobs
    sizes = np.fromiter((0 if b is None else len(b) for b in blobs), np.int64, len(blobs))
    good = sizes > 0
    for place in np.flatnonzero(sizes > _SAFE_BYTES).tolist():
        good[place] = nesting(bodies[place]) <= NESTING
    shapes[good] = shapely.from_wkb(bodies[good], on_invalid="ignore")
    layer.shapes = shapes
    missing = np.flatnonzero(shapely.is_missing(shapes))
    for place in missing.tolist():
        blob = blobs[place]
        if blob is not None:
            layer.quarantine(place, "binary.geometry", bytes=len(blob))


def nesting(blob: bytes) -> int:
    """Return how deep the collections of well-known binary are nested, counted up to `NESTING` + 1."""
    at, depths = 0, [1]
    while depths and at + 9 <= len(blob):
        depths[-1] -= 1
        order = "<" if blob[at] else ">"
        code: int = struct.unpack_from(order + "I", blob, at + 1)[0]
        kind, dims, at = _kind(code, at + 5)
        if kind in _COLLECTIONS:
            parts: int = struct.unpack_from(order + "I", blob, at)[0] if at + 4 <= len(blob) else 0
            depths.append(parts)
            at += 4
        else:
            at = _skip(blob, at, order, kind, dims)
        if len(depths) > NESTING:
            return len(depths)
        while depths and depths[-1] <= 0:
            depths.pop()
    return len(depths)


def _kind(code: int, at: int) -> tuple[int, int, int]:
    """Return a geometry's type, its count of dimensions, and where its body begins (EWKB and ISO codes)."""
    at += 4 if code & 0x20000000 else 0
    extra = bool(code & 0x80000000) + bool(code & 0x40000000)
    code &= 0x1FFFFFFF
    iso = code // 1000
    return code % 1000, 2 + max(extra, 1 if iso in (1, 2) else 2 if iso == 3 else 0), at


def _skip(blob: bytes, at: int, order: str, kind: int, dims: int) -> int:
    """Return where a point, line or polygon ends; the blob's end where it does not."""
    if kind == 1:
        return at + 8 * dims
    if at + 4 > len(blob):
        return len(blob)
    count: int = struct.unpack_from(order + "I", blob, at)[0]
    at += 4
    if kind != 3:
        return at + 8 * dims * count
    for _ in range(count):
        if at + 4 > len(blob):
            return len(blob)
        points: int = struct.unpack_from(order + "I", blob, at)[0]
        at += 4 + 8 * dims * points
    return at


def codes_as_text(layer: Layer) -> None:
    """Make columns of numbers whose name says code or id into text, without ".0", and say so."""
    floats, whole = [], []
    for name in layer.frame.columns:
        values = layer.frame[name]
        if not (is_code_name(str(name)) and pd.api.types.is_numeric_dtype(values.dtype)):
            continue
        if pd.api.types.is_float_dtype(values.dtype):
            if not _integral(values):
                continue
            floats.append(str(name))
        elif pd.api.types.is_bool_dtype(values.dtype):
            continue
        else:
            whole.append(str(name))
        layer.frame[name] = _digits(values)
    if floats:
        layer.say("binary.code_float", Action.REPAIR, columns=", ".join(floats))
    if whole:
        layer.say("binary.code_number", Action.NOTICE, columns=", ".join(whole))


def _integral(values: pd.Series[Any]) -> bool:
    """Tell whether all values of a column are whole numbers that a double holds exactly."""
    filled = values.dropna().to_numpy(float)
    return bool(
        len(filled) and np.all(np.isfinite(filled) & (filled == np.floor(filled)) & (abs(filled) < 2**53))
    )


def _digits(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return whole numbers as text, missing ones as missing."""
    if not values.hasnans:
        return values.astype("int64").astype("str")
    return pd.Series([pd.NA if pd.isna(v) else str(int(v)) for v in values], index=values.index, dtype="str")


def agree(layer: Layer) -> None:
    """Compare the coordinates with the CRS that the file states.

    Raises
    ------
    Refused
        Where they cannot be coordinates of it, or are too many.
    """
    if layer.shapes is None:
        return
    vertices = int(shapely.get_num_coordinates(layer.shapes).sum())
    if vertices > VERTICES:
        raise refuse(layer.source, "binary.vertices", vertices=vertices, limit=VERTICES)
    box = extent(layer.shapes)
    if box is None:
        return
    degrees = abs(box[0]) <= 180 and abs(box[2]) <= 180 and abs(box[1]) <= 90 and abs(box[3]) <= 90
    words = {"x": f"{box[0]:.6g} … {box[2]:.6g}", "y": f"{box[1]:.6g} … {box[3]:.6g}"}
    if layer.crs is None:
        layer.say("crs_stated.none", Action.NOTICE, units="degrees 度" if degrees else "metres 米", **words)
    elif layer.crs.is_geographic and not degrees:
        raise refuse(layer.source, "crs_stated.degrees_expected", crs=layer.crs_stated or "", **words)
    elif layer.crs.is_projected and degrees:
        raise refuse(layer.source, "crs_stated.metres_expected", crs=layer.crs_stated or "", **words)


def extent(shapes: Shapes) -> tuple[float, float, float, float] | None:
    """Return the bounding box of the finite coordinates, or None where there are none."""
    boxes = shapely.bounds(shapes)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if len(boxes) == 0:
        return None
    low, high = boxes.min(axis=0), boxes.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def finished(layer: Layer) -> SourceTable:
    """Return the layer as a table, without the rows set aside; its index is the 1-based row as delivered."""
    codes_as_text(layer)
    agree(layer)
    frame = layer.frame
    frame.index = pd.RangeIndex(1, len(frame) + 1, name="row")
    if layer.shapes is not None:
        frame = frame.rename(columns={"geometry": "geometry_text"})
        frame = gpd.GeoDataFrame(frame, geometry=GeometryArray(layer.shapes), crs=layer.crs)
    if layer.dropped:
        keep = np.ones(len(frame), dtype=bool)
        keep[layer.dropped] = False
        frame = frame[keep]
    return SourceTable(frame, layer.driver, layer.name, layer.crs_stated, layer.findings)


def chosen(names: Sequence[str], asked: str | None, source: str, rule: str) -> str:
    """Return the layer asked for, or the only one; else refuse by `rule`, naming them all.

    Raises
    ------
    Refused
        There is no such layer, or several and none is asked for.
    """
    if asked is not None and asked in names:
        return asked
    shown = ", ".join(names[:12]) + (" …" if len(names) > 12 else "")
    if asked is not None:
        raise refuse(source, f"{rule}_unknown", asked=asked, layers=shown)
    if len(names) > 1:
        raise refuse(source, f"{rule}_several", layers=shown, count=len(names))
    return names[0]


def crs_name(crs: pyproj.CRS | None) -> str | None:
    """Return how a CRS is named in a report: "EPSG:4490 (China Geodetic Coordinate System 2000)"."""
    if crs is None:
        return None
    authority = crs.to_authority(min_confidence=90)
    return f"{':'.join(authority)} ({crs.name})" if authority else crs.name


def parsed_crs(make: Callable[[], pyproj.CRS], source: str, rule: str, text: str) -> pyproj.CRS:
    """Return the CRS that `make` makes, or refuse by `rule` where the text is none.

    Raises
    ------
    Refused
        The text names no CRS.
    """
    try:
        return _identified(make())
    except (pyproj.exceptions.CRSError, ValueError, TypeError):
        shown = re.sub(r"\s+", " ", text)[:60]
        raise refuse(source, rule, text=shown) from None


def _identified(crs: pyproj.CRS) -> pyproj.CRS:
    """Return the CRS as its authority has it: makers spell the same one differently."""
    authority = None if crs.is_bound else crs.to_authority(min_confidence=90)
    return pyproj.CRS.from_authority(*authority) if authority else crs


def refuse_undeclared(table: SourceTable) -> None:
    """Refuse a layer that states no CRS; to be called where nobody else declares its datum either.

    Raises
    ------
    Refused
        It states none.
    """
    for finding in table.findings:
        if finding.rule == "crs_stated.none":
            raise Refused(Finding(finding.source, "", finding.rule, Action.REJECT, finding.values))
