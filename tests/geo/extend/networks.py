"""Small networks, and the best tree by other means: Dreyfus and Wagner's recursion in plain Python."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st

from geo.extend.graph import Problem, problem_of

FAR = 10**15


def least_cost(problem: Problem, terminals: list[int] | None = None) -> int:
    """The cost of the best tree, by Dreyfus and Wagner (1971): over all subsets of the terminals."""
    n = problem.nodes
    way = np.full((n, n), FAR, np.int64)
    way[np.arange(n), np.arange(n)] = 0
    for u, v, c in zip(problem.tail, problem.head, problem.cost, strict=True):
        way[u, v] = way[v, u] = min(way[u, v], c if u != v else 0)
    for k in range(n):
        way = np.minimum(way, way[:, k, None] + way[None, k, :])
    goals = np.flatnonzero(problem.terminal).tolist() if terminals is None else terminals
    if len(goals) < 2:
        return 0
    *rest, last = goals
    best = {1 << i: way[t].copy() for i, t in enumerate(rest)}
    for size in range(2, len(rest) + 1):
        for some in itertools.combinations(range(len(rest)), size):
            mask = sum(1 << i for i in some)
            at = np.full(n, FAR, np.int64)
            part = (mask - 1) & mask
            while part:
                at = np.minimum(at, best[part] + best[mask ^ part])
                part = (part - 1) & mask
            best[mask] = (at[None, :] + way).min(axis=1)
    return int(best[(1 << len(rest)) - 1][last])


def joined(problem: Problem) -> bool:
    return least_cost(problem) < FAR


@st.composite
def networks(draw: st.DrawFn, most: int = 14) -> Problem:
    """Any connected network with few terminals: ties, free edges, parallel edges and edges to itself among it."""
    n = draw(st.integers(1, most))
    costs = st.integers(0, draw(st.sampled_from([1, 5, 100])))
    spine = [(draw(st.integers(0, v - 1)), v, draw(costs)) for v in range(1, n)]
    node = st.integers(0, n - 1)
    more = draw(st.lists(st.tuples(node, node, costs), max_size=2 * n))
    terminals = draw(st.lists(node, min_size=1, max_size=6))
    return of(n, spine + more, terminals)


def of(n: int, edges: list[tuple[int, int, int]], terminals: list[int]) -> Problem:
    tail, head, cost = zip(*edges, strict=True) if edges else ((), (), ())
    return problem_of(n, tail, head, cost, terminals=terminals)


def streets(side: int, terminals: int, seed: int, most: int = 99) -> Problem:
    """A square of streets with random costs."""
    chance = np.random.default_rng(seed)
    at = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    head = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    cost = chance.integers(0, most + 1, len(tail))
    return problem_of(
        side * side, tail, head, cost, terminals=chance.choice(side * side, terminals, replace=False)
    )
