"""Differ: every unit, fact and target that is not the same in two snapshots of a region, one row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.atlas import ANY, Atlas
from geo.compare import Pair, service_broken
from geo.errors import UnknownName
from geo.mapped import Ints, Mapped
from geo.terms import Status

if TYPE_CHECKING:
    from rich.table import Table

#: Columns of `differences`. `change` is after less before, where both are numbers.
COLUMNS = ("kind", "level", "unit_before", "unit_after", "name", "what", "before", "after", "change")

#: Kinds of rows, in the order of the table: what is counted, the units, their facts, the scorecard.
KINDS = ("rule", "unit", "fact", "target")

#: Rows that a terminal shows.
SHOWN = 40

_ATTRIBUTES = ("code", "name", "settlement_class", "population", "households")
_WORDS = np.array(["", *(s.value for s in Status)], dtype=object)


def differences(before: Atlas, after: Atlas, units: Mapped, *, service: str | None = None) -> pd.DataFrame:
    """Return what differs between two snapshots (columns `COLUMNS`); no row where nothing does.

    Facts and targets are compared unit by unit where one unit before is one unit after, whatever their codes.
    The parts of a split or a merger are named and not compared.

    Parameters
    ----------
    service
        Only this one's facts and targets.

    Raises
    ------
    UnknownName
        Neither snapshot has the service.
    """
    there = list(dict.fromkeys(s["id"] for a in (before, after) for s in a.services))
    if service is not None and service not in there:
        raise UnknownName(f"'{service}' is no service of either snapshot; there is {', '.join(there)}.")
    asked = [s for s in there if service in (None, s)]
    old, new = units.singles()
    names = _Names(before, after, old, new)
    rows = [
        _rules(before, after, asked),
        *([_regrouped(before, after, units), _attributes(names)] if service is None else []),
        *(part for s in asked for part in _facts(names, s)),
        _targets(names, service),
    ]
    filled = [r for r in rows if len(r)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=list(COLUMNS))


class _Names:
    """Units that are one on each side, and how they are called."""

    def __init__(self, before: Atlas, after: Atlas, old: Ints, new: Ints) -> None:
        self.before, self.after, self.old, self.new = before, after, old, new

    def rows(self, kind: str, at: npt.NDArray[np.intp], what: str, **values: Any) -> pd.DataFrame:
        """Return rows of some of the units; values by their positions in `old` and `new`."""
        now = self.after.units.iloc[self.new[at]]
        table = {
            "kind": kind,
            "level": now["level"].to_numpy(),
            "unit_before": self.before.units["unit_id"].to_numpy()[self.old[at]],
            "unit_after": now["unit_id"].to_numpy(),
            "name": now["name"].to_numpy(),
            "what": what,
        }
        return _filled(pd.DataFrame({**table, **{k: np.asarray(v, dtype=object) for k, v in values.items()}}))


def _filled(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its change, and every column in its place."""
    before, after = (pd.to_numeric(table[c], errors="coerce") for c in ("before", "after"))
    return table.assign(change=after - before)[list(COLUMNS)]


