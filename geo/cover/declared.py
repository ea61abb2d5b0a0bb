"""Rule `declared`: what a table says of a unit, and how it stands beside what was computed (docs/rules/declared.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.cover.survey import taken_in
from geo.facts import (
    ANY,
    COVERED,
    NONE,
    PARTIAL,
    UNCOVERED,
    UNKNOWN,
    Block,
    Codes,
    Ints,
    Setting,
    unknown_block,
)
from geo.plant import dates
from geo.region import Layer
from geo.region.schema import Column
from geo.units import Hierarchy

Flags = npt.NDArray[np.bool_]

#: Fields of a block that say how much of a unit is unknown.
UNKNOWN_PARTS = ("unknown_share", "unknown_area", "unknown_population", "unknown_households")


@dataclass(frozen=True)
class Statement:
    """What one table declares: arrays over its rows (unit positions, operator, service, status)."""

    layer: str
    unit: Ints
    operator: np.ndarray
    service: np.ndarray
    status: Codes
    kind: str


def statement(
    layer: Layer,
    frame: pd.DataFrame,
    *,
    operator: pd.Series,
    position: pd.Series,
    kind: str,
    as_of: dt.date | None = None,
) -> Statement:
    """Return the statement of a declared table.

    Parameters
    ----------
    frame
        Checked rows; `layer.unit` names the column of the unit's code.
    operator
        Operator ids by row ("" where the layer has none).
    position
        Unit code -> position in the hierarchy, for `layer.unit_level`.
    as_of
        The day that `since` and `until` are held against; None takes every row as it stands.
    """
    if frame.empty:  # a refused source, or every row set aside: it declares nothing, columns or none
        no = np.empty(0, object)
        return Statement(layer.id, np.empty(0, np.intp), no, no, np.empty(0, np.int8), kind)
    unit = frame[layer.unit].astype(str).map(position)
    status = _status(layer, frame)
    if as_of is not None:
        status = _at(layer, frame, status, as_of)
    there = unit.notna().to_numpy()
    if isinstance(layer.service, Column):
        service = frame[layer.service.column].astype(str).to_numpy(dtype=object)
    else:
        service = np.full(len(frame), layer.service or "", object)
    return Statement(
        layer.id,
        unit.to_numpy(dtype=float, na_value=-1)[there].astype(np.intp),
        operator.to_numpy(dtype=object)[there],
        service[there],
        status[there],
        kind,
    )


def _status(layer: Layer, frame: pd.DataFrame) -> Codes:
    """Return what each row's status word means; a word that the layer does not list is unknown."""
    words = frame[layer.status.column].astype(str) if layer.status else pd.Series("covered", frame.index)
    spoken = dict.fromkeys((*layer.covered_values, "covered"), COVERED)
    spoken |= dict.fromkeys((*layer.partial_values, "partial"), PARTIAL)
    spoken |= dict.fromkeys((*layer.uncovered_values, "uncovered"), UNCOVERED)
    return np.asarray(words.map(spoken).fillna(UNKNOWN), dtype=np.int8)


def _at(layer: Layer, frame: pd.DataFrame, status: Codes, as_of: dt.date) -> Codes:
    """Return what the rows say on one day.

    A service that begins later or has ended is not there: uncovered. Of a place without service (or with an
    unknown one) before or after its dates such a row says nothing.
    """
    since, until, day = dates(layer.since, frame), dates(layer.until, frame), pd.Timestamp(as_of)
    outside = ((since > day) | (until <= day)).to_numpy()
    serves = (status == COVERED) | (status == PARTIAL)
    return np.where(outside, np.where(serves, UNCOVERED, UNKNOWN), status).astype(np.int8)


def surveyed(said: Statement, layer: Layer, hierarchy: Hierarchy) -> Statement:
    """Return the statement with what it says outside the layer's survey made unknown."""
    speaks = np.ones(len(said.unit), bool)
    for survey in layer.survey:
        meant = (survey.operator is None) | (said.operator == survey.operator)
        speaks &= ~meant | taken_in(survey, hierarchy, said.unit)
    return replace(said, status=np.where(speaks, said.status, UNKNOWN).astype(np.int8))


def said(statements: Sequence[Statement], service: str, operator: str, units: Ints) -> tuple[Codes, str]:
    """Return what is declared of each unit (-1 nothing), and the kind.

    Of several rows of one operator the most favourable counts; a row without operator counts for each. Any
    operator ("" or "*") is covered where one is; else unknown where one that these tables name is silent or
    unknown; else partial where one is, and uncovered where all are.
    """
    spoken = [s for s in statements if _of(s, service, None).any()]
    kind = "+".join(sorted({s.kind for s in spoken}))
    if operator not in ("", ANY):
        return _favourable(spoken, service, operator, units), kind
    named = operators(spoken, service) or [""]
    return any_of([_favourable(spoken, service, o, units) for o in named]), kind


