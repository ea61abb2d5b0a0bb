"""GeoParquet and plain Parquet: metadata that lie, bombs, and the same rows as GeoPandas gives."""

from __future__ import annotations

import contextlib
import datetime
import json
import struct

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.read.parquet import read_parquet
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.read.units import units


@pytest.fixture
def path(tmp_path):
    return tmp_path / "units.parquet"


def rewrite(path, change):
    """Write the file again with other metadata."""
    table = pq.read_table(path)
    metadata = dict(table.schema.metadata)
    geo = json.loads(metadata[b"geo"])
    geo = change(geo) or geo
    metadata[b"geo"] = json.dumps(geo).encode()
    pq.write_table(table.replace_schema_metadata(metadata), path)


def test_rows_come_as_geopandas_gives_them(path):
    units(50).to_parquet(path)
    table = read_parquet(path)
    expected = gpd.read_parquet(path)
    assert table.frame["code"].tolist() == expected["code"].tolist()
    assert table.frame["households"].dtype == "int64"
    assert table.frame.geometry.geom_equals_exact(expected.geometry.set_axis(table.frame.index), 0).all()
    assert table.frame.crs == expected.crs
    assert (table.driver, table.findings) == ("GeoParquet", [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.update(version="9.9.0"), r"version 9\.9\.0 is not known"),
        (lambda g: g.update(primary_column="geom"), "primary geometry column geom is not in the file"),
        (lambda g: g["columns"]["geometry"].update(encoding="WKT"), "encoding is said to be WKT"),
        (lambda g: g["columns"]["geometry"].update(encoding="point"), "encoding point is not read"),
        (lambda g: g["columns"]["geometry"].update(edges="spherical"), "edges are spherical"),
        (
            lambda g: g["columns"]["geometry"].update(crs={"type": "x"}),
            "crs in the metadata cannot be understood",
        ),
        (lambda g: g["columns"]["geometry"].update(crs="GCJ02"), "cannot be understood: GCJ02"),
        (lambda g: g.update(columns=[]), "lack columns"),
        (lambda _: ["x"], "lack columns"),
    ],
)
def test_metadata_that_cannot_be_followed_refuse_the_file(path, change, message):
    units().to_parquet(path)
    rewrite(path, change)
    with pytest.raises(Refused, match=message):
        read_parquet(path)


def test_no_crs_is_crs84_null_is_unknown_and_text_is_said(path):
    units().to_parquet(path)
    rewrite(path, lambda g: g["columns"]["geometry"].pop("crs") and None)
    table = read_parquet(path)
    assert table.crs_stated.startswith("OGC:CRS84")
    assert [f.rule for f in table.findings] == ["parquet.crs_default"]
    rewrite(path, lambda g: g["columns"]["geometry"].update(crs=None))
    table = read_parquet(path)
    assert table.crs_stated is None
    assert [f.rule for f in table.findings] == ["crs_stated.none"]
    rewrite(path, lambda g: g["columns"]["geometry"].update(crs="EPSG:4490"))
    table = read_parquet(path)
    assert table.frame.crs.to_epsg() == 4490
    assert [f.rule for f in table.findings] == ["parquet.crs_text"]


def test_a_bbox_and_types_that_lie_are_said_and_the_data_are_taken(path):
    units().to_parquet(path)
    rewrite(path, lambda g: g["columns"]["geometry"].update(bbox=[0, 0, 1, 1], geometry_types=["Point"]))
    table = read_parquet(path)
    assert len(table.frame) == 6
    assert [(f.rule, f.action) for f in table.findings] == [
        ("parquet.bbox", Action.REPAIR),
        ("parquet.types", Action.REPAIR),
    ]


def test_degrees_stated_as_metres_are_refused(path):
    units().set_crs("EPSG:4549", allow_override=True).to_parquet(path)
    with pytest.raises(Refused, match="coordinates are degrees, but the file's CRS EPSG:4549"):
        read_parquet(path)


def test_a_binary_column_without_metadata_is_refused_and_a_table_without_one_is_read(path):
    frame = pd.DataFrame({"code": ["01", "02"], "wkb": [b"\x01", b"\x02"]})
    frame.to_parquet(path)
    with pytest.raises(Refused, match='"geo" are missing, and column wkb'):
        read_parquet(path)
    frame[["code"]].to_parquet(path)
    table = read_parquet(path)
    assert table.frame["code"].tolist() == ["01", "02"]
    assert table.driver == "Parquet"


