"""Ground and clutter of a frame: elevation models and land cover as GeoTIFF, read by window.

Any GeoTIFF with a CRS will do; SRTM and Copernicus GLO-30 are the usual ones, as tiles or as a VRT that lists them.
Both are surface models: trees and roofs are partly in them, so that clutter on top counts these twice.

Heights are taken at the pixels' centres, bilinear between four cells; where one of these is unknown so is the
height. Without an elevation model the ground is flat, and the findings say so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.datum import LONLAT
from geo.findings import Finding
from geo.measure import to_lonlat
from geo.radio.frame import Frame
from geo.read import gdal
from geo.read.raster import Raster, read_raster
from geo.read.table import refuse
from geo.terms import Action

Floats = NDArray[np.float64]
Kind = Literal["terrain", "surface", "flat"]

#: Clutter above ground by kind of land [m].
CLUTTER_M = {"open": 0.0, "village": 8.0, "suburb": 10.0, "town": 15.0, "trees": 15.0, "dense": 20.0}
#: What no ground is beyond [m]: below it is an undeclared nodata, above it are feet or another quantity.
LOWEST_M, HIGHEST_M = -500.0, 9000.0
#: Units that a band's description may have, in metres.
_UNITS = {"": 1.0, "m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0}
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us-ft": 1200.0 / 3937.0, "ussft": 1200.0 / 3937.0}
#: Rows of the frame that are sampled at once.
_ROWS = 256


@dataclass(frozen=True)
class Ground:
    """Ground and clutter of a frame.

    Attributes
    ----------
    heights
        Above sea level [m], (rows, columns) from the north; NaN is unknown.
    clutter
        Above ground [m], or None: none, and the result is optimistic.
    kind
        Bare terrain, a surface model, or flat: no elevation model at all.
    sources
        Names of the files.
    findings
        What was seen.
    """

    heights: Floats
    clutter: Floats | None
    kind: Kind
    sources: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def flat_ground(frame: Frame) -> Ground:
    """Return flat ground at sea level, and the notice that says so."""
    notice = Finding("terrain", "", "terrain.flat", Action.NOTICE, {})
    return Ground(np.zeros(frame.shape), None, "flat", (), [notice])


def read_ground(paths: Sequence[Path], frame: Frame, *, kind: Literal["terrain", "surface"]) -> Ground:
    """Return the ground of a frame out of elevation models.

    Parameters
    ----------
    paths
        GeoTIFFs; where several know a pixel the first by name counts. For a VRT see `geo.radio.vrt.tiles_of`.
    frame
        The pixels.
    kind
        Whether the model is bare terrain or a surface with trees and roofs.

    Raises
    ------
    Refused
        A file cannot be read, its heights are no metres of this Earth, or none of them knows a pixel of the frame.
    """
    heights = np.full(frame.shape, np.nan)
    findings: list[Finding] = []
    ordered = sorted(paths, key=lambda p: p.name)
    for path in ordered:
        raster = read_raster(path, amounts=False)
        metres, said = _unit(path, raster)
        findings += [*raster.findings, *said]
        sampled = _sampled(raster, frame) * metres
        findings += _judged(path.name, sampled)
        new = np.isnan(heights) & np.isfinite(sampled)
        heights[new] = sampled[new]
    void = int(np.isnan(heights).sum())
    if void == heights.size:
        raise refuse(
            ", ".join(p.name for p in ordered)[:80] or "terrain", "terrain.elsewhere", crs=frame.crs.name
        )
    if void:
        values: dict[str, str | int | float] = {"pixels": void, "of": heights.size}
        findings.append(Finding("terrain", "", "terrain.void", Action.NOTICE, values))
    return Ground(heights, None, kind, tuple(p.name for p in ordered), findings)


def read_clutter(path: Path, frame: Frame, heights_m: Mapping[int, float]) -> tuple[Floats, list[Finding]]:
    """Return clutter above ground [m] out of a raster of land cover, and what was seen.

    Parameters
    ----------
    path
        A GeoTIFF of class numbers.
    frame
        The pixels; each takes the class of the cell that its centre lies in.
    heights_m
        Height of each class [m]; unknown classes count as open land, and are named.

    Raises
    ------
    Refused
        The file cannot be read.
    """
    raster = read_raster(path)
    classes = _sampled(raster, frame, nearest=True)
    clutter = np.zeros(frame.shape)
    findings = list(raster.findings)
    for value in np.unique(classes[np.isfinite(classes)]):
        here = classes == value
        if int(value) in heights_m and value == int(value):
            clutter[here] = heights_m[int(value)]
        else:
            seen: dict[str, str | int | float] = {"value": float(value), "pixels": int(here.sum())}
            findings.append(Finding(path.name, "", "terrain.land_cover", Action.NOTICE, seen))
    return clutter, findings


def _unit(path: Path, raster: Raster) -> tuple[float, list[Finding]]:
    """Return a height unit's metres as the band or the CRS states it."""
    import rasterio

    with gdal.quiet(), rasterio.open(path.resolve(), driver="GTiff") as dataset:
        stated = (dataset.units[0] or "").strip().lower()
    axes = raster.crs.axis_info
    if not stated and len(axes) == 3:
        stated = {"metre": "m", "foot": "ft", "US survey foot": "us-ft"}.get(
            axes[2].unit_name, axes[2].unit_name
        )
    if stated in _UNITS:
        return _UNITS[stated], []
    if stated in _FEET:
        return _FEET[stated], [Finding(path.name, "", "terrain.feet", Action.REPAIR, {"unit": stated})]
    raise refuse(path.name, "terrain.unit", unit=stated)


