"""Trees with prizes: the part that is worth its cost, the part that fits a budget, what money left can buy."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.chance import Chance, drawn
from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, bits_of
from geo.extend.heap import pop, push
from geo.kernel import kernel
from geo.measure import Floats


class Outward(NamedTuple):
    """A tree from its root: nodes in order; of each node its parent and the arc from there (-1 at the root)."""

    order: Nodes
    parent: Nodes
    by: Nodes


@kernel
def outward(arcs: Arcs, chosen: Flags, root: int) -> Outward:
    """Walk a tree from its root, the nearest nodes (in edges) first."""
    n, count, at = arcs.first.size - 1, 1, 0
    order, parent, by = np.empty(n, np.int32), np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    order[0] = root
    while at < count:
        v = order[at]
        at += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if chosen[arcs.edge[a]] and w != root and by[w] < 0:
                parent[w], by[w], order[count] = v, a, w
                count += 1
    return Outward(order[:count], parent, by)


@kernel
def worth(
    arcs: Arcs, chosen: Flags, root: int, prize: Amounts, rate: tuple[int, int], skip: Flags
) -> tuple[Flags, int, int]:
    """Keep the part of a tree with the most of den * prize - num * cost; return its edges, cost and prize.

    `rate` is (num, den). Prizes of nodes with `skip` do not count for the choice. Exact, from the ends inwards.
    """
    num, den = rate
    tree, kept = outward(arcs, chosen, root), np.zeros(chosen.size, np.uint8)
    value, inside = den * prize * (1 - skip), np.zeros(prize.size, np.uint8)
    for i in range(len(tree.order) - 1, 0, -1):
        v = tree.order[i]
        value[tree.parent[v]] += max(0, value[v] - num * arcs.cost[tree.by[v]])
    cost, total = 0, prize[root]
    inside[root] = 1
    for v in tree.order[1:]:
        if inside[tree.parent[v]] and value[v] > num * arcs.cost[tree.by[v]]:
            inside[v], kept[arcs.edge[tree.by[v]]] = 1, 1
            cost += arcs.cost[tree.by[v]]
            total += prize[v]
    return kept, cost, total


@kernel
def peeled(arcs: Arcs, chosen: Flags, root: int, prize: Amounts, budget: int) -> Flags:
    """Cut a tree down to a budget: again and again the branch with the least prize for its cost.

    Only branches that are not dearer than the excess are looked at, while there are any: so the trunk to a far cluster
    stays and its twigs go.
    """
    tree, kept = outward(arcs, chosen, root), chosen.copy()
    prizes, costs, alive = prize.copy(), np.zeros(prize.size, np.int64), np.ones(prize.size, np.uint8)
    for i in range(len(tree.order) - 1, 0, -1):
        v = tree.order[i]
        costs[v] += arcs.cost[tree.by[v]]
        costs[tree.parent[v]] += costs[v]
        prizes[tree.parent[v]] += prizes[v]
    while costs[root] > budget:
        branch = _worst(tree.order, prizes, costs, alive, costs[root] - budget)
        cost, gone, v = costs[branch], prizes[branch], branch
        alive[branch] = 0
        while v != root:
            v = tree.parent[v]
            costs[v] -= cost
            prizes[v] -= gone
        for w in tree.order[1:]:
            alive[w] = alive[w] and alive[tree.parent[w]]
    for v in tree.order[1:]:
        if not alive[v]:
            kept[arcs.edge[tree.by[v]]] = 0
    return kept


@kernel
def _worst(order: Nodes, prizes: Amounts, costs: Amounts, alive: Flags, excess: int) -> int:
    """Return the branch with the least prize for its cost among those within the excess, else the least prize."""
    branch, least = -1, np.inf
    for v in order[1:]:
        if alive[v] and 0 < costs[v] <= excess and prizes[v] / costs[v] < least:
            branch, least = v, prizes[v] / costs[v]
    if branch < 0:
        for v in order[1:]:
            if alive[v] and costs[v] > excess and prizes[v] < least:
                branch, least = v, np.float64(prizes[v])
    return branch


class _Reach(NamedTuple):
    """Of each node: cost of the way from the tree, the arc it comes by, prizes along it, whether the tree has it."""

    far: Amounts
    by: Nodes
    gain: Amounts
    inside: Flags


@kernel
def filled(
    arcs: Arcs,
    chosen: Flags,
    root: int,
    prize: Amounts,
    left: int,
    rate: tuple[int, int],
    noise: int,
    chance: Chance,
) -> Flags:
    """Add the way with the best prize for its cost that the money left allows, again and again.

    None is added below num / den of `rate`. `noise` in thousandths is put on the order at random.
    """
    chosen, goals, more = chosen.copy(), np.nonzero(prize)[0], np.ones(prize.size)
    if noise > 0:
        for t in goals:
            more[t] = 1 + drawn(chance, noise) / 1000
    reach, heap, count = _begun(arcs, chosen, root)
    while True:
        heap = _spread(arcs, reach, prize, left, heap, count)
        branch = _best(reach, goals, more, left, rate)
        if branch < 0:
            return chosen
        left -= reach.far[branch]
        count, v = 0, int(branch)
        while not reach.inside[v]:
            a = reach.by[v]
            reach.inside[v], reach.far[v], reach.gain[v], chosen[arcs.edge[a]] = 1, 0, 0, 1
            heap = push(heap, count, v)
            count += 1
            v = int(arcs.head[arcs.twin[a]])


@kernel
def _begun(arcs: Arcs, chosen: Flags, root: int) -> tuple[_Reach, Amounts, int]:
    """Put all nodes of a tree into a heap at distance 0."""
    n, heap, count = arcs.first.size - 1, np.empty(1024, np.int64), 0
    reach = _Reach(
        np.full(n, FAR, np.int64), np.full(n, -1, np.int32), np.zeros(n, np.int64), np.zeros(n, np.uint8)
    )
    reach.inside[root] = 1
    for v in range(n):
        for a in range(arcs.first[v], arcs.first[v + 1]):
            if chosen[arcs.edge[a]]:
                reach.inside[v] = 1
        if reach.inside[v]:
            reach.far[v] = 0
            heap = push(heap, count, v)
            count += 1
    return reach, heap, count


@kernel
def _best(reach: _Reach, goals: Amounts, more: Floats, left: int, rate: tuple[int, int]) -> int:
    """Return the goal whose way gives the most prize for its cost, -1 where none is worth it."""
    branch, best = -1, 0.0
    for t in goals:
        if reach.inside[t] or reach.far[t] > left or reach.gain[t] * rate[1] < reach.far[t] * rate[0]:
            continue
        value = reach.gain[t] * more[t] / (reach.far[t] + 1e-9)
        if value > best:
            branch, best = int(t), value
    return branch


@kernel
def _spread(arcs: Arcs, reach: _Reach, prize: Amounts, left: int, heap: Amounts, count: int) -> Amounts:
    """Bring ways from the tree up to date, none dearer than the money left."""
    bits = bits_of(arcs.first.size - 1)
    while count > 0:
        key = pop(heap, count)
        count -= 1
        v, d = key & ((1 << bits) - 1), key >> bits
        if d > reach.far[v]:
            continue
        if not reach.inside[v]:
            before = arcs.head[arcs.twin[reach.by[v]]]
            reach.gain[v] = prize[v] + (0 if reach.inside[before] else reach.gain[before])
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w, x = arcs.head[a], d + arcs.cost[a]
            if x < reach.far[w] and x <= left:
                reach.far[w], reach.by[w] = x, a
                heap = push(heap, count, (x << bits) | w)
                count += 1
    return heap


@kernel
def ball(arcs: Arcs, start: int, size: int) -> Flags:
    """Return (n,) 1 at the nodes nearest to a node, counted in edges."""
    n = arcs.first.size - 1
    hit, queue, count, at = np.zeros(n, np.uint8), np.empty(n, np.int32), 1, 0
    queue[0], hit[start] = start, 1
    while at < count:
        v = queue[at]
        at += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if not hit[w] and count < size:
                hit[w], queue[count] = 1, w
                count += 1
    return hit
