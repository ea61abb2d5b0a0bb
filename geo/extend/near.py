"""The nearest terminals of every node, and how long the longest step between two terminals must be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, bits_of
from geo.extend.heap import pop, push
from geo.kernel import kernel


class Near(NamedTuple):
    """The k nearest terminals (n, k), -1 where there is none, and their distances (n, k), `FAR`."""

    terminal: Nodes
    distance: Amounts


@kernel
def near_terminals(arcs: Arcs, terminal: Flags, k: int) -> Near:
    """Return the k nearest terminals of every node (a label for each terminal that arrives)."""
    n, labels, count = arcs.first.size - 1, 0, 0
    bits = bits_of(k * arcs.head.size + n + 1)
    near = Near(np.full((n, k), -1, np.int32), np.full((n, k), FAR, np.int64))
    held, at, of = np.zeros(n, np.int32), np.empty(1024, np.int32), np.empty(1024, np.int32)
    heap = np.empty(1024, np.int64)
    for v in range(n):
        if terminal[v]:
            at, of = _label(at, of, labels, v, v)
            heap = push(heap, count, labels)
            labels, count = labels + 1, count + 1
    while count > 0:
        key = pop(heap, count)
        count -= 1
        d, i = key >> bits, key & ((1 << bits) - 1)
        v, t = at[i], of[i]
        if _knows(near, held, v, t):
            continue
        near.terminal[v, held[v]], near.distance[v, held[v]] = t, d
        held[v] += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if not _knows(near, held, w, t):
                at, of = _label(at, of, labels, w, t)
                heap = push(heap, count, ((d + arcs.cost[a]) << bits) | labels)
                labels, count = labels + 1, count + 1
    return near


@kernel
def _label(at: Nodes, of: Nodes, labels: int, node: int, terminal: int) -> tuple[Nodes, Nodes]:
    if labels == at.size:
        at, of = np.append(at, at), np.append(of, of)
    at[labels], of[labels] = node, terminal
    return at, of


@kernel
def _knows(near: Near, held: Nodes, v: int, t: int) -> bool:
    """Whether a node has all the terminals that it may have, or this one."""
    if held[v] == near.terminal.shape[1]:
        return True
    known = False
    for j in range(held[v]):
        known = known or near.terminal[v, j] == t
    return known


class Bridges(NamedTuple):
    """A tree over the terminals, joined by size so that steps grow upwards: above (n,), the step to it (n,)."""

    above: Amounts
    step: Amounts


@kernel
def bridges(tail: Nodes, head: Nodes, cost: Amounts, near: Near) -> Bridges:
    """Return the minimum spanning tree of the terminals' distances, for bottlenecks.

    References
    ----------
    Mehlhorn (1988), A faster approximation algorithm for the Steiner problem in graphs: the edges between two
    terminals' neighbourhoods hold a minimum spanning tree of the distances between terminals.

    """
    n = near.terminal.shape[0]
    length = np.full(tail.size, FAR, np.int64)
    for e in range(tail.size):
        s, t = near.terminal[tail[e], 0], near.terminal[head[e], 0]
        if s != t and s >= 0 and t >= 0:
            length[e] = near.distance[tail[e], 0] + cost[e] + near.distance[head[e], 0]
    above, step, size = np.arange(n), np.full(n, FAR, np.int64), np.ones(n, np.int32)
    for e in np.argsort(length, kind="mergesort"):
        if length[e] >= FAR:
            break
        a, b = near.terminal[tail[e], 0], near.terminal[head[e], 0]
        while above[a] != a:
            a = above[a]
        while above[b] != b:
            b = above[b]
        if a != b:
            if size[a] > size[b]:
                a, b = b, a
            above[a], step[a] = b, length[e]
            size[b] += size[a]
    return Bridges(above, step)


@kernel
def bottleneck(tree: Bridges, a: int, b: int) -> int:
    """Return the longest step on the way between two terminals, `FAR` where there is none."""
    longest = 0
    while a != b:
        if tree.step[a] <= tree.step[b]:
            longest, a = tree.step[a], tree.above[a]
        else:
            longest, b = tree.step[b], tree.above[b]
        if longest >= FAR:
            break
    return longest


@kernel
def special(near: Near, tree: Bridges, u: int, v: int, most: int) -> int:
    """Return an upper bound of the special distance of two nodes: the longest step between stops at terminals.

    `most` where nothing shorter is found.

    References
    ----------
    Duin and Volgenant (1989), Reduction tests for the Steiner problem in graphs.

    """
    best = most
    for i in range(near.terminal.shape[1]):
        if near.distance[u, i] >= best:
            break
        for j in range(near.terminal.shape[1]):
            if near.distance[v, j] >= best:
                break
            step = bottleneck(tree, near.terminal[u, i], near.terminal[v, j])
            best = min(best, max(step, near.distance[u, i], near.distance[v, j]))
    return best
