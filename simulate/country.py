"""The country before any network: its units, people, roads and terrain, as one value."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.chance import Floats, Integers, stream
from simulate.hamlets import hamlet_counts, hamlet_names, scatter, shared_people
from simulate.mosaic import Detail, union, village_polygons
from simulate.plane import LONLAT, geometry_to_lonlat, geometry_to_plane, to_lonlat, to_plane
from simulate.roads import Web, graded, shortest, town_nodes, way, web
from simulate.seats import village_seats
from simulate.settlement import committee, inhabitants, settlement_class
from simulate.terrain import CITY_CENTRE, TOWN_CENTRES, Terrain, built_up
from simulate.totals import Totals


@dataclass(frozen=True)
class Setting:
    """What every part of the country needs to know: seed, totals and terrain."""

    seed: int
    totals: Totals
    terrain: Terrain


@dataclass(frozen=True)
class Lanes:
    """The lanes to the hamlets, one per hamlet.

    Attributes
    ----------
    lines
        Straight plane line that ends at the hamlet.
    edge
        The edge of the web that the way to the hamlet leaves.
    parent
        The hamlet that the lane starts from, -1 where it starts on the road.
    """

    lines: NDArray[np.object_]
    edge: Integers
    parent: Integers

    def path(self, hamlet: int) -> shapely.Geometry:
        """Return the way from the road to a hamlet, over the hamlets before it."""
        points, at = [], hamlet
        while at >= 0:
            points.append(shapely.get_coordinates(self.lines[at])[1])
            start, at = shapely.get_coordinates(self.lines[at])[0], int(self.parent[at])
        return shapely.LineString([start, *points[::-1]])


@dataclass(frozen=True)
class Country:
    """One simulated city.

    Attributes
    ----------
    counties, townships, villages, hamlets
        Units as written (EPSG:4490), parents exactly the union of their children.
    roads
        Roads and lanes as written: id, road_class, geometry.
    built_up
        The built-up area, polygons (EPSG:4490).
    seats, places
        Plane coordinates of villages and hamlets, in the order of their tables [m].
    of_village
        For each hamlet the row of its village.
    web
        The roads as a graph over villages.
    lanes
        The lanes that join the hamlets to the roads.
    towns
        The village at the centre of each town, by code9.
    remoteness
        For each village the way to its town and on to the city, made longer by hills [m].
    """

    seed: int
    totals: Totals
    terrain: Terrain
    counties: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    hamlets: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    built_up: gpd.GeoDataFrame
    seats: Floats
    places: Floats
    of_village: Integers
    web: Web
    lanes: Lanes
    towns: dict[str, int]
    remoteness: Floats


def build_country(
    outlines: gpd.GeoDataFrame, divisions: pd.DataFrame, totals: Totals, *, seed: int, detail: Detail
) -> Country:
    """Return the simulated country inside the real county outlines and with the real list of villages.

    Parameters
    ----------
    outlines, divisions
        As `simulate.source` reads them; only the counties that `divisions` names are drawn.
    totals
        What people, things and lengths add up to.
    seed
        Another seed is another country.
    detail
        How finely borders are drawn.
    """
    terrain = Terrain(seed)
    setting = Setting(seed, totals, terrain)
    divisions = divisions.sort_values(["county_code6", "code12"], ignore_index=True)
    outlines = outlines[outlines["county_code6"].isin(divisions["county_code6"])].reset_index(drop=True)
    shapes = np.asarray(outlines.geometry.values)
    planes = geometry_to_plane(shapes)
    seats = [
        village_seats(
            plane,
            divisions[divisions["county_code6"] == code].reset_index(drop=True),
            terrain=terrain,
            seed=seed,
        )
        for code, plane in zip(outlines["county_code6"], planes, strict=True)
    ]
    polygons = np.concatenate(village_polygons(shapes, seats, seed=seed, detail=detail))
    places = np.vstack(seats)
    whole = shapely.union_all(planes)
    built = built_up(terrain, whole, area_km2=totals.built_up_km2)
    villages = _villages(divisions, polygons, places, built, setting)
    net = graded(web(places, whole, terrain=terrain, seed=seed), villages, places, seed=seed)
    hamlets, points, of_village = _hamlets(villages, polygons, net, setting)
    lanes = _lanes(points, net)
    return Country(
        seed=seed,
        totals=totals,
        terrain=terrain,
        counties=_parents(villages, "county_code6", divisions, ["county"]).rename(columns={"county": "name"}),
        townships=_parents(villages, "town_code9", divisions, ["town", "county_code6"]).rename(
            columns={"town_code9": "code9", "town": "name"}
        ),
        villages=villages,
        hamlets=hamlets,
        roads=_roads(net, lanes.lines),
        built_up=gpd.GeoDataFrame(
            {"id": np.arange(1, len(built) + 1)}, geometry=geometry_to_lonlat(built), crs=LONLAT
        ),
        seats=places,
        places=points,
        of_village=of_village,
        web=net,
        lanes=lanes,
        towns=town_nodes(villages, places),
        remoteness=_remoteness(net, villages, places),
    )


def _villages(
    divisions: pd.DataFrame,
    polygons: NDArray[np.object_],
    seats: Floats,
    built: NDArray[np.object_],
    setting: Setting,
) -> gpd.GeoDataFrame:
    """Return the villages with their class and people."""
    table = divisions[["code12", "name", "town_code9", "county_code6"]].copy()
    table["committee"] = table["name"].map(committee)
    centres = to_plane(np.array([TOWN_CENTRES[code] for code in table["town_code9"]]))
    table["settlement_class"] = settlement_class(
        table.assign(town=divisions["town"]), seats, built_up=built, centres=centres
    )
    table = pd.concat([table, inhabitants(table, setting.totals, seed=setting.seed)], axis=1)
    table[["lon", "lat"]] = to_lonlat(seats)
    return gpd.GeoDataFrame(table, geometry=shapely.normalize(polygons), crs=LONLAT)


def _parents(
    villages: gpd.GeoDataFrame, key: str, divisions: pd.DataFrame, columns: list[str]
) -> gpd.GeoDataFrame:
    """Return the units above the villages: exactly the unions of their polygons."""
    polygons = np.asarray(villages.geometry.values)
    groups = villages.groupby(key, sort=True).indices
    table = divisions.drop_duplicates(key).set_index(key)[columns].loc[list(groups)].reset_index()
    return gpd.GeoDataFrame(table, geometry=[union(polygons[rows]) for rows in groups.values()], crs=LONLAT)


def _hamlets(
    villages: gpd.GeoDataFrame, polygons: NDArray[np.object_], net: Web, setting: Setting
) -> tuple[gpd.GeoDataFrame, Floats, Integers]:
    """Return the hamlets, their plane points and the row of each one's village."""
    planes = geometry_to_plane(polygons)
    counts = hamlet_counts(villages, shapely.area(planes), total=setting.totals.hamlets)
    lines = net.lines[net.grade != ""]
    tree = shapely.STRtree(lines)
    tables, points = [], []
    for row in np.flatnonzero(counts):
        village, count = villages.iloc[row], int(counts[row])
        rng = stream(setting.seed, "hamlets", village["code12"])
        near = lines[np.sort(tree.query(planes[row], predicate="intersects"))]
        points.append(scatter(planes[row], near, count=count, terrain=setting.terrain, rng=rng))
        people, homes = shared_people(village, count, rng)
        tables.append(
            pd.DataFrame(
                {
                    "code15": [f"{village['code12']}{n:03d}" for n in range(1, count + 1)],
                    "name": hamlet_names(count, rng),
                    "code12": village["code12"],
                    "population": people,
                    "households": homes,
                }
            )
        )
    places = np.vstack(points)
    table = pd.concat(tables, ignore_index=True)
    hamlets = gpd.GeoDataFrame(table, geometry=shapely.points(to_lonlat(places)), crs=LONLAT)
    return hamlets, places, np.repeat(np.arange(len(counts)), counts)


