"""GeoPackage, read by SQLite itself: read-only, no view, no trigger, no file beside the source.

GDAL is not used here. SQLite's `immutable` neither locks nor writes a journal; a schema that is not trusted
may call no function; a count of steps ends what does not end by itself. The plain way is also the faster.

References
----------
.. [1] OGC 12-128r19, GeoPackage Encoding Standard 1.4: tables in clause 1.1, binary geometry in 2.1.3.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.read.layer import Layer, check_rows, checked, chosen, crs_name, decode, extent, finished, parsed_crs
from geo.read.table import SourceTable, refuse, text_column
from geo.terms import Action

#: SQLite's virtual machine may take so many steps for one file: some 60 s, a hundred times what 2 million
#: rows need.
_STEPS = 4_000_000_000
_STEPS_A_CALL = 1_000_000
#: Bytes of the envelope before the well-known binary, by the indicator in the flags [1]_.
_ENVELOPE = (0, 32, 48, 48, 64, 0, 0, 0)
_OWN_KEYS = ("fid", "ogc_fid")


@dataclass(frozen=True)
class _Entry:
    """One table of gpkg_contents: its name, geometry column ("" where it has none) and the two SRS ids."""

    name: str
    kind: str
    geometry: str
    srs: int | None
    geometry_srs: int | None


def read_geopackage(
    path: Path, *, layer: str | None = None, columns: Sequence[str] | None = None
) -> SourceTable:
    """Read one layer of a GeoPackage.

    Parameters
    ----------
    path
        The `.gpkg`.
    layer
        Its table; may be left out where there is one only.
    columns
        Attributes to read; None: all but GDAL's own key.

    Raises
    ------
    Refused
        Not a sound GeoPackage, several layers and none named, a view, or SRS ids that contradict each other.
    """
    source = checked(path, "GeoPackage", b"SQLite format 3\x00")
    write_ahead = _journals(path, source)
    with _opened(path, source) as database:
        entries = _entries(database, source)
        name = chosen(list(entries), layer, source, "gpkg.layer")
        entry = entries[name]
        found = _read(database, source, entry, columns)
        _compare_counts(database, found, entry)
    if write_ahead:
        found.say("gpkg.wal", Action.NOTICE, rows=len(found.frame))
    return finished(found)


def geopackage_layers(path: Path) -> list[str]:
    """Return the names of the layers and tables that `read_geopackage` can read."""
    source = checked(path, "GeoPackage", b"SQLite format 3\x00")
    with _opened(path, source) as database:
        return list(_entries(database, source))


def _journals(path: Path, source: str) -> bool:
    """Return whether the file is in write-ahead mode; refuse it where a journal beside it holds more rows."""
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.is_file() and beside.stat().st_size > 0:
            raise refuse(source, "gpkg.journal", journal=beside.name)
    with path.open("rb") as file:
        return 2 in file.read(20)[18:20]


@contextmanager
def _opened(path: Path, source: str) -> Iterator[sqlite3.Connection]:
    """Open the file read-only and sound: any fault of the database refuses the source."""
    uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as database:
            database.set_progress_handler(_clock(), _STEPS_A_CALL)
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            (report,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if report != "ok":
                raise refuse(source, "gpkg.integrity", report=" ".join(str(report).split()))
            yield database
    except sqlite3.OperationalError as error:
        rule = "gpkg.steps" if "interrupted" in str(error) else "gpkg.malformed"
        raise refuse(source, rule, report=str(error)) from None
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise refuse(source, "gpkg.malformed", report=str(error)) from None


def _clock() -> Callable[[], int]:
    """Return a callback that lets SQLite take `_STEPS` steps and then stops it."""
    calls = 0

    def tick() -> int:
        nonlocal calls
        calls += 1
        return int(calls * _STEPS_A_CALL > _STEPS)

    return tick


def _entries(database: sqlite3.Connection, source: str) -> dict[str, _Entry]:
    """Return the readable tables by name, features before tables without geometry."""
    kinds = dict(database.execute("SELECT name, type || substr(sql, 1, 14) FROM sqlite_master").fetchall())
    if "gpkg_contents" not in kinds:
        raise refuse(source, "gpkg.contents")
    spatial = "gpkg_geometry_columns" in kinds
    joined = (
        "LEFT JOIN gpkg_geometry_columns g ON lower(g.table_name) = lower(c.table_name)" if spatial else ""
    )
    fields = "g.column_name, g.srs_id" if spatial else "NULL, NULL"
    query = (
        f"SELECT c.table_name, c.data_type, {fields}, c.srs_id FROM gpkg_contents c {joined} "  # noqa: S608
        "WHERE c.data_type IN ('features', 'attributes')"
    )
    listed = [_Entry(n, k, g or "", s, gs) for n, k, g, gs, s in database.execute(query)]
    listed.sort(key=lambda entry: entry.kind != "features")
    real = {e.name: e for e in listed if str(kinds.get(e.name)).startswith("tableCREATE TABLE")}
    views = [e.name for e in listed if e.name not in real]
    if not real:
        raise refuse(source, "gpkg.view" if views else "gpkg.no_layer", layers=", ".join(views))
    features = {n: e for n, e in real.items() if e.kind == "features"}
    return features or real


def _read(database: sqlite3.Connection, source: str, entry: _Entry, columns: Sequence[str] | None) -> Layer:
    """Read the rows of one table in the order of their key."""
    table = _quoted(entry.name)
    (count,) = database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    check_rows(count, source)
    every = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    names = [n for n in every if n != entry.geometry and n.lower() not in _OWN_KEYS]
    if columns is not None:
        names = [n for n in every if n in columns and n != entry.geometry]
    wanted = [*names, entry.geometry] if entry.geometry else names
    listed = ", ".join(_quoted(n) for n in wanted) or "NULL"
    rows = database.execute(f"SELECT {listed} FROM {table} ORDER BY rowid").fetchall()  # noqa: S608
    if len(rows) != count:
        raise refuse(source, "gpkg.integrity", report=f"{len(rows)} of {count} rows")
    values = list(zip(*rows, strict=True))
    frame = pd.DataFrame({n: _column(v) for n, v in zip(names, values, strict=False)}, index=range(count))
    found = Layer(source, "GeoPackage", frame, name=entry.name)
    if entry.geometry:
        found.crs = _crs(database, source, entry)
        found.crs_stated = crs_name(found.crs)
        decode(found, [_body(v) for v in values[-1]])
        _compare_srs(found, entry, values[-1])
    return found


def _quoted(name: str) -> str:
    """Return a name as SQL may hold it."""
    return '"' + name.replace('"', '""') + '"'


def _column(values: tuple[Any, ...]) -> pd.Series[Any]:
    """Return a column as delivered: text as text, whole numbers whole even where some are missing."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {str}:
        return pd.Series(text_column(values))
    if kinds == {int}:
        missing = any(v is None for v in values)
        return pd.Series(values, dtype="Int64" if missing else "int64")
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    shown = [pd.NA if v is None else v.hex() if isinstance(v, bytes) else str(v) for v in values]
    return pd.Series(shown, dtype="str")


