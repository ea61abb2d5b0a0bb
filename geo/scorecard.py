"""Scorecard: every target of the plan at every level, met, missed or open, with what it rests on."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.region import Region, Target
from geo.terms import Verdict
from geo.units import Floats, Hierarchy

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

#: What a row of the roll-up counts, and the words that choose it.
COUNTS = ("numerator", "unknown", "denominator", "share", "share_low", "share_high")
KEYS = ("service", "operator", "level", "basis", "class")
#: The code of a word that the roll-up does not hold; -1 is a missing one.
ABSENT = -2

#: Columns of some rows of one target: an array, or one value for all of them; a column that is not there is empty.
Part = Mapping[str, Any]
#: Reported rows: target id -> unit's code -> row.
Latest = Mapping[str, Mapping[str, Mapping[str, Any]]]

#: Mean days of a month in the Gregorian calendar: 146,097 days in 4,800 months.
DAYS_A_MONTH = 146_097 / 4_800


def months_between(start: dt.date, end: dt.date) -> float:
    """Return the months from one day to another, whole days over the mean month."""
    return (end - start).days / DAYS_A_MONTH


def needed(target: Target, denominator: float) -> int:
    """Return how many of `denominator` a target asks for, whole ones, computed without rounding error."""
    return _needed(_part(target), denominator, strict=target.threshold.strict)


def _part(target: Target) -> Fraction:
    return Fraction(str(target.threshold.value)) / 100


def _needed(part: Fraction, denominator: float, *, strict: bool) -> int:
    """Return `needed` in whole numbers, the part being reckoned once for many denominators."""
    above, below = denominator.as_integer_ratio()
    whole, rest = divmod(part.numerator * above, part.denominator * below)
    less_than_all = part.numerator * above < part.denominator * above
    return whole + 1 if rest or (strict and less_than_all) else whole


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
    rows = _Rows.of(rollup)
    sources = dict.fromkeys(t.reported for t in region.targets if t.reported in reported)
    latest = {s: _latest(reported[s], region.as_of) for s in sources if s}
    table = _table(
        [
            _reported(region, target, latest.get(target.reported or "", {}), hierarchy)
            if target.service is None
            else [_computed(region, target, rows, hierarchy)]
            for target in region.targets
        ]
    )
    position = pd.Index(hierarchy.unit_ids).get_indexer(pd.Index(table["unit_id"]))
    rank = pd.Index([t.id for t in region.targets]).get_indexer(pd.Index(table["target_id"]))
    table = table.iloc[np.lexsort([rank, position])].reset_index(drop=True)
    return with_pace_seen(table, before, before_date, region.as_of)


def _table(targets: Sequence[Sequence[Part]]) -> pd.DataFrame:
    """Return all targets' rows one after the other: numbers as floats, anything else as it is."""
    parts = [part for target in targets for part in target]
    rows = [len(part["unit_id"]) for part in parts]
    columns = {}
    for name in COLUMNS:
        kind = float if name in NUMBERS else object
        filled = [np.full(n, part.get(name, np.nan), kind) for part, n in zip(parts, rows, strict=True)]
        columns[name] = pd.Series(np.concatenate([np.empty(0, kind), *filled]), dtype=kind)
    return pd.DataFrame(columns)


@dataclass(frozen=True)
class _Rows:
    """The roll-up as arrays: each word column as codes and the words' codes."""

    unit_ids: npt.NDArray[np.object_]
    counts: Mapping[str, Floats]
    codes: Mapping[str, tuple[npt.NDArray[np.integer], Mapping[str, int]]]

    @classmethod
    def of(cls, rollup: pd.DataFrame) -> Self:
        """Return the arrays of a table of `geo.rollup`."""
        words = {c: pd.Categorical(rollup[c]) for c in KEYS}
        return cls(
            rollup["unit_id"].to_numpy(dtype=object),
            {c: rollup[c].to_numpy(dtype=float) for c in COUNTS},
            {c: (w.codes, {word: i for i, word in enumerate(w.categories)}) for c, w in words.items()},
        )

    def judging(self, target: Target) -> npt.NDArray[np.intp]:
        """Return the rows that a computed target is judged by."""
        wanted = (
            target.service,
            target.operator,
            target.level,
            target.basis.value,
            target.settlement_class.value,
        )
        keep = np.ones(len(self.unit_ids), bool)
        for column, word in zip(KEYS, wanted, strict=True):
            codes, code_of = self.codes[column]
            keep &= codes == code_of.get(word or "", ABSENT)
        return np.flatnonzero(keep)


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