def test_every_cut_is_refused(path, tmp_path):
    units(50).to_parquet(path)
    data = path.read_bytes()
    cut = tmp_path / "cut.parquet"
    for size in range(0, len(data) - 1, max(1, len(data) // 60)):
        cut.write_bytes(data[:size])
        with pytest.raises(Refused):
            read_parquet(cut)


def test_bytes_doubled_anywhere_are_never_read_as_other_rows(path):
    units(50).to_parquet(path)
    data = path.read_bytes()
    whole = read_parquet(path).frame
    for start in range(4, len(data), max(1, len(data) // 200)):
        path.write_bytes(data[: start + 1] + data[start : start + 1] + data[start + 1 :])
        with contextlib.suppress(Refused):
            assert read_parquet(path).frame.equals(whole)


@pytest.mark.parametrize(
    "options", [{}, {"write_page_index": True}, {"row_group_size": 7}, {"compression": None}]
)
def test_files_of_every_layout_are_whole(path, options):
    units(50).to_parquet(path, **options)
    assert len(read_parquet(path).frame) == 50


def test_text_that_is_not_utf8_is_refused(path):
    pq.write_table(pa.table({"code": pa.array(["AAAA"]), "n": pa.array([1])}), path, compression=None)
    path.write_bytes(path.read_bytes().replace(b"AAAA", b"\xff\xfe\xfd\xfc"))
    with pytest.raises(Refused, match="not a whole Parquet file"):
        read_parquet(path)


def test_a_row_count_above_the_limit_is_refused_by_the_footer(path):
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 2_000_001, pa.int8()), pa.array(["01"]))
    pq.write_table(pa.table({"code": column}), path)
    with pytest.raises(Refused, match="too many rows: 2000001, the limit is 2000000"):
        read_parquet(path)


@pytest.mark.parametrize("value", ["x" * 1_000_000, b"x" * 1_000_000])
def test_one_long_value_repeated_is_refused_before_it_is_unpacked(path, value):
    column = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array([value]))
    metadata = {
        "geo": json.dumps({"version": "1.1.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB"}}})
    }
    name = "g" if isinstance(value, bytes) else "code"
    other = pa.array([b""] * 200_000)
    table = pa.table({name: column} | ({} if name == "g" else {"g": other}))
    for store_schema in (True, False):
        with pq.ParquetWriter(path, table.schema, store_schema=store_schema) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata(metadata)
        with pytest.raises(Refused, match=r"too large: \d+ MiB unpacked|text of 1000000 characters"):
            read_parquet(path)


def test_null_geometry_stays_missing_and_bytes_that_are_none_set_their_row_aside(path):
    blobs = [shapely.to_wkb(shapely.Point(1, 2)), None, b"", b"\x01\x02", b"\x01" + struct.pack("<II", 7, 9)]
    geo = {
        "version": "1.1.0",
        "primary_column": "g",
        "columns": {"g": {"encoding": "WKB", "geometry_types": []}},
    }
    table = pa.table({"code": list("abcde"), "g": pa.array(blobs, pa.binary())})
    pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    read = read_parquet(path)
    assert read.frame.index.tolist() == [1, 2]
    assert read.frame.geometry.isna().tolist() == [False, True]
    assert [f.row for f in read.findings if f.action is Action.QUARANTINE] == [
        "row 3 (c)",
        "row 4 (d)",
        "row 5 (e)",
    ]


def test_each_type_comes_as_the_pipeline_wants_it(path):
    frame = units(2).assign(
        since=[datetime.date(2010, 6, 30), None],
        at=pd.to_datetime(["2010-06-30 12:00", "2011-01-01 00:00"]),
        lit=[True, False],
        count=pd.array([1, None], dtype="Int64"),
        mbps=[1.5, None],
        kind=pd.Categorical(["a", "b"]),
        more=[[1], [2]],
        parent_id=[320402.0, 320403.0],
    )
    frame.to_parquet(path)
    table = read_parquet(path)
    read = table.frame
    assert read["since"].iloc[0] == "2010-06-30"
    assert pd.isna(read["since"].iloc[1])
    assert read["at"].iloc[0].startswith("2010-06-30 12:00")
    assert read["lit"].tolist() == [True, False]
    assert read["count"].dtype == "Int64"
    assert read["kind"].tolist() == ["a", "b"]
    assert read["parent_id"].tolist() == ["320402", "320403"]
    assert "more" not in read
    assert {f.rule for f in table.findings} == {"parquet.nested", "binary.code_float"}
