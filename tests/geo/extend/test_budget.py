"""Budgets: within them always, the prize between nothing and its bound, the best one where all can be tried."""

from __future__ import annotations

import csv
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.extend.budget import buy, phased
from geo.extend.check import check_forest, check_nested
from geo.extend.forest import rooted
from geo.extend.pace import read_pace
from tests.geo.extend.networks import least_cost, networks, streets
from tests.reference import reference


def network_of(problem, root, goals):
    return rooted(problem.nodes, problem.tail, problem.head, problem.cost, sources=[root], goals=goals)


def checked(network, plan):
    """The plan's cost, added up by the checker, which also holds it to the budget."""
    return check_forest(
        plan.edges.tolist(), tail=network.tail.tolist(), head=network.head.tolist(),
        cost=network.problem.cost.tolist(), sources=network.sources.tolist(), served=plan.served.tolist(),
        budget=plan.budget,
    ).cost  # fmt: skip


def best_prize(problem, root, prize, budget):
    """Every set of goals, each by its best tree."""
    goals = np.flatnonzero(prize).tolist()
    return max(
        int(prize[list(some)].sum())
        for size in range(len(goals) + 1)
        for some in itertools.combinations(goals, size)
        if least_cost(problem, [root, *some]) <= budget
    )


@st.composite
def questions(draw):
    problem = draw(networks(9))
    goals = np.flatnonzero(problem.terminal)
    root = int(goals[0])
    prize = np.zeros(problem.nodes, np.int64)
    for t in goals[1:]:
        prize[t] = draw(st.integers(1, 30))
    return problem, root, prize, draw(st.integers(0, 1 + 2 * least_cost(problem)))


@settings(max_examples=150, deadline=None)
@given(questions())
def test_a_plan_keeps_its_budget_and_the_best_lies_between_prize_and_bound(question):
    problem, root, prize, budget = question
    network = network_of(problem, root, np.flatnonzero(prize))
    plan = buy(network, prize, budget, work=4_000_000)
    assert checked(network, plan) == plan.cost <= budget
    assert plan.prize == int(prize[plan.served].sum())
    assert plan.prize <= best_prize(problem, root, prize, budget) <= plan.bound
    assert sorted([*plan.served.tolist(), *plan.left_out.tolist()]) == np.flatnonzero(prize).tolist()


def test_on_small_streets_the_best_plan_is_found():
    found = []
    for seed in range(8):
        problem = streets(5, 7, seed)
        goals = np.flatnonzero(problem.terminal)
        prize = np.zeros(problem.nodes, np.int64)
        prize[goals[1:]] = np.random.default_rng(seed).integers(5, 200, len(goals) - 1)
        budget = least_cost(problem) // 2
        plan = buy(network_of(problem, int(goals[0]), goals[1:]), prize, budget, work=20_000_000)
        best = best_prize(problem, int(goals[0]), prize, budget)
        assert plan.prize <= best <= plan.bound
        found.append(plan.prize == best)
    assert sum(found) >= 7


@pytest.fixture(scope="module")
def town():
    problem = streets(20, 50, 3)
    goals = np.flatnonzero(problem.terminal)
    prize = np.zeros(problem.nodes, np.int64)
    prize[goals[1:]] = np.random.default_rng(5).integers(5, 200, len(goals) - 1)
    return network_of(problem, int(goals[0]), goals[1:]), prize


def test_no_money_buys_nothing_and_all_money_everything(town):
    network, prize = town
    none, all_ = buy(network, prize, 0, work=20_000_000), buy(network, prize, 10**6, work=20_000_000)
    assert (none.cost, none.prize) == (0, none.bound)
    assert (all_.prize, all_.bound, all_.gap, len(all_.left_out)) == (int(prize.sum()),) * 2 + (0.0, 0)


def test_phases_hold_one_another_keep_their_sums_and_win_more_each_year(town):
    network, prize = town
    years = phased(network, prize, [300, 200, 0, 400], work=20_000_000)
    check_nested([y.edges.tolist() for y in years])
    assert [y.budget for y in years] == [300, 500, 500, 900]
    for year in years:
        assert checked(network, year) == year.cost
        assert year.prize <= year.bound
    assert years[0].prize < years[1].prize <= years[2].prize < years[3].prize


def test_the_same_question_has_the_same_answer(town):
    network, prize = town
    first, again = (buy(network, prize, 500, work=30_000_000) for _ in range(2))
    assert first.edges.tolist() == again.edges.tolist()
    assert (first.bound, first.work) == (again.bound, again.work)


def test_a_stop_gives_the_best_so_far(town):
    network, prize = town
    seen = []
    plan = buy(network, prize, 500, say=seen.append, stop=lambda: len(seen) == 3)
    assert len(seen) == 3
    assert 0 < plan.prize <= plan.bound
    assert checked(network, plan) <= 500


def test_what_no_way_leads_to_is_listed_and_what_is_had_already_wins_nothing():
    network = rooted(5, [0, 1], [1, 2], [4, 6], sources=[0], goals=[0, 1, 2, 4])
    plan = buy(network, np.array([9, 3, 5, 0, 7]), 4)
    assert (plan.prize, plan.cost, plan.bound) == (3, 4, 3)
    assert plan.served.tolist() == [0, 1]
    assert plan.left_out.tolist() == [2]
    assert plan.unreached.tolist() == [4]


def test_money_in_a_small_coin_and_large_prizes_change_nothing(town):
    network, prize = town
    plain = buy(network, prize, 500, work=20_000_000)
    fine = rooted(
        len(network.place), network.tail, network.head, network.problem.cost * 10**6, sources=network.sources,
        goals=network.goals,
    )  # fmt: skip
    plan = buy(fine, prize * 1000, 500 * 10**6, work=20_000_000)
    assert checked(fine, plan) == plan.cost <= 500 * 10**6
    assert plan.prize <= 1000 * plain.bound
    assert plan.bound >= 1000 * plain.prize


@pytest.mark.parametrize(
    ("prize", "budget", "message"),
    [
        ([1, 1], -1, "the budget is -1; a budget is 0 or more"),
        ([1, -2], 5, "node 1 has the prize -2; a prize is 0 or more"),
        ([1], 5, "prizes of shape"),
        ([0.5, 1.0], 5, "type float64; give a whole number for each"),
    ],
)
def test_what_cannot_be_asked_is_said(prize, budget, message):
    network = rooted(2, [0], [1], [4], sources=[0], goals=[1])
    with pytest.raises(UsageError, match=message):
        buy(network, np.array(prize), budget)


def test_a_published_network_at_three_tenths_of_its_cost_is_within_two_percent_of_its_bound():
    with reference("steiner", "instances.csv").open(encoding="utf-8") as file:
        whole = next(int(r["optimum"]) for r in csv.DictReader(file) if r["name"] == "I085")
    problem = read_pace(reference("steiner", "I085.gr.gz"))
    goals = np.flatnonzero(problem.terminal)
    prize = np.zeros(problem.nodes, np.int64)
    prize[goals[1:]] = np.random.default_rng(7).integers(5, 200, len(goals) - 1)
    network = network_of(problem, int(goals[0]), goals[1:])
    plan = buy(network, prize, 3 * whole // 10, work=300_000_000)
    assert checked(network, plan) == plan.cost
    assert 0.98 * plan.bound <= plan.prize <= plan.bound
