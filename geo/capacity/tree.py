"""Tree: access nodes, aggregation, county, metro core and egress; each feeds one parent through one uplink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.capacity.curves import Floats
from geo.errors import SourceError, UnknownName
from geo.findings import EXAMPLES, Finding
from geo.terms import Action

#: Levels of nodes from the homes inward.
LEVELS = ("access", "aggregation", "county", "core", "egress")

#: Columns that a table of nodes must have; NaN in a number is unknown, an empty parent is none.
NODES = ("node_id", "level", "parent_id", "uplink_mbps", "subscribers", "iptv_homes")
#: Columns that it may have: homes behind the node, rate sold there, and what was measured on its uplink.
MAY_HAVE = ("homes", "sold_mbps", "measured_mbps")

#: A child so many times as fast as its parent is a mistake of units.
UNIT_MISTAKE = 1000.0
#: So many times more subscribers than homes are a mistake of units (万户), not firms and second lines.
HOMES_MISTAKE = 10.0

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Tree:
    """Sound nodes in the order of their ids.

    Attributes
    ----------
    nodes
        Columns `NODES` and `MAY_HAVE`.
    parent
        Position of the node above; -1 where there is none.
    rounds
        Positions from the leaves inward: a node stands in a later round than all below it.
    """

    nodes: pd.DataFrame
    parent: Ints
    rounds: tuple[Ints, ...]

    def numbers(self, column: str) -> Floats:
        """Return a column of numbers by position."""
        return self.nodes[column].to_numpy(dtype=float)

    def up(self, own: Floats) -> Floats:
        """Return what each node and all below it add up to, in the order of ids whatever the table's."""
        sums = own.astype(float)
        for some in self.rounds:
            below = some[self.parent[some] >= 0]
            np.add.at(sums, self.parent[below], sums[below])
        return sums

    def inward(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield positions and their parents' (-1: none), each parent before its children."""
        for some in reversed(self.rounds):
            yield some, self.parent[some]


def read_tree(nodes: pd.DataFrame, *, source: str = "nodes") -> tuple[Tree, list[Finding]]:
    """Return the tree of a table of nodes, and what was set aside or noted in it.

    Raises
    ------
    SourceError
        It is no tree: a cycle, a node with two parents or with itself, a parent that is not there, a level
        that is none or lies outside its parent's. All such rows are named.
    UnknownName
        A column is missing.
    """
    table = _columns(nodes)
    found = _broken(table, source)
    if not found:
        table = table.sort_values("node_id", kind="stable").reset_index(drop=True)
        parent = _parents(table)
        rounds = tuple(_peeled(parent))
        found = _cycles(table, parent, rounds, source)
    if found:
        raise SourceError(_together(found))
    noted = _values(table, parent, source)
    return Tree(_without(table, noted), parent, rounds), noted


def _columns(nodes: pd.DataFrame) -> pd.DataFrame:
    if lacking := [c for c in NODES if c not in nodes.columns]:
        raise UnknownName(
            f"nodes lack the columns {', '.join(lacking)}; there is {', '.join(nodes.columns)}."
        )
    words = {c: nodes[c].fillna("").astype(str).astype(object) for c in ("node_id", "level", "parent_id")}
    numbers = {
        c: nodes[c].astype(float) if c in nodes.columns else np.full(len(nodes), np.nan)
        for c in (*NODES[3:], *MAY_HAVE)
    }
    return pd.DataFrame({**words, **numbers})


def _together(found: Sequence[Finding]) -> str:
    """Return one message of all findings: the first few, and how many more."""
    lines = [f"{f.source}, {f.row}: {f.message()} {f.remedy()}" for f in found[:EXAMPLES]]
    more = len(found) - EXAMPLES
    return "\n".join([*lines, *([f"and {more} more."] if more > 0 else [])])


def _finding(source: str, row: str, rule: str, action: Action, **values: str | float) -> Finding:
    return Finding(source, row, rule, action, values)


def _broken(table: pd.DataFrame, source: str) -> list[Finding]:
    """Return the rows that no tree can hold, but for cycles."""
    ids, levels = table["node_id"], table["level"]
    depth = {level: n for n, level in enumerate(LEVELS)}
    above = dict(zip(ids, levels, strict=True))
    parents = table.groupby("node_id", sort=True)["parent_id"].unique()
    doubled = set(ids[ids.duplicated()])
    found: list[Finding] = []

    def reject(row: str, rule: str, **values: str | float) -> None:
        found.append(_finding(source, row, rule, Action.REJECT, **values))

    for node in sorted(doubled):
        fed = [p or "-" for p in sorted(parents[node])]
        rule = "capacity.two_parents" if len(fed) > 1 else "capacity.node_twice"
        reject(node, rule, node=node, **({"parents": ", ".join(fed)} if len(fed) > 1 else {}))
    for node, level, parent in zip(ids, levels, table["parent_id"], strict=True):
        if level not in depth or not node:
            reject(node or "?", "capacity.level_unknown", node=node, level=level, levels=", ".join(LEVELS))
        elif parent == node:
            reject(node, "capacity.self_parent", node=node)
        elif parent and parent not in above:
            reject(node, "capacity.orphan", node=node, parent=parent)
        elif parent and depth[level] > depth.get(above[parent], len(LEVELS)):
            reject(node, "capacity.level_order", node=node, level=level, parent=parent, above=above[parent])
    return found


def _parents(table: pd.DataFrame) -> Ints:
    at = pd.Index(table["node_id"]).get_indexer(pd.Index(table["parent_id"]))
    return np.asarray(at, dtype=np.intp)


def _peeled(parent: Ints) -> Iterator[Ints]:
    """Yield positions leaf by leaf: those whose children are all done. Those of a cycle never are."""
    left = np.bincount(parent[parent >= 0], minlength=len(parent))
    some = np.flatnonzero(left == 0)
    while len(some):
        yield some
        above = parent[some][parent[some] >= 0]
        np.subtract.at(left, above, 1)
        some = np.unique(above[left[above] == 0])


def _cycles(table: pd.DataFrame, parent: Ints, rounds: Sequence[Ints], source: str) -> list[Finding]:
    """Return one finding a cycle, named by all its nodes from the first in order of ids."""
    done = np.zeros(len(parent), dtype=bool)
    for some in rounds:
        done[some] = True
    found = []
    for start in np.flatnonzero(~done):
        ring, at = [], int(start)
        while not done[at]:
            done[at] = True
            ring.append(str(table["node_id"].iloc[at]))
            at = int(parent[at])
        if ring:
            nodes = " > ".join([*ring, ring[0]])
            found.append(_finding(source, ring[0], "capacity.cycle", Action.REJECT, nodes=nodes))
    return found


def _values(table: pd.DataFrame, parent: Ints, source: str) -> list[Finding]:
    """Return the numbers that cannot be right (set aside: unknown from there on) or should be looked at."""
    found: list[Finding] = []
    for column in (*NODES[3:], *MAY_HAVE):
        seen = table[column].to_numpy(dtype=float)
        for i in np.flatnonzero((seen < 0) | np.isinf(seen)):
            values = {"node": table["node_id"].iloc[i], "column": column, "seen": f"{seen[i]:g}"}
            found.append(Finding(source, values["node"], "capacity.number", Action.QUARANTINE, values))
    uplink, ids = table["uplink_mbps"].to_numpy(dtype=float), table["node_id"]
    above = np.where(parent >= 0, uplink[parent], np.nan)
    for i in np.flatnonzero((above > 0) & np.isfinite(uplink) & (uplink >= UNIT_MISTAKE * above)):
        values = {
            "node": ids.iloc[i],
            "seen": f"{uplink[i]:g}",
            "parent": ids.iloc[parent[i]],
            "above": f"{above[i]:g}",
        }
        found.append(Finding(source, values["node"], "capacity.unit_mistake", Action.QUARANTINE, values))
    found += _homes(table, source)
    outside = (parent < 0) & (table["level"] != LEVELS[-1]).to_numpy()
    found += [_finding(source, n, "capacity.no_egress", Action.NOTICE, node=n) for n in ids[outside]]
    return found


def _homes(table: pd.DataFrame, source: str) -> list[Finding]:
    """Return the nodes with more subscribers than homes; never clipped, but far more is a mistake of units."""
    found = []
    homes, subscribers = (table[c].to_numpy(dtype=float) for c in ("homes", "subscribers"))
    for i in np.flatnonzero((homes >= 0) & (subscribers > homes)):
        far = subscribers[i] >= HOMES_MISTAKE * homes[i] > 0
        rule = "capacity.subscribers_far_above_homes" if far else "capacity.subscribers_above_homes"
        values = {"node": table["node_id"].iloc[i], "seen": f"{subscribers[i]:g}", "homes": f"{homes[i]:g}"}
        action = Action.QUARANTINE if far else Action.NOTICE
        found.append(Finding(source, values["node"], rule, action, values))
    return found


#: Rule -> the column that it sets aside; `capacity.number` names its own.
_SET_ASIDE = {
    "capacity.unit_mistake": "uplink_mbps",
    "capacity.subscribers_far_above_homes": "subscribers",
}


def _without(table: pd.DataFrame, found: Sequence[Finding]) -> pd.DataFrame:
    """Return the table with the numbers that were set aside unknown."""
    out, aside = table.copy(), dict[str, list[str]]()
    for f in found:
        if f.action is Action.QUARANTINE:
            aside.setdefault(_SET_ASIDE.get(f.rule) or str(f.values["column"]), []).append(f.row)
    for column, rows in aside.items():
        out.loc[out["node_id"].isin(rows), column] = np.nan
    return out
