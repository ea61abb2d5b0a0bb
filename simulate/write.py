"""Writing the deliveries: each in its own format, the same bytes each time.

Files that would hold the time of writing get a fixed one; rows keep their order; coordinates are on the
lattice of 1e-7 degree, or of 1 cm in the one file that is in plane metres.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from openpyxl import Workbook
from rasterio.transform import Affine

from simulate.delivery import Delivery
from simulate.gcj02 import shifted
from simulate.plane import LONLAT, PLANE, to_plane
from simulate.raster import PER_DEGREE, Raster
from simulate.source import SHIPPED

#: The time that files with a time of writing state.
_WRITTEN = "2010-12-31T00:00:00.000Z"

#: Files whose rows are in GCJ-02 although nothing in them says so.
_IN_GCJ02 = {"fibre_unicom.geojson"}

#: Text files in another encoding than UTF-8.
_ENCODINGS = {"rural_platform.csv": "gbk", "wlan_hotspots.csv": "utf-8-sig"}


def write(delivery: Delivery, out: Path) -> None:
    """Write a delivery below `out`; files of the same names are replaced."""
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN})
    started: set[Path] = set()
    for key, table in delivery.tables.items():
        file, _, layer = key.partition(":")
        path = out / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".gpkg":
            _geopackage(table, path, layer, first=path not in started)
        else:
            _WRITERS[path.suffix](table, path)
        started.add(path)
    _geotiff(delivery.raster, out / "boundaries" / "population.tif")


def _geopackage(table: pd.DataFrame, path: Path, layer: str, *, first: bool) -> None:
    """Write one layer; the first makes the file anew."""
    if first:
        path.unlink(missing_ok=True)
    pyogrio.write_dataframe(_portable(table), path, layer=layer, driver="GPKG", append=not first)


def _portable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with plain columns of text and numbers."""
    return table.assign(
        **{
            c: table[c].astype(object)
            for c in table.columns
            if c != "geometry" and pd.api.types.is_string_dtype(table[c])
        }
    )


def _shapefile(table: pd.DataFrame, path: Path) -> None:
    """Write a shapefile in plane metres (EPSG:4549) with Chinese text in GBK."""
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    plane = shapely.transform(np.asarray(table["geometry"]), lambda lonlat: np.round(to_plane(lonlat), 2))
    moved = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=plane, crs=PLANE)
    pyogrio.write_dataframe(
        _portable(moved), path, driver="ESRI Shapefile", encoding="GBK", DBF_DATE_LAST_UPDATE="2010-12-31"
    )
    path.with_suffix(".cpg").write_text("GBK", encoding="ascii")


def _geojson(table: pd.DataFrame, path: Path) -> None:
    """Write GeoJSON, one feature a line; it names EPSG:4490 unless its rows are in GCJ-02."""
    geometry = np.asarray(table["geometry"])
    head: dict[str, object] = {"type": "FeatureCollection", "name": path.stem}
    if path.name in _IN_GCJ02:
        geometry = shapely.transform(geometry, shifted)
    else:
        head["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    columns = [c for c in table.columns if c != "geometry"]
    records = json.loads(table[columns].to_json(orient="records", force_ascii=False, double_precision=6))
    shapes = [None if g is None else json.loads(shapely.to_geojson(g)) for g in geometry]
    lines = [
        _dump({"type": "Feature", "properties": record, "geometry": shape})
        for record, shape in zip(records, shapes, strict=True)
    ]
    text = _dump(head)[:-1] + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parquet(table: pd.DataFrame, path: Path) -> None:
    gpd.GeoDataFrame(table, geometry="geometry", crs=LONLAT).to_parquet(
        path, index=False, compression="zstd", compression_level=12
    )


def _csv(table: pd.DataFrame, path: Path) -> None:
    if path.name == "divisions_2023.csv" and len(table) == _shipped_rows():
        if path.resolve() != (SHIPPED / path.name).resolve():
            shutil.copyfile(SHIPPED / path.name, path)
        return
    table.to_csv(path, index=False, lineterminator="\n", encoding=_ENCODINGS.get(path.name, "utf-8"))


def _shipped_rows() -> int:
    """Return how many rows the real list has."""
    return (SHIPPED / "divisions_2023.csv").read_text(encoding="utf-8").count("\n") - 1


def _workbook(table: pd.DataFrame, path: Path) -> None:
    """Write an Excel workbook whose inner files carry a fixed time."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("declared_services")
    sheet.append(list(table.columns))
    for row in table.itertuples(index=False):
        sheet.append(list(row))
    book.save(path)
    with zipfile.ZipFile(path) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    core = parts["docProps/core.xml"].decode()
    parts["docProps/core.xml"] = re.sub(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2010-12-31T00:00:00Z", core
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(2010, 12, 31, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, content)


def _geotiff(raster: Raster, path: Path) -> None:
    """Write the population raster (EPSG:4490, deflate); cells without people hold 0."""
    step = 1.0 / PER_DEGREE
    rows, columns = raster.people.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="uint16",
        crs=LONLAT,
        transform=Affine(step, 0.0, raster.west / PER_DEGREE, 0.0, -step, raster.north / PER_DEGREE),
        compress="deflate",
        predictor=2,
        zlevel=9,
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as file:
        file.write(raster.people, 1)


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".shp": _shapefile,
    ".geojson": _geojson,
    ".parquet": _parquet,
    ".csv": _csv,
    ".xlsx": _workbook,
}


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
