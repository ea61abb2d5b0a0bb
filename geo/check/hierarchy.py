"""The hierarchy in one table: orphans, rings, skipped levels, codes that do not begin with their parent's."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from geo.check.checked import Checked, Notes, in_turn, stated_pairs
from geo.terms import Action

#: From this share of codes on that begin with their parent's, the others are taken to be wrong.
USUAL = 0.9


def check_hierarchy(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    level: str | None = None,
    contradiction: Action = Action.QUARANTINE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Run every check of codes and parents within one table that may hold several levels."""
    steps = [
        lambda f: check_no_ring(f, source=source, code=code, parent=parent, lines=lines),
        lambda f: check_orphans(f, source=source, code=code, parent=parent, level=level, lines=lines),
        lambda f: check_levels(f, source=source, code=code, parent=parent, level=level, lines=lines),
        lambda f: check_prefix(f, source=source, code=code, parent=parent, action=contradiction, lines=lines),
    ]
    return in_turn(frame, steps)


def check_no_ring(
    frame: pd.DataFrame, *, source: str, code: str, parent: str, lines: Mapping[int, int] | None = None
) -> Checked:
    """Set aside units that are their own parent; refuse a table with a longer ring of parents."""
    notes = Notes(frame, source, code, lines)
    above = dict(zip(frame[code], frame[parent].fillna(""), strict=True))
    for row, (mine, up) in frame[[code, parent]].iterrows():
        if isinstance(up, str) and mine == up:
            notes.row(row, "hierarchy.self_parent", code=str(mine))
    ring = _ring({c: p for c, p in above.items() if c != p})
    if ring:
        notes.whole("hierarchy.cycle", ring=" > ".join([*ring, ring[0]]))
    return notes.done()


def _ring(above: dict[str, str]) -> list[str]:
    """Return the codes of one ring of parents, from the smallest code on; empty where there is none."""
    done: set[str] = set()
    for start in sorted(above):
        way: dict[str, None] = {}
        at = start
        while at in above and at not in done and at not in way:
            way[at] = None
            at = above[at]
        if at in way:
            ring = list(way)[list(way).index(at) :]
            turn = ring.index(min(ring))
            return ring[turn:] + ring[:turn]
        done.update(way)
    return []


def check_orphans(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    level: str | None = None,
    known: Mapping[str, str] | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows whose parent is nowhere.

    Parameters
    ----------
    known
        Code -> name of the level above. None: the parents stand in this table, if any of the level's does
        (a table of villages alone names townships that another table holds).

    """
    notes = Notes(frame, source, code, lines)
    ups = frame[parent]
    stated = ups.notna() & (ups.astype(str) != "")
    there = ups.isin(list(known) if known is not None else list(frame[code]))
    if known is None:
        levels = frame[level] if level else frame[code].astype(str).str.len()
        judged = there.groupby(levels).transform("any")
    else:
        judged = pd.Series(True, frame.index)
        for row in frame.index[~stated]:
            notes.row(row, "hierarchy.no_parent", code=str(frame.at[row, code]))
    for row in frame.index[stated & ~there & judged]:
        notes.row(row, "hierarchy.orphan", code=str(frame.at[row, code]), parent=str(ups[row]))
    return notes.done()


def check_levels(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    level: str | None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows that hang under another level than the others of their own level do."""
    notes = Notes(frame, source, code, lines)
    if level is None:
        return notes.done()
    of = dict(zip(frame[code], frame[level], strict=True))
    above = frame[parent].map(of)
    for mine, ups in above.dropna().groupby(frame[level]):
        counts = ups.value_counts()
        usual = str(counts.index[0])
        if len(counts) == 1 or counts.iloc[0] <= counts.iloc[1:].sum():
            continue
        for row in ups.index[ups != usual]:
            values = {"parent": str(frame.at[row, parent]), "above": str(ups[row])}
            notes.row(row, "hierarchy.level_skip", level=str(mine), usual=usual, **values)
    return notes.done()


def check_prefix(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    due: bool | None = None,
    action: Action = Action.QUARANTINE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note rows whose code does not begin with their parent's, where codes do.

    Parameters
    ----------
    due
        Whether the region says that they do; None: where nine of ten rows do.

    """
    notes = Notes(frame, source, code, lines)
    stated = [(row, c, p) for row, c, p in stated_pairs(frame, code, parent) if p]
    stems = {p: stem(p) for p in dict.fromkeys(p for _, _, p in stated)}
    others = [(row, c, p) for row, c, p in stated if not c.startswith(stems[p])]
    if due is False or (due is None and len(stated) - len(others) < USUAL * len(stated)):
        return notes.done()
    for row, mine, above in others:
        notes.row(row, "hierarchy.prefix", action, code=mine, parent=above)
    return notes.done()


def stem(parent: str) -> str:
    """Return the digits of a parent's code that its children's begin with (320400 -> 3204)."""
    return (
        parent[:-2].removesuffix("00")
        if len(parent) == 6 and parent.isdigit() and parent.endswith("00")
        else parent
    )
