"""Plans that grow out of what is there: all existing nodes are one source, and a plan is one tree from it.

Merging the sources makes a forest to existing plant a tree: each branch hangs on one of them, and none is joined to
another, since they are the same node. Positions of edges stay those that were given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from geo.errors import UsageError
from geo.extend.graph import Amounts, Nodes, Problem, components, problem_of, whole_numbers
from geo.extend.solve import WORK, Standing, gap, solve


@dataclass(frozen=True)
class Rooted:
    """A network whose sources are one node.

    Parameters
    ----------
    problem
        Node 0 is the source; its terminals are the source and the goals that a way leads to. Edges in the order given.
    tail, head
        Ends of the edges as given.
    place
        (nodes given,) node of `problem`.
    sources, goals
        Nodes given, ascending, each once.
    unreached
        Goals that no way leads to from any source; they are no terminals of `problem`.

    """

    problem: Problem
    tail: Nodes
    head: Nodes
    place: Amounts
    sources: Amounts
    goals: Amounts
    unreached: Amounts


@dataclass(frozen=True)
class Forest:
    """A plan.

    Parameters
    ----------
    edges
        Positions of the edges to build, ascending.
    cost, bound
        What they cost; no plan that serves the same goals costs less than the bound.
    served
        Goals that the plan joins to a source.
    source
        (served,) the source that each hangs on.
    unreached
        Goals that no way leads to.
    work
        Operations used.

    """

    edges: Amounts
    cost: int
    bound: int
    served: Amounts
    source: Amounts
    unreached: Amounts
    work: int

    @property
    def gap(self) -> float:
        """(cost - bound) / bound; 0 where the plan is proven."""
        return gap(self.cost, self.bound)


def rooted(
    nodes: int, tail: ArrayLike, head: ArrayLike, cost: ArrayLike, *, sources: ArrayLike, goals: ArrayLike
) -> Rooted:
    """Merge the sources of a network into one node, and set aside the goals that no way leads to.

    Parameters
    ----------
    nodes, tail, head, cost
        The network, as of `geo.extend.graph.problem_of`.
    sources
        Nodes that have the service and room for more.
    goals
        Nodes that shall have it; one that is a source has it already.

    Raises
    ------
    UsageError
        No source, or a node or cost that cannot be.

    """
    begin, ends = np.unique(whole_numbers(sources, "sources")), np.unique(whole_numbers(goals, "goals"))
    if not len(begin):
        raise UsageError("Plan: no source; name at least one node that has the service and room for more.")
    given = problem_of(nodes, tail, head, cost, terminals=np.append(begin, ends))
    place = np.full(nodes, -1, np.int64)
    place[begin] = 0
    rest = np.flatnonzero(place < 0)
    place[rest] = np.arange(1, len(rest) + 1)
    tail_there, head_there = (place[x].astype(np.int32) for x in (given.tail, given.head))
    label = components(len(rest) + 1, tail_there, head_there)
    far = label[place[ends]] != label[0]
    terminal = np.zeros(len(rest) + 1, np.uint8)
    terminal[place[ends[~far]]] = 1
    terminal[0] = 1
    problem = Problem(len(rest) + 1, tail_there, head_there, given.cost, terminal)
    return Rooted(problem, given.tail, given.head, place, begin, ends, ends[far])


def connect(
    network: Rooted,
    *,
    work: int = WORK,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Standing], object] = lambda _: None,
) -> Forest:
    """Join all goals that a way leads to, at the least cost found; see `geo.extend.solve.solve`."""
    found = solve(network.problem, work=work, seed=seed, stop=stop, say=say)
    return forest_of(network, found.edges, bound=found.bound, work=found.work)


def forest_of(network: Rooted, edges: Amounts, *, bound: int, work: int) -> Forest:
    """Say of some edges, a tree from the source, what they cost, whom they serve and from where."""
    hangs = hanging_on(network, edges)
    served = network.goals[hangs[network.goals] >= 0]
    cost = int(network.problem.cost[edges].sum())
    return Forest(edges, cost, bound, served, hangs[served], network.unreached, work)


def hanging_on(network: Rooted, edges: Amounts) -> Amounts:
    """Return (nodes given,) the source that each node hangs on by the edges, -1 for none."""
    nodes = len(network.place)
    label: Amounts = components(nodes, network.tail[edges], network.head[edges])
    source = np.full(nodes, -1, np.int64)
    source[label[network.sources]] = network.sources
    return source[label]
