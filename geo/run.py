"""The pipeline as one page: read, check, cover, roll up, judge, publish."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.cover.decide import Ground, cover
from geo.cover.declared import disagrees
from geo.facts import ANY, STATUSES, Block, facts_table
from geo.findings import Finding
from geo.ground import Prepared, Say, prepare
from geo.quarantine import findings_table, quarantine_table
from geo.region import Region, read_region
from geo.rollup import roll_up
from geo.scorecard import scorecard
from geo.snapshot import Snapshot, publish
from geo.sources import Loaded
from geo.terms import Action

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Outcome:
    """What a run has made: the snapshot's folder and all findings."""

    path: Path
    findings: list[Finding]

    @property
    def quarantined(self) -> int:
        """Return how many rows or sources were set aside."""
        return sum(f.action in (Action.QUARANTINE, Action.REJECT) for f in self.findings)


def run(
    region_path: Path,
    out: Path,
    *,
    data: Path | None = None,
    as_of: dt.date | None = None,
    since: Snapshot | None = None,
    jobs: int = 1,
    say: Say = lambda _: None,
) -> Outcome:
    """Read, check, cover, roll up and publish a region; return the snapshot's folder.

    Parameters
    ----------
    data
        Folder of the sources that are not shipped (else $CUNTONG_DATA).
    as_of
        Another day than the region file's.
    since
        An earlier snapshot of the region, for the pace seen.
    jobs
        Threads; the bytes written do not depend on it.
    say
        Called with the name of each stage.

    Raises
    ------
    RegionError, SourceError, SnapshotError
        See there; nothing is written then.
    """
    region = region_at(region_path, as_of)
    prepared = prepare(region, data=data, say=say)
    say("coverage")
    blocks = cover(prepared.ground, jobs=jobs)
    findings = prepared.findings + contradictions(blocks, prepared.ground)
    say("roll-up")
    rollup = roll_up(blocks, prepared.ground.hierarchy)
    say("scorecard")
    card = scorecard(
        region,
        rollup,
        prepared.ground.hierarchy,
        reported=prepared.reported,
        before=since.frame("scorecard") if since else None,
        before_date=dt.date.fromisoformat(since.manifest["as_of"]) if since else None,
    )
    say("snapshot")
    tables = _tables(prepared, blocks, rollup, card, findings)
    return Outcome(publish(out, tables, _about(region, prepared, since)), findings)


def check_region(region_path: Path, *, data: Path | None = None, say: Say = lambda _: None) -> list[Finding]:
    """Return everything that is wrong with a region's input, contradicted declarations included.

    Raises
    ------
    RegionError, SourceError
        Nothing can run.
    """
    region = region_at(region_path, None)
    prepared = prepare(region, data=data, say=say)
    say("coverage")
    return prepared.findings + contradictions(cover(prepared.ground), prepared.ground)


def region_at(path: Path, as_of: dt.date | None) -> Region:
    """Return the region of a file, at another day if one is given."""
    region = read_region(path)
    return region.model_copy(update={"as_of": as_of}) if as_of else region


def contradictions(blocks: Sequence[Block], ground: Ground) -> list[Finding]:
    """Return a notice for each unit where an operator's declaration and its plant disagree."""
    out = []
    codes = ground.hierarchy.table["code"].to_numpy(dtype=object)
    named = {b.service for b in blocks if b.operator != ANY}
    for block in blocks:
        if block.operator == ANY and block.service in named:
            continue
        for i in np.flatnonzero(disagrees(block)):
            metres = block.nearest_m[i]
            out.append(
                Finding(
                    "declared",
                    str(codes[block.units[i]]),
                    "region.declared_contradicts",
                    Action.NOTICE,
                    {
                        "service": block.service,
                        "operator": block.operator,
                        "declared": STATUSES[block.declared[i]].value,
                        "computed": STATUSES[block.status[i]].value,
                        "why": "" if np.isnan(metres) else f" (nearest plant {metres:,.0f} m)",
                    },
                )
            )
    return out


def _tables(
    prepared: Prepared,
    blocks: Sequence[Block],
    rollup: pd.DataFrame,
    card: pd.DataFrame,
    findings: Sequence[Finding],
) -> dict[str, pa.Table]:
    """Return every table of the snapshot in Arrow."""
    units = prepared.ground.hierarchy.table
    delivered = {s: x.table for s, x in prepared.loaded.items()}
    tables = {
        "units": _geo(units),
        "facts": facts_table(blocks, prepared.ground.hierarchy.unit_ids),
        "rollup": _plain(rollup),
        "scorecard": _plain(card),
        "quarantine": _plain(quarantine_table(findings, delivered)),
        "findings": _plain(findings_table(findings)),
    }
    for layer, plant in prepared.ground.plant.items():
        tables[f"plant/{layer}"] = _geo(gpd.GeoDataFrame(plant.table, geometry="geometry", crs="OGC:CRS84"))
    return tables


def _geo(frame: gpd.GeoDataFrame) -> pa.Table:
    """Return a GeoParquet table in Arrow."""
    from geopandas.io.arrow import _geopandas_to_arrow

    return _geopandas_to_arrow(frame, index=False)


def _plain(frame: pd.DataFrame) -> pa.Table:
    import pyarrow as pa

    table = pa.Table.from_pandas(frame, preserve_index=False)
    return table.replace_schema_metadata(None)


def _about(region: Region, prepared: Prepared, since: Snapshot | None) -> dict[str, Any]:
    """Return what the manifest says of the run; nothing in it depends on the machine or the hour."""
    return {
        "software": f"cuntong {version('cuntong')}",
        "region": region.id,
        "name": region.name.model_dump(),
        "notice": region.notice.model_dump() if region.notice else None,
        # Only where there is one: snapshots of other regions keep their hash.
        **({"map_review_number": region.map_review_number} if region.map_review_number else {}),
        "as_of": region.as_of.isoformat(),
        "language": region.language,
        "levels": [level.model_dump(mode="json") for level in region.levels],
        "operators": [o.model_dump(mode="json") for o in region.operators],
        "services": [s.model_dump(mode="json") for s in region.services],
        "targets": [t.model_dump(mode="json", by_alias=True) for t in region.targets],
        "layers": [x.model_dump(mode="json") for x in region.layers],
        "inputs": {s: _input(x) for s, x in sorted(prepared.loaded.items())},
        "planes": {
            "distance": {
                "crs": prepared.ground.places.planes.distance.crs.to_string(),
                "scale_error": prepared.ground.places.planes.distance.scale_error,
            },
            "area": {
                "crs": prepared.ground.places.planes.area.crs.to_string(),
                "scale_error": prepared.ground.places.planes.area.scale_error,
            },
        },
        "since": since.name if since else None,
        "warnings": _warnings(prepared.findings),
    }


def _input(loaded: Loaded) -> dict[str, Any]:
    source = loaded.source
    return {
        "path": source.path,
        "files": loaded.hashes,
        "rows": len(loaded.table.frame),
        "kind": source.kind.value,
        "edition": source.edition,
        "crs": source.crs,
        "licence": source.licence,
        "attribution": source.attribution,
        "origin": source.origin,
    }


def _warnings(findings: Sequence[Finding]) -> dict[str, int]:
    """Return how often each rule found something."""
    counts: dict[str, int] = {}
    for f in findings:
        counts[f.rule] = counts.get(f.rule, 0) + 1
    return dict(sorted(counts.items()))
