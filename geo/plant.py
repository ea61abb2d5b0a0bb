"""Plant: the features of one layer, with the columns that the rules read, out of any source.

The region file says which column is the operator, the status, the rate; here it is applied once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.findings import Finding
from geo.region import Layer, Operator
from geo.region.schema import Column
from geo.terms import Action

COLUMNS = ("feature_id", "operator", "technology", "mbps", "reach_m", "status", "since", "in_service")


@dataclass(frozen=True)
class Plant:
    """One layer's features (columns `COLUMNS`, geometry in OGC:CRS84), by feature id; and what was found.

    A layer without a sound row (a refused source, every row set aside) is silent: what it would tell is
    unknown, not uncovered.
    """

    layer: Layer
    table: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    @property
    def silent(self) -> bool:
        """Return whether the layer tells nothing."""
        return self.table.empty

    @property
    def geometry(self) -> npt.NDArray[np.object_]:
        """Return the features' geometries, in degrees."""
        return np.asarray(self.table["geometry"].to_numpy(), dtype=object)

    @cached_property
    def ids(self) -> npt.NDArray[np.object_]:
        """Return the features' ids."""
        return np.asarray(self.table["feature_id"].to_numpy(dtype=object))

    @cached_property
    def serving(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Return operator -> which features are its and in service, by operator."""
        codes, operators = pd.factorize(self.table["operator"], sort=True)
        in_service = self.table["in_service"].to_numpy(dtype=bool)
        return {str(operator): in_service & (codes == i) for i, operator in enumerate(operators)}


def plant_table(layer: Layer, rows: pd.DataFrame, *, operators: Sequence[Operator], as_of: dt.date) -> Plant:
    """Return the plant of `layer` out of its checked source rows (geometry in OGC:CRS84).

    Rows of an operator that the region does not know are set aside, never guessed. Features that are not
    in service at `as_of` stay in the table with in_service false: they are shown and cover nothing.
    """
    if rows.empty:
        return Plant(
            layer,
            pd.DataFrame(columns=[*COLUMNS, "geometry"]).astype(
                {"mbps": float, "reach_m": float, "in_service": bool}
            ),
        )
    name = rows[layer.feature].astype(str) if layer.feature else pd.Series(rows.index.astype(str), rows.index)
    operator, unknown = operator_ids(layer, rows, operators)
    technology, mbps = _technologies(layer, rows), _numbers(layer.mbps, rows)
    if layer.technology_mbps:
        mbps = mbps.fillna(technology.map(layer.technology_mbps).astype(float))
    status = rows[layer.status.column].astype(str) if layer.status else pd.Series("", rows.index)
    since, until = dates(layer.since, rows), dates(layer.until, rows)
    day = pd.Timestamp(as_of)
    listed = layer.status and layer.in_service
    served = status.isin(layer.in_service) if listed else pd.Series(True, rows.index)
    columns = (
        layer.id + ":" + name,
        operator,
        technology,
        mbps,
        _numbers(layer.reach_m, rows),
        status,
        since,
        served & ~(since > day) & ~(until <= day),
    )
    out = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)), index=rows.index)
    if isinstance(rows, gpd.GeoDataFrame):
        out["geometry"] = rows.geometry.to_numpy()
    out = out[~unknown.to_numpy()].sort_values("feature_id", kind="stable")
    return Plant(layer, out, tuple(unknown_operators(layer, rows, unknown)))


def operator_names(operators: Sequence[Operator]) -> dict[str, str]:
    """Return spelling -> operator id, folded; every id, name and alias."""
    return {
        fold(word): operator.id
        for operator in operators
        for word in (operator.id, operator.name.en, operator.name.zh, *operator.aliases)
    }


def fold(text: str) -> str:
    """Return a spelling as it is compared: no blanks, no case."""
    return "".join(text.split()).casefold()


def operator_ids(
    layer: Layer, rows: pd.DataFrame, operators: Sequence[Operator]
) -> tuple[pd.Series, pd.Series]:
    """Return operator ids by row, and which rows name an operator that the region does not know."""
    if not isinstance(layer.operator, Column) or layer.operator.column not in rows:
        return pd.Series(layer.operator if isinstance(layer.operator, str) else "", rows.index), pd.Series(
            False, rows.index
        )
    names = operator_names(operators)
    code, words = pd.factorize(rows[layer.operator.column].astype(str))
    known = np.array([*(names.get(fold(word), "") for word in words), ""], dtype=object)  # -1: no word
    ids = pd.Series(known[code], rows.index, dtype="str")
    return ids, ids == ""


def unknown_operators(layer: Layer, rows: pd.DataFrame, unknown: pd.Series) -> list[Finding]:
    """Return a finding for each row that names an operator that the region does not know."""
    if not isinstance(layer.operator, Column) or layer.operator.column not in rows:
        return []
    column = layer.operator.column
    return [
        Finding(
            layer.source, f"row {row}", "region.operator_unknown", Action.QUARANTINE, {"operator": str(value)}
        )
        for row, value in rows.loc[unknown.to_numpy(), column].items()
    ]


def _technologies(layer: Layer, rows: pd.DataFrame) -> pd.Series:
    if isinstance(layer.technology, Column):
        words = rows[layer.technology.column].astype(str).str.strip().str.lower()
        return words.replace({k.lower(): v for k, v in layer.technology_aliases.items()})
    return pd.Series(layer.technology or "", rows.index)


def _numbers(value: float | Column | None, rows: pd.DataFrame) -> pd.Series:
    if isinstance(value, Column):
        return pd.to_numeric(rows[value.column], errors="coerce").astype(float)
    return pd.Series(np.nan if value is None else float(value), rows.index)


def dates(value: Column | None, rows: pd.DataFrame) -> pd.Series:
    """Return dates; a missing one is NaT and limits nothing."""
    if value is None:
        return pd.Series(pd.NaT, rows.index, dtype="datetime64[s]")
    return pd.to_datetime(rows[value.column].astype("string"), errors="coerce", format="%Y-%m-%d").astype(
        "datetime64[s]"
    )
