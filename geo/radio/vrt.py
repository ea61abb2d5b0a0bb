"""Virtual rasters as lists of tiles: only the names of GeoTIFFs beside them are taken, nothing is handed to GDAL.

A VRT may name any file, address or expression. Here it may name tiles in its own folder or below; their own heads
say where they lie.

References
----------
.. [1] GDAL, Virtual format: VRTDataset, VRTRasterBand, SimpleSource, SourceFilename.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from geo.read.table import Refused, refuse

#: Bytes of a VRT, and tiles in it.
VRT_BYTES, TILES = 4 * 2**20, 1_000
_PLAIN = re.compile(r"[\w .+/-]+\.tiff?", re.I)
#: Elements that change values or point elsewhere.
_REFUSED = ("ComplexSource", "KernelFilteredSource", "ArraySource", "PixelFunctionType", "GDALWarpOptions")


def tiles_of(path: Path) -> list[Path]:
    """Return the GeoTIFFs that a VRT lists, in its order, each once.

    Parameters
    ----------
    path
        A `.vrt`.

    Raises
    ------
    Refused
        Not there, too large, no VRT, a source that is not a plain tile beside it, or no tile at all.
    """
    source = path.name
    if not path.is_file():
        raise refuse(source, "vrt.missing")
    if path.stat().st_size > VRT_BYTES:
        raise refuse(source, "vrt.size", limit=VRT_BYTES // 2**20)
    names = list(dict.fromkeys(_names(path.read_bytes(), source)))
    if not names:
        raise refuse(source, "vrt.empty")
    if len(names) > TILES:
        raise refuse(source, "vrt.tiles", tiles=len(names), limit=TILES)
    folder = path.resolve().parent
    tiles = [folder / name for name in names]
    for tile, name in zip(tiles, names, strict=True):
        if not tile.resolve().is_relative_to(folder) or not tile.is_file():
            raise refuse(source, "vrt.tile", name=name)
    return tiles


@dataclass
class _Reading:
    """The state while a VRT is read: where it is, the names so far, and what is wrong."""

    source: str
    inside: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    faults: list[Refused] = field(default_factory=list)

    def fault(self, rule: str, **values: str) -> None:
        """Note what is wrong."""
        self.faults.append(refuse(self.source, rule, **values))

    def start(self, tag: str, attributes: Mapping[str, Any]) -> None:
        """Begin an element."""
        if not self.inside and tag != "VRTDataset":
            self.fault("vrt.kind")
        if tag in _REFUSED or attributes.get("subClass"):
            self.fault("vrt.element", element=str(attributes.get("subClass") or tag))
        self.inside.append(tag)
        if tag == "SourceFilename":
            if attributes.get("relativeToVRT", "0") != "1":
                self.fault("vrt.element", element='SourceFilename relativeToVRT="0"')
            self.names.append("")

    def text(self, part: str) -> None:
        """Take text: only a source's name counts."""
        if self.inside and self.inside[-1] == "SourceFilename":
            self.names[-1] += part


def _names(data: bytes, source: str) -> list[str]:
    """Return the names of all sources of a VRT."""
    reading = _Reading(source)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = lambda _: reading.inside.pop()
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = lambda *_: reading.fault("vrt.element", element="DOCTYPE")
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        reading.fault("vrt.kind")
    bad = [n for n in reading.names if not _PLAIN.fullmatch(n) or n.startswith("/") or ".." in n]
    if bad:
        reading.fault("vrt.tile", name=bad[0][:60])
    if reading.faults:
        raise reading.faults[0]
    return reading.names
