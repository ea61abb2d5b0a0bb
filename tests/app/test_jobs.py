"""Jobs: children with a state file; few at once; cancelled, late, greedy or broken ones leave nothing behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import app.jobs
from app.jobs import ROOTS, UPLOAD, WORK, Busy, Job, Jobs, State, read_state, write_state
from app.work import ASIDE, FINDINGS
from geo.checkfile import check_file
from geo.quarantine import findings_table
from geo.run import check_region
from geo.snapshot import list_snapshots
from geo.terms import Role
from tests.geo.regions import write_region

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "jobs").mkdir()
    made = Jobs(tmp_path / "jobs")
    yield made
    made.close()
    assert list((tmp_path / "jobs").iterdir()) == []


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let children be another program, in place of `app.work`."""

    def be(program: str = "import time; time.sleep(60)") -> None:
        def spawned(job: Job) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-c", program, str(job.folder), job.out]
            return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

        monkeypatch.setattr(app.jobs, "_spawned", spawned)

    return be


def bundle(folder: Path, *lines: shapely.LineString) -> Path:
    """A zip of a small region; the given cables are its plant."""
    source = folder / "region"
    source.mkdir()
    frame = gpd.GeoDataFrame(
        {"id": [f"f{i}" for i in range(len(lines))]}, geometry=list(lines), crs="OGC:CRS84"
    )
    write_region(source, frame)
    with zipfile.ZipFile(folder / "b.zip", "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(source.iterdir()):
            out.write(path, path.name)
    return folder / "b.zip"


GOOD = shapely.LineString([(119.51, 31.51), (119.515, 31.515)])
FAR = shapely.LineString([(0.0, 0.0), (0.01, 0.01)])


def placed(path: Path) -> Callable[[Path], object]:
    return lambda folder: (folder / path.name).write_bytes(path.read_bytes())


def nothing(folder: Path) -> None:
    (folder / "x.csv").write_text("a\n1\n")


def begin(jobs: Jobs, owner: str = "me", **more: object) -> Job:
    return jobs.start("check", owner=owner, name="x.csv", place=nothing, **more)  # type: ignore[arg-type]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_region_is_checked_as_the_command_checks_it(jobs: Jobs, tmp_path: Path) -> None:
    upload = bundle(tmp_path, GOOD, FAR)
    job = jobs.start("check", owner="me", name="b.zip", place=placed(upload))
    state = jobs.wait(job)
    assert state.phase == "done", state
    told = pd.read_parquet(job.folder / FINDINGS)
    region = next((tmp_path / "region").glob("*.toml"))
    due = findings_table(check_region(region))
    assert told.astype(str).to_dict("records") == due.astype(str).to_dict("records")
    assert len(told)
    aside = pd.read_parquet(job.folder / ASIDE)
    assert "f1" in aside["as_it_came"].iloc[0]
    assert state.result["totals"]["quarantine"] == 1
    assert state.result["runnable"]
    assert not (job.folder / WORK).exists(), "what was unpacked is gone"
    assert (job.folder / UPLOAD / "b.zip").exists(), "the upload waits to be run"


def test_a_file_is_checked_as_the_command_checks_it_and_is_deleted_then(jobs: Jobs, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("code,name,lon,lat\n01,a,119.5,31.5\n02,b,0,0\n02,c,119.6,31.6\n", encoding="utf-8")
    job = jobs.start("check", owner="me", name=path.name, place=placed(path), asked={"role": "points"})
    state = jobs.wait(job)
    assert state.phase == "done", state
    due = findings_table(check_file(path, role=Role.POINTS).findings)
    told = pd.read_parquet(job.folder / FINDINGS)
    assert told.astype(str).to_dict("records") == due.astype(str).to_dict("records")
    assert not (job.folder / UPLOAD).exists()


def test_a_run_publishes_one_snapshot_and_says_its_name(jobs: Jobs, tmp_path: Path) -> None:
    upload, out = bundle(tmp_path, GOOD), tmp_path / "out"
    job = jobs.start("run", owner="me", name="b.zip", place=placed(upload), out=out)
    state = jobs.wait(job)
    assert state.phase == "done", state
    assert [s.name for s in list_snapshots(out)] == [state.result["snapshot"]]
    assert [p.name for p in out.iterdir() if p.name.startswith(".tmp")] == []


def test_a_region_with_mistakes_is_refused_with_all_of_them(jobs: Jobs, tmp_path: Path) -> None:
    path = tmp_path / "region.toml"
    path.write_text("name = 'x'\nas_off = 1\n", encoding="utf-8")
    job = jobs.start("check", owner="me", name=path.name, place=placed(path))
    state = jobs.wait(job)
    assert state.phase == "refused"
    assert len(state.result["lines"]) > 1
    assert any("as_off" in line for line in state.result["lines"])


def test_a_region_may_not_name_what_lies_outside_the_bundle(jobs: Jobs, tmp_path: Path) -> None:
    bundle(tmp_path, GOOD)
    region = next((tmp_path / "region").glob("*.toml"))
    (tmp_path / "secret.csv").write_text("code,name\nC0,CANARY\n")
    for path in ("../secret.csv", str(tmp_path / "secret.csv")):
        text = region.read_text(encoding="utf-8").replace("counties.csv", path)
        with zipfile.ZipFile(tmp_path / "c.zip", "w") as out:
            out.writestr("region.toml", text)
            for file in (tmp_path / "region").iterdir():
                if file.suffix != ".toml":
                    out.write(file, file.name)
        job = jobs.start("check", owner="me", name="c.zip", place=placed(tmp_path / "c.zip"))
        state = jobs.wait(job)
        assert state.phase == "refused", state
        assert "leaves its folder" in state.result["lines"][0]
        assert "CANARY" not in json.dumps(dict(state.result))


def test_one_runs_for_a_reader_and_two_on_the_server(jobs: Jobs, sleeping: Callable[..., None]) -> None:
    sleeping()
    first = begin(jobs, "a")
    with pytest.raises(Busy, match="own"):
        begin(jobs, "a")
    begin(jobs, "b")
    with pytest.raises(Busy, match="server"):
        begin(jobs, "c")
    jobs.cancel(first)
    assert jobs.wait(first).phase == "cancelled"
    begin(jobs, "c")


def test_a_reader_sees_the_own_jobs_only(jobs: Jobs, sleeping: Callable[..., None]) -> None:
    sleeping("pass")
    mine, other = begin(jobs, "a"), begin(jobs, "b")
    assert [j.id for j in jobs.of("a")] == [mine.id]
    assert jobs.job(other.id, "a") is None
    assert jobs.job(mine.id, "a") == mine


def test_to_cancel_ends_that_process_and_removes_what_it_worked_with(
    jobs: Jobs, sleeping: Callable[..., None]
) -> None:
    sleeping()
    job, bystander = begin(jobs, "a"), begin(jobs, "b")
    pid, other = (jobs._children[j.id].process.pid for j in (job, bystander))
    jobs.cancel(job)
    state = jobs.wait(job)
    assert (state.phase, state.why) == ("cancelled", "cancelled")
    assert state.ended > 0
    assert not is_alive(pid)
    assert is_alive(other)
    assert sorted(p.name for p in job.folder.iterdir()) == ["asked.json", "state.json"]


def test_what_does_not_listen_is_ended_by_force(
    jobs: Jobs, sleeping: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.jobs, "GRACE_S", 0.3)
    sleeping("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x'); time.sleep(60)")
    job = begin(jobs)
    time.sleep(0.5)
    jobs.cancel(job)
    assert jobs.wait(job, 10).phase == "cancelled"


def test_what_takes_too_long_is_ended_and_says_so(jobs: Jobs, sleeping: Callable[..., None]) -> None:
    sleeping()
    job = begin(jobs, limit_s=0.2)
    assert (jobs.wait(job, 10).phase, jobs.state(job).why) == ("failed", "time")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("raise SystemExit(3)", "fault"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)", "time"),
        ("pass", "fault"),
    ],
)
def test_a_child_that_ends_without_a_word_has_failed(
    jobs: Jobs, sleeping: Callable[..., None], program: str, why: str
) -> None:
    sleeping("import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); " + program)
    job = begin(jobs)
    state = jobs.wait(job, 20)
    assert (state.phase, state.why) == ("failed", why)


