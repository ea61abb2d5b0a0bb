"""Open Fibre Data Standard: one network in all its forms gives one table."""

from __future__ import annotations

import csv
import json
import zipfile
from collections import Counter

import openpyxl
import pytest
import shapely

from geo.read.ofds import read_ofds
from geo.read.table import Refused
from geo.terms import Action
from tests.reference import reference

NODES = [
    {
        "id": "n1",
        "name": "常州",
        "status": "operational",
        "location": {"type": "Point", "coordinates": [119.9, 31.7]},
    },
    {"id": "n2", "name": "溧阳", "location": {"type": "Point", "coordinates": [119.5, 31.4]}},
]
SPANS = [
    {
        "id": "s1",
        "start": "n1",
        "end": "n2",
        "fibreCount": 48,
        "darkFibre": True,
        "transmissionMedium": ["fibre", "microwave"],
        "physicalInfrastructureProvider": {"id": "o1", "name": "中国电信"},
        "route": {"type": "LineString", "coordinates": [[119.9, 31.7], [119.7, 31.6], [119.5, 31.4]]},
    },
    {
        "id": "s2",
        "start": "n2",
        "end": "n2",
        "route": {"type": "LineString", "coordinates": [[119.5, 31.4], [119.500000001, 31.4]]},
    },
    {"id": "s3", "start": "n1", "end": "n9"},
]
NETWORK = {"id": "w1", "name": "骨干网", "nodes": NODES, "spans": SPANS}


def as_json(folder):
    path = folder / "network.json"
    path.write_text(json.dumps({"networks": [NETWORK]}, ensure_ascii=False), encoding="utf-8")
    return path, path


def as_geojson(folder):
    paths = []
    for part, records, key in (("spans", SPANS, "route"), ("nodes", NODES, "location")):
        features = []
        for record in records:
            properties = {k: v for k, v in record.items() if k != key} | {
                "network": {"id": "w1", "name": "骨干网"}
            }
            for end in ("start", "end"):
                if end in properties:
                    properties[end] = {"id": properties[end]}
            properties["featureType"] = part[:-1]
            features.append({"type": "Feature", "properties": properties, "geometry": record.get(key)})
        path = folder / f"{part}.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
        paths.append(path)
    return tuple(paths)


def grid(part):
    heads = {
        "spans": {
            "start": "start",
            "end": "end",
            "fibreCount": "fibreCount",
            "darkFibre": "darkFibre",
            "transmissionMedium": "transmissionMedium",
            "physicalInfrastructureProvider/id": "physicalInfrastructureProvider",
            "physicalInfrastructureProvider/name": "physicalInfrastructureProvider",
            "route": "route",
        },
        "nodes": {"name": "name", "status": "status", "location": "location"},
    }[part]
    rows = [["id", "name", f"{part}/0/id", *(f"{part}/0/{h}" for h in heads)]]
    records = SPANS if part == "spans" else NODES
    return rows + [["w1", "骨干网", r["id"], *(cell(r, h, k) for h, k in heads.items())] for r in records]


