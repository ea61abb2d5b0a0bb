"""The ground of a run: every source read and checked, the units, the plant and the planes.

Nothing is computed here that a rule decides; what is wrong with the input is collected as findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from geo.cover.decide import Ground
from geo.cover.declared import Statement, statement, surveyed
from geo.cover.places import Places
from geo.cover.planes import Geometries, planes_for
from geo.cover.question import Raster
from geo.datum import datum_of, declared_datum, same_datum
from geo.errors import SourceError
from geo.examine import examine_layer, examine_level, examine_source
from geo.findings import Finding
from geo.measure import project
from geo.plant import operator_ids, plant_table, unknown_operators
from geo.read.table import Refused, SourceTable, refuse
from geo.region import Layer, Region, Source
from geo.reported import examine_reported
from geo.sources import Loaded, load, verified
from geo.terms import Action
from geo.units import Hierarchy, hierarchy, level_table

Say = Callable[[str], None]


@dataclass
class Survey:
    """What a run has read so far: loaded sources by id, and the findings in the order met, each once."""

    loaded: dict[str, Loaded] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    found: dict[tuple[object, ...], Finding] = field(default_factory=dict)

    @property
    def findings(self) -> list[Finding]:
        """Return what was found, in the order met."""
        return list(self.found.values())

    def add(self, findings: Iterable[Finding]) -> None:
        """Take down findings; one that another layer of the source has met already stands once."""
        for f in findings:
            self.found.setdefault((f.source, f.row, f.rule, f.action, *sorted(f.values.items())), f)


@dataclass(frozen=True)
class Prepared:
    """The ground to ask rules over, what was found on the way, the sources as loaded.

    Attributes
    ----------
    reported
        Source id -> its reported values that can count.
    """

    ground: Ground
    findings: list[Finding]
    loaded: dict[str, Loaded]
    reported: dict[str, pd.DataFrame] = field(default_factory=dict)


def prepare(region: Region, *, data: Path | None = None, say: Say = lambda _: None) -> Prepared:
    """Return the ground of a region: sources read, checked and joined.

    Raises
    ------
    SourceError
        A source that units rest on is missing or refused. A refused layer of plant does not stop the run:
        it is in the findings, and what it would tell is unknown.
    """
    survey = Survey()
    say("units")
    units = _hierarchy(region, survey, data)
    rows = {}
    for layer in region.layers:
        say(f"layer {layer.id}")
        rows[layer.id] = _rows(region, layer, units, survey, data)
    named = sorted({t.reported for t in region.targets if t.reported})
    reported = {s: _reported(region, region.source(s), units, survey, data) for s in named}
    ground, findings = ground_of(region, units, rows, rasters=_rasters(region, survey, data))
    return Prepared(ground, survey.findings + findings, survey.loaded, reported)


def units_of(region: Region, *, data: Path | None = None) -> Hierarchy:
    """Return a region's units alone.

    Raises
    ------
    SourceError
        A source that they rest on is missing or refused.
    """
    return _hierarchy(region, Survey(), data)


def ground_of(
    region: Region,
    units: Hierarchy,
    rows: Mapping[str, pd.DataFrame],
    *,
    rasters: Mapping[str, Raster] | None = None,
) -> tuple[Ground, list[Finding]]:
    """Return the ground over checked rows, and what was found in joining them; the units get their area.

    Parameters
    ----------
    rows
        Layer id -> its sound rows (geometry in lon/lat); an empty table is a layer that tells nothing.
    """
    planes = planes_for(units.geometry[~shapely.is_missing(units.geometry)], region.metric_crs)
    places = Places(units, planes)
    units.table["area_m2"] = np.where(_is_area(places.flat), shapely.area(places.flat), np.nan)
    plant, flat, statements = {}, {}, {}
    findings: list[Finding] = []
    for layer in region.layers:
        if layer.geometry == "table":
            statements[layer.id] = _statement(layer, rows[layer.id], region, units, findings)
        else:
            made = plant_table(layer, rows[layer.id], operators=region.operators, as_of=region.as_of)
            findings += made.findings
            plant[layer.id] = made
            flat[layer.id] = project(
                made.geometry, planes.area if layer.geometry == "area" else planes.distance
            )
    kinds = {layer.id: region.source(layer.source).kind.value for layer in region.layers}
    return Ground(region, units, places, plant, flat, statements, rasters or {}, kinds), findings


def _is_area(geometries: Geometries) -> np.ndarray:
    return np.isin(shapely.get_type_id(geometries), (3, 6))


def _hierarchy(region: Region, survey: Survey, data: Path | None) -> Hierarchy:
    """Return the units of all levels, each level checked against the one above."""
    tables: list[pd.DataFrame] = []
    for level in region.levels:
        parents = tables[-1] if tables else None
        source = region.source(level.source)
        loaded = _load(region, source, survey, data)
        if source.id in survey.refused:
            raise _refusal(f for f in survey.findings if f.source == source.id)
        checked = examine_level(region, level, loaded.table, parents)
        survey.add(checked.findings)
        if checked.rejected:
            raise _refusal(checked.findings)
        tables.append(level_table(level, checked.frame, parents))
    return hierarchy(region.levels, tables)


def _refusal(findings: Iterable[Finding]) -> SourceError:
    """Return the error that says why a source that units rest on is refused."""
    grave = [f for f in findings if f.action is Action.REJECT]
    return SourceError("\n".join(f"{f.source}: {f.message()} {f.remedy()}" for f in grave))


def _load(region: Region, source: Source, survey: Survey, data: Path | None) -> Loaded:
    """Return a source, read once however many layers it serves; its reader's findings are kept.

    A source with columns about persons keeps no row: none can reach a table or a message.
    """
    if source.id not in survey.loaded:
        loaded = load(region, source, data=data)
        survey.add(loaded.table.findings)
        checked = examine_source(region, source, loaded.table)
        if checked.rejected:
            survey.add(checked.findings)
            survey.refused.add(source.id)
            loaded = replace(loaded, table=replace(loaded.table, frame=checked.frame, lines={}))
        survey.loaded[source.id] = loaded
    return survey.loaded[source.id]


def _rows(region: Region, layer: Layer, units: Hierarchy, survey: Survey, data: Path | None) -> pd.DataFrame:
    """Return a layer's sound rows; a source refused as a whole has none, and the findings say so.

    Raises
    ------
    SourceError
        The source is missing.
    """
    source = region.source(layer.source)
    try:
        table = _load(region, source, survey, data).table
    except Refused as refused:
        survey.add([refused.finding])
        return pd.DataFrame()
    if source.id in survey.refused:
        return pd.DataFrame()
    checked = examine_layer(region, layer, table, units)
    survey.add(checked.findings)
    return checked.frame


def _reported(
    region: Region, source: Source, units: Hierarchy, survey: Survey, data: Path | None
) -> pd.DataFrame:
    """Return a source's reported values that can count; the findings say which cannot."""
    table = _load(region, source, survey, data).table
    if source.id in survey.refused:
        return table.frame
    checked = examine_reported(region, source.id, table, units.codes.tolist())
    survey.add(checked.findings)
    return checked.frame


