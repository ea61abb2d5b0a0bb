"""Roll-up: shares at every level above, by operator, basis and settlement class; the parts add to the whole.

Sums climb one level at a time over integer parents, in the order of units, so that a county's figure is the
sum of its townships' bit for bit and any partition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.facts import Block, Floats, Ints
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


#: Bases in the order of the table.
BASES = tuple(b.value for b in Basis)


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
    covered, unknown = block.parts(basis)
    return Counted(weight * covered, weight * unknown, weight)


def roll_up(blocks: Sequence[Block], hierarchy: Hierarchy) -> pd.DataFrame:
    """Return the shares of every unit above the counted level (columns `COLUMNS`), one row a key.

    The key is unit, service, operator, counted level, basis and class. Rows with nothing to count are left
    out.
    """
    groups = [(group, _climbed(group, hierarchy)) for group in _groups(blocks, hierarchy)]
    parts = [(group[0], b, sums[b]) for group, sums in groups for b in range(len(BASES))]
    filled = [np.nonzero(sums[2] > 0) for _, _, sums in parts]
    rows = [len(f[0]) for f in filled]
    key = [
        (b.service, b.operator, hierarchy.levels[hierarchy.level[b.units[0]]], BASES[k]) for b, k, _ in parts
    ]
    table = pd.DataFrame(
        {
            "unit_id": pd.Categorical.from_codes(
                _joined([f[0] for f in filled]), categories=hierarchy.table["unit_id"].to_numpy(dtype=object)
            ),
            **{
                name: _repeated([k[i] for k in key], rows)
                for i, name in enumerate(("service", "operator", "level", "basis"))
            },
            "class": pd.Categorical.from_codes(
                _joined([f[1] for f in filled]), categories=pd.Index([c.value for c in CLASSES])
            ),
            **{
                name: np.concatenate(
                    [sums[i][f] for (_, _, sums), f in zip(parts, filled, strict=True)] or [np.empty(0)]
                )
                for i, name in enumerate(("numerator", "unknown", "denominator"))
            },
        }
    )
    return with_shares(table)


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([*parts, np.empty(0, np.intp)]).astype(np.intp)


def _repeated(words: Sequence[str], rows: Sequence[int]) -> pd.Categorical[str]:
    """Return each word as often as `rows` says, as categories in the order met."""
    categories = list(dict.fromkeys(words))
    codes = np.repeat([categories.index(w) for w in words], rows)
    return pd.Categorical.from_codes(codes, categories=pd.Index(categories))


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


def _climbed(blocks: Sequence[Block], hierarchy: Hierarchy) -> npt.NDArray[np.float64]:
    """Return the counts of one service, operator and counted level, summed up the hierarchy.

    Shape (bases, 3, units above the counted level, classes); the class ALL is the sum of the others.
    """
    units = np.concatenate([b.units for b in blocks])
    order = np.argsort(units, kind="stable")
    counts = []
    for basis in BASES:
        amounts = hierarchy.amount(basis)
        parts = [counted(b, amounts[b.units], basis) for b in blocks]
        counts += [
            np.concatenate([getattr(p, c) for p in parts])[order]
            for c in ("numerator", "unknown", "denominator")
        ]
    sums = np.stack([_up(hierarchy, units[order], values) for values in counts])
    return sums.reshape(len(BASES), 3, *sums.shape[1:])


def _up(hierarchy: Hierarchy, units: Ints, values: Floats) -> npt.NDArray[np.float64]:
    """Return the sums of one count by unit above and class, level by level over integer parents."""
    k, every = len(CLASSES), CLASSES.index(SettlementClass.ALL)
    depth = int(hierarchy.level[units[0]])
    n = int(np.searchsorted(hierarchy.level, depth))
    there = hierarchy.parent[units] >= 0
    key = hierarchy.parent[units[there]] * k + hierarchy.settlement[units[there]]
    sums = np.bincount(key, values[there], n * k).reshape(n, k)
    out = cast("Floats", sums)  # the stubs forget that weights make them floats
    for d in range(depth - 1, 0, -1):
        mine = np.arange(*np.searchsorted(hierarchy.level, (d, d + 1)))
        mine = mine[hierarchy.parent[mine] >= 0]
        above = (hierarchy.parent[mine][:, None] * k + np.arange(k)).ravel()
        out = out + np.bincount(above, out[mine].ravel(), n * k).reshape(n, k)
    out[:, every] = out[:, :every].sum(axis=1)
    return out
