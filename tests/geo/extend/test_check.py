"""The checker finds every way in which a plan is not what it says."""

from __future__ import annotations

import pytest

from geo.extend.check import check_tree

NET = {"tail": [0, 1, 2, 0, 4], "head": [1, 2, 3, 3, 5], "cost": [5, 0, 2, 9, 1]}


def test_a_tree_is_added_up():
    found = check_tree([2, 0, 1], **NET, terminals=[0, 3, 3])
    assert (found.cost, found.edges, found.nodes) == (7, 3, 4)


def test_no_edge_is_a_tree_of_one_terminal():
    assert check_tree([], **NET, terminals=[2]).cost == 0


@pytest.mark.parametrize(
    ("edges", "terminals", "message"),
    [
        ([0, 0], [0, 1], "an edge is given twice"),
        ([0, 7], [0, 1], "edge 7 is not there"),
        ([0, -1], [0, 1], "edge -1 is not there"),
        ([0, 1], [0, 3], r"terminal 3 is not joined \(1 are not\)"),
        ([], [0, 3], "terminal 3 is not joined"),
        ([0, 1, 2, 3], [0, 3], "a circle"),
        ([0, 4], [0, 1], "more than one part: 2 nodes hang apart"),
    ],
)
def test_what_is_wrong_with_a_plan_is_said(edges, terminals, message):
    with pytest.raises(ValueError, match=message):
        check_tree(edges, **NET, terminals=terminals)
