"""Local search: free a connected part of a tree, solve the network around it, put the better part back.

What hangs on the freed part is contracted, each branch into one terminal, and the few hundred nodes nearest to the
part are taken along. The small network is solved by ascent and elimination (`geo.extend.small`), mostly to proof, so
that every exchange of paths and nodes inside the part is tried at once.

References
----------
Pajor, Uchoa, Werneck (2018), A robust and scalable algorithm for the Steiner problem in graphs, for what single
exchanges reach; the parts follow large neighbourhood search (Shaw 1998).

"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.chance import Chance
from geo.extend.graph import Amounts, Arcs, Flags, Nodes, bits_of
from geo.extend.heap import pop, push
from geo.extend.small import better
from geo.kernel import kernel

#: A node is not freed again once so many parts held it and none became better.
ENOUGH = 2


class _Bench(NamedTuple):
    """Of every node: tree edges, stamp, region's stamp, branch (-1), distance, number in the region.

    Lists: nodes of the part, queue, nodes of the region.
    """

    degree: Nodes
    stamp: Nodes
    inside: Nodes
    branch: Nodes
    far: Amounts
    local: Nodes
    part: Nodes
    queue: Nodes
    region: Nodes


class _Local(NamedTuple):
    """The small network's edges: ends and cost, edge in the large one, 1 where the tree has it."""

    tail: Nodes
    head: Nodes
    cost: Amounts
    edge: Nodes
    chosen: Flags


@kernel
def _bench(arcs: Arcs, chosen: Flags) -> _Bench:
    n = arcs.first.size - 1
    degree = np.zeros(n, np.int32)
    for v in range(n):
        for a in range(arcs.first[v], arcs.first[v + 1]):
            degree[v] += chosen[arcs.edge[a]]
    return _Bench(
        degree, np.zeros(n, np.int32), np.zeros(n, np.int32), np.full(n, -1, np.int32), np.empty(n, np.int64),
        np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int32),
    )  # fmt: skip


@kernel
def improved(
    arcs: Arcs, terminal: Flags, chosen: Flags, seeds: Nodes, cover: Nodes, shape: tuple[int, int, int],
    chance: Chance, allowed: int,
) -> tuple[Nodes, int]:  # fmt: skip
    """Free parts around the seeds, one after the other, until the operations are used.

    Parameters
    ----------
    arcs, terminal
        The network.
    chosen
        (m,) edges of its tree; changed in place, never to a dearer one.
    seeds
        Nodes to begin with; the key nodes of a part that became better are added.
    cover
        (n,) how many parts held a node in vain; changed in place.
    shape
        Key nodes of a part (terminals and forks), nodes around it, tries of the small solver.
    chance
        Random numbers.
    allowed
        Operations.

    Returns
    -------
    tuple
        The seeds not used yet, and the operations used.

    """
    keys, around, tries = shape
    bench, tick, work, at, todo = _bench(arcs, chosen), 0, arcs.head.size, 0, seeds.size
    queue, heap = np.empty(8 * seeds.size + 64, np.int32), np.empty(1024, np.int64)
    queue[:todo] = seeds
    while at < todo and work < allowed:
        s = queue[at]
        at += 1
        if bench.degree[s] == 0 or cover[s] >= ENOUGH:
            continue
        tick += 3
        size, heap = _freed(arcs, terminal, chosen, bench, heap, (s, keys, tick))
        old, branches, used = _branches(arcs, terminal, chosen, bench, cover, (size, tick))
        work += used
        if branches < 2:
            continue
        nodes, region, heap = _around(arcs, bench, heap, (size, size + around, branches, tick))
        local = _gathered(arcs, chosen, bench, region, tick)
        goals = np.zeros(nodes, np.uint8)
        goals[:branches] = 1
        cost, picked, _, used = better(
            nodes, local.tail, local.head, local.cost, goals, local.chosen, tries, chance
        )
        work += used + 4 * local.tail.size
        if cost < old:
            _put_back(arcs, chosen, bench, local, picked, (region, tick))
            _trimmed(arcs, terminal, chosen, bench, region)
            for j in range(region):
                v = bench.region[j]
                cover[v] = 0
                if bench.degree[v] > 0 and (terminal[v] or bench.degree[v] > 2) and todo < queue.size:
                    queue[todo] = v
                    todo += 1
    return queue[at:todo].copy(), work


@kernel
def _freed(
    arcs: Arcs, terminal: Flags, chosen: Flags, bench: _Bench, heap: Amounts, ask: tuple[int, int, int]
) -> tuple[int, Amounts]:
    """Collect the nodes of the tree nearest to a seed along it, up to a number of key nodes."""
    seed, keys, tick = ask
    bits, count, size = bits_of(arcs.first.size - 1), 1, 0
    heap[0], bench.far[seed], bench.stamp[seed] = seed, 0, tick
    while count > 0 and keys > 0:
        v = pop(heap, count) & ((1 << bits) - 1)
        count -= 1
        bench.part[size], bench.inside[v] = v, tick
        size += 1
        if terminal[v] or bench.degree[v] > 2:
            keys -= 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if chosen[arcs.edge[a]] and bench.stamp[w] != tick:
                bench.stamp[w], bench.far[w] = tick, bench.far[v] + arcs.cost[a]
                heap = push(heap, count, (bench.far[w] << bits) | w)
                count += 1
    return size, heap


