"""Doubts: what a figure rests on, and what would make it wrong.

A figure may be wrong where nothing is known of a unit, where what was declared and what was computed differ,
and where rows were set aside that could have told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.atlas import ANY, CODES, Atlas
from geo.gaps import inside
from geo.region.schema import CHILD_RULES
from geo.terms import SettlementClass, Status

Positions = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Doubts:
    """What would change the figure of a target at a place.

    Attributes
    ----------
    parts
        How many of the counted units are covered, partly, not, unknown.
    contradicted
        Of how many a declaration and the computed fact differ.
    set_aside
        Source id -> rows set aside, of the sources that the figure rests on; those without any left out.
    """

    parts: Mapping[Status, int]
    contradicted: int
    set_aside: Mapping[str, int]


def doubts(atlas: Atlas, i: int, target: Mapping[str, Any]) -> Doubts:
    """Return what would make a computed target's figure wrong at the unit of position `i`."""
    at = counted_units(atlas, i, target)
    status = atlas.status(target["service"], target["operator"])[at]
    aside = set_aside(atlas)
    return Doubts(
        parts={s: int((status == code).sum()) for s, code in CODES.items()},
        contradicted=int(contradicted(atlas, at, target["service"], target["operator"]).sum()),
        set_aside={s: aside[s] for s in sources_of(atlas, target) if s in aside},
    )


def contradicted(atlas: Atlas, at: Positions, service: str, operator: str = ANY) -> npt.NDArray[np.bool_]:
    """Return of which units an operator's declaration and the computed fact differ, both being known."""
    differ = np.zeros(len(at), dtype=bool)
    if not _declares(atlas, service):
        return differ
    named = atlas.operators_of(service) if operator == ANY else []
    for who in named or [operator]:
        status = atlas.status(service, who)[at]
        words = atlas.fact_column(service, who, "declared_status")[at]
        said = np.array([CODES[Status.of(w)] if isinstance(w, str) else 0 for w in words], dtype=np.uint8)
        differ |= (said != status) & _told(said) & _told(status)
    return differ


def _declares(atlas: Atlas, service: str) -> bool:
    """Return whether a declaration stands beside anything computed for a service."""
    return any(r["declared"] for s in atlas.services if s["id"] == service for r in s["rules"])


def _told(status: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return np.asarray((status > 0) & (status != CODES[Status.UNKNOWN]), dtype=bool)


def counted_units(atlas: Atlas, i: int, target: Mapping[str, Any]) -> Positions:
    """Return the units that a computed target counts inside a unit."""
    at = inside(atlas, i, target["level"])
    if target["class"] != SettlementClass.ALL:
        at = at[atlas.units["settlement_class"].to_numpy()[at] == target["class"]]
    return at


def set_aside(atlas: Atlas) -> dict[str, int]:
    """Return source id -> how many of its rows were set aside, by the order of sources."""
    sources = atlas.snapshot.arrow("quarantine", ["source"])["source"].to_pylist()
    return dict(sorted(Counter(sources).items()))


def rules_of(atlas: Atlas, target: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rules that a computed target rests on: its level's, and where they ask the units below, theirs."""
    service = next(s for s in atlas.services if s["id"] == target["service"])
    order = [x["id"] for x in atlas.levels]
    depth, out = order.index(target["level"]), []
    while depth < len(order):
        mine = [r for r in service["rules"] if r["level"] == order[depth]]
        out += mine
        if not any(r["rule"] in CHILD_RULES for r in mine):
            break
        depth += 1
    return out


def layers_of(atlas: Atlas, rule: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the blocks of the layers that a rule asks, with the tables that stand beside it."""
    named = dict.fromkeys([*rule.get("layers", ()), *rule.get("declared", ())])
    return [x for x in atlas.manifest["layers"] if x["id"] in named]


def sources_of(atlas: Atlas, target: Mapping[str, Any]) -> list[str]:
    """Return the ids of the sources that a computed target rests on: its layers', then those of its units."""
    layers = [x["source"] for rule in rules_of(atlas, target) for x in layers_of(atlas, rule)]
    levels = [x["source"] for x in atlas.levels if x["id"] in {r["level"] for r in rules_of(atlas, target)}]
    return list(dict.fromkeys([*layers, *levels]))
