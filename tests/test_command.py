"""The command in a process of its own, on the shipped regions; every verb on a small one: tests/test_verbs.py."""

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

#: One worker runs these: the demo is run once.
pytestmark = pytest.mark.xdist_group("command")


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


def test_the_demo_is_said_to_be_simulated_and_its_villages_are_counted(published: Path) -> None:
    table = cuntong("scorecard", "snapshots", cwd=published)
    assert table.returncode == 0
    assert "SIMULATED" in table.stdout
    told = cuntong("scorecard", "snapshots", "--unit", "320481", "--format", "json", cwd=published).stdout
    fibre = next(r for r in json.loads(told) if r["target_id"] == "fibre_villages")
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
