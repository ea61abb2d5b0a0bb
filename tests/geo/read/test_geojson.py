"""GeoJSON: whole or refused, each feature that cannot be read set aside by row and code."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import mapping

from geo.read import geojson, strictjson
from geo.read.geojson import read_geojson
from geo.read.table import Refused
from geo.terms import Action
from tests.geo.read.manifest import assert_as_manifest_says, case_path, cases, outcome

#: Cases of the family geojson whose fault is in the values or the datum, not in the format.
LEFT_TO_CHECKS = {
    "gj_crs_lies",
    "gj_metres_no_crs",
    "gj_latlon_swapped",
    "gj_latlon_swapped_some",
    "gj_mojibake",
    "gj_mojibake_latin",
}
#: Cases of the family geometry that only a reader can see.
GEOMETRY_READ_HERE = {
    "geom_unclosed_ring",
    "geom_two_point_ring",
    "geom_one_number_vertex",
    "geom_string_coordinates",
    "geom_null_vertex",
    "geom_nan",
    "geom_inf_1e400",
    "geom_3d",
    "geom_mixed_dim",
    "geom_huge_vertices",
    "geom_repeated_points",
    "geom_clockwise",
}

SQUARE = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]


def feature(code: Any = "01", geometry: Any = None, **properties: Any) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": SQUARE} if geometry is None else geometry
    return {"type": "Feature", "properties": {"code": code, **properties}, "geometry": shape}


def collection(*features: Any, **members: Any) -> str:
    return json.dumps(
        {"type": "FeatureCollection", **members, "features": list(features)}, ensure_ascii=False
    )


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def crs(name: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": name}}


def nested(depth: int) -> dict[str, Any]:
    shape: dict[str, Any] = {"type": "Point", "coordinates": [0, 0]}
    for _ in range(depth):
        shape = {"type": "GeometryCollection", "geometries": [shape]}
    return shape


GOOD = collection(feature("01"), feature("02"))
ESRI = json.dumps(
    {
        "geometryType": "esriGeometryPolygon",
        "spatialReference": {"wkid": 2437},
        "features": [{"attributes": {"code": "01"}, "geometry": {"rings": SQUARE}}],
    }
)

#: rule -> (text or bytes, action, row that is named, a piece of the English message)
BROKEN: dict[str, tuple[str | bytes, Action, str, str]] = {
    "json.empty": (b"\xef\xbb\xbf \n", Action.REJECT, "", "empty"),
    "json.encoding": (collection(feature(name="新桥")).encode("gbk"), Action.REJECT, "", "looks like GBK"),
    "json.nan": (GOOD.replace("[1, 0]", "[NaN, 0]", 1), Action.REJECT, "", "NaN in line 1"),
    "json.nesting": ('{"a":' + "[" * 5000 + "]" * 5000 + "}", Action.REJECT, "", "nested 5001 brackets"),
    "json.truncated": (GOOD[:-2], Action.REJECT, "", "truncated"),
    "json.syntax": (GOOD.replace("[1, 0]", "[1; 0]", 1), Action.REJECT, "", "parsed at line 1"),
    "json.trailing": (GOOD + "\n" + GOOD, Action.REJECT, "", "line 2, column 1"),
    "geojson.format": (
        "<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>",
        Action.REJECT,
        "",
        "VRT",
    ),
    "geojson.not_geojson": ('{"type": "Topology", "objects": {}}', Action.REJECT, "", "Topology"),
    "geojson.no_features": (collection(), Action.REJECT, "", "no feature"),
    "geojson.doubled_root": (GOOD[:-1] + ', "features": []}', Action.REJECT, "", "key features"),
    "geojson.doubled_key": (
        GOOD.replace('"code": "02"', '"code": "02", "n": 1, "n": 2'),
        Action.QUARANTINE,
        "row 2 (02)",
        "key n",
    ),
    "geojson.nesting": (
        collection(feature(), feature("02", nested(70))),
        Action.QUARANTINE,
        "row 2",
        "limit of 64",
    ),
    "geojson.not_feature": (collection(feature(), 7), Action.QUARANTINE, "row 2", "7 stands"),
    "geojson.geometry_type": (
        collection(feature(), feature("02", {"type": "Circle", "coordinates": [0, 0]})),
        Action.QUARANTINE,
        "row 2 (02)",
        "Circle",
    ),
    "geojson.no_array": (
        collection(feature("02", {"type": "Polygon", "coordinates": [[0, 0], [1, 1]]})),
        Action.QUARANTINE,
        "row 1 (02)",
        "coordinates[0][0] is no array",
    ),
    "geojson.null_coordinate": (
        collection(feature("02", polygon([[0, 0], [1, 0], [None, None], [0, 0]]))),
        Action.QUARANTINE,
        "row 1 (02)",
        "null at coordinates[0][2]",
    ),
    "geojson.text_coordinate": (
        collection(feature("02", polygon([[0, 0], ["1", 0], [1, 1], [0, 0]]))),
        Action.QUARANTINE,
        "row 1 (02)",
        'at coordinates[0][1]: ["1", 0]',
    ),
    "geojson.one_coordinate": (
        collection(feature("02", polygon([[0, 0], [1, 0], [1], [0, 0]]))),
        Action.QUARANTINE,
        "row 1 (02)",
        "coordinates[0][2]: [1]",
    ),
    "geojson.infinite_coordinate": (
        GOOD.replace("[1, 0]", "[1e400, 0]", 1),
        Action.QUARANTINE,
        "row 1 (01)",
        "not finite at coordinates[0][1]",
    ),
    "geojson.few_points": (
        collection(feature("02", polygon([[0, 0], [1, 1], [0, 0]]))),
        Action.QUARANTINE,
        "row 1 (02)",
        "coordinates[0] has 3",
    ),
    "geojson.unclosed_ring": (
        collection(feature("02", polygon([[0, 0], [1, 0], [1, 1]]))),
        Action.REPAIR,
        "row 1 (02)",
        "closed",
    ),
    "geojson.height": (
        collection(feature("02", {"type": "Point", "coordinates": [0, 0, 5]})),
        Action.NOTICE,
        "",
        "1 features have heights",
    ),
    "geojson.mixed_type": (
        collection(feature("01", n=1), feature("02", n=2), feature("03", n="1,204")),
        Action.QUARANTINE,
        "row 3 (03)",
        "1,204 (string ≠ number)",
    ),
    "geojson.integer_precision": (
        collection(feature("01", n=2**53), feature("02", n=2**53 + 1)),
        Action.QUARANTINE,
        "row 2 (02)",
        "9007199254740993",
    ),
    "geojson.not_finite": (
        collection(feature("01", n=1.5), feature("02", n="@")).replace('"@"', "1e999"),
        Action.QUARANTINE,
        "row 2 (02)",
        "column n",
    ),
    "geojson.long_text": (
        collection(feature("01", n="塘" * 100_001)),
        Action.QUARANTINE,
        "row 1 (01)",
        "column n",
    ),
    "geojson.surrogate": (
        collection(feature("01", n="a"), feature("02", n="@")).replace("@", "\\ud800"),
        Action.QUARANTINE,
        "row 2 (02)",
        "half a character",
    ),
    "geojson.code_number": (
        collection(feature(320402001001), feature("020402001002")),
        Action.REPAIR,
        "",
        "such as 320402001001",
    ),
    "geojson.column_name": (
        GOOD.replace('"code": "01"', '"code": "01", "geometry": "x"'),
        Action.REPAIR,
        "",
        "called geometry_",
    ),
    "geojson.crs_member": (
        collection(feature(), crs=crs("urn:ogc:def:crs:EPSG::4549")),
        Action.NOTICE,
        "",
        "4549",
    ),
    "geojson.crs_unknown": (collection(feature(), crs=crs("GCJ02")), Action.REJECT, "", "GCJ02"),
    "geojson.esri": (ESRI, Action.NOTICE, "", "wkid 2437"),
}


def write(folder: Path, data: str | bytes) -> Path:
    path = folder / "layer.geojson"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_file_is_named_by_rule_action_and_row(rule: str, tmp_path: Path) -> None:
    data, action, row, said = BROKEN[rule]
    table, findings = outcome(read_geojson, write(tmp_path, data))
    found = next(f for f in findings if f.rule == rule)
    assert (found.action, found.row) == (action, row)
    assert said in found.message()
    if action is Action.QUARANTINE:
        assert table is not None
        assert int(row.split()[1]) not in table.frame.index


@pytest.mark.parametrize(
    "data", [GOOD, "\ufeff" + GOOD, GOOD.replace(" ", "\n ")], ids=["plain", "mark", "spread"]
)
def test_a_sound_file_has_no_finding(data: str, tmp_path: Path) -> None:
    table = read_geojson(write(tmp_path, data))
    assert table.findings == []
    assert table.frame["code"].tolist() == ["01", "02"]
    assert table.frame.geometry.area.tolist() == [1.0, 1.0]
    assert table.frame.crs is None
    assert table.crs_stated is None


@pytest.mark.parametrize(
    "case", [c for c in cases("geojson") if c["id"] not in LEFT_TO_CHECKS], ids=lambda c: c["id"]
)
def test_the_reference_corpus_comes_out_as_its_manifest_says(case: dict[str, str]) -> None:
    assert_as_manifest_says(case, read_geojson)


@pytest.mark.parametrize(
    "case", [c for c in cases("geojson") if c["id"] in LEFT_TO_CHECKS], ids=lambda c: c["id"]
)
def test_a_fault_of_values_passes_the_reader_with_all_rows(case: dict[str, str]) -> None:
    assert len(read_geojson(case_path(case)).frame) == int(case["rows"])


@pytest.mark.parametrize(
    "case", [c for c in cases("geometry") if c["id"] in GEOMETRY_READ_HERE], ids=lambda c: c["id"]
)
def test_coordinates_of_the_reference_corpus_come_out_as_its_manifest_says(case: dict[str, str]) -> None:
    assert_as_manifest_says(case, read_geojson)


def test_newline_delimited_features_are_all_read_with_their_lines(tmp_path: Path) -> None:
    lines = [json.dumps(feature(f"0{i}")) for i in range(1, 4)]
    table = read_geojson(write(tmp_path, "\n".join([lines[0], "", *lines[1:], ""])))
    assert table.frame["code"].tolist() == ["01", "02", "03"]
    assert dict(table.lines) == {1: 1, 2: 3, 3: 4}


def test_a_geojson_text_sequence_is_read(tmp_path: Path) -> None:
    data = "".join(f"\x1e{json.dumps(feature(f'0{i}'))}\n" for i in range(2))
    assert len(read_geojson(write(tmp_path, data)).frame) == 2


def test_newline_delimited_features_cut_in_the_last_line_are_refused(tmp_path: Path) -> None:
    data = json.dumps(feature()) + "\n" + json.dumps(feature())[:-5]
    with pytest.raises(Refused, match="truncated: it breaks off at line 2"):
        read_geojson(write(tmp_path, data))


def test_numbers_stay_numbers_codes_and_text_stay_text(tmp_path: Path) -> None:
    rows = [
        feature("007", n=1, share=0.5, open=True, name="NA", tags=["a", 1], maybe=None, id_big=2**53),
        feature("008", n=2, share=1, open=False, name="null", tags=None, maybe=3, id_big=4),
    ]
    frame = read_geojson(write(tmp_path, collection(*rows))).frame
    assert frame["code"].tolist() == ["007", "008"]
    assert frame["n"].dtype == np.int64
    assert frame["share"].tolist() == [0.5, 1.0]
    assert frame["open"].dtype == bool
    assert frame["name"].tolist() == ["NA", "null"]
    assert frame["tags"].tolist()[0] == '["a", 1]'
    assert frame["tags"].isna().tolist() == [False, True]
    assert frame["maybe"].isna().tolist() == [True, False]
    assert frame["id_big"].tolist() == ["9007199254740992", "4"]


def test_a_column_of_text_takes_no_number_and_says_which_row(tmp_path: Path) -> None:
    table = read_geojson(
        write(tmp_path, collection(feature("1", t="a"), feature("2", t="b"), feature("3", t=[1])))
    )
    assert table.frame["t"].tolist() == ["a", "b"]
    assert [f.row for f in table.findings] == ["row 3 (3)"]


def test_a_null_geometry_is_kept_as_missing_for_the_check(tmp_path: Path) -> None:
    data = collection(feature("01"), {"type": "Feature", "properties": {"code": "02"}, "geometry": None})
    frame = read_geojson(write(tmp_path, data)).frame
    assert frame.geometry.isna().tolist() == [False, True]


def test_the_feature_id_becomes_a_column_unless_there_is_one(tmp_path: Path) -> None:
    first, second = feature("01"), feature("02")
    first["id"], second["id"] = "a", "b"
    assert read_geojson(write(tmp_path, collection(first, second))).frame["id"].tolist() == ["a", "b"]
    first["properties"]["id"], second["properties"]["id"] = "c", "d"
    assert read_geojson(write(tmp_path, collection(first, second))).frame["id"].tolist() == ["c", "d"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "CRS84"),
        ("urn:ogc:def:crs:EPSG::4490", "4490"),
        ("EPSG:4326", "4326"),
        ("http://www.opengis.net/def/crs/EPSG/0/4549", "4549"),
        ("urn:ogc:def:crs:EPSG::4979", "4979"),
    ],
)
def test_the_crs_that_a_file_states_is_honoured(name: str, code: str, tmp_path: Path) -> None:
    table = read_geojson(write(tmp_path, collection(feature(), crs=crs(name))))
    assert table.crs_stated == name
    assert len(table.frame.crs.axis_info) == 2
    assert code in str(table.frame.crs.to_authority()) or code == "4979"


@pytest.mark.parametrize(
    "name", ["+proj=longlat", "EPSG:999999", "EPSG:4978", "/etc/passwd", "urn:ogc:def:crs:EPSG::"]
)
def test_a_crs_that_is_no_horizontal_epsg_code_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="Declare the datum"):
        read_geojson(write(tmp_path, collection(feature(), crs=crs(name))))


def test_esri_rings_become_shells_with_their_holes(tmp_path: Path) -> None:
    outer = [[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]
    hole = [[2, 2], [4, 2], [4, 4], [2, 4], [2, 2]]
    other = [[20, 0], [20, 1], [21, 1], [21, 0], [20, 0]]
    data = json.loads(ESRI)
    data["features"][0]["geometry"]["rings"] = [outer, other, hole]
    geometry = read_geojson(write(tmp_path, json.dumps(data))).frame.geometry.iloc[0]
    assert geometry.is_valid
    assert geometry.area == 100 - 4 + 1


def test_esri_curves_and_unknown_references_are_named(tmp_path: Path) -> None:
    data = json.loads(ESRI)
    data["features"][0]["geometry"] = {"curveRings": [[]]}
    assert "curve" in read_geojson(write(tmp_path, json.dumps(data))).findings[-1].message()
    data["spatialReference"] = {"wkt": "LOCAL_CS[]"}
    with pytest.raises(Refused, match="spatialReference"):
        read_geojson(write(tmp_path, json.dumps(data)))


@pytest.mark.parametrize(
    "geometry",
    [
        "POINT (1 2)",
        "MULTIPOINT ((1 2), (3 4))",
        "LINESTRING (1 2, 3 4)",
        "MULTILINESTRING ((1 2, 3 4), (5 6, 7 8))",
        "POLYGON ((0 0, 9 0, 9 9, 0 0), (5 1, 6 1, 6 2, 5 1))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
        "POLYGON EMPTY",
        "MULTIPOLYGON EMPTY",
        "POINT EMPTY",
        "LINESTRING EMPTY",
        "GEOMETRYCOLLECTION EMPTY",
    ],
)
def test_every_geometry_type_equals_what_shapely_wrote(geometry: str, tmp_path: Path) -> None:
    shape = shapely.from_wkt(geometry)
    text = collection(feature("01", json.loads(shapely.to_geojson(shape))))
    assert read_geojson(write(tmp_path, text)).frame.geometry.iloc[0].equals_exact(shape, 0.0)


def test_esri_rings_that_are_no_numbers_are_set_aside_by_vertex(tmp_path: Path) -> None:
    for value, rule in (("1e400", "infinite"), ("null", "null"), ('"1"', "text")):
        data = ESRI.replace("[1, 0]", f"[{value}, 0]")
        _, findings = outcome(read_geojson, write(tmp_path, data))
        assert [f.rule for f in findings[1:]] == [f"geojson.{rule}_coordinate"]


def test_a_bare_geometry_and_a_single_feature_are_one_row(tmp_path: Path) -> None:
    assert len(read_geojson(write(tmp_path, json.dumps(polygon(*SQUARE)))).frame) == 1
    assert len(read_geojson(write(tmp_path, json.dumps(feature()))).frame) == 1


def test_limits_of_bytes_rows_vertices_and_columns_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, GOOD)
    for name, limit, said in (
        ("VERTICES", 9, "more vertices than the limit of 9"),
        ("ROWS", 1, "more features than the limit of 1"),
        ("COLUMNS", 0, "above the limit of 0"),
        ("FILE_BYTES", 10, "above the limit of 10"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(geojson, name, limit)
            with pytest.raises(Refused, match=said):
                read_geojson(path)


def test_integers_are_exact_on_both_sides_of_what_doubles_hold() -> None:
    values = strictjson.read_json(b"[9007199254740992, 9007199254740993, -9007199254740993]", "s").values[0]
    assert values[0] == 2**53
    assert [str(v) for v in values[1:]] == ["9007199254740993", "-9007199254740993"]
    assert all(isinstance(v, strictjson.LongInt) for v in values[1:])


def test_a_number_of_a_million_digits_is_set_aside_at_once(tmp_path: Path) -> None:
    data = collection(feature("01", n=1), feature("02", n="@")).replace('"@"', "9" * 1_000_000)
    begin = time.process_time()
    _, findings = outcome(read_geojson, write(tmp_path, data))
    assert findings[0].rule == "geojson.integer_precision"
    assert len(findings[0].message()) < 300
    assert time.process_time() - begin < 2


NUMBER = st.floats(-180, 180, allow_nan=False).map(lambda v: v + 0.0)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    points=st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=8),
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=10),
    number=st.integers(-(2**53), 2**53),
)
def test_what_is_written_is_read_exactly(
    points: list[tuple[float, float]], name: str, number: int, tmp_path: Path
) -> None:
    rows = [feature(f"{i:03d}", mapping(shapely.Point(p)), name=name, n=number) for i, p in enumerate(points)]
    frame = read_geojson(write(tmp_path, collection(*rows))).frame
    assert shapely.get_coordinates(frame.geometry.to_numpy()).tolist() == [list(p) for p in points]
    assert set(frame["name"]) == {name}
    assert set(frame["n"]) == {number}
    assert frame["code"].tolist() == [f"{i:03d}" for i in range(len(points))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Point", "Polygon", "a"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "coordinates", "geometry", "properties", "features", "geometries", "id", "crs"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=JSON,
    place=st.sampled_from(
        ["root", "feature", "geometry", "properties", "coordinates", "crs", "esri", "rings"]
    ),
)
def test_any_json_anywhere_is_read_or_named(value: Any, place: str, tmp_path: Path) -> None:
    texts = {
        "root": json.dumps(value),
        "feature": collection(feature(), value),
        "geometry": collection(feature("01", value if value is not None else 0)),
        "properties": collection({"type": "Feature", "properties": value, "geometry": None}),
        "coordinates": collection(
            *(feature("01", {"type": t, "coordinates": value}) for t in ("Point", "Polygon"))
        ),
        "crs": collection(feature(), crs=value),
        "esri": json.dumps({"spatialReference": {"wkid": 2437}, "features": [{"geometry": value}, value]}),
        "rings": ESRI.replace(json.dumps(SQUARE), json.dumps([SQUARE[0], value])),
    }
    table, findings = outcome(read_geojson, write(tmp_path, texts[place]))
    assert (table is None) == any(f.action is Action.REJECT for f in findings)
    assert all(f.message() and f.message("zh") and f.remedy("zh") for f in findings)


def test_three_megabytes_are_read_in_a_second(tmp_path: Path) -> None:
    ring = np.random.default_rng(1).random((750, 2)).tolist()
    path = write(tmp_path, collection(*(feature(f"{i:03d}", polygon([*ring, ring[0]])) for i in range(100))))
    begin = time.process_time()
    assert len(read_geojson(path).frame) == 100
    assert time.process_time() - begin < 5, "0.3 s where it was written"
