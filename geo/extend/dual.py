"""Dual ascent: a lower bound that no tree can beat, and the reduced costs that say which edges a better one may use.

A cut that parts a terminal from the root must be crossed by every tree. The ascent raises the price of such cuts as
long as no arc is overpaid; the sum of what was raised is a lower bound of every tree's cost. Costs are whole numbers
and so is the bound: nothing is rounded.

References
----------
Wong (1984), A dual ascent approach for Steiner tree problems on a directed graph. Polzin and Vahdati Daneshmand
(2001), Improved algorithms for the Steiner problem in networks (order of the cuts, elimination by bounds). The
preference for cuts that a known tree crosses once is complementary slackness: they are the ones that can be tight.

"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, bits_of
from geo.extend.heap import pop, push
from geo.kernel import kernel

#: A cut's key: one more arc of the known tree in it counts more than any number of arcs (below 2 ** 22 of them).
TREE_BITS = 22


class _Ascent(NamedTuple):
    """What an ascent works on: active terminals, who waits for whom, the nodes inside and the arcs of a cut."""

    active: Flags
    seen: Nodes
    waits: Nodes
    then: Nodes
    inside: Nodes
    cut: Nodes


@kernel
def ascent(  # noqa: C901  a kernel's tables; the loop of the method
    arcs: Arcs, left: Amounts, root: int, terminal: Flags, cap: Amounts, guide: Flags, allowed: int
) -> tuple[int, int]:
    """Raise cuts around the terminals that the root does not reach, the smallest first.

    Parameters
    ----------
    arcs
        The network.
    left
        (2m,) reduced cost of the arc INTO the node where it is listed: left[a], a among v's arcs, belongs to
        head[a] -> v. Begins as the costs; changed in place, never below 0.
    root
        Where the tree begins; a terminal.
    terminal
        (n,) nodes to be joined.
    cap
        (n,) what joining each is worth (a prize), `FAR` where it must be joined; changed in place to what is left.
    guide
        (2m,) 1 at the arcs of a known tree away from the root, listed as `left`.
    allowed
        Operations; the bound holds too when they run out.

    Returns
    -------
    tuple of int
        The bound, and the operations used.

    """
    n, work, bound, tick, count = arcs.first.size - 1, 0, 0, 0, 0
    bits = bits_of(n)
    room = _Ascent(
        np.zeros(n, np.uint8), np.zeros(n, np.int32), np.full(n, -1, np.int32), np.full(n, -1, np.int32),
        np.empty(n, np.int32), np.empty(arcs.head.size, np.int32),
    )  # fmt: skip
    heap = np.empty(64, np.int64)
    for t in range(n):
        if terminal[t] and t != root and cap[t] > 0:
            room.active[t] = 1
            heap = push(heap, count, (int(arcs.first[t + 1] - arcs.first[t]) << bits) | t)
            count += 1
    room.active[root] = 1
    while count > 0 and work < allowed:
        t = pop(heap, count) & ((1 << bits) - 1)
        count -= 1
        tick += 1
        room.inside[0], room.seen[t] = t, tick
        inside, spread, cut, met = 1, 0, 0, -1
        while True:
            inside, cut, met, scanned = _grow(arcs, left, room, tick, spread, inside, cut)
            spread = inside
            work += scanned
            if met >= 0:
                break
            cut, least, crossed = _crossing(arcs, left, guide, room, tick, cut)
            work += cut
            key = cut + (max(crossed - 1, 0) << TREE_BITS)
            if count > 0 and key > heap[0] >> bits:
                heap = push(heap, count, (key << bits) | t)
                count += 1
                break
            least = min(least, cap[t])
            if least >= FAR:  # nothing leads here: the caller's check says so
                room.active[t] = 0
                break
            bound += least
            if cap[t] < FAR:
                cap[t] -= least
            inside, met = _raised(arcs, left, room, tick, inside, cut, least)
            if cap[t] == 0:  # the prize is used up: those that waited for t go on alone
                heap, count = _woken(room, t, heap, count, key, bits)
                break
            if met >= 0:
                break
        if met >= 0 and cap[t] > 0:
            _waits_for(room, t, met, root)
    return bound, work


@kernel
def _grow(
    arcs: Arcs, left: Amounts, room: _Ascent, tick: int, spread: int, inside: int, cut: int
) -> tuple[int, int, int, int]:
    """Take in all nodes from which free arcs lead inside; list the other arcs of the cut.

    Returns the number of nodes inside, of arcs listed, the active node or root that was met or -1, and the work.
    """
    work = 0
    while spread < inside:
        v = room.inside[spread]
        spread += 1
        work += arcs.first[v + 1] - arcs.first[v]
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            if room.seen[w] == tick:
                continue
            if left[a] > 0:
                room.cut[cut] = a
                cut += 1
            elif room.active[w]:
                return inside, cut, w, work
            else:
                room.seen[w] = tick
                room.inside[inside] = w
                inside += 1
    return inside, cut, -1, work


@kernel
def _crossing(
    arcs: Arcs, left: Amounts, guide: Flags, room: _Ascent, tick: int, cut: int
) -> tuple[int, int, int]:
    """Drop arcs that begin inside by now; return how many cross the cut, the least left, how many the tree has."""
    kept, least, crossed = 0, FAR, 0
    for i in range(cut):
        a = room.cut[i]
        if room.seen[arcs.head[a]] != tick:
            room.cut[kept] = a
            kept += 1
            crossed += guide[a]
            least = min(least, left[a])
    return kept, least, crossed


@kernel
def _raised(
    arcs: Arcs, left: Amounts, room: _Ascent, tick: int, inside: int, cut: int, least: int
) -> tuple[int, int]:
    """Pay for the cut; take in the nodes whose arcs are free now. Returns the nodes inside, and whom it met."""
    met = -1
    for i in range(cut):
        a = room.cut[i]
        left[a] -= least
        w = arcs.head[a]
        if left[a] == 0 and room.seen[w] != tick:
            if room.active[w]:
                met = w
            else:
                room.seen[w] = tick
                room.inside[inside] = w
                inside += 1
    return inside, met


@kernel
def _waits_for(room: _Ascent, t: int, met: int, root: int) -> None:
    room.active[t] = 0
    if met != root:
        room.then[t] = room.waits[met]
        room.waits[met] = t


@kernel
def _woken(room: _Ascent, t: int, heap: Amounts, count: int, key: int, bits: int) -> tuple[Amounts, int]:
    room.active[t] = 0
    s = room.waits[t]
    room.waits[t] = -1
    while s >= 0:
        room.active[s] = 1
        heap = push(heap, count, (key << bits) | s)
        count += 1
        s = room.then[s]
    return heap, count


@kernel
def distances(arcs: Arcs, left: Amounts, source: Flags, outward: bool) -> Amounts:
    """Return (n,) the least reduced cost from the sources along arcs (outward), or along arcs to the nearest one."""
    n, count = arcs.first.size - 1, 0
    bits = bits_of(n)
    far, heap = np.full(n, FAR, np.int64), np.empty(1024, np.int64)
    for v in range(n):
        if source[v]:
            far[v] = 0
            heap = push(heap, count, v)
            count += 1
    while count > 0:
        key = pop(heap, count)
        count -= 1
        v, d = key & ((1 << bits) - 1), key >> bits
        if d > far[v]:
            continue
        for a in range(arcs.first[v], arcs.first[v + 1]):
            w = arcs.head[a]
            x = d + (left[arcs.twin[a]] if outward else left[a])
            if x < far[w]:
                far[w] = x
                heap = push(heap, count, (x << bits) | w)
                count += 1
    return far


@kernel
def possible(arcs: Arcs, left: Amounts, root: int, terminal: Flags, room: int) -> Flags:
    """Return (m,) 1 for the edges that a tree of cost <= bound + room may use (elimination by bounds)."""
    n = arcs.first.size - 1
    source = np.zeros(n, np.uint8)
    source[root] = 1
    out, back = distances(arcs, left, source, True), distances(arcs, left, terminal, False)
    keep = np.zeros(arcs.head.size // 2, np.uint8)
    for v in range(n):
        for a in range(arcs.first[v], arcs.first[v + 1]):
            if out[v] + left[arcs.twin[a]] + back[arcs.head[a]] <= room:
                keep[arcs.edge[a]] = 1
    return keep
