"""Trees on published networks beside what libraries give: `python -m benchmarks.steiner FOLDER --seconds 60`.

FOLDER holds files of PACE 2018 and `instances.csv` with the names and the best costs known (proven optima), which only
this table sees. CPU seconds of one thread, kernels compiled before. Every answer, ours and theirs, goes through
`geo.extend.check`. Libraries are asked where `--others` names a Python that has them (networkx, rustworkx, pcst_fast).
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from geo.extend.check import check_tree
from geo.extend.graph import Problem
from geo.extend.pace import read_pace
from geo.extend.solve import Standing, solve

OTHERS = ("networkx", "rustworkx", "pcst_fast")
COLUMNS = (
    "instance", "nodes", "terminals", "best known", "cost", "above %", "bound", "bound below %", "gap %",
    "to 0.1 % s", "CPU s", "work", *(f"{name} above % (s)" for name in OTHERS),
)  # fmt: skip


def main() -> int:
    """Solve every instance asked for and print one row each."""
    ask = argparse.ArgumentParser(prog="python -m benchmarks.steiner", description=__doc__)
    ask.add_argument("folder", type=Path)
    ask.add_argument("names", nargs="*", help="instances (else all)")
    ask.add_argument("--seconds", type=float, default=60.0, help="CPU seconds of each, at most")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--others", type=Path, help="a Python with the libraries")
    asked = ask.parse_args()
    with (asked.folder / "instances.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if not asked.names or r["name"] in asked.names]
    warm(asked.folder / rows[0]["file"])
    print("|", " | ".join(COLUMNS), "|", flush=True)
    print("|", " | ".join("---" for _ in COLUMNS), "|", flush=True)
    wrong = False
    for row in rows:
        cells, ok = measured(asked.folder / row["file"], int(row["optimum"]), asked)
        wrong = wrong or not ok
        print("|", " | ".join([row["name"], *cells]), "|", flush=True)
    print(f"\nMemory peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB.")
    return int(wrong)


def warm(path: Path) -> None:
    """Compile or load every kernel, on a network of streets where no proof comes early."""
    side, chance = 30, np.random.default_rng(0)
    at = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    head = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    terminal = np.zeros(side * side, np.uint8)
    terminal[chance.choice(side * side, 120, replace=False)] = 1
    cost = chance.integers(5, 99, len(tail))
    solve(
        Problem(side * side, tail.astype(np.int32), head.astype(np.int32), cost, terminal), work=400_000_000
    )
    solve(read_pace(path), work=1)


def measured(path: Path, optimum: int, asked: argparse.Namespace) -> tuple[list[str], bool]:
    """Return the cells of an instance's row, and whether ours is valid."""
    problem = read_pace(path)
    begun, close = time.process_time(), []

    def say(now: Standing) -> None:
        if not close and min(now.cost, now.reduced.tree_cost) <= 1.001 * optimum:
            close.append(time.process_time() - begun)

    found = solve(
        problem, work=10**15, seed=asked.seed, say=say,
        stop=lambda: time.process_time() - begun > asked.seconds,
    )  # fmt: skip
    used = time.process_time() - begun
    ok = cost_of(problem, found.edges) == found.cost and found.bound <= optimum <= found.cost
    cells = [
        str(problem.nodes), str(int(problem.terminal.sum())), str(optimum), str(found.cost) if ok else "WRONG",
        above(found.cost, optimum), str(found.bound), f"{100 * (1 - found.bound / optimum):.3f}",
        f"{100 * found.gap:.3f}", f"{close[0]:.2f}" if close else "-", f"{used:.1f}", f"{found.work:.2g}",
    ]  # fmt: skip
    return cells + [other(problem, name, optimum, asked.others) for name in OTHERS], ok


def above(cost: int, optimum: int) -> str:
    return f"{100 * (cost / optimum - 1):.4f}"


def cost_of(problem: Problem, edges: np.ndarray) -> int:
    """Return the cost of a tree by the checker; it raises where it is none."""
    return check_tree(
        edges.tolist(), tail=problem.tail.tolist(), head=problem.head.tolist(), cost=problem.cost.tolist(),
        terminals=np.flatnonzero(problem.terminal).tolist(),
    ).cost  # fmt: skip


def other(problem: Problem, name: str, optimum: int, python: Path | None) -> str:
    """Ask a library in a process of its own; the cell says how far above it is, or what is wrong."""
    if python is None:
        return "-"
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder) / "network.npz"
        np.savez(
            given, nodes=problem.nodes, tail=problem.tail, head=problem.head, cost=problem.cost,
            terminals=np.flatnonzero(problem.terminal),
        )  # fmt: skip
        script = Path(__file__).with_name("steiner_others.py")
        done = subprocess.run([python, script, name, given], capture_output=True, text=True, check=False)
    if done.returncode:
        return f"fails: {done.stderr.splitlines()[-1][:60]}"
    answer = json.loads(done.stdout.splitlines()[-1])
    return checked(problem, answer, optimum, cost_of)


def checked(problem: Problem, answer: dict, optimum: int, cost: Callable[..., int]) -> str:
    """Return the cell of a library's answer."""
    try:
        total = cost(problem, np.array(answer["edges"], np.int64))
    except ValueError as fault:
        return f"no tree: {fault}"
    return f"{100 * (total / optimum - 1):.2f} ({answer['seconds']:.1f})"


if __name__ == "__main__":
    sys.exit(main())
