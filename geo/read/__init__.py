"""Read a file by its suffix, from an allow-list: a format is never guessed from the content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geo.errors import SourceError
from geo.read.limits import FILE_BYTES
from geo.read.table import SourceTable, refuse

#: Suffix -> what the format is called; all that Cuntong opens.
FORMATS = {
    ".csv": "delimited text",
    ".tsv": "delimited text",
    ".txt": "delimited text",
    ".xlsx": "Excel workbook",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GeoPackage",
    ".shp": "Shapefile",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
    ".fgb": "FlatGeobuf",
    ".kml": "KML",
    ".kmz": "KMZ",
    ".tif": "GeoTIFF",
    ".tiff": "GeoTIFF",
    ".zip": "zip archive with one of these",
    ".wkt": "well-known text",
}


def read(
    path: Path, *, layer: str | None = None, encoding: str | None = None, form: str = "auto"
) -> SourceTable:
    """Return the rows of the file at `path` as delivered.

    Parameters
    ----------
    layer
        Layer or sheet, where the file holds several ("spans" or "nodes" for OFDS). Of a zip it names the data
        set ("roads.shp"), and after a slash the layer in it ("town.gpkg/roads").
    encoding
        Of text, where the file does not say it.
    form
        "ofds" reads Open Fibre Data Standard; "auto" goes by the suffix.

    Raises
    ------
    SourceError
        The file is missing, empty, of no known suffix, or refused by its reader.
    """
    if not path.exists():
        raise SourceError(f"{path.name}: there is no such file. Check the path in the region file.")
    if path.is_file():
        if path.stat().st_size == 0:
            raise refuse(path.name, "file.empty")
        if path.stat().st_size > FILE_BYTES:
            raise refuse(path.name, "file.too_large", bytes=path.stat().st_size, limit=FILE_BYTES)
    if form == "ofds":
        from geo.read.ofds import read_ofds

        return read_ofds(path, part=layer or "spans")
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise refuse(
            path.name, "file.format_unknown", suffix=suffix or "none", known=", ".join(sorted(FORMATS))
        )
    return _reader(suffix)(path, layer, encoding)


def _reader(suffix: str) -> Callable[[Path, str | None, str | None], SourceTable]:  # noqa: C901, PLR0911  a table of formats
    """Return the reader of a suffix; each is imported when it is needed."""
    if suffix in (".csv", ".tsv", ".txt"):
        from geo.read.delimited import read_delimited

        return lambda path, _, encoding: read_delimited(path, encoding=encoding)
    if suffix == ".xlsx":
        from geo.read.workbook import read_workbook

        return lambda path, layer, _: read_workbook(path, sheet=layer)
    if suffix in (".geojson", ".json"):
        from geo.read.geojson import read_geojson

        return lambda path, _, __: read_geojson(path)
    if suffix == ".gpkg":
        from geo.read.geopackage import read_geopackage

        return lambda path, layer, _: read_geopackage(path, layer=layer)
    if suffix == ".shp":
        from geo.read.shapefile import read_shapefile

        return lambda path, _, encoding: read_shapefile(path, encoding=encoding)
    if suffix in (".parquet", ".geoparquet"):
        from geo.read.parquet import read_parquet

        return lambda path, _, __: read_parquet(path)
    if suffix == ".fgb":
        from geo.read.flatgeobuf import read_flatgeobuf

        return lambda path, _, __: read_flatgeobuf(path)
    if suffix in (".kml", ".kmz"):
        from geo.read.kml import read_kml

        return lambda path, layer, _: read_kml(path, layer=layer)
    if suffix == ".zip":
        from geo.read.archive import named_member, open_member

        def unpacked(path: Path, layer: str | None, encoding: str | None) -> SourceTable:
            member, inner = named_member(path, layer)
            with open_member(path, member=member) as file:
                return read(file, layer=inner, encoding=encoding)

        return unpacked
    if suffix == ".wkt":
        from geo.read.wellknown import read_wkt

        return lambda path, _, __: read_wkt(path)
    raise SourceError(f"a {FORMATS[suffix]} holds no rows: name it where a raster is due.")
