"""Units out of the units below: who is the evidence, and which can no longer be covered."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from geo.cover.children import closed, from_children
from geo.facts import COVERED, PARTIAL, STATUSES, UNCOVERED, UNKNOWN, Block, Setting, unknown_block
from geo.region import Rule
from geo.units import Hierarchy
from tests import worlds

C, P, N, U = COVERED, PARTIAL, UNCOVERED, UNKNOWN


def family(*statuses: int) -> tuple[Hierarchy, Block, np.ndarray]:
    """One village, its hamlets of ten homes each with these statuses, and the village's position."""
    of = worlds.villages(1, 1)
    below = worlds.hamlets(of, len(statuses)).assign(homes=10.0, people=25.0)
    _, tree = worlds.units(of, below)
    block = unknown_block(Setting("s", "*", "within", "measured"), tree.at("hamlet"))
    status = np.array(statuses, np.int8)
    half = np.array([{C: 1.0, P: 0.5, N: 0.0, U: np.nan}[s] for s in statuses])
    told = {f"share_{b}": half for b in ("area", "population", "households")}
    block = replace(block, status=status, unknown_share=(status == U).astype(float), **told)
    return tree, block, tree.at("village")


RULES = {
    "all": Rule(level="village", rule="all_children"),
    "any": Rule(level="village", rule="any_child"),
    "half": Rule(level="village", rule="share_of_children", share=0.5),
    "half of homes": Rule(level="village", rule="share_of_children", share=0.5, basis="households"),
}


@pytest.mark.parametrize(
    ("rule", "statuses", "status", "evidence"),
    [
        ("all", (C, C), "covered", "01"),
        ("all", (C, N, U), "partial", "12"),
        ("any", (N, C, U), "covered", "1"),
        ("any", (N, N), "uncovered", "01"),
        ("half", (C, N, C, U), "covered", "02"),
        ("half", (C, N, N, N), "partial", "123"),
        ("half of homes", (C, P, P, N), "covered", "012"),
    ],
)
def test_the_evidence_is_the_units_below_that_decide(
    rule: str, statuses: tuple[int, ...], status: str, evidence: str
) -> None:
    tree, below, units = family(*statuses)
    block = from_children(RULES[rule], tree, units, below)
    assert STATUSES[block.status[0]] == status
    assert [block.evidence.ids[i] for i in block.evidence.index] == [
        f"hamlet:V000H{k}@2010" for k in evidence
    ]


@pytest.mark.parametrize(
    ("rule", "statuses", "expected"),
    [
        ("all", (C, U), False),
        ("all", (C, N, U), True),
        ("all", (N, U), True),
        ("all", (C, P, U), True),
        ("any", (N, U), False),
        ("any", (N, N), True),
        ("any", (N, P), True),
        ("half", (C, U, N, N), False),
        ("half", (U, N, N, N), True),
        ("half", (C, P, N, N), True),
        ("half of homes", (C, P, U, N), False),
        ("half of homes", (P, U, N, N), True),
        ("half of homes", (P, P, N, N), True),
    ],
)
def test_a_unit_is_lost_when_nothing_unknown_could_save_it(
    rule: str, statuses: tuple[int, ...], expected: bool
) -> None:
    tree, below, units = family(*statuses)
    assert closed(RULES[rule], tree, units, below, below.unknown_share > 0).tolist() == [expected]


@pytest.mark.parametrize("name", RULES)
def test_a_unit_is_lost_exactly_when_no_way_to_tell_the_unknown_covers_it(name: str) -> None:
    for statuses in itertools.product((C, N, U), repeat=4):
        tree, below, units = family(*statuses)
        ways = itertools.product(*[(C, N) if s == U else (s,) for s in statuses])
        told = [from_children(RULES[name], *_args(family(*way))) for way in ways]
        hope = any(b.status[0] == COVERED for b in told)
        assert closed(RULES[name], tree, units, below, below.unknown_share > 0)[0] == (not hope), statuses


def _args(parts: tuple[Hierarchy, Block, np.ndarray]) -> tuple[Hierarchy, np.ndarray, Block]:
    return parts[0], parts[2], parts[1]
