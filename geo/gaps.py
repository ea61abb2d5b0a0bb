"""Gaps: the units that lack a service, with their people, their homes and how far the nearest plant is.

A unit lacks a service where it is uncovered or covered in part; where nothing is known it is no gap, and is
listed only when asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.atlas import ANY, CODES, Atlas
from geo.errors import UnknownName
from geo.findings import visible
from geo.terms import SettlementClass, Status
from geo.wording import SIGNS, distance, number

if TYPE_CHECKING:
    from rich.table import Table

#: What a unit that lacks a service may be; UNKNOWN comes on top when it is asked for.
WITHOUT = (Status.PARTIAL, Status.UNCOVERED)

#: Columns of `gaps`; between `name` and `status` stands one with the name of each level above.
COLUMNS = (
    "unit_id", "level", "code", "name", "status", "settlement_class", "households", "population",
    "nearest_m", "nearest_id", "lon", "lat",
)  # fmt: skip

#: So many units stand in the table of a terminal.
SHOWN = 40

_HEADS = {
    "en": ("unit", "code", "lies in", "homes", "people", "nearest", "distance"),
    "zh": ("单元", "代码", "所在", "户数", "人口", "最近设施", "距离"),
}
_SUM = {
    "en": "{units} units, {households} homes, {population} people",
    "zh": "共 {units} 个单元，{households} 户，{population} 人",
}
_CUT = {"en": "; the first {n} are shown", "zh": "；仅列前 {n} 个"}

#: What the list can be sorted by: most first, and for the distance the nearest first.
ORDERS = ("households", "population", "nearest_m")

Positions = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Chosen:
    """Which gaps are wanted; what is not said is not asked.

    Attributes
    ----------
    klass
        Settlement class.
    least_homes
        A unit has at least so many; one whose homes are not known stays.
    least_m, most_m
        How far the nearest plant is, metres; one without any has no distance and stays out of a range.
    unknown
        Whether units of which nothing is known are listed too.
    """

    klass: str = SettlementClass.ALL.value
    least_homes: float = 0.0
    least_m: float | None = None
    most_m: float | None = None
    unknown: bool = False

    @classmethod
    def of_text(cls, asked: Mapping[str, str], klass: str = SettlementClass.ALL.value) -> Chosen:
        """Return what a link asks for: texts homes, near, far (metres) and unknown ("1").

        Raises
        ------
        UnknownName
            One of them is no number.
        """
        numbers = {k: _amount(k, asked.get(k, "")) for k in ("homes", "near", "far")}
        unknown = asked.get("unknown") == "1"
        return cls(klass, numbers["homes"] or 0.0, numbers["near"], numbers["far"], unknown)


def _amount(key: str, text: str) -> float | None:
    """Return a number of zero or more that a text writes; None for an empty one."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise UnknownName(f"{key} = '{visible(text, 40)}' is no number of zero or more.")
    return value


def gaps(
    atlas: Atlas,
    service: str,
    *,
    operator: str = ANY,
    level: str | None = None,
    within: str | None = None,
    chosen: Chosen | None = None,
) -> pd.DataFrame:
    """Return the units of a level that lack a service, most homes first (columns `COLUMNS`).

    Parameters
    ----------
    operator
        Whose service; "*" is any operator's.
    level
        Level of the units; else the innermost that has a rule for the service.
    within
        Unit id that the units lie in; else the whole region.

    Returns
    -------
    pandas.DataFrame
        Index: position of the unit (`geo.atlas`). Distances in metres, lon and lat in degrees.

    Raises
    ------
    UnknownName
        No such service, operator, level or unit.
    """
    level = known_level(atlas, service, level)
    if operator != ANY and operator not in atlas.operators_of(service):
        there = ", ".join([ANY, *atlas.operators_of(service)])
        raise UnknownName(f"'{operator}' has no facts of '{service}'; there is {there}.")
    at = atlas.at_level(level) if within is None else inside(atlas, atlas.position(within), level)
    chosen = chosen or Chosen()
    wanted = [CODES[s] for s in (*WITHOUT, *((Status.UNKNOWN,) if chosen.unknown else ()))]
    at = at[np.isin(atlas.status(service, operator)[at], wanted)]
    return ordered(_chosen(_table(atlas, at, (service, operator), level), chosen))


def inside(atlas: Atlas, i: int, level: str) -> Positions:
    """Return a level's units inside a unit; none where the level lies further out."""
    order = [x["id"] for x in atlas.levels]
    if order.index(level) < order.index(str(atlas.units.at[i, "level"])):
        return np.empty(0, dtype=np.int32)
    return atlas.below(i, level)


