"""Reading the shipped deliveries in the tests with other code than the generator and the library use."""

from __future__ import annotations

import csv
import json
import sqlite3
import struct
from math import cos, fabs, pi, radians, sin, sqrt
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import shapely
from pyproj import Geod

DATA = Path(__file__).resolve().parents[2] / "data"
BOUNDARIES, NETWORKS, PLAN = DATA / "boundaries", DATA / "networks", DATA / "plan"

GRS80 = Geod(ellps="GRS80")


def csv_rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def gpkg_rows(path: Path, layer: str) -> list[dict[str, object]]:
    """Return rows by sqlite alone; geometry as WKB behind the GeoPackage header."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f'SELECT * FROM "{layer}" ORDER BY fid')]
    finally:
        connection.close()
    return [{**row, "geom": _geometry(row["geom"])} for row in rows]


def _geometry(blob: bytes) -> shapely.Geometry:
    envelope = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}[(blob[3] >> 1) & 7]
    assert struct.unpack("<i", blob[4:8])[0] == 4490
    return shapely.from_wkb(blob[8 + envelope :])


def from_gcj02(lonlat: np.ndarray) -> np.ndarray:
    """Return CGCS2000 coordinates of GCJ-02 ones, by fixed-point iteration on a formula written apart."""
    guess = lonlat.copy()
    for _ in range(8):
        guess = lonlat - _gcj02_shift(guess)
    return guess


def _gcj02_shift(lonlat: np.ndarray) -> np.ndarray:
    out = []
    for lon, lat in lonlat:
        x, y = lon - 105, lat - 35
        common = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
        north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(fabs(x)) + common
        north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
        north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
        east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(fabs(x)) + common
        east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
        east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
        w = 1 - 0.00669342162296594323 * sin(radians(lat)) ** 2
        meridian = 6378245 * (1 - 0.00669342162296594323) / (w * sqrt(w)) * pi / 180
        parallel = 6378245 / sqrt(w) * cos(radians(lat)) * pi / 180
        out.append((east / parallel, north / meridian))
    return np.array(out)


def fibre() -> pd.DataFrame:
    """Return all cables in CGCS2000 longitude and latitude, with the file they came from."""
    telecom = pd.DataFrame(gpkg_rows(NETWORKS / "fibre_telecom.gpkg", "cables")).rename(
        columns={"geom": "geometry"}
    )
    mobile = pyogrio.read_dataframe(NETWORKS / "fibre_mobile" / "fibre_mobile.shp", encoding="GBK").to_crs(
        4490
    )
    features = json.loads((NETWORKS / "fibre_unicom.geojson").read_text("utf-8"))["features"]
    unicom = pd.DataFrame([f["properties"] for f in features])
    shapes = np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in features], dtype=object)
    unicom["geometry"] = shapely.transform(shapes, from_gcj02)
    broadcast = gpd.read_parquet(NETWORKS / "fibre_broadcast.parquet")
    parts = {"telecom": telecom, "mobile": mobile, "unicom": unicom, "broadcast": broadcast}
    return pd.concat(
        [pd.DataFrame(table).assign(file=name) for name, table in parts.items()], ignore_index=True
    )


def without_faults(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the table without the rows that the list of known faults names."""
    faults = {row["id"] for row in csv_rows(NETWORKS / "KNOWN_FAULTS.csv") if "duplicate" not in row["fault"]}
    return table[~table[key].isin(faults)].drop_duplicates(key)


def declared() -> pd.DataFrame:
    head, *rows = openpyxl.load_workbook(NETWORKS / "declared_services.xlsx").active.iter_rows(
        values_only=True
    )
    return pd.DataFrame(rows, columns=head).fillna("")


def length_km(lines: pd.Series) -> np.ndarray:
    """Return ellipsoidal lengths, leg by leg through the inverse geodesic problem [km]."""
    out = []
    for line in lines:
        x, y = shapely.get_coordinates(line).T
        out.append(GRS80.inv(x[:-1], y[:-1], x[1:], y[1:])[2].sum() / 1000)
    return np.array(out)
