"""Every table is what its schema says; one wrong cell is found by table, row and column, with what to do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.snapshot import misfits, verify
from geo.snapshot.columns import Known
from geo.snapshot.conform import SHOWN, TABLES
from geo.snapshot.layout import MANIFEST
from geo.snapshot.schema import SCHEMAS, plant
from tests.geo.snapshot.forged import cell, forged, mended, published, retyped

PROJECT = Path(__file__).resolve().parents[3]
NAN = float("nan")
PACIFIC = shapely.to_wkb(shapely.Point(200.0, 31.5))

#: Table, column, row (1-based), the wrong value, what is said of it.
WRONG: list[tuple[str, str, int, Any, str]] = [
    ("units", "unit_id", 2, "C0V0", "is not level:code@edition"),
    ("units", "unit_id", 2, "village:C0V9@2010", "is not the level, code and edition of its row"),
    ("units", "unit_id", 3, "village:C0V0@2010", "the key (unit_id) stands in another row too"),
    ("units", "level", 2, "hamlet", "'hamlet' is not one of county, village"),
    ("units", "code", 2, "", "'' is empty"),
    ("units", "code", 2, None, "is null"),
    ("units", "edition", 2, 2011, "2011 is not its level's edition"),
    ("units", "name", 2, None, "is null"),
    ("units", "parent_id", 2, "county:C7@2010", "is no unit of the table units"),
    ("units", "parent_id", 2, "village:C0V1@2010", "is no unit of the level above"),
    ("units", "settlement_class", 2, "all", "'all' is not one of urban, town, rural, unknown"),
    ("units", "population", 2, -1.0, "-1.0 is not 0 or more people"),
    ("units", "households", 2, float("inf"), "inf is no finite number"),
    ("units", "area_m2", 2, -0.5, "is not 0 or more m²"),
    ("units", "lon", 2, 180.5, "180.5 is not -180 to 180 degrees"),
    ("units", "lat", 2, -91.0, "-91.0 is not -90 to 90 degrees"),
    ("units", "geometry", 2, b"no map", "is no WKB in longitude, latitude"),
    ("units", "geometry", 2, PACIFIC, "is no WKB in longitude, latitude"),
    ("facts", "unit_id", 2, "village:C0V7@2010", "is no unit of the table units"),
    ("facts", "service", 2, "fiber", "'fiber' is not one of fibre"),
    ("facts", "operator", 2, "b", "'b' is not one of *, a"),
    ("facts", "operator", 4, "*", "the key (unit_id, service, operator) stands in another row too"),
    ("facts", "status", 2, "coverd", "'coverd' is not one of covered, partial, uncovered, unknown"),
    ("facts", "unknown_share", 2, None, "is null"),
    ("facts", "unknown_share", 2, 1.5, "1.5 is not 0 to 1"),
    ("facts", "basis_used", 2, "guess", "'guess' is not one of point, centroid"),
    ("facts", "share_area", 2, -0.1, "-0.1 is not 0 to 1"),
    ("facts", "share_population", 2, 7.0, "7.0 is not 0 to 1"),
    ("facts", "share_households", 2, 1.0000001, "is not 0 to 1"),
    ("facts", "best_mbps", 2, -2.0, "is not 0 or more Mbps"),
    ("facts", "nearest_m", 2, -1.0, "-1.0 is not 0 or more m"),
    ("facts", "nearest_id", 2, "cable:f7", "'cable:f7' is no feature of the plant"),
    ("facts", "nearest_id", 2, "f0", "'f0' is no feature of the plant"),
    ("facts", "nearest_id", 2, None, "stands without its nearest_m, or nearest_m without it"),
    ("facts", "rule", 2, "near", "'near' is not one of within"),
    ("facts", "kind", 2, "simulated+rumour", "is not kinds joined by +"),
    ("facts", "declared_status", 2, "yes", "'yes' is not one of covered"),
    ("facts", "evidence", 2, ["cable:f1", "cable:f7"], "names what is no feature of the plant and no unit"),
    ("facts", "evidence", 2, [None], "names what is no feature of the plant and no unit"),
    ("facts", "evidence", 2, None, "is null"),
    ("rollup", "unit_id", 2, "village:C0V0@2010", "does not lie above the level that is counted"),
    ("rollup", "unit_id", 2, "county:C7@2010", "is no unit of the table units"),
    ("rollup", "service", 2, "fiber", "is not one of fibre"),
    ("rollup", "operator", 2, "b", "is not one of *, a"),
    ("rollup", "level", 2, "hamlet", "is not one of county, village"),
    ("rollup", "basis", 2, "homes", "is not one of units, households, population, area"),
    ("rollup", "class", 2, "unknown", "the key (unit_id, service, operator, level, basis, class) stands in"),
    ("rollup", "class", 2, "city", "is not one of urban, town, rural, unknown, all"),
    ("rollup", "numerator", 2, 3.0, "3.0 is more than its denominator"),
    ("rollup", "unknown", 2, 1.5, "1.5 is more than its denominator less its numerator"),
    ("rollup", "denominator", 2, 0.0, "0.0 is not above 0"),
    ("rollup", "denominator", 2, None, "is null"),
    ("rollup", "share", 2, 0.4, "0.4 is not numerator / (denominator - unknown)"),
    ("rollup", "share", 2, None, "is not numerator / (denominator - unknown)"),
    ("rollup", "share_low", 2, 0.6, "0.6 is above share"),
    ("rollup", "share_high", 2, 0.4, "0.4 is below share"),
    ("rollup", "share_high", 2, 1.1, "1.1 is not 0 to 1"),
    ("scorecard", "unit_id", 1, "county:C7@2010", "is no unit of the table units"),
    ("scorecard", "target_id", 1, "some", "is not one of all, phones"),
    ("scorecard", "target_id", 2, "all", "the key (unit_id, target_id) stands in another row too"),
    ("scorecard", "indicator", 1, "", "is empty"),
    ("scorecard", "group", 1, None, "is null"),
    ("scorecard", "how", 1, "guessed", "is not one of computed, reported"),
    ("scorecard", "level", 1, "hamlet", "is not one of '', county, village"),
    ("scorecard", "level", 2, "village", "is empty in a computed row, or not in a reported one"),
    ("scorecard", "service", 1, "", "is empty in a computed row, or not in a reported one"),
    ("scorecard", "operator", 1, "", "is not one of *, a"),
    ("scorecard", "basis", 1, "homes", "is not one of units"),
    ("scorecard", "class", 1, "city", "is not one of urban"),
    ("scorecard", "verdict", 1, "reached", "is not one of met, missed, open"),
    ("scorecard", "numerator", 1, 2.5, "2.5 is more than its denominator"),
    ("scorecard", "unknown", 1, -1.0, "-1.0 is not 0 or more"),
    ("scorecard", "denominator", 1, -2.0, "is not above 0"),
    ("scorecard", "share", 1, 0.7, "0.7 is not numerator / (denominator - unknown)"),
    ("scorecard", "share", 2, -0.7, "-0.7 is not 0 to 1"),
    ("scorecard", "share_low", 1, 0.2, "0.2 is not numerator / denominator"),
    ("scorecard", "share_high", 1, 0.9, "0.9 is not (numerator + unknown) / denominator"),
    ("scorecard", "value", 1, float("inf"), "inf is no finite number"),
    ("scorecard", "unit", 1, "", "is empty"),
    ("scorecard", "threshold", 1, "most", "'most' is not a threshold"),
    ("scorecard", "due", 1, "2015-13-01", "'2015-13-01' is not a day YYYY-MM-DD"),
    ("scorecard", "shortfall", 1, -1.0, "is not 0 or more"),
    ("scorecard", "pace_needed", 1, -1.0, "is not 0 or more"),
    ("scorecard", "pace_seen", 1, float("-inf"), "-inf is no finite number"),
    ("scorecard", "value_date", 1, "30.6.2010", "is not a day YYYY-MM-DD"),
    ("scorecard", "source", 1, None, "is null"),
    ("scorecard", "value_source", 1, None, "is null"),
    ("quarantine", "source", 1, "", "is empty"),
    ("quarantine", "row", 1, None, "is null"),
    ("quarantine", "rule", 1, "bad", "'bad' is not the id of a rule"),
    ("quarantine", "message", 1, "", "is empty"),
    ("quarantine", "message_zh", 1, "", "is empty"),
    ("quarantine", "remedy", 1, "", "is empty"),
    ("quarantine", "remedy_zh", 1, "", "is empty"),
    ("quarantine", "as_it_came", 1, "f2;0 0", "is not a JSON object"),
    ("findings", "source", 1, "", "is empty"),
    ("findings", "row", 1, None, "is null"),
    ("findings", "rule", 1, "Bad.Rule", "is not the id of a rule"),
    ("findings", "action", 1, "mend", "is not one of reject, quarantine, repair, notice"),
    ("findings", "message", 1, "", "is empty"),
    ("findings", "message_zh", 1, None, "is null"),
    ("findings", "remedy", 1, "", "is empty"),
    ("findings", "remedy_zh", 1, "", "is empty"),
    ("plant/cable", "feature_id", 2, "wire:f1", "does not begin with 'cable:'"),
    ("plant/cable", "feature_id", 2, "cable:", "names no feature"),
    ("plant/cable", "feature_id", 2, "cable:f0", "the key (feature_id) stands in another row too"),
    ("plant/cable", "operator", 2, "b", "is not one of '', a"),
    ("plant/cable", "technology", 2, None, "is null"),
    ("plant/cable", "mbps", 2, -4.0, "is not 0 or more Mbps"),
    ("plant/cable", "reach_m", 2, -4.0, "is not 0 or more m"),
    ("plant/cable", "status", 2, None, "is null"),
    ("plant/cable", "geometry", 2, None, "is null"),
    ("plant/cable", "geometry", 2, shapely.to_wkb(shapely.LineString()), "is no WKB in longitude, latitude"),
]

#: Columns of which no single value is wrong, but another type is.
TYPED = {("plant/cable", "since"): pa.string(), ("plant/cable", "in_service"): pa.int64()}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("sound"))


def columns(table: str) -> list[str]:
    known = Known({}, (), (), (), (), None, {})
    layer = table.removeprefix("plant/")
    held = plant(layer, known) if table.startswith("plant/") else SCHEMAS[table](known, pd.DataFrame())
    return list(held.columns)


def test_a_sound_snapshot_has_no_misfit(sound: Path) -> None:
    assert verify(sound) == []
    assert misfits(sound) == []


def test_the_corpus_harms_every_column_of_every_table() -> None:
    harmed = {(t, c) for t, c, *_ in WRONG} | set(TYPED)
    assert harmed == {(t, c) for t in [*TABLES, "plant/cable"] for c in columns(t)}


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "what"), WRONG, ids=[f"{t}.{c}: {w[:30]}" for t, c, _, _, w in WRONG]
)
def test_a_wrong_cell_is_named_by_table_row_and_column_with_the_remedy(
    sound: Path, tmp_path: Path, table: str, column: str, row: int, value: Any, what: str
) -> None:
    harmed = forged(sound, tmp_path, table, cell(column, row, value))
    assert verify(harmed) == [], "the hashes tell nothing"
    mine = [
        m for m in misfits(harmed) if m.startswith(f"{table}, row {row} (") and f", column {column}: " in m
    ]
    assert [m for m in mine if what in m and m.endswith("run the region again.")], misfits(harmed)


@pytest.mark.parametrize("table", [*TABLES, "plant/cable"])
def test_every_missing_column_is_named(sound: Path, tmp_path: Path, table: str) -> None:
    first, *others = columns(table)
    told = misfits(forged(sound, tmp_path / "others", table, lambda t: t.select([first])))
    due = sorted(f"{table}, column {c}: is missing. Run the region again with this version." for c in others)
    assert [m for m in told if m.startswith(f"{table}, column")] == due[:SHOWN]
    told = misfits(forged(sound, tmp_path / "first", table, lambda t: t.drop_columns([first])))
    assert f"{table}, column {first}: is missing. Run the region again with this version." in told


@pytest.mark.parametrize("table", [*TABLES, "plant/cable"])
def test_every_column_of_another_type_is_named(sound: Path, tmp_path: Path, table: str) -> None:
    def days(rows: pa.Table) -> pa.Table:
        for column in columns(table):
            rows = retyped(column, TYPED.get((table, column), pa.date32()))(rows)
        return rows

    told = misfits(forged(sound, tmp_path, table, days))
    named = [m.split(": ")[0] for m in told if ": is " in m and ", not " in m]
    assert named == sorted(f"{table}, column {c}" for c in columns(table))[:SHOWN]


@pytest.mark.parametrize("table", [*TABLES, "plant/cable"])
def test_a_strange_column_is_named(sound: Path, tmp_path: Path, table: str) -> None:
    harmed = forged(sound, tmp_path, table, lambda t: t.append_column("more", pa.array(range(t.num_rows))))
    assert misfits(harmed) == [
        f"{table}, column more: no such column. Run the region again with this version."
    ]


def test_numbers_stored_as_a_dictionary_are_read_as_numbers(sound: Path, tmp_path: Path) -> None:
    """How a value is stored is no matter; what it is, is."""

    def encoded(table: pa.Table) -> pa.Table:
        at = table.column_names.index("share")
        return table.set_column(at, "share", table.column("share").dictionary_encode())

    assert misfits(forged(sound, tmp_path, "rollup", encoded)) == []


def test_a_dictionary_that_holds_a_word_twice_is_read(sound: Path, tmp_path: Path) -> None:
    def twice(table: pa.Table) -> pa.Table:
        words = pa.DictionaryArray.from_arrays(
            pa.array([0, 2] * 2, pa.int32()), ["covered", "covered", "uncovered"]
        )
        return table.set_column(table.column_names.index("status"), "status", words)

    assert misfits(forged(sound, tmp_path, "facts", twice)) == []


def test_the_first_faults_are_told_and_the_rest_counted(sound: Path, tmp_path: Path) -> None:
    def many(table: pa.Table) -> pa.Table:
        table = pa.concat_tables([table] * 20).combine_chunks()
        return table.set_column(0, "source", pa.array([""] * table.num_rows))

    told = misfits(forged(sound, tmp_path, "findings", many))
    assert len(told) == SHOWN + 1
    assert told[-1] == "… and 20 more."


@pytest.mark.parametrize("table", [*TABLES, "plant/cable"])
def test_what_is_no_table_or_not_there_is_named(sound: Path, tmp_path: Path, table: str) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "no" / "copy"))
    (copy / f"{table}.parquet").write_bytes(b"PAR1 no table")
    assert f"{table}: is no Parquet table. Run the region again with this version." in misfits(mended(copy))
    copy = Path(shutil.copytree(sound, tmp_path / "none" / "copy"))
    (copy / f"{table}.parquet").unlink()
    manifest = json.loads((copy / MANIFEST).read_bytes())
    del manifest["tables"][f"{table}.parquet"]
    (copy / MANIFEST).write_text(json.dumps(manifest))
    told = misfits(mended(copy))
    assert told if table == "units" or table in TABLES else told == []


def test_a_table_that_no_snapshot_has_and_other_rows_than_the_manifest_says_are_named(
    sound: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "copy"))
    shutil.copy(copy / "facts.parquet", copy / "more.parquet")
    manifest = json.loads((copy / MANIFEST).read_bytes())
    manifest["tables"]["more.parquet"] = {"rows": 4}
    manifest["tables"]["facts.parquet"]["rows"] = 5
    (copy / MANIFEST).write_text(json.dumps(manifest))
    assert [m.split(". ")[0] for m in misfits(mended(copy))] == [
        "more: no such table",
        "facts: holds 4 rows, not the 5 of manifest.json",
    ]


@pytest.mark.parametrize("key", ["levels", "layers", "services", "operators", "targets", "tables"])
@pytest.mark.parametrize("value", [None, [1], "x"])
def test_a_manifest_without_what_tables_are_held_against_is_told_not_a_crash(
    sound: Path, tmp_path: Path, key: str, value: Any
) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "copy"))
    manifest = json.loads((copy / MANIFEST).read_bytes())
    manifest[key] = value
    (copy / MANIFEST).write_text(json.dumps(manifest))
    (told,) = misfits(copy)
    assert told.startswith("manifest.json: lacks what the tables are held against")


def test_every_wrong_row_of_a_large_table_is_found_and_no_other(sound: Path, tmp_path: Path) -> None:
    """By a plain reckoning over random harm."""
    dice = np.random.default_rng(3)

    def harm(table: pa.Table) -> pa.Table:
        shares = dice.choice([0.0, 0.25, 1.0, -0.5, 1.5, NAN], size=4)
        return table.set_column(6, "share_area", pa.array(shares, from_pandas=True))

    for turn in range(6):
        harmed = forged(sound, tmp_path / str(turn), "facts", harm)
        shares = pq.read_table(harmed / "facts.parquet").column("share_area").to_pylist()
        due = [i for i, s in enumerate(shares, 1) if s is not None and not 0 <= s <= 1]
        assert [int(m.split("row ")[1].split(" ")[0]) for m in misfits(harmed)] == due


def test_the_verb_names_the_row_and_ends_with_1(sound: Path, tmp_path: Path) -> None:
    harmed = forged(sound, tmp_path, "facts", cell("status", 2, "coverd"))
    done = subprocess.run(
        [sys.executable, "-m", "geo", "verify", str(harmed)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert (
        "facts, row 2 (village:C0V1@2010, fibre, *), column status: 'coverd' is not one of covered"
        in done.stdout
    )


def test_a_changed_byte_is_told_before_any_table_is_read(sound: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(sound, tmp_path / "copy" / sound.name))
    (copy / "facts.parquet").write_bytes(b"PAR1")
    done = subprocess.run(
        [sys.executable, "-m", "geo", "verify", str(copy)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert {line.split(" (")[0] for line in done.stdout.splitlines()} == {"facts.parquet: was changed"}
