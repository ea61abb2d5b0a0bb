"""One file checked alone: the single door from a table as read to what is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.check.checked import Check, Checked, Notes, in_turn, row_name
from geo.check.columns_known import Columns, fold, guess_columns, renamed
from geo.check.coordinates import check_coordinates
from geo.check.extent import Box
from geo.check.geometry import check_finite, check_present, geometries, reason, with_geometries
from geo.check.roles import (
    NOTHING,
    Known,
    area_checks,
    attribute_checks,
    both,
    check_duct,
    check_fibre,
    check_table,
    check_tower,
    delivered_checks,
    place_checks,
)
from geo.check.shift import check_shift
from geo.datum import Datum, datum_of, lonlat_points, same_datum, to_lonlat
from geo.errors import UsageError
from geo.read.table import SourceTable
from geo.read.wellknown import parse_wkb_column, parse_wkt_column, wellknown_kind
from geo.terms import Action, Role

#: Names of columns that say themselves that they hold degrees.
_DEGREES = ("lon", "lng", "经度")
_LONLAT = "OGC:CRS84"
#: Formats of text: they state no CRS, and a damaged byte does not go unseen.
_TEXT = ("CSV", "XLSX", "WKT", "GeoJSON", "ESRIJSON", "KML")


def check_table_as(
    role: Role,
    table: SourceTable,
    *,
    source: str,
    beside: SourceTable | None = None,
    declared: Datum | None = None,
    as_of: dt.date | None = None,
    extent: Box | None = None,
    region: Known = NOTHING,
) -> Checked:
    """Return what is wrong with a file that is told to be of `role`, and its sound rows in lon/lat.

    Parameters
    ----------
    table
        As a reader returned it; its own findings are not repeated here.
    beside
        Outlines (columns code, geometry) that points are held against.
    declared
        The datum that the deliverer states besides the file.
    as_of
        Day of the survey; None: the end of the edition that the table states.
    extent
        Bounds of the region in lon/lat; None judges by the data alone.
    region
        What else a region says of its files: operators, the shape of codes.

    """
    frame = table.frame
    if table.driver == "GeoJSON" and isinstance(frame, gpd.GeoDataFrame) and frame.crs is None:
        frame = frame.set_crs(_LONLAT)  # RFC 7946, section 4: WGS 84 where the file says nothing
    if role is Role.WKT:
        return check_wkt(frame, source=source)
    columns = guess_columns(frame.columns)
    before = with_shapes(frame, source=source, code=columns.code, lines=table.lines)
    frame = before.frame
    edition = as_of or _edition_end(frame, columns)
    known = replace(region, extent=extent, as_of=edition, lines=table.lines, sealed=table.driver in _TEXT)
    if frame.empty and any(f.action is Action.QUARANTINE for f in table.findings + before.findings):
        return before  # every row was set aside, and that was said
    first = _check_shape(frame, source=source, role=role, columns=columns)
    if first.rejected:
        return first
    unstated = _check_datum(table, declared, source)
    if unstated.rejected:
        return unstated
    result = _ROLES[role](frame, source, columns, known, declared, beside)
    return after(before, Checked(result.frame, first.findings + result.findings, result.quarantined))


def with_shapes(
    frame: pd.DataFrame, *, source: str, code: str | None = None, lines: Mapping[int, int] | None = None
) -> Checked:
    """Return a table with the geometry that a column of WKT or WKB holds; rows that cannot be parsed go."""
    if isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        return Checked(frame)
    texts = [c for c in frame.columns if fold(c) in ("wkt", "wkb", "geom", "geometry", "thegeom", "几何")]
    kinds = {c: kind for c in texts if (kind := wellknown_kind(frame[c]))}
    if not kinds:
        return Checked(frame)
    column, kind = next(iter(kinds.items()))
    shapes, found = (parse_wkt_column if kind == "wkt" else parse_wkb_column)(frame[column], source)
    notes = Notes(frame, source, code, lines)
    rows = {row_name(row): row for row in frame.index}
    bad = [rows[f.row] for f in found if f.row in rows and f.action is Action.QUARANTINE]
    named = [replace(f, row=notes.name(rows[f.row])) if f.row in rows else f for f in found]
    out = gpd.GeoDataFrame(frame.drop(columns=column), geometry=gpd.GeoSeries(shapes, index=frame.index))
    return Checked(out.drop(index=bad), named, pd.Index(bad, dtype="int64"))


def _check_datum(table: SourceTable, declared: Datum | None, source: str) -> Checked:
    """Refuse a geometry of which nobody states the datum; text formats, which cannot, are judged later."""
    frame, notes = table.frame, Notes(table.frame, source)
    if (
        isinstance(frame, gpd.GeoDataFrame)
        and frame.crs is None
        and declared is None
        and table.driver not in _TEXT
    ):
        notes.whole("datum.unknown")
    return notes.done()


def _edition_end(frame: pd.DataFrame, columns: Columns) -> dt.date | None:
    """Return the last day of the edition's year, where the table states one."""
    years = (
        pd.to_numeric(frame[columns.edition], errors="coerce").dropna()
        if columns.edition
        else pd.Series(dtype=float)
    )
    year = int(years.max()) if len(years) else 0
    return dt.date(year, 12, 31) if 1900 <= year <= 9999 else None


