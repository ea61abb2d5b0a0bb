"""The parts of the solver against plain ways: heap, random numbers, ways, spanning trees, bounds with prizes."""

from __future__ import annotations

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.extend.chance import drawn, seeded, shuffled
from geo.extend.dual import ascent, distances, possible
from geo.extend.graph import FAR, arcs_of, components
from geo.extend.heap import pop, push
from geo.extend.near import bridges, near_terminals, special
from geo.extend.small import better
from geo.extend.tree import grown, guided, spanning
from tests.geo.extend.networks import least_cost, networks


def arcs(problem):
    return arcs_of(problem.nodes, problem.tail, problem.head, problem.cost)


def plain_ways(problem, start):
    """Shortest ways by Bellman's relaxation of all edges, again and again."""
    far = [FAR] * problem.nodes
    far[start] = 0
    edges = list(zip(problem.tail.tolist(), problem.head.tolist(), problem.cost.tolist(), strict=True))
    for _ in range(problem.nodes):
        for u, v, c in edges:
            far[u], far[v] = min(far[u], far[v] + c), min(far[v], far[u] + c)
    return far


@given(st.lists(st.integers(0, 2**60), max_size=200))
def test_the_heap_gives_keys_in_order(keys):
    heap, plain = np.empty(1, np.int64), []
    for i, key in enumerate(keys):
        heap = push(heap, i, key)
        heapq.heappush(plain, key)
    out = [pop(heap, len(keys) - i) for i in range(len(keys))]
    assert out == sorted(keys)


def test_random_numbers_are_those_of_the_published_recurrence():
    def plain(x):
        while True:
            x ^= x >> 12
            x = (x ^ x << 25) % 2**64
            x ^= x >> 27
            yield (x * 0x2545F4914F6CDD1D % 2**64) >> 33

    chance = seeded(7)
    due = plain(int(chance[0]))
    assert [drawn(chance, 1000) for _ in range(50)] == [next(due) % 1000 for _ in range(50)]


def test_shuffling_keeps_the_values_and_moves_them():
    values = np.arange(500, dtype=np.int32)
    out = shuffled(seeded(1), values)
    assert sorted(out.tolist()) == values.tolist() != out.tolist()
    assert values.tolist() == list(range(500))


@settings(max_examples=60, deadline=None)
@given(networks())
def test_ways_of_reduced_costs_are_the_shortest(problem):
    a = arcs(problem)
    source = np.zeros(problem.nodes, np.uint8)
    source[0] = 1
    assert distances(a, a.cost.copy(), source, True).tolist() == plain_ways(problem, 0)
    assert distances(a, a.cost.copy(), source, False).tolist() == plain_ways(problem, 0)


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(0, 3000))
def test_an_ascent_stays_below_the_best_tree_and_overpays_no_arc(problem, allowed):
    a, root = arcs(problem), int(np.flatnonzero(problem.terminal)[0])
    left, cap = a.cost.copy(), np.full(problem.nodes, FAR, np.int64)
    bound, _ = ascent(a, left, root, problem.terminal, cap, np.zeros(len(left), np.uint8), allowed)
    assert 0 <= bound <= least_cost(problem)
    assert (left >= 0).all()


@settings(max_examples=60, deadline=None)
@given(networks())
def test_elimination_keeps_every_edge_of_some_best_tree(problem):
    a, root = arcs(problem), int(np.flatnonzero(problem.terminal)[0])
    left, cap = a.cost.copy(), np.full(problem.nodes, FAR, np.int64)
    bound, _ = ascent(a, left, root, problem.terminal, cap, np.zeros(len(left), np.uint8), FAR)
    best = least_cost(problem)
    keep = possible(a, left, root, problem.terminal, best - bound) > 0
    rest = type(problem)(
        problem.nodes, problem.tail[keep], problem.head[keep], problem.cost[keep], problem.terminal
    )
    assert least_cost(rest) == best


