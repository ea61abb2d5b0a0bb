"""Formats: names, numbers, outlines and unknowns come back from each as they went in."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Tree

import geopandas as gpd
import numpy as np
import openpyxl
import pyogrio
import pyproj
import pytest
import shapely

from geo.atlas import Atlas
from geo.errors import UsageError
from geo.export.comma import neutral
from geo.export.formats import ExportFormat
from geo.export.origin import Origin
from geo.export.tables import Choice, ExportTable, export_table
from geo.export.write import write_export
from tests.geo.hostile import NAMES
from tests.geo.taken import elsewhere

UNKNOWN_ROWS = [18, 19]


def written(table: ExportTable, origin: Origin, folder: Path, form: ExportFormat) -> Path:
    path = folder / f"taken.{form}"
    write_export(table, origin, path, form=form)
    return path


def same_shapes(found: np.ndarray, table: ExportTable, within: float = 0.0) -> None:
    assert bool(
        shapely.equals_exact(shapely.normalize(found), shapely.normalize(table.geometry), within).all()
    )


def test_geopackage_holds_the_table_and_opens_without_a_warning(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    path = written(villages, origin, tmp_path, ExportFormat.GPKG)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = gpd.read_file(path, layer=villages.name)
    assert frame.crs == pyproj.CRS("EPSG:4490")
    assert list(frame["name"]) == NAMES
    assert list(frame["code"]) == list(villages.frame["code"])
    assert list(frame["nearest_m"]) == list(villages.frame["nearest_m"])
    parts = np.array([shapely.get_geometry(g, 0) for g in frame.geometry])
    same_shapes(parts, villages)
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA user_version").fetchone() == (10300,)
    (about,) = db.execute("SELECT description FROM gpkg_contents WHERE data_type = 'features'").fetchone()
    assert origin.sha256 in about
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_geopackage_has_a_style_by_status_and_a_project_with_its_layer(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    path = written(villages, origin, tmp_path, ExportFormat.GPKG)
    db = sqlite3.connect(path)
    layer, default, qml = db.execute(
        "SELECT f_table_name, useAsDefault, styleQML FROM layer_styles"
    ).fetchone()
    assert (layer, default) == (villages.name, 1)
    renderer = Tree.fromstring(qml.split("'SYSTEM'>", 1)[1]).find("renderer-v2")
    assert renderer is not None
    assert renderer.get("attr") == "status"
    assert [c.get("value") for c in renderer.iter("category")] == [
        "covered",
        "partial",
        "uncovered",
        "unknown",
    ]
    unknown = renderer.findall("symbols/symbol")[3]
    assert [o.get("value") for o in unknown.iter("Option") if o.get("name") == "style"] == ["b_diagonal"]
    (packed,) = db.execute("SELECT content FROM qgis_projects").fetchone()
    with zipfile.ZipFile(io.BytesIO(bytes.fromhex(packed))) as archive:
        project = Tree.fromstring(archive.read("cuntong.qgs").decode().split("'SYSTEM'>", 1)[1])
    (source,) = (x.get("source") for x in project.iter("layer-tree-layer"))
    assert source == f"./taken.gpkg|layername={villages.name}"
    assert project.findtext(".//projectlayers/maplayer/srs/spatialrefsys/authid") == "EPSG:4490"
    (identity,) = (x.get("id") for x in project.iter("layer-tree-layer"))
    assert len(str(identity)) > 10, "QGIS passes over shorter ids"


def test_a_geopackage_of_shares_has_five_classes_and_one_for_what_is_unknown(
    atlas: Atlas, origin: Origin, tmp_path: Path
) -> None:
    table = export_table(atlas, Choice("units", 0, "fibre", level="county"), "en")
    path = written(table, origin, tmp_path, ExportFormat.GPKG)
    (qml,) = sqlite3.connect(path).execute("SELECT styleQML FROM layer_styles").fetchone()
    ranges = list(Tree.fromstring(qml.split("'SYSTEM'>", 1)[1]).iter("range"))
    borders = sorted((float(r.get("lower", "")), float(r.get("upper", ""))) for r in ranges)
    assert borders[1:] == [(0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.95), (0.95, 1.0)]
    assert borders[0][0] < -1 < borders[0][1] < 0, "where the share is null, -1 stands for it"


def test_geoparquet_has_a_covering_and_a_box_finds_what_geometry_finds(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    path = written(villages, origin, tmp_path, ExportFormat.PARQUET)
    whole = gpd.read_parquet(path)
    same_shapes(whole.geometry.to_numpy(), villages)
    assert whole.crs == pyproj.CRS("EPSG:4490")
    assert list(whole["name"]) == NAMES
    box = (119.531, 31.511, 119.569, 31.549)
    found = gpd.read_parquet(path, bbox=box)
    wanted = [n for n, g in zip(NAMES, villages.geometry, strict=True) if g.intersects(shapely.box(*box))]
    assert list(found["name"]) == wanted
    assert 0 < len(wanted) < len(NAMES)


def test_geojson_is_as_rfc_7946_wants_it(villages: ExportTable, origin: Origin, tmp_path: Path) -> None:
    turned = replace(villages, geometry=shapely.reverse(villages.geometry))
    assert not any(shapely.is_ccw(g.exterior) for g in turned.geometry)
    raw = written(turned, origin, tmp_path, ExportFormat.GEOJSON).read_bytes()
    tree = json.loads(raw)
    assert tree["type"] == "FeatureCollection"
    assert "crs" not in tree
    assert [f["properties"]["name"] for f in tree["features"]] == NAMES
    shapes = np.array([shapely.from_geojson(json.dumps(f["geometry"])) for f in tree["features"]])
    same_shapes(shapes, villages, 1e-7)
    assert all(shapely.is_ccw(g.exterior) for g in shapes)
    assert pyogrio.read_info(tmp_path / "taken.geojson")["features"] == len(NAMES)


def test_csv_is_utf8_with_a_mark_and_runs_nothing(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    raw = written(villages, origin, tmp_path, ExportFormat.CSV).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == len(NAMES) + 1
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    for row, name in zip(rows, NAMES, strict=True):
        assert row["name"].removeprefix("'" if neutral(name) != name else "") == name
        assert row["name"][:1] not in "=+-@＝＋－＠"
    assert [float(r["nearest_m"]) for r in rows] == list(villages.frame["nearest_m"])
    assert rows[0]["code"] == "999901000000"


def test_a_number_below_zero_stays_a_number_in_csv() -> None:
    assert neutral("-1") == "'-1", "text"
    from geo.export.comma import plain

    assert plain(-1.5) == "-1.5"


def test_xlsx_has_no_formula_and_says_unknown_in_words(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(written(villages, origin, tmp_path, ExportFormat.XLSX))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert [c.value for c in cells if c.data_type == "f"] == []
    assert [c.value for c in cells if c.hyperlink] == []
    sheet = book["表"]
    heads = [c.value for c in sheet[1]]
    column = {head: n for n, head in enumerate(heads, 1)}
    assert [sheet.cell(r, column["名称"]).value for r in range(3, 3 + len(NAMES))] == NAMES
    assert [sheet.cell(r, column["代码"]).value for r in (3, 4)] == ["999901000000", "999901000001"]
    assert sheet.cell(3 + UNKNOWN_ROWS[0], column["状态"]).value == "? 未知"
    assert sheet.cell(2, column["户数"]).value == "户"
    assert sheet.freeze_panes is not None
    assert "模拟数据" in str(sheet.oddHeader.left.text)


def test_every_file_is_the_same_in_another_process_time_zone_and_hash_seed(
    atlas: Atlas, tmp_path: Path
) -> None:
    path = atlas.snapshot.path
    here = elsewhere(path, tmp_path / "a", zone="Asia/Shanghai", seed="1", paper=False)
    there = elsewhere(path, tmp_path / "b", zone="UTC", seed="2", paper=False)
    assert len(here) == 2 * (2 + 4 * 5)
    assert [name for name in here if here[name] != there[name]] == []


def test_a_file_that_cannot_be_written_leaves_nothing(
    villages: ExportTable, origin: Origin, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"taken.gpkg: cannot be written: No such file"):
        write_export(villages, origin, tmp_path / "none" / "taken.gpkg", form=ExportFormat.GPKG)
    assert list(tmp_path.iterdir()) == []
