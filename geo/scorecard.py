"""Scorecard: every target of the plan at every level, met, missed or open, with what it rests on."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from geo.region import Region, Target
from geo.terms import Verdict
from geo.units import Hierarchy

COLUMNS = (
    "unit_id",
    "target_id",
    "indicator",
    "group",
    "how",
    "level",
    "service",
    "operator",
    "basis",
    "class",
    "verdict",
    "numerator",
    "unknown",
    "denominator",
    "share",
    "share_low",
    "share_high",
    "value",
    "unit",
    "threshold",
    "due",
    "shortfall",
    "pace_needed",
    "pace_seen",
    "value_date",
    "source",
    "value_source",
)

NUMBERS = (
    "numerator",
    "unknown",
    "denominator",
    "share",
    "share_low",
    "share_high",
    "value",
    "shortfall",
    "pace_needed",
    "pace_seen",
)

#: Mean days of a month in the Gregorian calendar: 146,097 days in 4,800 months.
DAYS_A_MONTH = 146_097 / 4_800


def months_between(start: dt.date, end: dt.date) -> float:
    """Return the months from one day to another, whole days over the mean month."""
    return (end - start).days / DAYS_A_MONTH


def needed(target: Target, denominator: float) -> int:
    """Return how many of `denominator` a target asks for, whole ones, computed without rounding error."""
    exact = Fraction(str(target.threshold.value)) / 100 * Fraction(denominator)
    return math.floor(exact) + 1 if target.threshold.strict and exact < denominator else math.ceil(exact)


def verdict(target: Target, low: float, high: float) -> Verdict:
    """Return the verdict on a share that lies between low and high (0 to 1)."""
    if math.isnan(low):
        return Verdict.OPEN
    if target.threshold.reached(round(low * 100, 9)):
        return Verdict.MET
    return Verdict.OPEN if target.threshold.reached(round(high * 100, 9)) else Verdict.MISSED


def scorecard(
    region: Region,
    rollup: pd.DataFrame,
    hierarchy: Hierarchy,
    *,
    reported: Mapping[str, pd.DataFrame],
    before: pd.DataFrame | None = None,
    before_date: dt.date | None = None,
) -> pd.DataFrame:
    """Return one row a unit and target (columns `COLUMNS`).

    Parameters
    ----------
    rollup
        Table of `geo.rollup`.
    reported
        Source id -> reported values: target_id, unit_code, date, value, numerator, denominator, source.
    before, before_date
        An earlier scorecard of the same region and its date, for the pace seen.
    """
    parts: list[pd.DataFrame] = []
    for target in region.targets:
        if target.service is not None:
            parts.append(_computed(region, target, _rows_of(target, rollup), hierarchy))
        else:
            values = reported.get(target.reported or "", pd.DataFrame())
            parts.append(pd.DataFrame(_reported(region, target, values, hierarchy)))
    parts.append(pd.DataFrame(columns=list(COLUMNS)))
    table = pd.concat([p.reindex(columns=list(COLUMNS)).astype(object) for p in parts]).reset_index(drop=True)
    table = table.astype(dict.fromkeys(NUMBERS, float))
    position = pd.Index(hierarchy.table["unit_id"]).get_indexer(table["unit_id"])
    rank = pd.Index([t.id for t in region.targets]).get_indexer(pd.Index(table["target_id"]))
    table = table.iloc[np.lexsort([rank, position])].reset_index(drop=True)
    return with_pace_seen(table, before, before_date, region.as_of)


def _rows_of(target: Target, rollup: pd.DataFrame) -> pd.DataFrame:
    """Return the roll-up rows that a computed target is judged by."""
    wanted = {
        "service": target.service,
        "operator": target.operator,
        "level": target.level,
        "basis": target.basis.value,
        "class": target.settlement_class.value,
    }
    keep = np.logical_and.reduce([(rollup[c] == v).to_numpy() for c, v in wanted.items()])
    return rollup[keep]


def _common(target: Target) -> dict[str, str]:
    return {
        "target_id": target.id,
        "indicator": target.indicator or target.id,
        "group": target.group,
        "unit": target.unit,
        "threshold": target.threshold.text,
        "due": target.due.isoformat(),
        "source": target.source,
        "operator": target.operator,
        "basis": target.basis.value,
        "class": target.settlement_class.value,
        "level": target.level or "",
        "service": target.service or "",
    }


def _computed(region: Region, target: Target, found: pd.DataFrame, hierarchy: Hierarchy) -> pd.DataFrame:
    """Return a computed target's rows, and an open one for each outermost unit that has nothing to count."""
    counts = ["numerator", "unknown", "denominator", "share", "share_low", "share_high"]
    out = found[["unit_id", *counts]].reset_index(drop=True)
    out["unit_id"] = out["unit_id"].astype(object)
    due = np.array([needed(target, d) for d in out["denominator"]], dtype=float)
    out["verdict"] = [
        verdict(target, low, high).value
        for low, high in zip(out["share_low"], out["share_high"], strict=True)
    ]
    # A denominator that is no whole number asks for no more than all of it.
    due = np.minimum(due, out["denominator"].to_numpy(dtype=float))
    short = np.ceil(np.round(np.maximum(0.0, due - out["numerator"].to_numpy(dtype=float)), 9))
    # Square metres and weights are no whole numbers: a target that is met lacks no part of one.
    out["shortfall"] = np.where(out["verdict"] == Verdict.MET.value, 0.0, short)
    months = months_between(region.as_of, target.due)
    out["pace_needed"] = out["shortfall"] / months if months > 0 else np.nan
    out["value"] = out["share"] * 100
    outermost = hierarchy.table["unit_id"].to_numpy(dtype=object)[hierarchy.level == 0]
    bare = [u for u in outermost if u not in set(out["unit_id"])]
    if bare:
        out = pd.concat(
            [out, pd.DataFrame({"unit_id": bare, "verdict": Verdict.OPEN.value})], ignore_index=True
        )
    told = {"how": "computed", "value_date": region.as_of.isoformat(), "value_source": "layers"}
    return out.assign(**_common(target), **told)


