"""Which goals are worth their way: the least of cost and prizes left out, with a bound that no plan can undercut.

Prizes are in the same money as costs: what joining a goal is worth. A goal is left out where joining it costs more.

References
----------
Johnson, Minkoff, Phillips (2000), The prize collecting Steiner tree problem: theory and practice. Leitner, Ljubic,
Luipersbeck, Sinnl (2018), A dual ascent-based branch-and-bound framework for the prize-collecting Steiner tree and
related problems.

"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from geo.errors import LimitError
from geo.extend.branches import ball, filled, worth
from geo.extend.chance import Chance, drawn, seeded
from geo.extend.forest import Rooted, hanging_on
from geo.extend.graph import FAR, KEY_BITS, Amounts, Flags
from geo.extend.prizes import FILL_CHARGE, Ground, any_node, edges_of, ground_of, priced, shortened
from geo.extend.solve import CHARGE, EDGE_CHARGE

#: Operations of a plan that nobody bounds; tears between two looks at the bound; part torn out (nodes), noise.
WORK, TEARS, PART, NOISE = 2_000_000_000, 20, (20, 400), 300
#: A unit of money wins a unit of prize.
EVEN = (1, 1)


@dataclass(frozen=True)
class Collected:
    """A plan of what is worth its way.

    Parameters
    ----------
    edges
        Positions of the edges to build, ascending.
    cost, lost
        What they cost, and the prizes of the goals left out (unreached ones too).
    bound
        No plan has cost + lost below it.
    served, source
        Goals that the plan joins, and the source that each hangs on.
    left_out, unreached
        Goals that are not worth their way, and those that no way leads to.
    work
        Operations used.

    """

    edges: Amounts
    cost: int
    lost: int
    bound: int
    served: Amounts
    source: Amounts
    left_out: Amounts
    unreached: Amounts
    work: int

    @property
    def gap(self) -> float:
        """(cost + lost - bound) / bound; 0 where the plan is proven."""
        return (self.cost + self.lost - self.bound) / max(self.bound, 1)


@dataclass(frozen=True)
class Weighed:
    """What is known after a step: best tree, its cost and prizes lost together, bound, open prizes, work."""

    chosen: Flags
    total: int
    bound: int
    open_prize: Amounts
    work: int

    @property
    def proven(self) -> bool:
        """Whether no plan is better."""
        return self.bound >= self.total


def collect(
    network: Rooted,
    prize: Amounts,
    *,
    work: int = WORK,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Weighed], object] = lambda _: None,
) -> Collected:
    """Join the goals that are worth their way.

    Parameters
    ----------
    network
        Network with its sources merged (`geo.extend.forest.rooted`).
    prize
        (nodes given,) what joining each is worth, whole numbers >= 0 in the costs' own money.
    work, seed, stop, say
        As of `geo.extend.solve.solve`.

    Raises
    ------
    UsageError
        Prizes that cannot be.
    LimitError
        Prizes so large that their sum does not fit.

    """
    ground = ground_of(network, prize)
    if int(ground.prize.sum()) + int(ground.reduced.cost.sum()) >= 1 << (KEY_BITS - 22):
        raise LimitError(
            "Plan: costs and prizes are so large that their sums do not fit; give a larger unit."
        )
    for now in weighing(ground, seeded(seed)):
        last = now
        say(now)
        if now.work >= work or stop():
            break
    edges = edges_of(ground, last.chosen)
    hangs, given = hanging_on(network, edges), np.asarray(prize)
    apart = (hangs < 0) & (network.place != 0)
    served = network.goals[hangs[network.goals] >= 0]
    far = int(given[apart].sum()) - (int(ground.prize.sum()) - ground.prize_of(last.chosen))
    return Collected(
        edges=edges, cost=int(network.problem.cost[edges].sum()), lost=int(given[apart].sum()),
        bound=last.bound + far, served=served, source=hangs[served],
        left_out=np.setdiff1d(np.setdiff1d(network.goals, served), network.unreached),
        unreached=network.unreached, work=last.work,
    )  # fmt: skip


def weighing(ground: Ground, chance: Chance) -> Iterator[Weighed]:
    """Yield what is known after each step; ends when the plan is proven."""
    nothing = np.zeros(ground.size, np.uint8)
    work = CHARGE + EDGE_CHARGE * ground.size
    now = Weighed(nothing, int(ground.prize.sum()), 0, ground.prize, work)
    now, tree = _bounded(ground, now, nothing)
    while True:
        tree, used = _grown(ground, tree, chance)
        now, _ = _bounded(ground, _better(ground, replace(now, work=now.work + used), tree), now.chosen)
        yield now
        for _ in range(TEARS):
            if now.proven:
                return
            tree, used = _torn(ground, now.chosen, chance)
            now = _better(ground, replace(now, work=now.work + used), tree)
            yield now
        tree = now.chosen


def _bounded(ground: Ground, now: Weighed, guide: Flags) -> tuple[Weighed, Flags]:
    """Raise the bound, guided by a tree; goals that no better plan joins are closed. Returns a tree too."""
    closed = int(ground.prize.sum()) - int(now.open_prize.sum())
    bound, more, tree, used = priced(ground, now.open_prize, EVEN, guide)
    bound += closed  # a better plan loses all of these
    room = max(0, now.total - 1 - bound)
    return replace(
        now, bound=max(now.bound, min(bound, now.total)), open_prize=np.where(more > room, 0, now.open_prize),
        work=now.work + used + CHARGE + EDGE_CHARGE * ground.size,
    ), tree  # fmt: skip


def _grown(ground: Ground, tree: Flags, chance: Chance) -> tuple[Flags, int]:
    """Improve a tree: the same goals for less, more that are worth it, none that are not."""
    tree, used = shortened(ground, tree, chance)
    tree = filled(ground.arcs, tree, ground.root, ground.prize, FAR >> 20, EVEN, 0, chance)
    tree, more = shortened(ground, tree, chance)
    return _worth(ground, tree, np.zeros(ground.reduced.nodes, np.uint8)), used + more + CHARGE


def _torn(ground: Ground, tree: Flags, chance: Chance) -> tuple[Flags, int]:
    """Tear a part out of a tree and fill up again, in another order."""
    none = np.zeros(ground.reduced.nodes, np.uint8)
    hit = ball(ground.arcs, any_node(ground, tree, chance), PART[0] + drawn(chance, PART[1] - PART[0]))
    part = _worth(ground, tree, hit)
    part = filled(ground.arcs, part, ground.root, ground.prize, FAR >> 20, EVEN, NOISE, chance)
    part, used = shortened(ground, part, chance)
    return _worth(ground, part, none), used + CHARGE + 3 * FILL_CHARGE * ground.size


def _worth(ground: Ground, tree: Flags, skip: Flags) -> Flags:
    part, _, _ = worth(ground.arcs, tree, ground.root, ground.prize, EVEN, skip)
    return part


def _better(ground: Ground, now: Weighed, tree: Flags) -> Weighed:
    total = ground.cost_of(tree) + int(ground.prize.sum()) - ground.prize_of(tree)
    return replace(now, chosen=tree, total=total) if total < now.total else now
