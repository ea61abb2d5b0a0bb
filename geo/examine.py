"""Examine: put a source's rows to the checks that its part in the region asks for, and bring them to lon/lat."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.check.checked import Check, Checked, in_turn
from geo.check.columns_known import Columns
from geo.check.dates import check_dates
from geo.check.ducts import check_holes, check_length
from geo.check.file import to_lonlat_checks
from geo.check.network import SpanColumns, check_no_loop, check_parts, check_span_once
from geo.check.roles import Known, area_checks, attribute_checks, both, place_checks
from geo.check.shift import check_reach, check_shift
from geo.datum import declared_datum
from geo.read.table import SourceTable
from geo.region import Layer, Level, Region, Source
from geo.region.schema import Column
from geo.sources import missing_columns
from geo.terms import Action
from geo.units import Hierarchy

#: A feature's id is the carrier's own: any word without blanks and slashes.
FEATURE_ID = r"[^\s/\\]{1,200}"

Box = tuple[float, float, float, float]

#: Degrees around the units within which plant may lie: trunk cables and radio cells cross borders.
MARGIN = 0.5


def examine_level(region: Region, level: Level, table: SourceTable, parents: pd.DataFrame | None) -> Checked:
    """Return a level's sound rows (geometry in lon/lat) and what was found.

    Parameters
    ----------
    parents
        Units of the level above: code, name, geometry.
    """
    keys = ("code", "label", "parent", "settlement_class", "population", "households", "place_x", "place_y")
    missing = missing_columns(
        table, level.source, {f"levels '{level.id}', {k}": getattr(level, k) for k in keys}
    )
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    frame = table.frame
    if level.geometry != "source":
        frame = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        frame = frame.drop_duplicates([c for c in (level.code, level.label, level.parent) if c])
    source = region.source(level.source)
    columns = Columns(
        code=level.code,
        name=level.label,
        parent=level.parent,
        households=level.households,
        population=level.population,
        x=source.x,
        y=source.y,
    )
    outlines = parents is not None and bool(parents["geometry"].notna().any())
    known = Known(
        extent=_extent(parents) if outlines and parents is not None else None,
        pattern=level.code_pattern,
        prefix_is_parent=level.prefix_is_parent or None,
        parents=parents if outlines else parents.drop(columns="geometry") if parents is not None else None,
        as_of=region.as_of,
        lines=table.lines or None,
    )
    attributes = attribute_checks(source.id, columns, known, Action.NOTICE)
    if not isinstance(frame, gpd.GeoDataFrame) and source.x is None:
        return in_turn(frame, attributes)
    places = to_lonlat_checks(frame, source.id, columns, known, _datum(source))
    if _is_points(frame):
        places += place_checks(source.id, columns, known, "point")
        if outlines and level.parent:
            places.append(
                partial(check_shift, source=source.id, outlines=parents, code=level.code, parent=level.parent)
            )
    else:
        places += area_checks(source.id, columns, known, Action.NOTICE)
    return both(frame, attributes, places)


def examine_layer(region: Region, layer: Layer, table: SourceTable, units: Hierarchy) -> Checked:
    """Return a layer's sound rows (geometry in lon/lat) and what was found."""
    missing = missing_columns(table, layer.source, columns_of(layer))
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    source = region.source(layer.source)
    columns = _layer_columns(layer, source)
    box = _bounds(units)
    known = Known(
        extent=(box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN),
        pattern=FEATURE_ID,
        technologies=layer.technology_aliases or None,
        as_of=region.as_of,
        lines=table.lines or None,
    )
    frame = kept(layer, table.frame)
    attributes = [
        *attribute_checks(source.id, columns, known, Action.QUARANTINE),
        partial(_check_dates, layer=layer, as_of=region.as_of, known=known),
    ]
    if layer.geometry == "table":
        return in_turn(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")), attributes)
    places = to_lonlat_checks(frame, source.id, columns, known, _datum(source))
    places += place_checks(source.id, columns, known, layer.geometry, wide=layer.geometry != "line")
    if layer.geometry == "line":
        places += _line_checks(layer, source.id)
    places.append(partial(check_reach, source=source.id, bounds=box, layer=layer.id))
    return both(frame, attributes, places)


def kept(layer: Layer, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that the layer's `where` keeps."""
    for column, values in layer.where.items():
        frame = frame[frame[column].astype(str).isin(values)]
    return frame


def columns_of(layer: Layer) -> dict[str, str | None]:
    """Return the columns that a layer names, by the key that names them."""
    named = {k: v.column for k in Layer.model_fields if isinstance(v := getattr(layer, k), Column)}
    named |= {f"where.{column}": column for column in layer.where}
    named |= {k: v for k in ("feature", "start", "end", "unit") if (v := getattr(layer, k))}
    return {f"layers '{layer.id}', {key}": column for key, column in named.items()}


def _layer_columns(layer: Layer, source: Source) -> Columns:
    """Return the columns of a layer by what they hold; operators are judged by the plant."""

    def column(key: str) -> str | None:
        value = getattr(layer, key)
        return value.column if isinstance(value, Column) else None

    return Columns(
        code=None if layer.geometry == "table" else layer.feature,
        technology=column("technology"),
        holes=column("holes"),
        used=column("holes_used"),
        reserved=column("holes_reserved"),
        x=source.x,
        y=source.y,
        amounts=tuple(c for k in ("mbps", "reach_m") if (c := column(k))),
        length=column("length_m"),
    )


def _check_dates(frame: pd.DataFrame, *, layer: Layer, as_of: dt.date, known: Known) -> Checked:
    """Check the dates of a layer; only what is said to be in service may not begin after `as_of`."""
    columns = [c.column for c in (layer.since, layer.until) if c is not None]
    if not columns:
        return Checked(frame)
    served = pd.Series(True, frame.index)
    if layer.status is not None and layer.in_service:
        served = frame[layer.status.column].astype(str).isin(layer.in_service)
    parts = [
        check_dates(frame[rows], columns=tuple(columns), as_of=day, source=layer.source, code=layer.feature, lines=known.lines)
        for rows, day in ((served, as_of), (~served, None))
    ]
    both_parts = pd.concat([p.frame for p in parts]).loc[lambda f: frame.index[frame.index.isin(f.index)]]
    aside = parts[0].quarantined.append(parts[1].quarantined)
    return Checked(both_parts, [f for p in parts for f in p.findings], aside)


def _line_checks(layer: Layer, source: str) -> list[Check]:
    """Return the checks of lines: no loop of no length, none twice, holes and lengths that can be, parts."""
    columns = SpanColumns(layer.feature, layer.start, layer.end)
    checks: list[Check] = [partial(check_no_loop, source=source, columns=columns)]
    if layer.holes is None:  # ducts of two owners may be drawn on one line
        checks.append(partial(check_span_once, source=source, columns=columns))
    holes: dict[str, Any] = {
        k: c.column if (c := getattr(layer, k)) else None for k in ("holes", "holes_used", "holes_reserved")
    }
    if holes["holes"]:
        named = {"holes": holes["holes"], "used": holes["holes_used"], "reserved": holes["holes_reserved"]}
        checks.append(partial(check_holes, source=source, code=layer.feature, **named))
    if layer.length_m:
        checks.append(
            lambda f: check_length(
                f, length=layer.length_m.column, measured=None, source=source, code=layer.feature
            )
        )
    return [*checks, partial(check_parts, source=source, columns=columns)]


def _datum(source: Source) -> Any:
    return declared_datum(source.crs) if source.crs else None


def _is_points(frame: pd.DataFrame) -> bool:
    if not isinstance(frame, gpd.GeoDataFrame):
        return True
    kinds = shapely.get_type_id(np.asarray(frame.geometry.to_numpy(), dtype=object))
    return bool((kinds == 0).sum() > len(kinds) / 2)


def _extent(parents: pd.DataFrame) -> Box:
    west, south, east, north = shapely.total_bounds(np.asarray(parents["geometry"].to_numpy(), dtype=object))
    return west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN


def _bounds(units: Hierarchy) -> Box:
    west, south, east, north = shapely.total_bounds(units.geometry[~shapely.is_missing(units.geometry)])
    return float(west), float(south), float(east), float(north)
