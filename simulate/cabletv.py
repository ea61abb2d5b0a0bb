"""Cable television: head ends, optical nodes and their areas, digital or analogue, one-way or two-way.

Homes at the nodes add up to the cable homes of the plan (960,000 digital users are 94 % of them).
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from simulate.carriers import BROADCAST
from simulate.chance import Floats, apportion, noise, stream
from simulate.country import Country
from simulate.fibre import is_lived_in
from simulate.plane import LONLAT, geometry_to_lonlat, geometry_to_plane, to_lonlat, to_plane
from simulate.terrain import COUNTY_SEATS

#: Share of the hamlets that cable television reaches.
HAMLETS_REACHED = 0.935


@dataclass(frozen=True)
class CableTv:
    """The three layers of the delivery.

    headends (id, operator, name, kind), optical_nodes (id, operator, homes, two_way, system), areas (id,
    operator, system, two_way).
    """

    headends: gpd.GeoDataFrame
    optical_nodes: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame


def cable_tv(country: Country) -> CableTv:
    """Return the broadcaster's cable television plant."""
    reached = _reached(country)
    system = _by_village(country, digital=True)
    two_way = _by_village(country, digital=False)
    nodes = _nodes(country, reached, system, two_way)
    return CableTv(_headends(country), nodes, _areas(country, reached, system, two_way))


def _reached(country: Country) -> NDArray[np.bool_]:
    """Return which hamlets are reached: all but the most remote ones, hills counting double."""
    away = np.hypot(*(country.places - country.seats[country.of_village]).T)
    score = (
        away * (1.0 + 2.5 * country.terrain.hill(country.places))
        + 0.12 * country.remoteness[country.of_village]
    )
    score *= np.exp(0.5 * noise(country.places, scale_m=6000.0, rng=stream(country.seed, "catv")))
    return np.asarray(np.argsort(np.argsort(score, kind="stable")) < round(HAMLETS_REACHED * len(score)))


def _by_village(country: Country, *, digital: bool) -> NDArray[np.bool_]:
    """Return which villages are digital, or two-way: town by town, from the centre of the city outward."""
    villages = country.villages
    towns = villages["town_code9"].to_numpy()
    rng = stream(country.seed, "digital" if digital else "two-way")
    codes = list(country.towns)
    away = np.array([country.remoteness[country.towns[code]] for code in codes])
    away *= rng.uniform(0.45, 1.35, len(codes))
    away *= np.array(
        [0.35 if villages["settlement_class"].iloc[country.towns[c]] == "urban" else 1.0 for c in codes]
    )
    homes = np.array([villages["households"].to_numpy()[towns == code].sum() for code in codes])
    order = np.argsort(away, kind="stable")
    share = country.totals.digital_homes / country.totals.cable_homes if digital else 0.46
    chosen = order[np.cumsum(homes[order]) <= share * country.totals.households]
    return np.isin(towns, np.array(codes)[chosen])


def _headends(country: Country) -> gpd.GeoDataFrame:
    """Return the city's head end and one sub head end for each other county."""
    rows = []
    for number, county in enumerate(country.counties.itertuples(), start=1):
        lonlat = np.round(np.array(COUNTY_SEATS[county.county_code6]) + 0.0021, 7)
        kind = "前端" if number == 1 else "分前端"
        rows.append(
            (f"HE{number:02d}", BROADCAST.names[0], f"{county.name}{kind}", kind, shapely.Point(lonlat))
        )
    return gpd.GeoDataFrame(
        rows, columns=["id", "operator", "name", "kind", "geometry"], geometry="geometry", crs=LONLAT
    )


