"""Fibre as spans between nodes: spans of no length, twice, off their nodes; and in how many parts it falls.

A network is never joined unasked: lines that cross are not connected, parts that lie close are reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes, in_turn
from geo.check.geometry import geometries
from geo.check.thin import in_metres
from geo.measure import geodesic_distance, geodesic_length
from geo.terms import Action

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]

#: A span shorter than this [m] is none: stubs of 0.2 mm occur in the field.
NO_LENGTH_M = 0.01
#: A span of more degrees than this is longer, but for the last 600 m before a pole.
LONG_DEGREES = 1e-3
#: An end within this distance [m] of its node is taken for the node, and that is said from `EXACT_M` on.
SNAP_M = 1.0
EXACT_M = 0.01
#: Parts that come this close [m] count as one by geometry.
CLOSE_M = 50.0


@dataclass(frozen=True)
class SpanColumns:
    """Names of the columns of spans and nodes; an id, and the nodes that a span names, may be absent."""

    span: str | None = None
    start: str | None = None
    end: str | None = None
    node: str | None = None


def check_spans(
    frame: pd.DataFrame,
    *,
    source: str,
    nodes: pd.DataFrame | None = None,
    columns: SpanColumns | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Run every check of spans (lines in lon/lat) against each other and against their nodes (points)."""
    named = columns or SpanColumns()
    steps = [
        lambda f: check_no_loop(f, source=source, columns=named, lines=lines),
        lambda f: check_span_once(f, source=source, columns=named, lines=lines),
    ]
    if nodes is not None and len(nodes):
        steps.append(lambda f: check_span_ends(f, source=source, nodes=nodes, columns=named, lines=lines))
    steps.append(lambda f: check_parts(f, source=source, columns=named))
    return in_turn(frame, steps)


