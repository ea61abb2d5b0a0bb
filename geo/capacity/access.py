"""Access: the rate that a home can have, by the lines that reach its unit; the best of them, and the shares.

Two rates stand side by side. `alone` is what one home can take when no other is active, which plans call
access capability. `busy` is what is left where as many of the homes on a shared medium are active as are in
99 of 100 moments of the busy hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.capacity.copper import WIRE_PER_MAP, Cable, copper_rate
from geo.capacity.curves import Curves, Floats, Shared
from geo.capacity.pon import active_at, optics, pon_reach_km
from geo.capacity.reached import REACHED, Codes, Reached
from geo.errors import UnknownName

#: Columns that a table of lines must have, and those that it may have (NaN or empty: not stated).
LINES = ("unit_id", "node_id", "technology", "distance_m")
MAY_HAVE = ("loop_m", "split", "optics", "homes", "capacities", "stated_mbps")

#: Columns of `line_rates`, and of `best_lines`.
RATES = ("alone_mbps", "busy_mbps", "reached", "fixed")
BEST = ("best_mbps", "technology", "node_id", "distance_m", "may_be_more")

#: Columns of `rate_shares`.
SHARES = ("class", "mbps", "numerator", "unknown", "denominator", "share", "share_low", "share_high")


@dataclass(frozen=True)
class Access:
    """What lines are made of, where their table does not say.

    Attributes
    ----------
    cable
        Copper of the region.
    wire_per_map
        Wire or fibre to a metre of map.
    active
        Chance that a home is active in the busy hour.
    split
        Homes on a PON port where none are stated; None: the rate is unknown there.
    """

    cable: Cable = field(default_factory=Cable)
    wire_per_map: float = WIRE_PER_MAP
    active: float = 0.25
    split: int | None = None


@dataclass(frozen=True)
class _Part:
    """Some lines of one technology, column by column."""

    wire_m: Floats
    homes: Floats
    capacities: Floats
    split: Floats
    optics: npt.NDArray[np.object_]


def line_rates(lines: pd.DataFrame, curves: Curves, *, access: Access | None = None) -> pd.DataFrame:
    """Return what each line can carry to one home (columns `RATES`, index kept).

    Parameters
    ----------
    lines
        One row a unit and line that reaches it: `LINES`, and any of `MAY_HAVE`: `loop_m` length of wire [m]
        (else distance times `wire_per_map`), `split` homes of a PON port, `optics` its class, `homes` that
        share the medium, `capacities` how many it has (channels of a coaxial node; 1), `stated_mbps` a rate
        that its owner states, which is taken as it is.

    Returns
    -------
    pandas.DataFrame
        `alone_mbps`, `busy_mbps` (NaN unknown; 0 out of reach), `reached` (codes `REACHED`), `fixed` (whether
        it counts towards a fixed target: 3G never does).

    Raises
    ------
    UnknownName
        A column is missing, or a class of optics, a split or a cable is not in the curves.
    """
    if lacking := [c for c in LINES if c not in lines.columns]:
        raise UnknownName(
            f"lines lack the columns {', '.join(lacking)}; there is {', '.join(lines.columns)}."
        )
    access = access or Access()
    n = len(lines)
    alone, busy = np.full(n, np.nan), np.full(n, np.nan)
    reached = np.full(n, REACHED[Reached.UNKNOWN_TECHNOLOGY], dtype=np.uint8)
    fixed = np.ones(n, dtype=bool)
    for technology, rows in lines.groupby("technology", sort=True, observed=True).indices.items():
        part = _part(lines, np.asarray(rows), access)
        alone[rows], busy[rows], reached[rows] = _rates(str(technology), part, curves, access)
        fixed[rows] = str(technology) not in curves.shared or curves.shared[str(technology)].fixed
    stated = _numbers(lines, "stated_mbps")
    told = ~np.isnan(stated)
    alone, busy = np.where(told, stated, alone), np.where(told, np.fmin(stated, busy), busy)
    reached[told] = REACHED[Reached.STATED]
    return pd.DataFrame(dict(zip(RATES, (alone, busy, reached, fixed), strict=True)), index=lines.index)


def _numbers(lines: pd.DataFrame, column: str) -> Floats:
    if column not in lines.columns:
        return np.full(len(lines), np.nan)
    return lines[column].to_numpy(dtype=float, na_value=np.nan)


def _part(lines: pd.DataFrame, rows: npt.NDArray[np.intp], access: Access) -> _Part:
    some = lines.iloc[rows]
    wire = _numbers(some, "loop_m")
    wire = np.where(np.isnan(wire), _numbers(some, "distance_m") * access.wire_per_map, wire)
    split = _numbers(some, "split")
    if access.split is not None:
        split = np.where(np.isnan(split), access.split, split)
    words = some["optics"].fillna("").to_numpy(dtype=object) if "optics" in some else np.full(len(some), "")
    capacities = _numbers(some, "capacities")
    return _Part(wire, _numbers(some, "homes"), capacities, split, words.astype(object))


def _rates(technology: str, part: _Part, curves: Curves, access: Access) -> tuple[Floats, Floats, Codes]:
    """Return alone, busy and why for lines of one technology."""
    if technology in curves.profiles:
        rate, why = copper_rate(part.wire_m, curves, port=technology, cable=access.cable)
        return rate, rate, why
    if any(p.technology == technology for p in curves.pon):
        return _pon_rates(technology, part, curves, access)
    if technology in curves.shared:
        return _shared_rates(curves.shared[technology], part, access)
    none = np.full(len(part.wire_m), np.nan)
    return none, none, np.full(len(none), REACHED[Reached.UNKNOWN_TECHNOLOGY], dtype=np.uint8)


def _pon_rates(technology: str, part: _Part, curves: Curves, access: Access) -> tuple[Floats, Floats, Codes]:
    """Return the rates on PON ports: all of the port, where the light reaches."""
    usable, reach = np.full(len(part.wire_m), np.nan), np.full(len(part.wire_m), np.nan)
    for name in sorted(set(part.optics)):
        port = optics(curves, technology, str(name))
        of_class = part.optics == name
        usable[of_class] = port.usable_mbps
        for split in np.unique(part.split[of_class & ~np.isnan(part.split)]):
            km = pon_reach_km(port.budget_db, int(split), curves)
            reach[of_class & (part.split == split)] = km * 1000
    why, out, silent = _within(part.wire_m, reach)
    why = np.where(np.isnan(part.split), REACHED[Reached.NO_SPLIT], why)
    alone = np.where(out, 0.0, np.where(silent | np.isnan(part.split), np.nan, usable))
    homes = np.where(np.isnan(part.homes), part.split, part.homes)
    return alone, _left(alone, usable, homes, access.active), why.astype(np.uint8)


def _shared_rates(medium: Shared, part: _Part, access: Access) -> tuple[Floats, Floats, Codes]:
    """Return the rates on a port, a coaxial node or a sector."""
    number = part.capacities if medium.per.startswith("channel") else np.nan_to_num(part.capacities, nan=1.0)
    capacity = medium.capacity_mbps * number
    why, out, silent = _within(part.wire_m, np.full(len(number), np.nan_to_num(medium.wire_m, nan=np.inf)))
    alone = np.where(out, 0.0, np.where(silent, np.nan, capacity))
    why = np.where(np.isnan(capacity), REACHED[Reached.NO_CAPACITY], why)
    if medium.capacity_mbps == 0:
        alone, why = np.zeros(len(number)), np.full(len(number), REACHED[Reached.ONE_WAY])
    busy = alone if medium.medium == "port" else _left(alone, capacity, part.homes, access.active)
    return alone, busy, why.astype(np.uint8)


def _within(wire_m: Floats, reach_m: Floats) -> tuple[Codes, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return why, which lines are out of reach, and of which the length says nothing."""
    bad = wire_m < 0
    silent = bad | (np.isnan(wire_m) & np.isfinite(reach_m))
    out = ~silent & (wire_m > reach_m)
    names = (Reached.WRONG_LENGTH, Reached.NO_LENGTH, Reached.BEYOND)
    why = np.select([bad, silent, out], [REACHED[r] for r in names], default=REACHED[Reached.ON_CURVE])
    return why.astype(np.uint8), out, silent


