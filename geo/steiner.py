"""The verb `steiner` of the command: solve a file of the PACE 2018 challenge, so that anyone can check the solver."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from geo.extend.graph import Problem
    from geo.extend.solve import Standing


class PlanFormat(StrEnum):
    """How a tree is printed."""

    TABLE = "table"
    JSON = "json"
    PACE = "pace"


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(steiner)


def steiner(
    file: Annotated[Path, typer.Argument(help="Network of PACE 2018 (.gr), plain or gzip.", metavar="FILE")],
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=0, help="Stop by the clock; the best so far is printed.")
    ] = None,
    work: Annotated[
        int | None,
        typer.Option("--work", min=1, help="Operations; the same number gives the same tree anywhere."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the random numbers.")] = 1,
    form: Annotated[PlanFormat, typer.Option("--format", help="How to print.")] = PlanFormat.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Join all terminals of a network at least cost; print cost, lower bound, gap and edges. Ctrl-C ends it early."""
    from geo.extend.check import check_tree
    from geo.extend.pace import read_pace
    from geo.extend.ready import ready
    from geo.extend.solve import WORK, solve

    problem = read_pace(file)
    with _told(quiet) as say, _interrupted() as told_to_stop:
        ready()
        begun = time.monotonic()

        def stop() -> bool:
            return told_to_stop() or (seconds is not None and time.monotonic() - begun >= seconds)

        most = work or (WORK if seconds is None else 2**62)
        found = solve(problem, work=most, seed=seed, stop=stop, say=say)
        used = time.monotonic() - begun
    edges, ends = found.edges.tolist(), (problem.tail.tolist(), problem.head.tolist())
    terminals = problem.terminal.nonzero()[0].tolist()
    check_tree(edges, tail=ends[0], head=ends[1], cost=problem.cost.tolist(), terminals=terminals)
    typer.echo(PRINT[form](problem, found, round(used, 2)))


def as_json(problem: Problem, found: Standing, seconds: float) -> str:
    """Return everything for machines; edges as the two nodes that the file names."""
    plan: dict[str, Any] = {
        "cost": found.cost, "bound": found.bound, "gap": found.gap, "proven": found.proven, "seconds": seconds,
        "work": found.work, "edges": _pairs(problem, found),
    }  # fmt: skip
    return json.dumps(plan)


def as_pace(problem: Problem, found: Standing, _: float) -> str:
    """Return the form of the challenge: VALUE and the cost, then an edge a line."""
    return "\n".join([f"VALUE {found.cost}", *(f"{u} {v}" for u, v in _pairs(problem, found))])


def as_table(problem: Problem, found: Standing, seconds: float) -> str:
    """Return what matters, without the edges."""
    rows = (
        ("nodes", f"{problem.nodes:,}"), ("edges", f"{len(problem.tail):,}"),
        ("terminals", f"{int(problem.terminal.sum()):,}"), ("cost", f"{found.cost:,}"),
        ("bound", f"{found.bound:,}"), ("gap", shown_gap(found.cost, found.bound)),
        ("edges of the tree", f"{len(found.edges):,}"), ("seconds", f"{seconds:.2f}"), ("work", f"{found.work:,}"),
    )  # fmt: skip
    return "\n".join(f"{name:<18}{value:>16}" for name, value in rows)


PRINT = {PlanFormat.TABLE: as_table, PlanFormat.JSON: as_json, PlanFormat.PACE: as_pace}


def shown_gap(cost: int, bound: int) -> str:
    """Return the gap in percent; a gap is never shown as 0 unless the tree is proven."""
    if cost == bound:
        return "0 % (proven)"
    return f"{max(100 * (cost - bound) / max(bound, 1), 0.001):.3f} %"


def _pairs(problem: Problem, found: Standing) -> list[tuple[int, int]]:
    tail, head = problem.tail[found.edges] + 1, problem.head[found.edges] + 1
    return list(zip(tail.tolist(), head.tolist(), strict=True))


@contextmanager
def _told(quiet: bool) -> Iterator[Callable[[Standing], None]]:
    """Give a function that shows cost, bound and gap as they fall; silent where standard error is no terminal."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("…") as status:
        yield lambda now: status.update(
            f"cost {now.cost:,}  bound {now.bound:,}  gap {shown_gap(now.cost, now.bound)}"
        )


@contextmanager
def _interrupted() -> Iterator[Callable[[], bool]]:
    """Take Ctrl-C as the wish for the best so far; a second one ends the program as ever."""
    seen: list[int] = []

    def note(number: int, _: object) -> None:
        seen.append(number)
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, note)
    except ValueError:  # not the main thread: nobody sends it signals
        yield lambda: False
        return
    try:
        yield lambda: bool(seen)
    finally:
        signal.signal(signal.SIGINT, before)
