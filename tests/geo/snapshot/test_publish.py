"""Publishing: the same bytes twice, all or nothing at every fault, and two writers at once."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from geo.errors import SnapshotError
from geo.snapshot import list_snapshots, open_snapshot, publish, verify
from geo.snapshot.layout import SUMS, TEMPORARY
from tests.geo.snapshot.made import DAY, about, mixed, state, tables

PROJECT = Path(__file__).resolve().parents[3]


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_a_snapshot_holds_its_tables_and_a_manifest_with_their_hashes(tmp_path: Path) -> None:
    path = publish(tmp_path / "out", tables(7), about(7))
    opened = open_snapshot(tmp_path / "out")
    assert opened.path == path
    assert path.name.startswith(f"{DAY}-")
    assert opened.manifest["version"] == 7
    assert opened.manifest["tables"]["plant/nodes.parquet"]["rows"] == 50
    assert set(opened.frame("units")["version"]) == {7}
    assert verify(path) == []
    assert (tmp_path / "out" / "latest").readlink() == Path(path.name)


def test_the_sums_are_those_of_sha256sum(tmp_path: Path) -> None:
    path = publish(tmp_path, tables(), about())
    done = subprocess.run(
        ["sha256sum", "--check", SUMS], cwd=path, capture_output=True, text=True, check=True
    )
    assert done.stdout.count(": OK") == 4


def test_two_runs_over_the_same_tables_give_the_same_bytes_and_the_same_name(tmp_path: Path) -> None:
    first, second = (publish(tmp_path / d, tables(), about()) for d in ("one", "two"))
    assert first.name == second.name
    assert bytes_of(first) == bytes_of(second)


def test_publishing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    first = publish(tmp_path, tables(), about())
    before = {p: p.stat().st_mtime_ns for p in first.rglob("*")}
    assert publish(tmp_path, tables(), about()) == first
    assert {p: p.stat().st_mtime_ns for p in first.rglob("*")} == before
    assert state(tmp_path)["left"] == []


def test_the_same_again_is_refused_where_somebody_changed_what_is_there(tmp_path: Path) -> None:
    path = publish(tmp_path, tables(), about())
    (path / "facts.parquet").write_bytes(b"PAR1")
    with pytest.raises(SnapshotError, match=r"was changed since: facts\.parquet.*Move it away"):
        publish(tmp_path, tables(), about())
    assert state(tmp_path)["left"] == []


def test_another_state_is_a_snapshot_beside_the_first(tmp_path: Path) -> None:
    first, second = publish(tmp_path, tables(1), about(1)), publish(tmp_path, tables(2), about(2))
    assert [s.path for s in list_snapshots(tmp_path)] == sorted([first, second])
    assert open_snapshot(tmp_path).path == second


def test_a_table_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    opened = open_snapshot(publish(tmp_path, tables(), about()))
    with pytest.raises(SnapshotError, match="no table 'gaps'; there is facts, plant/nodes, units"):
        opened.frame("gaps")


@pytest.mark.parametrize(
    ("harm", "match"),
    [
        (lambda p: (p / "manifest.json").unlink(), "no snapshot here"),
        (lambda p: (p / "manifest.json").write_text("{"), "missing or cannot be read"),
        (lambda p: (p / "manifest.json").write_text("[1]"), "layout None"),
        (lambda p: (p / "manifest.json").write_text('{"layout": 99}'), "written in layout 99"),
        (lambda p: (p / "manifest.json").write_text('{"layout": 1}'), "not the one that was published"),
        (lambda p: (p / SUMS).unlink(), "not the one that was published"),
    ],
)
def test_a_damaged_manifest_is_refused_with_a_sentence(
    tmp_path: Path, harm: Callable[[Path], Any], match: str
) -> None:
    path = publish(tmp_path, tables(), about())
    harm(path)
    with pytest.raises(SnapshotError, match=match):
        open_snapshot(path)


@pytest.mark.parametrize("harm", [b"", b"PAR1", b"\x00" * 500])
def test_a_damaged_table_is_refused_with_a_sentence(tmp_path: Path, harm: bytes) -> None:
    path = publish(tmp_path, tables(), about())
    (path / "units.parquet").write_bytes(harm)
    with pytest.raises(SnapshotError, match=r"units\.parquet: cannot be read"):
        open_snapshot(path).frame("units")


def test_a_folder_without_snapshots_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="Make one with `cuntong run"):
        open_snapshot(tmp_path)
    assert list_snapshots(tmp_path) == []
    assert list_snapshots(tmp_path / "absent") == []


# ---------------------------------------------------------------- every write call fails in turn

#: Every call of the writer that touches the disk, as (holder, name).
CALLS: list[tuple[Any, str]] = [
    (os, "mkdir"),
    (os, "open"),
    (os, "fsync"),
    (os, "rename"),
    (os, "replace"),
    (os, "symlink"),
    (pq, "write_table"),
    (Path, "write_text"),
]


class Faulty:
    """Counts the writer's calls and lets one of them fail; a write that fails has written half."""

    def __init__(self, at: int, error: int) -> None:
        self.at, self.error, self.seen, self.failed = at, error, 0, ""

    def wrap(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def tried(*args: Any, **keywords: Any) -> Any:
            self.seen += 1
            if self.seen == self.at:
                self.failed = name
                if name in ("write_table", "write_text"):
                    Path(args[1] if name == "write_table" else args[0]).write_bytes(b"half")
                raise OSError(self.error, os.strerror(self.error))
            return call(*args, **keywords)

        return tried


def publish_with_fault(out: Path, faulty: Faulty) -> str:
    """Publish with one call failing; return what was said."""
    with pytest.MonkeyPatch.context() as patch:
        for holder, name in CALLS:
            patch.setattr(holder, name, faulty.wrap(name, getattr(holder, name)))
        try:
            publish(out, tables(2), about(2))
        except SnapshotError as refused:
            return str(refused)
        return ""


@pytest.mark.parametrize(
    ("error", "first"),
    [(errno.ENOSPC, True), (errno.ENOSPC, False), (errno.EIO, False)],
    ids=["disk full, no snapshot yet", "disk full", "disk broken"],
)
def test_every_write_call_that_fails_in_turn_leaves_the_old_state_and_says_so(
    tmp_path: Path, error: int, first: bool
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    if not first:
        publish(base, tables(1), about(1))
    before, dry = state(base), Faulty(-1, error)
    assert publish_with_fault(tmp_path / "dry", dry) == ""
    assert dry.seen > 25
    for at in range(1, dry.seen + 1):
        out, faulty = tmp_path / f"out{at}", Faulty(at, error)
        shutil.copytree(base, out, symlinks=True)
        said = publish_with_fault(out, faulty)
        if said == "":  # a folder that was there already need not be made
            assert faulty.failed == "mkdir"
            assert state(out)["latest"] == []
        else:
            assert os.strerror(error) in said, f"call {at}"
            assert state(out) == before, f"call {at}, {faulty.failed}: {said}"
            publish(out, tables(2), about(2))
        assert len(state(out)["listed"]) == (1 if first else 2)
        assert state(out)["left"] == []


def test_a_folder_that_may_not_be_written_is_refused_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(SnapshotError, match="out: a snapshot cannot be written here: File exists"):
        publish(tmp_path / "out", tables(), about())


def test_any_other_fault_leaves_nothing_either(tmp_path: Path) -> None:
    broken = {**tables(), "z": "no table"}
    with pytest.raises(AttributeError):
        publish(tmp_path, broken, about())  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


FILE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from geo.errors import SnapshotError
from geo.snapshot import publish
from tests.geo.snapshot.made import about, state, tables
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
out, good = Path(sys.argv[1]), tables(1, rows=20_000)
for bytes_ in (0, 1, 100, 1_000, 2_000, 5_000, 10_000, 50_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, resource.RLIM_INFINITY))
    try:
        publish(out, good, about(1))
        print("published", bytes_)
    except SnapshotError as refused:
        assert "File too large" in str(refused), refused
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert not any(out.iterdir()), list(out.iterdir())
publish(out, good, about(1))
assert state(out)["latest"] == []
"""


def test_the_kernel_refusing_the_nth_byte_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT, tmp_path], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


# ---------------------------------------------------------------- many at once


def test_two_publishers_of_one_state_at_once_agree_and_leave_nothing(tmp_path: Path) -> None:
    paths: list[Path] = []
    writers = [
        threading.Thread(target=lambda: paths.append(publish(tmp_path, tables(), about()))) for _ in range(6)
    ]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    assert len(paths) == 6
    assert len(set(paths)) == 1
    assert state(tmp_path) == {**state(tmp_path), "problems": [], "left": [], "strange": [], "latest": []}


def test_publishers_of_different_states_at_once_all_end_whole(tmp_path: Path) -> None:
    writers = [threading.Thread(target=publish, args=(tmp_path, tables(v), about(v))) for v in range(8)]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    seen = state(tmp_path)
    assert len(seen["listed"]) == 8
    assert (seen["problems"], seen["latest"], seen["left"]) == ([], [], [])


def test_a_reader_sees_only_whole_snapshots_while_others_publish(tmp_path: Path) -> None:
    publish(tmp_path, tables(0), about(0))
    stop, seen, wrong = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            opened = open_snapshot(tmp_path)
            version = opened.manifest["version"]
            held = {v for t in ("units", "facts", "plant/nodes") for v in opened.frame(t)["version"]}
            seen.add(version)
            if held != {version} or any(mixed(s.path) for s in list_snapshots(tmp_path)):
                wrong.append((version, held))

    reader = threading.Thread(target=read)
    reader.start()
    first = open_snapshot(tmp_path)
    for version in range(1, 25):
        publish(tmp_path, tables(version), about(version))
    stop.set()
    reader.join()
    assert wrong == []
    assert len(seen) > 1
    assert set(first.frame("facts")["version"]) == {0}  # opened before, still what it was


def test_a_writer_that_lives_is_not_swept_by_another(tmp_path: Path) -> None:
    """The second one begins while the first holds its folder open."""
    from geo.snapshot import write

    aside, held = write._begin(tmp_path)
    publish(tmp_path, tables(), about())
    assert aside.exists()
    os.close(held)
    publish(tmp_path, tables(1), about(1))
    assert not aside.exists()


def test_what_a_dead_writer_left_is_swept_whoever_has_its_number_now(tmp_path: Path) -> None:
    left = tmp_path / f"{TEMPORARY}{os.getpid()}-0000"  # the number of a process that runs: our own
    (left / "plant").mkdir(parents=True)
    (left / "plant" / "nodes.parquet").write_bytes(b"half")
    (tmp_path / f"{TEMPORARY}1-beef").symlink_to("nowhere")
    publish(tmp_path, tables(), about())
    assert state(tmp_path)["left"] == []