def _left(alone: Floats, capacity: Floats, homes: Floats, active: float) -> Floats:
    """Return what a home gets where 99 of 100 moments' homes are active; NaN where the homes are unknown."""
    numbers, which = np.unique(np.where(np.isnan(homes), -1.0, np.ceil(homes)), return_inverse=True)
    at_once = [np.nan if n < 0 else max(active_at(int(n), active), 1) for n in numbers]
    sharers = np.array(at_once, dtype=float)[which]
    return np.where(alone == 0, 0.0, np.minimum(alone, capacity / sharers))


def best_lines(
    lines: pd.DataFrame, rates: pd.DataFrame, *, by: str = "alone_mbps", fixed: bool = True
) -> pd.DataFrame:
    """Return the best line of each unit that has one (index: unit_id, sorted; columns `BEST`).

    Parameters
    ----------
    by
        `alone_mbps` or `busy_mbps`.
    fixed
        Only lines that count towards fixed targets.

    Returns
    -------
    pandas.DataFrame
        `may_be_more` says that another line's rate is unknown, so that the best may be higher; where no rate
        is known at all `best_mbps` is NaN. Of equal lines the nearer, then the first by node stands.
    """
    table = lines[list(LINES)].assign(best_mbps=rates[by].to_numpy(), fixed=rates["fixed"].to_numpy())
    table = table[table["fixed"]] if fixed else table
    table = table.sort_values(
        ["unit_id", "best_mbps", "distance_m", "node_id"],
        ascending=[True, False, True, True],
        na_position="last",
        kind="stable",
    )
    best = table.drop_duplicates("unit_id").set_index("unit_id")
    unknown = table["best_mbps"].isna().groupby(table["unit_id"]).any()
    best["may_be_more"] = unknown.reindex(best.index).to_numpy(dtype=bool)
    return best[list(BEST)]


