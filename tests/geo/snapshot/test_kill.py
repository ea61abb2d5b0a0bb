"""Kill -9 of a writer, after each of its calls and at random times: a reader never sees half a snapshot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from geo.snapshot import list_snapshots, open_snapshot, publish
from tests.geo.snapshot.made import about, state, tables

PROJECT = Path(__file__).resolve().parents[3]


def killed(out: Path, *how: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.geo.snapshot.nursery", str(out), *how],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def assert_whole(seen: dict[str, Any]) -> None:
    assert seen["problems"] == [], seen
    assert seen["strange"] == [], seen
    assert seen["latest"] in (None, []), seen
    assert seen["link"] is None or seen["link"] in seen["listed"], seen
    assert len(seen["left"]) <= 2, seen  # this writer's folder and link: an earlier one's were swept


@pytest.mark.parametrize("before", [False, True], ids=["an empty folder", "a folder with a snapshot"])
def test_a_writer_killed_after_any_of_its_calls_leaves_whole_snapshots_only(
    tmp_path: Path, before: bool
) -> None:
    if before:
        publish(tmp_path, tables(0), about(0))
    seen = killed(tmp_path, "calls")
    assert len(seen) > 40
    assert [s["killed"] for s in seen] == [True] * (len(seen) - 1) + [False]
    for s in seen:
        assert_whole(s)
        assert s["latest"] == [] or not before
    assert any(s["left"] for s in seen)
    assert seen[-1]["left"] == []
    assert seen[-1]["link"] in seen[-1]["listed"]


def test_forty_writers_killed_at_random_times_leave_whole_snapshots_only(tmp_path: Path) -> None:
    seen = killed(tmp_path, "times", "40")
    assert len(seen) == 40
    for s in seen:
        assert_whole(s)
        assert s["latest"] == []
    assert sum(s["killed"] for s in seen) > 10, (
        "most are killed before they are done, however busy the machine"
    )
    publish(tmp_path, tables(99), about(99))
    assert state(tmp_path)["left"] == []
    assert open_snapshot(tmp_path).manifest["version"] == 99
    assert len(list_snapshots(tmp_path)) == len(seen[-1]["listed"]) + 1
