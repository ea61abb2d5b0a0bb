"""Plans out of what is there: each goal hangs on one source, what cannot be reached is listed, Ibiza's forests come back."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import UsageError
from geo.extend.check import check_forest, check_nested
from geo.extend.forest import connect, rooted
from geo.measure import geodesic_distance
from tests.geo.extend.networks import least_cost, networks
from tests.reference import reference


def checked(network, plan, **limits):
    return check_forest(
        plan.edges.tolist(), tail=network.tail.tolist(), head=network.head.tolist(),
        cost=network.problem.cost.tolist(), sources=network.sources.tolist(), served=plan.served.tolist(), **limits,
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(networks(), st.lists(st.integers(0, 13), min_size=1, max_size=3))
def test_a_forest_costs_what_the_best_tree_of_the_merged_sources_costs(problem, sources):
    sources = sorted({s % problem.nodes for s in sources})
    goals = np.flatnonzero(problem.terminal)
    network = rooted(problem.nodes, problem.tail, problem.head, problem.cost, sources=sources, goals=goals)
    plan = connect(network, work=5_000_000)
    free = [
        (sources[0], s, 0) for s in sources[1:]
    ]  # the same by other means: free edges between the sources
    columns = (problem.tail, problem.head, problem.cost)
    ends = [[*x.tolist(), *(edge[i] for edge in free)] for i, x in enumerate(columns)]
    joined = rooted(problem.nodes, *ends, sources=sources[:1], goals=goals).problem
    assert checked(network, plan).cost == plan.cost == least_cost(joined)
    assert plan.bound <= plan.cost
    assert plan.served.tolist() == goals.tolist()
    assert set(plan.source.tolist()) <= set(sources)


def test_a_goal_that_no_way_leads_to_is_listed_and_the_rest_planned():
    network = rooted(6, [0, 1, 3], [1, 2, 4], [4, 6, 1], sources=[0], goals=[2, 4, 5])
    plan = connect(network)
    assert (plan.cost, plan.bound, plan.gap) == (10, 10, 0.0)
    assert plan.served.tolist() == [2]
    assert plan.source.tolist() == [0]
    assert plan.unreached.tolist() == [4, 5]


def test_a_goal_with_the_service_costs_nothing():
    plan = connect(rooted(2, [0], [1], [9], sources=[0, 1], goals=[1]))
    assert (plan.cost, len(plan.edges), plan.served.tolist(), plan.source.tolist()) == (0, 0, [1], [1])


def test_no_goal_is_an_empty_plan():
    plan = connect(rooted(2, [0], [1], [9], sources=[0], goals=[]))
    assert (plan.cost, plan.bound, len(plan.served)) == (0, 0, 0)


def test_each_goal_hangs_on_the_source_that_its_edges_lead_to():
    plan = connect(rooted(5, [0, 1, 2, 3], [1, 2, 3, 4], [1, 5, 1, 1], sources=[0, 4], goals=[1, 2, 3]))
    assert plan.edges.tolist() == [0, 2, 3]
    assert plan.source.tolist() == [0, 4, 4]


def test_without_a_source_there_is_no_plan():
    with pytest.raises(UsageError, match="no source; name at least one node"):
        rooted(2, [0], [1], [9], sources=[], goals=[1])


def test_the_checker_finds_two_sources_in_one_part_an_idle_part_and_a_budget_passed():
    net = {"tail": [0, 1, 3], "head": [1, 2, 4], "cost": [1, 2, 4]}
    with pytest.raises(ValueError, match="a circle"):
        check_forest([0, 1], **net, sources=[0, 2], served=[1])
    with pytest.raises(ValueError, match="more than one part"):
        check_forest([0, 2], **net, sources=[0], served=[1])
    with pytest.raises(ValueError, match="the edges cost 3, the budget is 2"):
        check_forest([0, 1], **net, sources=[0], served=[2], budget=2)
    with pytest.raises(ValueError, match="terminal 2 is not joined"):
        check_forest([0], **net, sources=[0], served=[2])


def test_the_checker_finds_a_phase_that_lacks_what_was_built():
    check_nested([[1], [2, 1], [1, 2]])
    with pytest.raises(ValueError, match="phase 3 lacks edge 2 of the phase before"):
        check_nested([[1], [2, 1], [1, 3]])


def ibiza():
    """Points and fibre nodes, and the lengths between all of them in millimetres on the ellipsoid."""
    points = pd.read_csv(reference("ibiza", "inputs", "points_of_interest.csv"))
    nodes = pd.read_csv(reference("ibiza", "inputs", "transmission_nodes.csv"))
    lon = np.concatenate([nodes["lon"], points["lon"]])
    lat = np.concatenate([nodes["lat"], points["lat"]])
    tail, head = np.triu_indices(len(lon), 1)
    length = geodesic_distance(lon[tail], lat[tail], lon[head], lat[head])
    return len(nodes), len(lon), tail, head, np.round(1000 * length).astype(np.int64), points, nodes


@pytest.mark.parametrize(
    ("longest_km", "points", "total_km"),
    [
        (1, 19, 11.786068),
        (2, 71, 74.277253),
        (3, 96, 122.102495),
        (4, 100, 131.096967),
        (15, 100, 131.096967),
    ],
)
def test_the_spanning_forests_of_the_example_island_come_back(longest_km, points, total_km):
    known, n, tail, head, length, *_ = ibiza()
    short = length <= 1_000_000 * longest_km
    network = rooted(n, tail[short], head[short], length[short], sources=range(known), goals=range(known, n))
    plan = connect(network)
    assert (len(plan.served), len(plan.unreached)) == (points, 100 - points)
    assert plan.cost / 1e6 == pytest.approx(total_km, abs=1e-4)  # each link is rounded to the millimetre
    assert checked(network, plan).cost == plan.cost == plan.bound


def test_the_published_fibre_plan_of_the_example_island_is_20_m_too_long():
    known, n, tail, head, length, points, _ = ibiza()
    planned = set(pd.read_csv(reference("ibiza", "outputs", "fiberpath_results.csv"))["poi_id"])
    lit = [known + i for i, name in enumerate(points["poi_id"]) if name not in planned]
    sources = [*range(known), *lit]
    goals = [v for v in range(n) if v not in set(sources)]
    plan = connect(rooted(n, tail, head, length, sources=sources, goals=goals))
    assert (len(sources), len(goals)) == (34, 96)
    assert plan.cost / 1e6 == pytest.approx(124.186798, abs=1e-4)
    assert plan.cost == plan.bound


def test_sources_are_the_same_in_any_order():
    chance = np.random.default_rng(4)
    tail, head = np.array(list(itertools.combinations(range(12), 2))).T
    cost = chance.integers(1, 50, len(tail))
    plans = [
        connect(rooted(12, tail, head, cost, sources=some, goals=[5, 6, 7, 7]))
        for some in ([1, 2, 3], [3, 1, 2, 2])
    ]
    assert plans[0].edges.tolist() == plans[1].edges.tolist()
