"""Rule `within`: plant at most d metres from the unit's settled place (docs/rules/within.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo.cover.planes import Geometries
from geo.cover.question import Features, Floats, Question
from geo.cover.samples import Samples, Tested, child_samples, place_samples, sampled
from geo.facts import NONE, Block, Ints
from geo.measure import MetricCRS, geodesic_distance, to_lonlat
from geo.nearest import nearest_in_plane


def within(question: Question) -> dict[str, Block]:
    """Return facts by the ellipsoidal distance from each place to the nearest plant.

    The limit is the rule's `distance_m`, else each feature's own `reach_m`. Places are the unit's own or,
    with place = "children", those of the units below weighted by households.
    """
    rule, places = question.rule, question.places
    choose, place = (
        (child_samples, "centroid") if question.place == "children" else (place_samples, question.place)
    )
    samples = choose(question.hierarchy, question.units, places.metric(place), place)
    lon, lat = (degrees[samples.place] for degrees in places.lonlat(place))
    crs = places.planes.distance
    return sampled(
        question,
        samples,
        lambda s, f: within_reach(s, f, rule.distance_m, lonlat=(lon, lat), crs=crs),
        basis="households",
    )


def within_reach(
    samples: Samples,
    plant: Features,
    distance_m: float | None,
    *,
    lonlat: tuple[Floats, Floats],
    crs: MetricCRS,
) -> Tested:
    """Return which places of the conformal plane lie within reach of the plant, by which feature, and at the best rate.

    Of the features that reach a place the one of the best rate counts; of equal ones the nearest, of these
    the first by id. Where no feature states a rate that is the nearest, and no pair needs to be looked at.
    """
    places = samples.geometry
    found = nearest_in_plane(places, plant.flat, crs=crs, lonlat=lonlat)
    if distance_m is not None and np.isnan(plant.mbps).all():
        covered = found.distance_m <= distance_m
        feature = np.where(covered, found.index, NONE)
        return Tested(
            covered, feature, np.full(len(places), np.nan), found.index, found.distance_m, plant.ids
        )
    reach = plant.reach_m if distance_m is None else np.full(len(plant), float(distance_m))
    pairs = reached(samples.tree, plant.flat, reach, crs=crs)
    rate = np.where(np.isnan(plant.mbps), -1.0, plant.mbps)[pairs.feature]
    order = np.lexsort([pairs.feature, pairs.plane_m, -rate, pairs.place])
    first = order[np.flatnonzero(np.diff(pairs.place[order], prepend=-1))]
    feature = np.full(len(places), NONE, np.intp)
    feature[pairs.place[first]] = pairs.feature[first]
    mbps = np.where(feature >= 0, plant.mbps[feature], np.nan) if len(plant) else np.full(len(places), np.nan)
    return Tested(feature >= 0, feature, mbps, found.index, found.distance_m, plant.ids)


@dataclass(frozen=True)
class Reached:
    """Pairs of a place and a feature that reaches it, with their distance in the plane [m]."""

    place: Ints
    feature: Ints
    plane_m: Floats


def reached(tree: shapely.STRtree, lines: Geometries, reach_m: Floats, *, crs: MetricCRS) -> Reached:
    """Return every pair of a place and a feature (both in the plane) at most the feature's reach apart.

    Places are given as their tree.

    The plane decides where its scale error cannot matter; pairs nearer to the limit than that are measured
    on the ellipsoid.
    """
    asks = np.flatnonzero(~np.isnan(reach_m))
    slack = 2.0 * crs.scale_error + 1e-9
    flat = tree.geometries
    at, place = tree.query(lines[asks], predicate="dwithin", distance=reach_m[asks] * (1.0 + slack))
    feature = asks[at]
    metres, limit = shapely.distance(flat[place], lines[feature]), reach_m[feature]
    keep = metres <= limit * (1.0 - slack)
    doubt = np.flatnonzero(~keep)
    keep[doubt] = _ellipsoidal_m(flat[place[doubt]], lines[feature[doubt]], crs) <= limit[doubt]
    return Reached(place[keep], feature[keep], metres[keep])


def _ellipsoidal_m(one: Geometries, other: Geometries, crs: MetricCRS) -> Floats:
    """Return the ellipsoidal distance [m] between geometries of the plane, pair by pair."""
    ends = shapely.get_coordinates(shapely.shortest_line(one, other)).reshape(-1, 4)
    return geodesic_distance(*to_lonlat(ends[:, 0], ends[:, 1], crs), *to_lonlat(ends[:, 2], ends[:, 3], crs))
