"""Rules `all_children`, `any_child`, `share_of_children`: a unit from the units below it (docs/rules/children.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.cover.by_unit import least, most
from geo.facts import COVERED, NONE, PARTIAL, UNCOVERED, UNKNOWN, Block, Codes, Evidence, Floats, Ints
from geo.region import Rule
from geo.units import Hierarchy

Flags = npt.NDArray[np.bool_]


def from_children(rule: Rule, hierarchy: Hierarchy, units: Ints, below: Block) -> Block:
    """Return facts of `units` from one operator's facts of the level below.

    A unit without children, or whose children have no facts, is unknown. Shares on households, people and
    area are the children's, weighted; the evidence is the children that decide: the covered ones of a covered
    unit, else those that are not.
    """
    n, (keep, owner) = len(units), _families(hierarchy, units, below)
    status = below.status[keep]
    counts = np.array([np.bincount(owner[status == s], minlength=n) for s in range(4)])
    shares = {b: _share(hierarchy, below, keep, owner, b, n) for b in ("area", "population", "households")}
    low, unknown = _share(hierarchy, below, keep, owner, rule.basis.value, n)
    decided = _RULES[rule.rule](rule, counts, low, low + unknown)
    decided = np.where(counts.sum(axis=0) == 0, UNKNOWN, decided).astype(np.int8)
    nearest = least(owner, below.nearest_m[keep], n)
    return Block(
        service=below.service,
        operator=below.operator,
        units=units,
        status=decided,
        unknown_share=np.where((decided == UNKNOWN) & ~(unknown > 0), 1.0, np.nan_to_num(unknown)),
        **_told(shares, decided),
        best_mbps=most(owner, below.best_mbps[keep], n),
        nearest_m=np.append(below.nearest_m[keep], np.nan)[nearest],
        nearest=below.nearest.take(keep).take(nearest),
        basis_used=np.full(n, f"children:{rule.basis.value}", object),
        rule=np.full(n, rule.rule, object),
        kind=_first(owner, below.kind[keep], n),
        declared=np.full(n, NONE, np.int8),
        evidence=_deciding(hierarchy, below, keep, owner, decided, exact=rule.basis.value == "units"),
        closed=closed(rule, hierarchy, units, below, below.open),
    )


def _families(hierarchy: Hierarchy, units: Ints, below: Block) -> tuple[Ints, Ints]:
    """Return the rows of `below` that are children of `units`, and for each the position of its parent in `units`."""
    parent = hierarchy.parent[below.units]
    slot = np.full(len(hierarchy.table), NONE, np.intp)
    slot[units] = np.arange(len(units))
    keep = np.flatnonzero((parent >= 0) & (slot[parent] >= 0))
    return keep, slot[parent[keep]]


def _told(shares: Mapping[str, tuple[Floats, Floats]], decided: Codes) -> dict[str, Any]:
    """Return the shares and the unknown parts by basis; what is wholly unknown has no share.

    An unknown unit keeps the share of what is known below it: else one more covered unit below, which makes a
    partly covered unit perhaps a covered one, would lower the sums.
    """
    out: dict[str, Any] = {}
    for basis, (covered, unknown) in shares.items():
        known = (decided != UNKNOWN) | (unknown < 1.0 - 1e-12)
        out[f"share_{basis}"] = np.where(known, covered, np.nan)
        out[f"unknown_{basis}"] = np.nan_to_num(unknown)
    return out


def _share(
    hierarchy: Hierarchy, below: Block, keep: Ints, owner: Ints, basis: str, n: int
) -> tuple[Floats, Floats]:
    """Return the covered and the unknown share of the children on a basis, by unit (NaN: no weight)."""
    weight = np.nan_to_num(hierarchy.amount(basis)[below.units[keep]])
    covered, unknown = (part[keep] for part in below.parts(basis))
    total = np.bincount(owner, weight, n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.bincount(owner, weight * covered, n) / total, np.bincount(
            owner, weight * unknown, n
        ) / total


def _all(_rule: Rule, counts: Ints, _low: Floats, _high: Floats) -> Codes:
    some = counts[COVERED] + counts[PARTIAL] > 0
    failed = counts[PARTIAL] + counts[UNCOVERED] > 0
    not_all = np.where(some, PARTIAL, np.where(counts[UNKNOWN] > 0, UNKNOWN, UNCOVERED))
    return np.where(failed, not_all, np.where(counts[UNKNOWN] > 0, UNKNOWN, COVERED)).astype(np.int8)


def _any(_rule: Rule, counts: Ints, _low: Floats, _high: Floats) -> Codes:
    rest = np.where(counts[UNKNOWN] > 0, UNKNOWN, np.where(counts[PARTIAL] > 0, PARTIAL, UNCOVERED))
    return np.where(counts[COVERED] > 0, COVERED, rest).astype(np.int8)


def _share_of(rule: Rule, counts: Ints, low: Floats, high: Floats) -> Codes:
    due = float(rule.share or 1.0) - 1e-12
    short = np.where(low > 0, PARTIAL, np.where(counts[UNKNOWN] > 0, UNKNOWN, UNCOVERED))
    status = np.where(low >= due, COVERED, np.where(high >= due, UNKNOWN, short))
    return np.where(np.isnan(low), UNKNOWN, status).astype(np.int8)


_RULES = {"all_children": _all, "any_child": _any, "share_of_children": _share_of}


def _first(owner: Ints, words: np.ndarray, n: int) -> np.ndarray:
    out = np.full(n, "", object)
    out[owner[::-1]] = words[::-1]
    return out


def _deciding(
    hierarchy: Hierarchy, below: Block, keep: Ints, owner: Ints, decided: Codes, *, exact: bool
) -> Evidence:
    """Return the children that make a unit covered (partly covered ones where parts count), or keep it from it."""
    status = below.status[keep]
    helps = (status == COVERED) | ((status == PARTIAL) & (not exact))
    chosen = np.flatnonzero(np.where(decided[owner] == COVERED, helps, status != COVERED))
    order = chosen[np.lexsort([below.units[keep][chosen], owner[chosen]])]
    ids = hierarchy.table["unit_id"].to_numpy(dtype=object)
    return Evidence(np.searchsorted(owner[order], np.arange(len(decided) + 1)), below.units[keep][order], ids)


def closed(rule: Rule, hierarchy: Hierarchy, units: Ints, below: Block, open_below: Flags) -> Flags:
    """Return which units cannot be covered any more, whatever the unknown below turns out to be.

    Parameters
    ----------
    open_below
        Which children of `below` more knowledge could still make covered.
    """
    n, (keep, owner) = len(units), _families(hierarchy, units, below)
    hope = (below.status == COVERED)[keep] | open_below[keep]
    count = np.bincount(owner, minlength=n)
    if rule.rule == "all_children":
        lost = np.bincount(owner[~hope], minlength=n) > 0
    elif rule.rule == "any_child":
        lost = np.bincount(owner[hope], minlength=n) == 0
    elif rule.basis.value == "units":
        lost = np.bincount(owner[hope], minlength=n) < (float(rule.share or 1.0) - 1e-12) * count
    else:
        low, unknown = _share(hierarchy, below, keep, owner, rule.basis.value, n)
        lost = low + unknown < float(rule.share or 1.0) - 1e-12
    return lost & (count > 0)