def cell(record, head, key):
    value = record.get(key)
    if value is None:
        return ""
    if key in ("route", "location"):
        return shapely.from_geojson(json.dumps(value)).wkt
    if isinstance(value, dict):
        return value[head.rpartition("/")[2]]
    if isinstance(value, list):
        return ";".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_csv(folder):
    for part in ("spans", "nodes"):
        with (folder / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(grid(part))
    return folder, folder


def as_zip(folder):
    (folder / "csv").mkdir()
    as_csv(folder / "csv")
    path = folder / "network.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for part in sorted((folder / "csv").iterdir()):
            packed.write(part, f"ofds/{part.name}")
    return path, path


def as_workbook(folder):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for part in ("spans", "nodes"):
        sheet = book.create_sheet(part)
        for row in grid(part):
            sheet.append(row)
    path = folder / "network.xlsx"
    book.save(path)
    return path, path


FORMS = {"json": as_json, "geojson": as_geojson, "csv": as_csv, "zip": as_zip, "xlsx": as_workbook}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_table(tmp_path, form):
    spans_path, nodes_path = FORMS[form](tmp_path)
    spans = read_ofds(spans_path).frame
    assert sorted(spans.columns) == sorted(
        [
            *(
                "id",
                "start",
                "end",
                "fibreCount",
                "darkFibre",
                "transmissionMedium",
                "network/id",
                "network/name",
            ),
            *("physicalInfrastructureProvider/id", "physicalInfrastructureProvider/name", "geometry"),
        ]
    )
    assert spans["id"].tolist() == ["s1", "s2", "s3"]
    first = spans.iloc[0]
    assert (first["start"], first["end"], first["fibreCount"], first["darkFibre"]) == (
        "n1",
        "n2",
        "48",
        "true",
    )
    assert first["transmissionMedium"] == "fibre;microwave"
    assert first["physicalInfrastructureProvider/name"] == "中国电信"
    assert set(spans["network/id"]) == {"w1"}
    assert spans["fibreCount"].isna().tolist() == [False, True, True], "what is left out is missing, not zero"
    assert spans.geometry.iloc[0].equals(shapely.from_geojson(json.dumps(SPANS[0]["route"])))
    assert spans.geometry.iloc[2] is None
    nodes = read_ofds(nodes_path, part="nodes")
    assert nodes.frame["name"].tolist() == ["常州", "溧阳"]
    assert nodes.frame.geometry.iloc[1].equals(shapely.Point(119.5, 31.4))
    assert nodes.crs_stated.startswith("OGC:CRS84")
    assert nodes.findings == []


@pytest.mark.parametrize("form", ["json", "csv", "zip", "xlsx"])
def test_stubs_and_ends_that_name_no_node_are_said(tmp_path, form):
    path, _ = FORMS[form](tmp_path)
    table = read_ofds(path)
    assert [(f.rule, f.row) for f in table.findings] == [
        ("ofds.no_length", "row 2 (s2)"),
        ("ofds.end_unknown", "row 3 (s3)"),
    ]
    assert "n9" in table.findings[1].message()


@pytest.mark.parametrize(
    "route",
    [
        {"type": "LineString", "coordinates": [[119.9]]},
        {"type": "LineString", "coordinates": "x"},
        {"type": "GeometryCollection", "geometries": []},
        {"type": "Point", "coordinates": [119.9, 31.7]},
        "LINESTRING (1 2)",
        "no line",
        7,
    ],
)
def test_a_route_that_is_none_sets_its_span_aside(tmp_path, route):
    path = tmp_path / "n.json"
    spans = [SPANS[0], {"id": "bad", "route": route}]
    path.write_text(json.dumps({"networks": [{"id": "w", "nodes": NODES, "spans": spans}]}))
    table = read_ofds(path)
    assert table.frame["id"].tolist() == ["s1"]
    assert [(f.row, f.action) for f in table.findings] == [("row 2 (bad)", Action.QUARANTINE)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot be parsed as JSON, line 1"),
        ("[]", "networks is missing"),
        ('{"networks": [7]}', "a network"),
        ('{"networks": [{"spans": {}, "nodes": 3}]}', "a list of"),
        ('{"networks": [{"id": "w"}]}', "no spans"),
        ('{"features": [3]}', "properties of each feature"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_not_the_standard_is_refused(tmp_path, text, message):
    path = tmp_path / "n.json"
    path.write_text(text)
    with pytest.raises(Refused, match=message):
        read_ofds(path)


def test_rwandas_backbone_has_68_spans_of_which_28_are_stubs_and_52_nodes():
    spans = read_ofds(reference("rwanda", "fibre_ofds.json"))
    assert len(spans.frame) == 68
    assert spans.frame["id"].is_unique
    assert Counter(f.rule for f in spans.findings) == {"ofds.no_length": 28}
    assert len(read_ofds(reference("rwanda", "fibre_ofds.json"), part="nodes").frame) == 52
    other = read_ofds(reference("rwanda", "fibre_spans.geojson")).frame
    assert other.geometry.geom_equals_exact(spans.frame.geometry, 0).all()
    texts = spans.frame.drop(columns="geometry").sort_index(axis=1)
    assert other.drop(columns="geometry").sort_index(axis=1).equals(texts)