def _lanes(points: Floats, net: Web) -> Lanes:
    """Return the lanes: each hamlet is joined to the road, or to a closer hamlet that is nearer to it."""
    used = np.flatnonzero(net.grade != "")
    lines = net.lines[used]
    hamlets = shapely.points(points)
    nearest = shapely.STRtree(lines).nearest(hamlets)
    at = shapely.line_interpolate_point(lines[nearest], shapely.line_locate_point(lines[nearest], hamlets))
    starts, edge = shapely.get_coordinates(at), used[nearest].astype(np.int64)
    gap = np.hypot(*(points - starts).T)
    parent = _nearer_hamlet(hamlets, gap)
    for hamlet in np.argsort(gap, kind="stable"):
        if parent[hamlet] >= 0:
            starts[hamlet], edge[hamlet] = points[parent[hamlet]], edge[parent[hamlet]]
    return Lanes(shapely.linestrings(np.stack([starts, points], axis=1)), edge, parent)


def _nearer_hamlet(hamlets: NDArray[np.object_], gap: Floats) -> Integers:
    """Return for each hamlet the nearest one nearer to the road, within 0.7 of the way there (-1: none)."""
    one, other = shapely.STRtree(hamlets).query(hamlets, predicate="dwithin", distance=0.7 * gap)
    nearer = (gap[other] < gap[one]) & (one != other)
    one, other = one[nearer], other[nearer]
    order = np.lexsort((other, shapely.distance(hamlets[one], hamlets[other]), one))
    first, where = np.unique(one[order], return_index=True)
    parent: Integers = np.full(len(hamlets), -1, dtype=np.int64)
    parent[first] = other[order][where]
    return parent


def _roads(net: Web, lanes: NDArray[np.object_]) -> gpd.GeoDataFrame:
    """Return roads and lanes as written."""
    used = np.flatnonzero(net.grade != "")
    geometry = geometry_to_lonlat(np.concatenate([net.lines[used], lanes]))
    return gpd.GeoDataFrame(
        {
            "id": [f"R{n:05d}" for n in range(1, len(geometry) + 1)],
            "road_class": [*net.grade[used], *["lane"] * len(lanes)],
        },
        geometry=geometry,
        crs=LONLAT,
    )


def _remoteness(net: Web, villages: gpd.GeoDataFrame, seats: Floats) -> Floats:
    """Return how far each village is: the way to its town and a part of the way to the city."""
    near = net.neighbours(net.grade != "")
    to_town, _ = shortest(near, net.cost, town_nodes(villages, seats).values())
    centre = int(np.argmin(np.hypot(*(seats - seats[_centre(villages)]).T)))
    to_city, _ = shortest(near, net.cost, [centre])
    away = to_town + 0.05 * to_city
    far = float(away[np.isfinite(away)].max())
    return np.asarray(np.where(np.isfinite(away), away, 1.5 * far))


def _centre(villages: gpd.GeoDataFrame) -> int:
    """Return the village nearest to the city's centre."""
    gap = np.hypot(villages["lon"] - CITY_CENTRE[0], villages["lat"] - CITY_CENTRE[1])
    return int(np.argmin(gap))


def edges_of(near: list[list[tuple[int, int]]], net: Web, targets: list[int], source: int) -> Integers:
    """Return for each edge how many of the targets' shortest ways to `source` run over it."""
    _, towards = shortest(near, net.cost, [source])
    count: Integers = np.zeros(len(net.edges), dtype=np.int64)
    for target in targets:
        count[way(towards, net.edges, target)] += 1
    return count
