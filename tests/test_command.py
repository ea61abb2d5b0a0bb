"""The command as a user meets it: exit codes, messages, what is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]


def cuntong(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "geo", *arguments]
    env = {**os.environ, "XDG_STATE_HOME": str(cwd / "state"), **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a snapshot of the demo."""
    folder = tmp_path_factory.mktemp("command")
    done = cuntong(
        "run", str(PROJECT / "data" / "changzhou.toml"), "--out", "snapshots", "--quiet", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).parent == Path("snapshots")
    assert (folder / done.stdout.strip() / "manifest.json").exists()
    return folder


def test_help_starts_without_the_heavy_libraries(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['cuntong', '--help']\n"
        "from geo.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'pandas', 'numba', 'shapely', 'geopandas', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "scorecard" in done.stdout


def test_a_wrong_region_file_tells_every_problem_at_once_and_ends_with_2(tmp_path: Path) -> None:
    text = (PROJECT / "data" / "rwanda.toml").read_text(encoding="utf-8")
    wrong = text.replace("[[layers]]\n", "[[layers]]\ngeometri = 1\n", 1).replace(
        'kind = "official"', 'kind = "offical"', 1
    )
    wrong = wrong.replace('service = "fibre_5km"', 'service = "fibre_5mk"')
    (tmp_path / "wrong.toml").write_text(wrong, encoding="utf-8")
    done = cuntong("run", "wrong.toml", cwd=tmp_path)
    assert done.returncode == 2
    for word in (
        "geometri",
        "did you mean 'geometry'",
        "offical",
        "did you mean 'official'",
        "fibre_5mk",
        "did you mean 'fibre_5km'",
    ):
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "snapshots").exists()


def test_a_source_that_is_not_shipped_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    done = cuntong("run", str(PROJECT / "data" / "rwanda.toml"), cwd=tmp_path, CUNTONG_DATA="")
    assert done.returncode == 2
    assert "WASAC/rw-admin-boundary" in done.stderr
    assert "--data" in done.stderr
    assert not (tmp_path / "snapshots").exists()


def test_a_fault_of_the_program_is_one_line_and_a_log_and_ends_with_3(tmp_path: Path) -> None:
    code = (
        "import sys, geo.region, geo.run\n"
        "def broken(*a, **k): raise ZeroDivisionError('boom')\n"
        "geo.run.run = broken\n"
        "sys.argv = ['cuntong', 'run', 'x.toml']\n"
        "from geo.__main__ import main\nmain()"
    )
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env, check=False
    )
    assert done.returncode == 3
    assert len(done.stderr.strip().splitlines()) == 1
    log = tmp_path / "cuntong" / "faults.log"
    assert str(log) in done.stderr
    assert "boom" in log.read_text(encoding="utf-8")


def test_an_interrupted_run_leaves_no_trace(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "geo",
        "run",
        str(PROJECT / "data" / "changzhou.toml"),
        "--out",
        "snapshots",
    ]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    time.sleep(2.5)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert "nothing was published" in said
    assert not (tmp_path / "snapshots").exists() or list((tmp_path / "snapshots").iterdir()) == []


def test_the_scorecard_reads_as_table_csv_and_json(published: Path) -> None:
    table = cuntong("scorecard", "snapshots", cwd=published)
    assert table.returncode == 0
    assert "SIMULATED" in table.stdout
    csv = cuntong("scorecard", "snapshots", "--level", "county", "--format", "csv", cwd=published)
    assert csv.stdout.splitlines()[0].startswith("unit_id,target_id")
    rows = json.loads(
        cuntong("scorecard", "snapshots", "--unit", "320481", "--format", "json", cwd=published).stdout
    )
    fibre = next(r for r in rows if r["target_id"] == "fibre_villages")
    assert fibre["denominator"] == 244
    assert fibre["share_low"] <= fibre["share"] <= fibre["share_high"]


def test_why_names_rule_distance_and_evidence_in_both_languages(published: Path) -> None:
    english = cuntong("why", "snapshots", "320481103204", "fibre", "--lang", "en", cwd=published)
    chinese = cuntong("why", "snapshots", "320481103204", "fibre", "--lang", "zh", cwd=published)
    for word in ("within", "500 m", "Nearest plant", "Evidence"):
        assert word in english.stdout
    assert "依据" in chinese.stdout or "证据" in chinese.stdout
    rows = json.loads(cuntong("why", "snapshots", "320481103204", "fibre", "--json", cwd=published).stdout)
    assert {r["operator"] for r in rows} == {"*", "telecom", "mobile", "unicom", "broadcast"}


def test_an_unknown_name_lists_the_nearest_and_ends_with_2(published: Path) -> None:
    unit = cuntong("why", "snapshots", "320481103299", "fibre", cwd=published)
    assert unit.returncode == 2
    assert "Nearest" in unit.stderr
    service = cuntong("why", "snapshots", "320481103204", "fiber", cwd=published)
    assert service.returncode == 2
    assert "broadband" in service.stderr


def test_check_of_the_demo_ends_with_1_and_writes_the_whole_list(published: Path) -> None:
    done = cuntong("check", str(PROJECT / "data" / "changzhou.toml"), "--out", "found.csv", cwd=published)
    assert done.returncode == 1
    assert "row set aside" in done.stdout
    listed = (published / "found.csv").read_text(encoding="utf-8-sig")
    assert "T-320412-90001" in listed
    strict = cuntong(
        "run", str(PROJECT / "data" / "changzhou.toml"), "--out", "again", "--strict", cwd=published
    )
    assert strict.returncode == 1, "rows were set aside"


def test_verify_finds_a_changed_byte(published: Path) -> None:
    assert cuntong("verify", "snapshots", cwd=published).returncode == 0
    table = published / "snapshots" / "latest" / "facts.parquet"
    whole = table.read_bytes()
    table.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    done = cuntong("verify", "snapshots", cwd=published)
    table.write_bytes(whole)
    assert done.returncode == 1
    assert "facts.parquet" in done.stdout
