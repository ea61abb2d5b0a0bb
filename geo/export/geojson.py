"""GeoJSON as RFC 7946 wants it: WGS 84, shells counter-clockwise, no word on the CRS.

References
----------
H. Butler et al., The GeoJSON Format, RFC 7946 (2016).

"""

from __future__ import annotations

import json
from typing import IO, Any

import numpy as np
import shapely

from geo.export.origin import Origin
from geo.export.tables import ExportTable
from geo.wording import absent

#: Decimals of a coordinate: 0.1 mm to 1 cm on the ground.
DECIMALS = 7


def write_geojson(table: ExportTable, origin: Origin, out: IO[bytes]) -> None:
    """Write one feature a row; a row without geometry has null, as the RFC allows."""
    head = {
        "type": "FeatureCollection",
        "title": table.title,
        "snapshot": origin.snapshot,
        "sha256": origin.sha256,
        "simulated": origin.simulated,
        "sources": list(origin.sources),
    }
    out.write(_json(head)[:-1] + b', "features": [\n')
    names = [str(c) for c in table.frame.columns]
    shapes = shapely.to_geojson(_turned(table.geometry))
    last = len(shapes) - 1
    for n, (row, shape) in enumerate(
        zip(table.frame.itertuples(index=False, name=None), shapes, strict=True)
    ):
        properties = {name: _value(v) for name, v in zip(names, row, strict=True)}
        geometry = (shape or "null").encode()
        comma = b",\n" if n < last else b"\n"
        out.write(
            b'{"type": "Feature", "geometry": '
            + geometry
            + b', "properties": '
            + _json(properties)
            + b"}"
            + comma
        )
    out.write(b"]}\n")


def _turned(geometry: np.ndarray) -> np.ndarray:
    """Return the geometries with shells counter-clockwise and coordinates of `DECIMALS`."""
    flat = shapely.force_2d(geometry)
    near = shapely.transform(flat, lambda xy: np.round(xy, DECIMALS))
    return np.asarray(shapely.orient_polygons(near))


def _value(value: Any) -> Any:
    """Return a value for JSON; unknown is null, a whole number has no decimal point."""
    if absent(value):
        return None
    if isinstance(value, str):
        return value
    number = float(value)
    return int(number) if number == int(number) else number


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
