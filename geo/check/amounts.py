"""People, households and sums: figures that contradict one another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geo.check.checked import Checked, Notes
from geo.check.values import plain_numbers
from geo.findings import Finding
from geo.terms import Action

#: Sums may differ by this share: figures are rounded.
SUM_TOLERANCE = 1e-6


def check_households(
    frame: pd.DataFrame,
    *,
    source: str,
    households: str,
    population: str,
    code: str | None = None,
    action: Action = Action.QUARANTINE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note rows with people in no household: a share on the basis households would divide by 0."""
    notes = Notes(frame, source, code, lines)
    homes, people = (plain_numbers(frame[c])[0] for c in (households, population))
    for i in np.flatnonzero((homes == 0) & (people > 0)):
        notes.row(notes.label(i), "amount.zero_households", action, people=f"{people[i]:g}")
    return notes.done()


def check_sums(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    column: str,
    children: pd.DataFrame | None = None,
    action: Action = Action.NOTICE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note parents whose stated figure is not the sum of their children's; with QUARANTINE it is blanked.

    The row itself stays, with its children; which figure holds is for its owner to say, and until then
    figures are rolled up from the children. A parent that states 0 or nothing is not compared, nor one of
    which a child's figure is missing.

    Parameters
    ----------
    frame
        The parents, and the children too unless `children` holds them (with the same columns).

    """
    notes = Notes(frame, source, code, lines)
    below = frame if children is None else children
    values = pd.Series(plain_numbers(below[column])[0], below.index)
    sums = values.groupby(below[parent].astype(str), sort=True).agg(lambda v: v.sum(skipna=False))
    stated = pd.Series(plain_numbers(frame[column])[0], frame.index)
    added = frame[code].astype(str).map(sums).astype(float)
    off = stated.gt(0) & added.gt(0) & ((stated - added).abs() > SUM_TOLERANCE * stated)
    out = frame.copy()
    for row in frame.index[off]:
        mine, theirs = float(stated[row]), float(added[row])
        name = notes.name(row)
        notes.findings.append(_sum_finding(source, name, action, column, mine, theirs))
        if action is Action.QUARANTINE:
            out[column] = out[column].where(out.index != row)
    return notes.done(out)


def _sum_finding(source: str, row: str, action: Action, column: str, stated: float, added: float) -> Finding:
    values = {
        "column": column,
        "stated": f"{stated:,.0f}",
        "added": f"{added:,.0f}",
        "off": f"{added - stated:+,.0f}",
    }
    return Finding(source, row, "amount.sum", action, values)
