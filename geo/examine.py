"""Examine: put a source's rows to the checks that its part in the region asks for; bring them to lon/lat."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.check.checked import Check, Checked, Notes, in_turn
from geo.check.columns_known import Columns
from geo.check.dates import check_dates
from geo.check.ducts import check_holes, check_length
from geo.check.extent import Box
from geo.check.file import after, to_lonlat_checks, with_shapes
from geo.check.hierarchy import check_orphans
from geo.check.network import SpanColumns, check_no_loop, check_parts, check_span_once
from geo.check.personal import check_personal
from geo.check.roles import Known, area_checks, attribute_checks, both, place_checks
from geo.check.shift import check_reach, check_shift
from geo.check.values import Amount, check_numbers
from geo.datum import Datum, datum_of, declared_datum, lonlat_points
from geo.findings import Finding
from geo.read.table import SourceTable
from geo.region import Layer, Level, Region, Source
from geo.region.schema import Column
from geo.sources import missing_columns
from geo.terms import Action
from geo.units import Hierarchy

#: A feature's id is the carrier's own: any word without blanks and slashes.
FEATURE_ID = r"[^\s/\\]{1,200}"

#: Column of the parent's code where it is made from the code's first digits.
PARENT = "_parent_of_digits"

#: So many columns are named where one is missing.
COLUMNS_SHOWN = 40

#: Degrees around the units within which plant may lie: trunk cables and radio cells cross borders.
MARGIN = 0.5


def examine_source(region: Region, source: Source, table: SourceTable) -> Checked:
    """Return a source's rows; none where a column is about persons: it is refused for all its layers."""
    codes = [c for x in region.levels if x.source == source.id for c in (x.code, x.parent)]
    codes += [c for x in region.layers if x.source == source.id for c in (x.feature, x.unit)]
    named = tuple(c for c in (*codes, source.x, source.y) if c)
    return check_personal(table.frame, source=source.id, codes=named)


def examine_level(region: Region, level: Level, table: SourceTable, parents: pd.DataFrame | None) -> Checked:
    """Return a level's sound rows (geometry and seats in lon/lat) and what was found.

    Columns about persons are looked for before, by `examine_source`.

    Parameters
    ----------
    parents
        Units of the level above: code, name, geometry.
    """
    source = region.source(level.source)
    named = _columns_of_level(level) | (_axes(source) if level.geometry == "source" else {})
    missing = missing_columns(table, source.id, named)
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    frame = table.frame
    shaped = level.geometry == "source"
    if not shaped:
        frame = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        frame = frame.drop_duplicates([c for c in (level.code, level.label, level.parent) if c])
    shapes = _shape_checks(source, table, level.code) if shaped else []
    before = in_turn(frame, [*shapes, *_parent_checks(level, source, parents)])
    if before.rejected:
        return before
    result = _examined_level(region, level, source, table, before.frame, parents)
    checked = after(before, result)
    return Checked(
        _seats_in_degrees(level, source, table, checked.frame),
        checked.findings + _silent(level, source, checked.frame),
        checked.quarantined,
    )


def _examined_level(
    region: Region,
    level: Level,
    source: Source,
    table: SourceTable,
    frame: pd.DataFrame,
    parents: pd.DataFrame | None,
) -> Checked:
    """Run the checks of a level's attributes and places over rows with their geometry."""
    columns = Columns(
        code=level.code,
        name=level.label,
        parent=level.parent,
        households=level.households,
        population=level.population,
        x=source.x,
        y=source.y,
        amounts=tuple(c for c in (level.place_x, level.place_y) if c and c not in (source.x, source.y)),
    )
    outlines = parents is not None and bool(parents["geometry"].notna().any())
    known = Known(
        extent=widened(extent(parents["geometry"])) if outlines and parents is not None else None,
        pattern=level.code_pattern,
        prefix_is_parent=level.prefix_is_parent or None,
        parents=parents if outlines else parents.drop(columns="geometry") if parents is not None else None,
        as_of=region.as_of,
        lines=table.lines or None,
        persons=False,
    )
    attributes = attribute_checks(source.id, columns, known, Action.NOTICE)
    if PARENT in frame and parents is not None:
        attributes.append(partial(_check_derived, level=level, parents=parents, lines=known.lines))
        columns = replace(columns, parent=PARENT)
    if not isinstance(frame, gpd.GeoDataFrame) and (source.x is None or level.geometry != "source"):
        return in_turn(frame, attributes)
    places = to_lonlat_checks(frame, source.id, columns, known, _datum(source))
    if _is_points(frame):
        places += place_checks(source.id, columns, known, "point")
        if outlines and parents is not None and columns.parent:
            shift = partial(check_shift, outlines=parents, code=level.code, parent=columns.parent)
            places.append(partial(shift, source=source.id))
    else:
        places += area_checks(source.id, columns, known, Action.NOTICE)
    return both(frame, attributes, places)


