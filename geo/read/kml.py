"""KML and KMZ, read by expat without document types: no entity is ever defined, so none can be followed.

References
----------
.. [1] OGC 12-007r2, KML 2.3: coordinates are longitude, latitude[, height] on WGS 84.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from geo.read.archive import unpacked
from geo.read.layer import Layer, check_rows, checked, finished
from geo.read.limits import NESTING
from geo.read.table import SourceTable, refuse

_DECLARED = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_CHINESE = ("gbk", "gb2312", "gb18030", "gb_2312-80", "cp936")
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon")
_UNSUPPORTED = ("Model", "Track", "MultiTrack")
_TEXTS = ("name", "description", "address", "phoneNumber", "styleUrl")
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_LEAST = {"Point": 1, "LineString": 2, "LinearRing": 4, "Polygon": 4}


class _ShapeError(Exception):
    """A geometry that cannot be built: its rule and values."""

    def __init__(self, rule: str, **values: str | int) -> None:
        self.rule, self.values = rule, values
        super().__init__(rule)


@dataclass
class _Shape:
    """One geometry element: its kind and its coordinate texts; a polygon's first ring is its shell."""

    kind: str
    rings: list[str] = field(default_factory=list)


@dataclass
class _Placemark:
    """One placemark: line, attributes, geometries."""

    line: int
    values: dict[str, str]
    shapes: list[_Shape] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)


@dataclass
class _Reading:
    """The state while a document is read."""

    source: str
    line: Callable[[], int]
    path: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    placemarks: list[_Placemark] = field(default_factory=list)
    inside: _Placemark | None = None
    text: list[str] = field(default_factory=list)
    data: str = ""
    links: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Begin an element.

        Raises
        ------
        Refused
            The file is no KML, or nested too deeply.
        """
        name = tag.rpartition(":")[2]
        if not self.path and name != "kml":
            raise refuse(self.source, "kml.not", seen=name)
        self.path.append(name)
        if len(self.path) > NESTING:
            raise refuse(self.source, "kml.nested", limit=NESTING)
        self.text = []
        if name == "Folder":
            self.folders.append("")
        elif name == "NetworkLink":
            self.links += 1
        elif name == "Placemark":
            self.inside = _Placemark(self.line(), {"id": attributes["id"]} if "id" in attributes else {})
        elif name in ("Data", "SimpleData"):
            self.data = attributes.get("name", "")
        elif self.inside is not None:
            self._shape(name)

    def _shape(self, name: str) -> None:
        """Begin a geometry: the rings of a polygon belong to it."""
        assert self.inside is not None  # noqa: S101
        if name in _UNSUPPORTED:
            self.inside.unsupported.append(name)
        elif name in _SHAPES and not (name == "LinearRing" and "Polygon" in self.path):
            self.inside.shapes.append(_Shape(name))

    def end(self, tag: str) -> None:
        """End an element: its text goes where it belongs."""
        name = tag.rpartition(":")[2]
        text = "".join(self.text).strip()
        self.path.pop()
        parent = self.path[-1] if self.path else ""
        if name == "Placemark" and self.inside is not None:
            if any(self.folders):
                self.inside.values.setdefault("folder", "/".join(f for f in self.folders if f))
            self.placemarks.append(self.inside)
            self.inside = None
        elif name == "Folder":
            self.folders.pop()
        elif name == "name" and parent == "Folder":
            self.folders[-1] = text
        elif self.inside is not None and text:
            self._value(name, parent, text)
        self.text = []

    def _value(self, name: str, parent: str, text: str) -> None:
        """Keep an element's text as an attribute or as coordinates of the placemark."""
        assert self.inside is not None  # noqa: S101
        if name == "coordinates" and self.inside.shapes:
            self.inside.shapes[-1].rings.append(text)
        elif (name == "value" and parent == "Data") or name == "SimpleData":
            self.inside.values[self.data or name] = text
        elif name in _TEXTS and parent == "Placemark":
            self.inside.values[name] = text


def read_kml(path: Path, *, layer: str | None = None) -> SourceTable:
    """Read the placemarks of a KML or KMZ file: their texts, extended data, folder and geometry.

    Parameters
    ----------
    path
        The `.kml`, or a `.kmz`, whose first document (`doc.kml`) is read.
    layer
        Name of a folder, to read only its placemarks.

    Raises
    ------
    Refused
        A document type, broken XML, another encoding than declared, links to elsewhere, or no placemark.
    """
    if path.suffix.lower() == ".kmz":
        with unpacked(path) as folder:
            documents = sorted(
                folder.glob("*.[kK][mM][lL]"), key=lambda p: (p.name.lower() != "doc.kml", p.name)
            )
            if not documents:
                raise refuse(path.name, "kml.no_document")
            return _read(documents[0], path.name, "KMZ", layer)
    return _read(path, checked(path, "KML"), "KML", layer)