def _body(blob: object) -> bytes | None:
    """Return the well-known binary within a geometry of GeoPackage; b"" where there is none to read."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return b""
    return blob[8 + _ENVELOPE[(blob[3] >> 1) & 7] :]


def _crs(database: sqlite3.Connection, source: str, entry: _Entry) -> pyproj.CRS | None:
    """Return the CRS of a layer; None where it is the undefined one (0 and -1)."""
    if entry.srs is not None and entry.srs != entry.geometry_srs:
        raise refuse(source, "gpkg.srs_differs", contents=entry.srs, geometry=str(entry.geometry_srs))
    if entry.geometry_srs in (0, -1, None):
        return None
    query = (
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
    )
    row = database.execute(query, (entry.geometry_srs,)).fetchone()
    if row is None:
        raise refuse(source, "gpkg.srs_unknown", text=str(entry.geometry_srs))
    organization, code, definition = row
    if str(organization).upper() == "EPSG":
        return parsed_crs(lambda: pyproj.CRS.from_epsg(code), source, "gpkg.srs_unknown", f"EPSG:{code}")
    return parsed_crs(lambda: pyproj.CRS.from_wkt(definition), source, "gpkg.srs_unknown", str(definition))


def _compare_srs(found: Layer, entry: _Entry, blobs: Sequence[Any]) -> None:
    """Say where geometries name another SRS than their layer."""
    own = np.array(
        [
            struct.unpack_from("<i" if b[3] & 1 else ">i", b, 4)[0]
            for b in blobs
            if isinstance(b, bytes) and len(b) >= 8
        ]
    )
    other = own[(own != entry.geometry_srs) & (own > 0)]
    if len(other):
        found.say(
            "gpkg.blob_srs", Action.NOTICE, rows=len(other), seen=int(other[0]), layer=str(entry.geometry_srs)
        )


def _compare_counts(database: sqlite3.Connection, found: Layer, entry: _Entry) -> None:
    """Say where the spatial index, the noted count or the noted extent are not those of the rows."""
    if found.shapes is None:
        return
    names = {n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    index = f"rtree_{entry.name}_{entry.geometry}_rowid"
    filled = int((~shapely.is_missing(found.shapes) & ~shapely.is_empty(found.shapes)).sum()) + len(
        found.dropped
    )
    if index in names:
        (indexed,) = database.execute(f"SELECT count(*) FROM {_quoted(index)}").fetchone()  # noqa: S608
        if indexed != filled:
            found.say("gpkg.rtree", Action.REPAIR, indexed=indexed, rows=filled)
    if "gpkg_ogr_contents" in names:
        query = "SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?"
        noted = database.execute(query, (entry.name,)).fetchone()
        if noted is not None and noted[0] is not None and noted[0] != len(found.frame):
            found.say("gpkg.feature_count", Action.NOTICE, noted=noted[0], rows=len(found.frame))
    _compare_extent(database, found, entry)


def _compare_extent(database: sqlite3.Connection, found: Layer, entry: _Entry) -> None:
    """Say where geometry lies outside the extent that the file notes: readers that trust it lose rows."""
    query = "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?"
    noted = database.execute(query, (entry.name,)).fetchone()
    box = extent(found.shapes) if found.shapes is not None else None
    if box is None or noted is None or any(not isinstance(v, int | float) for v in noted):
        return
    slack = 1e-6 * max(1.0, *(abs(v) for v in box))
    inside = (
        box[0] >= noted[0] - slack
        and box[1] >= noted[1] - slack
        and box[2] <= noted[2] + slack
        and box[3] <= noted[3] + slack
    )
    if not inside:
        found.say("gpkg.extent", Action.REPAIR, noted=_box(noted), seen=_box(box))


def _box(box: Sequence[float]) -> str:
    """Return a bounding box as text."""
    return " ".join(f"{v:.6g}" for v in box)
