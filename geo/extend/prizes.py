"""A network with prizes, reduced around its root, and what one price of money says of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from geo.errors import LimitError, UsageError
from geo.extend.branches import worth
from geo.extend.chance import Chance, drawn, shuffled
from geo.extend.dual import ascent, distances
from geo.extend.forest import Rooted
from geo.extend.graph import FAR, KEY_BITS, Amounts, Arcs, Flags, Nodes, arcs_of
from geo.extend.local import improved
from geo.extend.reductions import Reduced, expanded, whole, without_chains, without_free, without_idle
from geo.extend.tree import grown, guided, spanning

#: Rounds of reductions; key nodes, nodes around, tries of the local search.
ROUNDS, SHAPE = 4, (10, 500, 6)
#: Operations that an edge is charged when a tree is cut, filled or weighed: by time, beside what ascents count.
FILL_CHARGE = 6
#: Operations that one call of the local search may use.
SEARCH_WORK = 5_000_000


@dataclass(frozen=True)
class Ground:
    """A network reduced around its root; every plan of the whole network has one here that costs no more.

    Parameters
    ----------
    network
        The whole one.
    reduced, arcs, root
        The reduced one.
    prize
        (nodes of the reduced one,) what joining each is worth; 0 at the root.
    goal
        (nodes of the whole one,) 1 at the root and where a prize is.
    had
        Prizes that free edges alone join to the root: every plan wins them.

    """

    network: Rooted
    reduced: Reduced
    arcs: Arcs
    root: int
    prize: Amounts
    goal: Flags
    had: int

    @property
    def size(self) -> int:
        """Number of edges."""
        return self.reduced.size

    def cost_of(self, chosen: Flags) -> int:
        """Return what edges cost."""
        return int(self.reduced.cost[chosen > 0].sum())

    def nodes_of(self, chosen: Flags) -> Amounts:
        """Return the nodes of a tree, ascending, the root always among them."""
        on = chosen > 0
        ends = np.concatenate([[self.root], self.reduced.tail[on], self.reduced.head[on]])
        return np.unique(ends).astype(np.int64)

    def prize_of(self, chosen: Flags) -> int:
        """Return what a tree wins."""
        return int(self.prize[self.nodes_of(chosen)].sum())


def ground_of(network: Rooted, prize: Amounts, *, built: Iterable[int] = ()) -> Ground:
    """Reduce a network around its sources.

    Parameters
    ----------
    network
        The network.
    prize
        (nodes given,) whole numbers >= 0; prizes at sources are had already and not counted.
    built
        Edges that are there already and cost nothing any more.

    Raises
    ------
    UsageError
        Prizes of the wrong number, type or sign.

    """
    won = _prizes(network, prize)
    cost = network.problem.cost.copy()
    cost[np.fromiter(built, np.int64)] = 0
    terminal = (won > 0).astype(np.uint8)
    terminal[0] = 1
    now = whole(replace(network.problem, cost=cost, terminal=terminal))
    now = without_chains(without_free(now), hand=False)
    for _ in range(ROUNDS):
        if now.size == 0:
            break
        goals, alone = now.terminal, np.zeros(now.nodes, np.uint8)
        alone[now.place[0]] = 1  # only the root is sure: special distances through others could be left out
        now = without_chains(replace(without_idle(replace(now, terminal=alone)), terminal=goals), hand=False)
    worth_of = np.zeros(now.nodes, np.int64)
    there = np.flatnonzero(won)
    np.add.at(worth_of, now.place[there], won[there])
    root = int(now.place[0])
    had, worth_of[root] = int(worth_of[root]), 0
    return Ground(
        network, now, arcs_of(now.nodes, now.tail, now.head, now.cost), root, worth_of, terminal, had
    )


def _prizes(network: Rooted, prize: Amounts) -> Amounts:
    """Return prizes by node of the problem."""
    given = np.asarray(prize)
    if given.shape != network.place.shape or given.dtype.kind not in "iu":
        raise UsageError(
            f"Plan: prizes of shape {given.shape} and type {given.dtype}; give a whole number for each of"
            f" the {len(network.place)} nodes."
        )
    if len(given) and given.min() < 0:
        at = int(np.argmax(given < 0))
        raise UsageError(f"Plan: node {at} has the prize {given[at]}; a prize is 0 or more.")
    out = np.zeros(network.problem.nodes, np.int64)
    np.add.at(out, network.place, given.astype(np.int64))
    out[0] = 0
    return out


def rate_of(ground: Ground, price: Fraction) -> tuple[int, int]:
    """Return prize for a unit of money as (num, den), small enough that all sums fit.

    Raises
    ------
    LimitError
        Where no such ratio fits: costs or prizes are too large.

    """
    bits = int(ground.reduced.nodes).bit_length() + 1
    cost, prize = max(int(ground.reduced.cost.sum()), 1), max(int(ground.prize.sum()), 1)
    for most in (1000, 100, 10, 1):
        near = (
            price.limit_denominator(most)
            if price > 1
            else 1 / max((1 / price).limit_denominator(most), Fraction(1))
        )
        num, den = near.as_integer_ratio()
        if num * cost + den * prize < 1 << (KEY_BITS - bits):
            return num, den
    raise LimitError("Plan: costs or prizes are so large that their sums do not fit; give larger units.")


def priced(
    ground: Ground, open_prize: Amounts, rate: tuple[int, int], guide: Flags
) -> tuple[int, Amounts, Flags, int]:
    """Raise a bound at one price of money.

    Returns
    -------
    tuple
        Lower bound of num * cost + den * (open prizes left out) over all trees; (n,) how much more any tree with that
        node must cost in these units; a tree; the operations used.

    """
    num, den = rate
    left, cap, terminal = ground.arcs.cost * num, open_prize * den, (open_prize > 0).astype(np.uint8)
    cap[ground.root], terminal[ground.root] = FAR, 1
    bound, used = ascent(
        ground.arcs, left, ground.root, terminal, cap, guided(ground.arcs, guide, ground.root), FAR
    )
    source = np.zeros(ground.reduced.nodes, np.uint8)
    source[ground.root] = 1
    more = distances(ground.arcs, left, source, True)
    usable = (left[ground.arcs.twin] == 0).astype(np.uint8)
    member = grown(ground.arcs, usable, ground.root, terminal)
    reached = terminal & member
    _, chosen = spanning(ground.arcs, member, reached, ground.root)
    chosen, _, _ = worth(ground.arcs, chosen, ground.root, ground.prize, rate, 1 - terminal)
    return int(bound), more, chosen, int(used)


def shortened(ground: Ground, chosen: Flags, chance: Chance) -> tuple[Flags, int]:
    """Join the same goals at less cost: local search among those that the tree has."""
    nodes = ground.nodes_of(chosen)
    terminal = np.zeros(ground.reduced.nodes, np.uint8)
    terminal[nodes[ground.prize[nodes] > 0]] = 1
    terminal[ground.root] = 1
    if terminal.sum() < 2 or (chosen > 0).sum() < 3:
        return chosen, 0
    better, cover = chosen.copy(), np.zeros(ground.reduced.nodes, np.int32)
    seeds: Nodes = shuffled(chance, np.flatnonzero(terminal).astype(np.int32))
    _, used = improved(ground.arcs, terminal, better, seeds, cover, SHAPE, chance, SEARCH_WORK)
    return better, int(used)


def any_node(ground: Ground, chosen: Flags, chance: Chance) -> int:
    """Draw a node of a tree."""
    nodes = ground.nodes_of(chosen)
    return int(nodes[drawn(chance, len(nodes))])


def edges_of(ground: Ground, chosen: Flags) -> Amounts:
    """Return the edges of the whole network of a tree here, without idle ends; free ones where they are needed."""
    problem = ground.network.problem
    edges = np.unique(np.concatenate([ground.reduced.fixed, expanded(ground.reduced, chosen)]))
    arcs = arcs_of(problem.nodes, problem.tail[edges], problem.head[edges], problem.cost[edges])
    _, hold = spanning(arcs, np.ones(problem.nodes, np.uint8), ground.goal, 0)
    return edges[hold > 0]
