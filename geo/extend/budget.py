"""The most prize for a budget, with a bound that no plan within it can pass; nested phases.

For any price l of money, prize <= l * budget + all prizes - min over all trees of (l * cost + prizes left out). Dual
ascent gives a lower bound of that minimum; the least of these over many prices is the bound. The trees of the prices,
cut down or filled up to the budget, are the plans. Parts of the best are torn out and refilled while work is left.

References
----------
Johnson, Minkoff, Phillips (2000), The prize collecting Steiner tree problem: theory and practice (budget, strong
pruning). Leitner, Ljubic, Luipersbeck, Sinnl (2018) for dual ascent with prizes.

"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from geo.errors import UsageError
from geo.extend.branches import ball, filled, peeled, worth
from geo.extend.chance import Chance, drawn, seeded
from geo.extend.dual import distances
from geo.extend.forest import Rooted, hanging_on
from geo.extend.graph import FAR, Amounts, Flags
from geo.extend.prizes import FILL_CHARGE, Ground, any_node, edges_of, ground_of, priced, rate_of, shortened
from geo.extend.solve import CHARGE, EDGE_CHARGE

#: Operations of a budget that nobody bounds.
WORK = 2_000_000_000
#: Prices of money tried at first; tears between two looks at the bound.
PRICES, TEARS = 14, 40
#: Smallest and largest part that is torn out (nodes); thousandths of noise on what is filled in.
PART, NOISE = (20, 400), 300


@dataclass(frozen=True)
class Bought:
    """What a budget buys.

    Parameters
    ----------
    edges
        Positions of the edges to build, ascending; those built before among them.
    cost, budget
        What the edges cost, and what they might.
    prize, bound
        What the plan wins; no plan within the budget wins more than the bound.
    served, source
        Goals that it joins, and the source that each hangs on.
    left_out, unreached
        Goals that it leaves out though a way leads there, and those that no way leads to.
    work
        Operations used.

    """

    edges: Amounts
    cost: int
    budget: int
    prize: int
    bound: int
    served: Amounts
    source: Amounts
    left_out: Amounts
    unreached: Amounts
    work: int

    @property
    def gap(self) -> float:
        """(bound - prize) / bound: the part of the bound that a better plan might win; 0 where it is proven."""
        return (self.bound - self.prize) / max(self.bound, 1)


@dataclass(frozen=True)
class Spent:
    """What is known after a step: best tree and its prize, bound, prizes that a better tree may hold, work."""

    chosen: Flags
    prize: int
    bound: int
    open_prize: Amounts
    work: int

    @property
    def proven(self) -> bool:
        """Whether no plan can win more."""
        return self.prize >= self.bound


def buy(
    network: Rooted,
    prize: Amounts,
    budget: int,
    *,
    built: Sequence[int] = (),
    work: int = WORK,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Spent], object] = lambda _: None,
) -> Bought:
    """Join the goals that win most within a budget.

    Parameters
    ----------
    network
        Network with its sources merged (`geo.extend.forest.rooted`).
    prize
        (nodes given,) what joining each node is worth, whole numbers >= 0: homes, people.
    budget
        What the edges may cost together, those in `built` not counted.
    built
        Edges that are there already.
    work, seed, stop, say
        As of `geo.extend.solve.solve`.

    Raises
    ------
    UsageError
        A budget below 0, prizes that cannot be.

    """
    if budget < 0:
        raise UsageError(f"Plan: the budget is {budget}; a budget is 0 or more.")
    ground = ground_of(network, prize, built=built)
    for now in spending(ground, budget, seeded(seed)):
        last = now
        say(now)
        if now.work >= work or stop():
            break
    edges = np.unique(np.concatenate([edges_of(ground, last.chosen), np.asarray(built, np.int64)]))
    return _bought(network, prize, edges, budget=budget, bound=last.bound + ground.had, work=last.work)


def _bought(network: Rooted, prize: Amounts, edges: Amounts, *, budget: int, bound: int, work: int) -> Bought:
    hangs = hanging_on(network, edges)
    goals = np.setdiff1d(network.goals, network.unreached)
    served = network.goals[hangs[network.goals] >= 0]
    won = (hangs >= 0) & (network.place != 0)
    return Bought(
        edges=edges, cost=int(network.problem.cost[edges].sum()), budget=budget,
        prize=int(np.asarray(prize)[won].sum()), bound=bound, served=served, source=hangs[served],
        left_out=np.setdiff1d(goals, served), unreached=network.unreached, work=work,
    )  # fmt: skip


def spending(ground: Ground, budget: int, chance: Chance) -> Iterator[Spent]:
    """Yield what is known after each step: a price each, then tears. Ends when the plan is proven."""
    nothing = np.zeros(ground.size, np.uint8)
    reach = _within(ground, budget)
    now = Spent(nothing, 0, int(reach.sum()), reach, CHARGE + EDGE_CHARGE * ground.size)
    yield now
    tried: list[tuple[tuple[int, int], Flags]] = []
    for now, rate, tree in _by_prices(ground, now, budget, chance):  # noqa: B020  the last one is what is known
        tried.append((rate, tree))
        yield now
        if now.proven:
            return
    while not now.proven:
        for now in _torn(ground, now, budget, chance):  # noqa: B020
            yield now
        for rate, tree in tried[-4:]:
            now, _ = _priced(ground, now, budget, rate, tree)
            yield now


def _within(ground: Ground, budget: int) -> Amounts:
    """Return the prizes of nodes that a way within the budget leads to."""
    source = np.zeros(ground.reduced.nodes, np.uint8)
    source[ground.root] = 1
    far = distances(ground.arcs, ground.arcs.cost.copy(), source, True)
    return np.where(far > budget, 0, ground.prize)


def _by_prices(
    ground: Ground, now: Spent, budget: int, chance: Chance
) -> Iterator[tuple[Spent, tuple[int, int], Flags]]:
    """Try prices of money by bisection: the dearer money is, the smaller the tree."""
    if not ground.size or not now.open_prize.any():
        return
    base = Fraction(max(int(ground.prize.sum()), 1), max(int(ground.reduced.cost.sum()), 1))
    low, high, price = Fraction(0), base * 4096, base * 16
    for _ in range(PRICES):
        rate = rate_of(ground, price)
        now, tree = _priced(ground, now, budget, rate, np.zeros(ground.size, np.uint8))
        tree, used = _grown(ground, tree, rate, chance)
        now, _ = _priced(ground, now, budget, rate, tree)
        fitting, more = _fitted(ground, tree, budget, 0, chance)
        fitting, again = _shorter_and_fuller(ground, fitting, budget, chance)
        now = _better(ground, replace(now, work=now.work + used + more + again), fitting)
        yield now, rate, tree
        if ground.cost_of(tree) > budget:
            low = price
        else:
            high = price
        price = _next_price(price, low, high)


def _next_price(price: Fraction, low: Fraction, high: Fraction) -> Fraction:
    if low == 0:
        return high / 8
    return (low + high) / 2 if high < 4 * low else price * 2


def _priced(
    ground: Ground, now: Spent, budget: int, rate: tuple[int, int], guide: Flags
) -> tuple[Spent, Flags]:
    """Take a price's bound; prizes that no better plan within the budget can hold are closed. Returns a tree too.

    A plan that wins more than the best one would have num * cost + den * (open prizes left out) below `most`.
    """
    num, den = rate
    bound, more, tree, used = priced(ground, now.open_prize, rate, guide)
    top = num * budget + den * int(now.open_prize.sum())
    most = top - den * (now.prize + 1)
    return replace(
        now, bound=min(now.bound, max(now.prize, (top - bound) // den)),
        open_prize=np.where(more > max(0, most - bound), 0, now.open_prize),
        work=now.work + used + CHARGE + EDGE_CHARGE * ground.size,
    ), tree  # fmt: skip


def _grown(ground: Ground, tree: Flags, rate: tuple[int, int], chance: Chance) -> tuple[Flags, int]:
    """Improve a price's tree: the same goals for less, goals that are worth it, parts that are not."""
    tree, used = shortened(ground, tree, chance)
    tree = filled(ground.arcs, tree, ground.root, ground.prize, FAR >> 20, rate, 0, chance)
    tree, more = shortened(ground, tree, chance)
    none = np.zeros(ground.reduced.nodes, np.uint8)
    tree, _, _ = worth(ground.arcs, tree, ground.root, ground.prize, rate, none)
    return tree, used + more + 2 * FILL_CHARGE * ground.size


