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
    rows: list[dict[str, object]] = []
    keyed = dict(iter(rollup.groupby(["service", "operator", "level", "basis", "class"], observed=True, sort=False)))
    for target in region.targets:
        if target.service is not None:
            rows += _computed(region, target, keyed, hierarchy)
        else:
            rows += _reported(region, target, reported.get(target.reported or "", pd.DataFrame()), hierarchy)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = {u: i for i, u in enumerate(hierarchy.table["unit_id"])}
    rank = {t.id: i for i, t in enumerate(region.targets)}
    table = table.sort_values(
        ["unit_id", "target_id"], key=lambda c: c.map(order if c.name == "unit_id" else rank), kind="stable"
    ).reset_index(drop=True)
    return with_pace_seen(table, before, before_date, region.as_of)


def _common(region: Region, target: Target) -> dict[str, object]:
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


def _computed(
    region: Region, target: Target, keyed: Mapping[tuple[str, ...], pd.DataFrame], hierarchy: Hierarchy
) -> list[dict[str, object]]:
    key = (target.service, target.operator, target.level, target.basis.value, target.settlement_class.value)
    rows = keyed.get(key)  # type: ignore[arg-type]
    found = rows if rows is not None else pd.DataFrame(columns=["unit_id"])
    months = months_between(region.as_of, target.due)
    out = []
    for r in found.to_dict("records"):
        short = max(0, needed(target, float(r["denominator"])) - r["numerator"])
        short = float(math.ceil(round(short, 9)))
        counts = {c: r[c] for c in ("numerator", "unknown", "denominator", "share", "share_low", "share_high")}
        out.append(
            {
                "unit_id": r["unit_id"],
                **_common(region, target),
                "how": "computed",
                "verdict": verdict(target, r["share_low"], r["share_high"]).value,
                **counts,
                "value": r["share"] * 100,
                "shortfall": short,
                "pace_needed": short / months if months > 0 else np.nan,
                "value_date": region.as_of.isoformat(),
                "value_source": "layers",
            }
        )
    top = hierarchy.table["unit_id"].iloc[0]
    if not any(r["unit_id"] == top for r in out):
        out.append({"unit_id": top, **_common(region, target), "how": "computed", "verdict": Verdict.OPEN.value})
    return out


def _reported(
    region: Region, target: Target, values: pd.DataFrame, hierarchy: Hierarchy
) -> list[dict[str, object]]:
    """Return the latest reported value of each unit at or before as_of; without any the verdict is open."""
    mine = values[values["target_id"] == target.id] if len(values) else values
    mine = mine[mine["date"].astype(str) <= region.as_of.isoformat()] if len(mine) else mine
    top = hierarchy.table.iloc[0]
    units = dict(zip(hierarchy.table["code"], hierarchy.table["unit_id"], strict=True))
    out = []
    for code, rows in mine.groupby("unit_code", sort=True) if len(mine) else []:
        r = rows.sort_values("date", kind="stable").iloc[-1]
        value = _number(r.get("value"))
        out.append({"unit_id": units.get(code, top["unit_id"]), **_common(region, target), **_judged(region, target, r, value)})
    if not out:
        nothing = {"how": "reported", "verdict": Verdict.OPEN.value, "value": np.nan, "value_source": "no value reported"}
        out = [{"unit_id": top["unit_id"], **_common(region, target), **nothing}]
    return out


def _judged(region: Region, target: Target, row: pd.Series, value: float) -> dict[str, object]:
    told = not math.isnan(value)
    reached = told and target.threshold.reached(value)
    denominator, numerator = _number(row.get("denominator")), _number(row.get("numerator"))
    months = months_between(region.as_of, target.due)
    short = np.nan
    if told and target.unit == "percent" and denominator > 0:
        short = float(max(0, needed(target, denominator) - numerator))
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
