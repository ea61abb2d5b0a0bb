"""Samples: the points that stand for a unit (its place, its children, or raster cells), with their weights.

`within`, `population_share` and `household_share` test samples one by one; a unit's share is the weight of
its covered samples over the weight of all. Operators are joined sample by sample, so overlap counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geo.cover.by_unit import least, most
from geo.cover.planes import Geometries
from geo.cover.question import Features, Flags, Floats, Question, Voice
from geo.facts import COVERED, NONE, PARTIAL, UNKNOWN, Block, Codes, Evidence, Ints, Named, graded
from geo.units import Hierarchy


@dataclass(frozen=True)
class Samples:
    """Points that stand for units: arrays over samples, sorted by owner.

    `owner` is a position in the question's units, `place` that of the unit in the hierarchy whose place it is
    (-1 for a raster's cell); weights are NaN where not stated. `named` says for each unit what it is measured
    by. A unit without a sample is unknown.
    """

    owner: Ints
    place: Ints
    geometry: Geometries
    households: Floats
    population: Floats
    named: npt.NDArray[np.object_]

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Return the tree of the points, laid out once for all that is held against them."""
        return shapely.STRtree(self.geometry)


@dataclass(frozen=True)
class Tested:
    """What one operator's plant says of each sample: covered or not, by which feature, at what rate and distance.

    `feature` and `nearest` are positions in `ids`, -1 for none.
    """

    covered: Flags
    feature: Ints
    mbps: Floats
    nearest: Ints
    nearest_m: Floats
    ids: npt.NDArray[np.object_]


Test = Callable[[Samples, Features], Tested]


def place_samples(hierarchy: Hierarchy, units: Ints, at: Geometries, place: str) -> Samples:
    """Return one sample a unit.

    Parameters
    ----------
    at
        Places of the whole hierarchy in the plane of the test.
    place
        What they are called in the facts; a unit that is a point is called so.
    """
    places = at[units]
    owner = np.flatnonzero(~shapely.is_missing(places) & ~shapely.is_empty(places))
    named = np.where(shapely.get_type_id(hierarchy.geometry[units]) == 0, "point", place).astype(object)
    amounts = (hierarchy.amount("households")[units][owner], hierarchy.amount("population")[units][owner])
    return Samples(owner, units[owner], places[owner], *amounts, named)


def child_samples(hierarchy: Hierarchy, units: Ints, at: Geometries, place: str) -> Samples:
    """Return the children's places as samples; a unit without children stands for itself."""
    offsets, children = hierarchy.children(units)
    count = np.diff(offsets)
    childless = np.flatnonzero(count == 0)
    below = place_samples(hierarchy, children, at, place)
    alone = place_samples(hierarchy, units[childless], at, place)
    owner = np.concatenate([np.repeat(np.arange(len(units)), count)[below.owner], childless[alone.owner]])
    order = np.argsort(owner, kind="stable")
    named = np.where(count > 0, "children", place).astype(object)
    return Samples(
        owner[order],
        np.concatenate([below.place, alone.place])[order],
        np.concatenate([below.geometry, alone.geometry])[order],
        np.concatenate([below.households, alone.households])[order],
        np.concatenate([below.population, alone.population])[order],
        named,
    )


def sampled(question: Question, samples: Samples, test: Test, *, basis: str) -> dict[str, Block]:
    """Return the facts of any operator and of each one, from the samples tested against every voice.

    Parameters
    ----------
    basis
        "households" or "population": the share that decides the status. Where a unit's samples have no
        stated weight each counts one.
    """
    told = [_told(voice, samples, test) for voice in question.voices]
    return question.by_speakers(
        lambda op, speakers: _block(question, samples, op, _together([told[i] for i in speakers]), basis)
    )


@dataclass(frozen=True)
class _Told:
    """Sample by sample: covered, unknown, and by what; of one voice or of several together."""

    covered: Flags
    unknown: Flags
    mbps: Floats
    nearest_m: Floats
    nearest: Named
    evidence: tuple[tuple[Ints, npt.NDArray[np.object_]], ...]


def _told(voice: Voice, samples: Samples, test: Test) -> _Told:
    """Return what one voice tells; where only doubtful plant reaches a sample nobody knows."""
    tested = test(samples, voice.features)
    speaks = voice.known[samples.owner]
    covered = tested.covered & speaks
    unknown = ~speaks
    if len(voice.doubtful):
        unknown = unknown | (test(samples, voice.doubtful).covered & ~covered)
    feature = np.where(covered, tested.feature, np.where(speaks, tested.nearest, NONE))
    mbps = np.where(covered, tested.mbps, np.nan)
    return _Told(
        covered, unknown, mbps, tested.nearest_m, Named(tested.nearest, tested.ids), ((feature, tested.ids),)
    )


def _together(parts: Sequence[_Told]) -> _Told:
    """Return what voices tell together: covered by one; unknown where none covers and one does not know."""
    if len(parts) == 1:
        return parts[0]
    covered = np.logical_or.reduce([p.covered for p in parts])
    distance = np.array([p.nearest_m for p in parts])
    best = np.argmin(np.where(np.isnan(distance), np.inf, distance), axis=0)
    at = np.arange(distance.shape[1])
    return _Told(
        covered,
        ~covered & np.logical_or.reduce([p.unknown for p in parts]),
        np.fmax.reduce([p.mbps for p in parts]),
        distance[best, at],
        Named.stacked([p.nearest for p in parts]).take(best * distance.shape[1] + at),
        tuple((np.where(covered & ~p.covered, NONE, f), ids) for p in parts for f, ids in p.evidence),
    )


def _block(question: Question, samples: Samples, operator: str, reach: _Told, basis: str) -> Block:
    n = len(question.units)
    share = {b: weighted(samples, reach.covered, b, n) for b in ("households", "population")}
    empty = np.bincount(samples.owner, minlength=n) == 0
    silent = {
        b: np.where(empty, 1.0, weighted(samples, reach.unknown, b, n)) for b in ("households", "population")
    }
    unknown = silent[basis]
    status = status_of(share[basis], unknown, question)
    nearest = least(samples.owner, reach.nearest_m, n)
    return Block(
        service=question.service.id,
        operator=operator,
        units=question.units,
        status=status,
        unknown_share=unknown,
        share_area=np.full(n, np.nan),
        share_population=np.where(silent["population"] < 1, share["population"], np.nan),
        share_households=np.where(silent["households"] < 1, share["households"], np.nan),
        unknown_population=silent["population"],
        unknown_households=silent["households"],
        best_mbps=most(samples.owner, reach.mbps, n),
        nearest_m=np.append(reach.nearest_m, np.nan)[nearest],
        nearest=reach.nearest.take(nearest),
        basis_used=samples.named,
        rule=np.full(n, question.rule.rule, object),
        kind=np.full(n, question.kind(question.speakers()[operator]), object),
        declared=np.full(n, NONE, np.int8),
        evidence=_evidence(samples.owner, reach.evidence, n),
    )


def weighted(samples: Samples, chosen: Flags, basis: str, n: int) -> Floats:
    """Return, by unit, the weight of the chosen samples over the weight of all (NaN without samples).

    Where the weights of a unit's samples are unknown or sum to nothing, each sample counts one.
    """
    weights = samples.households if basis == "households" else samples.population
    total = np.bincount(samples.owner, weights, n)
    count = np.bincount(samples.owner, minlength=n)
    plain = ~(total > 0)
    used = np.where(plain[samples.owner], 1.0, weights)
    whole = np.where(plain, count, total)
    part = np.bincount(samples.owner, np.where(chosen, used, 0.0), n)
    with np.errstate(invalid="ignore", divide="ignore"):
        return part / whole


def status_of(share: Floats, unknown: Floats, question: Question) -> Codes:
    """Return the status of a covered share of which `unknown` more may be covered.

    Covered when the share reaches the service's threshold whatever the unknown part is; else a unit with an
    unknown part is partial where some of it is covered, and unknown where nothing of it is.
    """
    service = question.service
    status = graded(share, covered=service.covered, partial=service.partial)
    open_ = (unknown > 0) & (status != COVERED)
    return np.where(open_, np.where(share > service.partial, PARTIAL, UNKNOWN), status).astype(np.int8)


def _evidence(owner: Ints, reached_by: Sequence[tuple[Ints, npt.NDArray[np.object_]]], n: int) -> Evidence:
    """Return the features of each unit's samples, by voice, each once a voice."""
    parts = []
    for feature, ids in reached_by:
        there = feature >= 0
        parts.append(Evidence(np.searchsorted(owner[there], np.arange(n + 1)), feature[there], ids))
    one_each = len(parts) == 1 and bool((np.diff(owner) > 0).all())
    return parts[0] if one_each else Evidence.joined(parts)
