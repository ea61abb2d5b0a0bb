"""WKT and WKB columns: each row by itself, with the place at which it can be read no further."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.findings import Finding
from geo.read.delimited import read_delimited
from geo.read.table import Refused, SourceTable
from geo.read.wellknown import parse_wkb_column, parse_wkt_column, read_wkt, wellknown_kind
from geo.terms import Action
from tests.geo.read.manifest import assert_as_manifest_says, case_path, cases

WKT_COLUMNS = {"geom_curve_wkt", "geom_wkt_broken", "geom_wkb_truncated"}
#: Of the 41 geometries of GEOS those that a double or a ring cannot hold; the others are for the check.
NOT_FINITE = {"geos_01", "geos_02", "geos_03", "geos_04", "geos_08"}

SQUARE = "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))"
POINT_HEX = shapely.to_wkb(shapely.Point(1, 2), hex=True)


def head(kind: int, count: int) -> str:
    return struct.pack("<BII", 1, kind, count).hex()


#: rule -> (form, text, a piece of the English message)
BROKEN: dict[str, tuple[str, str, str]] = {
    "wellknown.curve": ("wkt", "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))", "CURVEPOLYGON"),
    "wellknown.wkt": ("wkt", "POLYGON ((0 0， 1 0， 1 1， 0 0))", "at character 14: ，"),
    "wellknown.wkt_open": ("wkt", SQUARE[:-1], "ends at character 35 with 1 bracket(s) open"),
    "wellknown.not_read": ("wkt", "LINESTRING (1 2)", "LINESTRING (1 2)"),
    "wellknown.not_finite": ("wkt", "POINT (1e400 1)", "not finite"),
    "wellknown.nesting": ("wkt", "GEOMETRYCOLLECTION (" * 70 + "POINT (1 2)" + ")" * 70, "limit of 64"),
    "wellknown.hex": ("wkb", POINT_HEX[:-2] + "0g", "character 42"),
    "wellknown.wkb": ("wkb", "01" + "63000000" + "00000000", "at byte 1: 0163000000"),
    "wellknown.wkb_truncated": (
        "wkb",
        head(2, 2**31 - 1) + "00" * 64,
        "claims 34359738352 bytes and 64 are left",
    ),
    "wellknown.wkb_trailing": ("wkb", POINT_HEX + "00", "1 bytes follow"),
}


def parse(form: str, *texts: str | None) -> tuple[np.ndarray, list[Finding]]:
    values = pd.Series(list(texts), index=range(1, len(texts) + 1), dtype="object")
    return (parse_wkt_column if form == "wkt" else parse_wkb_column)(values, "s")


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_text_is_set_aside_with_its_place_and_the_others_go_on(rule: str) -> None:
    form, text, said = BROKEN[rule]
    sound = SQUARE if form == "wkt" else POINT_HEX
    geometries, findings = parse(form, sound, text, None, sound)
    assert [(f.rule, f.row, f.action) for f in findings] == [(rule, "row 2", Action.QUARANTINE)]
    assert said in findings[0].message()
    assert [g is not None for g in geometries] == [True, False, False, True]


@pytest.mark.parametrize(
    "text",
    [
        "POINT (1 2)",
        "POINT EMPTY",
        "  polygon((0 0,1 0,1 1,0 0),(.5 .2,.6 .2,.6 .3,.5 .2))\n",
        "MULTIPOINT (1 2, 3 4)",
        "MULTIPOINT ((1 2), EMPTY)",
        "LINESTRING (-1e-3 +2., 3E2 4)",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (1 2, 3 4))",
    ],
)
def test_sound_wkt_equals_what_shapely_reads(text: str) -> None:
    geometries, findings = parse("wkt", text)
    assert findings == []
    assert geometries[0].equals_exact(shapely.from_wkt(text), 0.0)


@pytest.mark.parametrize(
    "text", ["POINT Z (1 2 3)", "POINTZ(1 2 3)", "POINT M (1 2 3)", "POINT ZM (1 2 3 4)"]
)
def test_heights_and_measures_are_left_out(text: str) -> None:
    geometries, findings = parse("wkt", text)
    assert findings == []
    assert geometries[0].wkt == "POINT (1 2)"


def test_open_rings_are_closed_and_said_in_both_forms() -> None:
    ring = struct.pack("<BIII6d", 1, 3, 1, 3, 0, 0, 1, 0, 1, 1).hex()
    for form, text in (("wkt", "POLYGON ((0 0, 1 0, 1 1))"), ("wkb", ring)):
        geometries, findings = parse(form, text)
        assert geometries[0].equals(shapely.from_wkt("POLYGON ((0 0, 1 0, 1 1, 0 0))"))
        assert [(f.rule, f.row, f.action) for f in findings] == [
            ("wellknown.unclosed_ring", "row 1", Action.REPAIR)
        ]


def test_a_ring_that_stays_too_short_when_closed_is_set_aside() -> None:
    _, findings = parse("wkt", "POLYGON ((0 0, 1 0))")
    assert findings[0].action is Action.QUARANTINE


def test_a_spatial_reference_within_the_text_is_said_once() -> None:
    coded = shapely.to_wkb(shapely.set_srid(shapely.Point(1, 2), 4490), hex=True, include_srid=True)
    for form, text, srid in (("wkt", "SRID=4326;POINT (1 2)", "4326"), ("wkb", coded, "4490")):
        geometries, findings = parse(form, text, text)
        assert [g.wkt for g in geometries] == ["POINT (1 2)"] * 2
        assert [(f.rule, f.values["srid"]) for f in findings] == [("wellknown.srid", srid)]


def test_no_allocation_follows_a_claimed_count_of_parts_or_rings() -> None:
    for kind in (3, 4, 5, 6, 7):
        _, findings = parse("wkb", head(kind, 2**32 - 1) + "00" * 100)
        assert findings[0].rule == "wellknown.wkb_truncated"


def test_nested_wkb_is_bounded() -> None:
    _, findings = parse("wkb", head(7, 1) * 2_000 + POINT_HEX)
    assert findings[0].rule == "wellknown.nesting"


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        ([SQUARE, "SRID=4326;POINT (1 2)", None, "x"], "wkt"),
        ([POINT_HEX, POINT_HEX.lower(), None], "wkb"),
        (["320402001001", "0102"], None),
        ([None], None),
    ],
)
def test_the_form_of_a_column_is_told_by_most_of_its_texts(texts: list[str | None], kind: str | None) -> None:
    assert wellknown_kind(pd.Series(texts, dtype="object")) == kind


def read_with_geometry(path: Path) -> SourceTable:
    table = read_delimited(path)
    column = next(c for c in table.frame.columns if wellknown_kind(table.frame[c]))
    form = wellknown_kind(table.frame[column])
    geometries, findings = (parse_wkt_column if form == "wkt" else parse_wkb_column)(
        table.frame[column], path.name
    )
    kept = table.frame[[g is not None for g in geometries]]
    return SourceTable(kept, table.driver, findings=[*table.findings, *findings], lines=table.lines)


@pytest.mark.parametrize(
    "case", [c for c in cases("geometry") if c["id"] in WKT_COLUMNS], ids=lambda c: c["id"]
)
def test_columns_of_the_reference_corpus_come_out_as_its_manifest_says(case: dict[str, str]) -> None:
    assert_as_manifest_says(case, read_with_geometry)


@pytest.mark.parametrize("case", cases("geometry_geos"), ids=lambda c: c["id"])
def test_the_invalid_geometries_of_geos_are_read_or_named(case: dict[str, str]) -> None:
    if case["id"][:7] in NOT_FINITE:
        assert_as_manifest_says(case, read_wkt)
    else:
        table = read_wkt(case_path(case))
        assert table.findings == []
        assert not table.frame.geometry.is_valid.all(), "left for the check of geometry"


def test_a_file_of_wkt_gives_a_row_a_geometry_over_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "g.wkt"
    path.write_text(
        f"POINT (1 2)\n\nPOLYGON ((0 0,\n 1 0, 1 1,\n 0 0))\nPOINT (x)\n{SQUARE}\n", encoding="utf-8"
    )
    table = read_wkt(path)
    assert list(table.frame.index) == [1, 2, 4]
    assert dict(table.lines) == {1: 1, 2: 3, 3: 6, 4: 7}
    assert [f.row for f in table.findings] == ["row 3"]
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(Refused, match="empty"):
        read_wkt(path)


@settings(max_examples=150, deadline=None)
@given(
    text=st.text("POINTLYGMULZE() ,.0123456789-，１", max_size=60)
    | st.builds(lambda a, b: SQUARE[:a] + b + SQUARE[a:], st.integers(0, 35), st.text(max_size=3))
)
def test_any_text_gives_a_geometry_or_one_finding(text: str) -> None:
    geometries, findings = parse("wkt", text)
    aside = [f for f in findings if f.action is Action.QUARANTINE]
    assert (geometries[0] is None) == (bool(aside) or not text.strip())
    assert all(f.message() and f.message("zh") for f in findings)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=80), cut=st.integers(0, 93), byte=st.integers(0, 255))
def test_any_bytes_give_a_geometry_or_one_finding(data: bytes, cut: int, byte: int) -> None:
    whole = bytearray(shapely.to_wkb(shapely.from_wkt(SQUARE)))
    whole[cut % len(whole)] = byte
    for sample in (data, bytes(whole[:cut]), bytes(whole)):
        geometries, findings = parse("wkb", sample.hex())
        aside = [f for f in findings if f.action is Action.QUARANTINE]
        assert (geometries[0] is None) == (bool(aside) or not sample)
