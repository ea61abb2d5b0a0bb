"""GeoPackage 1.3 that opens coloured in QGIS: with styles, and a project that holds its layer.

References
----------
OGC 12-128r17, GeoPackage Encoding Standard 1.3; the tables layer_styles and qgis_projects are QGIS's own.

"""

from __future__ import annotations

import io
import json
import sqlite3
import threading
import zipfile
from html import escape
from pathlib import Path

import numpy as np
import pyproj
import shapely

from geo.export.origin import Origin
from geo.export.style import DOCTYPE, renderer, style_document
from geo.export.tables import ExportTable

#: GDAL takes the day of a file from a setting of the whole process: one file at a time.
_ONE_AT_A_TIME = threading.Lock()

_STYLES = (
    "CREATE TABLE layer_styles(id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
    "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), "
    "styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
    "update_time DATETIME)"
)


def write_geopackage(table: ExportTable, origin: Origin, path: Path, *, called: str | None = None) -> None:
    """Write the table as the one layer of a new file.

    Parameters
    ----------
    called
        Name that the file will have with its reader: the project inside names its own file, and opens empty
        from one of another name (the layer itself keeps its style).
    """
    kind = "Point" if _all_points(table.geometry) else "Polygon"
    _write_layer(table, origin, path)
    drawn = renderer(table.shown, kind)
    when = f"{origin.as_of.isoformat()}T00:00:00.000Z"
    db = sqlite3.connect(path)
    try:
        _describe(db, table, origin)
        _add_style(db, table, drawn, when)
        _add_project(db, _project(called or path.name, table, kind, drawn, origin), origin, when)
        db.commit()
        db.execute("VACUUM")
    finally:
        db.close()


def _all_points(geometry: np.ndarray) -> bool:
    kinds = shapely.get_type_id(geometry[~shapely.is_missing(geometry)])
    return bool(len(kinds)) and bool((kinds == shapely.GeometryType.POINT).all())


def _write_layer(table: ExportTable, origin: Origin, path: Path) -> None:
    import geopandas as gpd
    import pyogrio

    shapes = shapely.force_2d(table.geometry)
    there = shapely.get_type_id(shapes)
    areas = np.isin(there, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    if areas.any():
        shapes = np.array(
            [shapely.multipolygons([s]) if t == 3 else s for s, t in zip(shapes, there, strict=True)]
        )
    kind = "MultiPolygon" if areas.any() and (areas | (there < 0)).all() else None
    kind = "Point" if _all_points(shapes) else kind or "Unknown"
    frame = gpd.GeoDataFrame(table.frame, geometry=shapes, crs=origin.epsg)
    when = f"{origin.as_of.isoformat()}T00:00:00.000Z"
    with _ONE_AT_A_TIME:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": when})
        try:
            pyogrio.write_dataframe(
                frame,
                path,
                layer=table.name,
                driver="GPKG",
                geometry_type=kind,
                dataset_options={"VERSION": "1.3"},
                layer_options={"GEOMETRY_NAME": "geom"},
            )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _describe(db: sqlite3.Connection, table: ExportTable, origin: Origin) -> None:
    """Say in the list of contents what the layer is and where it comes from."""
    text = "\n".join([origin.line, *([origin.notice] if origin.notice else []), *origin.sources])
    db.execute(
        "UPDATE gpkg_contents SET identifier = ?, description = ? WHERE table_name = ?",
        (table.title, text, table.name),
    )


def _add_style(db: sqlite3.Connection, table: ExportTable, drawn: str, when: str) -> None:
    db.execute(_STYLES)
    db.execute(
        "INSERT INTO layer_styles(f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
        "styleQML, styleSLD, useAsDefault, description, owner, update_time) "
        "VALUES('', '', ?, 'geom', ?, ?, '', 1, '', 'cuntong', ?)",
        (table.name, table.shown or "plain", style_document(drawn), when),
    )
    db.execute(
        "INSERT INTO gpkg_contents(table_name, data_type, identifier, description, last_change) "
        "VALUES('layer_styles', 'attributes', 'layer_styles', '', ?)",
        (when,),
    )


def _add_project(db: sqlite3.Connection, project: str, origin: Origin, when: str) -> None:
    """Store the project as QGIS does: a zip as hex text. The zip's date is the snapshot's."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        day = origin.as_of
        entry = zipfile.ZipInfo("cuntong.qgs", (max(day.year, 1980), day.month, day.day, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, project)
    about = json.dumps({"last_modified_time": when[:19], "last_modified_user": "cuntong"})
    db.execute("CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)")
    db.execute("INSERT INTO qgis_projects VALUES('cuntong', ?, ?)", (about, packed.getvalue().hex()))


def _project(file: str, table: ExportTable, kind: str, drawn: str, origin: Origin) -> str:
    """Return the project's XML: one layer, in the file's own reference system.

    QGIS wants the system as WKT (an authority code alone is not enough) and passes over layer ids of ten
    letters or fewer.
    """
    wkt = escape(pyproj.CRS(origin.epsg).to_wkt("WKT2_2019"), quote=False)
    authority = f"<srid>{origin.epsg}</srid><authid>EPSG:{origin.epsg}</authid>"
    crs = f"<spatialrefsys><wkt>{wkt}</wkt>{authority}</spatialrefsys>"
    source, title = escape(f"./{file}|layername={table.name}"), escape(table.title)
    identity = f"{table.name}_cuntong_layer"
    tree = (
        f'<layer-tree-layer id="{identity}" name="{title}" source="{source}" providerKey="ogr" '
        'checked="Qt::Checked"/>'
    )
    layer = (
        f'<maplayer type="vector" geometry="{kind}"><id>{identity}</id><datasource>{source}</datasource>'
        f'<layername>{title}</layername><srs>{crs}</srs><provider encoding="UTF-8">ogr</provider>{drawn}</maplayer>'
    )
    properties = (
        '<properties><SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys>'
        '<Paths><Absolute type="bool">false</Absolute></Paths></properties>'
    )
    name = escape(f"{origin.region} {origin.as_of.isoformat()}")
    return (
        f'{DOCTYPE}<qgis projectname="{name}" version="3.22.0"><title>{name}</title><projectCrs>{crs}</projectCrs>'
        f"<layer-tree-group>{tree}</layer-tree-group><projectlayers>{layer}</projectlayers>{properties}</qgis>"
    )