def _nodes(
    country: Country, reached: NDArray[np.bool_], digital: NDArray[np.bool_], two_way: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Return the optical nodes: several per urban village, elsewhere at some of the reached hamlets."""
    rng = stream(country.seed, "optical nodes")
    lived = np.flatnonzero(is_lived_in(country.villages))
    urban = (country.villages["settlement_class"] == "urban").to_numpy()
    per = np.where(urban[lived], 3, 1)
    rows = np.repeat(lived, per)
    points = country.seats[rows] + rng.normal(0.0, 140.0, (len(rows), 2)) * urban[rows][:, None]
    some = np.flatnonzero(reached & (rng.random(len(reached)) < 0.14))
    rows, points = np.concatenate([rows, country.of_village[some]]), np.vstack([points, country.places[some]])
    order = np.argsort(rows, kind="stable")
    rows, points = rows[order], points[order]
    homes = _homes(country, rows, digital, rng)
    return gpd.GeoDataFrame(
        {
            "id": [f"ON{n:05d}" for n in range(1, len(rows) + 1)],
            "operator": BROADCAST.names[0],
            "homes": homes,
            "two_way": two_way[rows],
            "system": np.where(digital[rows], "digital", "analogue"),
            "since": [
                f"{y}-{m:02d}-15"
                for y, m in zip(
                    rng.integers(2001, 2011, len(rows)), rng.integers(1, 13, len(rows)), strict=True
                )
            ],
        },
        geometry=shapely.points(to_lonlat(points)),
        crs=LONLAT,
    )


def _homes(
    country: Country, rows: NDArray[np.int64], digital: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return the homes at each node: the digital ones and the others add up to the plan's figures."""
    share = country.villages["households"].to_numpy()[rows] / np.bincount(rows)[rows]
    weight = share * rng.uniform(0.8, 1.2, len(rows))
    totals, homes = country.totals, np.zeros(len(rows), dtype=np.int64)
    homes[digital[rows]] = apportion(totals.digital_homes, weight[digital[rows]])
    homes[~digital[rows]] = apportion(totals.cable_homes - totals.digital_homes, weight[~digital[rows]])
    return homes


def _areas(
    country: Country, reached: NDArray[np.bool_], digital: NDArray[np.bool_], two_way: NDArray[np.bool_]
) -> gpd.GeoDataFrame:
    """Return the served areas, one per town: urban villages whole, elsewhere round the hamlets."""
    villages = country.villages
    planes = geometry_to_plane(np.asarray(villages.geometry.values))
    urban = (villages["settlement_class"] == "urban").to_numpy() & is_lived_in(villages)
    towns = villages["town_code9"].to_numpy()
    polygons, rows = [], []
    for code in country.towns:
        mine = np.flatnonzero(towns == code)
        hamlets = reached & np.isin(country.of_village, mine)
        area = _grown(country.places[hamlets], planes[mine[urban[mine]]], country.seats[mine[~urban[mine]]])
        polygons.append(area)
        rows.append((bool(digital[mine[0]]), bool(two_way[mine[0]])))
    gaps = shapely.buffer(shapely.multipoints(country.places[~reached]), 140.0, quad_segs=3)
    areas = geometry_to_lonlat(shapely.difference(np.array(polygons, dtype=object), gaps))
    keep = ~shapely.is_empty(areas)
    areas = shapely.make_valid(areas[keep], method="structure")
    kinds = np.array(rows)[keep]
    return gpd.GeoDataFrame(
        {
            "id": [f"CA{n:03d}" for n in range(1, len(areas) + 1)],
            "operator": BROADCAST.names[0],
            "system": np.where(kinds[:, 0], "digital", "analogue"),
            "two_way": kinds[:, 1],
        },
        geometry=shapely.normalize(areas),
        crs=LONLAT,
    )


def _grown(hamlets: Floats, whole: NDArray[np.object_], seats: Floats) -> shapely.Geometry:
    """Return discs of 420 m round hamlets and seats closed to one shape, joined with whole villages."""
    points = np.vstack([hamlets, seats])
    discs = (
        shapely.buffer(shapely.multipoints(points), 650.0, quad_segs=3) if len(points) else shapely.Point()
    )
    closed = shapely.simplify(shapely.buffer(discs, -260.0, quad_segs=3), 12.0)
    return shapely.union_all([closed, *whole])


def head_end_gap_m(country: Country) -> Floats:
    """Return how far each village's seat is from the nearest head end [m]."""
    ends = to_plane(np.array([COUNTY_SEATS[c] for c in country.counties["county_code6"]]))
    return np.asarray(np.min(np.hypot(*(country.seats[:, None] - ends[None]).transpose(2, 0, 1)), axis=1))
