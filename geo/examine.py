"""Examine: put a source's rows to the checks that its part in the region asks for."""

from __future__ import annotations

import pandas as pd

from geo.check.checked import Checked
from geo.read.table import SourceTable
from geo.region import Layer, Level, Region
from geo.region.schema import Column
from geo.sources import missing_columns
from geo.units import Hierarchy


def examine_level(region: Region, level: Level, table: SourceTable, parents: pd.DataFrame | None) -> Checked:
    """Return a level's sound rows and what was found."""
    wanted = {
        f"levels '{level.id}', {key}": getattr(level, key)
        for key in ("code", "label", "parent", "settlement_class", "population", "households")
    }
    missing = missing_columns(table, level.source, wanted)
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    return Checked(table.frame)


def examine_layer(region: Region, layer: Layer, table: SourceTable, units: Hierarchy) -> Checked:
    """Return a layer's sound rows and what was found."""
    missing = missing_columns(table, layer.source, columns_of(layer))
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    return Checked(table.frame)


def columns_of(layer: Layer) -> dict[str, str | None]:
    """Return the columns that a layer names, by the key that names them."""
    keys = ("operator", "technology", "status", "since", "until", "mbps", "reach_m", "owner", "service")
    named = {k: v.column for k in keys if isinstance(v := getattr(layer, k), Column)}
    named |= {f"where.{column}": column for column in layer.where}
    named |= {k: v for k in ("feature", "unit") if (v := getattr(layer, k))}
    return {f"layers '{layer.id}', {key}": column for key, column in named.items()}
