"""Open Fibre Data Standard in all its forms: JSON, GeoJSON, CSV (folder or zip) and workbook.

All forms give the same columns: the standard's field names, nested ones joined by "/" as in its CSV form
(`physicalInfrastructureProvider/name`), those of the network as `network/id`. A span's `start` and `end` are
the ids of its nodes. What the standard leaves out is missing, not zero.

References
----------
.. [1] Open Fibre Data Standard 0.3 and 0.4, publication formats: JSON, GeoJSON, CSV; coordinates are WGS 84
   longitude, latitude.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.findings import Finding
from geo.read.archive import judged, unpacked
from geo.read.encoding import decode
from geo.read.layer import Layer, check_rows, checked, finished
from geo.read.limits import FILE_BYTES, NESTING, ROWS
from geo.read.table import SourceTable, refuse
from geo.terms import Action

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

Part = Literal["nodes", "spans"]
#: A value of JSON.
Json = Any
Record = Mapping[str, Json]

_GEOMETRY = {"nodes": "location", "spans": "route"}
_KINDS = {"nodes": ("Point",), "spans": ("LineString", "MultiLineString")}
_WKT = re.compile(r"\s*(POINT|LINESTRING|MULTILINESTRING|MULTIPOINT|POLYGON)\b", re.I)
_COLUMNS = 2_000
#: Members of a network that are tables of their own.
_TABLES = ("nodes", "spans", "phases", "organisations", "contracts", "crs", "relatedResources")
#: A span from a node back to itself that is shorter than this is a stub, not a ring [m].
_STUB_M = 1.0
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass
class _Found:
    """Rows of one part as flat texts, their geometries, and the ids of the nodes where they are known."""

    rows: list[dict[str, str]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    nodes: frozenset[str] | None = None
    findings: list[Finding] = field(default_factory=list)


def read_ofds(path: Path, *, part: str = "spans", layer: str | None = None) -> SourceTable:
    """Read the spans or the nodes of a network.

    Parameters
    ----------
    path
        A `.json`, `.geojson`, `.xlsx`, a zip or folder of CSV files, or one of these CSV files.
    part
        "spans" (lines) or "nodes" (points).
    layer
        The same, as the other readers call it; goes before `part`.

    Raises
    ------
    Refused
        Not the standard, broken, or without this part.
    """
    source, asked = path.name, layer or part
    if asked not in _GEOMETRY:
        raise refuse(source, "ofds.part", part=asked)
    return _read(path, source, "nodes" if asked == "nodes" else "spans")


def _read(path: Path, source: str, part: Part) -> SourceTable:
    """Read one part into a table."""
    found = _found(path, source, part)
    if not found.rows:
        raise refuse(source, "ofds.part", part=part)
    check_rows(len(found.rows), source)
    names = dict.fromkeys(n for row in found.rows for n in row)
    columns = {n: pd.Series([row.get(n, pd.NA) for row in found.rows], dtype="str") for n in names}
    table = Layer(source, "OFDS", pd.DataFrame(columns, index=range(len(found.rows))), name=part)
    table.findings = found.findings
    table.crs, table.crs_stated = pyproj.CRS.from_user_input("OGC:CRS84"), "OGC:CRS84 (by the rules of OFDS)"
    table.shapes = np.full(len(found.rows), None, dtype=object)
    for place, shape in enumerate(found.shapes):
        _place(table, place, shape, part)
    if part == "spans":
        _look_at_ends(table, found)
    return finished(table)


def _found(path: Path, source: str, part: Part) -> _Found:
    """Read the file in the form that its name says."""
    ending = path.suffix.lower()
    if path.is_dir():
        return _from_folder(path, source, part)
    if ending == ".zip":
        with unpacked(path) as folder:
            return _from_folder(folder, source, part)
    checked(path, "Open Fibre Data Standard")
    if ending == ".csv":
        return _from_folder(path.parent, source, part, only=path)
    if ending == ".xlsx":
        return _from_workbook(path, source, part)
    return _from_json(_json(path.read_bytes(), source), source, part)


def _json(data: bytes, source: str) -> Json:
    """Return the parsed JSON."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=lambda word: word)
    except json.JSONDecodeError as error:
        raise refuse(source, "ofds.json", line=error.lineno, report=error.msg) from None
    except UnicodeDecodeError as error:
        raise refuse(
            source, "ofds.json", line=data[: error.start].count(b"\n") + 1, report="not UTF-8"
        ) from None
    except RecursionError:
        raise refuse(source, "ofds.json", line=1, report="nested too deep") from None


