"""GeoTIFF of amounts (people a cell): the header is judged first, then the cells are read in blocks.

Unknown is NaN, never 0: nodata, cells that are not finite and, for amounts, negative ones.

References
----------
.. [1] OGC 19-008r4, GeoTIFF 1.1; the sample scale and offset are GDAL's convention.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.datum import datum_of, lonlat_points
from geo.findings import Finding
from geo.read import gdal
from geo.read.layer import checked, crs_name
from geo.read.limits import RASTER_CELLS, UNPACKED_BYTES
from geo.read.table import refuse
from geo.read.tiff import surplus
from geo.terms import Action

if TYPE_CHECKING:
    from affine import Affine

Floats = NDArray[np.float64]
#: An open rasterio dataset; rasterio has no types.
Dataset = Any

#: Cells of one block of rows while the whole raster is looked at.
_BLOCK = 2**22
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


@dataclass(frozen=True)
class Raster:
    """A grid of amounts that is read window by window.

    Attributes
    ----------
    path
        The file; `window` opens it anew.
    transform
        Affine from (column, row) to x, y of the cell's upper left corner; the row step `e` is positive where
        the file has south on top.
    crs, crs_stated
        What the file states.
    shape
        Rows, columns.
    nodata
        As declared in the file, before scale and offset; None where none is.
    scale, offset
        Amount = stored value * scale + offset; already applied by `window`.
    amounts
        Whether negative cells are unknown.
    findings
        What was seen in the header and in the cells.
    """

    path: Path
    transform: Affine
    crs: pyproj.CRS
    crs_stated: str
    shape: tuple[int, int]
    nodata: float | None
    scale: float = 1.0
    offset: float = 0.0
    amounts: bool = True
    findings: list[Finding] = field(default_factory=list)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in the raster's CRS, whichever way its rows run."""
        rows, columns = self.shape
        x0, y0 = self.transform.c, self.transform.f
        x1, y1 = x0 + self.transform.a * columns, y0 + self.transform.e * rows
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def window(
        self, row: int = 0, column: int = 0, rows: int | None = None, columns: int | None = None
    ) -> Floats:
        """Return amounts of a rectangle of cells, unknown ones NaN; by default the whole raster.

        Raises
        ------
        Refused
            The cells cannot be read.
        """
        rows = self.shape[0] - row if rows is None else rows
        columns = self.shape[1] - column if columns is None else columns
        with _opened(self.path) as dataset:
            return self._clean(_stored(dataset, row, column, rows, columns))

    def blocks(self) -> Iterator[tuple[int, Floats]]:
        """Yield (first row, amounts) of blocks of whole rows, top to bottom."""
        step = max(1, _BLOCK // self.shape[1])
        with _opened(self.path) as dataset:
            for row in range(0, self.shape[0], step):
                rows = min(step, self.shape[0] - row)
                yield row, self._clean(_stored(dataset, row, 0, rows, self.shape[1]))

    def _clean(self, stored: NDArray[Any]) -> Floats:
        """Return amounts of stored values."""
        values = stored.astype(np.float64)
        unknown = ~np.isfinite(values) | _is_nodata(stored, self.nodata)
        values = values * self.scale + self.offset
        if self.amounts:
            unknown |= values < 0
        values[unknown] = np.nan
        return values


def read_raster(path: Path, *, amounts: bool = True) -> Raster:
    """Open a GeoTIFF and look at every cell once.

    Parameters
    ----------
    path
        The `.tif`; only the driver GTiff is allowed to open it.
    amounts
        Whether the cells are amounts, which cannot be negative; False for heights.

    Raises
    ------
    Refused
        Not a GeoTIFF, cut, too large, rotated, without CRS or georeference, or nothing but nodata.
    """
    source = checked(path, "GeoTIFF")
    with path.open("rb") as file:
        head = file.read(4)
    if head not in _TIFF:
        with path.open("rb") as file:
            seen = "VRT" if b"VRTDataset" in file.read(1024) else "unknown"
        raise refuse(source, "binary.kind", expected="GeoTIFF", seen=seen)
    with _opened(path) as dataset:
        raster = _judged(dataset, path, source, amounts=amounts)
        _refuse_damaged(path, source)
        _look(dataset, raster, source)
    return raster


def people_by_cell(raster: Raster) -> tuple[Floats, Floats, Floats]:
    """Return longitude and latitude [deg, WGS 84] of the centres of cells with people, and the people there.

    Cells without people and unknown ones are left out; the order is row by row. The raster is read by blocks.

    Raises
    ------
    Refused
        The cells cannot be read, or their centres have no longitude and latitude.
    """
    to_x, step_x = raster.transform.c, raster.transform.a
    to_y, step_y = raster.transform.f, raster.transform.e
    parts = []
    for first, amounts in raster.blocks():
        row, column = np.nonzero(amounts > 0)  # NaN, which is unknown, is not above 0
        x = np.asarray(to_x + (column + 0.5) * step_x, dtype=np.float64)
        y = np.asarray(to_y + (first + row + 0.5) * step_y, dtype=np.float64)
        parts.append((*lonlat_points(x, y, datum_of(raster.crs)), amounts[row, column]))
    lon, lat, people = (np.concatenate(part) for part in zip(*parts, strict=True))
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise refuse(raster.path.name, "datum.cannot_express", datum=raster.crs_stated)
    return lon, lat, people


@contextmanager
def _opened(path: Path) -> Iterator[Dataset]:
    """Open with the driver GTiff alone; a fault refuses the source."""
    import rasterio

    try:
        with gdal.quiet(), rasterio.open(path.resolve(), driver="GTiff") as dataset:
            yield dataset
    except (rasterio.errors.RasterioError, MemoryError) as error:
        report = str(error).replace(str(path.resolve().parent) + "/", "")[:100]
        raise refuse(path.name, "raster.unreadable", report=report) from None


def _judged(dataset: Dataset, path: Path, source: str, *, amounts: bool) -> Raster:
    """Judge the header, before any cell is read."""
    if dataset.width * dataset.height > RASTER_CELLS:
        raise refuse(source, "raster.cells", width=dataset.width, height=dataset.height, limit=RASTER_CELLS)
    block = max(h * w for h, w in dataset.block_shapes) * np.dtype(dataset.dtypes[0]).itemsize
    if block > UNPACKED_BYTES:
        raise refuse(source, "raster.block", megabytes=block // 2**20, limit=UNPACKED_BYTES // 2**20)
    transform = dataset.transform
    if transform.is_identity or transform.determinant == 0:
        raise refuse(source, "raster.no_transform")
    if transform.b != 0 or transform.d != 0:
        raise refuse(source, "raster.rotated")
    if dataset.crs is None:
        raise refuse(source, "raster.no_crs")
    crs = pyproj.CRS.from_wkt(dataset.crs.to_wkt())
    scale, offset = float(dataset.scales[0]), float(dataset.offsets[0])
    findings = []
    if (scale, offset) != (1.0, 0.0):
        findings.append(
            Finding(source, "", "raster.scaled", Action.REPAIR, {"scale": scale, "offset": offset})
        )
    if dataset.count > 1:
        findings.append(Finding(source, "", "raster.bands", Action.NOTICE, {"bands": dataset.count}))
    raster = Raster(
        path,
        transform,
        crs,
        crs_name(crs) or crs.name,
        (dataset.height, dataset.width),
        dataset.nodata,
        scale,
        offset,
        amounts,
        findings,
    )
    west, south, east, north = raster.bounds
    if crs.is_geographic and not (west >= -181 and east <= 361 and south >= -91 and north <= 91):
        corners = f"{west:.6g} {south:.6g} {east:.6g} {north:.6g}"
        raise refuse(source, "raster.extent", corners=corners, crs=raster.crs_stated)
    return raster


def _refuse_damaged(path: Path, source: str) -> None:
    """Refuse a file whose length is not what its directory says."""
    try:
        over = surplus(path)
    except ValueError as error:
        raise refuse(source, "raster.unreadable", report=str(error)[:100]) from None
    if over:
        raise refuse(source, "raster.length", bytes=abs(over), kind="more" if over > 0 else "fewer")


def _stored(dataset: Dataset, row: int, column: int, rows: int, columns: int) -> NDArray[Any]:
    """Return the first band's values as stored."""
    from rasterio.windows import Window

    return np.asarray(dataset.read(1, window=Window(column, row, columns, rows)))


def _is_nodata(stored: NDArray[Any], nodata: float | None) -> NDArray[np.bool_]:
    """Return where the declared nodata stands."""
    if nodata is None or np.isnan(nodata):
        return np.zeros(stored.shape, dtype=bool)
    return np.asarray(stored == nodata)


def _look(dataset: Dataset, raster: Raster, source: str) -> None:
    """Read every cell once: count what is unknown, and why."""
    rows, columns = raster.shape
    known = zero = negative = infinite = 0
    lowest = 0.0
    step = max(1, _BLOCK // columns)
    for row in range(0, rows, step):
        stored = _stored(dataset, row, 0, min(step, rows - row), columns)
        nodata = _is_nodata(stored, raster.nodata)
        finite = np.isfinite(stored)
        infinite += (
            int((~finite & ~nodata).sum()) if raster.nodata is None or not np.isnan(raster.nodata) else 0
        )
        values = stored[finite & ~nodata].astype(np.float64) * raster.scale + raster.offset
        below = values < 0
        negative += int(below.sum())
        lowest = min(lowest, float(values.min(initial=0.0)))
        known += len(values) - (int(below.sum()) if raster.amounts else 0)
        zero += int(nodata.sum()) if raster.nodata == 0 else 0
    if known == 0:
        raise refuse(source, "raster.nodata_only")
    found: list[tuple[str, Action, dict[str, float | int]]] = []
    if infinite:
        found.append(("raster.not_finite", Action.QUARANTINE, {"cells": infinite}))
    if raster.amounts and negative:
        found.append(("raster.negative", Action.QUARANTINE, {"cells": negative, "lowest": lowest}))
    if raster.amounts and raster.nodata == 0:
        found.append(("raster.nodata_zero", Action.NOTICE, {"cells": zero}))
    raster.findings.extend(Finding(source, "", rule, action, values) for rule, action, values in found)
