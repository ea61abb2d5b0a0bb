"""Progress: a region's targets over several snapshots: shares, pace, the day on which each is met at that pace.

Where units were merged, split or recoded a share is compared on the units that stand on both sides, and how
many were lost is said. Change is parted into work and denominator; pace is in what the target counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.atlas import CODES, Atlas
from geo.capacity.pace import Count, Meets, When, decomposed, fell_back, meets
from geo.capacity.penetration import exact
from geo.compare import Broken, Pair, service_broken
from geo.errors import UsageError
from geo.gaps import inside
from geo.mapped import Mapped, mapped
from geo.terms import Status
from geo.why import find_unit

if TYPE_CHECKING:
    from rich.table import Table

#: Columns of `progress`; what compares with the snapshot before is empty in the first one.
COLUMNS = (
    "target_id", "as_of", "verdict", "numerator", "unknown", "denominator", "share", "share_low", "share_high",
    "broken", "mapped_before", "mapped_after", "lost_before", "lost_after", "lost_before_weight",
    "lost_after_weight", "work", "by_denominator", "pace_a_year", "seen", "earliest", "latest",
    "fell_back", "fell_back_certain",
)  # fmt: skip

#: What a target must count alike for two of its figures to be a series.
_SAME = ("service", "operator", "level", "basis", "class", "unit")

#: Words of a day that is none.
MET, NEVER = "met", "never"

Row = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """Two snapshots that follow each other, and how their units stand to each other."""

    before: Atlas
    after: Atlas
    units: Mapped


def steps(atlases: Sequence[Atlas], given: pd.DataFrame | None = None) -> list[Step]:
    """Return the snapshots two by two, by day.

    Raises
    ------
    UsageError
        Fewer than two, two of one day, or of different regions.
    """
    ordered = sorted(atlases, key=_day)
    if len(ordered) < 2:
        raise UsageError(f"{len(ordered)} snapshot: progress needs two or more, of different days.")
    for a, b in pairwise(ordered):
        if _day(a) == _day(b):
            raise UsageError(
                f"{a.snapshot.name} and {b.snapshot.name} are of one day: name the one that counts."
            )
    return [Step(a, b, mapped(a, b, given)) for a, b in pairwise(ordered)]


def _day(atlas: Atlas) -> dt.date:
    return dt.date.fromisoformat(atlas.manifest["as_of"])


def progress(line: Sequence[Step], *, unit: str | None = None, target: str | None = None) -> pd.DataFrame:
    """Return every target of a place over time (columns `COLUMNS`), target by target, by day.

    Parameters
    ----------
    line
        Of `steps`.
    unit
        A unit of the last snapshot by id, code or name; else the first of the outermost level.
    target
        One target only.

    Raises
    ------
    UsageError
        The last snapshot has no such target there.
    """
    last = line[-1].after
    at = 0 if unit is None else last.position(str(find_unit(last.snapshot, unit)["unit_id"]))
    ways = [at]
    for step in reversed(line):
        ways.insert(0, step.units.partner(ways[0]) if ways[0] >= 0 else -1)
    targets = [t for t in last.manifest["targets"] if target in (None, t["id"])]
    there = set(last.cards(at)["target_id"].astype(str))
    targets = [t for t in targets if t["id"] in there]
    if not targets:
        known = ", ".join(sorted(there)) or "none"
        raise UsageError(
            f"no target '{target or ''}' is judged at {last.unit(at)['name']}; there is {known}."
        )
    rows = [row for t in targets for row in _series(line, ways, t)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _series(line: Sequence[Step], ways: Sequence[int], target: Row) -> list[Row]:
    """Return one target's rows, one a snapshot that has it."""
    first = _own(line[0].before, ways[0], target)
    rows = [{**first, **_nothing(Broken.ABSENT if first["verdict"] == "" else Broken.NO)}]
    for step, then, now in zip(line, ways, ways[1:], strict=False):
        own = _own(step.after, now, target)
        rows.append({**own, **_compared(step, (then, now), target, own)})
    return [r for r in rows if r["verdict"]]


