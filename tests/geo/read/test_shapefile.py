"""Shapefiles spoilt one way at a time; and the same rows as GDAL gives of a sound one."""

from __future__ import annotations

import struct

import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.read.shapefile import read_shapefile
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.read.units import NAMES, folder_hash, units


@pytest.fixture
def shapes(tmp_path):
    """Write units.shp with its parts, names in UTF-8."""
    return write(tmp_path)


def write(folder, encoding="UTF-8"):
    path = folder / "units.shp"
    frame = units()
    frame["area_code"] = [int(c) for c in frame["code"]]
    frame["share"] = [0.5 + i for i in range(6)]
    pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding=encoding)
    return path


def spoil(path, ending, change):
    part = path.with_suffix(ending)
    data = bytearray(part.read_bytes())
    change(data)
    part.write_bytes(bytes(data))


def test_rows_come_as_gdal_gives_them_and_nothing_is_written(shapes):
    before = folder_hash(shapes.parent)
    table = read_shapefile(shapes)
    gdal = pyogrio.read_dataframe(shapes)
    assert folder_hash(shapes.parent) == before
    assert table.frame["name"].tolist() == gdal["name"].tolist() == list(NAMES)
    assert table.frame["code"].tolist() == gdal["code"].tolist()
    assert table.frame["households"].tolist() == gdal["households"].tolist()
    assert table.frame["share"].tolist() == gdal["share"].tolist()
    assert table.frame["area_code"].tolist() == gdal["area_code"].astype("int64").astype(str).tolist()
    assert table.frame.geometry.geom_equals_exact(gdal.geometry.set_axis(table.frame.index), 0).all()
    assert table.frame.crs.to_epsg() == 4490
    assert not [f for f in table.findings if f.action is not Action.NOTICE]


@pytest.mark.parametrize(
    ("stated", "real", "rule"),
    [
        ("UTF-8", "gbk", "dbf.encoding_wrong"),
        ("GBK", "utf-8", "dbf.encoding_wrong"),
        (None, "gbk", "dbf.encoding_unstated"),
        (None, "utf-8", "dbf.encoding_unstated"),
        ("GBK", "gbk", None),
        ("UTF-8", "utf-8", None),
        ("936", "gbk", None),
    ],
)
def test_names_are_read_right_whatever_the_cpg_says(tmp_path, stated, real, rule):
    path = write(tmp_path, encoding=real)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if stated:
        path.with_suffix(".cpg").write_text(stated)
    spoil(path, ".dbf", lambda data: data.__setitem__(29, 0))
    table = read_shapefile(path)
    assert table.frame["name"].tolist() == list(NAMES)
    assert [f.rule for f in table.findings if f.rule.startswith("dbf")] == ([rule] if rule else [])


def test_a_declared_encoding_goes_before_the_files_and_must_fit(tmp_path):
    path = write(tmp_path, encoding="gbk")
    assert read_shapefile(path, encoding="gbk").frame["name"].tolist() == list(NAMES)
    with pytest.raises(Refused, match="encoding of the attributes cannot be told; tried: utf-8"):
        read_shapefile(path, encoding="utf-8")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=6),
        min_size=6,
        max_size=6,
    )
)
def test_chinese_in_utf8_is_never_taken_for_gbk(tmp_path_factory, names):
    path = tmp_path_factory.mktemp("shp") / "units.shp"
    pyogrio.write_dataframe(units().assign(name=names), path, driver="ESRI Shapefile", encoding="UTF-8")
    path.with_suffix(".cpg").write_text("GBK")
    spoil(path, ".dbf", lambda data: data.__setitem__(29, 0))
    assert read_shapefile(path).frame["name"].tolist() == names


@pytest.mark.parametrize("ending", [".shx", ".dbf"])
def test_a_missing_part_is_named(shapes, ending):
    shapes.with_suffix(ending).unlink()
    with pytest.raises(Refused, match=f"units{ending} is missing"):
        read_shapefile(shapes)
    assert not shapes.with_suffix(ending).exists()


def test_every_cut_of_every_part_is_refused(shapes):
    for ending in (".shp", ".shx", ".dbf"):
        data = shapes.with_suffix(ending).read_bytes()
        for size in range(0, len(data) - 2, 7):
            shapes.with_suffix(ending).write_bytes(data[:size])
            with pytest.raises(Refused):
                read_shapefile(shapes)
        shapes.with_suffix(ending).write_bytes(data)
    assert len(read_shapefile(shapes).frame) == 6


