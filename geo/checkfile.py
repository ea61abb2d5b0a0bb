"""Check one data file alone: what it is, its datum, its rows, what is wrong and what would be set aside.

So a carrier can look before it delivers. Nothing is written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import shapely

from geo.check.file import check_table_as
from geo.datum import declared_datum
from geo.errors import SourceError
from geo.findings import Finding, visible
from geo.read import read
from geo.read.table import Refused, SourceTable
from geo.terms import Role

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
    checked = check_table_as(known, table, source=path.name, beside=other, declared=datum)
    stated = table.crs_stated or "not stated"
    shown = f"{datum.name} (declared), {stated} (file)" if datum else stated
    return Report(
        path.name, known, table, [*(_named(f, path.name) for f in table.findings), *checked.findings], shown
    )


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
    from geo.read.raster import read_raster  # noqa: PLC0415  rasterio only where a raster is read

    if not path.exists():
        raise SourceError(f"{path.name}: there is no such file.")
    try:
        raster = read_raster(path)
    except Refused as refused:
        return Report(path.name, Role.POPULATION, None, [_named(refused.finding, path.name)], "")
    findings = [_named(f, path.name) for f in raster.findings]
    return Report(path.name, Role.POPULATION, None, findings, "")
