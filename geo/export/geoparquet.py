"""GeoParquet 1.1 with a box for each row, so that a reader takes only the rows that it needs.

References
----------
OGC GeoParquet 1.1.0, metadata key "geo", covering "bbox".

"""

from __future__ import annotations

import json
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from geo.export.origin import Origin
from geo.export.tables import ExportTable

_SIDES = ("xmin", "ymin", "xmax", "ymax")


def write_geoparquet(table: ExportTable, origin: Origin, out: IO[bytes]) -> None:
    """Write the table; numbers and codes as they are, unknown as null."""
    import pyarrow.parquet as pq

    columns = {str(name): _column(table.frame[name]) for name in table.frame.columns}
    shapes = shapely.force_2d(table.geometry)
    columns["geometry"] = pa.array(shapely.to_wkb(shapes), pa.binary())
    columns["bbox"] = _boxes(shapes)
    whole = pa.table(columns)
    about: dict[str, Any] = {"title": table.title, "snapshot": origin.snapshot, "sha256": origin.sha256}
    about |= {"sources": list(origin.sources), "simulated": origin.simulated, "notice": origin.notice}
    whole = whole.replace_schema_metadata({"geo": _json(_geo(shapes, origin)), "cuntong": _json(about)})
    pq.write_table(whole, out, compression="zstd", write_statistics=True)


def _column(values: pd.Series[Any]) -> pa.Array:
    if values.dtype == object or not pd.api.types.is_numeric_dtype(values):
        return pa.array([None if pd.isna(v) else str(v) for v in values], pa.string())
    return pa.array(values.to_numpy(), from_pandas=True)


def _boxes(shapes: np.ndarray) -> pa.StructArray:
    boxes = shapely.bounds(shapes)
    missing = np.isnan(boxes).any(axis=1)
    sides = [pa.array(boxes[:, n], pa.float64()) for n in range(4)]
    return pa.StructArray.from_arrays(sides, names=list(_SIDES), mask=pa.array(missing))


def _geo(shapes: np.ndarray, origin: Origin) -> dict[str, Any]:
    """Return the metadata of the standard."""
    there = shapes[~shapely.is_missing(shapes)]
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({g.geom_type for g in there}),
        "crs": json.loads(pyproj.CRS(origin.epsg).to_json()),
        "covering": {"bbox": {side: ["bbox", side] for side in _SIDES}},
    }
    if len(there):
        column["bbox"] = [float(x) for x in shapely.total_bounds(there)]
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