def _read(path: Path, source: str, driver: str, folder: str | None) -> SourceTable:
    """Read one document."""
    reading = _parsed(_text(path.read_bytes(), source), source)
    if reading.links:
        raise refuse(source, "kml.link", count=reading.links)
    marks = reading.placemarks
    if folder is not None:
        marks = [m for m in marks if folder in m.values.get("folder", "").split("/")]
    check_rows(len(marks), source)
    names = dict.fromkeys(n for m in marks for n in m.values)
    columns = {n: pd.Series([m.values.get(n, pd.NA) for m in marks], dtype="str") for n in names}
    found = Layer(source, driver, pd.DataFrame(columns, index=range(len(marks))), name=folder or "")
    found.crs, found.crs_stated = pyproj.CRS.from_user_input("OGC:CRS84"), "OGC:CRS84 (by the rules of KML)"
    _build(found, marks)
    table = finished(found)
    lines = {row: m.line for row, m in enumerate(marks, 1)}
    return SourceTable(table.frame, driver, found.name, table.crs_stated, table.findings, lines)


def _text(data: bytes, source: str) -> bytes:
    """Return the document in an encoding that expat reads, after checking that it is the declared one."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data
    match = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf"))
    stated = match[1].decode().lower() if match else "utf-8"
    if stated in ("utf-8", "utf8", *_CHINESE):
        encoding = "gb18030" if stated in _CHINESE else "utf-8"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise refuse(source, "kml.encoding", stated=stated.upper(), line=line) from None
        if encoding != "utf-8":
            return re.sub(r"^\s*<\?xml[^>]*\?>", "", text).encode()
    return data


def _parsed(data: bytes, source: str) -> _Reading:
    """Run expat over a document."""
    parser = expat.ParserCreate()
    reading = _Reading(source, lambda: parser.CurrentLineNumber)

    def forbidden(*_: object) -> None:
        raise refuse(source, "kml.doctype", line=parser.CurrentLineNumber)

    parser.StartDoctypeDeclHandler = forbidden
    parser.EntityDeclHandler = forbidden
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = lambda text: reading.text.append(text)  # noqa: PLW0108  the list changes
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        report = expat.ErrorString(error.code)
        raise refuse(source, "kml.xml", line=error.lineno, column=error.offset, report=report) from None
    except (LookupError, ValueError) as error:
        if isinstance(error, OSError):  # a refusal of this reader's own
            raise
        raise refuse(source, "kml.encoding", stated="known", line=1) from None
    return reading


def _build(found: Layer, marks: list[_Placemark]) -> None:
    """Build the geometries; placemarks whose coordinates are none are set aside."""
    shapes = np.full(len(marks), None, dtype=object)
    found.shapes = shapes
    for place, mark in enumerate(marks):
        try:
            shapes[place] = _geometry(mark)
        except _ShapeError as bad:
            found.quarantine(place, bad.rule, **bad.values)


def _geometry(mark: _Placemark) -> BaseGeometry | None:
    """Return a placemark's geometry; None for none."""
    if mark.unsupported:
        raise _ShapeError("kml.unsupported", kinds=", ".join(mark.unsupported))
    return _collected([_built(s) for s in mark.shapes])


def _built(shape: _Shape) -> BaseGeometry:
    """Return one geometry."""
    rings = [_places(text) for text in shape.rings]
    for ring in rings or [[]]:
        if len(ring) < _LEAST[shape.kind]:
            raise _ShapeError("kml.ring", count=len(ring))
    try:
        if shape.kind == "Point":
            return shapely.Point(rings[0][0])
        if shape.kind == "Polygon":
            return shapely.Polygon(rings[0], rings[1:])
        return shapely.LineString(rings[0])
    except (ValueError, shapely.errors.GEOSException):
        raise _ShapeError("kml.ring", count=len(rings[0])) from None


def _places(text: str) -> list[tuple[float, float]]:
    """Return longitude, latitude of each place of a coordinates element [1]_; the height is left out."""
    places = []
    for word in text.split():
        numbers = word.split(",")
        if len(numbers) not in (2, 3) or not all(_NUMBER.fullmatch(n) for n in numbers):
            raise _ShapeError("kml.coordinates", seen=text[:60])
        places.append((float(numbers[0]), float(numbers[1])))
    return places


def _collected(shapes: list[BaseGeometry]) -> BaseGeometry | None:
    """Return several geometries of a placemark as one; None for none."""
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    kinds = {s.geom_type for s in shapes}
    if kinds == {"Polygon"}:
        return shapely.MultiPolygon(shapes)
    if kinds == {"LineString"}:
        return shapely.MultiLineString(shapes)
    return shapely.MultiPoint(shapes) if kinds == {"Point"} else shapely.GeometryCollection(shapes)