def _statement(
    layer: Layer, rows: pd.DataFrame, region: Region, units: Hierarchy, findings: list[Finding]
) -> Statement:
    """Return what a table declares; a code that is no unit of the region is a finding."""
    at = units.at(layer.unit_level or "")
    position = pd.Series(at, index=units.table["code"].to_numpy()[at])
    operator, strange = operator_ids(layer, rows, region.operators)
    findings += unknown_operators(layer, rows, strange)
    rows, operator = rows[~strange.to_numpy()], operator[~strange.to_numpy()]
    if layer.unit in rows.columns:
        findings += [
            Finding(
                layer.source,
                f"row {row} ({code})",
                "region.unit_unknown",
                Action.QUARANTINE,
                {"code": str(code), "level": layer.unit_level or ""},
            )
            for row, code in rows.loc[_strange(rows[layer.unit], position.index), layer.unit].items()
        ]
    kind = region.source(layer.source).kind.value
    told = statement(layer, rows, operator=operator, position=position, kind=kind, as_of=region.as_of)
    return surveyed(told, layer, units)


def _strange(codes: pd.Series, known: pd.Index) -> np.ndarray:
    """Return which codes are of no unit."""
    return known.get_indexer(pd.Index(codes.astype(str))) < 0


def _rasters(region: Region, survey: Survey, data: Path | None) -> dict[str, Raster]:
    """Return the population rasters that rules name."""
    named = sorted({r.population for s in region.services for r in s.rules if r.population})
    return {source: _raster(region, region.source(source), survey, data) for source in named}


def _raster(region: Region, source: Source, survey: Survey, data: Path | None) -> Raster:
    """Return the people of a raster that is the file stated, in the CRS declared.

    Raises
    ------
    Refused
        It is another file, of another datum, or no sound raster.
    """
    from geo.read.raster import people_by_cell, read_raster

    path, digests = verified(region, source, data)
    try:
        raster = read_raster(path)
    except Refused as refused:
        raise Refused(replace(refused.finding, source=source.id)) from None
    stated = datum_of(raster.crs)
    if source.crs and not same_datum(stated, declared_datum(source.crs)):
        raise refuse(source.id, "datum.differs", stated=stated.name, declared=source.crs)
    survey.add(replace(f, source=source.id) for f in raster.findings)
    survey.loaded[source.id] = Loaded(source, SourceTable(pd.DataFrame(), "GeoTIFF"), digests)
    return Raster(*people_by_cell(raster))
