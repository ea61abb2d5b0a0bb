"""Small networks: a better tree, or the proof that there is none, by ascent and elimination in turn."""

from __future__ import annotations

import numpy as np

from geo.extend.chance import Chance, drawn
from geo.extend.dual import ascent, possible
from geo.extend.graph import FAR, Amounts, Arcs, Flags, Nodes, arcs_of
from geo.extend.tree import ascended, guided
from geo.kernel import kernel

#: How often a guess may follow a guess before all edges that are still possible are looked at again.
GUESSES = 3


@kernel
def better(  # noqa: C901  the loop of the method
    nodes: int,
    tail: Nodes,
    head: Nodes,
    cost: Amounts,
    terminal: Flags,
    chosen: Flags,
    tries: int,
    chance: Chance,
) -> tuple[int, Flags, bool, int]:
    """Look for a tree cheaper than the chosen one.

    Each try raises a bound from another root and builds a tree of what it paid for. Edges that no better tree can
    use are dropped. Where the bound does not meet the cost, a guess drops more than is proven, and what follows sees a
    smaller network; a guess proves nothing and is taken back.

    Returns
    -------
    tuple
        Cost and edges (m,) of the best tree, whether it is proven, the operations used.

    """
    best, chosen, work, depth = int((cost * chosen).sum()), chosen.copy(), 0, 0
    alive, now, terminals = np.arange(tail.size), np.arange(tail.size), np.nonzero(terminal)[0]
    for turn in range(tries):
        arcs = arcs_of(nodes, tail[now], head[now], cost[now])
        root = terminals[drawn(chance, terminals.size)]
        bound, left, used = _bound(arcs, root, terminal, chosen[now])
        found, picked = FAR, chosen
        if bound < best:
            found, picked = ascended(arcs, left, root, terminal)
        if found < best:  # and so it is a tree
            best, chosen = found, _spread(picked, now, tail.size)
        work += used + 16 * now.size
        if depth == 0:
            if bound >= best:
                return best, chosen, True, work
            alive = now[possible(arcs, left, root, terminal, best - 1 - bound) == 1]
            if alive.size == 0:
                return best, chosen, True, work
            dropped, now = now.size > alive.size, alive
            if turn == 0:
                continue  # once more without a guess, from another root
            if dropped:
                arcs = arcs_of(nodes, tail[now], head[now], cost[now])
                bound, left, used = _bound(arcs, root, terminal, chosen[now])
                work += used + 8 * now.size
        if bound >= best or found >= FAR or depth >= GUESSES:
            now, depth = alive, 0
            continue
        guess = (best - 1 - bound) * (20 + drawn(chance, 61)) // 100
        now = now[possible(arcs, left, root, terminal, guess) == 1]
        depth += 1
        if now.size == 0:
            now, depth = alive, 0
    return best, chosen, False, work


@kernel
def _bound(arcs: Arcs, root: int, terminal: Flags, chosen: Flags) -> tuple[int, Amounts, int]:
    left, cap = arcs.cost.copy(), np.full(terminal.size, FAR, np.int64)
    bound, work = ascent(arcs, left, root, terminal, cap, guided(arcs, chosen, root), FAR)
    return bound, left, work


@kernel
def _spread(picked: Flags, now: Amounts, edges: int) -> Flags:
    out = np.zeros(edges, np.uint8)
    for i in range(now.size):
        out[now[i]] = picked[i]
    return out