def _fitted(ground: Ground, tree: Flags, budget: int, noise: int, chance: Chance) -> tuple[Flags, int]:
    """Cut a tree to the budget, by dearer money and branch by branch, fill each up, and take the better."""
    some = [tree]
    if ground.cost_of(tree) > budget:
        some = [
            _cut(ground, tree, budget),
            peeled(ground.arcs, tree, ground.root, ground.prize, budget),
        ]
    full = [
        filled(ground.arcs, x, ground.root, ground.prize, budget - ground.cost_of(x), (0, 1), noise, chance)
        for x in some
    ]
    return max(full, key=ground.prize_of), 2 * len(some) * FILL_CHARGE * ground.size


def _cut(ground: Ground, tree: Flags, budget: int) -> Flags:
    """Raise the price of money until the part that is worth it fits the budget."""
    none = np.zeros(ground.reduced.nodes, np.uint8)
    den = min(1 << 20, FAR // max(int(ground.prize.sum()), 1))
    low, high = 0, FAR // max(int(ground.reduced.cost.sum()), 1)
    best = np.zeros(ground.size, np.uint8)
    while high - low > max(1, high >> 12):
        middle = (low + high) // 2
        part, cost, _ = worth(ground.arcs, tree, ground.root, ground.prize, (middle, den), none)
        if cost <= budget:
            high, best = middle, part
        else:
            low = middle
    return best


def _shorter_and_fuller(ground: Ground, tree: Flags, budget: int, chance: Chance) -> tuple[Flags, int]:
    tree, used = shortened(ground, tree, chance)
    tree, more = _fitted(ground, tree, budget, 0, chance)
    return tree, used + more


def _better(ground: Ground, now: Spent, tree: Flags) -> Spent:
    prize = ground.prize_of(tree)
    return replace(now, chosen=tree, prize=prize) if prize > now.prize else now


def _torn(ground: Ground, now: Spent, budget: int, chance: Chance) -> Iterator[Spent]:
    """Tear parts out of the best tree and fill up again, a little dearer or cheaper than it."""
    tree = now.chosen
    for turn in range(TEARS):
        hit = ball(ground.arcs, any_node(ground, tree, chance), PART[0] + drawn(chance, PART[1] - PART[0]))
        part, _, _ = worth(ground.arcs, tree, ground.root, ground.prize, (1, 1 << 20), hit)
        part, used = _fitted(ground, part, budget, NOISE, chance)
        if turn % 10 == 9:
            part, more = _shorter_and_fuller(ground, part, budget, chance)
            used += more
        if ground.prize_of(part) * 10_000 >= ground.prize_of(tree) * (10_000 - drawn(chance, 5)):
            tree = part
        now = _better(ground, replace(now, work=now.work + used + CHARGE), part)
        yield now
        if now.proven:
            return


def phased(
    network: Rooted,
    prize: Amounts,
    budgets: Sequence[int],
    *,
    work: int = WORK,
    seed: int = 1,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Spent], object] = lambda _: None,
) -> list[Bought]:
    """Plan years one after the other; each holds all that was built before, and can be used by itself.

    Money that a year leaves is carried on. Each year's bound is of any plan that has the sum of the budgets so far,
    so that it says what planning year by year may have lost. `work` is of each year's plan, and of each bound.

    Raises
    ------
    UsageError
        A budget below 0, prizes that cannot be.

    """
    out: list[Bought] = []
    built, total = np.zeros(0, np.int64), 0
    for budget in budgets:
        if budget < 0:
            raise UsageError(f"Plan: the budget is {budget}; a budget is 0 or more.")
        total += budget
        spare = total - int(network.problem.cost[built].sum())
        year = buy(network, prize, spare, built=built.tolist(), work=work, seed=seed, stop=stop, say=say)
        whole = year if not len(built) else buy(network, prize, total, work=work, seed=seed, stop=stop)
        out.append(
            _bought(network, prize, year.edges, budget=total, bound=whole.bound, work=year.work + whole.work)
        )
        built = year.edges
    return out
