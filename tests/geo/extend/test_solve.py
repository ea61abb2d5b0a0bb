"""Trees: at the best cost where another method knows it, between bound and cost always, the same each time."""

from __future__ import annotations

import csv
import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import LimitError, UsageError
from geo.extend.chance import seeded
from geo.extend.check import check_tree
from geo.extend.graph import Problem, problem_of
from geo.extend.pace import read_pace
from geo.extend.reductions import reduced_of
from geo.extend.solve import Standing, search, solve
from tests.geo.extend.networks import least_cost, networks, of, streets
from tests.reference import reference


def checked(problem: Problem, found: Standing) -> int:
    """The plan's cost as the checker adds it up."""
    return check_tree(
        found.edges.tolist(), tail=problem.tail.tolist(), head=problem.head.tolist(), cost=problem.cost.tolist(),
        terminals=np.flatnonzero(problem.terminal).tolist(),
    ).cost  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(networks())
def test_on_any_small_network_the_tree_is_the_best_and_proven_or_bounded(problem):
    found = solve(problem, work=10_000_000)
    assert checked(problem, found) == found.cost == least_cost(problem)
    assert found.bound <= found.cost


@settings(max_examples=100, deadline=None)
@given(networks(), st.integers(0, 4))
def test_the_bound_is_never_above_the_best_however_early_it_stops(problem, steps):
    best = least_cost(problem)
    for step, now in enumerate(search(problem, chance=seeded(3), levels=1)):
        assert now.bound <= best <= now.cost
        assert checked(problem, now) == now.cost
        if step == steps:
            break


@settings(max_examples=100, deadline=None)
@given(networks())
def test_reductions_keep_the_best_cost(problem):
    small = reduced_of(problem)
    rest = Problem(small.nodes, small.tail, small.head, small.cost, small.terminal)
    inside = least_cost(rest) if small.size else 0
    assert inside + small.fixed_cost == least_cost(problem)


@pytest.mark.parametrize("seed", range(6))
def test_streets_with_ties_and_free_edges_are_solved_to_the_best(seed):
    problem = streets(7, 8, seed, most=3)
    found = solve(problem, work=50_000_000)
    assert checked(problem, found) == found.cost == least_cost(problem)


def test_the_same_problem_seed_and_work_give_the_same_tree_and_bound():
    problem = streets(40, 200, 1)
    first, again = (solve(problem, work=300_000_000) for _ in range(2))
    assert first.edges.tolist() == again.edges.tolist()
    assert (first.cost, first.bound, first.work) == (again.cost, again.bound, again.work)


def test_costs_times_ten_give_the_same_tree_at_ten_times_cost_and_bound():
    problem = streets(25, 60, 2)
    one = solve(problem, work=50_000_000)
    ten = solve(replace(problem, cost=problem.cost * 10), work=50_000_000)
    assert ten.edges.tolist() == one.edges.tolist()
    assert ten.cost == 10 * one.cost
    assert 10 * one.bound <= ten.bound + 9


def test_more_work_never_gives_a_dearer_tree_or_a_lower_bound():
    problem, seen = streets(40, 250, 3), []
    solve(problem, work=400_000_000, say=seen.append)
    assert len(seen) > 5
    assert all(a.cost >= b.cost and a.bound <= b.bound for a, b in itertools.pairwise(seen))


def test_it_stops_after_the_step_in_which_it_is_told_to():
    problem, seen = streets(40, 250, 3), []
    found = solve(problem, say=seen.append, stop=lambda: len(seen) == 3)
    assert len(seen) == 3
    assert checked(problem, found) == found.cost


def test_one_terminal_needs_no_edge():
    found = solve(of(3, [(0, 1, 5), (1, 2, 5)], [1]))
    assert (found.cost, found.bound, len(found.edges), found.gap) == (0, 0, 0, 0.0)


def test_a_network_of_one_node_is_solved():
    assert solve(of(1, [], [0])).cost == 0


def test_where_every_node_is_a_terminal_it_is_a_minimum_spanning_tree():
    problem = streets(9, 81, 5)
    found, parent, total = solve(problem), list(range(81)), 0

    def top(x):
        while parent[x] != x:
            x = parent[x]
        return x

    for e in np.argsort(problem.cost, kind="stable").tolist():
        a, b = top(int(problem.tail[e])), top(int(problem.head[e]))
        if a != b:
            parent[a], total = b, total + int(problem.cost[e])
    assert found.cost == found.bound == total


def test_free_edges_that_the_tree_does_not_need_are_not_in_it():
    found = solve(of(6, [(0, 1, 7), (1, 2, 0), (2, 3, 0), (3, 1, 0), (1, 4, 3), (4, 5, 0)], [0, 4]))
    assert found.cost == 10
    assert found.edges.tolist() == [0, 4]


def test_a_terminal_that_no_way_leads_to_is_named():
    problem = of(5, [(0, 1, 1), (2, 3, 1)], [0, 1, 3, 4])
    with pytest.raises(
        UsageError, match=r"2 of 4 terminals cannot be reached .* \(nodes 3, 4, counted from 0\)"
    ):
        solve(problem)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tail": [0, 9]}, r"tail 1 is node 9; nodes are numbered 0 to 2"),
        ({"cost": [1, -4]}, r"edge 1 costs -4; a cost is 0 or more"),
        ({"cost": [1, 2.5]}, r"cost of type float64; give whole numbers"),
        ({"cost": [1]}, r"2 tails, 2 heads and 1 costs"),
        ({"terminals": []}, r"no terminal"),
        ({"terminals": [-1]}, r"terminals 0 is node -1"),
    ],
)
def test_a_network_that_cannot_be_is_refused_with_the_place(change, message):
    given = {"tail": [0, 1], "head": [1, 2], "cost": [1, 1], "terminals": [0]} | change
    with pytest.raises(UsageError, match=message):
        problem_of(3, given["tail"], given["head"], given["cost"], terminals=given["terminals"])


def test_costs_that_would_not_fit_are_refused():
    with pytest.raises(LimitError, match="give a larger unit of money"):
        problem_of(2, [0, 0], [1, 1], [2**62, 2**62], terminals=[0, 1])


PUBLISHED = ("I056", "I052", "I054", "I085", "I021")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_are_solved_to_two_in_ten_thousand_with_bounds_within_one_percent(name):
    with reference("steiner", "instances.csv").open(encoding="utf-8") as file:
        best = next(int(r["optimum"]) for r in csv.DictReader(file) if r["name"] == name)
    problem = read_pace(reference("steiner", f"{name}.gr.gz"))
    found = solve(problem, work=150_000_000)
    assert checked(problem, found) == found.cost
    assert 0.99 * best <= found.bound <= best <= found.cost <= 1.0002 * best
