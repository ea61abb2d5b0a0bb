"""Tables: what is on the screen, taken out of a snapshot as it stands there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geo.atlas import ANY, CODES, Atlas
from geo.errors import UnknownName, UsageError
from geo.findings import visible
from geo.gaps import Chosen, gaps
from geo.terms import Basis, Kind, SettlementClass

#: Code of a status in the atlas -> its id; "" where there is no fact.
STATUS = np.array(["", *(s.value for s in CODES)], dtype=object)


@dataclass(frozen=True)
class Choice:
    """What somebody looks at.

    Attributes
    ----------
    table
        A key of `TABLES`.
    unit
        Position of the place in the atlas.
    level
        Level of the rows; None for the table's own choice.
    service, operator
        Service ("" for none) and operator ("*" any).
    basis, klass
        What shares of units above count; `klass` is also the class of the gaps that are listed.
    chosen
        Which gaps are listed; its class is `klass`.
    """

    table: str
    unit: int
    service: str = ""
    operator: str = ANY
    level: str | None = None
    basis: str = Basis.UNITS.value
    klass: str = SettlementClass.ALL.value
    chosen: Chosen = field(default_factory=Chosen)


@dataclass(frozen=True)
class ExportTable:
    """One table with the outlines or points of its rows.

    Attributes
    ----------
    name
        Name of table and level, fit for a layer: "units_village".
    title
        The same in words.
    frame
        Columns of `columns.toml`; texts as they are, unknown is None or NaN.
    geometry
        Longitude and latitude, one a row, None where there is none.
    shown
        Column that colours the map: "status", "share", or "" for none.
    heads
        Words for columns that only this region has: the names of the units of a level.
    """

    name: str
    title: str
    frame: pd.DataFrame
    geometry: np.ndarray
    shown: str
    heads: Mapping[str, str] = field(default_factory=dict)


def export_table(atlas: Atlas, choice: Choice, language: str) -> ExportTable:
    """Return the chosen table, in the order of units.

    Raises
    ------
    UnknownName
        No such table, level, service or operator; the message says which there are.
    UsageError
        The table needs a service, or there is no row.
    """
    make = _known(choice.table, TABLES, "table")
    level = _level(atlas, choice)
    if choice.service:
        _known(choice.service, {s["id"]: s for s in atlas.services}, "service")
        _known(choice.operator, dict.fromkeys([ANY, *atlas.operators_of(choice.service)]), "operator")
    elif choice.table in ("facts", "gaps"):
        raise UsageError(f"table {choice.table}: of which service? Name one with --service.")
    frame, at = make(atlas, choice, level)
    if not len(frame):
        raise UsageError(
            f"table {choice.table}, level {level}: no row in {atlas.unit(choice.unit)['name']}. "
            "Choose another level, place or service."
        )
    made = any(i["kind"] == Kind.SIMULATED for i in atlas.manifest["inputs"].values())
    frame = frame.assign(data=Kind.SIMULATED.value if made else None).reset_index(drop=True)
    return ExportTable(
        f"{choice.table}_{level}",
        _title(atlas, choice, level, language),
        frame,
        atlas.geometry(at),
        _shown(frame),
        {f"{x['id']}_name": x["name"][language] for x in atlas.levels},
    )


def _known(wanted: str, there: dict[str, Any], what: str) -> Any:
    """Return what a name stands for.

    Raises
    ------
    UnknownName
        Nothing.
    """
    if wanted not in there:
        raise UnknownName(f"'{wanted}' is no {what} here; there is {', '.join(there)}.")
    return there[wanted]


def _level(atlas: Atlas, choice: Choice) -> str:
    """Return the level of the rows: the asked one, else what the table is mostly looked at by."""
    ids = [x["id"] for x in atlas.levels]
    mine = str(atlas.units.at[choice.unit, "level"])
    if choice.level is not None:
        _known(choice.level, dict.fromkeys(ids[ids.index(mine) :]), "level")
        return choice.level
    if choice.table == "scorecard":
        return mine
    if choice.table in ("facts", "gaps"):
        rules: list[dict[str, Any]] = next(
            (s["rules"] for s in atlas.services if s["id"] == choice.service), []
        )
        ruled = [x for x in ids if any(r["level"] == x for r in rules)]
        return ruled[-1] if ruled else mine
    return atlas.level_below(mine) or mine


def _units(atlas: Atlas, at: np.ndarray) -> pd.DataFrame:
    """Return what every table says of its units first."""
    units = atlas.units.iloc[at].reset_index(drop=True)
    above = atlas.parent[at]
    for column in ("code", "name"):
        words = atlas.units[column].to_numpy()
        units[f"parent_{column}"] = [words[p] if p >= 0 else None for p in above]
    order = ["unit_id", "level", "code", "edition", "name", "parent_code", "parent_name", "settlement_class"]
    return units[[*order, "population", "households", "area_m2", "lon", "lat"]]


def _units_table(atlas: Atlas, choice: Choice, level: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the units of a level with the status or the share of the service."""
    at = atlas.below(choice.unit, level)
    frame = _units(atlas, at)
    if choice.service:
        frame = frame.assign(service=choice.service, operator=choice.operator)
        status = atlas.status(choice.service, choice.operator)[at]
        frame = (
            _with_facts(atlas, choice, frame, at) if status.any() else _with_shares(atlas, choice, frame, at)
        )
    return frame, at


