"""Shapefile: .shp, .shx and .dbf are compared before anything is believed, since none has a checksum.

GDAL turns the shapes into geometry; headers, records, attributes and the datum are read here.

References
----------
.. [1] ESRI Shapefile Technical Description, July 1998.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.read import gdal
from geo.read.dbf import Records, read_dbf
from geo.read.layer import Layer, check_rows, checked, crs_name, decode, finished, parsed_crs
from geo.read.limits import FILE_BYTES
from geo.read.table import SourceTable, refuse
from geo.terms import Action

_MAGIC = b"\x00\x00\x27\x0a"
#: Shape types that are read: point, line, polygon, multipoint, each also with z (+10) and m (+20).
_TYPES = {base + more for base in (1, 3, 5, 8) for more in (0, 10, 20)}
_NULL = 0
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _Shapes:
    """The records of a .shp, found by the .shx: their own numbers, types, and boxes as in their heads."""

    kind: int
    numbers: Integers
    types: Integers
    boxes: NDArray[np.float64]


def read_shapefile(path: Path, *, layer: str | None = None, encoding: str | None = None) -> SourceTable:
    """Read a shapefile.

    Parameters
    ----------
    path
        The `.shp`; `.shx` and `.dbf` have to lie beside it, `.prj` and `.cpg` may.
    layer
        Not used: a shapefile has one.
    encoding
        Of the attributes, where the region file declares it; else `.cpg`, code page or detection decide.

    Raises
    ------
    Refused
        A file is missing, short or contradicts another.
    """
    del layer
    source = checked(path, "Shapefile (.shp)", _MAGIC)
    parts = {ending: _beside(path, ending) for ending in (".shx", ".dbf", ".prj", ".cpg")}
    for ending in (".shx", ".dbf"):
        if parts[ending] is None:
            raise refuse(source, "shp.part_missing", part=path.stem + ending)
    records = _records(parts[".dbf"], source, parts[".cpg"], encoding)
    shapes = _shapes(path.read_bytes(), _bytes(parts[".shx"]), source)
    if len(records.frame) != len(shapes.numbers):
        raise refuse(source, "shp.counts", shapes=len(shapes.numbers), rows=len(records.frame))
    check_rows(len(shapes.numbers), source)
    found = Layer(source, "ESRI Shapefile", records.frame, findings=list(records.findings))
    found.crs = _crs(parts[".prj"], source)
    found.crs_stated = crs_name(found.crs)
    _geometry(path, found, shapes)
    _set_aside(found, records, shapes)
    return finished(found)


def _beside(path: Path, ending: str) -> Path | None:
    """Return the file of this ending beside the .shp, whatever its case, or None."""
    wanted = (path.stem + ending).lower()
    return next((p for p in sorted(path.parent.iterdir()) if p.name.lower() == wanted and p.is_file()), None)


def _bytes(path: Path | None) -> bytes:
    """Return a file's bytes; nothing for no file."""
    return path.read_bytes() if path is not None else b""


