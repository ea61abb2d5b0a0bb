"""Tree: what is no tree is refused by name, and numbers that cannot be right are set aside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.capacity.tree import LEVELS, read_tree
from geo.errors import SourceError, UnknownName
from geo.terms import Action


def nodes(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of id, level, parent, uplink, subscribers, and homes where they are given."""
    filled = [(*r, *[np.nan] * (6 - len(r))) for r in rows]
    table = pd.DataFrame(
        filled, columns=["node_id", "level", "parent_id", "uplink_mbps", "subscribers", "homes"]
    )
    return table.assign(iptv_homes=0.0)


SOUND = [
    ("E", "egress", "", 300.0, np.nan),
    ("B", "aggregation", "E", 100.0, np.nan),
    ("A", "access", "B", 10.0, 5.0),
]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("A", "access", "B", 1, 1), ("A", "access", "C", 1, 1), ("B", "core", "", 1), ("C", "core", "", 1)],
         "nodes, A: node A is fed by several parents: B, C"),
        ([("A", "access", "", 1, 1), ("A", "access", "", 2, 1)], "nodes, A: node A stands in several rows"),
        ([("A", "core", "A", 1)], "nodes, A: node A is its own parent"),
        ([("A", "access", "Z", 1, 1)], "nodes, A: node A leads to Z, which is not there"),
        ([("A", "attic", "", 1, 1)], "nodes, A: node 'A' has the level 'attic'; there is access, aggregation"),
        ([("", "access", "", 1, 1)], r"nodes, \?: node '' has the level"),
        ([("A", "core", "B", 1), ("B", "access", "", 1, 1)], r"node A \(core\) leads to B \(access\)"),
        ([("A", "core", "B", 1), ("B", "core", "C", 1), ("C", "core", "A", 1), ("D", "access", "A", 1, 1)],
         "in a circle: A > B > C > A"),
    ],
)  # fmt: skip
def test_what_is_no_tree_is_refused_by_name(rows: list[tuple[Any, ...]], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        read_tree(nodes(*rows))


def test_two_circles_are_two_and_the_rest_is_not_named() -> None:
    rows = [(a, "core", b, 1) for a, b in ("AB", "BA", "CD", "DC", "EA")]
    with pytest.raises(SourceError, match=r"A > B > A(.|\n)*C > D > C") as said:
        read_tree(nodes(*rows))
    assert "E" not in str(said.value).replace("Each", "")


def test_many_faults_are_told_in_five_lines_and_a_number() -> None:
    with pytest.raises(SourceError, match=r"and 7 more\."):
        read_tree(nodes(*((f"A{i:02}", "access", "Z", 1, 1) for i in range(12))))


@pytest.mark.parametrize(
    ("row", "rule", "column"),
    [
        (("A", "access", "B", 100_000.0, 5.0), "capacity.unit_mistake", "uplink_mbps"),
        (("A", "access", "B", -1.0, 5.0), "capacity.number", "uplink_mbps"),
        (("A", "access", "B", np.inf, 5.0), "capacity.number", "uplink_mbps"),
        (("A", "access", "B", 10.0, -5.0), "capacity.number", "subscribers"),
        (("A", "access", "B", 10.0, 50.0, 5.0), "capacity.subscribers_far_above_homes", "subscribers"),
    ],
)
def test_a_number_that_cannot_be_right_is_set_aside_and_unknown(
    row: tuple[Any, ...], rule: str, column: str
) -> None:
    tree, found = read_tree(nodes(*SOUND[:2], row))
    assert [(f.row, f.rule, f.action) for f in found] == [("A", rule, Action.QUARANTINE)]
    assert np.isnan(tree.numbers(column)[0])
    assert "A" in found[0].message()
    assert "A" in found[0].message("zh")


def test_a_child_of_nearly_a_thousand_times_or_of_a_parent_without_capacity_is_no_unit_mistake() -> None:
    assert read_tree(nodes(*SOUND[:2], ("A", "access", "B", 99_999.0, 5.0)))[1] == []
    none = [SOUND[0], ("B", "aggregation", "E", 0.0, np.nan), ("A", "access", "B", 10.0, 5.0)]
    assert read_tree(nodes(*none))[1] == []


def test_more_subscribers_than_homes_are_named_and_not_clipped() -> None:
    tree, found = read_tree(nodes(*SOUND[:2], ("A", "access", "B", 10.0, 6.0, 5.0)))
    assert [(f.rule, f.action) for f in found] == [("capacity.subscribers_above_homes", Action.NOTICE)]
    assert tree.numbers("subscribers")[0] == 6


def test_a_node_that_leads_nowhere_and_is_no_egress_is_noted() -> None:
    _, found = read_tree(nodes(("A", "access", "", 1.0, 1.0)))
    assert [f.rule for f in found] == ["capacity.no_egress"]


def test_a_chain_of_every_level_and_a_shorter_way_are_both_trees() -> None:
    rows = [(level, level, LEVELS[i + 1] if i < 4 else "", 1.0, np.nan) for i, level in enumerate(LEVELS)]
    tree, _ = read_tree(nodes(*rows, ("short", "access", "core", 1.0, 1.0)))
    assert [len(some) for some in tree.rounds] == [2, 1, 1, 1, 1]
    assert tree.up(np.ones(6))[tree.nodes["node_id"].tolist().index("egress")] == 6


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UnknownName, match="nodes lack the columns uplink_mbps"):
        read_tree(nodes(*SOUND).drop(columns="uplink_mbps"))