def _from_json(data: Json, source: str, part: Part) -> _Found:
    """Return the rows of a network package, of one network, or of GeoJSON [1]_."""
    if isinstance(data, dict) and isinstance(data.get("features"), list):
        return _from_features(data["features"], source, part)
    networks = data.get("networks") if isinstance(data, dict) else None
    if networks is None and isinstance(data, dict) and ("spans" in data or "nodes" in data):
        networks = [data]
    if not isinstance(networks, list):
        raise refuse(source, "ofds.not", expected="networks")
    found = _Found()
    nodes: list[str] = []
    for network in networks:
        if not isinstance(network, dict):
            raise refuse(source, "ofds.not", expected="a network (an object)")
        _note_crs(network.get("crs"), source, found)
        own: dict[str, str] = {}
        _flatten("network", {k: v for k, v in network.items() if k not in _TABLES}, own, (source, found), 1)
        for record in _records(network, part, source):
            found.rows.append(_flat(record, part, source, found) | own)
            found.shapes.append(record.get(_GEOMETRY[part]))
        nodes += [str(n.get("id")) for n in _records(network, "nodes", source)]
    found.nodes = frozenset(nodes)
    return found


def _records(network: Record, part: str, source: str) -> list[Record]:
    """Return a network's nodes or spans."""
    records = network.get(part) or []
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise refuse(source, "ofds.not", expected=f"a list of {part}")
    return records


def _from_features(features: Sequence[Any], source: str, part: Part) -> _Found:
    """Return the rows of GeoJSON: properties are the record, the geometry its location or route."""
    found = _Found()
    for feature in features:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            raise refuse(source, "ofds.not", expected="properties of each feature")
        if _part_of(feature, properties) == part:
            record = {k: v for k, v in properties.items() if k != "featureType"}
            found.rows.append(_flat(record, part, source, found))
            found.shapes.append(feature.get("geometry"))
    return found


def _part_of(feature: Record, properties: Record) -> str:
    """Return which part a feature of GeoJSON is: as it says, else a line is a span."""
    said = str(properties.get("featureType") or "")
    if said in ("node", "span"):
        return said + "s"
    geometry = feature.get("geometry")
    kind = str(geometry.get("type")) if isinstance(geometry, dict) else ""
    line = "LineString" in kind or "start" in properties or "end" in properties
    return "spans" if line else "nodes"


def _note_crs(crs: Json, source: str, found: _Found) -> None:
    """Say where a network states another CRS than the standard's."""
    text = json.dumps(crs) if isinstance(crs, dict) else str(crs or "")
    if text and not re.search(r"CRS84|4326", text):
        found.findings.append(Finding(source, "", "ofds.crs", Action.NOTICE, {"text": text[:80]}))


def _flat(record: Record, part: Part, source: str, found: _Found) -> dict[str, str]:
    """Return a record's members as texts, nested ones joined by "/", without its geometry."""
    flat: dict[str, str] = {}
    for key, value in record.items():
        if key == _GEOMETRY[part]:
            continue
        if key in ("start", "end") and isinstance(value, dict):
            flat[key] = str(value.get("id", ""))
        else:
            _flatten(key, value, flat, (source, found), 1)
    return flat


def _flatten(key: str, value: Json, flat: dict[str, str], told: tuple[str, _Found], depth: int) -> None:
    """Put one member into the flat record."""
    if depth > NESTING:
        source, found = told
        found.findings.append(
            Finding(source, "", "ofds.nested", Action.NOTICE, {"key": key[:60], "limit": NESTING})
        )
    elif isinstance(value, dict):
        for name, inner in value.items():
            _flatten(f"{key}/{name}", inner, flat, told, depth + 1)
    elif isinstance(value, list):
        if all(not isinstance(v, dict | list) for v in value):
            flat[key] = ";".join(_text(v) for v in value)
        else:
            for place, inner in enumerate(value):
                _flatten(f"{key}/{place}", inner, flat, told, depth + 1)
    elif value is not None and value != "":
        flat[key] = _text(value)


def _text(value: object) -> str:
    """Return a scalar as text."""
    return ("false", "true")[value] if isinstance(value, bool) else str(value)


def _from_folder(folder: Path, source: str, part: Part, only: Path | None = None) -> _Found:
    """Return the rows of the CSV form: one table for nodes, one for spans [1]_."""
    tables = {p.name.lower(): p for p in sorted(folder.glob("*.[cC][sS][vV]"))}
    main = only or tables.get(f"{part}.csv")
    if main is None:
        raise refuse(source, "ofds.part", part=part)
    found = _from_grid(_csv(main, source), source, part)
    if part == "spans" and only is None and "nodes.csv" in tables:
        nodes = _from_grid(_csv(tables["nodes.csv"], source), source, "nodes")
        found.nodes = frozenset(row.get("id", "") for row in nodes.rows)
    others = [n for n in tables if n not in ("nodes.csv", "spans.csv", "networks.csv")]
    if others and only is None:
        found.findings.append(Finding(source, "", "ofds.child", Action.NOTICE, {"tables": ", ".join(others)}))
    return found