def check_no_loop(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: SpanColumns,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside spans without length, and those that name one node as both their ends."""
    notes = Notes(frame, source, columns.span, lines)
    geoms = geometries(frame)
    same = np.zeros(len(frame), bool)
    if columns.start in frame and columns.end in frame:
        same = (frame[columns.start].notna() & (frame[columns.start] == frame[columns.end])).to_numpy(
            dtype=bool
        )
    drawn = shapely.length(geoms)
    asked = np.flatnonzero(~((drawn > LONG_DEGREES) & (drawn < 180)) | same)
    length = np.full(len(frame), np.inf)
    length[asked] = geodesic_length(geoms[asked])
    short = length < NO_LENGTH_M
    for i in np.flatnonzero(short | same):
        row = notes.label(i)
        if short[i]:
            notes.row(
                row,
                "network.zero_length",
                millimetres=f"{1000 * length[i]:.3g}",
                loop="=" if same[i] else "≠",
            )
        else:
            notes.row(row, "network.loop", node=str(frame.at[row, columns.start]), length=f"{length[i]:,.1f}")
    return notes.done()


def check_span_once(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: SpanColumns,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside spans that lie on an earlier one, vertex by vertex in either direction."""
    notes = Notes(frame, source, columns.span, lines)
    first: dict[bytes, int] = {}
    for row, shape in zip(frame.index, shapely.to_wkb(shapely.normalize(geometries(frame))), strict=True):
        if shape in first:
            notes.row(row, "network.duplicate", other=notes.name(first[shape]))
        else:
            first[shape] = row
    return notes.done()


def check_span_ends(
    frame: pd.DataFrame,
    *,
    source: str,
    nodes: pd.DataFrame,
    columns: SpanColumns,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside spans with an end at no node, or at other nodes than they name; say small gaps."""
    notes = Notes(frame, source, columns.span, lines)
    ends = span_ends(geometries(frame))
    at = _nearest_nodes(ends, geometries(nodes))
    gap = _gaps(ends, geometries(nodes), at)
    ids = nodes[columns.node].astype(str).to_numpy() if columns.node in nodes else None
    named = _named(frame, columns) if ids is not None else None
    labels = ids if ids is not None else nodes.index.astype(str).to_numpy()
    for i, row in enumerate(frame.index):
        found = {
            "found": " – ".join(labels[at[i]]),
            "stated": " – ".join(named[i]) if named is not None else "-",
        }
        wide = float(gap[i].max())
        if named is not None and ids is not None and _else(named[i], ids[at[i]], set(ids), gap[i]):
            notes.row(row, "network.other_nodes", **found)
        elif wide > SNAP_M:
            notes.row(
                row, "network.end_off_node", metres=f"{wide:,.1f}", node=str(labels[at[i][gap[i].argmax()]])
            )
        elif wide > EXACT_M:
            notes.row(
                row,
                "network.snapped",
                Action.REPAIR,
                metres=f"{wide:.2f}",
                node=str(labels[at[i][gap[i].argmax()]]),
            )
    return notes.done()


def _else(stated: tuple[str, str], found: npt.NDArray[np.object_], ids: set[str], gap: Floats) -> bool:
    """Whether a span names other nodes than those at its ends; a name left empty says nothing."""
    if any(s and s not in ids for s in stated):
        return True
    met = {f for f, g in zip(found, gap, strict=True) if g <= SNAP_M}
    missing = {s for s in stated if s} - {str(f) for f in found}
    return bool(missing) and bool(met - set(stated))


def _named(frame: pd.DataFrame, columns: SpanColumns) -> list[tuple[str, str]] | None:
    if columns.start not in frame or columns.end not in frame:
        return None
    pairs = frame[[columns.start, columns.end]].fillna("").astype(str)
    return list(pairs.itertuples(index=False, name=None))


def span_ends(lines: npt.NDArray[np.object_]) -> Floats:
    """Return the first and last vertex of each line, shape (n, 2, 2)."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(owner, np.arange(len(lines)), "left")
    last = np.searchsorted(owner, np.arange(len(lines)), "right") - 1
    return np.stack([xy[first], xy[last]], axis=1)


def _nearest_nodes(ends: Floats, nodes: npt.NDArray[np.object_]) -> Ints:
    flat = in_metres(nodes)
    spots = in_metres(np.asarray(shapely.points(ends.reshape(-1, 2)), dtype=object), like=nodes)
    return np.asarray(shapely.STRtree(flat).nearest(spots), dtype=np.intp).reshape(-1, 2)


def _gaps(ends: Floats, nodes: npt.NDArray[np.object_], at: Ints) -> Floats:
    """Return the distance [m] from each end to its node, shape (n, 2)."""
    x, y = shapely.get_x(nodes)[at], shapely.get_y(nodes)[at]
    return geodesic_distance(ends[..., 0], ends[..., 1], x, y)


def check_parts(frame: pd.DataFrame, *, source: str, columns: SpanColumns) -> Checked:
    """Note in how many parts the network falls: by nodes named (or ends that meet), and by geometry."""
    notes = Notes(frame, source, columns.span)
    if len(frame) == 0:
        return notes.done()
    geoms = geometries(frame)
    named = _named(frame, columns)
    whole = named is not None and all(a and b for a, b in named)
    nodes = _numbered(named) if named is not None and whole else _end_numbers(geoms)
    by_node = components(*_links(nodes), len(frame))
    if by_node.max() > 0:
        flat = in_metres(geoms)
        a, b = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=CLOSE_M)
        near = components(a, b, len(frame))
        km = np.bincount(by_node, geodesic_length(geoms)) / 1000
        sizes = np.sort(km)[::-1]
        shown = ", ".join(f"{k:,.2f}" for k in sizes[:5]) + (" …" if len(sizes) > 5 else "")
        notes.whole(
            "network.parts",
            Action.NOTICE,
            parts=len(km),
            km=shown,
            near=int(near.max()) + 1,
            close=int(CLOSE_M),
        )
    return notes.done()


def _numbered(named: list[tuple[str, str]]) -> Ints:
    """Return the number of each node named, shape (n, 2)."""
    numbers, _ = pd.factorize(np.array([name for pair in named for name in pair], dtype=object))
    return numbers.reshape(-1, 2)


def _end_numbers(geoms: npt.NDArray[np.object_]) -> Ints:
    """Return a number for each end by its place, to a millionth of a degree (0.1 m), shape (n, 2)."""
    place = np.rint(span_ends(geoms).reshape(-1, 2) * 1e6).astype(np.int64)
    numbers, _ = pd.factorize(place[:, 0] * 1_000_000_000 + place[:, 1])
    return numbers.reshape(-1, 2)


def _links(nodes: Ints) -> tuple[Ints, Ints]:
    """Return pairs of spans that share a node, each with the first span at that node."""
    spans = np.repeat(np.arange(len(nodes)), 2)
    _, first = np.unique(nodes.ravel(), return_index=True)
    return spans[first][nodes.ravel()], spans


def components(a: Ints, b: Ints, n: int) -> Ints:
    """Return the number of the connected part of each of n things, numbered by first appearance.

    Parameters
    ----------
    a, b
        The pairs of things that are connected.

    Notes
    -----
    Each thing points to one of its part that is not after it, at first to itself. In every round the end of
    each chain is set to the least of its neighbours' ends, so that after two rounds at most half of the ends
    of a part are left.
    """
    root = np.arange(n)
    while (apart := root[a] != root[b]).any():
        one, other = root[a[apart]], root[b[apart]]
        np.minimum.at(root, np.maximum(one, other), np.minimum(one, other))
        while (root[root] != root).any():
            root = root[root]
    return np.unique(root, return_inverse=True)[1].astype(np.intp)