def rate_shares(
    best: pd.DataFrame, units: pd.DataFrame, *, thresholds: Sequence[float], weight: str = "households"
) -> pd.DataFrame:
    """Return the share of homes that can have at least each rate, by class and in all (columns `SHARES`).

    Parameters
    ----------
    best
        Of `best_lines`.
    units
        Columns unit_id, settlement_class, the weight, and where there is one `surveyed`: whether the lines
        are all that there are. A unit without a known line is unknown where that is not said.
    """
    at = best.reindex(units["unit_id"])
    rate = at["best_mbps"].to_numpy(dtype=float)
    seen = at["may_be_more"].to_numpy(dtype=object) == False  # noqa: E712  an absent unit is neither
    surveyed = units["surveyed"].to_numpy(dtype=bool) if "surveyed" in units else np.zeros(len(units), bool)
    whole = seen | (surveyed & at["may_be_more"].isna().to_numpy())
    homes = np.nan_to_num(units[weight].to_numpy(dtype=float))
    classes = units["settlement_class"].astype(object).to_numpy()
    rows = []
    for name in [*sorted(set(classes)), "all"]:
        mine = homes if name == "all" else np.where(classes == name, homes, 0.0)
        for mbps in thresholds:
            there = rate >= mbps
            counts = (mine[there].sum(), mine[~there & ~whole].sum(), mine.sum())
            rows.append((name, float(mbps), *counts, *_shares(*counts)))
    return pd.DataFrame(rows, columns=list(SHARES))


def _shares(numerator: float, unknown: float, denominator: float) -> tuple[float, float, float]:
    known = denominator - unknown
    if denominator == 0:
        return float("nan"), float("nan"), float("nan")
    share = numerator / known if known > 0 else float("nan")
    return share, numerator / denominator, (numerator + unknown) / denominator