def _rules(before: Atlas, after: Atlas, services: list[str]) -> pd.DataFrame:
    """Return the services that are counted by another rule, or in one snapshot only."""
    rows = []
    for service in services:
        if broken := service_broken(Pair(before, after), service):
            there = [service if service in {s["id"] for s in a.services} else "" for a in (before, after)]
            rows.append(("rule", "", "", "", service, str(broken), *there, np.nan))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _regrouped(before: Atlas, after: Atlas, units: Mapped) -> pd.DataFrame:
    """Return units that are gone, new, or part of a split or a merger."""
    rows: list[tuple[Any, ...]] = []
    ids = [a.units["unit_id"].to_numpy() for a in (before, after)]
    for i in np.flatnonzero(units.before < 0):
        unit = before.unit(int(i))
        rows.append(
            ("unit", unit["level"], unit["unit_id"], "", unit["name"], "gone", unit["name"], "", np.nan)
        )
    for i in np.flatnonzero(units.after < 0):
        unit = after.unit(int(i))
        rows.append(
            ("unit", unit["level"], "", unit["unit_id"], unit["name"], "new", "", unit["name"], np.nan)
        )
    for group in units.several():
        old, new = (np.flatnonzero(side == group) for side in (units.before, units.after))
        what = "merged" if len(new) == 1 else "split" if len(old) == 1 else "regrouped"
        first, codes = after.unit(int(new[0])), [" ".join(ids[n][at]) for n, at in enumerate((old, new))]
        rows.append(
            (
                "unit",
                first["level"],
                *codes,
                first["name"],
                what,
                str(len(old)),
                str(len(new)),
                len(new) - len(old),
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _attributes(names: _Names) -> pd.DataFrame:
    """Return what is stated otherwise of a unit: its code, name, class, people or homes."""
    parts = []
    for column in _ATTRIBUTES:
        values = [
            names.before.units[column].to_numpy()[names.old],
            names.after.units[column].to_numpy()[names.new],
        ]
        at = np.flatnonzero(_differ(*values))
        parts.append(
            names.rows("unit", at, column, before=_plain(values[0][at]), after=_plain(values[1][at]))
        )
    return pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)


def _facts(names: _Names, service: str) -> list[pd.DataFrame]:
    """Return the changes of status and of best rate, operator by operator, any first."""
    operators = dict.fromkeys(
        [ANY, *(o for a in (names.before, names.after) for o in a.operators_of(service))]
    )
    parts = []
    for operator in operators:
        status = [
            _WORDS[a.status(service, operator)[at]]
            for a, at in ((names.before, names.old), (names.after, names.new))
        ]
        rates = [
            a.fact_column(service, operator, "best_mbps")[at]
            for a, at in ((names.before, names.old), (names.after, names.new))
        ]
        for what, (then, now) in ((f"{service} {operator}", status), (f"{service} {operator} Mbps", rates)):
            at = np.flatnonzero(_differ(then, now))
            parts.append(names.rows("fact", at, what, before=_plain(then[at]), after=_plain(now[at])))
    return parts


def _targets(names: _Names, service: str | None) -> pd.DataFrame:
    """Return the changes of the scorecard: verdict, and what is counted or reported."""
    cards = [_cards(a, at, service) for a, at in ((names.before, names.old), (names.after, names.new))]
    both = cards[0].add_suffix("_then").join(cards[1].add_suffix("_now"), how="outer")
    parts = []
    for column in ("verdict", "numerator", "unknown", "denominator", "value"):
        then, now = (both[f"{column}_{when}"].to_numpy() for when in ("then", "now"))
        at = np.flatnonzero(_differ(then, now))
        keys = both.index[at]
        for target in dict.fromkeys(keys.get_level_values("target_id")):
            mine = at[keys.get_level_values("target_id") == target]
            units = both.index[mine].get_level_values("pair").to_numpy(dtype=np.intp)
            parts.append(
                names.rows(
                    "target", units, f"{target} {column}", before=_plain(then[mine]), after=_plain(now[mine])
                )
            )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _cards(atlas: Atlas, at: Ints, service: str | None) -> pd.DataFrame:
    """Return the scorecard rows of some units, by their place in the list and target."""
    card: pd.DataFrame = atlas.snapshot.arrow("scorecard").to_pandas()
    card = card[card["service"].astype(str) == service] if service is not None else card
    place = pd.Index(atlas.units["unit_id"].to_numpy()[at]).get_indexer(pd.Index(card["unit_id"].astype(str)))
    card = card.assign(
        pair=place, target_id=card["target_id"].astype(str), verdict=card["verdict"].astype(object)
    )
    columns = ["verdict", "numerator", "unknown", "denominator", "value"]
    out: pd.DataFrame = card[card["pair"] >= 0].set_index(["pair", "target_id"])[columns]
    return out


def _differ(then: npt.NDArray[Any], now: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Return where two columns differ; unknown is the same as unknown."""
    absent = [pd.isna(v) for v in (then, now)]
    out: npt.NDArray[np.bool_] = np.where(absent[0] | absent[1], absent[0] != absent[1], then != now).astype(
        bool
    )
    return out


def _plain(values: npt.NDArray[Any]) -> list[str]:
    """Return values as text: whole numbers whole, others in full, nothing where unknown."""
    out = []
    for v in values:
        if v is None or v != v:  # noqa: PLR0124  NaN is not itself
            out.append("")
        else:
            out.append(f"{int(v)}" if isinstance(v, float) and v.is_integer() else str(v))
    return out


def differences_table(table: pd.DataFrame, *, title: str) -> Table:
    """Return the rows for a terminal: the first ones, and how many there are of each kind."""
    from rich.table import Table
    from rich.text import Text

    from geo.findings import visible

    count = table["kind"].value_counts()
    told = ", ".join(f"{int(count.get(k, 0))} {k}" for k in KINDS)
    more = f"; the first {SHOWN} are shown" if len(table) > SHOWN else ""
    out = Table(title=Text(title), title_justify="left", caption=Text(told + more), caption_justify="left")
    shown = ("kind", "unit_after", "name", "what", "before", "after")
    for column in shown:
        out.add_column(column)
    for row in table.head(SHOWN).to_dict("records"):
        cells = {**row, "unit_after": row["unit_after"] or row["unit_before"]}
        out.add_row(*(Text(visible(str(cells[c]))) for c in shown))
    return out