def test_half_a_snapshot_is_swept_when_its_writer_was_ended_by_force(
    jobs: Jobs, sleeping: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.jobs, "GRACE_S", 0.2)
    (tmp_path / "out").mkdir()
    sleeping(
        "import signal, sys, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "half = pathlib.Path(sys.argv[2]) / '.tmp-1-abc'; half.mkdir(); (half / 'x').write_text('x');"
        "time.sleep(60)"
    )
    job = jobs.start("run", owner="me", name="x", place=nothing, out=tmp_path / "out")
    while not (tmp_path / "out" / ".tmp-1-abc" / "x").exists():
        time.sleep(0.05)
    jobs.cancel(job)
    assert jobs.wait(job, 10).phase == "cancelled"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_real_run_that_is_cancelled_leaves_no_snapshot(jobs: Jobs, tmp_path: Path) -> None:
    out = tmp_path / "out"
    job = jobs.start("run", owner="me", name="b.zip", place=placed(bundle(tmp_path, GOOD)), out=out)
    while not (state := jobs.state(job)).stage and state.phase == "running":
        time.sleep(0.01)
    jobs.cancel(job)
    assert jobs.wait(job).phase == "cancelled"
    assert not out.exists() or list(out.iterdir()) == []


def test_a_child_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time, app.jobs as j; from pathlib import Path\n"
        "jobs = j.Jobs(Path(sys.argv[1]))\n"
        "job = jobs.start('check', owner='a', name='x', place=lambda f: (f / 'x.csv').write_text('a'))\n"
        "print(jobs._children[job.id].process.pid, flush=True); time.sleep(60)\n"
    )
    work = "import app.work, time; app.work.check = lambda *_: time.sleep(60); app.work.main(__import__('sys').argv[1:])"
    program = program.replace(
        "jobs = j",
        "import subprocess\nj._spawned = lambda job: subprocess.Popen([sys.executable, '-c', "
        f"{work!r}, 'check', str(job.folder)], stdin=subprocess.PIPE, start_new_session=True)\njobs = j",
    )
    server = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert server.stdout
    pid = int(server.stdout.readline())
    time.sleep(1.5)
    assert is_alive(pid)
    server.kill()
    server.wait()
    server.stdout.close()
    until = time.monotonic() + 15
    while is_alive(pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not is_alive(pid)


@pytest.mark.parametrize(
    ("limits", "work", "why"),
    [
        ("w.FILE_MEMORY = 300 * 2**20", "bytearray(2**30)", "memory"),
        ("w.FILE_CPU_S = 1", "[0 for _ in iter(int, 1)]", "time"),
    ],
)
def test_a_child_is_held_to_its_limits(
    jobs: Jobs, sleeping: Callable[..., None], limits: str, work: str, why: str
) -> None:
    sleeping(
        f"import sys, app.work as w; {limits}\nw.check = lambda *_: {work}\nw.main(['check', sys.argv[1]])"
    )
    job = begin(jobs)
    assert (jobs.wait(job).phase, jobs.state(job).why) == ("failed", why)


def test_a_fault_of_the_program_goes_to_the_log_and_not_to_the_reader(
    jobs: Jobs, sleeping: Callable[..., None], tmp_path: Path
) -> None:
    sleeping("import sys, app.work as w; w.check = lambda *_: 1 / 0\nw.main(['check', sys.argv[1]])")
    job = begin(jobs)
    state = jobs.wait(job)
    assert (state.phase, state.why, dict(state.result)) == ("failed", "fault", {})
    assert "ZeroDivisionError" in (tmp_path / "state" / "cuntong" / "faults.log").read_text()


def test_finished_ones_are_kept_few_and_not_for_ever(
    jobs: Jobs, sleeping: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeping("pass")
    monkeypatch.setattr(app.jobs, "KEPT_PER_OWNER", 2)
    made = []
    for _ in range(4):
        made.append(begin(jobs))
        jobs.wait(made[-1])
    assert [j.id for j in jobs.of("me")] == [made[3].id, made[2].id]
    assert not made[0].folder.exists()
    monkeypatch.setattr(app.jobs, "KEPT_S", -1.0)
    assert jobs.of("me") == []


def test_an_input_that_cannot_be_placed_starts_nothing(jobs: Jobs) -> None:
    def fails(folder: Path) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        jobs.start("check", owner="me", name="x", place=fails)
    assert jobs.of("me") == []
    assert list(jobs.root.iterdir()) == []


def test_folders_of_dead_servers_are_swept_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    dead, foreign = tmp_path / f"{ROOTS}dead", tmp_path / "other"
    for folder in (dead, foreign):
        folder.mkdir()
        (folder / "x").write_text("x")
    os.utime(dead, (1, 1))
    living = Jobs(tmp_path)
    os.utime(living.root, (1, 1))
    second = Jobs(tmp_path)
    assert not dead.exists()
    assert foreign.exists()
    assert living.root.exists()
    living.close()
    second.close()


def test_a_state_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    assert read_state(tmp_path) is None
    write_state(tmp_path, State(stage="村", step=1, steps=4))
    assert read_state(tmp_path) == State(stage="村", step=1, steps=4)
    assert State(step=1, steps=4).share == 0.25
    (tmp_path / "state.json").write_text('{"phase": "do')
    assert read_state(tmp_path) is None


def test_signals_go_nowhere_once_a_child_is_reaped(jobs: Jobs, sleeping: Callable[..., None]) -> None:
    sleeping("pass")
    job = begin(jobs)
    jobs.wait(job)
    jobs.cancel(job)
    assert jobs.state(job).why != "cancelled"
