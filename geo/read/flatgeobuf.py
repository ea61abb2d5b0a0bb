"""FlatGeobuf, through GDAL: its signature is looked at first, its count of features compared after.

References
----------
.. [1] flatgeobuf.org, specification of version 3.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyproj

from geo.read import gdal
from geo.read.layer import Layer, check_rows, checked, crs_name, decode, finished, parsed_crs
from geo.read.parquet import column
from geo.read.table import SourceTable, refuse

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"fgb\x03fgb"
#: What pyogrio raises on a damaged file (its own errors are RuntimeErrors and ValueErrors).
_FAULTS = (RuntimeError, ValueError, IndexError, OSError, MemoryError)


def read_flatgeobuf(path: Path, *, layer: str | None = None) -> SourceTable:
    """Read a FlatGeobuf file.

    Parameters
    ----------
    path
        The `.fgb`.
    layer
        Not used: FlatGeobuf has one layer.

    Raises
    ------
    Refused
        Cut or corrupt, empty, or above a limit.
    """
    del layer
    import pyogrio

    source = checked(path, "FlatGeobuf", _MAGIC)
    try:
        with gdal.quiet():
            info = pyogrio.read_info(path.resolve())
    except _FAULTS as error:
        raise refuse(source, "fgb.unreadable", report=_bare(error, path)) from None
    check_rows(info["features"] if info["features"] >= 0 else 1, source)
    try:
        with gdal.quiet():
            meta, table = pyogrio.read_arrow(path.resolve())
            table.validate(full=True)  # that text is UTF-8
    except _FAULTS as error:
        raise refuse(source, "fgb.unreadable", report=_bare(error, path)) from None
    if table.num_rows != info["features"] and info["features"] >= 0:
        raise refuse(source, "fgb.count", stated=info["features"], rows=table.num_rows)
    return finished(_layer(source, table, meta))


def _bare(error: Exception, path: Path) -> str:
    """Return a library's message without the folder."""
    if isinstance(error, IndexError):
        return "no layer in it"
    return str(error).replace(str(path.resolve().parent) + "/", "")[:100]


def _layer(source: str, table: pa.Table, meta: dict[str, Any]) -> Layer:
    """Return the table that GDAL gave as a layer."""
    geometry = meta["geometry_name"] or "wkb_geometry"
    values = {n: column(table.column(n), n, source) for n in table.column_names if n != geometry}
    frame = pd.DataFrame({n: v for n, v in values.items() if v is not None}, index=range(table.num_rows))
    found = Layer(source, "FlatGeobuf", frame)
    text = meta["crs"]
    if text:
        found.crs = parsed_crs(lambda: pyproj.CRS.from_user_input(text), source, "parquet.crs", text)
        found.crs_stated = crs_name(found.crs)
    decode(found, table.column(geometry).to_pylist())
    return found
