"""Load or compile every kernel before a clock starts."""

from __future__ import annotations

import numpy as np

from geo.extend.chance import drawn, seeded
from geo.extend.graph import Problem, problem_of
from geo.extend.solve import search, solve

#: Crossings of the square of streets, and how many of them are joined: enough that a first bound proves nothing.
SIDE, JOINED = 24, 90


def ready() -> None:
    """Solve a made-up square of streets up to the first step of local search.

    The first time kernels are compiled, about half a minute; later they are read from the cache in about a second.
    """
    solve(streets(), work=1)
    for step, _ in enumerate(search(streets(), chance=seeded(1), levels=1)):
        if step > 3:
            return


def streets(side: int = SIDE, terminals: int = JOINED) -> Problem:
    """Return a square of streets with costs from 5 to 98, the same each time."""
    chance = seeded(1)
    at = np.arange(side * side).reshape(side, side)
    tail = np.concatenate([at[:, :-1].ravel(), at[:-1].ravel()])
    head = np.concatenate([at[:, 1:].ravel(), at[1:].ravel()])
    cost = [5 + drawn(chance, 94) for _ in tail]
    joined = sorted({drawn(chance, side * side) for _ in range(terminals)})
    return problem_of(side * side, tail, head, cost, terminals=joined)
