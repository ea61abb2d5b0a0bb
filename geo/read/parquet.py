"""GeoParquet and plain Parquet: the footer is read and judged first, then the rows.

References
----------
.. [1] GeoParquet 1.1.0, geoparquet.org/releases/v1.1.0 (OGC GeoParquet).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.read.layer import Layer, check_rows, checked, crs_name, decode, extent, finished, parsed_crs
from geo.read.limits import FIELD_CHARACTERS, UNPACKED_BYTES
from geo.read.table import Refused, SourceTable, refuse
from geo.terms import Action

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_VERSIONS = ("0.4", "1.0", "1.1")


@dataclass(frozen=True)
class _Geo:
    """What the metadata say of the geometry column, after judging it."""

    column: str
    crs: pyproj.CRS | None
    said: list[tuple[str, Action, dict[str, str]]]
    types: tuple[str, ...]
    bbox: tuple[float, ...]


def read_parquet(path: Path, *, layer: str | None = None) -> SourceTable:
    """Read a GeoParquet file, or a Parquet table without geometry.

    Parameters
    ----------
    path
        The `.parquet`.
    layer
        Not used: Parquet has one table.

    Raises
    ------
    Refused
        Cut or corrupt, above a limit, or metadata that are missing, contradictory or not supported.
    """
    del layer
    import pyarrow as pa

    source = checked(path, "Parquet", b"PAR1")
    try:
        table, geo = _opened(path, source)
        found = Layer(source, "Parquet", _table(source, table, geo))
        if geo is not None:
            blobs = _unpacked(table.column(geo.column), geo.column, source)
    except (pa.ArrowException, OSError, OverflowError, UnicodeDecodeError) as error:
        if isinstance(error, Refused):
            raise
        raise refuse(source, "parquet.unreadable", report=_first_line(error)) from None
    nested = [n for n in table.column_names if n not in found.frame and (geo is None or n != geo.column)]
    if nested:
        found.say("parquet.nested", Action.NOTICE, columns=", ".join(nested))
    if geo is not None:
        found.driver, found.crs, found.crs_stated = "GeoParquet", geo.crs, crs_name(geo.crs)
        for rule, action, values in geo.said:
            found.say(rule, action, **values)
        decode(found, blobs.to_pylist())
        _compare(found, geo)
    return finished(found)


def _opened(path: Path, source: str) -> tuple[pa.Table, _Geo | None]:
    """Judge the footer, then read the rows; texts and geometry stay packed as dictionaries."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as footer:
        check_rows(footer.metadata.num_rows, source)
        size = sum(
            footer.metadata.row_group(i).total_byte_size for i in range(footer.metadata.num_row_groups)
        )
        _check_unpacked(size, source)
        _refuse_surplus(path, footer, source)
        geo = _geo(footer, source)
        packed = [f.name for f in footer.schema_arrow if str(f.type).endswith(("string", "binary"))]
    with pq.ParquetFile(path, read_dictionary=packed, page_checksum_verification=True) as file:
        table = file.read()
        table.validate(full=True)  # offsets, and that text is UTF-8: pandas would fail much later
        return table, geo


def _refuse_surplus(path: Path, footer: pq.ParquetFile, source: str) -> None:
    """Refuse a file whose columns do not end where its footer begins: bytes were doubled or lost.

    Only where Arrow wrote it without an index of pages: other writers keep more there (Bloom filters).
    """
    groups = [footer.metadata.row_group(i) for i in range(footer.metadata.num_row_groups)]
    chunks = [group.column(i) for group in groups for i in range(group.num_columns)]
    indexed = any(c.has_offset_index or c.has_column_index for c in chunks)
    if indexed or not str(footer.metadata.created_by).startswith("parquet-cpp-arrow"):
        return
    with path.open("rb") as file:
        file.seek(-8, 2)
        begins = file.tell() - int.from_bytes(file.read(4), "little")
    end = max(
        min(c.dictionary_page_offset or c.data_page_offset, c.data_page_offset) + c.total_compressed_size
        for c in chunks
    )
    if begins != end:
        raise refuse(source, "parquet.unreadable", report=f"{abs(begins - end)} bytes too many or too few")


def _first_line(error: Exception) -> str:
    """Return the first sentence of a library's message."""
    return str(error).split("\n")[0].split(". ")[0][:80]


def _geo(file: pq.ParquetFile, source: str) -> _Geo | None:
    """Judge the metadata "geo"; None for a table without geometry."""
    schema = file.schema_arrow
    raw = (file.metadata.metadata or {}).get(b"geo")
    if raw is None:
        binary = [f.name for f in schema if str(f.type).endswith("binary") or str(f.type) == "extension"]
        if binary:
            raise refuse(source, "parquet.no_geo", columns=", ".join(binary))
        return None
    try:
        geo = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise refuse(source, "parquet.geo_json", report=_first_line(error)) from None
    columns = geo.get("columns") if isinstance(geo, dict) else None
    if not isinstance(columns, dict):
        raise refuse(source, "parquet.geo_shape", key="columns")
    version = str(geo.get("version"))
    if not version.startswith(tuple(v + "." for v in _VERSIONS)) and version not in _VERSIONS:
        raise refuse(source, "parquet.version", version=version)
    primary = geo.get("primary_column")
    if primary not in columns or primary not in schema.names:
        raise refuse(source, "parquet.primary", column=str(primary), columns=", ".join(schema.names[:20]))
    kind = schema.field(primary).type
    kind = getattr(kind, "value_type", kind)  # a dictionary of binary is binary
    return _judged(columns[primary], str(primary), str(kind), source)