def operators(statements: Sequence[Statement], service: str) -> list[str]:
    """Return the operators that tables name for a service, in order of id."""
    return sorted(
        {str(o) for s in statements for o in s.operator[_of(s, service, None)] if o not in ("", ANY)}
    )


def any_of(voices: Sequence[Codes]) -> Codes:
    """Return any operator's status out of each one's; -1 where none says anything."""
    each = np.array(voices)
    silent = ((each == NONE) | (each == UNKNOWN)).any(axis=0)
    rest = np.where(silent, UNKNOWN, np.where((each == PARTIAL).any(axis=0), PARTIAL, UNCOVERED))
    out = np.where((each == COVERED).any(axis=0), COVERED, rest)
    return np.where((each == NONE).all(axis=0), NONE, out).astype(np.int8)


def _of(said: Statement, service: str, operator: str | None) -> Flags:
    """Return which rows are of a service, and of an operator unless it is None."""
    mine: Flags = np.isin(said.service, [service, ""])
    return mine if operator is None else mine & np.isin(said.operator, [operator, "", ANY])


def _favourable(statements: Sequence[Statement], service: str, operator: str, units: Ints) -> Codes:
    """Return the most favourable status that one operator's rows give each unit, -1 without any."""
    best = np.full(int(units.max(initial=-1)) + 1, UNKNOWN + 1, np.int8)
    for s in statements:
        mine = _of(s, service, operator) & (s.unit < len(best))
        np.minimum.at(best, s.unit[mine], s.status[mine])
    found = best[units]
    return np.where(found > UNKNOWN, NONE, found).astype(np.int8)


def declared(setting: Setting, units: Ints, statuses: Codes) -> Block:
    """Return facts that are what was declared; a unit of which nothing was said is unknown."""
    block = unknown_block(replace(setting, basis_used="declared"), units)
    return beside(block, statuses, setting.kind)


def beside(block: Block, statuses: Codes, kind: str) -> Block:
    """Return computed facts with the declared ones beside; where nothing is computed the declared counts."""
    fills = (block.status == UNKNOWN) & (statuses != NONE) & (statuses != UNKNOWN)
    whole = np.where(statuses == COVERED, 1.0, np.where(statuses == UNCOVERED, 0.0, np.nan))
    return replace(
        block,
        status=np.where(fills, statuses, block.status).astype(np.int8),
        **_known(block, fills),
        share_area=np.where(fills, whole, block.share_area),
        share_population=np.where(fills, whole, block.share_population),
        share_households=np.where(fills, whole, block.share_households),
        basis_used=np.where(fills, "declared", block.basis_used).astype(object),
        rule=np.where(fills, "declared", block.rule).astype(object),
        kind=np.where(fills, kind, block.kind).astype(object),
        declared=statuses,
    )


def _known(block: Block, units: Flags) -> dict[str, Any]:
    """Return how much is unknown, nothing of some units."""
    return {name: np.where(units, 0.0, getattr(block, name)) for name in UNKNOWN_PARTS}


def beside_all(blocks: Sequence[Block], statements: Sequence[Statement], service: str) -> list[Block]:
    """Return each operator's computed facts with the declared ones beside, and any operator's out of these.

    Any operator is covered where one operator is, computed or declared. Where its computed status is
    unknown, the operators together decide it, those included that only the tables name; an operator that is
    silent both ways leaves it unknown.
    """
    units = blocks[0].units
    named = [b for b in blocks if b.operator not in ("", ANY)]
    own = [beside(b, *said(statements, service, b.operator, units)) for b in named]
    there = {b.operator for b in own}
    only = [o for o in operators(statements, service) if o not in there]
    voices = [b.status for b in own] + [said(statements, service, o, units)[0] for o in only]
    out = {b.operator: b for b in own}
    for block in blocks:
        if block.operator in ("", ANY):
            statuses, kind = said(statements, service, ANY, units)
            joined = any_of(voices) if voices and own else statuses
            out[block.operator] = replace(_joined(block, joined, kind), declared=statuses)
    return [out[b.operator] for b in blocks]


def _joined(block: Block, statuses: Codes, kind: str) -> Block:
    """Return any operator's facts with the joined statuses of all, where these tell more than the computed."""
    better = (statuses == COVERED) & (block.status != COVERED)
    told = (block.status == PARTIAL) & (statuses != UNKNOWN) & (statuses != NONE)
    open_ = replace(
        block,
        status=np.where(better, UNKNOWN, block.status).astype(np.int8),
        **_known(block, told),
    )
    return beside(open_, statuses, kind)


def disagrees(block: Block) -> Flags:
    """Return which units are declared one way and computed another, both known."""
    told = (block.declared != NONE) & (block.declared != UNKNOWN) & (block.status != UNKNOWN)
    out: Flags = told & (block.declared != block.status)
    return out
