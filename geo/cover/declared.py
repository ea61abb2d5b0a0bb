"""Rule `declared`: what a table says of a unit, and how it stands beside what was computed (docs/rules/declared.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from geo.facts import COVERED, NONE, PARTIAL, UNCOVERED, UNKNOWN, Block, Codes, Ints, Setting, unknown_block
from geo.region import Layer
from geo.region.schema import Column


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
    layer: Layer, frame: pd.DataFrame, *, operator: pd.Series, position: pd.Series, kind: str
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
    """
    unit = frame[layer.unit].astype(str).map(position)
    there = unit.notna().to_numpy()
    words = frame[layer.status.column].astype(str) if layer.status else pd.Series("covered", frame.index)
    spoken = dict.fromkeys((*layer.covered_values, "covered"), COVERED)
    spoken |= dict.fromkeys((*layer.partial_values, "partial"), PARTIAL)
    spoken |= dict.fromkeys((*layer.uncovered_values, "uncovered"), UNCOVERED)
    if isinstance(layer.service, Column):
        service = frame[layer.service.column].astype(str).to_numpy(dtype=object)
    else:
        service = np.full(len(frame), layer.service or "", object)
    return Statement(
        layer.id,
        unit.to_numpy(dtype=float, na_value=-1)[there].astype(np.intp),
        operator.to_numpy(dtype=object)[there],
        service[there],
        words.map(spoken).fillna(UNKNOWN).to_numpy(dtype=np.int8)[there],
        kind,
    )


def said(statements: list[Statement], service: str, operator: str, units: Ints) -> tuple[Codes, str]:
    """Return what is declared of each unit (-1 nothing), and the kind; the most favourable statement counts.

    An operator of "" or "*" takes statements of every operator.
    """
    out = np.full(len(units), NONE, np.int8)
    where = {int(u): i for i, u in enumerate(units)}
    kinds: list[str] = []
    for s in statements:
        mine = (s.service == service) | (s.service == "")
        if operator not in ("", "*"):
            mine &= (s.operator == operator) | (s.operator == "")
        for unit, status in zip(s.unit[mine], s.status[mine], strict=True):
            at = where.get(int(unit))
            if at is not None and (out[at] == NONE or status < out[at]):
                out[at] = status
        kinds.append(s.kind)
    return out, "+".join(sorted(set(kinds)))


def declared(setting: Setting, units: Ints, statuses: Codes) -> Block:
    """Return facts that are what was declared; a unit of which nothing was said is unknown."""
    block = unknown_block(replace(setting, basis_used="declared"), units)
    return beside(block, statuses, setting.kind)


def beside(block: Block, statuses: Codes, kind: str) -> Block:
    """Return computed facts with the declared ones beside them; where nothing is computed the declared counts."""
    fills = (block.status == UNKNOWN) & (statuses != NONE) & (statuses != UNKNOWN)
    whole = np.where(statuses == COVERED, 1.0, np.where(statuses == UNCOVERED, 0.0, np.nan))
    return replace(
        block,
        status=np.where(fills, statuses, block.status).astype(np.int8),
        unknown_share=np.where(fills, 0.0, block.unknown_share),
        share_area=np.where(fills, whole, block.share_area),
        share_population=np.where(fills, whole, block.share_population),
        share_households=np.where(fills, whole, block.share_households),
        basis_used=np.where(fills, "declared", block.basis_used).astype(object),
        rule=np.where(fills, "declared", block.rule).astype(object),
        kind=np.where(fills, kind, block.kind).astype(object),
        declared=statuses,
    )


def disagrees(block: Block) -> np.ndarray:
    """Return which units are declared one way and computed another, both known."""
    told = (block.declared != NONE) & (block.declared != UNKNOWN) & (block.status != UNKNOWN)
    return told & (block.declared != block.status)
