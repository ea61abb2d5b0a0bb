"""Shared ducts: sections of about 120 m along the urban roads, with holes, used holes and reserve."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from numpy.typing import NDArray

from simulate.carriers import BUILDING, IN_SERVICE, PLANNED
from simulate.chance import Floats, Integers, stream
from simulate.country import Country
from simulate.plane import LONLAT, geometry_to_lonlat, lengths_km

OWNER = "常州市通信管道集约化建设公司（模拟）"

_SECTION_M = 120.0


@dataclass(frozen=True)
class Ducts:
    """The two layers of the delivery.

    sections (section_id, owner, from_chamber, to_chamber, holes, holes_used, reserve_holes, length_m, status,
    since) and chambers (chamber_id, kind, status).
    """

    sections: gpd.GeoDataFrame
    chambers: gpd.GeoDataFrame


def ducts(country: Country) -> Ducts:
    """Return the duct network, its hole-km and reserve in service as calibrated."""
    edges = _edges(country)
    lines, ends, grade = _sections(country, edges)
    rng = stream(country.seed, "ducts")
    table = _chambers_of(lines, ends)
    geo_m = 1000.0 * lengths_km(np.asarray(table.geometry.values))
    table["length_m"] = np.round(geo_m * rng.uniform(0.99, 1.015, len(table)), 1)
    table["status"] = _status(len(table), rng)
    table["holes"] = _holes(table, grade, total_km=country.totals.duct_hole_km, rng=rng)
    table["reserve_holes"] = _reserve(table, total_km=country.totals.duct_reserve_hole_km, rng=rng)
    free = table["holes"] - table["reserve_holes"]
    table["holes_used"] = np.where(
        table["status"].eq(IN_SERVICE), np.floor(free * rng.beta(4, 2, len(table)) + 0.5), 0
    ).astype(np.int64)
    table["owner"] = OWNER
    years = np.where(
        table["status"].eq(IN_SERVICE),
        rng.integers(2003, 2011, len(table)),
        rng.integers(2011, 2013, len(table)),
    )
    table["since"] = [f"{y}-{m:02d}-01" for y, m in zip(years, rng.integers(1, 13, len(table)), strict=True)]
    table["section_id"] = [f"D{n:05d}" for n in range(1, len(table) + 1)]
    columns = [
        "section_id",
        "owner",
        "from_chamber",
        "to_chamber",
        "holes",
        "holes_used",
        "reserve_holes",
        "length_m",
        "status",
        "since",
        "geometry",
    ]
    return Ducts(table[columns], _chambers(table, rng))


def _edges(country: Country) -> Integers:
    """Return the edges with a duct: the better roads and some streets between urban villages."""
    net = country.web
    urban = (country.villages["settlement_class"] == "urban").to_numpy()[net.edges].all(axis=1)
    rng = stream(country.seed, "duct streets")
    chance = (
        pd.Series(net.grade)
        .map({"trunk": 1.0, "county": 1.0, "township": 0.42, "village": 0.10, "": 0.0})
        .to_numpy()
    )
    chance = chance * np.clip(1100.0 / shapely.length(net.lines), 0.25, 1.7)
    major = np.isin(net.grade, ("trunk", "county"))
    return np.flatnonzero(urban & (major | (rng.random(len(chance)) < chance)))


def _sections(
    country: Country, edges: Integers
) -> tuple[NDArray[np.object_], list[tuple[str, str]], NDArray[np.str_]]:
    """Return the plane lines of the sections, the chamber at either end and the road's class."""
    lines: list[shapely.Geometry] = []
    ends: list[tuple[str, str]] = []
    grade: list[str] = []
    for edge in edges:
        a, b = (int(n) for n in country.web.edges[edge])
        line = country.web.lines[edge]
        count = max(1, round(float(line.length) / _SECTION_M))
        names = [f"M{a:05d}", *[f"M{edge:05d}-{n:02d}" for n in range(1, count)], f"M{b:05d}"]
        for n in range(count):
            lines.append(shapely.ops.substring(line, n / count, (n + 1) / count, normalized=True))
            ends.append((names[n], names[n + 1]))
            grade.append(str(country.web.grade[edge]))
    return np.array(lines, dtype=object), ends, np.array(grade)


def _chambers_of(lines: NDArray[np.object_], ends: list[tuple[str, str]]) -> gpd.GeoDataFrame:
    """Return the sections as a table; sections that meet have the same point at their ends."""
    table = gpd.GeoDataFrame(geometry=geometry_to_lonlat(lines), crs=LONLAT)
    table["from_chamber"], table["to_chamber"] = zip(*ends, strict=True)
    return table


def _status(count: int, rng: np.random.Generator) -> list[str]:
    """Return the status of each section: most are in service."""
    draw = rng.random(count)
    return [PLANNED if d > 0.97 else BUILDING if d > 0.94 else IN_SERVICE for d in draw]


def _holes(
    table: pd.DataFrame, grade: NDArray[np.str_], *, total_km: float, rng: np.random.Generator
) -> Integers:
    """Return the holes per section: by the road's class, then adjusted until the hole-km are met."""
    wanted = {"trunk": 12.0, "county": 9.0, "township": 6.0, "village": 4.0}
    base: Floats = np.array([wanted[str(g)] for g in grade])
    live, km = table["status"].eq(IN_SERVICE).to_numpy(), table["length_m"].to_numpy() / 1000.0
    base = base * total_km / float((base * km)[live].sum())
    holes = np.maximum(2, np.floor(base)).astype(np.int64)
    missing = total_km - float((holes * km)[live].sum())
    for row in rng.permutation(np.flatnonzero(live)):
        if missing < km[row]:
            break
        holes[row] += 1
        missing -= km[row]
    return holes


def _reserve(table: pd.DataFrame, *, total_km: float, rng: np.random.Generator) -> Integers:
    """Return the government's holes per section: one or two of them, until the reserve is met."""
    live, km = table["status"].eq(IN_SERVICE).to_numpy(), table["length_m"].to_numpy() / 1000.0
    reserve = np.zeros(len(table), dtype=np.int64)
    missing = total_km
    for round_ in range(4):
        for row in rng.permutation(np.flatnonzero(live & (table["holes"].to_numpy() >= 3 + 2 * round_))):
            if missing < km[row]:
                return reserve
            reserve[row] += 1
            missing -= km[row]
    return reserve


def _chambers(table: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the chambers at the ends of the sections, each once."""
    points: dict[str, tuple[Floats, str]] = {}
    for start, end, status, line in zip(
        table["from_chamber"], table["to_chamber"], table["status"], table.geometry, strict=True
    ):
        coordinates = shapely.get_coordinates(line)
        for name, at in ((start, coordinates[0]), (end, coordinates[-1])):
            if name not in points or status == IN_SERVICE:
                points[name] = (at, status)
    names = sorted(points)
    return gpd.GeoDataFrame(
        {
            "chamber_id": names,
            "kind": ["人孔" if len(n) == 6 or rng.random() < 0.4 else "手孔" for n in names],
            "status": [points[n][1] for n in names],
        },
        geometry=shapely.points(np.array([points[n][0] for n in names])),
        crs=LONLAT,
    )