@kernel
def _branches(
    arcs: Arcs, terminal: Flags, chosen: Flags, bench: _Bench, cover: Nodes, ask: tuple[int, int]
) -> tuple[int, int, int]:
    """Give numbers to what hangs on the part, each branch with the node that holds it; -1 to its free nodes.

    Returns the cost of the part's own edges, the number of branches, the work.
    """
    size, tick = ask
    twice, branches, work = 0, 0, 0
    for j in range(size):
        b = bench.part[j]
        cover[b] += 1
        bench.branch[b] = -1
        holds = terminal[b] != 0
        for a in range(arcs.first[b], arcs.first[b + 1]):
            if chosen[arcs.edge[a]]:
                if bench.inside[arcs.head[a]] == tick:
                    twice += arcs.cost[a]
                else:
                    holds = True
        if holds:
            work += _numbered(arcs, chosen, bench, b, branches, tick)
            branches += 1
    return twice // 2, branches, work


@kernel
def _numbered(arcs: Arcs, chosen: Flags, bench: _Bench, b: int, number: int, tick: int) -> int:
    count, at = 1, 0
    bench.queue[0], bench.stamp[b] = b, tick + 1
    while at < count:
        v = bench.queue[at]
        at += 1
        bench.branch[v] = number
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if chosen[arcs.edge[a]] and bench.inside[w] != tick and bench.stamp[w] != tick + 1:
                bench.stamp[w], bench.queue[count] = tick + 1, w
                count += 1
    return count


@kernel
def _around(
    arcs: Arcs, bench: _Bench, heap: Amounts, ask: tuple[int, int, int, int]
) -> tuple[int, int, Amounts]:
    """Collect the nodes nearest to the part and number them: branches first, then free nodes.

    Returns the number of numbers, and of nodes.
    """
    size, most, number, tick = ask
    bits, count, region = bits_of(arcs.first.size - 1), 0, 0
    for j in range(size):
        v = bench.part[j]
        bench.far[v], bench.stamp[v] = 0, tick + 2
        heap = push(heap, count, int(v))
        count += 1
    while count > 0 and region < most:
        key = pop(heap, count)
        count -= 1
        v, d = key & ((1 << bits) - 1), key >> bits
        if d > bench.far[v] or bench.inside[v] == tick + 2:
            continue
        if bench.degree[v] == 0 or (bench.inside[v] == tick and bench.branch[v] < 0):
            bench.local[v] = number
            number += 1
        else:
            bench.local[v] = bench.branch[v]
        bench.inside[v], bench.region[region] = tick + 2, v
        region += 1
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w, x = arcs.head[a], d + arcs.cost[a]
            if bench.stamp[w] != tick + 2 or x < bench.far[w]:
                bench.stamp[w], bench.far[w] = tick + 2, x
                heap = push(heap, count, (x << bits) | w)
                count += 1
    return number, region, heap


@kernel
def _gathered(arcs: Arcs, chosen: Flags, bench: _Bench, region: int, tick: int) -> _Local:
    """List the edges within the region that do not lie inside one branch."""
    m = 0
    for j in range(region):
        m += arcs.first[bench.region[j] + 1] - arcs.first[bench.region[j]]
    local = _Local(
        np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int64), np.empty(m, np.int32),
        np.empty(m, np.uint8),
    )  # fmt: skip
    m = 0
    for j in range(region):
        v = bench.region[j]
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if v < w and bench.inside[w] == tick + 2 and bench.local[v] != bench.local[w]:
                local.tail[m], local.head[m], local.cost[m] = bench.local[v], bench.local[w], arcs.cost[a]
                local.edge[m], local.chosen[m] = arcs.edge[a], chosen[arcs.edge[a]]
                m += 1
    return _Local(local.tail[:m], local.head[:m], local.cost[:m], local.edge[:m], local.chosen[:m])


@kernel
def _put_back(
    arcs: Arcs, chosen: Flags, bench: _Bench, local: _Local, picked: Flags, ask: tuple[int, int]
) -> None:
    """Replace the part: edges between numbers go, the picked ones come, edges inside a branch stay."""
    region, tick = ask
    for j in range(local.tail.size):
        if picked[j]:
            chosen[local.edge[j]] |= 2
    for j in range(region):
        v = bench.region[j]
        for a in range(arcs.first[v], arcs.first[v + 1]):
            e, w = arcs.edge[a], arcs.head[a]
            if v < w and bench.inside[w] == tick + 2:
                old = chosen[e] & 1
                new = old
                if chosen[e] & 2:
                    new = 1
                elif bench.local[v] != bench.local[w]:
                    new = 0
                bench.degree[v] += np.int32(new) - np.int32(old)
                bench.degree[w] += np.int32(new) - np.int32(old)
                chosen[e] = new


@kernel
def _trimmed(arcs: Arcs, terminal: Flags, chosen: Flags, bench: _Bench, region: int) -> None:
    """Cut the ends that are no terminal any more."""
    for j in range(region):
        v = bench.region[j]
        while bench.degree[v] == 1 and not terminal[v]:
            w = v
            for a in range(arcs.first[v], arcs.first[v + 1]):
                if chosen[arcs.edge[a]]:
                    w = arcs.head[a]
                    chosen[arcs.edge[a]] = 0
            bench.degree[v] = 0
            bench.degree[w] -= 1
            v = w