def _judged(source: str, heights: Floats) -> list[Finding]:
    """Take heights that are undeclared nodata for unknown; refuse what is no height. `heights` is changed."""
    low = heights < LOWEST_M
    if (heights > HIGHEST_M).any():
        raise refuse(source, "terrain.high", highest=round(float(np.nanmax(heights)), 1), limit=HIGHEST_M)
    if not low.any():
        return []
    values: dict[str, str | int | float] = {"cells": int(low.sum()), "lowest": float(np.nanmin(heights))}
    heights[low] = np.nan
    return [Finding(source, "", "terrain.nodata", Action.QUARANTINE, values)]


def _sampled(raster: Raster, frame: Frame, *, nearest: bool = False) -> Floats:
    """Return a raster's values at the pixels' centres; NaN outside and where it is unknown."""
    out = np.full(frame.shape, np.nan)
    x, y = frame.centres()
    back = pyproj.Transformer.from_crs(LONLAT, raster.crs.to_2d(), always_xy=True)
    for first in range(0, frame.rows, _ROWS):
        xs, ys = np.meshgrid(x, y[first : first + _ROWS])
        theirs = back.transform(*to_lonlat(xs.ravel(), ys.ravel(), frame.crs))
        t = raster.transform
        column = (np.asarray(theirs[0]) - t.c) / t.a - 0.5
        row = (np.asarray(theirs[1]) - t.f) / t.e - 0.5
        out[first : first + _ROWS] = _at(raster, row, column, nearest).reshape(xs.shape)
    return out


def _at(raster: Raster, row: Floats, column: Floats, nearest: bool) -> Floats:
    """Return a raster's values at rows and columns counted in its cells' centres, reading only the window needed."""
    rows, columns = raster.shape
    out = np.full(len(row), np.nan)
    inside = (row >= -0.5) & (row < rows - 0.5) & (column >= -0.5) & (column < columns - 0.5)
    if not inside.any():
        return out
    r, c = np.clip(row[inside], 0, rows - 1), np.clip(column[inside], 0, columns - 1)
    if nearest:
        r, c = np.floor(r + 0.5), np.floor(c + 0.5)
    top, left = math.floor(r.min()), math.floor(c.min())
    height, width = min(math.floor(r.max()) + 2, rows) - top, min(math.floor(c.max()) + 2, columns) - left
    out[inside] = _between(raster.window(top, left, height, width), r - top, c - left)
    return out


def _between(cells: Floats, row: Floats, column: Floats) -> Floats:
    """Return values between four cells, bilinear; a cell of no weight does not count, be it unknown or outside."""
    r, c = np.floor(row).astype(int), np.floor(column).astype(int)
    fr, fc = row - r, column - c
    total = np.zeros(len(row))
    for dr, dc, weight in (
        (0, 0, (1 - fr) * (1 - fc)),
        (0, 1, (1 - fr) * fc),
        (1, 0, fr * (1 - fc)),
        (1, 1, fr * fc),
    ):
        at = np.minimum(r + dr, cells.shape[0] - 1), np.minimum(c + dc, cells.shape[1] - 1)
        total += np.where(weight > 0, cells[at] * weight, 0.0)
    return total
