"""Rules `population_share` and `household_share`: the part of a unit's people inside coverage areas.

People are, in this order: a population raster, the units below with their people, else the unit's area
(docs/rules/population_share.md); `basis_used` says which.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import shapely

from geo.cover.area_share import area_share
from geo.cover.inside import inside
from geo.cover.planes import Geometries, Planes
from geo.cover.question import Question, Raster
from geo.cover.samples import Samples, child_samples, sampled
from geo.facts import NONE, Block, Ints, merged
from geo.points import points_in
from geo.units import Hierarchy


def population_share(question: Question) -> dict[str, Block]:
    """Return facts by the share of people inside the coverage areas."""
    return _people_share(question, "population")


def household_share(question: Question) -> dict[str, Block]:
    """Return facts by the share of households inside the coverage areas."""
    return _people_share(question, "households")


def _people_share(question: Question, basis: str) -> dict[str, Block]:
    """Return facts by people where there are any below the unit, by area where there are none."""
    samples = people(question)
    has_people = np.isin(np.arange(len(question.units)), samples.owner)
    by_people = sampled(question, samples, inside, basis=basis)
    by_area = {
        op: _people_as_area(b) for op, b in area_share(question.of(np.flatnonzero(~has_people))).items()
    }
    return {op: merged(by_people[op], by_area[op], np.flatnonzero(~has_people)) for op in by_people}


def _people_as_area(block: Block) -> Block:
    """Return facts by area whose people are taken to live evenly over it (basis_used says "area")."""
    return replace(block, share_population=block.share_area, share_households=block.share_area)


def people(question: Question) -> Samples:
    """Return where the people of each unit are: raster cells if a raster is given, else the units below."""
    if question.raster is not None:
        return raster_samples(question.raster, question.places.flat[question.units], question.places.planes)
    samples = child_samples(question.hierarchy, question.units, question.places.flat_points, "centroid")
    below = samples.named == "children"
    keep = below[samples.owner] | _points(question.hierarchy, question.units)[samples.owner]
    return Samples(
        samples.owner[keep],
        samples.place[keep],
        samples.geometry[keep],
        samples.households[keep],
        samples.population[keep],
        samples.named,
    )


def _points(hierarchy: Hierarchy, units: Ints) -> npt.NDArray[np.bool_]:
    points: npt.NDArray[np.bool_] = shapely.get_type_id(hierarchy.geometry[units]) == 0
    return points


def raster_samples(raster: Raster, flat_units: Geometries, planes: Planes) -> Samples:
    """Return the centres of raster cells with people as samples of the unit that they lie in."""
    flat = planes.flat(shapely.points(raster.lon, raster.lat))
    cell, unit = points_in(shapely.get_coordinates(flat), flat_units)
    first = np.flatnonzero(np.diff(cell, prepend=-1))  # a centre on a border belongs to one unit only
    cell, unit = cell[first], unit[first]
    order = np.lexsort([cell, unit])
    cell, unit = cell[order], unit[order]
    amount = raster.people[cell]
    nowhere = np.full(len(cell), NONE, np.intp)
    return Samples(unit, nowhere, flat[cell], amount, amount, np.full(len(flat_units), "raster", object))
