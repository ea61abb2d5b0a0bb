"""GeoPackage: written by GDAL, spoilt by SQLite, read without either's help."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pandas as pd
import pytest
import shapely

from geo.errors import SourceError
from geo.read.archive import open_member
from geo.read.geopackage import geopackage_layers, read_geopackage
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.read.units import folder_hash, units
from tests.reference import reference


@pytest.fixture
def package(tmp_path):
    path = tmp_path / "区划.gpkg"
    units(240).to_file(path, layer="units", driver="GPKG")
    return path


def change(path, *statements):
    """Run SQL on the file without GeoPackage's triggers, which need GDAL's functions."""
    with closing(sqlite3.connect(path)) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            database.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            database.execute(statement)
        database.commit()


def test_rows_come_as_gdal_gives_them(package):
    table = read_geopackage(package)
    expected = units(240)
    assert table.frame.index.tolist() == list(range(1, 241))
    assert table.frame["code"].tolist() == expected["code"].tolist()
    assert table.frame["households"].tolist() == expected["households"].tolist()
    assert table.frame.geometry.geom_equals(expected.geometry.set_axis(table.frame.index)).all()
    assert table.frame.crs == expected.crs
    assert table.crs_stated.startswith("EPSG:4490")
    assert table.findings == []


def test_nothing_is_written_beside_a_package_in_write_ahead_mode(package, tmp_path):
    change(package, "PRAGMA journal_mode = WAL")
    before = folder_hash(tmp_path)
    table = read_geopackage(package)
    assert folder_hash(tmp_path) == before
    assert [f.rule for f in table.findings] == ["gpkg.wal"]
    assert "240 rows" in table.findings[0].message()


def test_a_journal_beside_the_package_refuses_it(package):
    package.with_name(package.name + "-wal").write_bytes(b"x" * 32)
    with pytest.raises(Refused, match=r"区划\.gpkg-wal beside the file holds changes"):
        read_geopackage(package)


def test_several_layers_have_to_be_named(package):
    units(3).to_file(package, layer="backup", driver="GPKG")
    assert geopackage_layers(package) == ["units", "backup"]
    with pytest.raises(Refused, match="2 layers, and none was named: units, backup"):
        read_geopackage(package)
    with pytest.raises(Refused, match="no layer unit; the layers are: units, backup"):
        read_geopackage(package, layer="unit")
    assert len(read_geopackage(package, layer="backup").frame) == 3


def test_a_view_is_not_read_even_when_it_is_named(package):
    change(
        package,
        "CREATE VIEW slow AS WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t",
        "UPDATE gpkg_contents SET table_name = 'slow', identifier = 'slow'",
        "UPDATE gpkg_geometry_columns SET table_name = 'slow'",
    )
    with pytest.raises(Refused, match="a view, not a table: slow"):
        read_geopackage(package, layer="slow")


def test_every_cut_is_refused(package, tmp_path):
    data = package.read_bytes()
    cut = tmp_path / "cut.gpkg"
    for size in [10, 100, 5000, *range(4096, len(data), len(data) // 12)]:
        cut.write_bytes(data[:size])
        with pytest.raises(Refused):
            read_geopackage(cut)


def test_noise_in_any_page_is_refused_or_changes_nothing_that_is_read(package, tmp_path):
    data = package.read_bytes()
    sound = read_geopackage(package).frame
    spoilt = tmp_path / "noise.gpkg"
    for page in range(1, len(data) // 4096):
        spoilt.write_bytes(data[: page * 4096] + bytes(range(256)) * 16 + data[(page + 1) * 4096 :])
        try:
            read = read_geopackage(spoilt).frame
        except SourceError:
            continue
        assert read.drop(columns="geometry").equals(sound.drop(columns="geometry"))
        assert read.geometry.geom_equals_exact(sound.geometry, 0).all()


def test_a_stale_index_is_said_and_no_row_is_lost(package):
    change(package, "DELETE FROM rtree_units_geom WHERE id > 140")
    table = read_geopackage(package)
    assert len(table.frame) == 240
    assert [(f.rule, f.action) for f in table.findings] == [("gpkg.rtree", Action.REPAIR)]
    assert "140 of 240 rows" in table.findings[0].message()


def test_two_coordinate_systems_for_one_layer_are_refused_with_both(package):
    change(package, "UPDATE gpkg_contents SET srs_id = 4326")
    with pytest.raises(Refused, match="gpkg_contents says srs 4326, gpkg_geometry_columns says srs 4490"):
        read_geopackage(package)


def test_degrees_in_a_layer_of_metres_are_refused(package):
    change(
        package,
        "INSERT OR REPLACE INTO gpkg_spatial_ref_sys VALUES ('x', 4549, 'EPSG', 4549, 'undefined', '')",
        "UPDATE gpkg_contents SET srs_id = 4549",
        "UPDATE gpkg_geometry_columns SET srs_id = 4549",
    )
    with pytest.raises(Refused, match="coordinates are degrees, but the file's CRS EPSG:4549"):
        read_geopackage(package)


def test_whole_numbers_stay_whole_where_some_are_missing_and_codes_become_text(package):
    change(
        package,
        "ALTER TABLE units ADD COLUMN parent_id INTEGER",
        "UPDATE units SET parent_id = 320402001 WHERE fid > 1",
        "UPDATE units SET households = NULL WHERE fid = 2",
    )
    frame = read_geopackage(package).frame
    assert frame["parent_id"].tolist()[1:3] == ["320402001", "320402001"]
    assert pd.isna(frame["parent_id"].iloc[0])
    assert frame["households"].dtype == "Int64"
    assert frame["households"].iloc[0] == 100


def test_geometry_that_is_none_sets_its_row_aside(package):
    change(package, "UPDATE units SET geom = x'4750000100000000ff' WHERE fid = 3")
    table = read_geopackage(package)
    assert 3 not in table.frame.index
    finding = next(f for f in table.findings if f.action is Action.QUARANTINE)
    assert finding.row == "row 3 (0320402001002)"


def test_only_the_columns_asked_for_are_read(package):
    assert list(read_geopackage(package, columns=["code"]).frame.columns) == ["code", "geometry"]


def test_another_kind_of_file_is_not_opened(tmp_path):
    path = tmp_path / "units.gpkg"
    path.write_text("code,name\n1,a\n")
    with pytest.raises(Refused, match="not a GeoPackage file"):
        read_geopackage(path)
    with closing(sqlite3.connect(tmp_path / "plain.gpkg")) as database:
        database.execute("CREATE TABLE t (a)")
        database.commit()
    with pytest.raises(Refused, match="no table gpkg_contents"):
        read_geopackage(tmp_path / "plain.gpkg")


def test_rwandas_five_levels_are_read_from_inside_their_zip():
    path = reference("rwanda", "rwanda_5levels.gpkg.zip")
    counts = {}
    with open_member(path) as package:
        for name in geopackage_layers(package):
            table = read_geopackage(package, layer=name)
            counts[name] = len(table.frame)
            assert table.frame["id"].is_unique
            assert shapely.is_valid(table.frame.geometry.array).all()
    assert counts == {"province": 5, "district": 30, "sector": 416, "cell": 2148, "village": 14814}
