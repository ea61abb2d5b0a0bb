"""The best tree that joins all terminals, its lower bound, and the search that improves both while work is left.

The search is a row of steps. Each step ends with what is known then, so that it can be stopped after any of them.
Work is counted in operations of the kernels and never in seconds: the same problem, seed and work give the same tree
and the same bound on every machine. Who has a clock gives a `stop` that looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from geo.errors import UsageError
from geo.extend.chance import Chance, drawn, seeded, shuffled
from geo.extend.dual import ascent, possible
from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, Problem, arcs_of, components
from geo.extend.local import improved
from geo.extend.reductions import Reduced, expanded, kept, reduced_of, without_chains
from geo.extend.tree import ascended, guided, spanning

#: Operations of a search that nobody bounds.
WORK = 4_000_000_000
#: Operations of one step of local search, at most and about.
STEP = 20_000_000
#: What any step is charged besides, and each edge that a kernel goes over: small networks take time too.
CHARGE, EDGE_CHARGE = 200_000, 64
#: Key nodes, nodes around, tries: wider at each level, then the last three in turn.
LEVELS = ((8, 400, 6), (16, 1200, 10), (30, 2400, 16), (50, 4000, 24), (20, 3000, 24), (36, 4000, 24))
#: Roots of the first ascents, and levels of the searches that a crossing makes.
ROOTS, GUESS_LEVELS, CROSS_LEVELS = 2, 2, 4


@dataclass(frozen=True)
class Standing:
    """What is known after a step.

    Parameters
    ----------
    reduced
        The network that is left, and the best tree in it.
    edges, cost
        The best tree found in the whole network: positions of its edges, ascending, and their cost.
    bound
        No tree costs less.
    work
        Operations used so far.

    """

    reduced: Reduced
    edges: Amounts
    cost: int
    bound: int
    work: int

    @property
    def gap(self) -> float:
        """Part of the cost's excess over the bound, in the bound; 0 where the tree is proven."""
        return gap(self.cost, self.bound)

    @property
    def proven(self) -> bool:
        """Whether no tree can be cheaper."""
        return self.bound >= self.cost


def gap(cost: int, bound: int) -> float:
    """Return (cost - bound) / bound, 0 where both are the same."""
    return 0.0 if cost == bound else (cost - bound) / max(bound, 1)


def solve(
    problem: Problem,
    *,
    work: int = WORK,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Standing], object] = lambda _: None,
) -> Standing:
    """Join all terminals at the least cost that is found, and say how far from the best that may be.

    Parameters
    ----------
    problem
        The network.
    work
        Operations after which no new step begins. About 10^8 are a second on a core of 2024.
    seed
        Of the random numbers.
    stop
        Asked after every step (a fraction of a second); True ends the search with the best so far.
    say
        Told what is known after every step.

    Returns
    -------
    Standing
        A tree without a circle in which every end is a terminal; bound <= best cost <= its cost.

    Raises
    ------
    UsageError
        A terminal that no way leads to.

    """
    _joinable(problem)
    for now in search(problem, chance=seeded(seed)):
        last = now
        say(now)
        if now.work >= work or stop():
            break
    return lifted(problem, last)


def _joinable(problem: Problem) -> None:
    apart = parts_apart(problem)
    if len(apart):
        shown = ", ".join(str(t) for t in apart[:5])
        raise UsageError(
            f"Network: {len(apart)} of {int(problem.terminal.sum())} terminals cannot be reached from the first"
            f" (nodes {shown}, counted from 0); leave them out, or give the edges that lead to them."
        )


def parts_apart(problem: Problem) -> Amounts:
    """Return the terminals that no way joins to the first one."""
    label: Amounts = components(problem.nodes, problem.tail, problem.head)
    terminals = np.flatnonzero(problem.terminal)
    apart: Amounts = terminals[label[terminals] != label[terminals[0]]]
    return apart


def search(
    problem: Problem, *, chance: Chance, levels: int | None = None, crossing: bool = True
) -> Iterator[Standing]:
    """Yield what is known after each step: reductions and a first tree, then local search, ascents and crossings.

    Ends when the tree is proven, or after the levels asked for.
    """
    now = _begun(problem, reduced_of(problem))
    yield now
    for _ in range(ROOTS):
        if now.reduced.size == 0:
            break
        now = _ascended(problem, now, chance)
        yield now
    level = 0
    while not now.proven and now.reduced.size and (levels is None or level < levels):
        for now in _level(now, _shape(level), chance):  # noqa: B020  the last one is what is known after the level
            yield now
        level += 1
        now = _ascended(problem, lifted(problem, now), chance)
        yield now
        if crossing and level > 1 and now.reduced.size and not now.proven:
            for now in _crossed(now, chance):  # noqa: B020
                yield now
            now = lifted(problem, now)
    yield lifted(problem, now)


def _shape(level: int) -> tuple[int, int, int]:
    return LEVELS[level if level < len(LEVELS) else len(LEVELS) - 1 - level % 3]


def _begun(problem: Problem, reduced: Reduced) -> Standing:
    """Return a first tree: the nearest terminals first, the bound no more than what is fixed."""
    chosen = np.zeros(0, np.uint8)
    if reduced.size:
        arcs, root = _arcs(reduced), int(np.flatnonzero(reduced.terminal)[0])
        _, chosen = ascended(arcs, np.zeros(len(arcs.head), np.int64), root, reduced.terminal)
    work = CHARGE + EDGE_CHARGE * len(problem.tail)
    start = Standing(replace(reduced, chosen=chosen), np.zeros(0, np.int64), FAR, reduced.fixed_cost, work)
    first = lifted(problem, start)
    return first if reduced.size else replace(first, bound=first.cost)


