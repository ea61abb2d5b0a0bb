"""Roll-up: shares at every level above, by operator, basis and settlement class; the parts add to the whole.

Sums climb one level at a time over integer parents, in the order of units, so that a county's figure is the
sum of its townships' bit for bit and any partition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.facts import COVERED, PARTIAL, UNKNOWN, Block, Floats, Ints
from geo.terms import Basis, SettlementClass
from geo.units import CLASSES, Hierarchy

COLUMNS = (
    "unit_id",
    "service",
    "operator",
    "level",
    "basis",
    "class",
    "numerator",
    "unknown",
    "denominator",
    "share",
    "share_low",
    "share_high",
)


@dataclass(frozen=True)
class Counted:
    """What each unit of a block adds on one basis: covered, unknown and all."""

    numerator: Floats
    unknown: Floats
    denominator: Floats


def counted(block: Block, amount: Floats, basis: str) -> Counted:
    """Return what each unit adds on a basis.

    Parameters
    ----------
    amount
        The units' weights; NaN where nobody states it (such a unit is left out of this basis, and the check
        has said so).
    """
    weight = np.nan_to_num(amount)
    covered = block.status == COVERED
    if basis == Basis.UNITS:
        unsure = ~covered & ((block.status == UNKNOWN) | (block.unknown_share > 0))
        return Counted(weight * covered, weight * unsure, weight)
    share = block.share(basis)
    unstated = np.isnan(share)
    unknown = np.where(unstated & (block.status == PARTIAL), 1.0, block.unknown_share)
    share = np.where(unstated, covered.astype(float), share)
    unknown = np.minimum(unknown, 1.0 - share)
    return Counted(weight * share, weight * unknown, weight)


def roll_up(blocks: Sequence[Block], hierarchy: Hierarchy) -> pd.DataFrame:
    """Return the shares of every unit above the counted level (columns `COLUMNS`), one row a key.

    The key is unit, service, operator, counted level, basis and class. Rows with nothing to count are left
    out, and classes only where a unit holds more than one or the class is its only one.
    """
    parts = [_climb(group, hierarchy, basis.value) for group in _groups(blocks, hierarchy) for basis in Basis]
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return with_shares(table)


def with_shares(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with share, share_low and share_high out of its three counts (design: shares)."""
    numerator, unknown, denominator = (
        table[c].to_numpy(dtype=float) for c in ("numerator", "unknown", "denominator")
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        known = denominator - unknown
        table["share"] = np.where(known > 0, numerator / known, np.nan)
        table["share_low"] = numerator / denominator
        table["share_high"] = (numerator + unknown) / denominator
    for column in ("share", "share_low", "share_high"):
        table[column] = table[column].clip(0.0, 1.0)
    return table


def _groups(blocks: Sequence[Block], hierarchy: Hierarchy) -> list[list[Block]]:
    """Return the blocks in groups of one service, operator and level, in the order met."""
    groups: dict[tuple[str, str, int], list[Block]] = {}
    for block in blocks:
        groups.setdefault((block.service, block.operator, int(hierarchy.level[block.units[0]])), []).append(
            block
        )
    return list(groups.values())


def _climb(blocks: Sequence[Block], hierarchy: Hierarchy, basis: str) -> pd.DataFrame:
    """Return one basis of one service, operator and counted level, summed up the hierarchy."""
    first = blocks[0]
    units = np.concatenate([b.units for b in blocks])
    amounts = hierarchy.amount(basis)
    parts = [counted(b, amounts[b.units], basis) for b in blocks]
    three = np.array(
        [np.concatenate([getattr(p, c) for p in parts]) for c in ("numerator", "unknown", "denominator")]
    )
    order = np.argsort(units, kind="stable")
    sums = _sums(hierarchy, units[order], three[:, order])
    unit, settlement = np.divmod(np.flatnonzero(sums[2] > 0), len(CLASSES))
    values = sums[:, sums[2] > 0]
    ids = hierarchy.table["unit_id"].to_numpy(dtype=object)
    return pd.DataFrame(
        {
            "unit_id": pd.Categorical.from_codes(unit, categories=ids),
            "service": pd.Categorical.from_codes(np.zeros(len(unit), np.int8), categories=[first.service]),
            "operator": pd.Categorical.from_codes(np.zeros(len(unit), np.int8), categories=[first.operator]),
            "level": hierarchy.levels[hierarchy.level[first.units[0]]],
            "basis": basis,
            "class": pd.Categorical.from_codes(settlement, categories=[c.value for c in CLASSES]),
            "numerator": values[0],
            "unknown": values[1],
            "denominator": values[2],
        }
    )


def _sums(hierarchy: Hierarchy, units: Ints, three: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the three counts by (unit, class) above the counted level, flat, the class ALL included."""
    n, k = len(hierarchy.table), len(CLASSES)
    every = CLASSES.index(SettlementClass.ALL)
    out = np.zeros((3, n, k))
    settlement = hierarchy.settlement[units]
    parent = hierarchy.parent[units]
    there = parent >= 0
    key = parent[there] * k + settlement[there]
    for i in range(3):
        out[i] += np.bincount(key, three[i][there], n * k).reshape(n, k)
    for depth in range(int(hierarchy.level[units[0]]) - 1, 0, -1):
        mine = np.flatnonzero((hierarchy.level == depth) & (hierarchy.parent >= 0))
        for i in range(3):
            np.add.at(out[i], hierarchy.parent[mine], out[i][mine])
    for i in range(3):
        out[i, :, every] = out[i, :, :every].sum(axis=1)
    return out.reshape(3, n * k)
