"""Jobs: long work in child processes, each with a folder and a state file, so that a page may come and go.

A child is started without a shell, in its own process group and with low priority (`app.work`). It writes its
stage into `state.json`; its standard input is a pipe that closes when the server is gone, and then it ends.
Whoever asked for it may cancel it: that group is ended by the number of its own process, nothing else.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from geo.errors import UsageError
from geo.snapshot.write import sweep

#: At most so many run at once for one reader, and on the server.
PER_OWNER, PER_SERVER = 1, 2
#: So many finished ones are kept for one reader and on the server, so many seconds.
KEPT_PER_OWNER, KEPT, KEPT_S = 6, 20, 24 * 3600.0
#: Seconds between the request to end and the end by force; between two looks at a child.
GRACE_S, LOOK_S = 5.0, 0.1

ROOTS = "cuntong-jobs-"
STATE, ASKED, WORK, UPLOAD = "state.json", "asked.json", "work", "upload"

#: Phases of a job; all but the first are its end.
RUNNING, DONE, REFUSED, FAILED, CANCELLED = "running", "done", "refused", "failed", "cancelled"

#: What ends a job from outside, or breaks it.
TIME, MEMORY, FAULT = "time", "memory", "fault"


class Busy(UsageError):
    """Too many jobs run; `whose` is "own" or "server"."""

    def __init__(self, whose: str) -> None:
        self.whose = whose
        super().__init__(f"too many jobs run ({whose}): wait until one ends, or cancel it.")


@dataclass(frozen=True)
class Job:
    """A piece of long work.

    Attributes
    ----------
    verb
        "check" or "run".
    owner
        Who asked for it.
    name
        Name of the file that it is about, as the reader gave it: text of strangers.
    started
        Seconds of the epoch.
    out
        Folder of snapshots that it writes into, "" for none.
    """

    id: str
    folder: Path
    verb: str
    owner: str
    name: str
    started: float
    out: str = ""


@dataclass(frozen=True)
class State:
    """Where a job is: its phase, stage, step of steps, and what came of it."""

    phase: str = RUNNING
    stage: str = ""
    step: int = 0
    steps: int = 0
    ended: float = 0.0
    why: str = ""
    result: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Return how far it is, 0 to 1."""
        return min(self.step / self.steps, 1.0) if self.steps else 0.0


@dataclass
class _Child:
    """A running child: when it must be over, why it is being ended, and when by force."""

    process: subprocess.Popen[bytes]
    deadline: float
    why: str = ""
    force_at: float = float("inf")


class Jobs:
    """The jobs of one server, in a private folder that goes with it."""

    def __init__(self, root: Path | None = None) -> None:
        """Take a private folder; clear away those of servers that are gone."""
        base = root or Path(tempfile.gettempdir())
        _sweep_roots(base)
        self.root = Path(tempfile.mkdtemp(prefix=ROOTS, dir=base))
        self._held = os.open(self.root, os.O_RDONLY)
        with contextlib.suppress(OSError):
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._jobs: dict[str, Job] = {}
        self._children: dict[str, _Child] = {}
        self._lock = threading.RLock()
        self._closed = False

    def start(
        self,
        verb: str,
        *,
        owner: str,
        name: str,
        place: Callable[[Path], object],
        asked: Mapping[str, Any] | None = None,
        out: Path | None = None,
        limit_s: float = 600.0,
    ) -> Job:
        """Start a job and return it.

        Parameters
        ----------
        place
            Puts the input into the folder that it is given.
        asked
            What the child is told besides, as JSON.
        out
            Folder of snapshots that it writes into.
        limit_s
            Seconds after which it is ended.

        Raises
        ------
        Busy
            As many as may run are running.
        """
        with self._lock:
            running = [self._jobs[i].owner for i in self._children]
            if running.count(owner) >= PER_OWNER:
                raise Busy("own")
            if len(running) >= PER_SERVER or self._closed:
                raise Busy("server")
            job = Job(secrets.token_hex(8), Path(), verb, owner, name, time.time(), str(out or ""))
            job = Job(**{**asdict(job), "folder": self.root / job.id})
            try:
                (job.folder / UPLOAD).mkdir(parents=True)
                (job.folder / WORK).mkdir()
                place(job.folder / UPLOAD)
                told = {**(asked or {}), "out": job.out}
                (job.folder / ASKED).write_text(json.dumps(told), encoding="utf-8")
                write_state(job.folder, State())
                child = _Child(_spawned(job), time.monotonic() + limit_s)
            except BaseException:
                shutil.rmtree(job.folder, ignore_errors=True)
                raise
            self._jobs[job.id], self._children[job.id] = job, child
        threading.Thread(target=self._watch, args=(job, child), daemon=True).start()
        self.tidy()
        return job

    def of(self, owner: str) -> list[Job]:
        """Return a reader's jobs, newest first."""
        self.tidy()
        with self._lock:
            mine = [j for j in self._jobs.values() if j.owner == owner]
        return sorted(mine, key=lambda j: (j.started, j.id), reverse=True)

    def job(self, identity: str, owner: str) -> Job | None:
        """Return one of a reader's jobs; None where it is not there (any more) or another's."""
        job = self._jobs.get(identity)
        return job if job is not None and job.owner == owner else None

    def state(self, job: Job) -> State:
        """Return where a job is; what lost its folder has failed."""
        state = read_state(job.folder)
        if state is None:
            return State(phase=FAILED, why=FAULT)
        if state.phase != RUNNING and job.id in self._children:
            return State(stage=state.stage, step=state.step, steps=state.steps)  # it still puts things away
        return state

    def cancel(self, job: Job) -> None:
        """End a job: ask it to, and after a grace end it by force. Nothing that it wrote stays."""
        self._end(job.id, CANCELLED)

    def forget(self, job: Job) -> None:
        """Drop a finished job with all that it kept."""
        with self._lock:
            if job.id in self._children:
                return
            self._jobs.pop(job.id, None)
        shutil.rmtree(job.folder, ignore_errors=True)

    def wait(self, job: Job, seconds: float = 60.0) -> State:
        """Return the state of a job once it has ended, or when the time is over."""
        until = time.monotonic() + seconds
        while job.id in self._children and time.monotonic() < until:
            time.sleep(LOOK_S / 2)
        return self.state(job)

    def tidy(self) -> None:
        """Drop finished jobs that are old or too many."""
        with self._lock:
            ended = [j for j in self._jobs.values() if j.id not in self._children]
            ended.sort(key=lambda j: j.started, reverse=True)
            seen: dict[str, int] = {}
            for place, job in enumerate(ended):
                seen[job.owner] = seen.get(job.owner, 0) + 1
                old = time.time() - job.started > KEPT_S
                if old or seen[job.owner] > KEPT_PER_OWNER or place >= KEPT:
                    self.forget(job)

    def close(self) -> None:
        """End all that runs and remove the folder; no job starts any more."""
        self._closed = True
        for identity in list(self._children):
            self._end(identity, CANCELLED)
        until = time.monotonic() + GRACE_S + 2
        while self._children and time.monotonic() < until:
            time.sleep(LOOK_S / 2)
        shutil.rmtree(self.root, ignore_errors=True)
        with contextlib.suppress(OSError):
            os.close(self._held)

    def _end(self, identity: str, why: str) -> None:
        with self._lock:
            child = self._children.get(identity)
            if child is None or child.why:
                return
            child.why, child.force_at = why, time.monotonic() + GRACE_S
            _signal(child, signal.SIGTERM)

    def _watch(self, job: Job, child: _Child) -> None:
        """Look after a child until it ends; its process stays ours (unreaped) until the state is written."""
        while os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            now = time.monotonic()
            if now > child.deadline:
                self._end(job.id, TIME)
            if now > child.force_at:
                with self._lock:
                    _signal(child, signal.SIGKILL)
            time.sleep(LOOK_S)
        with self._lock:
            code = child.process.wait()
        with contextlib.suppress(OSError):
            _put_away(job, code, child.why)
        if child.process.stdin:
            with contextlib.suppress(OSError):
                child.process.stdin.close()
        with self._lock:
            del self._children[job.id]


