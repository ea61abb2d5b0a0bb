"""Cover: ask every service's rules, lowest level first, and return the facts.

Each rule answers for any set of units on its own, so that units may be asked county by county and give the
same bytes: a unit's fact depends on the unit, its children and the plant, on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from geo.cover.area_share import area_share
from geo.cover.children import from_children
from geo.cover.declared import Statement, beside_all, declared, said
from geo.cover.people_share import household_share, population_share
from geo.cover.places import Places
from geo.cover.planes import Geometries
from geo.cover.question import Features, Flags, Question, Raster, Voice
from geo.cover.survey import taken_in
from geo.cover.within import within
from geo.facts import ANY, Block, Evidence, Ints, Named, Setting, unknown_block
from geo.plant import Plant
from geo.region import Layer, Region, Rule, Service
from geo.region.schema import CHILD_RULES
from geo.units import CLASSES, Hierarchy

#: Rules that measure plant, by their name in the region file.
RULES: dict[str, Callable[[Question], dict[str, Block]]] = {
    "within": within,
    "area_share": area_share,
    "population_share": population_share,
    "household_share": household_share,
}


@dataclass(frozen=True)
class Ground:
    """All that rules are asked over: units, plant, statements, rasters and the planes.

    Attributes
    ----------
    plant
        Layer id -> its plant, for layers with geometry.
    flat
        Layer id -> its features in their plane: areas in the equal-area one, points and lines in the conformal.
    statements
        Layer id -> what it declares, for tables.
    rasters
        Source id -> people by cell.
    kinds
        Layer id -> kind of its source.
    """

    region: Region
    hierarchy: Hierarchy
    places: Places
    plant: Mapping[str, Plant]
    flat: Mapping[str, Geometries]
    statements: Mapping[str, Statement]
    rasters: Mapping[str, Raster]
    kinds: Mapping[str, str]


def cover(ground: Ground, *, units: Ints | None = None, jobs: int = 1) -> list[Block]:
    """Return the facts of all services, as blocks in the order of services, rules and operators.

    Parameters
    ----------
    units
        Positions to answer for (with all units below them); None for all.
    jobs
        Services asked side by side; the answer does not depend on it. One alone asks in the calling thread.
    """
    wanted = np.arange(len(ground.hierarchy.table)) if units is None else units
    ask, services = partial(cover_service, ground, wanted=wanted), ground.region.services
    if jobs <= 1:
        return [block for service in services for block in ask(service)]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        return [block for blocks in pool.map(ask, services) for block in blocks]


def cover_service(ground: Ground, service: Service, wanted: Ints) -> list[Block]:
    """Return the facts of one service: rules from the lowest level up, each for the units left to it."""
    hierarchy = ground.hierarchy
    depth = {level: i for i, level in enumerate(hierarchy.levels)}
    done: list[Block] = []
    decided = np.zeros(len(hierarchy.table), bool)
    for rule in sorted(service.rules, key=lambda r: -depth[r.level]):
        units = wanted[(hierarchy.level[wanted] == depth[rule.level]) & ~decided[wanted]]
        if rule.classes:
            units = units[np.isin(hierarchy.settlement[units], [CLASSES.index(c) for c in rule.classes])]
        decided[units] = True
        if len(units):
            done += _answers(ground, service, rule, units, done)
    return done


def _answers(ground: Ground, service: Service, rule: Rule, units: Ints, done: Sequence[Block]) -> list[Block]:
    """Return one rule's facts for every operator and for any operator, declared ones beside."""
    if rule.rule in CHILD_RULES:
        depth = ground.hierarchy.levels.index(rule.level) + 1
        below = [b for b in done if ground.hierarchy.level[b.units[0]] == depth]
        named = _operators_at(ground, service, ground.hierarchy.levels[depth])
        blocks = [
            from_children(rule, ground.hierarchy, units, b) for b in _by_operator(below, named, service)
        ]
    elif rule.rule == "declared":
        blocks = _declared(ground, service, rule, units)
    else:
        blocks = list(RULES[rule.rule](_question(ground, service, rule, units)).values())
    if rule.declared and rule.rule != "declared":
        statements = [ground.statements[name] for name in rule.declared]
        blocks = beside_all(blocks, statements, service.id)
    return blocks


def _operators_at(ground: Ground, service: Service, level: str) -> list[str]:
    """Return the operators that a service's rules at a level answer for, whether or not a unit stands there.

    So a unit without units below has the same facts whatever else is asked with it.
    """
    out = {ANY}
    for rule in (r for r in service.rules if r.level == level):
        if rule.rule in CHILD_RULES:
            depth = ground.hierarchy.levels.index(level) + 1
            out |= set(_operators_at(ground, service, ground.hierarchy.levels[depth]))
        elif rule.rule == "declared":
            out |= set(_declared_operators(ground, rule))
        else:
            for name in rule.layers:
                out |= set(_operators_of(ground.region.layer(name), ground.plant[name])) - {""}
    return sorted(out)