@settings(max_examples=60, deadline=None)
@given(networks(9), st.data())
def test_with_prizes_the_bound_is_below_the_best_sum_of_edges_and_prizes_left_out(problem, data):
    root = int(np.flatnonzero(problem.terminal)[0])
    prize = np.array(data.draw(st.lists(st.integers(0, 60), min_size=problem.nodes, max_size=problem.nodes)))
    prize[root] = 0
    goals = np.flatnonzero(prize)[:6]
    prize = np.where(np.isin(np.arange(problem.nodes), goals), prize, 0)
    best = min(
        least_cost(problem, [root, *some]) + int(prize.sum() - prize[list(some)].sum())
        for size in range(len(goals) + 1)
        for some in itertools.combinations(goals.tolist(), size)
    )
    a, cap = arcs(problem), prize.astype(np.int64).copy()
    cap[root] = FAR
    terminal = ((prize > 0) | (np.arange(problem.nodes) == root)).astype(np.uint8)
    bound, _ = ascent(a, a.cost.copy(), root, terminal, cap, np.zeros(len(a.head), np.uint8), FAR)
    assert bound <= best


@settings(max_examples=60, deadline=None)
@given(networks())
def test_a_spanning_tree_of_all_nodes_is_kruskals_before_idle_ends_are_cut(problem):
    everyone = np.ones(problem.nodes, np.uint8)
    cost, chosen = spanning(arcs(problem), everyone, everyone, 0)
    label, total = list(range(problem.nodes)), 0
    for e in np.argsort(problem.cost, kind="stable").tolist():
        u, v = label[problem.tail[e]], label[problem.head[e]]
        if u != v:
            total += int(problem.cost[e])
            label = [v if x == u else x for x in label]
    assert cost == total == int(problem.cost[chosen > 0].sum())


@settings(max_examples=60, deadline=None)
@given(networks())
def test_the_heuristic_joins_all_terminals(problem):
    a, root = arcs(problem), int(np.flatnonzero(problem.terminal)[0])
    member = grown(a, np.ones(len(a.head), np.uint8), root, problem.terminal)
    cost, chosen = spanning(a, member, problem.terminal, root)
    assert member[problem.terminal > 0].all()
    assert least_cost(problem) <= cost == int(problem.cost[chosen > 0].sum())
    assert guided(a, chosen, root).sum() == chosen.sum()


@settings(max_examples=60, deadline=None)
@given(networks())
def test_the_nearest_terminals_are_the_nearest(problem):
    near = near_terminals(arcs(problem), problem.terminal, 3)
    ways = [plain_ways(problem, t) for t in np.flatnonzero(problem.terminal).tolist()]
    for v in range(problem.nodes):
        due = sorted(w[v] for w in ways)[:3]
        assert near.distance[v].tolist() == due + [FAR] * (3 - len(due))


@settings(max_examples=60, deadline=None)
@given(networks(8))
def test_the_special_distance_is_never_below_the_true_bottleneck(problem):
    near = near_terminals(arcs(problem), problem.terminal, 4)
    tree = bridges(problem.tail, problem.head, problem.cost, near)
    stops = np.flatnonzero(problem.terminal).tolist()
    for u, v in itertools.combinations(range(problem.nodes), 2):
        names = sorted({u, v, *stops})
        step = {(x, y): plain_ways(problem, x)[y] for x in names for y in names}
        for k in names:
            step = {(x, y): min(d, max(step[x, k], step[k, y])) for (x, y), d in step.items()}
        assert special(near, tree, u, v, FAR) >= step[u, v]


@settings(max_examples=100, deadline=None)
@given(networks(10))
def test_a_small_network_that_is_called_proven_is(problem):
    a, root = arcs(problem), int(np.flatnonzero(problem.terminal)[0])
    everyone = np.ones(problem.nodes, np.uint8)
    _, chosen = spanning(a, everyone, problem.terminal, root)
    cost, tree, proven, _ = better(
        problem.nodes, problem.tail, problem.head, problem.cost, problem.terminal, chosen, 6, seeded(1)
    )
    assert cost == int(problem.cost[tree > 0].sum()) >= least_cost(problem)
    assert not proven or cost == least_cost(problem)


def test_components_are_what_ways_join():
    label = components(6, np.array([0, 1, 3], np.int32), np.array([1, 2, 4], np.int32))
    assert label[0] == label[1] == label[2]
    assert label[3] == label[4]
    assert len(set(label.tolist())) == 3


@pytest.mark.parametrize("seed", [0, 1, -5, 2**40])
def test_every_seed_gives_a_state_that_is_not_zero(seed):
    assert seeded(seed)[0] != 0