def _with_facts(atlas: Atlas, choice: Choice, frame: pd.DataFrame, at: np.ndarray) -> pd.DataFrame:
    status = atlas.status(choice.service, choice.operator)[at]
    nearest = np.array(
        [n or None for n in atlas.nearest_ids(at, choice.service, choice.operator)], dtype=object
    )
    columns = (
        "unknown_share",
        "share_area",
        "share_population",
        "share_households",
        "best_mbps",
        "nearest_m",
    )
    numbers = {c: atlas.fact_column(choice.service, choice.operator, c)[at] for c in columns}
    told = frame.assign(status=STATUS[status], **numbers, nearest_id=nearest)
    told["status"] = told["status"].where(status > 0, None)
    return told


def _with_shares(atlas: Atlas, choice: Choice, frame: pd.DataFrame, at: np.ndarray) -> pd.DataFrame:
    rules = next(s["rules"] for s in atlas.services if s["id"] == choice.service)
    ids = [x["id"] for x in atlas.levels]
    counted = max((r["level"] for r in rules), key=ids.index)
    counts = atlas.counts(
        at, choice.service, choice.operator, level=counted, basis=choice.basis, klass=choice.klass
    )
    shares = counts.reindex(at).reset_index(drop=True)
    frame = frame.assign(counted_level=counted, basis=choice.basis, **{"class": choice.klass})
    return pd.concat([frame, shares], axis=1)


def _gaps_table(atlas: Atlas, choice: Choice, level: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the units that the service does not reach, or reaches in part, most homes first."""
    within = str(atlas.units.at[choice.unit, "unit_id"])
    chosen = replace(choice.chosen, klass=choice.klass)
    rows = gaps(atlas, choice.service, operator=choice.operator, level=level, within=within, chosen=chosen)
    told = rows.assign(service=choice.service, operator=choice.operator).reset_index(drop=True)
    return told, rows.index.to_numpy()


def _facts_table(atlas: Atlas, choice: Choice, level: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the facts of the service, every operator's, with their evidence."""
    inside = atlas.below(choice.unit, level)
    names = atlas.units["unit_id"].to_numpy()[inside]
    facts = _facts_of(atlas, choice.service, names)
    rank = pd.Series(np.arange(len(names)), index=pd.Index(names))
    facts = facts.assign(at=rank.loc[facts["unit_id"]].to_numpy()).sort_values(
        ["at", "operator"], kind="stable"
    )
    at = inside[facts["at"].to_numpy(dtype=np.int64)]
    told = facts.drop(columns=["unit_id", "at"]).reset_index(drop=True)
    told["evidence"] = ["; ".join(e) for e in told["evidence"]]
    return pd.concat([_units(atlas, at), told], axis=1), at


def _facts_of(atlas: Atlas, service: str, names: np.ndarray) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.compute as pc

    facts = atlas.snapshot.arrow("facts")
    mine = facts.filter(pc.equal(facts["service"].cast(pa.string()), service))
    mine = mine.filter(pc.is_in(mine["unit_id"].cast(pa.string()), pa.array(names, pa.string())))
    frame: pd.DataFrame = mine.to_pandas()
    words = [c for c in frame.columns if str(frame[c].dtype) == "category"]
    return frame.astype(dict.fromkeys(words, object))


def _scorecard_table(atlas: Atlas, choice: Choice, level: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the targets that are judged at the units of a level."""
    inside = atlas.below(choice.unit, level)
    cards = [(i, atlas.cards(int(i))) for i in inside]
    at = np.array([i for i, card in cards for _ in range(len(card))], dtype=np.int64)
    rows = pd.concat([card for _, card in cards] or [pd.DataFrame()], ignore_index=True)
    if not len(rows):
        return rows, at
    words = [c for c in rows.columns if str(rows[c].dtype) == "category"]
    rows = rows.astype(dict.fromkeys(words, object)).rename(columns={"level": "counted_level"})
    if choice.service:
        keep = (rows["service"] == choice.service).to_numpy()
        rows, at = rows[keep].reset_index(drop=True), at[keep]
    units = _units(atlas, at)[["unit_id", "level", "code", "edition", "name", "parent_code", "parent_name"]]
    return pd.concat([units, rows.drop(columns=["unit_id", "indicator"])], axis=1), at


#: Table -> what makes it: rows, and the position of each row's unit.
TABLES: dict[str, Callable[[Atlas, Choice, str], tuple[pd.DataFrame, np.ndarray]]] = {
    "units": _units_table,
    "facts": _facts_table,
    "gaps": _gaps_table,
    "scorecard": _scorecard_table,
}


def _shown(frame: pd.DataFrame) -> str:
    if "status" in frame and "verdict" not in frame:
        return "status"
    return "share" if "share" in frame and "verdict" not in frame else ""


def _title(atlas: Atlas, choice: Choice, level: str, language: str) -> str:
    """Return place, level and service in words."""
    place = str(atlas.units.at[choice.unit, "name"])
    words = [next(x["name"][language] for x in atlas.levels if x["id"] == level)]
    words += [s["name"][language] for s in atlas.services if s["id"] == choice.service]
    return visible(" · ".join([place, *words]), 200)