def _judged(column: object, name: str, kind: str, source: str) -> _Geo:
    """Judge what the metadata say of the primary column [1]_."""
    if not isinstance(column, dict):
        raise refuse(source, "parquet.geo_shape", key=f"columns.{name}")
    encoding, edges = column.get("encoding"), column.get("edges", "planar")
    if encoding != "WKB":
        lies = str(encoding).upper() == "WKT"
        rule = "parquet.encoding_lies" if lies else "parquet.encoding"
        raise refuse(source, rule, encoding=str(encoding), seen=kind)
    if not kind.endswith("binary"):
        raise refuse(source, "parquet.encoding_lies", encoding="WKB", seen=kind)
    if edges != "planar":
        raise refuse(source, "parquet.edges", edges=str(edges))
    crs, said = _crs(column, source)
    types, bbox = column.get("geometry_types") or (), column.get("bbox") or ()
    numbers = isinstance(bbox, list) and all(isinstance(v, int | float) for v in bbox) and len(bbox) in (4, 6)
    shown = tuple(str(t) for t in types) if isinstance(types, list) else ()
    return _Geo(name, crs, said, shown, tuple(bbox) if numbers else ())


def _crs(
    column: Mapping[str, Any], source: str
) -> tuple[pyproj.CRS | None, list[tuple[str, Action, dict[str, str]]]]:
    """Return the column's CRS: absent means OGC:CRS84 [1]_, null means unknown."""
    if "crs" not in column:
        return pyproj.CRS.from_user_input("OGC:CRS84"), [("parquet.crs_default", Action.NOTICE, {})]
    crs = column["crs"]
    if crs is None:
        return None, []
    text = crs if isinstance(crs, str) else json.dumps(crs)
    if isinstance(crs, str):
        known = parsed_crs(lambda: pyproj.CRS.from_user_input(text), source, "parquet.crs", text)
        values = {"text": text[:60], "crs": crs_name(known) or ""}
        return known, [("parquet.crs_text", Action.NOTICE, values)]
    return parsed_crs(lambda: pyproj.CRS.from_json(text), source, "parquet.crs", text), []


def _table(source: str, table: pa.Table, geo: _Geo | None) -> pd.DataFrame:
    """Return the attributes, each as `column` gives it."""
    wanted = [n for n in table.column_names if geo is None or n != geo.column]
    columns = {n: column(table.column(n), n, source) for n in wanted}
    return pd.DataFrame({n: v for n, v in columns.items() if v is not None}, index=range(table.num_rows))


def column(values: pa.ChunkedArray, name: str, source: str) -> pd.Series[Any] | None:
    """Return one Arrow column: text as text, whole numbers whole even where some are missing, dates as text.

    Nested and binary columns give None.

    Raises
    ------
    Refused
        A text above the limit.
    """
    import pyarrow as pa
    from pyarrow import compute, types

    kind = values.type
    if types.is_dictionary(kind):
        values = _unpacked(values, name, source)
        kind = values.type
    if types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        return None
    if types.is_integer(kind):
        whole = pd.Series(values.to_pandas(types_mapper=lambda _: pd.Int64Dtype()), dtype="Int64")
        return whole if values.null_count else whole.astype("int64")
    if types.is_floating(kind) or types.is_decimal(kind):
        return pd.Series(compute.cast(values, pa.float64(), safe=False).to_pandas())
    if types.is_boolean(kind):
        return pd.Series(values.to_pandas())
    shown = compute.cast(values, pa.string()).to_pandas()
    return pd.Series(shown, dtype="str")


def _unpacked(values: pa.ChunkedArray, name: str, source: str) -> pa.Array:
    """Return the values of a dictionary column, after checking how much they come to."""
    from pyarrow import compute, types

    whole = values.combine_chunks()
    if isinstance(whole, type(values)):
        whole = whole.unify_dictionaries().chunk(0) if whole.num_chunks else whole
    words = whole.dictionary
    if types.is_string(words.type) or types.is_large_string(words.type) or types.is_binary(words.type):
        lengths = compute.binary_length(words).to_numpy(zero_copy_only=False)
        used = compute.drop_null(whole.indices).to_numpy(zero_copy_only=False)
        if not types.is_binary(words.type) and lengths.max(initial=0) > FIELD_CHARACTERS:
            raise refuse(
                source, "parquet.field", characters=int(lengths.max()), column=name, limit=FIELD_CHARACTERS
            )
        _check_unpacked(int(lengths[used].sum()), source)
    return words.take(whole.indices)


def _check_unpacked(size: int, source: str) -> None:
    """Refuse what would unpack beyond the limit."""
    if size > UNPACKED_BYTES:
        raise refuse(source, "parquet.size", megabytes=size // 2**20, limit=UNPACKED_BYTES // 2**20)


def _compare(found: Layer, geo: _Geo) -> None:
    """Say where the metadata's bbox and types are not those of the data."""
    assert found.shapes is not None  # noqa: S101
    box = extent(found.shapes)
    half = len(geo.bbox) // 2
    if box is not None and geo.bbox:
        stated = (*geo.bbox[:2], *geo.bbox[half : half + 2])
        slack = 1e-6 * max(1.0, *(abs(v) for v in box))
        if any(abs(a - b) > slack for a, b in zip(stated, box, strict=True)):
            shown = [" ".join(f"{v:.6g}" for v in b) for b in (stated, box)]
            found.say("parquet.bbox", Action.REPAIR, stated=shown[0], seen=shown[1])
    kinds = np.unique(shapely.get_type_id(found.shapes))
    seen = [_KINDS[k] for k in kinds.tolist() if k >= 0]
    if geo.types and not {t.split(" ")[0] for t in geo.types} >= set(seen):
        found.say("parquet.types", Action.REPAIR, stated=", ".join(geo.types), seen=", ".join(seen))


_KINDS = {
    0: "Point",
    1: "LineString",
    2: "LinearRing",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
