"""The binary families of the reference corpus: each answer is the manifest's, and nothing is written."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from geo.findings import Finding
from geo.read import read
from geo.read.archive import open_member
from geo.read.flatgeobuf import read_flatgeobuf
from geo.read.geopackage import read_geopackage
from geo.read.kml import read_kml
from geo.read.layer import refuse_undeclared
from geo.read.parquet import read_parquet
from geo.read.raster import Raster, read_raster
from geo.read.shapefile import read_shapefile
from geo.read.table import Refused, SourceTable
from geo.terms import Action
from tests.geo.read.manifest import Case, case_path, cases
from tests.geo.read.units import folder_hash

#: Cases that a reader alone cannot answer, with who does. This list may only shrink.
LEFT = {
    "shp_prj_wrong_zone": "check: the coordinates lie outside the region, only the region knows",
    "shp_prj_xian80_named_wgs": "check: the declared datum is another, only the region knows",
    "pq_flip_bytes": "check: a valid shape that overlaps its neighbour; or the hash that the region states",
}
FAMILIES = ("geopackage", "geoparquet", "shapefile", "kml", "zip", "geotiff")
ALL = [case for family in FAMILIES for case in cases(family)]


def read_zip(path: Path) -> SourceTable:
    with open_member(path) as member:
        return read(member)


READERS = {
    "geopackage": read_geopackage,
    "geoparquet": read_parquet,
    "shapefile": read_shapefile,
    "kml": read_kml,
    "zip": read_zip,
    "geotiff": read_raster,
    "flatgeobuf": read_flatgeobuf,
}


def answer(case: Case) -> tuple[SourceTable | Raster | None, list[Finding]]:
    """Return what a door without a declared datum would give: the table or None, and the findings."""
    try:
        table = READERS[case["family"]](case_path(case))
        if isinstance(table, SourceTable):
            refuse_undeclared(table)
    except Refused as refusal:
        return None, [refusal.finding]
    return table, table.findings


def texts(findings: list[Finding], language: str) -> str:
    return "\n".join(f"{f.message(language)} {f.remedy(language)}" for f in findings)


@pytest.mark.parametrize("case", ALL, ids=[c["id"] for c in ALL])
def test_each_case_is_answered_as_the_manifest_says(case):
    folder = case_path(case).parent
    before, began = folder_hash(folder), time.monotonic()
    table, findings = answer(case)
    assert time.monotonic() - began < 20
    assert folder_hash(folder) == before, "nothing is written beside the source"
    assert "CANARY-" not in texts(findings, "en") + texts(findings, "zh")
    if case["id"] in LEFT:
        return
    taken = {f.action for f in findings}
    if case["action"] == "accept":
        assert not taken & {Action.REJECT, Action.QUARANTINE}
    else:
        assert Action(case["action"]) in taken
    assert (table is None) == (case["action"] == "reject")
    for language in ("en", "zh"):
        assert re.search(case["says"], texts(findings, language), re.I), texts(findings, language)
    if isinstance(table, SourceTable) and case["rows"]:
        aside = [f for f in findings if f.action is Action.QUARANTINE]
        assert all(f.row for f in aside)
        lost_before = 3 if case["id"] == "gpkg_wal_left" else 0  # they are not in the file at all
        assert len(table.frame) == int(case["rows"]) - lost_before - len({f.row for f in aside})
        missing = int(table.frame.geometry.isna().sum())  # left to the checks, which know whether it is due
        if case["action"] == "quarantine":
            assert len(aside) + missing == int(case["rows_bad"])


def test_the_list_of_cases_left_names_only_cases_that_are_there():
    if not ALL:
        pytest.skip("reference data badinput not here: set CUNTONG_REFERENCE to its folder")
    assert LEFT.keys() <= {case["id"] for case in ALL}
    assert len(LEFT) <= 3
