"""Writers that are killed: forks children that publish and die, and prints what each left, one JSON a line.

    python -m tests.geo.snapshot.nursery OUT calls         -9 after each call of the writer in turn
    python -m tests.geo.snapshot.nursery OUT times N       -9 at N random times

A child is forked before pyarrow has started a thread, so that its copy is sound. pandas is loaded
first, which pyarrow would otherwise do in every child.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd  # noqa: F401
import pyarrow.parquet as pq

from geo.snapshot import publish
from tests.geo.snapshot.made import about, state, tables

CALLS: list[tuple[Any, str]] = [
    (os, "mkdir"),
    (os, "open"),
    (os, "fsync"),
    (os, "close"),
    (os, "rename"),
    (os, "replace"),
    (os, "symlink"),
    (os, "rmdir"),
    (os, "unlink"),
    (pq, "write_table"),
    (Path, "write_text"),
]
ROWS = 2_000


def die_after(k: int) -> None:
    """Let this process be killed right after its k-th call."""
    seen = 0

    def wrap(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **keywords: Any) -> Any:
            nonlocal seen
            done = call(*args, **keywords)
            seen += 1
            if seen == k:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return counted

    for holder, name in CALLS:
        setattr(holder, name, wrap(getattr(holder, name)))


def child(out: Path, version: int, k: int) -> int:
    """Fork a writer of one version; return its process id."""
    pid = os.fork()
    if pid:
        return pid
    die_after(k)
    publish(out, tables(version, ROWS), about(version))
    os._exit(0)


def report(out: Path, k: float, status: int) -> None:
    print(json.dumps({"k": k, "killed": os.WIFSIGNALED(status), **state(out)}), flush=True)  # noqa: T201


def kill_at_calls(out: Path) -> None:
    """Kill a writer after every one of its calls, until one lives; each writes another version."""
    for k in range(1, 1_000):
        _, status = os.waitpid(child(out, k, k), 0)
        report(out, k, status)
        if not os.WIFSIGNALED(status):
            return


def kill_at_times(out: Path, n: int) -> None:
    """Kill n writers, each somewhere in the time that a whole one takes."""
    spans = []
    for version in (-1, -2, -3):
        start = time.perf_counter()
        os.waitpid(child(out, version, -1), 0)
        spans.append(time.perf_counter() - start)
    dice = random.Random(20101231)
    for i in range(1, n + 1):
        pid = child(out, i, -1)
        time.sleep(dice.uniform(0, min(spans)))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        report(out, i, status)


if __name__ == "__main__":
    where, how = Path(sys.argv[1]), sys.argv[2]
    kill_at_calls(where) if how == "calls" else kill_at_times(where, int(sys.argv[3]))
