"""The units of a region: one table over all levels, and the hierarchy as integer arrays.

Order is fixed: outermost level first, by code inside a level. Positions in that order are what every
later stage counts with; `unit_id` ("level:code@edition") is what leaves the program.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.region import Level
from geo.terms import CLASS_CODES, SettlementClass

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]

#: Settlement classes by their code in arrays.
CLASSES: tuple[SettlementClass, ...] = tuple(SettlementClass)

COLUMNS = (
    "unit_id",
    "level",
    "code",
    "edition",
    "name",
    "parent_id",
    "settlement_class",
    "population",
    "households",
    "area_m2",
    "lon",
    "lat",
    "geometry",
)


@dataclass(frozen=True)
class Hierarchy:
    """The units of a region with their parents as positions.

    Attributes
    ----------
    table
        One row a unit (columns `COLUMNS`), geometry in OGC:CRS84, index 0..n-1.
    levels
        Level ids, outermost first.
    level
        Depth of each unit, shape (n,).
    parent
        Position of each unit's parent, -1 for the outermost and for units whose parent is unknown.
    """

    table: gpd.GeoDataFrame
    levels: tuple[str, ...]
    level: Ints
    parent: Ints

    def at(self, level: str) -> Ints:
        """Return the positions of the units of one level, by code."""
        return np.flatnonzero(self.level == self.levels.index(level))

    @cached_property
    def unit_ids(self) -> npt.NDArray[np.object_]:
        """Return the ids of all units ("level:code@edition")."""
        return np.asarray(self.table["unit_id"].to_numpy(dtype=object), dtype=object)

    @cached_property
    def codes(self) -> npt.NDArray[np.object_]:
        """Return the codes of all units, as their sources write them."""
        return np.asarray(self.table["code"].to_numpy(dtype=object), dtype=object)

    @cached_property
    def settlement(self) -> Ints:
        """Return each unit's settlement class as a position in CLASSES."""
        codes = {c.value: i for i, c in enumerate(CLASSES)}
        positions: Ints = self.table["settlement_class"].map(codes).to_numpy(dtype=np.intp)
        return positions

    @cached_property
    def geometry(self) -> npt.NDArray[np.object_]:
        """Return the outlines and points, in degrees."""
        return np.asarray(self.table.geometry.to_numpy(), dtype=object)

    def children(self, units: Ints) -> tuple[Ints, Ints]:
        """Return the children of `units`: (offsets of len(units)+1, positions sorted by parent, then code)."""
        order = np.argsort(self.parent, kind="stable")
        sorted_parents = self.parent[order]
        start = np.searchsorted(sorted_parents, units, "left")
        count = np.searchsorted(sorted_parents, units, "right") - start
        offsets = np.concatenate([[0], np.cumsum(count)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], count)
        return offsets, order[np.repeat(start, count) + within]

    def ancestor(self, units: Ints, level: str) -> Ints:
        """Return the position of each unit's ancestor at `level` (itself if it is there, -1 if none)."""
        depth = self.levels.index(level)
        out = units.copy()
        for _ in self.levels:
            climb = (out >= 0) & (self.level[out] > depth)
            out[climb] = self.parent[out[climb]]
        out[(out >= 0) & (self.level[out] != depth)] = -1
        return out

    def amount(self, basis: str) -> Floats:
        """Return what each unit weighs on a basis: 1, households, people or square metres (NaN unknown)."""
        if basis == "units":
            return np.ones(len(self.table))
        column = {"households": "households", "population": "population", "area": "area_m2"}[basis]
        amounts: Floats = self.table[column].to_numpy(dtype=np.float64)
        return amounts


def level_table(level: Level, frame: pd.DataFrame, parents: pd.DataFrame | None) -> pd.DataFrame:
    """Return one level's units out of its checked source, without area and with the parent's code.

    Parameters
    ----------
    level
        Names the columns of `frame`.
    frame
        Checked rows; a GeoDataFrame in OGC:CRS84 or a plain table.
    parents
        The units of the level above, or None for the outermost.
    """
    out = pd.DataFrame(index=frame.index)
    out["level"] = level.id
    out["code"] = frame[level.code].astype(str)
    out["edition"] = level.edition
    out["name"] = frame[level.label].astype(str)
    out["parent_code"] = _parent_codes(level, frame, parents)
    out["settlement_class"] = _classes(level, frame)
    for column, named in (("population", level.population), ("households", level.households)):
        out[column] = pd.to_numeric(frame[named], errors="coerce").astype(float) if named else np.nan
    for column, named in (("lon", level.place_x), ("lat", level.place_y)):
        out[column] = pd.to_numeric(frame[named], errors="coerce").astype(float) if named else np.nan
    out["geometry"] = frame.geometry.to_numpy() if _has_geometry(level, frame) else None
    return out.drop_duplicates("code").sort_values("code", kind="stable")


