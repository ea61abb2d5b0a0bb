"""Rule `area_share`: the part of a unit's area under coverage polygons, overlap once (docs/rules/area_share.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo.cover.inside import inside
from geo.cover.planes import Geometries
from geo.cover.question import Features, Floats, Question, Voice
from geo.cover.samples import place_samples, sampled, status_of
from geo.facts import NONE, Block, Evidence, Named, merged
from geo.overlay import covered_area


def area_share(question: Question) -> dict[str, Block]:
    """Return facts by the covered share of the unit's polygon; a unit that is a point is inside or not.

    For any operator the polygons of all operators that speak of the unit are united first. Where one of
    them is silent, what the others leave open is unknown.
    """
    outline = question.places.flat[question.units]
    blocks = question.by_speakers(
        lambda op, speakers: _block(question, op, _told([question.voices[i] for i in speakers], outline))
    )
    points = np.flatnonzero(shapely.get_type_id(outline) == 0)
    if not len(points):
        return blocks
    by_point = _points(question.of(points))
    return {op: merged(blocks[op], by_point[op], points) for op in blocks}


def _points(question: Question) -> dict[str, Block]:
    """Return the facts of units that are points: inside a polygon or not."""
    samples = place_samples(question.hierarchy, question.units, question.places.flat_points, "point")
    return sampled(question, samples, inside, basis="households")


@dataclass(frozen=True)
class _Measured:
    share: Floats
    unknown: Floats
    evidence: Evidence


def _measure(outline: Geometries, plant: Features) -> _Measured:
    """Return the covered share of each outline, and the polygons that cover a part of it."""
    share, rows = np.full(len(outline), np.nan), np.flatnonzero(~shapely.is_missing(outline))
    is_point = shapely.get_type_id(outline[rows]) == 0
    areas = rows[~is_point]
    evidence = Evidence.none(len(outline))
    if len(areas):
        covered = covered_area(outline[areas], plant.flat, checked=True)
        whole = covered.unit_m2
        with np.errstate(invalid="ignore", divide="ignore"):
            share[areas] = np.clip(covered.area_m2 / whole, 0.0, 1.0)
        count = np.zeros(len(outline), np.intp)
        count[areas] = np.diff(covered.offsets)
        evidence = Evidence(np.concatenate([[0], np.cumsum(count)]), covered.cover, plant.ids)
    unknown = np.where(np.isnan(share), 1.0, 0.0)
    return _Measured(share, unknown, evidence)


def _told(voices: Sequence[Voice], outline: Geometries) -> _Measured:
    """Return the share under some voices' polygons, unit by unit over the voices that speak of it.

    What is not covered is unknown as far as one of them is silent, or plant lies there of which nobody says
    whether it counts.
    """
    speaks = np.array([v.known for v in voices])
    share, unknown = np.full(len(outline), np.nan), np.ones(len(outline))
    parts: list[tuple[np.ndarray, Evidence]] = []
    for pattern in np.unique(speaks.T, axis=0):
        rows = np.flatnonzero((pattern == speaks.T).all(axis=1))
        heard = [v for v, speaking in zip(voices, pattern, strict=True) if speaking]
        if not heard:
            continue
        found = _measure(outline[rows], Features.joined([v.features for v in heard]))
        doubtful = [v.doubtful for v in heard if len(v.doubtful)]
        most = found.share
        if doubtful:
            most = _measure(outline[rows], Features.joined([v.features for v in heard] + doubtful)).share
        share[rows] = found.share
        more = np.nan_to_num(most - found.share) if pattern.all() else 1.0 - np.nan_to_num(found.share)
        unknown[rows] = np.maximum(found.unknown, more)
        parts.append((rows, found.evidence))
    return _Measured(share, unknown, _scattered(parts, len(outline)))


def _scattered(parts: Sequence[tuple[np.ndarray, Evidence]], n: int) -> Evidence:
    """Return the evidence of disjoint sets of units as one; a unit of none has none."""
    every = Evidence.stacked([evidence for _, evidence in parts] + [Evidence.none(1)])
    place = np.full(n, len(every.offsets) - 2)  # the last unit, which has no evidence
    rows = [rows for rows, _ in parts]
    place[np.concatenate([*rows, np.empty(0, np.intp)])] = np.arange(sum(map(len, rows)))
    return every.take(place)


def _block(question: Question, operator: str, found: _Measured) -> Block:
    n = len(question.units)
    kind = question.kind(question.speakers()[operator])
    return Block(
        service=question.service.id,
        operator=operator,
        units=question.units,
        status=status_of(found.share, found.unknown, question),
        unknown_share=found.unknown,
        share_area=found.share,
        share_population=np.full(n, np.nan),
        share_households=np.full(n, np.nan),
        best_mbps=np.full(n, np.nan),
        nearest_m=np.full(n, np.nan),
        nearest=Named.none(n),
        basis_used=np.full(n, "area", object),
        rule=np.full(n, question.rule.rule, object),
        kind=np.full(n, kind, object),
        declared=np.full(n, NONE, np.int8),
        evidence=found.evidence,
    )
