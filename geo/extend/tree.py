"""Trees: the shortest-path heuristic, spanning trees without idle ends, and a tree's arcs away from its root."""

from __future__ import annotations

import numpy as np

from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, bits_of
from geo.extend.heap import pop, push
from geo.kernel import kernel


@kernel
def grown(arcs: Arcs, usable: Flags, root: int, terminal: Flags) -> Flags:
    """Join the terminals one by one, the nearest to the tree first; return (n,) 1 at the nodes of the tree.

    Parameters
    ----------
    arcs
        The network.
    usable
        (2m,) 1 at the arcs that may be used.
    root, terminal
        Where to begin, and the nodes to be joined.

    References
    ----------
    Takahashi and Matsuyama (1980), An approximate solution for the Steiner problem in graphs.

    """
    n = arcs.first.size - 1
    bits = bits_of(n)
    far, before, joined = np.full(n, FAR, np.int64), np.full(n, -1, np.int32), np.zeros(n, np.uint8)
    heap, count = np.empty(1024, np.int64), 1
    far[root], joined[root], heap[0] = 0, 1, root
    while count > 0:
        key = pop(heap, count)
        count -= 1
        v, d = key & ((1 << bits) - 1), key >> bits
        if d > far[v]:
            continue
        if terminal[v] and not joined[v]:
            while not joined[v]:
                joined[v], far[v] = 1, 0
                heap = push(heap, count, v)
                count += 1
                v = before[v]
            continue
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if usable[a] and d + arcs.cost[a] < far[w]:
                far[w], before[w] = d + arcs.cost[a], v
                heap = push(heap, count, (far[w] << bits) | w)
                count += 1
    return joined


@kernel
def spanning(arcs: Arcs, member: Flags, terminal: Flags, root: int) -> tuple[int, Flags]:
    """Return cost and (m,) flags of a minimum spanning tree of the members, idle ends cut off.

    The cost is `FAR` where a terminal is not reached.

    References
    ----------
    Prim (1957), Shortest connection networks and some generalizations.

    """
    n = arcs.first.size - 1
    bits = bits_of(n)
    near, by = np.full(n, FAR, np.int64), np.full(n, -1, np.int32)
    done, order = np.zeros(n, np.uint8), np.empty(n, np.int32)
    heap, count, reached = np.empty(1024, np.int64), 1, 0
    near[root], heap[0] = 0, root
    while count > 0:
        v = pop(heap, count) & ((1 << bits) - 1)
        count -= 1
        if done[v]:
            continue
        done[v], order[reached] = 1, v
        reached += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if member[w] and not done[w] and arcs.cost[a] < near[w]:
                near[w], by[w] = arcs.cost[a], a
                heap = push(heap, count, (near[w] << bits) | w)
                count += 1
    cost, chosen = _without_idle_ends(arcs, order[:reached], by, terminal)
    for v in range(n):
        if terminal[v] and not done[v]:
            return FAR, chosen
    return cost, chosen


@kernel
def _without_idle_ends(arcs: Arcs, order: Nodes, by: Nodes, terminal: Flags) -> tuple[int, Flags]:
    """Leave out ends of the tree that are no terminal, from the outermost inwards."""
    degree = np.zeros(arcs.first.size - 1, np.int32)
    chosen, cost = np.zeros(arcs.head.size // 2, np.uint8), 0
    for v in order[1:]:
        degree[v] += 1
        degree[arcs.head[arcs.twin[by[v]]]] += 1
    for i in range(len(order) - 1, 0, -1):
        v = order[i]
        if degree[v] == 1 and not terminal[v]:
            degree[arcs.head[arcs.twin[by[v]]]] -= 1
        else:
            chosen[arcs.edge[by[v]]] = 1
            cost += arcs.cost[by[v]]
    return cost, chosen


@kernel
def ascended(arcs: Arcs, left: Amounts, root: int, terminal: Flags) -> tuple[int, Flags]:
    """Return cost and edges of a tree along the arcs that a dual ascent has paid for.

    References
    ----------
    Leitner, Ljubic, Luipersbeck, Sinnl (2018), A dual ascent-based branch-and-bound framework for the prize-collecting
    Steiner tree and related problems.

    """
    usable = np.zeros(arcs.head.size, np.uint8)
    for a in range(arcs.head.size):
        usable[a] = left[arcs.twin[a]] == 0
    return spanning(arcs, grown(arcs, usable, root, terminal), terminal, root)


@kernel
def guided(arcs: Arcs, chosen: Flags, root: int) -> Flags:
    """Return (2m,) 1 at the arcs of a tree away from its root, listed as `geo.extend.dual.ascent` lists `left`."""
    n = arcs.first.size - 1
    guide, seen, queue = np.zeros(arcs.head.size, np.uint8), np.zeros(n, np.uint8), np.empty(n, np.int32)
    queue[0], seen[root], count, at = root, 1, 1, 0
    while at < count:
        v = queue[at]
        at += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if chosen[arcs.edge[a]] and not seen[w]:
                seen[w], queue[count] = 1, w
                count += 1
                guide[arcs.twin[a]] = 1
    return guide