def _own(atlas: Atlas, i: int, target: Row) -> Row:
    """Return a target's own figures in one snapshot, as its scorecard has them."""
    card = atlas.cards(i) if i >= 0 else pd.DataFrame()
    mine = card[card["target_id"].astype(str) == target["id"]] if len(card) else card
    row = mine.iloc[0].to_dict() if len(mine) else {}
    figures = {c: row.get(c, np.nan) for c in COLUMNS[3:9]}
    if target["unit"] != "percent":
        figures["numerator"] = row.get("value", np.nan)
    return {
        "target_id": target["id"],
        "as_of": atlas.manifest["as_of"],
        "verdict": str(row.get("verdict", "")),
        **figures,
    }


def _nothing(broken: Broken) -> Row:
    """Return the columns that compare, where nothing can be compared."""
    empty = dict.fromkeys(COLUMNS[10:], np.nan)
    return {"broken": str(broken), **empty, "seen": "", "earliest": "", "latest": ""}


def _compared(step: Step, at: tuple[int, int], target: Row, own: Row) -> Row:
    """Return what a target's figures say beside those of the snapshot before."""
    broken = _broken(step, at[0], target)
    if broken or not own["verdict"]:
        return _nothing(broken or Broken.ABSENT)
    if target["service"] is None:
        return _reported(step, at[0], target, own)
    sides = _counted(step.before, at[0], target), _counted(step.after, at[1], target)
    groups = [_by_group(s, g) for s, g in zip(sides, (step.units.before, step.units.after), strict=True)]
    common = groups[0].index.intersection(groups[1].index)
    then, now = (g.loc[common] for g in groups)
    lost = [
        s[~_grouped(s, g, common)] for s, g in zip(sides, (step.units.before, step.units.after), strict=True)
    ]
    fell = fell_back(then, now)
    days = _day(step.before), _day(step.after)
    before, after = (
        Count(d, *t[["numerator", "unknown", "denominator"]].sum())
        for d, t in zip(days, (then, now), strict=True)
    )
    return {
        **_nothing(Broken.NO),
        "mapped_before": _share(before),
        "mapped_after": _share(after),
        "lost_before": len(lost[0]),
        "lost_after": len(lost[1]),
        "lost_before_weight": float(lost[0]["denominator"].sum()),
        "lost_after_weight": float(lost[1]["denominator"].sum()),
        **_parts(before, after),
        **_when(before, after, own, target),
        "fell_back": len(fell),
        "fell_back_certain": int(fell["certain"].sum()),
    }


def _broken(step: Step, then: int, target: Row) -> Broken:
    old = next((t for t in step.before.manifest["targets"] if t["id"] == target["id"]), None)
    if old is None or then < 0 or not _own(step.before, then, target)["verdict"]:
        return Broken.ABSENT
    if any(old.get(k) != target.get(k) for k in _SAME):
        return Broken.RULE
    return (
        service_broken(Pair(step.before, step.after), target["service"]) if target["service"] else Broken.NO
    )


def _counted(atlas: Atlas, i: int, target: Row) -> pd.DataFrame:
    """Return what each unit of the counted level adds inside a unit: numerator, unknown, denominator by position.

    As the roll-up counts: where the rule tells no share on the basis a covered unit counts whole, and of a
    partly covered one nothing is known.
    """
    at = inside(atlas, i, target["level"])
    of = target["service"], target["operator"]
    status, unknown = atlas.status(*of)[at], atlas.fact_column(*of, "unknown_share")[at]
    covered = status == CODES[Status.COVERED]
    share = covered.astype(float)
    if target["basis"] == "units":
        unknown = (~covered & (unknown > 0)).astype(float)
        weight = np.ones(len(at))
    else:
        column = {"area": "area_m2"}.get(target["basis"], target["basis"])
        weight = np.nan_to_num(atlas.units[column].to_numpy(dtype=float)[at])
        told = atlas.fact_column(*of, f"share_{target['basis']}")[at]
        open_ = np.isin(status, [CODES[Status.PARTIAL], CODES[Status.UNKNOWN]])
        unknown = np.where(np.isnan(told), open_, unknown)
        share = np.where(np.isnan(told), share, told)
    classes = atlas.units["settlement_class"].to_numpy()[at]
    keep = (status > 0) & (weight > 0) & ((classes == target["class"]) | (target["class"] == "all"))
    parts = {
        "numerator": weight * share,
        "unknown": weight * np.minimum(unknown, 1 - share),
        "denominator": weight,
    }
    table = pd.DataFrame(parts, index=pd.Index(at, name="position"))
    out: pd.DataFrame = table[keep]
    return out


def _by_group(counts: pd.DataFrame, group: npt.NDArray[np.intp]) -> pd.DataFrame:
    mine = group[counts.index]
    return counts[mine >= 0].groupby(mine[mine >= 0], sort=True).sum()