def _records(path: Path | None, source: str, cpg: Path | None, encoding: str | None) -> Records:
    """Read the .dbf with what the .cpg says of its encoding."""
    assert path is not None  # noqa: S101  the caller has refused a missing one
    if path.stat().st_size > FILE_BYTES:
        raise refuse(source, "binary.size", megabytes=path.stat().st_size // 2**20, limit=FILE_BYTES // 2**20)
    page = _bytes(cpg)[:40].decode("latin-1").strip() or None
    return read_dbf(path, source, cpg=page, encoding=encoding)


def _shapes(shp: bytes, shx: bytes, source: str) -> _Shapes:
    """Return the records that the index names, after comparing both files byte by byte of their heads."""
    if len(shp) < 100 or len(shx) < 100 or not shx.startswith(_MAGIC):
        raise refuse(source, "shp.header", shp=len(shp), shx=len(shx))
    kind = struct.unpack_from("<i", shp, 32)[0]
    if kind not in _TYPES:
        raise refuse(source, "shp.type", type=kind)
    index = np.frombuffer(shx, ">i4", (len(shx) - 100) // 4 // 2 * 2, 100).reshape(-1, 2).astype(np.int64) * 2
    if len(shx) != 2 * struct.unpack_from(">i", shx, 24)[0] or len(shx) != 100 + 8 * len(index):
        raise refuse(source, "shp.index_short", shapes=len(index))
    starts, lengths = index[:, 0], index[:, 1]
    whole = (starts >= 100) & (lengths >= 4) & (starts + 8 + lengths <= len(shp))
    if len(shp) != 2 * struct.unpack_from(">i", shp, 24)[0] or not whole.all():
        bad = int(np.flatnonzero(~whole)[0]) + 1 if not whole.all() else len(index)
        raise refuse(source, "shp.truncated", record=bad, count=len(index), bytes=len(shp))
    data = np.frombuffer(shp, np.uint8)
    numbers = _gather(data, starts, ">i4", 1)[:, 0]
    if not np.array_equal(_gather(data, starts + 4, ">i4", 1)[:, 0] * 2, lengths):
        raise refuse(source, "shp.index_lengths")
    types = _gather(data, starts + 8, "<i4", 1)[:, 0]
    _refuse_overrun(data, starts, lengths, types, source)
    return _Shapes(kind, numbers, types, _boxes(data, starts, types, kind))


def _gather(data: NDArray[np.uint8], at: Integers, kind: str, count: int) -> NDArray[Any]:
    """Return `count` numbers of a kind at each of many offsets."""
    size = np.dtype(kind).itemsize * count
    cells = np.ascontiguousarray(data[at[:, None] + np.arange(size)])
    return cells.view(kind).astype(np.float64 if "f" in kind else np.int64)


def _refuse_overrun(
    data: NDArray[np.uint8], starts: Integers, lengths: Integers, types: Integers, source: str
) -> None:
    """Refuse records whose counts of parts and points do not fit into their length [1]_."""
    base = types % 10
    least = np.select([types == _NULL, base == 1, base == 8], [4, 20, 40], 44)
    bad = lengths < least
    bad |= ~np.isin(types, [_NULL, *_TYPES])
    many = np.flatnonzero(~bad & np.isin(base, [3, 5]) & (types != _NULL))
    counts = _gather(data, starts[many] + 44, "<i4", 2)
    bad[many] |= (counts < 0).any(axis=1) | (44 + 4 * counts[:, 0] + 16 * counts[:, 1] > lengths[many])
    few = np.flatnonzero(~bad & (base == 8))
    points = _gather(data, starts[few] + 44, "<i4", 1)[:, 0]
    bad[few] |= (points < 0) | (40 + 16 * points > lengths[few])
    if bad.any():
        raise refuse(source, "shp.record", record=int(np.flatnonzero(bad)[0]) + 1, count=int(bad.sum()))


def _boxes(data: NDArray[np.uint8], starts: Integers, types: Integers, kind: int) -> NDArray[np.float64]:
    """Return the bounding boxes that the records' heads state; NaN where there is none."""
    boxes = np.full((len(starts), 4), np.nan)
    if kind % 10 != 1:
        there = np.flatnonzero(types != _NULL)
        boxes[there] = _gather(data, starts[there] + 12, "<f8", 4)
    return boxes


def _crs(path: Path | None, source: str) -> pyproj.CRS | None:
    """Return what the .prj states; None where there is no .prj."""
    if path is None:
        return None
    text = _bytes(path)[:20_000].decode("utf-8", "replace").strip()
    return parsed_crs(lambda: pyproj.CRS.from_wkt(text), source, "shp.prj", text)


def _geometry(path: Path, found: Layer, shapes: _Shapes) -> None:
    """Let GDAL read the shapes, and put each to its row; deleted rows have none."""
    import pyogrio.raw

    try:
        with gdal.quiet():
            _, fids, blobs, _ = pyogrio.raw.read(
                path.resolve(), columns=[], return_fids=True, encoding="latin-1"
            )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, RuntimeError) as error:
        raise refuse(
            found.source, "shp.unreadable", report=str(error).replace(str(path.parent), "")
        ) from None
    every: list[bytes | None] = [None] * len(shapes.numbers)
    for fid, blob in zip(fids.tolist(), blobs, strict=True):
        every[fid] = blob
    decode(found, every)


def _set_aside(found: Layer, records: Records, shapes: _Shapes) -> None:
    """Set aside the rows that are deleted, in another record's place, without a shape or a number."""
    assert found.shapes is not None  # noqa: S101
    deleted = frozenset(records.deleted)
    for place in records.deleted:
        found.quarantine(place, "shp.deleted")
    order = np.arange(1, len(shapes.numbers) + 1)
    for place in np.flatnonzero(shapes.numbers != order).tolist():
        found.quarantine(place, "shp.order", record=int(shapes.numbers[place]), place=place + 1)
    lost = shapely.is_missing(found.shapes) & (shapes.types != _NULL)
    for place in np.flatnonzero(lost).tolist():
        if place not in deleted:
            found.quarantine(place, "shp.unreadable_shape")
    for place, (column, text) in sorted(records.bad_numbers.items()):
        found.quarantine(place, "shp.number", column=column, seen=text)
    _set_aside_stale(found, shapes)


def _set_aside_stale(found: Layer, shapes: _Shapes) -> None:
    """Set aside shapes that do not lie in the box that their record's head states."""
    real = shapely.bounds(found.shapes)
    size = np.nanmax(np.abs(real), initial=1.0)
    with np.errstate(invalid="ignore"):
        off = (np.abs(real - shapes.boxes) > 1e-9 * size).any(axis=1) & np.isfinite(real).all(axis=1)
    off &= np.isfinite(shapes.boxes).all(axis=1)
    for place in np.flatnonzero(off).tolist():
        stated, seen = (" ".join(f"{v:.6g}" for v in box) for box in (shapes.boxes[place], real[place]))
        found.quarantine(place, "shp.bbox", stated=stated, seen=seen)
    if off.any():
        found.say("shp.bbox_index", Action.NOTICE, count=int(off.sum()))
