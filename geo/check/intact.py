"""One vertex out of place in a layer that fits everywhere else: the mark of a damaged byte.

Formats without a checksum (GeoParquet, Shapefile, FlatGeobuf) decode a flipped bit to a sound outline of a
wrong shape. Only a hash that the sender states finds every such change; this finds those that move one
vertex of a mosaic whose borders match.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.check.mosaic import overlaps
from geo.measure import geodesic_distance

#: Fewer units than this show no rule that one of them could break.
MANY = 20
#: Vertices nearer than this [degrees], some 0.1 mm, are one.
SAME = 9


def check_intact(frame: pd.DataFrame, *, source: str, code: str | None = None) -> Checked:
    """Refuse a mosaic (areas in lon/lat) of which one vertex moved back would end the only overlaps."""
    notes = Notes(frame, source, code)
    geoms = geometries(frame)
    if len(geoms) < MANY:
        return notes.done()
    a, b, _ = overlaps(geoms, np.arange(len(geoms)))
    pairs = set(zip(a.tolist(), b.tolist(), strict=True))
    suspects = set.intersection(*({i, j} for i, j in pairs)) if 0 < len(pairs) <= 3 else set()
    for i in sorted(suspects):
        others = sorted({j for pair in pairs for j in pair} - {i})
        moved = _moved_vertex(geoms, i, others)
        if moved is not None:
            notes.whole("mosaic.corrupt", unit=notes.name(notes.label(i)), metres=f"{moved:,.0f}")
            break
    return notes.done()


def _moved_vertex(geoms: npt.NDArray[np.object_], i: int, others: list[int]) -> float | None:
    """Return how far [m] one vertex of area `i` must go back to fit `others`, None if that does not do it."""
    xy = shapely.get_coordinates(geoms[i])
    around = shapely.get_coordinates(np.delete(geoms, i))
    known = {tuple(p) for p in np.round(around, SAME)}
    alone = {p: None for p in map(tuple, np.round(xy, SAME)) if p not in known}
    spots = np.unique(np.round(shapely.get_coordinates(geoms[others]), SAME), axis=0)
    for vertex in alone:
        for spot in spots:
            if _fits(geoms, i, others, np.where(_at(xy, vertex), spot, xy)):
                pair = (np.array([v]) for v in (*vertex, *spot))
                return float(geodesic_distance(*pair)[0])
    return None


def _at(xy: npt.NDArray[np.float64], vertex: tuple[float, ...]) -> Any:
    return (np.round(xy, SAME) == vertex).all(axis=1)[:, None]


def _fits(geoms: npt.NDArray[np.object_], i: int, others: list[int], xy: npt.NDArray[np.float64]) -> bool:
    """Whether area `i` with other vertices is valid and overlaps none of `others`."""
    made = shapely.set_coordinates(np.array([geoms[i]], dtype=object), xy)
    if not shapely.is_valid(made[0]) or shapely.equals(made[0], geoms[i]):
        return False
    group = np.concatenate([made, geoms[others]])
    return len(overlaps(group, np.arange(len(group)))[0]) == 0
