"""Ends and chains: edges that lead nowhere are cut, edges in a row become one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.extend.graph import Amounts, Arcs, Flags, Nodes, arcs_of
from geo.kernel import kernel


class Joined(NamedTuple):
    """Edges after chains were joined: ends, cost, whether the known tree has them, the original edges of each."""

    tail: Nodes
    head: Nodes
    cost: Amounts
    chosen: Flags
    first: Amounts
    parts: Amounts


@kernel
def joined(  # noqa: PLR0913  a kernel's tables
    nodes: int, tail: Nodes, head: Nodes, cost: Amounts, chosen: Flags, terminal: Flags, first: Amounts,
    parts: Amounts, hand: bool,
) -> tuple[Joined, Flags]:  # fmt: skip
    """Cut ends that are no terminal, and join the two edges of a node that is none.

    Where `hand`, a terminal at an end gives its only edge, which every tree has, and makes its neighbour a terminal
    (`terminal` is changed in place); not so where a terminal may be left out.

    Returns
    -------
    tuple
        The edges that are left, and (m,) 1 at the edges that every tree has.

    """
    arcs, dead = arcs_of(nodes, tail, head, cost), np.zeros(tail.size, np.uint8)
    degree = (arcs.first[1:] - arcs.first[:-1]).astype(np.int32)
    given = _ends(arcs, degree, dead, terminal, hand)
    m = tail.size
    out = Joined(
        np.empty(m, np.int32), np.empty(m, np.int32), np.empty(m, np.int64), np.empty(m, np.uint8),
        np.zeros(m + 1, np.int64), np.empty(parts.size, np.int64),
    )  # fmt: skip
    k, x = 0, 0
    for s in range(nodes):
        if degree[s] == 0 or (degree[s] == 2 and not terminal[s]):
            continue
        for a in range(arcs.first[s], arcs.first[s + 1]):
            if dead[arcs.edge[a]]:
                continue
            end, total, tree, y = _chain(
                arcs, degree, dead, terminal, a, (chosen, first, parts), out.parts, x
            )
            if end != s:  # a chain back to where it began is no way to anywhere
                out.tail[k], out.head[k], out.cost[k], out.chosen[k] = min(s, end), max(s, end), total, tree
                k, x = k + 1, y
                out.first[k] = x
    kept = Joined(out.tail[:k], out.head[:k], out.cost[:k], out.chosen[:k], out.first[: k + 1], out.parts[:x])
    return kept, given


@kernel
def _ends(arcs: Arcs, degree: Nodes, dead: Flags, terminal: Flags, hand: bool) -> Flags:
    """Cut ends; return the edges of terminals that were given."""
    given, terminals = np.zeros(dead.size, np.uint8), terminal.sum()
    stack, count = np.empty(degree.size, np.int32), 0
    for v in range(degree.size):
        if degree[v] == 1:
            stack[count] = v
            count += 1
    while count > 0:
        count -= 1
        v = stack[count]
        if degree[v] != 1 or (terminal[v] and (terminals == 1 or not hand)):
            continue
        a = _alive(arcs, dead, v, -1)
        w = arcs.head[a]
        dead[arcs.edge[a]], degree[v] = 1, 0
        degree[w] -= 1
        if terminal[v]:
            given[arcs.edge[a]], terminal[v] = 1, 0
            terminals -= terminal[w]
            terminal[w] = 1
        if degree[w] == 1:
            stack[count] = w
            count += 1
    return given


@kernel
def _alive(arcs: Arcs, dead: Flags, v: int, other: int) -> int:
    """Return the last arc of a node that is not dead, `other` where there is none."""
    for b in range(arcs.first[v], arcs.first[v + 1]):
        if not dead[arcs.edge[b]]:
            other = b
    return other


@kernel
def _chain(
    arcs: Arcs, degree: Nodes, dead: Flags, terminal: Flags, a: int, edges: tuple[Flags, Amounts, Amounts],
    into: Amounts, x: int,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Walk along an arc up to the next node that stays; return that node, cost, tree or not, the end of its parts."""
    chosen, first, parts = edges
    total, tree = np.int64(0), 1
    while True:
        e = arcs.edge[a]
        dead[e] = 1
        total += arcs.cost[a]
        tree = min(tree, chosen[e])
        for i in range(first[e], first[e + 1]):
            into[x] = parts[i]
            x += 1
        v = arcs.head[a]
        if degree[v] != 2 or terminal[v]:
            return v, total, tree, x
        a = _alive(arcs, dead, v, a)
