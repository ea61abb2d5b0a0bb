"""Every verb on a small region on disk: exit codes, machines' output, and nothing left behind by what went wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import geo.run
from geo.__main__ import main
from geo.snapshot import list_snapshots, open_snapshot
from geo.snapshot.layout import sha256
from tests.geo.regions import write_region

PROJECT = Path(__file__).resolve().parents[1]

TARGETS = """
[[targets]]
id = "all"
name = { en = "all villages", zh = "全部行政村" }
service = "fibre"
level = "village"
threshold = 100
due = 2015-12-31
source = "plan, annex"
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cuntong(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Run the command in this process, its log of faults in the test's folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("NO_COLOR", "1")

    def ran(*words: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["cuntong", *map(str, words)])
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        else:
            code = 0
        text = capsys.readouterr()
        return Said(code, text.out, text.err)

    return ran


def cables(*lines: shapely.LineString) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": [f"f{i}" for i in range(len(lines))]}, geometry=list(lines), crs="OGC:CRS84"
    )


GOOD = shapely.LineString([(119.51, 31.51), (119.515, 31.515)])  # through the eastern village's middle
FAR = shapely.LineString([(0.0, 0.0), (0.01, 0.01)])  # off the coast of Africa


@pytest.fixture
def region(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    path = write_region(tmp_path / "in", cables(GOOD))
    path.write_text(path.read_text(encoding="utf-8") + TARGETS, encoding="utf-8")
    return path


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    path = write_region(tmp_path / "in", cables(GOOD, FAR))
    path.write_text(path.read_text(encoding="utf-8") + TARGETS, encoding="utf-8")
    return path


@pytest.fixture
def published(region: Path, tmp_path: Path, cuntong: Any) -> Path:
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 0, said
    return tmp_path / "out"


def test_run_prints_the_snapshots_path_and_nothing_else(region: Path, tmp_path: Path, cuntong: Any) -> None:
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert (said.code, said.err) == (0, "")
    assert Path(said.out.strip()) == open_snapshot(tmp_path / "out").path
    again = cuntong("run", region, "--out", tmp_path / "out", "--jobs", 1)
    assert again.out == said.out
    assert len(list_snapshots(tmp_path / "out")) == 1


def test_rows_set_aside_are_said_and_end_with_0_or_strictly_with_1(
    faulty: Path, tmp_path: Path, cuntong: Any
) -> None:
    said = cuntong("run", faulty, "--out", tmp_path / "out")
    assert said.code == 0
    assert "1 rows set aside" in said.err
    aside = open_snapshot(tmp_path / "out").frame("quarantine")
    assert len(aside) == 1
    assert "f1" in str(aside["as_it_came"].iloc[0])
    assert cuntong("run", faulty, "--out", tmp_path / "out", "--strict").code == 1
    assert cuntong("run", faulty, "--out", tmp_path / "out", "--quiet").err == ""


def test_check_ends_with_1_where_a_row_would_be_set_aside_and_with_0_where_none(
    region: Path, tmp_path: Path, cuntong: Any
) -> None:
    assert cuntong("check", region, "--out", "-").code == 0
    write_region(region.parent, cables(GOOD, FAR))
    said = cuntong("check", region, "--out", tmp_path / "list.csv", "--json")
    assert said.code == 1
    found = json.loads(said.out)
    assert [f["action"] for f in found if f["action"] in ("reject", "quarantine")] == ["quarantine"]
    assert all(f["message"] and f["remedy"] and f["message_zh"] and f["remedy_zh"] for f in found)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "list.csv").read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(found)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "absent.toml"), "absent.toml: there is no such region file"),
        (("check", "absent.toml"), "absent.toml: there is no such region file"),
        (("scorecard", "absent"), "absent: no snapshot here"),
        (("why", "absent", "V", "fibre"), "absent: no snapshot here"),
        (("verify", "absent"), "absent: no snapshot"),
        (("run",), "Missing argument"),
        (("fly",), "No such command"),
        (("run", "x.toml", "--as-of", "yesterday"), "--as-of"),
        (("run", "x.toml", "--jobs", "0"), "--jobs"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else "",
)
def test_wrong_use_is_said_in_one_message_and_ends_with_2(
    words: tuple[str, ...], said: str, cuntong: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen = cuntong(*words)
    assert seen.code == 2
    assert said in seen.err
    assert "Traceback" not in seen.out + seen.err
    assert not (tmp_path / "state").exists()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_source_ends_with_2_and_publishes_nothing(
    region: Path, tmp_path: Path, cuntong: Any
) -> None:
    (region.parent / "villages.geojson").unlink()
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 2
    assert "source 'villages': villages.geojson is missing" in said.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("stage", ["prepare", "cover", "roll_up", "scorecard", "_tables"])
def test_a_fault_of_the_program_at_any_stage_is_one_line_and_a_log_and_ends_with_3(
    stage: str, region: Path, tmp_path: Path, cuntong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the hidden reason")

    monkeypatch.setattr(geo.run, stage, broken)
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 3
    assert said.err.count("\n") == 1
    assert "a fault of the program (ZeroDivisionError)" in said.err
    assert "the hidden reason" not in said.err
    log = tmp_path / "state" / "cuntong" / "faults.log"
    assert str(log) in said.err
    assert "the hidden reason" in log.read_text(encoding="utf-8")
    assert not list_snapshots(tmp_path / "out")


@pytest.mark.parametrize("stage", ["prepare", "cover", "roll_up", "publish"])
def test_an_interrupt_at_any_stage_leaves_no_trace(
    stage: str, region: Path, tmp_path: Path, cuntong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(geo.run, stage, stopped)
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 130
    assert "Interrupted: nothing was published." in said.err
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []
    assert not (tmp_path / "state").exists()


def test_an_interrupt_while_tables_are_written_leaves_no_trace(
    region: Path, tmp_path: Path, cuntong: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow.parquet as pq

    written, calls = pq.write_table, []

    def third(*args: Any, **keywords: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        written(*args, **keywords)

    monkeypatch.setattr(pq, "write_table", third)
    assert cuntong("run", region, "--out", tmp_path / "out").code == 130
    assert list((tmp_path / "out").iterdir()) == []


def test_the_scorecard_is_the_same_as_table_csv_and_json(published: Path, cuntong: Any) -> None:
    table = cuntong("scorecard", published, "--lang", "en")
    assert table.code == 0
    assert "/ 2" in table.out
    assert "50.00 %" in table.out
    assert "all villages" in table.out
    (row,) = csv.DictReader(io.StringIO(cuntong("scorecard", published, "--format", "csv").out))
    (same,) = json.loads(cuntong("scorecard", published, "--format", "json").out)
    for name in ("unit_id", "target_id", "verdict", "source", "threshold"):
        assert row[name] == same[name], name
    for name in ("numerator", "denominator", "share_low", "shortfall", "pace_needed"):
        assert float(row[name]) == pytest.approx(same[name]), name
    assert (same["numerator"], same["denominator"], same["verdict"]) == (1.0, 2.0, "missed")
    assert same["pace_seen"] is None
    assert "全部行政村" in cuntong("scorecard", published, "--lang", "zh").out


def test_csv_holds_nothing_that_a_spreadsheet_would_run(region: Path, tmp_path: Path, cuntong: Any) -> None:
    text = region.read_text(encoding="utf-8").replace("plan, annex", "=HYPERLINK(0)")
    region.write_text(text, encoding="utf-8")
    assert cuntong("run", region, "--out", tmp_path / "out").code == 0
    (row,) = csv.DictReader(io.StringIO(cuntong("scorecard", tmp_path / "out", "--format", "csv").out))
    assert row["source"] == "'=HYPERLINK(0)"


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("scorecard", "--unit", "C00"), "C0"),
        (("scorecard", "--unit", "county:C0@2011"), "no unit"),
        (("scorecard", "--level", "counties"), "county"),
        (("scorecard", "--target", "al"), "all"),
        (("why", "eest", "fibre"), "east"),
        (("why", "C0V1", "fiber"), "fibre"),
        (("why", "C0", "fibre"), "village"),
    ],
    ids=str,
)
def test_an_unknown_name_is_said_with_the_nearest_and_ends_with_2(
    words: tuple[str, ...], nearest: str, published: Path, cuntong: Any
) -> None:
    said = cuntong(words[0], published, *words[1:])
    assert said.code == 2
    assert nearest in said.err
    assert said.out == ""


def test_why_tells_machines_the_whole_fact(published: Path, cuntong: Any) -> None:
    said = cuntong("why", published, "east", "fibre", "--json")
    facts = json.loads(said.out)
    assert [f["operator"] for f in facts] == ["*", "a"]
    assert {f["status"] for f in facts} == {"covered"}
    assert facts[1]["evidence"] == ["cable:f0"]
    assert facts[1]["because"]
    assert facts[1]["share_area"] is None
    (west,) = [
        f
        for f in json.loads(cuntong("why", published, "C0V1", "fibre", "--json").out)
        if f["operator"] == "a"
    ]
    assert west["status"] == "uncovered"
    assert west["nearest_m"] > 500


def test_verify_ends_with_0_or_with_1_and_names_what_was_changed(published: Path, cuntong: Any) -> None:
    said = cuntong("verify", published)
    assert said.code == 0
    assert "every byte is as published, every table is as its schema says" in said.out
    table = open_snapshot(published).path / "facts.parquet"
    table.write_bytes(table.read_bytes()[:-1])
    said = cuntong("verify", published)
    assert said.code == 1
    assert "facts.parquet: was changed" in said.out


def test_list_names_the_snapshots_and_says_where_there_are_none(
    published: Path, tmp_path: Path, cuntong: Any
) -> None:
    assert open_snapshot(published).name in cuntong("list", published).out
    said = cuntong("list", tmp_path / "empty")
    assert (said.code, said.out) == (0, "")
    assert "No snapshots in" in said.err


@pytest.mark.parametrize(
    ("harm", "todo"),
    [
        (lambda text: text[: len(text) // 2], "cannot be read. Run `cuntong verify` on it, move it away"),
        (lambda text: text.replace('"made"', '"Made"'), "Run `cuntong verify`"),
        (lambda text: f"[{text}]", "Run it again"),
        (lambda text: text.replace('"layout": 1', '"layout": 99'), "this version reads 1. Run it again"),
    ],
    ids=["cut", "changed", "no manifest", "of another layout"],
)
def test_list_names_the_others_where_one_is_damaged_and_says_what_to_do(
    harm: Callable[[str], str], todo: str, region: Path, published: Path, cuntong: Any
) -> None:
    sound = open_snapshot(published)
    assert cuntong("run", region, "--out", published, "--as-of", "2009-12-31").code == 0
    damaged = next(s for s in list_snapshots(published) if s.name != sound.name)
    manifest = damaged.path / "manifest.json"
    manifest.write_text(harm(manifest.read_text(encoding="utf-8")), encoding="utf-8")
    said = cuntong("list", published)
    assert said.out.splitlines() == [f"{sound.name}  made"]
    assert damaged.name in said.err
    assert todo in said.err
    assert "Traceback" not in said.err
    assert said.code == 1


def test_list_takes_a_manifest_without_a_name_for_damaged_though_its_hash_is_right(
    published: Path, cuntong: Any
) -> None:
    folder = open_snapshot(published).path
    manifest = folder / "manifest.json"
    old = sha256(manifest)
    manifest.write_text(json.dumps({"layout": 1, "as_of": "2010-12-31"}), encoding="utf-8")
    sums = folder / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(old, sha256(manifest)))
    said = cuntong("list", published)
    assert (said.code, said.out) == (1, "")
    assert folder.name in said.err


def test_the_pace_seen_is_told_against_an_earlier_day(region: Path, tmp_path: Path, cuntong: Any) -> None:
    early = tmp_path / "early"
    assert cuntong("run", region, "--out", early, "--as-of", "2009-12-31").code == 0
    west = shapely.LineString([(119.51, 31.51), (119.545, 31.515)])
    write_region(region.parent, cables(west))
    region.write_text(region.read_text(encoding="utf-8") + TARGETS, encoding="utf-8")
    assert cuntong("run", region, "--out", tmp_path / "late", "--since", early).code == 0
    (row,) = json.loads(cuntong("scorecard", tmp_path / "late", "--format", "json").out)
    assert row["numerator"] == 2
    assert row["pace_seen"] == pytest.approx(1 / (365 / (146_097 / 4_800)))
    assert row["verdict"] == "met"


def test_a_refused_layer_makes_its_service_unknown_and_the_run_goes_on(
    region: Path, tmp_path: Path, cuntong: Any
) -> None:
    (region.parent / "plant.geojson").write_text("{ not json", encoding="utf-8")
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 0, said
    (row,) = json.loads(cuntong("scorecard", tmp_path / "out", "--format", "json").out)
    assert (row["verdict"], row["numerator"], row["unknown"], row["denominator"]) == ("open", 0.0, 2.0, 2.0)


def test_a_refused_input_changes_nothing_in_its_folder(region: Path, tmp_path: Path, cuntong: Any) -> None:
    (region.parent / "villages.geojson").write_bytes(b"\x00\x01 no map")
    before = {p: p.read_bytes() for p in region.parent.iterdir()}
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 2
    assert "villages" in said.err
    assert {p: p.read_bytes() for p in region.parent.iterdir()} == before
    assert not (tmp_path / "out").exists()


def test_a_reader_that_goes_away_is_no_fault(published: Path) -> None:
    """`cuntong scorecard … | head -0`: the pipe is closed before anything is printed."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "geo", "scorecard", str(published), "--format", "json"],
        cwd=PROJECT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
    assert "fault" not in done.stderr


def test_units_without_a_known_parent_are_said_and_stand_in_no_sum_unseen(
    region: Path, tmp_path: Path, cuntong: Any
) -> None:
    """A village whose county is not there must not vanish from the figures without a word."""
    frame = gpd.read_file(region.parent / "villages.geojson")
    frame.loc[1, "parent"] = "C9"
    frame.to_file(region.parent / "villages.geojson", driver="GeoJSON")
    said = cuntong("check", region, "--out", "-", "--json")
    assert said.code == 1
    assert any("C9" in f["message"] for f in json.loads(said.out))


def test_a_level_of_several_parents_must_say_which(region: Path, tmp_path: Path, cuntong: Any) -> None:
    """Two counties, and villages that name neither a parent's column nor its digits."""
    pd.DataFrame({"code": ["C0", "C1"], "name": ["county", "other"]}).to_csv(
        region.parent / "counties.csv", index=False
    )
    text = region.read_text(encoding="utf-8").replace('parent = "parent"\n', "")
    region.write_text(text, encoding="utf-8")
    said = cuntong("run", region, "--out", tmp_path / "out")
    assert said.code == 2, said
    assert "village" in said.err
    assert "parent" in said.err
