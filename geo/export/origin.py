"""Origin: which snapshot a file was taken from, said in every file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from geo.snapshot import Snapshot
from geo.snapshot.layout import MANIFEST, sha256
from geo.terms import Kind

#: How a declared datum of the units is called, and the EPSG code that longitude and latitude are written in.
#: WGS 84 and CGCS2000 differ by centimetres and are taken for one another everywhere.
DATUMS = {"CGCS2000": 4490, "WGS 84": 4326}


@dataclass(frozen=True)
class Origin:
    """Where a file comes from.

    Attributes
    ----------
    region
        Name of the region.
    as_of
        Its day; every file is dated so, never by the clock.
    sha256
        Hash of the snapshot's manifest, which holds the hash of every table and source.
    simulated
        Whether any input is made up.
    notice
        What the region says of its data.
    datum
        What longitude and latitude refer to: a key of `DATUMS`.
    sources
        One line each: kind, edition, attribution, licence, and which inputs these are.
    """

    region: str
    as_of: dt.date
    snapshot: str
    sha256: str
    language: str
    simulated: bool
    notice: str
    datum: str
    sources: tuple[str, ...]

    @property
    def epsg(self) -> int:
        """Return the EPSG code of the coordinates."""
        return DATUMS[self.datum]

    @property
    def line(self) -> str:
        """Return region, day, snapshot and hash in one line."""
        return f"{self.region} · {self.as_of.isoformat()} · {self.snapshot} · sha256:{self.sha256}"


def origin_of(snapshot: Snapshot, language: str) -> Origin:
    """Return the origin that files of a snapshot name."""
    manifest = snapshot.manifest
    notice = manifest.get("notice") or {}
    return Origin(
        region=manifest["name"][language],
        as_of=dt.date.fromisoformat(manifest["as_of"]),
        snapshot=snapshot.name,
        sha256=sha256(snapshot.path / MANIFEST),
        language=language,
        simulated=any(i["kind"] == Kind.SIMULATED for i in manifest["inputs"].values()),
        notice=notice.get(language, ""),
        datum=datum_of(manifest),
        sources=tuple(_sources(manifest["inputs"], language)),
    )


def datum_of(manifest: dict[str, Any]) -> str:
    """Return the datum that the units' sources declare, the first that declares one: CGCS2000, else WGS 84."""
    inputs = manifest["inputs"]
    declared = [inputs.get(level["source"], {}).get("crs") for level in manifest["levels"]]
    first = next((str(d) for d in declared if d), "")
    return "CGCS2000" if first.startswith(("CGCS2000", "EPSG:4490", "EPSG:45")) else "WGS 84"


def _sources(inputs: dict[str, Any], language: str) -> list[str]:
    """Return the sources, those of one kind, edition, attribution and licence in one line."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, source in inputs.items():
        kind = Kind.of(source["kind"]).word(language) if source["kind"] else ""
        edition = str(source["edition"]) if source["edition"] else ""
        key = (kind, edition, source["attribution"] or "", source["licence"] or "")
        groups.setdefault(key, []).append(name)
    gap = "；" if language == "zh" else "; "
    return [f"{gap.join(p for p in key if p)}: {', '.join(names)}" for key, names in groups.items()]
