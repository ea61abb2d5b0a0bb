"""Check one data file alone: what it is, its datum, its rows, what is wrong and what would be set aside.

So a carrier can look before it delivers. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from geo.check.columns_known import guess_columns
from geo.check.extent import Box
from geo.check.file import check_table_as
from geo.check.roles import NOTHING, Known
from geo.datum import declared_datum
from geo.errors import SourceError, UsageError
from geo.findings import Finding, visible
from geo.read import read
from geo.read.table import Refused, SourceTable
from geo.terms import Action, Role

if TYPE_CHECKING:
    from geo.region import Region

_RASTERS = (".tif", ".tiff")


@dataclass(frozen=True)
class Report:
    """What a file is and what was found in it."""

    name: str
    role: Role
    table: SourceTable | None
    findings: list[Finding]
    crs: str

    def lines(self, language: str) -> list[str]:
        """Return the file in a few lines: format, what it is taken for, CRS, rows, geometry, columns."""
        if self.table is None:
            return [f"{visible(self.name)}: {self.role.word(language)}"]
        frame = self.table.frame
        columns = [visible(str(c), 30) for c in frame.columns if c != "geometry"]
        layer = f", {visible(self.table.layer)}" if self.table.layer else ""
        words = ("坐标系", "行", "列", "类型") if language == "zh" else ("CRS", "rows", "columns", "geometry")
        out = [
            f"{visible(self.name)}: {self.table.driver}{layer} · {self.role.word(language)}",
            f"{words[0]}: {self.crs}",
            f"{words[1]}: {len(frame)}",
        ]
        if isinstance(frame, gpd.GeoDataFrame):
            kinds = Counter(str(k) for k in frame.geometry.geom_type.fillna("none"))
            out.append(f"{words[3]}: " + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
        return [*out, f"{words[2]}: " + ", ".join(columns[:40])]


def check_file(
    path: Path,
    *,
    role: Role | None = None,
    crs: str | None = None,
    layer: str | None = None,
    beside: Path | None = None,
    region: Known = NOTHING,
) -> Report:
    """Return what the file at `path` is and what is wrong with it.

    Parameters
    ----------
    role
        What the file is told to be; else told from its suffix and geometry.
    crs
        Its CRS or datum, where the sender says it.
    beside
        Boundaries that points are held against.
    region
        What a region says (`known_of`): extent, operators, day, shape of its units' codes.

    Raises
    ------
    SourceError
        There is no such file.
    RegionError
        `crs` is not known.
    """
    datum = declared_datum(crs) if crs else None
    if path.suffix.lower() in _RASTERS:
        return _raster(path)
    try:
        table = read(path, layer=layer)
    except Refused as refused:
        return Report(path.name, role or Role.TABLE, None, [_named(refused.finding, path.name)], "")
    known = role or guessed(table, path)
    other = _beside(beside)
    held = region if known is Role.UNITS else replace(region, pattern=None)
    checked = check_table_as(
        known,
        table,
        source=path.name,
        beside=other,
        declared=datum,
        as_of=held.as_of,
        extent=held.extent,
        region=held,
    )
    stated = table.crs_stated or "not stated"
    shown = f"{datum.name} (declared), {stated} (file)" if datum else stated
    found = [*(_named(f, path.name) for f in table.findings), *checked.findings]
    if datum is None and not checked.rejected and _is_assumed(table, known):
        found.append(Finding(path.name, "", "datum.assumed", Action.NOTICE))
    return Report(path.name, known, table, found, shown)


def known_of(region: Region, *, data: Path | None = None) -> Known:
    """Return what a region says of a file of its: where it lies, operators, day, shape of its units' codes.

    Raises
    ------
    SourceError
        The region's units cannot be read.
    """
    from geo.examine import extent, widened
    from geo.ground import units_of
    from geo.plant import operator_names

    return Known(
        extent=widened(extent(units_of(region, data=data).geometry)),
        pattern="|".join(f"(?:{level.code_pattern})" for level in region.levels),
        operators=operator_names(region.operators) or None,
        as_of=region.as_of,
    )


def box_of(text: str) -> Box:
    """Return the box that "W,S,E,N" [degrees] says.

    Raises
    ------
    UsageError
        It is none.
    """
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west, south, east, north = 0.0, 0.0, 0.0, 0.0
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise UsageError(
            f"--extent {visible(text)}: this is no box in degrees. "
            "Write west,south,east,north, for example 73,3,135,54."
        )
    return west, south, east, north


def _is_assumed(table: SourceTable, role: Role) -> bool:
    """Return whether WGS 84 was taken for granted: GeoJSON (RFC 7946), columns named lon and lat."""
    frame = table.frame
    if role is Role.WKT:
        return False
    if isinstance(frame, gpd.GeoDataFrame):
        return frame.crs is None
    return guess_columns(frame.columns).x is not None


def guessed(table: SourceTable, path: Path) -> Role:
    """Return what a file is, by its suffix and geometry."""
    if path.suffix.lower() == ".wkt":
        return Role.WKT
    if not isinstance(table.frame, gpd.GeoDataFrame):
        return Role.TABLE
    kinds = Counter(shapely.get_type_id(table.frame.geometry.to_numpy()).tolist())
    areas, lines, points = (sum(kinds[k] for k in group) for group in ((3, 6), (1, 2, 5), (0, 4)))
    if areas >= max(lines, points):
        return Role.UNITS
    return Role.FIBRE if lines >= points else Role.POINTS


def _named(finding: Finding, name: str) -> Finding:
    return Finding(name, finding.row, finding.rule, finding.action, finding.values)


def _beside(path: Path | None) -> SourceTable | None:
    if path is None:
        return None
    try:
        return read(path)
    except Refused as refused:
        raise SourceError(f"--beside {path.name}: {refused}") from refused


def _raster(path: Path) -> Report:
    """Return what is wrong with a population raster."""
    from geo.read.raster import read_raster

    if not path.exists():
        raise SourceError(f"{path.name}: there is no such file.")
    try:
        raster = read_raster(path)
    except Refused as refused:
        return Report(path.name, Role.POPULATION, None, [_named(refused.finding, path.name)], "")
    findings = [_named(f, path.name) for f in raster.findings]
    return Report(path.name, Role.POPULATION, None, findings, "")
