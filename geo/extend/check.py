"""Is a plan what it says? Checked from its edges alone, by other means than the solver's, with nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Checked:
    """What a plan's edges amount to: their cost, their number, and how many nodes they join."""

    cost: int
    edges: int
    nodes: int


def check_tree(
    edges: Iterable[int],
    *,
    tail: Sequence[int],
    head: Sequence[int],
    cost: Sequence[int],
    terminals: Iterable[int],
) -> Checked:
    """Check that some edges are one tree that holds every terminal; add up its cost anew.

    Parameters
    ----------
    edges
        Positions of the plan's edges.
    tail, head, cost
        All edges of the network.
    terminals
        Nodes that must be joined.

    Raises
    ------
    ValueError
        An edge that is not there or is given twice, a circle, more than one part, a terminal that is left out.

    """
    wanted = sorted({int(t) for t in terminals})
    used = [int(e) for e in edges]
    if len(set(used)) != len(used):
        raise ValueError("an edge is given twice")
    ways: dict[int, list[int]] = {}
    total = 0
    for e in used:
        if not 0 <= e < len(cost):
            raise ValueError(f"edge {e} is not there; edges are numbered 0 to {len(cost) - 1}")
        u, v = int(tail[e]), int(head[e])
        ways.setdefault(u, []).append(v)
        ways.setdefault(v, []).append(u)
        total += int(cost[e])
    nodes = set(ways) | set(wanted)
    reached = _walked(ways, wanted[0] if wanted else min(nodes, default=0))
    left_out = [t for t in wanted if t not in reached]
    if left_out:
        raise ValueError(f"terminal {left_out[0]} is not joined ({len(left_out)} are not)")
    if nodes and len(reached) < len(nodes):
        raise ValueError(f"more than one part: {len(nodes) - len(reached)} nodes hang apart")
    if nodes and len(used) != len(nodes) - 1:
        raise ValueError("a circle: more edges than a tree of these nodes has")
    return Checked(total, len(used), len(nodes))


def check_forest(
    edges: Iterable[int],
    *,
    tail: Sequence[int],
    head: Sequence[int],
    cost: Sequence[int],
    sources: Iterable[int],
    served: Iterable[int],
    budget: int | None = None,
) -> Checked:
    """Check that some edges join each goal served to one source, without a circle or an idle part; add up the cost.

    Parameters
    ----------
    edges, tail, head, cost
        As of `check_tree`.
    sources
        Nodes that have the service already; none is joined to another.
    served
        Goals that the plan says it joins.
    budget
        What the edges may cost, where there is one.

    Raises
    ------
    ValueError
        As `check_tree` does; two sources in one part, a part without one, or a cost above the budget.

    """
    one = min(sources_ := {int(s) for s in sources})
    merged = [[one if int(x) in sources_ else int(x) for x in ends] for ends in (tail, head)]
    wanted = [one, *(one if int(g) in sources_ else int(g) for g in served)]
    found = check_tree(edges, tail=merged[0], head=merged[1], cost=cost, terminals=wanted)
    if budget is not None and found.cost > budget:
        raise ValueError(f"the edges cost {found.cost}, the budget is {budget}")
    return found


def check_nested(phases: Sequence[Iterable[int]]) -> None:
    """Check that each phase holds all edges of the one before.

    Raises
    ------
    ValueError
        An edge that a later phase lacks.

    """
    before: set[int] = set()
    for number, phase in enumerate(phases, 1):
        now = {int(e) for e in phase}
        if before - now:
            raise ValueError(f"phase {number} lacks edge {min(before - now)} of the phase before")
        before = now


def _walked(ways: dict[int, list[int]], start: int) -> set[int]:
    """Return the nodes that the edges join to a node."""
    reached, open_ = {start}, [start]
    while open_:
        for v in ways.get(open_.pop(), ()):
            if v not in reached:
                reached.add(v)
                open_.append(v)
    return reached
