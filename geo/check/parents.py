"""Children in their parents' outlines: in the right one, wholly, and without leaving a hole."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.check.thin import in_metres, metres_of_degrees
from geo.measure import geodesic_area, geodesic_distance
from geo.terms import Action

Ints = npt.NDArray[np.intp]
Geometries = npt.NDArray[np.object_]

#: A child is wholly inside when at most this share of it lies outside: borders are drawn twice.
WHOLE = 0.99
#: A parent is filled when its children leave at most this share of it out ...
FILLED = 0.005
#: ... or this much [m2].
FILLED_M2 = 1e6


def check_in_parent(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    parents: pd.DataFrame,
    action: Action = Action.QUARANTINE,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note the units whose outline or point lies in another parent's outline than the one they state.

    Parameters
    ----------
    frame
        Children, with geometry (areas or points) in lon/lat.
    parents
        Columns code, name, geometry (areas, lon/lat): the level above, or several levels.

    """
    notes = Notes(frame, source, code, lines)
    geoms, outlines = geometries(frame), geometries(parents)
    stated = stated_parent(frame[parent], parents["code"])
    inside = points(geoms)
    known = (stated >= 0) & ~shapely.is_missing(inside)
    known[known] &= ~(shapely.is_missing(outlines[stated[known]]) | shapely.is_empty(outlines[stated[known]]))
    shapely.prepare(outlines)
    home = np.zeros(len(geoms), bool)
    home[known] = shapely.intersects(outlines[stated[known]], inside[known])
    lost = np.flatnonzero(known & ~home)
    levels = parents["level"].to_numpy() if "level" in parents else np.zeros(len(parents), int)
    for i in lost:
        mine = stated[i]
        level = levels == levels[mine]
        there = np.flatnonzero(level & shapely.intersects(outlines, inside[i]))
        share, far = _share_inside(geoms[i], outlines[mine])
        values = {
            "parent": _label(parents, mine),
            "seen": _label(parents, there[0]) if there.size else "-",
            "share": f"{100 * share:.2f}",
            "distance": f"{far:,.0f}",
        }
        rule = "parent.other_outline" if there.size else "parent.no_outline"
        notes.row(notes.label(i), rule, action, **values)
    return notes.done()


def check_whole_in_parent(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    parent: str,
    parents: pd.DataFrame,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note the areas of which more than a hundredth lies outside the outline of the parent they state."""
    notes = Notes(frame, source, code, lines)
    geoms, outlines = geometries(frame), geometries(parents)
    stated = stated_parent(frame[parent], parents["code"])
    asked = np.flatnonzero((stated >= 0) & (shapely.get_dimensions(geoms) == 2))
    shapely.prepare(outlines)
    asked = asked[~shapely.covers(outlines[stated[asked]], geoms[asked])]
    asked = asked[shapely.intersects(outlines[stated[asked]], points(geoms[asked]))]
    inside = shapely.area(shapely.intersection(geoms[asked], outlines[stated[asked]]))
    share = inside / shapely.area(geoms[asked])
    for i, part in zip(asked[share < WHOLE], share[share < WHOLE], strict=True):
        values = {"parent": _label(parents, stated[i]), "share": f"{100 * part:.1f}"}
        notes.row(notes.label(i), "parent.partly_outside", Action.NOTICE, **values)
    return notes.done()


def check_filled(
    frame: pd.DataFrame,
    *,
    source: str,
    code: str,
    children: pd.DataFrame,
    parent: str,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Note the parents of which their children leave a part out (a lake, a missing unit), with its area.

    Parameters
    ----------
    frame
        Parents with their outlines.
    children
        Table with a geometry column and the parents' codes in the column `parent`.

    """
    notes = Notes(frame, source, code, lines)
    outlines, geoms = geometries(frame), geometries(children)
    owner = stated_parent(children[parent], frame[code])
    areal = (owner >= 0) & (shapely.get_dimensions(geoms) == 2)
    filled = np.bincount(owner[areal], shapely.area(geoms[areal]), minlength=len(frame))
    whole = shapely.area(outlines)
    with_children = np.bincount(owner[areal], minlength=len(frame)) > 0
    with np.errstate(invalid="ignore"):
        doubtful = np.flatnonzero(with_children & (whole - filled > FILLED / 2 * whole))
    for i in doubtful:
        rest = shapely.difference(outlines[i], shapely.union_all(geoms[areal & (owner == i)]))
        left, all_of_it = geodesic_area(np.array([rest, outlines[i]], dtype=object))
        pieces = geodesic_area(shapely.get_parts(rest))
        if left > FILLED * all_of_it and left > FILLED_M2:
            values = {"area": f"{left / 1e6:,.1f}", "share": f"{100 * left / all_of_it:.1f}"}
            notes.row(
                notes.label(i),
                "parent.not_filled",
                Action.NOTICE,
                **values,
                largest=f"{pieces.max() / 1e6:,.1f}",
            )
    return notes.done()


def points(geoms: Geometries) -> Geometries:
    """Return a point inside each geometry: itself, or one on the surface of an area."""
    out = geoms.copy()
    areal = shapely.get_dimensions(geoms) == 2
    out[areal] = shapely.point_on_surface(geoms[areal])
    return out


def stated_parent(stated: pd.Series, codes: pd.Series) -> Ints:
    """Return the position of each stated code in `codes`, -1 where it is not there."""
    return np.asarray(pd.Index(codes.astype(str)).get_indexer(pd.Index(stated.astype(str))), dtype=np.intp)


def _label(parents: pd.DataFrame, i: int) -> str:
    name = parents["name"].iloc[i] if "name" in parents else ""
    return f"{parents['code'].iloc[i]} {name}".strip()


def _share_inside(geom: shapely.Geometry, outline: shapely.Geometry) -> tuple[float, float]:
    """Return the share of an area that lies in an outline, and how far apart they are [m]."""
    area = float(shapely.area(geom))
    share = float(shapely.area(shapely.intersection(geom, outline))) / area if area else 0.0
    return share, distance_m(geom, outline)


def distance_m(a: shapely.Geometry, b: shapely.Geometry) -> float:
    """Return the distance [m] between two geometries: nearest points on a plane, then the geodesic."""
    pair = np.array([a, b], dtype=object)
    flat = in_metres(pair)
    line = shapely.shortest_line(*flat)
    if shapely.length(line) == 0:
        return 0.0
    (x0, y0), (x1, y1) = shapely.get_coordinates(line) / metres_of_degrees(pair)
    return float(geodesic_distance(*(np.array([v]) for v in (x0, y0, x1, y1)))[0])
