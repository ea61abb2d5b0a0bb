"""Reductions: a smaller network with the same best tree, and the way back to the edges of the whole one.

A best tree of the reduced network, its fixed edges added, is a best tree of the whole one. Roads shrink most: nodes
between two edges and dead ends are most of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.extend.chains import joined
from geo.extend.graph import Amounts, Flags, Nodes, Problem, arcs_of, positions
from geo.extend.idle import free_edges, idle_edges, sure_edges
from geo.extend.near import near_terminals

#: Rounds of all tests, and nodes that the search for another way looks at.
ROUNDS, SCAN = 12, 60
#: A round that leaves more than this part of the edges is the last.
STALLED = 0.97


@dataclass(frozen=True)
class Reduced:
    """A reduced network.

    Parameters
    ----------
    nodes, tail, head, cost, terminal
        As of a `Problem`; no parallel edges.
    chosen
        (m,) 1 at the edges of the best tree that is known here; all 0 before one is.
    first, parts
        Edge e stands for the edges parts[first[e]] .. parts[first[e + 1] - 1] of the whole network.
    fixed, fixed_cost
        Edges of the whole network that are chosen already, and what they cost.
    place
        (nodes of the whole network,) node of this one, -1 where it is gone.

    """

    nodes: int
    tail: Nodes
    head: Nodes
    cost: Amounts
    terminal: Flags
    chosen: Flags
    first: Amounts
    parts: Amounts
    fixed: Amounts
    fixed_cost: int
    place: Amounts

    @property
    def size(self) -> int:
        """Number of edges."""
        return len(self.tail)

    @property
    def tree_cost(self) -> int:
        """Cost of the chosen edges and of the fixed ones."""
        return int(self.cost[self.chosen > 0].sum()) + self.fixed_cost


def whole(problem: Problem) -> Reduced:
    """Return a network as it is, parallel edges kept once."""
    m = len(problem.tail)
    as_is = Reduced(
        problem.nodes, problem.tail, problem.head, problem.cost, problem.terminal.copy(), np.zeros(m, np.uint8),
        np.arange(m + 1), np.arange(m), np.zeros(0, np.int64), 0, np.arange(problem.nodes),
    )  # fmt: skip
    return kept(as_is, (problem.tail != problem.head).astype(np.uint8))


def expanded(reduced: Reduced, flags: Flags) -> Amounts:
    """Return the edges of the whole network that the flagged ones stand for."""
    return reduced.parts[positions(reduced.first, np.flatnonzero(flags))]


def kept(reduced: Reduced, flags: Flags) -> Reduced:
    """Return the network with the flagged edges only, the cheapest of parallel ones."""
    at = np.flatnonzero(flags)
    low = np.minimum(reduced.tail, reduced.head)[at]
    high = np.maximum(reduced.tail, reduced.head)[at]
    order = np.lexsort((1 - reduced.chosen[at].astype(np.int8), reduced.cost[at], high, low))
    at, low, high = at[order], low[order], high[order]
    fresh = np.ones(len(at), bool)
    fresh[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    chosen = np.zeros(int(fresh.sum()), np.uint8)
    np.maximum.at(chosen, np.cumsum(fresh) - 1, reduced.chosen[at])  # the tree takes the cheapest one too
    at = at[fresh]
    return replace(
        reduced, tail=reduced.tail[at], head=reduced.head[at], cost=reduced.cost[at], chosen=chosen,
        first=np.append(0, np.cumsum(np.diff(reduced.first)[at])).astype(np.int64),
        parts=reduced.parts[positions(reduced.first, at)],
    )  # fmt: skip


def merged(reduced: Reduced, label: Amounts) -> Reduced:
    """Return the network with each node replaced by its label, and nodes numbered anew without gaps."""
    tail, head = label[reduced.tail], label[reduced.head]
    terminals = np.unique(label[np.flatnonzero(reduced.terminal)])
    names = np.unique(np.concatenate([tail, head, terminals]))
    number = np.full(reduced.nodes, -1, np.int64)
    number[names] = np.arange(len(names))
    terminal = np.zeros(len(names), np.uint8)
    terminal[number[terminals]] = 1
    place = np.where(reduced.place >= 0, number[label[np.maximum(reduced.place, 0)]], -1)
    new = replace(
        reduced, nodes=len(names), tail=number[tail].astype(np.int32), head=number[head].astype(np.int32),
        terminal=terminal, place=place,
    )  # fmt: skip
    return kept(new, (new.tail != new.head).astype(np.uint8))


def with_fixed(reduced: Reduced, flags: Flags) -> Reduced:
    """Return the network with more fixed edges; its own edges stay as they are."""
    fixed = np.concatenate([reduced.fixed, expanded(reduced, flags)])
    return replace(reduced, fixed=fixed, fixed_cost=reduced.fixed_cost + int(reduced.cost[flags > 0].sum()))


def without_chains(reduced: Reduced, *, hand: bool = True) -> Reduced:
    """Return the network with ends cut and chains joined; see `geo.extend.chains.joined` for `hand`."""
    terminal = reduced.terminal.copy()
    edges, given = joined(
        reduced.nodes, reduced.tail, reduced.head, reduced.cost, reduced.chosen, terminal, reduced.first,
        reduced.parts, hand,
    )  # fmt: skip
    new = replace(
        with_fixed(reduced, given), tail=edges.tail, head=edges.head, cost=edges.cost, terminal=terminal,
        chosen=edges.chosen, first=edges.first, parts=edges.parts,
    )  # fmt: skip
    if hand and terminal.sum() <= 1:  # nothing is left to be joined
        new = kept(new, np.zeros(new.size, np.uint8))
    return merged(new, np.arange(new.nodes))


def without_free(reduced: Reduced) -> Reduced:
    """Return the network with free edges contracted: first of all, since the tests take costs to be above 0."""
    chosen, label = free_edges(reduced.nodes, reduced.tail, reduced.head, reduced.cost)
    return merged(with_fixed(reduced, chosen), label)


def without_idle(reduced: Reduced, *, scan: int = SCAN) -> Reduced:
    """Return the network without the edges that some best tree does without."""
    dead = idle_edges(reduced.nodes, reduced.tail, reduced.head, reduced.cost, reduced.terminal, scan)
    return kept(reduced, 1 - dead)


def with_sure(reduced: Reduced) -> Reduced:
    """Return the network with edges contracted that some best tree has."""
    arcs = arcs_of(reduced.nodes, reduced.tail, reduced.head, reduced.cost)
    near = near_terminals(arcs, reduced.terminal, 2)
    chosen, label = sure_edges(
        reduced.nodes, reduced.tail, reduced.head, reduced.cost, reduced.terminal, near
    )
    return merged(with_fixed(reduced, chosen), label)


def reduced_of(problem: Problem, *, rounds: int = ROUNDS) -> Reduced:
    """Return the network as small as the tests make it, all of them in rounds."""
    now = without_chains(without_free(whole(problem)))
    for _ in range(rounds):
        before = now.size
        if before:
            now = without_chains(without_idle(now))
        if now.size:
            now = without_chains(with_sure(now))
        if now.size > STALLED * before or now.size == 0:
            break
    return now