def _by_operator(blocks: Sequence[Block], operators: Sequence[str], service: Service) -> list[Block]:
    """Return one block an operator out of blocks of the same level (rules for different classes)."""
    nothing = np.empty(0, np.intp)
    return [
        _stacked(mine) if mine else unknown_block(Setting(service.id, op, "", ""), nothing)
        for op in operators
        for mine in [[b for b in blocks if b.operator == op]]
    ]


def _stacked(blocks: Sequence[Block]) -> Block:
    """Return blocks of disjoint units as one; evidence is left out, since parents name children instead."""
    if len(blocks) == 1:
        return blocks[0]
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(b, name) for b in blocks])
        for name in Block.__dataclass_fields__
        if isinstance(getattr(blocks[0], name), np.ndarray)
    }
    nearest = Named.stacked([b.nearest for b in blocks])
    return replace(blocks[0], **arrays, nearest=nearest, evidence=Evidence.none(len(arrays["units"])))


def _declared(ground: Ground, service: Service, rule: Rule, units: Ints) -> list[Block]:
    """Return facts that rest on tables alone, by operator and for any."""
    statements = [ground.statements[name] for name in (*rule.layers, *rule.declared)]
    out = []
    for operator in (ANY, *_declared_operators(ground, rule)):
        statuses, kind = said(statements, service.id, operator, units)
        out.append(declared(Setting(service.id, operator, "declared", kind), units, statuses))
    return out


def _declared_operators(ground: Ground, rule: Rule) -> list[str]:
    """Return the operators that the tables of a rule name."""
    statements = [ground.statements[name] for name in (*rule.layers, *rule.declared)]
    return sorted({str(op) for s in statements for op in s.operator if op} - {ANY})


def _question(ground: Ground, service: Service, rule: Rule, units: Ints) -> Question:
    """Return the question that a plant rule is asked."""
    voices = []
    for name in rule.layers:
        layer = ground.region.layer(name)
        for operator in _operators_of(layer, ground.plant[name]):
            counts, doubtful = _features(ground, name, operator, rule)
            voices.append(Voice(operator, counts, doubtful, _speaks(ground, layer, operator, units)))
    voices.sort(key=lambda v: v.operator)
    level = next(x for x in ground.region.levels if x.id == rule.level)
    return Question(
        service=service,
        rule=rule,
        hierarchy=ground.hierarchy,
        units=units,
        voices=tuple(voices),
        places=ground.places,
        raster=ground.rasters.get(rule.population or ""),
        place=rule.place or level.place,
    )


def _operators_of(layer: Layer, plant: Plant) -> list[str]:
    """Return the operators that a layer tells of, those that its survey names too; "" where it names none."""
    if isinstance(layer.operator, str):
        return [layer.operator]
    surveyed = {s.operator for s in layer.survey if s.operator}
    return sorted(set(plant.serving) | surveyed) or [""]


def _features(ground: Ground, layer: str, operator: str, rule: Rule) -> tuple[Features, Features]:
    """Return one operator's plant in service out of one layer: what counts for a rule, and what may count.

    With a least rate only plant that states that much counts; plant that states no rate may.
    """
    table, nothing = ground.plant[layer].table, np.zeros(len(ground.flat[layer]), bool)
    mine = ground.plant[layer].serving.get(operator, nothing)
    if rule.technologies:
        mine = mine & table["technology"].isin(rule.technologies).to_numpy(dtype=bool)
    if rule.min_mbps is None:
        return _chosen(ground, layer, mine), _chosen(ground, layer, nothing)
    mbps = table["mbps"].to_numpy(dtype=float)
    return _chosen(ground, layer, mine & (mbps >= rule.min_mbps)), _chosen(
        ground, layer, mine & np.isnan(mbps)
    )


def _chosen(ground: Ground, layer: str, rows: Flags) -> Features:
    table = ground.plant[layer].table
    return Features(
        ground.plant[layer].ids[rows],
        ground.flat[layer][rows],
        table["mbps"].to_numpy(dtype=float)[rows],
        table["reach_m"].to_numpy(dtype=float)[rows],
        ground.kinds[layer],
    )


def _speaks(ground: Ground, layer: Layer, operator: str, units: Ints) -> Flags:
    """Return which units the layer speaks of for an operator."""
    speaks = np.full(len(units), not ground.plant[layer.id].silent)
    for survey in layer.survey:
        if survey.operator in (None, operator):
            speaks &= taken_in(survey, ground.hierarchy, units)
    return speaks