def examine_layer(region: Region, layer: Layer, table: SourceTable, units: Hierarchy) -> Checked:
    """Return a layer's sound rows (geometry in lon/lat) and what was found.

    Columns about persons are looked for before, by `examine_source`.
    """
    source = region.source(layer.source)
    named = columns_of(layer) | (_axes(source) if layer.geometry != "table" else {})
    missing = missing_columns(table, source.id, named)
    if missing:
        return Checked(table.frame.iloc[:0], missing)
    columns = _layer_columns(layer, source)
    box = extent(units.geometry)
    known = Known(
        extent=widened(box),
        pattern=FEATURE_ID,
        technologies=layer.technology_aliases or None,
        as_of=region.as_of,
        lines=table.lines or None,
        persons=False,
    )
    frame = kept(layer, table.frame)
    attributes: list[Check] = [
        *attribute_checks(source.id, columns, known, Action.QUARANTINE),
        partial(
            check_numbers,
            amounts=[Amount(c) for c in layer.counts],
            source=source.id,
            code=layer.feature,
            lines=known.lines,
        ),
        partial(_check_dates, layer=layer, as_of=region.as_of, known=known),
    ]
    if layer.geometry == "table":
        return in_turn(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")), attributes)
    placed = partial(_check_placed, source=source, layer=layer)
    before = in_turn(frame, [*_shape_checks(source, table, layer.feature), placed])
    if before.rejected:
        return before
    places = to_lonlat_checks(before.frame, source.id, columns, known, _datum(source))
    places += place_checks(source.id, columns, known, layer.geometry, wide=layer.geometry != "line")
    if layer.geometry == "line":
        places += _line_checks(layer, source.id)
    places.append(partial(check_reach, source=source.id, bounds=box, layer=layer.id))
    return after(before, both(before.frame, attributes, places))


def _columns_of_level(level: Level) -> dict[str, str | None]:
    """Return the columns that a level names, by the key that names them."""
    keys = ("code", "label", "parent", "settlement_class", "population", "households", "place_x", "place_y")
    return {f"levels '{level.id}', {k}": getattr(level, k) for k in keys}


def _axes(source: Source) -> dict[str, str | None]:
    """Return the columns of coordinates that a source names, by the key that names them."""
    return {f"sources '{source.id}', {k}": getattr(source, k) for k in ("x", "y")}


def _shape_checks(source: Source, table: SourceTable, code: str | None) -> list[Check]:
    """Return the checks that give rows their geometry (also out of WKT or WKB) in a CRS that is stated."""
    given = [] if source.x else [partial(with_shapes, source=source.id, code=code, lines=table.lines or None)]
    return [*given, partial(_check_stated, source=source)]


def _check_stated(frame: pd.DataFrame, *, source: Source) -> Checked:
    """Refuse a geometry of which neither the file nor the region file states the CRS: it is never guessed."""
    notes = Notes(frame, source.id)
    if isinstance(frame, gpd.GeoDataFrame) and frame.crs is None and source.crs is None:
        notes.whole("region.crs_missing")
    return notes.done()


def _check_placed(frame: pd.DataFrame, *, source: Source, layer: Layer) -> Checked:
    """Refuse a layer of plant whose rows have no geometry and no columns of coordinates."""
    notes = Notes(frame, source.id)
    if not isinstance(frame, gpd.GeoDataFrame) and (source.x is None or layer.geometry != "point"):
        there = ", ".join(str(c) for c in frame.columns[:COLUMNS_SHOWN])
        notes.whole("region.no_geometry", layer=layer.id, geometry=layer.geometry, columns=there)
    return notes.done()


def _parent_checks(level: Level, source: Source, parents: pd.DataFrame | None) -> list[Check]:
    """Return the check that gives each row its parent's code, where no column of the source states it."""
    if parents is None or level.parent or (not level.parent_digits and len(parents) <= 1):
        return []

    def derive(frame: pd.DataFrame) -> Checked:
        notes = Notes(frame, source.id)
        if not level.parent_digits:
            notes.whole("region.parent_unstated", level=level.id, parents=len(parents))
            return notes.done()
        return Checked(_derived(frame, level))

    return [derive]


def _derived(frame: pd.DataFrame, level: Level) -> pd.DataFrame:
    """Return the rows with the first digits of their code as their parent's."""
    return frame.assign(**{PARENT: frame[level.code].astype("str").str[: level.parent_digits]})


def _check_derived(
    frame: pd.DataFrame, *, level: Level, parents: pd.DataFrame, lines: Mapping[int, int] | None
) -> Checked:
    """Set aside the rows whose code begins with no code of the level above."""
    names = dict(zip(parents["code"].astype(str), parents["name"], strict=True))
    rows = _derived(frame, level)
    return check_orphans(rows, source=level.source, code=level.code, parent=PARENT, known=names, lines=lines)


def _seats_in_degrees(level: Level, source: Source, table: SourceTable, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the columns of the seat brought from the source's datum to lon/lat."""
    if level.place_x is None or level.place_y is None or frame.empty:
        return frame
    stated = getattr(table.frame, "crs", None) if isinstance(table.frame, gpd.GeoDataFrame) else None
    datum = _datum(source) or (datum_of(pyproj.CRS(stated)) if stated is not None else None)
    if datum is None:
        return frame
    x, y = (pd.to_numeric(frame[c], errors="coerce").to_numpy(float) for c in (level.place_x, level.place_y))
    lon, lat = lonlat_points(x, y, datum)
    there = np.isfinite(lon) & np.isfinite(lat)
    return frame.assign(
        **{level.place_x: np.where(there, lon, np.nan), level.place_y: np.where(there, lat, np.nan)}
    )


def _silent(level: Level, source: Source, frame: pd.DataFrame) -> list[Finding]:
    """Return notices of what a level's units do not state: their place, and the amounts that it names."""
    notes = Notes(frame, source.id, level.code)
    seat = level.place_x is not None
    if level.geometry == "source" and not isinstance(frame, gpd.GeoDataFrame) and not seat and len(frame):
        notes.whole("region.place_missing", Action.NOTICE, count=len(frame), level=level.id)
    for column in (level.population, level.households):
        silent = int(frame[column].isna().sum()) if column else 0
        if silent:
            values = {"count": silent, "level": level.id, "column": str(column)}
            notes.whole("region.amount_missing", Action.NOTICE, **values)
    return notes.findings


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
        radius=column("reach_m"),
        amounts=tuple(c for k in ("mbps",) if (c := column(k))),
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
    dates = partial(
        check_dates, columns=tuple(columns), source=layer.source, code=layer.feature, lines=known.lines
    )
    if served.all():
        return dates(frame, as_of=as_of)
    named = [c for c in dict.fromkeys((*columns, layer.feature)) if c in frame]
    plain = pd.DataFrame({c: frame[c] for c in named}, frame.index)
    parts = [dates(plain[rows], as_of=day) for rows, day in ((served, as_of), (~served, None))]
    aside = parts[0].quarantined.append(parts[1].quarantined)
    sound = frame if aside.empty else frame[~frame.index.isin(aside)]
    dated = pd.concat([p.frame[columns] for p in parts]).reindex(sound.index)
    return Checked(
        sound.assign(**{c: dated[c] for c in columns}), [f for p in parts for f in p.findings], aside
    )


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
        length = layer.length_m.column
        checks.append(
            lambda f: check_length(f, length=length, measured=None, source=source, code=layer.feature)
        )
    return [*checks, partial(check_parts, source=source, columns=columns)]


def _datum(source: Source) -> Datum | None:
    return declared_datum(source.crs) if source.crs else None


def _is_points(frame: pd.DataFrame) -> bool:
    if not isinstance(frame, gpd.GeoDataFrame):
        return True
    kinds = shapely.get_type_id(np.asarray(frame.geometry.to_numpy(), dtype=object))
    return bool((kinds == 0).sum() > len(kinds) / 2)


def extent(geometries: pd.Series | np.ndarray) -> Box:
    """Return the box around some outlines or points [degrees]; missing ones are passed over."""
    west, south, east, north = shapely.total_bounds(np.asarray(geometries, dtype=object)).tolist()
    return west, south, east, north


def widened(box: Box) -> Box:
    """Return a box with the margin within which plant and units below may lie."""
    return box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN
