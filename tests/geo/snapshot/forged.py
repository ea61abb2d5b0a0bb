"""Snapshots whose tables were changed by a hand that mended the hashes too: nothing but the schema tells."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geo.run import run
from geo.snapshot.layout import MANIFEST, SUMS, folder_name, sha256
from tests.geo.regions import write_region

Cells = Callable[[list[Any]], list[Any]]

MORE = """
[[sources]]
id = "reported"
path = "reported.csv"
kind = "reported"

[[targets]]
id = "all"
name = "all villages"
service = "fibre"
level = "village"
threshold = 100
due = 2015-12-31
source = "plan, annex"

[[targets]]
id = "phones"
name = "phones"
reported = "reported"
unit = "per 100 people"
threshold = ">80"
due = 2015-12-31
source = "plan, annex"
"""


def region_with_all_tables(folder: Path) -> Path:
    """Write a region that fills each table of its snapshot; return its file."""
    lines = [
        shapely.LineString([(119.51, 31.51), (119.515, 31.515)]),
        shapely.LineString([(119.52, 31.52), (119.525, 31.525)]),
        shapely.LineString([(0.0, 0.0), (0.01, 0.01)]),  # set aside
    ]
    cables = gpd.GeoDataFrame({"id": ["f0", "f1", "f2"]}, geometry=lines, crs="OGC:CRS84")
    path = write_region(folder, cables)
    path.write_text(path.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    value = {
        "target_id": "phones",
        "unit_code": "C0",
        "date": "2010-06-30",
        "value": "85.5",
        "source": "yearbook",
    }
    pd.DataFrame([value]).to_csv(folder / "reported.csv", index=False)
    return path


def published(folder: Path) -> Path:
    """Return a sound snapshot of such a region."""
    return run(region_with_all_tables(folder), folder / "out").path


def forged(snapshot: Path, out: Path, table: str, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Return a copy of a snapshot with one table changed, and every hash that tells of it mended."""
    copy = Path(shutil.copytree(snapshot, out / "copy"))
    file = f"{table}.parquet"
    pq.write_table(change(pq.read_table(copy / file, partitioning=None)), copy / file)
    return mended(copy, rows={file: pq.read_metadata(copy / file).num_rows})


def mended(copy: Path, *, rows: dict[str, int] | None = None) -> Path:
    """Return a changed snapshot with its hashes and its name as if it had been published so."""
    manifest = json.loads((copy / MANIFEST).read_bytes())
    for name, entry in manifest["tables"].items():
        entry.update(sha256=sha256(copy / name), **({"rows": rows[name]} if rows and name in rows else {}))
    (copy / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    files = [MANIFEST, *sorted(manifest["tables"])]
    (copy / SUMS).write_text("".join(f"{sha256(copy / f)}  {f}\n" for f in files), encoding="utf-8")
    return copy.rename(copy.parent / folder_name(manifest["as_of"], sha256(copy / MANIFEST)))


def cell(column: str, row: int, value: Any) -> Callable[[pa.Table], pa.Table]:
    """Return the change of one cell (row 1-based), the column's type kept: text plain, not as a dictionary."""

    def change(table: pa.Table) -> pa.Table:
        kind = table.schema.field(column).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        cells = table.column(column).to_pylist()
        cells[row - 1] = value
        return table.set_column(table.column_names.index(column), column, pa.array(cells, kind))

    return change


def retyped(column: str, kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    """Return the change of a column's type, every value null."""
    return lambda t: t.set_column(t.column_names.index(column), column, pa.nulls(t.num_rows, kind))
