"""Networks as arrays: edges with whole costs, what must be joined, and the arcs around each node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import LimitError, UsageError
from geo.kernel import kernel

Nodes = NDArray[np.int32]
Amounts = NDArray[np.int64]
Flags = NDArray[np.uint8]

#: Farther than any way: stands for "not reached" and "must be joined at any price". Three of them still add up.
FAR = 1 << 60
#: Bits of a packed key (`geo.extend.heap`) that distance and label share.
KEY_BITS = 62


@dataclass(frozen=True)
class Problem:
    """A network and the nodes that one tree must join.

    Parameters
    ----------
    nodes
        Number of nodes; they are numbered from 0.
    tail, head
        (m,) ends of the edges, which may be used in both directions. Parallel edges may be there.
    cost
        (m,) whole costs >= 0, in any unit of money.
    terminal
        (nodes,) 1 where the tree must come.

    """

    nodes: int
    tail: Nodes
    head: Nodes
    cost: Amounts
    terminal: Flags


class Arcs(NamedTuple):
    """Both directions of every edge, by the node they leave.

    first (n + 1,): the arcs of node v are first[v] .. first[v + 1] - 1. Of each arc (2m,): head, edge, position of
    its twin (the other direction), cost.
    """

    first: Nodes
    head: Nodes
    edge: Nodes
    twin: Nodes
    cost: Amounts


def problem_of(
    nodes: int, tail: ArrayLike, head: ArrayLike, cost: ArrayLike, *, terminals: ArrayLike
) -> Problem:
    """Check and pack a network.

    Parameters
    ----------
    nodes
        Number of nodes.
    tail, head, cost
        (m,) whole numbers; an edge from a node to itself is allowed and never used.
    terminals
        Numbers of the nodes to be joined; twice the same is once.

    Raises
    ------
    UsageError
        A node that is not there, a cost that is no whole number or below 0, columns of different length, no terminal.
    LimitError
        Costs so large that a sum would not fit.

    """
    ends = [whole_numbers(values, name) for values, name in ((tail, "tail"), (head, "head"))]
    costs, joined = whole_numbers(cost, "cost"), whole_numbers(terminals, "terminals")
    if not len(ends[0]) == len(ends[1]) == len(costs):
        raise UsageError(
            f"Network: {len(ends[0])} tails, {len(ends[1])} heads and {len(costs)} costs; give one of each an edge."
        )
    for values, name in ((ends[0], "tail"), (ends[1], "head"), (joined, "terminals")):
        _within(values, nodes, name)
    if len(joined) == 0:
        raise UsageError("Network: no terminal; name at least one node that must be joined.")
    if len(costs) and costs.min() < 0:
        edge = int(np.argmax(costs < 0))
        raise UsageError(f"Network: edge {edge} costs {costs[edge]}; a cost is 0 or more.")
    _fits(nodes, costs)
    terminal = np.zeros(nodes, np.uint8)
    terminal[joined] = 1
    return Problem(nodes, ends[0].astype(np.int32), ends[1].astype(np.int32), costs, terminal)


def whole_numbers(values: ArrayLike, name: str) -> Amounts:
    """Return values as 64-bit whole numbers; what is none is refused, nothing is cut off.

    Raises
    ------
    UsageError
        Values of another type.

    """
    array = np.atleast_1d(np.asarray(values))
    if array.size and array.dtype.kind not in "iu":
        raise UsageError(
            f"Network: {name} of type {array.dtype}; give whole numbers, costs in the smallest coin."
        )
    return array.astype(np.int64)


def _within(values: Amounts, nodes: int, name: str) -> None:
    bad = (values < 0) | (values >= nodes)
    if bad.any():
        at = int(np.argmax(bad))
        raise UsageError(f"Network: {name} {at} is node {values[at]}; nodes are numbered 0 to {nodes - 1}.")


def _fits(nodes: int, costs: Amounts) -> None:
    """Refuse what a packed key cannot hold: the sum of all costs beside a label of the reductions."""
    total = int(costs.astype(object).sum()) if len(costs) else 0
    most = 1 << (KEY_BITS - label_bits(nodes, len(costs)))
    if total >= most or nodes >= 1 << 30:
        raise LimitError(
            f"Network: all costs add up to {total}; less than {most} fits: give a larger unit of money."
        )


def label_bits(nodes: int, edges: int) -> int:
    """Return the bits that number the labels of `geo.extend.near`: four a node, each passed on along every arc."""
    return (8 * edges + nodes + 1).bit_length()


@kernel
def bits_of(count: int) -> int:
    """Return the bits that hold the numbers 0 .. count."""
    bits = 1
    while (1 << bits) < count + 1:
        bits += 1
    return bits


@kernel
def arcs_of(nodes: int, tail: Nodes, head: Nodes, cost: Amounts) -> Arcs:
    """Sort both directions of all edges by the node they leave, each node's in the order of the edges."""
    m = tail.size
    first = np.zeros(nodes + 1, np.int32)
    for e in range(m):
        first[tail[e] + 1] += 1
        first[head[e] + 1] += 1
    for v in range(nodes):
        first[v + 1] += first[v]
    at = first[:-1].copy()
    to, edge, twin = np.empty(2 * m, np.int32), np.empty(2 * m, np.int32), np.empty(2 * m, np.int32)
    price = np.empty(2 * m, np.int64)
    for e in range(m):
        a = at[tail[e]]
        at[tail[e]] += 1
        b = at[head[e]]
        at[head[e]] += 1
        to[a], to[b], twin[a], twin[b] = head[e], tail[e], b, a
        edge[a], edge[b], price[a], price[b] = e, e, cost[e], cost[e]
    return Arcs(first, to, edge, twin, price)


@kernel
def root_of(parent: Amounts, x: int) -> int:
    """Find the representative of a set, and shorten the way to it."""
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@kernel
def components(nodes: int, tail: Nodes, head: Nodes) -> Amounts:
    """Return (nodes,) a number that nodes have in common exactly where a way joins them."""
    parent = np.arange(nodes)
    for e in range(tail.size):
        a, b = root_of(parent, tail[e]), root_of(parent, head[e])
        if a != b:
            parent[a] = b
    for v in range(nodes):
        parent[v] = root_of(parent, v)
    return parent


def positions(first: Amounts, chosen: Amounts) -> Amounts:
    """Return the positions of ragged rows: first[c] .. first[c + 1] - 1 for each chosen row, one after the other."""
    size = first[chosen + 1] - first[chosen]
    start = np.cumsum(size) - size
    total = int(size.sum())
    return np.repeat(first[chosen] - start, size) + np.arange(total)
