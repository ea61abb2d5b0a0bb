"""Sources: find each file, check its hash, read it, and bring it to longitude and latitude."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.datum import Datum, declared_datum, to_lonlat
from geo.errors import SourceError
from geo.findings import Finding
from geo.read import read
from geo.read.table import SourceTable, refuse
from geo.region import Region, Source
from geo.snapshot.layout import sha256
from geo.terms import Action

#: Environment variable with the folder of sources that the project may not ship.
DATA_VARIABLE = "CUNTONG_DATA"

#: A check over rows as delivered: (table, source, datum) -> table; None checks nothing.
Check = Callable[[SourceTable, Source, Datum | None], SourceTable]


@dataclass(frozen=True)
class Loaded:
    """A source in memory: its rows (geometry in OGC:CRS84), what was found, and the hash of each file read."""

    source: Source
    table: SourceTable
    hashes: dict[str, str]
    delivered: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """Return the sound rows."""
        return self.table.frame


def locate(region: Region, source: Source, data: Path | None) -> Path:
    """Return the path of a source's file.

    Raises
    ------
    SourceError
        It is missing, or leaves its folder; the message says where it may be had.
    """
    root = data_folder(data) if source.folder == "data" else region.path.parent
    if root is None:
        raise SourceError(
            f"source '{source.id}': {source.path} is not shipped with Cuntong. Get it from its origin "
            f"({source.origin or source.attribution}), put it in a folder, and name the folder with --data or {DATA_VARIABLE}."
        )
    path = (root / source.path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise SourceError(f"source '{source.id}': the path {source.path} leaves its folder. Name a file inside it.")
    if not path.exists():
        raise SourceError(
            f"source '{source.id}': {source.path} is missing in {root.name}/. "
            f"{'Its origin: ' + source.origin if source.origin else 'Put the file there, or correct the path.'}"
        )
    return path


def data_folder(data: Path | None) -> Path | None:
    """Return the folder of unshipped sources: the one given, else the one that the environment names."""
    named = os.environ.get(DATA_VARIABLE)
    return data or (Path(named) if named else None)


def hashes(path: Path) -> dict[str, str]:
    """Return the SHA-256 of the file and of those that belong to it (a shapefile's, an OFDS folder's)."""
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file())
    elif path.suffix.lower() == ".shp":
        files = sorted(p for p in path.parent.iterdir() if p.stem == path.stem and p.is_file())
    else:
        files = [path]
    return {p.name: sha256(p) for p in files}


def load(region: Region, source: Source, *, data: Path | None = None, check: Check | None = None) -> Loaded:
    """Return a source, read, checked and in OGC:CRS84.

    Raises
    ------
    SourceError
        It is missing, not the file whose hash is stated, or refused by its reader or by the check.
    """
    path = locate(region, source, data)
    digests = hashes(path)
    if source.sha256 and digests.get(path.name) != source.sha256:
        raise refuse(source.id, "file.hash", seen=digests.get(path.name, "")[:16] + "…", stated=source.sha256[:16] + "…")
    table = _named(read(path, layer=source.layer, encoding=source.encoding, form=source.format), source.id)
    datum = declared_datum(source.crs) if source.crs else None
    delivered = table.frame
    if check is not None:
        table = check(table, source, datum)
    return Loaded(source, in_lonlat(table, source, datum), digests, delivered)


def _named(table: SourceTable, source: str) -> SourceTable:
    """Return the table with the source's id in its findings, where the reader put the file's name."""
    return replace(table, findings=[replace(f, source=source) for f in table.findings])


def in_lonlat(table: SourceTable, source: Source, datum: Datum | None) -> SourceTable:
    """Return the table with its geometry, or its two coordinate columns, as OGC:CRS84.

    Raises
    ------
    SourceError
        There is geometry and nobody says its CRS, or the file contradicts the declaration.
    """
    frame = table.frame
    if source.x and source.y and not isinstance(frame, gpd.GeoDataFrame):
        points = gpd.points_from_xy(*(pd.to_numeric(frame[c], errors="coerce") for c in (source.x, source.y)))
        frame = gpd.GeoDataFrame(frame, geometry=points)
    if not isinstance(frame, gpd.GeoDataFrame):
        return table
    datum = datum or (declared_datum(frame.crs.to_string()) if frame.crs is not None else None)
    if datum is None:
        raise refuse(source.id, "region.crs_missing")
    if contradicts(frame, datum):
        raise refuse(source.id, "region.crs_contradicts", stated=frame.crs.to_string(), declared=datum.name)
    geometry = to_lonlat(np.asarray(frame.geometry.to_numpy(), dtype=object), datum)
    frame = gpd.GeoDataFrame(frame.drop(columns=frame.geometry.name), geometry=geometry, crs="OGC:CRS84")
    return replace(table, frame=frame)


def contradicts(frame: gpd.GeoDataFrame, datum: Datum) -> bool:
    """Return whether the file states another CRS than the declared one.

    Geographic CRSs on WGS 84 and CGCS2000 count as one (centimetres apart), and a file in GCJ-02 or BD-09
    cannot say so in any EPSG code, hence says WGS 84.
    """
    stated = frame.crs
    if stated is None:
        return False
    if stated.is_geographic:
        return datum.crs is not None and not datum.crs.is_geographic
    return datum.crs is None or not stated.equals(datum.crs, ignore_axis_order=True)


def missing_columns(table: SourceTable, source: str, wanted: dict[str, str | None]) -> list[Finding]:
    """Return a finding for each column that the region file names and the source lacks."""
    there = [str(c) for c in table.frame.columns if c != "geometry"]
    return [
        Finding(
            source,
            "",
            "region.column_missing",
            Action.REJECT,
            {"column": column, "key": key, "columns": ", ".join(there[:40])},
        )
        for key, column in wanted.items()
        if column and column not in there
    ]