def _computed(region: Region, target: Target, rows: _Rows, hierarchy: Hierarchy) -> Part:
    """Return a computed target's rows, and an open one for each outermost unit that has nothing to count."""
    at = rows.judging(target)
    counts = {c: rows.counts[c][at] for c in COUNTS}
    part, strict = _part(target), target.threshold.strict
    due = np.array([_needed(part, d, strict=strict) for d in counts["denominator"].tolist()], dtype=float)
    low, high = counts["share_low"].tolist(), counts["share_high"].tolist()
    verdicts = np.array([verdict(target, *x).value for x in zip(low, high, strict=True)], dtype=object)
    # A denominator that is no whole number asks for no more than all of it.
    due = np.minimum(due, counts["denominator"])
    short = np.ceil(np.round(np.maximum(0.0, due - counts["numerator"]), 9))
    # Square metres and weights are no whole numbers: a target that is met lacks no part of one.
    counts["shortfall"] = np.where(verdicts == Verdict.MET.value, 0.0, short)
    months = months_between(region.as_of, target.due)
    counts["pace_needed"] = counts["shortfall"] / months if months > 0 else np.full(len(at), np.nan)
    counts["value"] = counts["share"] * 100
    units = rows.unit_ids[at]
    outermost = hierarchy.unit_ids[hierarchy.level == 0]
    bare = outermost[~np.isin(outermost, units)]
    nothing = np.full(len(bare), np.nan)
    return {
        "unit_id": np.concatenate([units, bare]),
        "verdict": np.concatenate([verdicts, np.full(len(bare), Verdict.OPEN.value, object)]),
        **{c: np.concatenate([x, nothing]) for c, x in counts.items()},
        "how": "computed",
        "value_date": region.as_of.isoformat(),
        "value_source": "layers",
        **_common(target),
    }


def _latest(values: pd.DataFrame, as_of: dt.date) -> Latest:
    """Return the latest reported row at or before as_of by target and unit's code."""
    latest: dict[str, dict[str, Mapping[str, Any]]] = {}
    if not len(values):
        return latest
    for row in values[values["date"].astype(str) <= as_of.isoformat()].to_dict("records"):
        units = latest.setdefault(row["target_id"], {})
        known = units.get(row["unit_code"])
        if known is None or row["date"] >= known["date"]:
            units[row["unit_code"]] = {str(k): v for k, v in row.items()}
    return latest


def _reported(region: Region, target: Target, latest: Latest, hierarchy: Hierarchy) -> list[Part]:
    """Return the latest reported value of each unit at or before as_of; without any the verdict is open.

    A code that several levels share is the outermost unit's; one that no unit has tells nothing.
    """
    out: list[Part] = []
    for code, row in latest.get(target.id, {}).items():
        at = np.flatnonzero(hierarchy.codes == code)
        if len(at):
            judged = _judged(region, target, row, _number(row.get("value")))
            out.append({"unit_id": [hierarchy.unit_ids[at[0]]], **_common(target), **judged})
    if out:
        return out
    nothing = {"how": "reported", "verdict": Verdict.OPEN.value, "value_source": "no value reported"}
    return [{"unit_id": [hierarchy.unit_ids[0]], **_common(target), **nothing}]


def _judged(region: Region, target: Target, row: Mapping[str, Any], value: float) -> dict[str, object]:
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