def _check_shape(frame: pd.DataFrame, *, source: str, role: Role, columns: Columns) -> Checked:
    """Refuse a table without rows or without the column that its role needs; say which names were mended."""
    notes = Notes(frame, source)
    there = ", ".join(str(c) for c in frame.columns if c != "geometry")
    if frame.empty:
        notes.whole("table.empty")
    elif role in (Role.UNITS, Role.TABLE) and columns.code is None:
        notes.whole("table.no_code", columns=there)
    elif role in (Role.POINTS, Role.FIBRE) and not isinstance(frame, gpd.GeoDataFrame) and columns.x is None:
        notes.whole("table.no_place", columns=there)
    for seen, plain in renamed(columns):
        notes.whole("table.column_renamed", Action.REPAIR, seen=repr(seen), column=plain)
    return notes.done()


def _units(
    frame: pd.DataFrame, source: str, c: Columns, known: Known, declared: Datum | None, _: SourceTable | None
) -> Checked:
    """Check outlines, or a table of codes where there are none."""
    checks = attribute_checks(source, c, known, Action.QUARANTINE)
    if not isinstance(frame, gpd.GeoDataFrame):
        return _table(frame, source, c, known, declared, None)
    places = [
        *to_lonlat_checks(frame, source, c, known, declared),
        *area_checks(source, c, known, Action.QUARANTINE),
    ]
    return both(frame, checks, places)


def _points(
    frame: pd.DataFrame,
    source: str,
    c: Columns,
    known: Known,
    declared: Datum | None,
    beside: SourceTable | None,
) -> Checked:
    """Check points with a geometry or two columns of coordinates, against outlines where there are some."""
    places = [*to_lonlat_checks(frame, source, c, known, declared), *place_checks(source, c, known, "point")]
    if beside is not None and c.code:
        code = guess_columns(beside.frame.columns).code
        outlines = pd.DataFrame({"code": beside.frame[code], "geometry": geometries(beside.frame)})
        shift = partial(check_shift, outlines=outlines, code=c.code, parent=c.parent)
        places.append(partial(shift, source=source, lines=known.lines))
    return both(frame, attribute_checks(source, c, known, Action.QUARANTINE), places)


def _table(
    frame: pd.DataFrame, source: str, c: Columns, known: Known, declared: Datum | None, _: SourceTable | None
) -> Checked:
    """Check a table; coordinates that it may hold are checked too, and it stays a table."""
    plain = pd.DataFrame(frame.drop(columns="geometry")) if "geometry" in frame else frame
    if c.x is None or c.y is None:
        return check_table(plain, source=source, columns=c, known=known, contradiction=Action.QUARANTINE)
    places = [*to_lonlat_checks(plain, source, c, known, declared), *place_checks(source, c, known, "point")]
    result = both(plain, attribute_checks(source, c, known, Action.QUARANTINE), places)
    return Checked(
        pd.DataFrame(result.frame.drop(columns="geometry", errors="ignore")),
        result.findings,
        result.quarantined,
    )


def _duct(
    frame: pd.DataFrame, source: str, c: Columns, known: Known, declared: Datum | None, _: SourceTable | None
) -> Checked:
    before = in_turn(frame, to_lonlat_checks(frame, source, c, known, declared))
    return after(before, check_duct(before.frame, source=source, columns=c, known=known))


def _tower(
    frame: pd.DataFrame, source: str, c: Columns, known: Known, declared: Datum | None, _: SourceTable | None
) -> Checked:
    before = in_turn(frame, to_lonlat_checks(frame, source, c, known, declared))
    return after(before, check_tower(before.frame, source=source, columns=c, known=known))


def _fibre(
    frame: pd.DataFrame,
    source: str,
    c: Columns,
    known: Known,
    declared: Datum | None,
    beside: SourceTable | None,
) -> Checked:
    """Check spans and nodes, of one file or of two (`beside`: the nodes)."""
    before = in_turn(
        frame, [*to_lonlat_checks(frame, source, c, known, declared), *_anything(source, c, known)]
    )
    if before.rejected or "geometry" not in before.frame:
        return before
    point = np.isin(shapely.get_type_id(geometries(before.frame)), (0, 4))
    spans, nodes = before.frame[~point], before.frame[point]
    named = c
    if beside is not None:
        nodes = beside.frame
        node = guess_columns(nodes.columns)
        named = replace(c, node=node.node or node.code)
    if len(spans) == 0:
        return before
    result = check_fibre(spans, nodes, source=source, columns=named, known=known)
    whole = Checked(pd.concat([before.frame[point], result.frame]), result.findings, result.quarantined)
    return after(before, whole)


