"""Filling: on which day a link fills on the way from one state to another, and which fills first."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.capacity.tree import Tree

#: Columns of `filling`, whose index is node_id.
FILLING = ("fills_after_days", "fills_on", "first_to_fill")


@dataclass(frozen=True)
class Span:
    """The day of the first state and that of the second."""

    start: dt.date
    end: dt.date


def filling(tree: Tree, now: pd.DataFrame, then: pd.DataFrame, *, span: Span) -> pd.DataFrame:
    """Return when each uplink fills while demand grows evenly between two loads (index as theirs).

    Parameters
    ----------
    now, then
        Of `geo.capacity.load.link_loads` for one tree; capacity is that of `now`, so that an upgrade that is
        planned does not hide the day on which it is needed.

    Returns
    -------
    pandas.DataFrame
        `fills_after_days` (0: full already; NaN: not by the second day, or unknown), `fills_on` (ISO day, or
        empty), `first_to_fill`: the node on the way inward whose uplink fills first (empty: none); of equal
        days the one nearer to the home.
    """
    days = (span.end - span.start).days
    capacity = now["uplink_mbps"].to_numpy(dtype=float)
    before, after = (t["demand_mbps"].to_numpy(dtype=float) for t in (now, then))
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (capacity - before) / (after - before)
    state = now["state"].to_numpy(dtype=object)
    fills = (after > capacity) & (after > before)
    known = ~np.isnan(capacity) & now["whole"].to_numpy(dtype=bool) & then["whole"].to_numpy(dtype=bool)
    after_days = np.where(state == "full", 0.0, np.where(fills & known, np.ceil(part * days), np.nan))
    first = np.where(np.isnan(after_days), -1, np.arange(len(after_days)))
    for some, above in tree.inward():
        mine, parent = some[above >= 0], above[above >= 0]
        theirs = first[parent]
        sooner = (theirs >= 0) & ((first[mine] < 0) | (after_days[theirs] < after_days[first[mine]]))
        first[mine] = np.where(sooner, theirs, first[mine])
    names = now.index.to_numpy(dtype=object)
    on = [(span.start + dt.timedelta(days=int(d))).isoformat() if d >= 0 else "" for d in after_days]
    return pd.DataFrame(
        {
            "fills_after_days": after_days,
            "fills_on": on,
            "first_to_fill": np.where(first >= 0, names[first], ""),
        },
        index=now.index,
    )
