"""Rule `within`: covered when plant lies at most d metres from the unit's settled place (docs/rules/within.md)."""

from __future__ import annotations

import numpy as np

from geo.cover.planes import Geometries
from geo.cover.question import Features, Floats, Question
from geo.cover.samples import Tested, child_samples, place_samples, sampled
from geo.facts import NONE, Block
from geo.measure import MetricCRS
from geo.nearest import nearest


def within(question: Question) -> dict[str, Block]:
    """Return facts by the ellipsoidal distance from each place to the nearest plant.

    The limit is the rule's `distance_m`, else each feature's own `reach_m`. Places are the unit's own or,
    with place = "children", those of the units below weighted by households.
    """
    rule, place = question.rule, question.place
    if place == "children":
        samples = child_samples(question.hierarchy, question.units, "centroid")
    else:
        samples = place_samples(question.hierarchy, question.units, place)
    crs = question.planes.distance
    return sampled(question, samples, lambda g, f: within_reach(g, f, rule.distance_m, crs=crs), basis="households")


def within_reach(places: Geometries, plant: Features, distance_m: float | None, *, crs: MetricCRS) -> Tested:
    """Return which places lie within reach of the plant, by which feature, and at the best rate.

    Features of one reach and rate are searched together: few such groups, one search each.
    """
    n = len(places)
    covered, feature = np.zeros(n, bool), np.full(n, NONE, np.intp)
    best, chosen_m = np.full(n, np.nan), np.full(n, np.inf)
    nearest_m, nearest_at = np.full(n, np.inf), np.full(n, NONE, np.intp)
    reach = plant.reach_m if distance_m is None else np.full(len(plant), float(distance_m))
    for group in _groups(reach, plant.mbps):
        found = nearest(places, plant.geometry[group], crs=crs)
        if len(group) == 0:
            continue
        index, metres = group[found.index], found.distance_m
        nearer = metres < nearest_m
        nearest_m, nearest_at = np.where(nearer, metres, nearest_m), np.where(nearer, index, nearest_at)
        limit, rate = reach[group[0]], plant.mbps[group[0]]
        hit = metres <= limit
        better = hit & (~covered | (rate > best) | (~(best >= rate) & np.isfinite(rate)) | (_same(rate, best) & (metres < chosen_m)))
        covered |= hit
        feature, chosen_m = np.where(better, index, feature), np.where(better, metres, chosen_m)
        best = np.where(better & np.isfinite(rate), rate, best)
    return Tested(covered, feature, best, nearest_at, np.where(nearest_at >= 0, nearest_m, np.nan), plant.ids)


def _same(rate: float, best: Floats) -> np.ndarray:
    return (best == rate) | (np.isnan(best) & np.isnan(rate))


def _groups(reach: Floats, mbps: Floats) -> list[np.ndarray]:
    """Return positions of features with one reach and one rate, groups in order of reach, then rate."""
    key = np.column_stack([reach, np.where(np.isnan(mbps), -1.0, mbps)])
    if not len(key):
        return []
    _, inverse = np.unique(key, axis=0, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(inverse[order])) + 1)
