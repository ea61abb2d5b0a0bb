"""What is worth its way: between bound and plan lies the best, which all sets of goals give by other means."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import LimitError
from geo.extend.check import check_forest
from geo.extend.collect import collect
from geo.extend.forest import rooted
from tests.geo.extend.networks import least_cost, networks, streets


def network_of(problem, root, prize):
    return rooted(
        problem.nodes, problem.tail, problem.head, problem.cost, sources=[root], goals=np.flatnonzero(prize)
    )


def checked(network, plan):
    return check_forest(
        plan.edges.tolist(), tail=network.tail.tolist(), head=network.head.tolist(),
        cost=network.problem.cost.tolist(), sources=network.sources.tolist(), served=plan.served.tolist(),
    ).cost  # fmt: skip


def best_total(problem, root, prize):
    """Every set of goals, each by its best tree."""
    goals = np.flatnonzero(prize).tolist()
    return min(
        least_cost(problem, [root, *some]) + int(prize.sum() - prize[list(some)].sum())
        for size in range(len(goals) + 1)
        for some in itertools.combinations(goals, size)
    )


@st.composite
def questions(draw):
    problem = draw(networks(9))
    goals = np.flatnonzero(problem.terminal)
    prize = np.zeros(problem.nodes, np.int64)
    for t in goals[1:]:
        prize[t] = draw(st.integers(1, 60))
    return problem, int(goals[0]), prize


@settings(max_examples=150, deadline=None)
@given(questions())
def test_the_best_lies_between_bound_and_plan(question):
    problem, root, prize = question
    network = network_of(problem, root, prize)
    plan = collect(network, prize, work=3_000_000)
    assert checked(network, plan) == plan.cost
    assert plan.lost == int(prize.sum() - prize[plan.served].sum())
    assert plan.bound <= best_total(problem, root, prize) <= plan.cost + plan.lost


def test_on_small_streets_the_best_plan_is_found():
    for seed in range(8):
        problem = streets(5, 8, seed)
        goals, prize = np.flatnonzero(problem.terminal), np.zeros(problem.nodes, np.int64)
        prize[goals[1:]] = np.random.default_rng(seed).integers(5, 150, len(goals) - 1)
        plan = collect(network_of(problem, int(goals[0]), prize), prize, work=20_000_000)
        assert plan.cost + plan.lost == best_total(problem, int(goals[0]), prize)


def test_a_goal_dearer_than_its_worth_is_left_out_and_a_far_one_is_lost():
    network = rooted(5, [0, 1, 0], [1, 2, 3], [4, 9, 0], sources=[0], goals=[1, 2, 3, 4])
    plan = collect(network, np.array([0, 5, 8, 3, 7]))
    assert plan.served.tolist() == [1, 3]
    assert (plan.left_out.tolist(), plan.unreached.tolist()) == ([2], [4])
    assert (plan.cost, plan.lost, plan.bound, plan.gap) == (4, 15, 19, 0.0)


def test_the_same_question_has_the_same_answer():
    problem = streets(20, 60, 2)
    prize = np.where(problem.terminal > 0, 40, 0)
    network = network_of(problem, int(np.flatnonzero(prize)[0]), prize)
    first, again = (collect(network, prize, work=30_000_000) for _ in range(2))
    assert first.edges.tolist() == again.edges.tolist()
    assert (first.bound, first.work) == (again.bound, again.work)
    assert first.bound <= first.cost + first.lost


def test_prizes_beyond_all_measure_are_refused():
    with pytest.raises(LimitError, match="give a larger unit"):
        collect(rooted(2, [0], [1], [4], sources=[0], goals=[1]), np.array([0, 2**61]))
