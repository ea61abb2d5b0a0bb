"""Edges that some best tree does without, and edges that some best tree has.

References
----------
Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs. Polzin and Vahdati Daneshmand (2001),
Improved algorithms for the Steiner problem in networks.

"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, arcs_of, bits_of, root_of
from geo.extend.heap import pop, push
from geo.extend.near import Near, bridges, near_terminals, special
from geo.kernel import kernel

#: Arcs of one node that a search for another way looks at.
ARCS_SEEN = 64


class _Ways(NamedTuple):
    """What a search around one node works on: distance, the node before, the nodes that were seen, their number."""

    far: Amounts
    before: Nodes
    seen: Nodes
    held: Nodes


@kernel
def idle_edges(nodes: int, tail: Nodes, head: Nodes, cost: Amounts, terminal: Flags, scan: int) -> Flags:
    """Return (m,) 1 at the edges that are not needed.

    An edge goes when its ends have a smaller special distance; these go all at once, so the distance must be strictly
    smaller. Then an edge goes when another way is not longer; these go one after the other. Costs must be above 0:
    with free edges two could each be the other's way (`geo.extend.reductions` contracts them first).
    """
    arcs, m = arcs_of(nodes, tail, head, cost), tail.size
    dead, near = np.zeros(m, np.uint8), near_terminals(arcs, terminal, 4)
    tree = bridges(tail, head, cost, near)
    for e in range(m):
        if special(near, tree, tail[e], head[e], cost[e]) < cost[e]:
            dead[e] = 1
    ways = _Ways(
        np.full(nodes, FAR, np.int64), np.full(nodes, -1, np.int32),
        np.empty((4 * scan + 1) * ARCS_SEEN, np.int32), np.zeros(1, np.int32),
    )  # fmt: skip
    heap = np.empty(1024, np.int64)
    for u in range(nodes):
        heap = _search(arcs, dead, ways, heap, u, scan)
        for a in range(arcs.first[u], arcs.first[u + 1]):
            w = arcs.head[a]
            shorter = ways.far[w] < arcs.cost[a] or (ways.far[w] == arcs.cost[a] and ways.before[w] != u)
            if not dead[arcs.edge[a]] and w != u and shorter:
                dead[arcs.edge[a]] = 1
        for i in range(ways.held[0]):
            ways.far[ways.seen[i]], ways.before[ways.seen[i]] = FAR, -1
    return dead


@kernel
def _search(arcs: Arcs, dead: Flags, ways: _Ways, heap: Amounts, u: int, scan: int) -> Amounts:
    """Find ways from u no longer than its longest edge, looking at `scan` nodes."""
    bits, most = bits_of(arcs.first.size - 1), 0
    for a in range(arcs.first[u], arcs.first[u + 1]):
        if not dead[arcs.edge[a]]:
            most = max(most, arcs.cost[a])
    ways.far[u], heap[0], ways.seen[0], ways.held[0] = 0, u, u, 1
    count = 1
    while count > 0 and scan > 0 and ways.held[0] < ways.seen.size - ARCS_SEEN:
        key = pop(heap, count)
        count -= 1
        scan -= 1
        v, d = key & ((1 << bits) - 1), key >> bits
        if d > ways.far[v]:
            continue
        if d > most:
            break
        for a in range(arcs.first[v], min(arcs.first[v + 1], arcs.first[v] + ARCS_SEEN)):
            x = d + arcs.cost[a]
            if not dead[arcs.edge[a]] and x <= most:
                heap, count = _reach(ways, heap, count, arcs.head[a], v, x, u, bits)
    return heap


@kernel
def _reach(
    ways: _Ways, heap: Amounts, count: int, w: int, v: int, x: int, u: int, bits: int
) -> tuple[Amounts, int]:
    """Note that w is x away through v; on a tie the way that is not the edge from u itself."""
    if x < ways.far[w]:
        if ways.far[w] >= FAR:
            ways.seen[ways.held[0]] = w
            ways.held[0] += 1
        ways.far[w], ways.before[w] = x, v
        heap = push(heap, count, (x << bits) | w)
        count += 1
    elif x == ways.far[w] and ways.before[w] == u and v != u:
        ways.before[w] = v
    return heap, count


@kernel
def free_edges(nodes: int, tail: Nodes, head: Nodes, cost: Amounts) -> tuple[Flags, Amounts]:
    """Return the free edges that join what is not joined yet, and the representative of every node."""
    parent, chosen = np.arange(nodes), np.zeros(tail.size, np.uint8)
    for e in range(tail.size):
        if cost[e] == 0:
            a, b = root_of(parent, tail[e]), root_of(parent, head[e])
            if a != b:
                parent[a], chosen[e] = b, 1
    for v in range(nodes):
        parent[v] = root_of(parent, v)
    return chosen, parent


@kernel
def sure_edges(
    nodes: int, tail: Nodes, head: Nodes, cost: Amounts, terminal: Flags, near: Near
) -> tuple[Flags, Amounts]:
    """Return edges that some best tree has, and the representative of every node once they are contracted.

    The nearest edge of a terminal, when the way on from it to another terminal is no longer than the second edge. One
    a terminal and round: a node that was merged has more edges than the test saw.
    """
    arcs, parent = arcs_of(nodes, tail, head, cost), np.arange(nodes)
    fresh, chosen = np.ones(nodes, np.uint8), np.zeros(tail.size, np.uint8)
    for t in range(nodes):
        if not terminal[t] or not fresh[t]:
            continue
        edge, v, first, second = _two_nearest(arcs, t)
        if edge < 0:
            continue
        own = near.terminal[v, 0] == t
        b, d = near.terminal[v, 1 if own else 0], near.distance[v, 1 if own else 0]
        if b < 0 or first + d > second or (own and d > 0 and not terminal[v]):
            continue  # where t itself is v's nearest, the way on from v may lead through t
        if root_of(parent, v) != root_of(parent, t) and root_of(parent, b) != root_of(parent, t):
            parent[root_of(parent, t)] = root_of(parent, v)
            chosen[edge], fresh[t], fresh[v] = 1, 0, 0
    for v in range(nodes):
        parent[v] = root_of(parent, v)
    return chosen, parent


@kernel
def _two_nearest(arcs: Arcs, t: int) -> tuple[int, int, int, int]:
    """Return the cheapest edge of a node, the node it leads to, its cost, and the second edge's."""
    edge, v, first, second = -1, -1, FAR, FAR
    for a in range(arcs.first[t], arcs.first[t + 1]):
        if arcs.cost[a] < first:
            edge, v, first, second = arcs.edge[a], arcs.head[a], arcs.cost[a], first
        elif arcs.cost[a] < second:
            second = arcs.cost[a]
    return edge, v, first, second