def _has_geometry(level: Level, frame: pd.DataFrame) -> bool:
    return level.geometry == "source" and isinstance(frame, gpd.GeoDataFrame)


def _parent_codes(level: Level, frame: pd.DataFrame, parents: pd.DataFrame | None) -> pd.Series:
    """Return the parent's code: from its column, from the code's first digits, or the only parent there is."""
    if parents is None:
        return pd.Series("", index=frame.index)
    if level.parent:
        return frame[level.parent].astype(str)
    if level.parent_digits:
        return frame[level.code].astype(str).str[: level.parent_digits]
    if len(parents) == 1:
        return pd.Series(parents["code"].iloc[0], index=frame.index)
    return pd.Series("", index=frame.index)


def _classes(level: Level, frame: pd.DataFrame) -> pd.Series:
    """Return settlement classes: words or statistical class codes; what is neither is unknown."""
    if not level.settlement_class:
        return pd.Series("", index=frame.index)
    words = {c.value: c.value for c in SettlementClass} | {k: v.value for k, v in CLASS_CODES.items()}
    return frame[level.settlement_class].astype(str).map(words).fillna(SettlementClass.UNKNOWN.value)


def hierarchy(levels: Sequence[Level], tables: Sequence[pd.DataFrame]) -> Hierarchy:
    """Return the hierarchy of all levels' tables (see `level_table`), without areas.

    A unit whose parent is not there keeps parent -1; the check has set such rows aside before.
    Classes that a level does not state are its parent's.
    """
    units = pd.concat(tables, ignore_index=True)
    depth = {level.id: i for i, level in enumerate(levels)}
    units["depth"] = units["level"].map(depth).astype(np.intp)
    units["unit_id"] = units["level"] + ":" + units["code"] + "@" + units["edition"].astype(str)
    position = {(d, c): i for i, (d, c) in enumerate(zip(units["depth"], units["code"], strict=True))}
    parent = np.array(
        [position.get((d - 1, p), -1) for d, p in zip(units["depth"], units["parent_code"], strict=True)],
        dtype=np.intp,
    )
    nobody = np.array(None, dtype=object)
    units["parent_id"] = np.where(parent >= 0, units["unit_id"].to_numpy()[parent], nobody)
    _inherit_class(units, parent)
    geometry = np.array(units["geometry"], dtype=object)
    _outline_from_children(levels, units["depth"].to_numpy(), parent, geometry)
    _place_columns(units, geometry)
    units["area_m2"] = np.nan
    table = gpd.GeoDataFrame(
        units[[c for c in COLUMNS if c != "geometry"]], geometry=geometry, crs="OGC:CRS84"
    )
    return Hierarchy(table, tuple(depth), units["depth"].to_numpy(), parent)


def _inherit_class(units: pd.DataFrame, parent: Ints) -> None:
    """Give units without a stated class their parent's, level by level; without any it is unknown."""
    stated = units["settlement_class"].to_numpy(dtype=object)
    for depth in range(units["depth"].max() + 1):
        mine = np.flatnonzero((units["depth"] == depth).to_numpy() & (stated == ""))
        inherits = mine[parent[mine] >= 0]
        stated[inherits] = stated[parent[inherits]]
    units["settlement_class"] = np.where(stated == "", SettlementClass.UNKNOWN.value, stated)


def _outline_from_children(
    levels: Sequence[Level], depth: Ints, parent: Ints, geometry: npt.NDArray[np.object_]
) -> None:
    """Fill the outlines of levels that say geometry = "children", lowest first."""
    for d in range(len(levels) - 2, -1, -1):
        if levels[d].geometry != "children":
            continue
        for unit in np.flatnonzero(depth == d):
            below = geometry[(parent == unit) & (depth == d + 1)]
            below = below[~shapely.is_missing(below)]
            if len(below):
                geometry[unit] = _union(below)


def _union(parts: npt.NDArray[np.object_]) -> shapely.Geometry:
    """Return the union of polygons that share borders; the quick way where they are a true mosaic."""
    if shapely.coverage_is_valid(parts):
        return shapely.coverage_union_all(parts)
    return shapely.union_all(parts)


def _place_columns(units: pd.DataFrame, geometry: npt.NDArray[np.object_]) -> None:
    """Fill lon and lat where no seat is stated: the point itself, or a point on the surface."""
    seat = units["lon"].notna().to_numpy() & units["lat"].notna().to_numpy()
    todo = ~shapely.is_missing(geometry) & ~seat
    points = np.full(len(units), None, dtype=object)
    points[todo] = shapely.point_on_surface(geometry[todo])
    units["lon"] = np.where(seat, units["lon"], shapely.get_x(points))
    units["lat"] = np.where(seat, units["lat"], shapely.get_y(points))
