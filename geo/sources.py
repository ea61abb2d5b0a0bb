"""Sources: find each file, check its hash, and read it as delivered."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from geo.errors import SourceError
from geo.findings import Finding
from geo.read import read
from geo.read.table import Refused, SourceTable, refuse
from geo.region import Region, Source
from geo.snapshot.layout import sha256
from geo.terms import Action

#: Environment variable with the folder of sources that the project may not ship.
DATA_VARIABLE = "CUNTONG_DATA"


@dataclass(frozen=True)
class Loaded:
    """A source in memory: its rows as delivered, what its reader found, and the hash of each file read."""

    source: Source
    table: SourceTable
    hashes: dict[str, str]


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
            f"({source.origin or source.attribution}), put it in a folder, and name the folder with --data or "
            f"{DATA_VARIABLE}."
        )
    path = (root / source.path).resolve()
    if not path.is_relative_to(root.resolve()):
        raise SourceError(
            f"source '{source.id}': the path {source.path} leaves its folder. Name a file inside it."
        )
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


def verified(region: Region, source: Source, data: Path | None = None) -> tuple[Path, dict[str, str]]:
    """Return the path of a source's file and the hash of each file that belongs to it.

    Raises
    ------
    SourceError
        It is missing, or not the file whose hash is stated.
    """
    path = locate(region, source, data)
    digests = hashes(path)
    if source.sha256 and digests.get(path.name) != source.sha256:
        raise refuse(
            source.id,
            "file.hash",
            seen=digests.get(path.name, "")[:16] + "…",
            stated=source.sha256[:16] + "…",
        )
    return path, digests


def load(region: Region, source: Source, *, data: Path | None = None) -> Loaded:
    """Return a source as delivered, with the hash of each of its files.

    Raises
    ------
    SourceError
        It is missing, not the file whose hash is stated, or refused by its reader.
    """
    path, digests = verified(region, source, data)
    try:
        table = read(path, layer=source.layer, encoding=source.encoding, form=source.format)
    except Refused as refused:
        raise Refused(replace(refused.finding, source=source.id)) from None
    named = replace(table, findings=[replace(f, source=source.id) for f in table.findings])
    return Loaded(source, named, digests)


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