def _grouped(counts: pd.DataFrame, group: npt.NDArray[np.intp], common: pd.Index) -> npt.NDArray[np.bool_]:
    return np.isin(group[counts.index], common)


def _share(count: Count) -> float:
    known = count.denominator - count.unknown
    return count.numerator / known if known > 0 else float("nan")


def _parts(before: Count, after: Count) -> Row:
    if min(before.denominator, after.denominator) <= 0:
        return {}
    parts = decomposed(before, after)
    return {"work": parts.work, "by_denominator": parts.denominator}


def _when(before: Count, after: Count, own: Row, target: Row) -> Row:
    """Return pace and days: the pace of the units on both sides, towards the share of all units now."""
    numerator, unknown, denominator = (float(own[c]) for c in ("numerator", "unknown", "denominator"))
    if np.isnan([numerator, unknown, denominator]).any() or denominator <= 0:
        return {}
    earlier = max(numerator - (after.numerator - before.numerator), 0.0)
    then = Count(before.day, earlier, min(before.unknown, max(denominator - earlier, 0.0)), denominator)
    if earlier > denominator or numerator + unknown > denominator * (1 + 1e-12):
        return {"pace_a_year": np.nan}
    now = Count(after.day, numerator, min(unknown, denominator - numerator), denominator)
    return _told(meets(then, now, f"{target['threshold']['value']} %"))


def _told(met: Meets) -> Row:
    return {
        "pace_a_year": met.pace,
        "seen": _word(met.seen),
        "earliest": _word(met.earliest),
        "latest": _word(met.latest),
    }


def _word(when: When) -> str:
    """Return a day, or why there is none."""
    if when.never:
        return NEVER
    if when.years == 0:
        return MET
    return when.day.isoformat() if when.day else f"in {when.years:,.0f} years"


def _reported(step: Step, then: int, target: Row, own: Row) -> Row:
    """Return pace and days of a reported target: a percentage by its counts, any other by its value."""
    old = _own(step.before, then, target)
    days = _day(step.before), _day(step.after)
    values = np.array([old["numerator"], own["numerator"]], dtype=float)
    if np.isnan(values).any() or (values < 0).any():
        return _nothing(Broken.NO)
    threshold = float(target["threshold"]["value"])
    if target["unit"] == "percent":
        wholes = [float(old["denominator"]), float(own["denominator"])]
        if np.isnan(wholes).any() or min(wholes) <= 0 or (values > wholes).any():
            return _nothing(Broken.NO)
        counts = [Count(d, v, 0.0, w) for d, v, w in zip(days, values.tolist(), wholes, strict=True)]
        return {
            **_nothing(Broken.NO),
            **_parts(*counts),
            **_told(meets(counts[0], counts[1], f"{threshold} %")),
        }
    most = max(threshold, values.max())
    counts = [Count(d, v, 0.0, most) for d, v in zip(days, values.tolist(), strict=True)]
    return {
        **_nothing(Broken.NO),
        **_told(meets(counts[0], counts[1], exact(threshold) / exact(most) if most else 1.0)),
    }


def progress_table(table: pd.DataFrame, *, title: str) -> Table:
    """Return the rows for a terminal."""
    from rich.table import Table
    from rich.text import Text

    from geo.show import amount, percent

    out = Table(title=Text(title), title_justify="left")
    for column in (
        "target",
        "day",
        "of all",
        "share",
        "same units",
        "lost",
        "a year",
        "met (earliest, latest)",
        "fell back",
    ):
        out.add_column(column)
    for row in table.to_dict("records"):
        same = (
            f"{percent(row['mapped_before'])} > {percent(row['mapped_after'])}"
            if row["mapped_after"] == row["mapped_after"]
            else ""
        )
        lost = f"{amount(row['lost_before'])} + {amount(row['lost_after'])}" if same else ""
        met = f"{row['seen']} ({row['earliest']}, {row['latest']})" if row["seen"] else row["broken"]
        counts = f"{amount(row['numerator'])} / {amount(row['denominator'])}"
        cells = (
            row["target_id"],
            row["as_of"],
            counts,
            percent(row["share"]),
            same,
            lost,
            amount(row["pace_a_year"], 1),
            met,
            amount(row["fell_back"]),
        )
        out.add_row(*(Text(str(c)) for c in cells))
    return out
