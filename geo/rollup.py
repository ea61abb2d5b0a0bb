"""Roll-up: shares at every level above, by operator, basis and settlement class; the parts add to the whole.

Sums climb one level at a time over integer parents, in the order of units, so that a county's figure is the
sum of its townships' bit for bit and any partition gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    weight = np.where(np.isnan(amount), 0.0, amount)
    covered, unknown = block.parts(basis)
    return Counted(weight * covered, weight * unknown, weight)


def roll_up(blocks: Sequence[Block], hierarchy: Hierarchy) -> pd.DataFrame:
    """Return the shares of every unit above the counted level (columns `COLUMNS`), one row a key.

    The key is unit, service, operator, counted level, basis and class. Rows with nothing to count are left
    out.
    """
    amounts = {basis: hierarchy.amount(basis) for basis in BASES}
    groups = _groups(blocks, hierarchy)
    sums = [_climbed(group, hierarchy, amounts) for group in groups]
    filled = [np.nonzero(s[:, 2] > 0) for s in sums]  # basis, unit, class
    rows = _joined([np.bincount(f[0], minlength=len(BASES)) for f in filled])
    key = [
        (b.service, b.operator, hierarchy.levels[hierarchy.level[b.units[0]]], basis)
        for b, *_ in groups
        for basis in BASES
    ]
    table = pd.DataFrame(
        {
            "unit_id": pd.Categorical.from_codes(
                _joined([f[1] for f in filled]), categories=pd.Index(hierarchy.unit_ids)
            ),
            **{
                name: _repeated([k[i] for k in key], rows)
                for i, name in enumerate(("service", "operator", "level", "basis"))
            },
            "class": pd.Categorical.from_codes(
                _joined([f[2] for f in filled]), categories=pd.Index([c.value for c in CLASSES])
            ),
            **{
                name: np.concatenate([np.empty(0), *(s[:, i][f] for s, f in zip(sums, filled, strict=True))])
                for i, name in enumerate(("numerator", "unknown", "denominator"))
            },
        }
    )
    return with_shares(table)


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate([*parts, np.empty(0, np.intp)]).astype(np.intp)


def _repeated(words: Sequence[str], rows: Ints) -> pd.Categorical[str]:
    """Return each word as often as `rows` says, as categories in the order met."""
    categories = list(dict.fromkeys(words))
    codes = np.repeat(np.array([categories.index(w) for w in words], np.intp), rows)
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


def _climbed(
    blocks: Sequence[Block], hierarchy: Hierarchy, amounts: Mapping[str, Floats]
) -> npt.NDArray[np.float64]:
    """Return the counts of one service, operator and counted level, summed up the hierarchy.

    Shape (bases, 3, units above the counted level, classes); the class ALL is the sum of the others.
    """
    units = np.concatenate([b.units for b in blocks])
    order = np.argsort(units, kind="stable")
    counts = np.concatenate([_counts(b, amounts) for b in blocks], axis=1)
    below = order[hierarchy.parent[units[order]] >= 0]
    sums = _up(hierarchy, units[below], counts.take(below, axis=1), int(hierarchy.level[units[0]]))
    return sums.reshape(len(BASES), 3, *sums.shape[1:])


def _counts(block: Block, amounts: Mapping[str, Floats]) -> npt.NDArray[np.float64]:
    """Return numerator, unknown and denominator on every basis, one after the other, by unit of a block."""
    parts = [counted(block, amounts[basis][block.units], basis) for basis in BASES]
    return np.stack([count for p in parts for count in (p.numerator, p.unknown, p.denominator)])


def _up(
    hierarchy: Hierarchy, units: Ints, counts: npt.NDArray[np.float64], depth: int
) -> npt.NDArray[np.float64]:
    """Return the sums of counts (m, units) by unit above `depth` and class, level by level over integer parents.

    Shape (m, units above, classes); each sum adds its units in their order, whatever the others are.
    """
    k, every = len(CLASSES), CLASSES.index(SettlementClass.ALL)
    n = int(np.searchsorted(hierarchy.level, depth))
    out = _sums(hierarchy.parent[units] * k + hierarchy.settlement[units], counts, n * k)
    for d in range(depth - 1, 0, -1):
        mine = np.arange(*np.searchsorted(hierarchy.level, (d, d + 1)))
        mine = mine[hierarchy.parent[mine] >= 0]
        below, above = ((u[:, None] * k + np.arange(k)).ravel() for u in (mine, hierarchy.parent[mine]))
        out = out + _sums(above, out[:, below], n * k)
    out = out.reshape(len(counts), n, k)
    out[:, :, every] = sum(out[:, :, i] for i in range(every))  # few classes, many units
    return out


def _sums(key: Ints, counts: npt.NDArray[np.float64], n: int) -> npt.NDArray[np.float64]:
    """Return the sums of each count (m, len(key)) by key, shape (m, n): one pass over all."""
    m = len(counts)
    each = (np.arange(m)[:, None] * n + key).ravel()
    return cast("Floats", np.bincount(each, counts.ravel(), m * n)).reshape(m, n)  # weights make it floats