def _anything(source: str, c: Columns, known: Known) -> list[Check]:
    """Return the checks that points and lines share: all of a place but its type."""
    return place_checks(source, c, known, "line", wide=False)[:-1]


def after(before: Checked, after: Checked) -> Checked:
    """Return two outcomes in a row as one."""
    rows = after.frame if not before.rejected else after.frame.iloc[:0]
    return Checked(rows, before.findings + after.findings, before.quarantined.append(after.quarantined))


_ROLES: dict[Role, Callable[..., Checked]] = {
    Role.UNITS: _units,
    Role.POINTS: _points,
    Role.TABLE: _table,
    Role.DUCT: _duct,
    Role.FIBRE: _fibre,
    Role.TOWER: _tower,
}


def to_lonlat_checks(
    frame: pd.DataFrame, source: str, c: Columns, known: Known, declared: Datum | None
) -> list[Check]:
    """Return the checks that hold the coordinates against their datum and bring them to lon/lat."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}
    if isinstance(frame, gpd.GeoDataFrame):
        stated = datum_of(pyproj.CRS(frame.crs)) if frame.crs is not None else None
        datum = declared or stated
        return [
            partial(check_declared, source=source, stated=stated, declared=declared),
            *delivered_checks(source, c, known, datum.crs if datum else None),
            partial(_moved, source=source, datum=datum),
        ]
    if c.x is None or c.y is None:
        return []
    named = str(c.x).casefold().startswith(_DEGREES)
    datum = declared or (Datum("WGS 84", pyproj.CRS(_LONLAT)) if named else None)
    return [
        partial(check_coordinates, x=c.x, y=c.y, **common),
        *([] if named else delivered_checks(source, c, known, datum.crs if datum else None, xy=(c.x, c.y))),
        partial(_placed, source=source, x=c.x, y=c.y, datum=datum),
    ]


def check_declared(
    frame: pd.DataFrame, *, source: str, stated: Datum | None, declared: Datum | None
) -> Checked:
    """Refuse a file that states another datum than the one declared for it.

    No EPSG code can say GCJ-02 or BD-09: a file in them says WGS 84, and is taken as declared.
    """
    notes = Notes(frame, source)
    if stated is None or declared is None or same_datum(stated, declared):
        return notes.done()
    if declared.crs is None and stated.crs is not None and stated.crs.is_geographic:
        return notes.done()
    flat = [d.crs is not None and d.crs.is_projected for d in (stated, declared)]
    rule = "datum.zone_differs" if all(flat) else "datum.differs"
    notes.whole(rule, stated=stated.name, declared=declared.name)
    return notes.done()


def _moved(frame: pd.DataFrame, *, source: str, datum: Datum | None) -> Checked:
    """Return the rows in lon/lat; no CRS, or one that cannot express the coordinates, refuses the source."""
    notes = Notes(frame, source)
    if datum is None:
        notes.whole("datum.unknown")
        return notes.done()
    try:
        moved = to_lonlat(geometries(frame), datum)
    except UsageError:
        notes.whole("datum.cannot_express", datum=datum.name)
        return notes.done()
    out = gpd.GeoDataFrame(with_geometries(frame, moved))
    out.set_crs(_LONLAT, allow_override=True, inplace=True)
    return notes.done(out)


def _placed(frame: pd.DataFrame, *, source: str, x: str, y: str, datum: Datum | None) -> Checked:
    """Return the rows with points made of two columns of numbers, in lon/lat; no datum is guessed."""
    if datum is None:
        notes = Notes(frame, source)
        notes.whole("datum.unknown")
        return notes.done()
    lon, lat = (frame[c].to_numpy(dtype=float) for c in (x, y))
    lon, lat = lonlat_points(lon, lat, datum)
    return Checked(gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(lon, lat), crs=_LONLAT))


def check_wkt(frame: pd.DataFrame, *, source: str) -> Checked:
    """Set aside rows of well-known text whose geometry is missing, not finite or not valid; mends nothing."""
    return in_turn(
        frame,
        [
            partial(check_present, source=source),
            partial(check_finite, source=source),
            partial(_valid, source=source),
        ],
    )


def _valid(frame: pd.DataFrame, *, source: str) -> Checked:
    notes = Notes(frame, source)
    geoms = geometries(frame)
    for i in np.flatnonzero(~shapely.is_valid(geoms)):
        rule, words, x, y = reason(geoms[i])
        notes.row(notes.label(i), rule, reason=words, x=x, y=y)
    return notes.done()