def _reported(
    region: Region, target: Target, values: pd.DataFrame, hierarchy: Hierarchy
) -> list[dict[str, object]]:
    """Return the latest reported value of each unit at or before as_of; without any the verdict is open.

    A code that several levels share is the outermost unit's; one that no unit has tells nothing.
    """
    mine = values[values["target_id"] == target.id] if len(values) else values
    mine = mine[mine["date"].astype(str) <= region.as_of.isoformat()] if len(mine) else mine
    top = hierarchy.table.iloc[0]
    codes, ids = (hierarchy.table[c].to_numpy(dtype=object) for c in ("code", "unit_id"))
    out = []
    for code, rows in mine.groupby("unit_code", sort=True) if len(mine) else []:
        at = np.flatnonzero(codes == code)
        if not len(at):
            continue
        r = rows.sort_values("date", kind="stable").iloc[-1]
        value = _number(r.get("value"))
        out.append(
            {
                "unit_id": ids[at[0]],
                **_common(target),
                **_judged(region, target, r, value),
            }
        )
    if not out:
        nothing = {
            "how": "reported",
            "verdict": Verdict.OPEN.value,
            "value": np.nan,
            "value_source": "no value reported",
        }
        out = [{"unit_id": top["unit_id"], **_common(target), **nothing}]
    return out


def _judged(region: Region, target: Target, row: pd.Series, value: float) -> dict[str, object]:
    told = not math.isnan(value)
    reached = told and target.threshold.reached(value)
    denominator, numerator = _number(row.get("denominator")), _number(row.get("numerator"))
    months = months_between(region.as_of, target.due)
    short = np.nan
    if told and target.unit == "percent" and denominator > 0:
        due = min(needed(target, denominator), denominator)
        short = 0.0 if reached else float(np.ceil(np.round(np.maximum(0.0, due - numerator), 9)))
    elif told and target.unit != "percent":
        short = max(0.0, target.threshold.value - value)
    share = value / 100 if told and target.unit == "percent" else np.nan
    return {
        "how": "reported",
        "verdict": (Verdict.MET if reached else Verdict.MISSED if told else Verdict.OPEN).value,
        "numerator": numerator,
        "unknown": 0.0 if denominator > 0 else np.nan,
        "denominator": denominator,
        "share": share,
        "share_low": share,
        "share_high": share,
        "value": value,
        "shortfall": short,
        "pace_needed": short / months if months > 0 else np.nan,
        "value_date": str(row["date"]),
        "value_source": str(row.get("source", "")),
    }


def _number(value: object) -> float:
    """Return a reported number, NaN where none is stated."""
    return float(pd.to_numeric(str(value), errors="coerce")) if value is not None else math.nan


def with_pace_seen(
    table: pd.DataFrame, before: pd.DataFrame | None, before_date: dt.date | None, as_of: dt.date
) -> pd.DataFrame:
    """Return the scorecard with what was gained a month since the earlier one, in the target's own count."""
    table["pace_seen"] = np.nan
    if before is None or before_date is None or not before_date < as_of:
        return table
    months = months_between(before_date, as_of)
    old = before.set_index(["unit_id", "target_id"])["numerator"]
    key = pd.MultiIndex.from_frame(table[["unit_id", "target_id"]].astype(str))
    table["pace_seen"] = (table["numerator"].to_numpy() - old.reindex(key).to_numpy()) / months
    return table