def known_level(atlas: Atlas, service: str, level: str | None) -> str:
    """Return the level whose units are asked, the innermost ruled one if none is named.

    Raises
    ------
    UnknownName
        No such service, or it has no rule at the level.
    """
    rules = {s["id"]: {r["level"] for r in s["rules"]} for s in atlas.services}
    if service not in rules:
        raise UnknownName(f"'{service}' is no service of {atlas.snapshot.name}; there is {', '.join(rules)}.")
    ruled = [x["id"] for x in atlas.levels if x["id"] in rules[service]]
    if level is None:
        return str(ruled[-1])
    if level not in ruled:
        raise UnknownName(f"'{service}' has no rule for '{level}'; it has for {', '.join(ruled)}.")
    return level


def ordered(table: pd.DataFrame, by: str = "households") -> pd.DataFrame:
    """Return the list by homes, people or distance (one of `ORDERS`); unknown last, equals by code."""
    keys = [by, *(o for o in ORDERS if o != by), "code"]
    up = [k not in ORDERS[:2] for k in keys]
    return table.sort_values(keys, ascending=up, na_position="last", kind="stable")


def totals(table: pd.DataFrame) -> dict[str, float]:
    """Return how many units, homes and people the list holds, and of how many units those are not known."""
    homes, people = table["households"], table["population"]
    return {
        "units": float(len(table)),
        "households": float(homes.sum()),
        "population": float(people.sum()),
        "households_unknown": float(homes.isna().sum()),
        "population_unknown": float(people.isna().sum()),
    }


def levels_above(atlas: Atlas, level: str) -> list[str]:
    """Return the levels whose names stand in the list, outermost first; the outermost one is left out."""
    order = [x["id"] for x in atlas.levels]
    return order[1 : order.index(level)]


def ancestor_names(atlas: Atlas, at: Positions, level: str) -> dict[str, npt.NDArray[np.object_]]:
    """Return level above -> name of the unit of that level which holds each of some units ("" where none)."""
    levels, names = atlas.units["level"].to_numpy(), atlas.units["name"].to_numpy()
    wanted = levels_above(atlas, level)
    out = {w: np.full(len(at), "", dtype=object) for w in wanted}
    above = atlas.parent[at]
    while (above >= 0).any():
        there = above >= 0
        for w in wanted:
            here = there & (levels[above] == w)
            out[w][here] = names[above[here]]
        above = np.where(there, atlas.parent[above], -1)
    return out


def _table(atlas: Atlas, at: Positions, of: tuple[str, str], level: str) -> pd.DataFrame:
    units = atlas.units.iloc[at]
    words = np.array(["", *(s.value for s in Status)], dtype=object)
    facts: dict[str, Any] = {
        "status": words[atlas.status(*of)[at]],
        "nearest_m": atlas.fact_column(*of, "nearest_m")[at],
        "nearest_id": atlas.nearest_ids(at, *of) if len(at) else [],
    }
    table = units.assign(**facts)[list(COLUMNS)]
    table.index = pd.Index(at, name="position")
    for n, (above, column) in enumerate(ancestor_names(atlas, at, level).items()):
        table.insert(COLUMNS.index("name") + 1 + n, f"{above}_name", column)
    return table


def _chosen(table: pd.DataFrame, chosen: Chosen) -> pd.DataFrame:
    keep = ~(table["households"] < chosen.least_homes)
    if chosen.klass != SettlementClass.ALL:
        keep &= table["settlement_class"] == chosen.klass
    if chosen.least_m is not None:
        keep &= table["nearest_m"] >= chosen.least_m
    if chosen.most_m is not None:
        keep &= table["nearest_m"] <= chosen.most_m
    return table[keep]


def gaps_table(table: pd.DataFrame, language: str) -> Table:
    """Return the list for a terminal: its first units, and the totals of all."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    sums = {k: number(v) for k, v in totals(table).items()}
    title = _SUM[language].format_map(sums)
    if len(table) > SHOWN:
        title += _CUT[language].format(n=SHOWN)
    out = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    for n, head in enumerate(_HEADS[language]):
        out.add_column(head, justify="right" if n in (3, 4, 6) else "left", overflow="fold")
    above = [c for c in table.columns if c.endswith("_name")]
    for row in table.head(SHOWN).to_dict("records"):
        cells = [
            f"{SIGNS[Status.of(str(row['status']))]} {row['name']}",
            str(row["code"]),
            " · ".join(str(row[c]) for c in above),
            number(row["households"]),
            number(row["population"]),
            str(row["nearest_id"]),
            distance(row["nearest_m"], language),
        ]
        out.add_row(*(Text(visible(c, 120)) for c in cells))
    return out
