"""Projected coordinates, and whether they fit the zone, the axes and the unit that are declared.

Gauss-Krüger coordinates of China are told by their size: a northing lies between 1.9 and 6.0 million
metres, an easting between 100 and 900 thousand, or 13 to 45 million where the zone's number stands before
it (13 to 23: zones of 6 degrees; 25 to 45: zones of 3 degrees).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.zones import Width, central_meridian, epsg_code

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NORTHING = (1.5e6, 6.5e6)
EASTING = (5e4, 1e6)
ZONES = (13e6, 46e6)
#: Zones of 6 degrees end below it, zones of 3 degrees begin above it.
NO_ZONE = 24
#: Values this small [m] in a projected CRS are degrees: nothing of a region lies so near its origin.
NEAR_ORIGIN = 400.0


def check_grid(
    frame: pd.DataFrame,
    *,
    source: str,
    crs: pyproj.CRS | None,
    xy: tuple[str, str] | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Refuse coordinates that cannot be in `crs`; set aside rows in another zone than the others.

    Parameters
    ----------
    frame
        Table with a geometry column as delivered, or with two columns of numbers named by `xy`.
    crs
        What is declared; None: nothing is, and coordinates in metres are refused with what they look like.

    """
    notes = Notes(frame, source, code, lines)
    x, y = _middles(frame, xy)
    if len(x) == 0 or not np.isfinite(x).any():
        return notes.done()
    metres = (np.abs(x) > NEAR_ORIGIN) | (np.abs(y) > NEAR_ORIGIN)
    if crs is not None and crs.is_projected:
        _projected(notes, x, y, crs)
    elif metres.mean() > 0.5:
        _in_degrees(notes, x, y, declared=crs is not None)
    return notes.done()


def _middles(frame: pd.DataFrame, xy: tuple[str, str] | None) -> tuple[Floats, Floats]:
    if xy is not None:
        return frame[xy[0]].to_numpy(dtype=float), frame[xy[1]].to_numpy(dtype=float)
    bounds = shapely.bounds(geometries(frame))
    return (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2


def _projected(notes: Notes, x: Floats, y: Floats, crs: pyproj.CRS) -> None:
    """Note what does not fit a projected CRS, the gravest fault only."""
    name, due = crs.name, false_easting(crs)
    values = {"crs": name, "x": f"{np.nanmedian(x):,.0f}", "y": f"{np.nanmedian(y):,.0f}"}
    if (np.maximum(np.abs(x), np.abs(y)) <= NEAR_ORIGIN).all():
        away = float(np.hypot(np.nanmedian(x), np.nanmedian(y)))
        notes.whole(
            "grid.degrees", crs=f"{name} ({_authority(crs)})", away=round(away), **_without(values, "crs")
        )
        return
    if due is None:
        return
    if (_is(x, NORTHING) & (_is(y, EASTING) | _is(y, ZONES))).mean() > 0.5 and not (_is(y, NORTHING)).any():
        notes.whole("grid.axes_swapped", **values)
        return
    _zones(notes, x, crs, due)


def _zones(notes: Notes, x: Floats, crs: pyproj.CRS, due: float) -> None:
    """Compare the number before each easting with the one that the CRS's false easting carries."""
    mine = int(due // 1e6)
    prefix = _prefixes(x)
    bad = np.flatnonzero(prefix != mine)
    if bad.size == 0:
        return
    values = {"crs": crs.name, "declared": mine or "-"}
    if bad.size == len(x) and len(np.unique(prefix)) == 1:
        rule = (
            "grid.zone_prefix"
            if mine == 0
            else "grid.zone_prefix_missing"
            if prefix[0] == 0
            else "grid.zone_other"
        )
        notes.whole(rule, **values, zone=zone_name(int(prefix[0])), x=f"{np.nanmedian(x):,.0f}")
        return
    for i in bad:
        notes.row(notes.label(i), "grid.zone_row", **values, zone=zone_name(int(prefix[i])), x=f"{x[i]:,.0f}")


def _in_degrees(notes: Notes, x: Floats, y: Floats, *, declared: bool) -> None:
    """Refuse metres where degrees are declared, or where nothing is."""
    values = {"x": f"{np.nanmedian(x):,.0f}", "y": f"{np.nanmedian(y):,.0f}"}
    prefix = _prefixes(x)
    if (_is(x, NORTHING) & (_is(y, EASTING) | _is(y, ZONES))).mean() > 0.5:
        notes.whole("grid.axes_swapped", crs="-", **values)
    elif len(np.unique(prefix)) > 1 and not declared:
        usual = int(np.bincount(prefix).argmax())
        for i in np.flatnonzero(prefix != usual):
            notes.row(
                notes.label(i),
                "grid.zone_row",
                crs="-",
                declared=usual or "-",
                zone=zone_name(int(prefix[i])),
                x=f"{x[i]:,.0f}",
            )
    elif prefix[0] > 0:
        notes.whole(
            "grid.metres_zone", **values, zone=zone_name(int(prefix[0])), epsg=zone_epsg(int(prefix[0]))
        )
    else:
        notes.whole("grid.metres", **values)


def _prefixes(x: Floats) -> npt.NDArray[np.int64]:
    """Return the zone's number before each easting; 0 where there is none, as 24 is no zone's."""
    number = np.where(_is(x, ZONES), np.nan_to_num(x) // 1e6, 0).astype(np.int64)
    return np.where(number == NO_ZONE, 0, number)


def _is(values: Floats, bounds: tuple[float, float]) -> Bools:
    with np.errstate(invalid="ignore"):
        return np.asarray((values >= bounds[0]) & (values < bounds[1]))


def _without(values: Mapping[str, str], key: str) -> dict[str, str]:
    return {k: v for k, v in values.items() if k != key}


def _authority(crs: pyproj.CRS) -> str:
    code = crs.to_authority()
    return ":".join(code) if code else "-"


def false_easting(crs: pyproj.CRS) -> float | None:
    """Return the false easting [m] of a transverse Mercator CRS, None for other projections."""
    operation = crs.coordinate_operation
    if operation is None or (
        "Transverse Mercator" not in operation.method_name and "Gauss" not in operation.method_name
    ):
        return None
    return next((float(p.value) for p in operation.params if p.name == "False easting"), None)


def zone_name(prefix: int) -> str:
    """Return how people call the zone with this number before its eastings."""
    if prefix in (0, NO_ZONE):
        return "-"
    width = _width(prefix)
    return f"{prefix} ({width}°, {central_meridian(width, prefix)}°E)"


def zone_epsg(prefix: int) -> str:
    """Return the EPSG code of the zone in CGCS2000, with the number before the easting.

    Raises UsageError (`geo.zones.epsg_code`) where there is no such zone.
    """
    return epsg_code("CGCS2000", _width(prefix), prefix, prefixed=True)


def _width(prefix: int) -> Width:
    return 6 if prefix < NO_ZONE else 3
