"""Points against the outlines they state, and whether another datum explains where they lie.

GCJ-02 moves a point of China by 300 to 700 m, BD-09 by up to 1.3 km. Labelled as WGS 84 such points still
lie in the city, but in a neighbour's village. Undoing the offset must bring them home.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import offsets
from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.check.parents import points, stated_parent
from geo.measure import geodesic_distance
from geo.terms import Action

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Move = Callable[[Floats, Floats], tuple[Floats, Floats]]

#: What a label WGS 84 may hide: name and the way back.
SUSPECTS: dict[str, Move] = {
    "GCJ-02": offsets.gcj02_to_wgs84,
    "BD-09": offsets.bd09_to_wgs84,
    "lat/lon": lambda lon, lat: (lat, lon),
}
#: Fewer points than this out of place prove no shift.
FEW = 5
#: A datum explains the points that are out of place when it brings this share of them home.
EXPLAINS = 0.9
#: The source is refused when, undone, this share lies at home and ...
AT_HOME = 0.95
#: ... as given at most this share does.
ASTRAY = 0.8
#: Points at home both ways are told apart by place only where that is right for this share of the others.
TELLS = 0.95


def check_shift(
    frame: pd.DataFrame,
    *,
    source: str,
    outlines: pd.DataFrame,
    code: str,
    parent: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Refuse points of which all are shifted as by another datum; set aside those rows where some are.

    Parameters
    ----------
    frame
        Points (or areas, taken by a point inside) in what is declared as longitude, latitude.
    outlines
        Columns code and geometry (areas in true lon/lat). A row belongs to the outline of its own code, or
        of the code in its column `parent`.

    """
    notes = Notes(frame, source, code, lines)
    home = stated_parent(frame[code], outlines["code"])
    if parent is not None and parent in frame:
        home = np.where(home >= 0, home, stated_parent(frame[parent], outlines["code"]))
    places = points(geometries(frame))
    asked = np.flatnonzero((home >= 0) & ~shapely.is_missing(places) & ~shapely.is_empty(places))
    if asked.size < FEW:
        return notes.done()
    areas = geometries(outlines)[home[asked]]
    lon, lat = shapely.get_x(places[asked]), shapely.get_y(places[asked])
    seen = compare(areas, lon, lat)
    if seen is not None:
        _judge(notes, seen, notes.label(asked))
    return notes.done()


@dataclass(frozen=True)
class Shift:
    """The datum that explains best which points are out of place; arrays over the points asked."""

    datum: str
    given: Bools
    undone: Bools
    metres: float
    shifted: Bools


def compare(areas: npt.NDArray[np.object_], lon: Floats, lat: Floats) -> Shift | None:
    """Return the suspect that brings most points home, None where too few are out of place or none does."""
    shapely.prepare(areas)
    given = shapely.intersects_xy(areas, lon, lat)
    if (~given).sum() < FEW:
        return None
    ways = {name: move(lon, lat) for name, move in SUSPECTS.items()}
    homes = {name: shapely.intersects_xy(areas, *way) for name, way in ways.items()}
    best = max(homes, key=lambda name: int(homes[name][~given].sum()))
    undone = homes[best]
    if undone[~given].mean() < EXPLAINS:
        return None
    ok = np.isfinite(ways[best][0]) & (np.abs(ways[best][1]) <= 90)
    metres = float(
        np.median(geodesic_distance(lon[ok], np.clip(lat[ok], -90, 90), ways[best][0][ok], ways[best][1][ok]))
    )
    return Shift(best, given, undone, metres, _shifted(areas, (lon, lat), ways[best], given, undone))


def _shifted(
    areas: npt.NDArray[np.object_],
    as_given: tuple[Floats, Floats],
    way: tuple[Floats, Floats],
    given: Bools,
    undone: Bools,
) -> Bools:
    """Return which points carry the shift: those at home only when undone; those at home both ways by place.

    How a point lies to the middle of its area, as given and undone, is compared with how the clear cases
    of both kinds do.
    """
    middle = shapely.centroid(areas)
    clear, sound = ~given & undone, given & ~undone
    either = given & undone
    shifted = clear.copy()
    if sound.sum() < FEW or not either.any():
        return shifted
    scale = np.array([np.cos(np.radians(np.median(as_given[1]))), 1.0])
    at = np.column_stack([as_given[0] - shapely.get_x(middle), as_given[1] - shapely.get_y(middle)]) * scale
    move = np.median(np.column_stack([as_given[0] - way[0], as_given[1] - way[1]]) * scale, axis=0)
    near_zero, near_move = np.hypot(*at.T), np.hypot(*(at - move).T)
    moved = near_zero > near_move
    if min(moved[clear].mean(), (~moved[sound]).mean()) < TELLS:
        return shifted
    return np.asarray(shifted | (either & moved))


def _judge(notes: Notes, shift: Shift, rows: pd.Index) -> None:
    n = len(rows)
    values: dict[str, Any] = {"datum": shift.datum, "metres": f"{shift.metres:,.0f}", "rows": n}
    given, undone = int(shift.given.sum()), int(shift.undone.sum())
    if undone >= AT_HOME * n and given <= ASTRAY * n:
        notes.whole("datum.shift", **values, given=given, undone=undone)
    elif undone >= AT_HOME * n:
        notes.whole("datum.shift_suspected", Action.NOTICE, **values, given=given, undone=undone)
    else:
        for row in rows[shift.shifted]:
            notes.row(
                row,
                "datum.row_shift",
                datum=shift.datum,
                metres=values["metres"],
                others=n - int(shift.shifted.sum()),
            )


def check_reach(
    frame: pd.DataFrame, *, source: str, bounds: tuple[float, float, float, float], layer: str = ""
) -> Checked:
    """Note a layer of which no feature comes near the units' bounds, with both boxes and the likely cause."""
    notes = Notes(frame, source)
    geoms = geometries(frame)
    box = shapely.box(*bounds)
    if len(geoms) == 0 or shapely.intersects(geoms, box).any():
        return notes.done()
    mine = shapely.total_bounds(geoms)
    swapped = shapely.box(mine[1], mine[0], mine[3], mine[2])
    guess = "axes" if shapely.intersects(swapped, box) else "metres" if np.abs(mine).max() > 360 else "datum"
    shown = [", ".join(f"{v:.4f}" for v in b) for b in (mine, bounds)]
    notes.whole(
        f"datum.reaches_nothing_{guess}", Action.NOTICE, layer=layer or source, theirs=shown[0], ours=shown[1]
    )
    return notes.done()