def _csv(path: Path, source: str) -> list[list[str]]:
    """Return the cells of a CSV file."""
    if path.stat().st_size > FILE_BYTES:
        raise refuse(source, "binary.size", megabytes=path.stat().st_size // 2**20, limit=FILE_BYTES // 2**20)
    text, _ = decode(path.read_bytes(), source)
    with _long_fields():
        return [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let the csv module read routes of many vertices."""
    before = csv.field_size_limit(FILE_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _from_workbook(path: Path, source: str, part: Part) -> _Found:
    """Return the rows of the workbook form: a sheet for each table."""
    import openpyxl

    judged(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parsers raise
        raise refuse(
            source, "ofds.not", expected=f"a workbook that can be read ({type(error).__name__})"
        ) from None
    try:
        sheets = {s.title.lower(): s for s in book.worksheets}
        if part not in sheets:
            raise refuse(source, "ofds.part", part=part)
        found = _from_grid(_sheet(sheets[part], source), source, part)
        if part == "spans" and "nodes" in sheets:
            nodes = _from_grid(_sheet(sheets["nodes"], source), source, "nodes")
            found.nodes = frozenset(row.get("id", "") for row in nodes.rows)
        return found
    finally:
        book.close()


def _sheet(sheet: ReadOnlyWorksheet, source: str) -> list[list[str]]:
    """Return the cells of a sheet as texts; its stated dimensions are not believed."""
    sheet.reset_dimensions()
    grid: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True):
        if len(row) > _COLUMNS or len(grid) > ROWS:
            raise refuse(source, "binary.rows", rows=len(grid), limit=ROWS)
        if any(v is not None for v in row):
            grid.append(["" if v is None else _text(v) for v in row])
    return grid


def _from_grid(grid: Sequence[Sequence[str]], source: str, part: Part) -> _Found:
    """Return the rows of a table whose headings are paths such as spans/0/id [1]_."""
    if not grid:
        raise refuse(source, "ofds.part", part=part)
    names = [_heading(name, part) for name in grid[0]]
    if "id" not in names:
        raise refuse(source, "ofds.not", expected=f"a column {part}/0/id")
    route = _GEOMETRY[part]
    found = _Found()
    for cells in grid[1:]:
        row = {n: v for n, v in zip(names, cells, strict=False) if n and v != ""}
        shape: Any = row.pop(route, None)
        kind, places = row.pop(f"{route}/type", None), row.pop(f"{route}/coordinates", None)
        if shape is None and places is not None:
            shape = {"type": kind or _KINDS[part][0], "coordinates": _json(places.encode(), source)}
        for end in ("start", "end"):
            if f"{end}/id" in row:
                row[end] = row.pop(f"{end}/id")
                row.pop(f"{end}/name", None)
        found.rows.append(row)
        found.shapes.append(shape)
    return found


def _heading(name: str, part: Part) -> str:
    """Return a heading without its path: spans/0/id is the span's id, a bare id the network's."""
    name = name.strip().removeprefix("networks/0/")
    path = f"{part}/0/"
    return name.removeprefix(path) if name.startswith(path) else f"network/{name}"


def _place(table: Layer, place: int, shape: Json, part: Part) -> None:
    """Build one geometry of GeoJSON or WKT; none stays missing, what cannot be read is set aside."""
    if shape is None:
        return
    built = None
    if isinstance(shape, dict) and shape.get("type") in (
        "Point",
        "LineString",
        "MultiLineString",
        "MultiPoint",
    ):
        built = shapely.from_geojson(json.dumps(shape), on_invalid="ignore")
    elif isinstance(shape, str) and _WKT.match(shape):
        built = shapely.from_wkt(shape, on_invalid="ignore")
    identity = str(table.frame["id"].iloc[place]) if "id" in table.frame else ""
    singular = part[:-1]
    if built is None or not np.isfinite(shapely.get_coordinates(built)).all():
        seen = json.dumps(shape)[:60] if isinstance(shape, dict) else str(shape)[:60]
        table.quarantine(place, "ofds.geometry", part=singular, id=identity, seen=seen)
    elif built.geom_type not in _KINDS[part]:
        table.quarantine(place, "ofds.geometry_kind", part=singular, id=identity, seen=built.geom_type)
    else:
        assert table.shapes is not None  # noqa: S101
        table.shapes[place] = built


def _look_at_ends(table: Layer, found: _Found) -> None:
    """Say which spans are stubs, and which name a node that is not there."""
    assert table.shapes is not None  # noqa: S101
    for place, row in enumerate(found.rows):
        start, end, shape = row.get("start"), row.get("end"), table.shapes[place]
        if start is not None and start == end and shape is not None:
            metres = _GEOD.geometry_length(shape)
            if metres < _STUB_M:
                values = {"metres": f"{metres:.4f}"}
                where = table.label(place)
                table.findings.append(Finding(table.source, where, "ofds.no_length", Action.NOTICE, values))
        for name, node in (("start", start), ("end", end)):
            if node and found.nodes is not None and node not in found.nodes:
                values = {"end": name, "node": node}
                where = table.label(place)
                table.findings.append(Finding(table.source, where, "ofds.end_unknown", Action.NOTICE, values))