def test_a_doubled_part_is_refused(shapes):
    for ending in (".shp", ".shx", ".dbf"):
        data = shapes.with_suffix(ending).read_bytes()
        shapes.with_suffix(ending).write_bytes(data + data[-60:])
        with pytest.raises(Refused, match=r"truncated|short or corrupt|bytes follow its 6 rows"):
            read_shapefile(shapes)
        shapes.with_suffix(ending).write_bytes(data)


def test_two_records_swapped_in_the_index_are_set_aside(shapes):
    def swap(data):
        data[100:108], data[116:124] = data[116:124], data[100:108]

    spoil(shapes, ".shx", swap)
    table = read_shapefile(shapes)
    assert table.frame.index.tolist() == [2, 4, 5, 6]
    assert [f.rule for f in table.findings if f.action is Action.QUARANTINE] == ["shp.order", "shp.order"]
    assert (
        "row 1 to record 3" in table.findings[-2].message()
        or "row 1 to record 3" in table.findings[-3].message()
    )


def test_deleted_rows_are_named_and_the_others_keep_their_shapes(shapes):
    whole = read_shapefile(shapes).frame
    data = shapes.with_suffix(".dbf").read_bytes()
    start, length = struct.unpack_from("<HH", data, 8)
    spoil(shapes, ".dbf", lambda d: d.__setitem__(start + length, ord("*")))
    table = read_shapefile(shapes)
    assert table.frame.index.tolist() == [1, 3, 4, 5, 6]
    assert table.frame.geometry.geom_equals(whole.geometry.loc[table.frame.index]).all()
    assert [f.row for f in table.findings if f.rule == "shp.deleted"] == ["row 2 (0320402001001)"]


@pytest.mark.parametrize("seen", ["*********", "1,2", "12a", "1 2", "1.2.3"])
def test_a_number_that_is_none_sets_its_row_aside(shapes, seen):
    data = shapes.with_suffix(".dbf").read_bytes()
    at = data.index(b"  100") + 2
    spoil(shapes, ".dbf", lambda d: d.__setitem__(slice(at + 3 - len(seen), at + 3), seen.encode()))
    table = read_shapefile(shapes)
    (finding,) = [f for f in table.findings if f.action is Action.QUARANTINE]
    assert (finding.rule, finding.row) == ("shp.number", "row 1 (0320402001000)")
    assert seen in finding.message()
    assert table.frame.index.tolist() == [2, 3, 4, 5, 6]


def test_a_stale_box_in_a_records_head_sets_its_row_aside(shapes):
    spoil(shapes, ".shp", lambda d: struct.pack_into("<d", d, 100 + 12, 118.0))
    table = read_shapefile(shapes)
    (finding,) = [f for f in table.findings if f.action is Action.QUARANTINE]
    assert (finding.rule, finding.row) == ("shp.bbox", "row 1 (0320402001000)")


def test_no_prj_means_an_unknown_datum_and_a_page_of_html_is_none(shapes):
    shapes.with_suffix(".prj").unlink()
    table = read_shapefile(shapes)
    assert table.crs_stated is None
    assert table.frame.crs is None
    assert "degrees" in next(f for f in table.findings if f.rule == "crs_stated.none").message()
    shapes.with_suffix(".prj").write_text("<html>404</html>")
    with pytest.raises(Refused, match="prj cannot be parsed"):
        read_shapefile(shapes)


def test_column_names_that_a_writer_cut_and_numbered_are_refused(tmp_path):
    path = tmp_path / "cut.shp"
    frame = units().rename(columns={"households": "household_all"}).assign(household_low=1)
    with pytest.warns(RuntimeWarning):
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile")
    with pytest.raises(Refused, match=r"househol_1 and household_|household_\w* and househol_1"):
        read_shapefile(path)


def test_points_and_lines_with_height_are_read_too(tmp_path):
    for name, shape in (
        ("p", shapely.Point(119.9, 31.7, 5)),
        ("l", shapely.LineString([(119.9, 31.7, 1), (120, 31.8, 2)])),
    ):
        frame = units(3).set_geometry([shape] * 3, crs="EPSG:4490")
        path = tmp_path / f"{name}.shp"
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile")
        assert read_shapefile(path).frame.geometry.iloc[2].equals(shape)


def test_a_missing_shape_stays_missing_and_keeps_its_row(tmp_path):
    frame = units(3)
    frame.loc[1, "geometry"] = None
    path = tmp_path / "null.shp"
    pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile")
    table = read_shapefile(path)
    assert table.frame.geometry.isna().tolist() == [False, True, False]
    assert not pd.isna(table.frame["code"].iloc[1])