def write_state(folder: Path, state: State) -> None:
    """Write the state of a job, in one step: a reader sees the old or the new one."""
    aside = folder / f"{STATE}.new"
    aside.write_text(json.dumps(asdict(state), ensure_ascii=False), encoding="utf-8")
    aside.replace(folder / STATE)


def read_state(folder: Path) -> State | None:
    """Return the state of a job; None where there is none."""
    try:
        return State(**json.loads((folder / STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _spawned(job: Job) -> subprocess.Popen[bytes]:
    """Start the child of a job. Its temporary files lie in the job's folder, so that they go with it."""
    quiet = {"TMPDIR": str(job.folder / WORK), "MALLOC_ARENA_MAX": "2", "PROJ_NETWORK": "OFF"}
    with (job.folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  our own program, arguments that we made
            [sys.executable, "-m", "app.work", job.verb, str(job.folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **quiet},
            start_new_session=True,
        )


def _signal(child: _Child, number: signal.Signals) -> None:
    """Send a signal to a child's group; only while it is not reaped, so its number is nobody else's."""
    if child.process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, number)


def _put_away(job: Job, code: int, why: str) -> None:
    """Write how a job ended and remove what it worked with."""
    state = read_state(job.folder) or State()
    if state.phase == RUNNING:
        cause = why or _cause(code)
        phase = CANCELLED if cause == CANCELLED else FAILED
        state = State(phase=phase, stage=state.stage, step=state.step, steps=state.steps, why=cause)
    if job.out:
        _sweep_out(Path(job.out))
    shutil.rmtree(job.folder / WORK, ignore_errors=True)
    if not (state.phase == DONE and state.result.get("runnable")):
        shutil.rmtree(job.folder / UPLOAD, ignore_errors=True)
    write_state(job.folder, State(**{**asdict(state), "ended": time.time()}))


def _cause(code: int) -> str:
    """Return why a child ended without a word, by its exit code."""
    if code == -signal.SIGXCPU:
        return TIME
    return MEMORY if code == -signal.SIGKILL else FAULT


def _sweep_out(out: Path) -> None:
    """Remove what a child that was ended by force left beside the snapshots; never what another writes."""
    try:
        handle = os.open(out, os.O_RDONLY)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        sweep(out)
    except OSError:
        return
    finally:
        os.close(handle)


def _sweep_roots(base: Path) -> None:
    """Remove the folders of servers that are gone: those that are ours and that nobody holds."""
    for left in base.glob(f"{ROOTS}*"):
        try:
            if left.is_symlink() or left.stat().st_uid != os.getuid():
                continue
            handle = os.open(left, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if time.time() - left.stat().st_mtime > GRACE_S:
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue
        finally:
            os.close(handle)


@cache
def jobs() -> Jobs:
    """Return the jobs of this server."""
    made = Jobs()
    atexit.register(made.close)
    return made
