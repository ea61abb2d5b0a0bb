"""The quarantine: rows as they came, nothing of persons, and one schema whatever stands in it."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pytest
import shapely

from geo.findings import Finding
from geo.quarantine import findings_table, quarantine_table
from geo.read import read
from geo.read.table import SourceTable
from geo.run import run
from geo.terms import Action
from tests.geo.regions import write_region

AREA = Finding("villages", "row 2 (V2)", "extent.null_island", Action.QUARANTINE, {})


def text_of(folder: Path) -> str:
    """Everything that a snapshot's tables hold, as text."""
    tables = [pd.read_parquet(p) for p in sorted(folder.rglob("*.parquet"))]
    assert tables
    return "\n".join(t.to_csv() for t in tables)


def phones(n: int, *, broken: int) -> gpd.GeoDataFrame:
    """Fibre with a customer's telephone in each row; row `broken` lies on null island."""
    lines = [shapely.LineString([(119.51 + 0.001 * i, 31.51), (119.52, 31.52)]) for i in range(n)]
    lines[broken] = shapely.LineString([(0.0, 0.0), (0.001, 0.001)])
    data = {"id": [f"f{i}" for i in range(n)], "phone": [f"1390000{i:04d}" for i in range(n)]}
    return gpd.GeoDataFrame(data, geometry=lines, crs="OGC:CRS84")


def test_no_telephone_number_of_a_refused_source_reaches_the_snapshot(tmp_path: Path) -> None:
    region = write_region(tmp_path, phones(8, broken=3))
    outcome = run(region, tmp_path / "out")
    assert "personal.column" in {f.rule for f in outcome.findings}
    assert "1390000" not in text_of(outcome.path)
    raw = b"".join(p.read_bytes() for p in sorted(outcome.path.rglob("*")) if p.is_file())
    assert b"1390000" not in raw


def test_telephones_in_the_rows_of_one_layer_refuse_the_source_for_all_its_layers(tmp_path: Path) -> None:
    rows = phones(8, broken=3).assign(kind=["a"] * 4 + ["b"] * 4)
    rows.loc[4:, "phone"] = "12"
    layers = "".join(
        f'[[layers]]\nid = "cable_{k}"\nsource = "plant"\ngeometry = "line"\nfeature = "id"\noperator = "a"\n'
        f'where = {{ kind = "{k}" }}\n'
        for k in ("a", "b")
    )
    outcome = run(write_region(tmp_path, rows, layers=layers), tmp_path / "out")
    assert sum(f.rule == "personal.column" for f in outcome.findings) == 1
    assert all(pd.read_parquet(p).empty for p in (outcome.path / "plant").iterdir())
    assert "1390000" not in text_of(outcome.path)


def test_rows_of_a_source_about_persons_are_never_shown_as_they_came() -> None:
    personal = Finding("villages", "", "personal.column", Action.REJECT, {"columns": "phone", "count": 1})
    table = SourceTable(pd.DataFrame({"phone": ["13900000000"] * 2}, index=[1, 2]), "CSV")
    shown = quarantine_table([AREA, personal], {"villages": table})
    assert shown["as_it_came"].tolist() == ["", ""]


@pytest.mark.parametrize(("row", "seen"), [("row 2 (V2)", "b"), ("line 5 (V2)", "b"), ("line 2", "a")])
def test_a_row_is_found_by_its_number_or_its_line(row: str, seen: str) -> None:
    frame = pd.DataFrame({"name": ["a", "b"]}, index=pd.Index([1, 2], name="row"))
    table = SourceTable(frame, "CSV", lines={1: 2, 2: 5})
    finding = Finding("s", row, "extent.null_island", Action.QUARANTINE, {})
    shown = quarantine_table([finding], {"s": table})["as_it_came"].iloc[0]
    assert json.loads(shown) == {"name": seen}


def test_a_row_of_a_csv_comes_back_with_its_own_fields(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text('code,name\n1,"two\nlines"\n2,b\n3,c\n', encoding="utf-8")
    table = read(path)
    line = next(line for row, line in table.lines.items() if row == 2)
    finding = Finding("v", f"line {line} (2)", "extent.null_island", Action.QUARANTINE, {})
    assert json.loads(quarantine_table([finding], {"v": table})["as_it_came"].iloc[0]) == {
        "code": "2",
        "name": "b",
    }


@pytest.mark.parametrize("row", ["", "row 9", "line 99", "320402", "rows of some kind"])
def test_what_names_no_row_has_no_row(row: str) -> None:
    table = SourceTable(pd.DataFrame({"name": ["a"]}, index=[1]), "CSV", lines={1: 2})
    finding = Finding("s", row, "extent.null_island", Action.QUARANTINE, {})
    assert quarantine_table([finding], {"s": table})["as_it_came"].tolist() == [""]


def test_the_schema_does_not_depend_on_what_was_found() -> None:
    for made in (lambda f: quarantine_table(f, {}), findings_table):
        full, empty = (pa.Schema.from_pandas(made(f), preserve_index=False) for f in ([AREA], []))
        assert full.remove_metadata() == empty.remove_metadata()
        assert all(pa.types.is_string(t) or pa.types.is_large_string(t) for t in empty.types)