def lifted(problem: Problem, now: Standing) -> Standing:
    """Return what is known with the reduced network's tree taken to the whole one, where that is better.

    A minimum spanning tree of its nodes is cheaper still at times. Free edges were contracted wherever they were:
    those that the tree does not touch are cut off before.
    """
    edges = np.unique(np.concatenate([now.reduced.fixed, expanded(now.reduced, now.reduced.chosen)]))
    root = int(np.flatnonzero(problem.terminal)[0])
    used = arcs_of(problem.nodes, problem.tail[edges], problem.head[edges], problem.cost[edges])
    _, hold = spanning(used, np.ones(problem.nodes, np.uint8), problem.terminal, root)
    member = problem.terminal.copy()
    member[problem.tail[edges[hold > 0]]] = 1
    member[problem.head[edges[hold > 0]]] = 1
    among = np.flatnonzero((member[problem.tail] > 0) & (member[problem.head] > 0))
    arcs = arcs_of(problem.nodes, problem.tail[among], problem.head[among], problem.cost[among])
    cost, chosen = spanning(arcs, member, problem.terminal, root)
    if cost >= now.cost:
        return now
    return replace(now, cost=int(cost), edges=among[chosen > 0])


def _ascended(problem: Problem, now: Standing, chance: Chance) -> Standing:
    """Raise a bound from another root, build a tree of what it paid for, drop what no better tree can use."""
    reduced = now.reduced
    arcs, root = _arcs(reduced), _any_terminal(reduced, chance)
    left, cap = arcs.cost.copy(), np.full(reduced.nodes, FAR, np.int64)
    bound, used = ascent(arcs, left, root, reduced.terminal, cap, guided(arcs, reduced.chosen, root), FAR)
    cost, chosen = ascended(arcs, left, root, reduced.terminal)
    if cost + reduced.fixed_cost < reduced.tree_cost:
        reduced = replace(reduced, chosen=chosen)
    now = replace(
        now, reduced=reduced, bound=max(now.bound, int(bound) + reduced.fixed_cost),
        work=now.work + int(used) + CHARGE + EDGE_CHARGE * reduced.size,
    )  # fmt: skip
    now = lifted(problem, now)
    keep = possible(arcs, left, root, reduced.terminal, now.cost - reduced.fixed_cost - int(bound))
    reduced = without_chains(kept(now.reduced, keep | now.reduced.chosen))
    return replace(now, reduced=reduced, bound=now.bound if reduced.size else now.cost)  # one tree is left


def _level(now: Standing, shape: tuple[int, int, int], chance: Chance) -> Iterator[Standing]:
    """Free a part around every key node of the tree once, in steps."""
    reduced = replace(now.reduced, chosen=now.reduced.chosen.copy())
    arcs, cover = _arcs(reduced), np.zeros(reduced.nodes, np.int32)
    seeds = shuffled(chance, _key_nodes(reduced))
    while len(seeds):
        chosen = reduced.chosen.copy()
        seeds, used = improved(arcs, reduced.terminal, chosen, seeds, cover, shape, chance, STEP)
        reduced = replace(reduced, chosen=chosen)
        now = replace(now, reduced=reduced, work=now.work + CHARGE + int(used))
        yield now


def _key_nodes(reduced: Reduced) -> Nodes:
    """Return terminals and forks of the tree."""
    on = reduced.chosen > 0
    degree = np.bincount(np.concatenate([reduced.tail[on], reduced.head[on]]), minlength=reduced.nodes)
    return np.flatnonzero((degree > 2) | (reduced.terminal > 0)).astype(np.int32)


def _crossed(now: Standing, chance: Chance) -> Iterator[Standing]:
    """Find another tree where a guess leaves room for one, then the best tree in the union of both.

    Different searches miss different corridors (Pajor, Uchoa, Werneck 2018, recombination).
    """
    reduced = now.reduced
    arcs, root = _arcs(reduced), _any_terminal(reduced, chance)
    left, cap = arcs.cost.copy(), np.full(reduced.nodes, FAR, np.int64)
    bound, used = ascent(arcs, left, root, reduced.terminal, cap, np.zeros(len(arcs.head), np.uint8), FAR)
    here = reduced.tree_cost - reduced.fixed_cost
    room = max(0, here - int(bound)) * int(drawn(chance, 100)) // 1000
    now = replace(now, work=now.work + int(used) + CHARGE + EDGE_CHARGE * reduced.size)
    edges = possible(arcs, left, root, reduced.terminal, room)
    for levels in (GUESS_LEVELS, CROSS_LEVELS):
        for now, other in _inside(now, edges, chance, levels):  # noqa: B007, B020  the last one counts
            yield now
        edges = reduced.chosen | other
    if int(reduced.cost[other > 0].sum()) < here:
        yield replace(now, reduced=replace(reduced, chosen=other))


def _inside(now: Standing, edges: Flags, chance: Chance, levels: int) -> Iterator[tuple[Standing, Flags]]:
    """Search among some edges of the reduced network only; yield the work that is used, and the tree."""
    reduced, at = now.reduced, np.flatnonzero(edges)
    some = Problem(reduced.nodes, reduced.tail[at], reduced.head[at], reduced.cost[at], reduced.terminal)
    begun = now.work
    for inner in search(some, chance=chance, levels=levels, crossing=False):
        now = replace(now, work=begun + inner.work)
        tree = np.zeros(reduced.size, np.uint8)
        tree[at[inner.edges]] = 1
        yield now, tree


def _arcs(reduced: Reduced) -> Arcs:
    return arcs_of(reduced.nodes, reduced.tail, reduced.head, reduced.cost)


def _any_terminal(reduced: Reduced, chance: Chance) -> int:
    terminals = np.flatnonzero(reduced.terminal)
    return int(terminals[drawn(chance, len(terminals))])
