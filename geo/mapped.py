"""Mapped: units of two snapshots joined by the mapping of their codes, so that shares may be compared.

A split or a merger makes one group of several units on a side; a share is comparable on the groups that have
units on both sides, and on nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.atlas import Atlas
from geo.editions import How, map_editions
from geo.errors import UsageError

Ints = npt.NDArray[np.intp]

#: Columns of `Mapped.edges`, and of a mapping that is given.
EDGES = ("level", "code_old", "code_new", "how")
GIVEN = ("level", "code_old", "code_new")

#: What becomes of a unit that stays one: a reassigned code may be another place and is not joined unseen.
_JOINED = (How.SAME.value, How.RENAMED.value, How.RECODED.value)


@dataclass(frozen=True)
class Mapped:
    """Groups of units of two snapshots.

    Attributes
    ----------
    before, after
        Group of each unit by its position; -1 where it has no partner in the other snapshot.
    edges
        One row for each pair of codes that was joined, and for each code that was not (columns `EDGES`).
    """

    before: Ints
    after: Ints
    edges: pd.DataFrame

    @property
    def groups(self) -> int:
        """Return the number of groups."""
        return int(self.after.max(initial=-1)) + 1

    def singles(self) -> tuple[Ints, Ints]:
        """Return the positions before and after of the groups of one unit on each side, in order of after."""
        before, after = self._sizes()
        one = np.flatnonzero((before == 1) & (after == 1))
        at = np.full(self.groups, -1, dtype=np.intp)
        at[self.before[self.before >= 0]] = np.flatnonzero(self.before >= 0)
        here = np.flatnonzero(np.isin(self.after, one))
        return at[self.after[here]], here

    def several(self) -> Ints:
        """Return the groups of more than one unit on a side: splits and mergers."""
        before, after = self._sizes()
        return np.flatnonzero((before > 1) | (after > 1))

    def _sizes(self) -> tuple[Ints, Ints]:
        return tuple(
            np.bincount(side[side >= 0], minlength=self.groups) for side in (self.before, self.after)
        )  # type: ignore[return-value]

    def partner(self, i: int) -> int:
        """Return the position before of a unit of the later snapshot; -1 where it is not one unit there."""
        there = np.flatnonzero(self.before == self.after[i]) if self.after[i] >= 0 else np.empty(0, np.intp)
        return int(there[0]) if len(there) == 1 else -1


def mapped(before: Atlas, after: Atlas, given: pd.DataFrame | None = None) -> Mapped:
    """Return how the units of two snapshots stand to each other.

    Parameters
    ----------
    given
        Columns `GIVEN`: pairs of codes that somebody knows. A code that stands there is joined as it says, and
        by nothing else.

    Raises
    ------
    UsageError
        The snapshots are of different regions, or a code that is given is not in its snapshot.
    """
    names = [a.manifest["region"] for a in (before, after)]
    if names[0] != names[1]:
        raise UsageError(
            f"{before.snapshot.name} is of the region {names[0]}, {after.snapshot.name} of {names[1]}: "
            "compare two snapshots of one region."
        )
    levels = [x["id"] for x in before.levels if x["id"] in {y["id"] for y in after.levels}]
    tables = [_level_edges(before, after, level, given) for level in levels]
    edges = (
        pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(EDGES), dtype=object)
    )
    joined = edges.dropna(subset=["code_old", "code_new"])
    joined = joined[joined["how"].isin([*_JOINED, "given"])]
    at = [_positions(a, joined["level"], joined[c]) for a, c in ((before, "code_old"), (after, "code_new"))]
    groups = _grouped(at[0], at[1], (len(before.units), len(after.units)))
    return Mapped(*groups, edges)


def _level_edges(before: Atlas, after: Atlas, level: str, given: pd.DataFrame | None) -> pd.DataFrame:
    """Return the edges of one level; a given pair stands in place of what codes and names say."""
    old, new = (a.units.loc[a.units["level"] == level, ["code", "name"]] for a in (before, after))
    if given is None or not (given["level"] == level).any():
        return _told(old, new, level)
    mine = given[given["level"] == level]
    for column, side, atlas in (("code_old", old, before), ("code_new", new, after)):
        if absent := sorted(set(mine[column].dropna()) - set(side["code"])):
            raise UsageError(
                f"{column} {', '.join(absent[:5])}: no {level} of {atlas.snapshot.name} has this code. "
                "Correct the mapping."
            )
    pairs = mine.dropna().assign(how="given")[list(EDGES)]
    rest = [side[~side["code"].isin(mine[c])] for side, c in ((old, "code_old"), (new, "code_new"))]
    return pd.concat([pairs, _told(rest[0], rest[1], level)], ignore_index=True)


def _told(old: pd.DataFrame, new: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return what codes and names say of the units of one level."""
    if np.array_equal(old.to_numpy(), new.to_numpy()):
        same = {"level": level, "code_old": old["code"], "code_new": old["code"], "how": How.SAME.value}
        return pd.DataFrame(same, dtype=object)
    return map_editions(old, new).assign(level=level)[list(EDGES)]


def _positions(atlas: Atlas, levels: pd.Series, codes: pd.Series) -> Ints:
    keys = pd.MultiIndex.from_arrays([atlas.units["level"].astype(str), atlas.units["code"].astype(str)])
    wanted = pd.MultiIndex.from_arrays([levels.astype(str), codes.astype(str)])
    return np.asarray(keys.get_indexer(wanted), dtype=np.intp)


def _grouped(old: Ints, new: Ints, sizes: tuple[int, int]) -> tuple[Ints, Ints]:
    """Return the group of every unit on either side: the connected parts of the pairs, by order of the later."""
    tops = _tops(old, new + sizes[0], sum(sizes))
    before, after = tops[: sizes[0]], tops[sizes[0] :]
    both = np.zeros(sum(sizes), dtype=bool)
    both[before[old]] = True
    # numbers by the first unit of the later snapshot that is in the group
    met, first = np.unique(after[both[after]], return_index=True)
    number = np.full(sum(sizes), -1, dtype=np.intp)
    number[met[np.argsort(first)]] = np.arange(len(met))
    return number[before], number[after]


def _tops(old: Ints, new: Ints, n: int) -> Ints:
    """Return for each of n nodes the one that stands for all that are joined to it."""
    root = np.arange(n)
    if len(np.unique(old)) == len(old) and len(np.unique(new)) == len(new):
        root[old] = new  # pairs only
        return root
    parent = root.tolist()

    def top(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for a, b in zip(old.tolist(), new.tolist(), strict=True):
        parent[top(a)] = top(b)
    return np.array([top(x) for x in range(n)], dtype=np.intp)


def read_mapping(path: Path) -> pd.DataFrame:
    """Return a mapping of codes from a CSV (columns `GIVEN`, text); an empty cell is none.

    Raises
    ------
    UsageError
        It cannot be read or lacks a column.
    """
    try:
        table = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    except (OSError, ValueError) as problem:
        raise UsageError(
            f"{path.name}: no CSV that can be read. Give columns {', '.join(GIVEN)}."
        ) from problem
    if lacking := [c for c in GIVEN if c not in table.columns]:
        raise UsageError(f"{path.name}: lacks the columns {', '.join(lacking)}.")
    return table[list(GIVEN)]
