"""Fibre: each carrier's trees along the roads, from the city's exchange over counties and towns to villages.

A row is the sheath path along one stretch of road; `cables` says how many cables lie in it, and
sheath_km = cables x ellipsoidal length. The number of cables grows with what lies behind a stretch and is
then scaled so that each carrier's sheath-km in service meet its part of the plan's 25,000.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.carriers import BUILDING, IN_SERVICE, PLANNED, SILENT_COUNTY, UNICOM, Carrier
from simulate.chance import Floats, Integers, noise, stream
from simulate.country import Country, edges_of
from simulate.plane import LONLAT, geometry_to_lonlat, lengths_km, to_plane
from simulate.roads import shortest, way
from simulate.settlement import is_special
from simulate.terrain import CITY_CENTRE, COUNTY_SEATS

_CORES = (12, 24, 48, 96, 144, 288)

#: Columns of every fibre delivery, in order.
COLUMNS = ["cable_id", "operator", "cores", "cables", "sheath_km", "status", "since", "route", "geometry"]


def served_villages(country: Country, carrier: Carrier) -> NDArray[np.bool_]:
    """Return which villages a carrier's fibre serves: the least remote ones; hills and chance weigh too."""
    rng = stream(country.seed, "served", carrier.id)
    away = country.remoteness * (1.0 + 0.55 * country.terrain.hill(country.seats))
    away *= np.exp(0.8 * noise(country.seats, scale_m=14000.0, rng=rng))
    away *= country.villages["settlement_class"].map({"urban": 0.12, "town": 0.4, "rural": 1.0}).to_numpy()
    served = np.argsort(np.argsort(away, kind="stable")) < round(carrier.reach * len(away))
    served[list(country.towns.values())] = True
    if carrier is UNICOM:
        served &= (country.villages["county_code6"] != SILENT_COUNTY).to_numpy()
    return np.asarray(served)


def fibre(country: Country, carrier: Carrier) -> gpd.GeoDataFrame:
    """Return one carrier's cables (EPSG:4490), columns `COLUMNS`; sheath-km in service as calibrated."""
    served = served_villages(country, carrier)
    live = _tree(country, carrier, served)
    later = _extensions(country, carrier, served, live)
    table = pd.concat(
        [
            _along_roads(country, carrier, live, IN_SERVICE),
            _drops(country, carrier, served, live),
            _along_roads(country, carrier, later, PLANNED),
        ],
        ignore_index=True,
    )
    table = gpd.GeoDataFrame(table, geometry="geometry", crs=LONLAT)
    return _described(_calibrated(table, country.totals.sheath_km(carrier.id)), country, carrier)


def _tree(country: Country, carrier: Carrier, served: NDArray[np.bool_]) -> Integers:
    """Return how many served villages lie behind each edge of the web (0: no cable)."""
    net = country.web
    near = net.neighbours(_allowed(country, carrier))
    count = np.zeros(len(net.edges), dtype=np.int64)
    towns = country.villages["town_code9"].to_numpy()
    for code, node in country.towns.items():
        mine = [int(v) for v in np.flatnonzero(served & (towns == code)) if v != node]
        count += edges_of(near, net, mine, node)
    seats = _county_nodes(country)
    for code, node in seats.items():
        mine = [n for town, n in country.towns.items() if town.startswith(code) and served[n]]
        count += 4 * edges_of(near, net, mine, node)
    hubs = [n for n in seats.values() if served[n]]
    trunks = edges_of(net.neighbours(net.grade != ""), net, hubs, _city_node(country))
    return np.asarray(np.where(_allowed(country, carrier), count + 20 * trunks, 0))


def _allowed(country: Country, carrier: Carrier) -> NDArray[np.bool_]:
    """Return the edges a carrier may use: roads, and none in the county it was silent about."""
    allowed = country.web.grade != ""
    if carrier is UNICOM:
        silent = (country.villages["county_code6"] == SILENT_COUNTY).to_numpy()
        allowed &= ~silent[country.web.edges].any(axis=1)
    return np.asarray(allowed)


def _county_nodes(country: Country) -> dict[str, int]:
    """Return the village at the seat of each county: the town node nearest to it."""
    found = {}
    for code in country.counties["county_code6"]:
        mine = np.array([n for town, n in country.towns.items() if town.startswith(code)])
        at = to_plane(np.array([COUNTY_SEATS[code]]))[0]
        found[code] = int(mine[np.argmin(np.hypot(*(country.seats[mine] - at).T))])
    return found


def _city_node(country: Country) -> int:
    """Return the county node nearest to the city's centre."""
    nodes = list(_county_nodes(country).values())
    at = to_plane(np.array([CITY_CENTRE]))[0]
    return nodes[int(np.argmin(np.hypot(*(country.seats[nodes] - at).T)))]


def _extensions(country: Country, carrier: Carrier, served: NDArray[np.bool_], live: Integers) -> Integers:
    """Return the planned edges: the ways from the tree to the nearest third of the villages not served."""
    net = country.web
    reached = sorted({int(v) for edge in np.flatnonzero(live) for v in net.edges[edge]})
    count = np.zeros(len(net.edges), dtype=np.int64)
    if not reached:
        return count
    cost, towards = shortest(net.neighbours(_allowed(country, carrier)), net.cost, reached)
    waiting = np.flatnonzero(~served & np.isfinite(cost) & (cost > 0))
    for village in waiting[np.argsort(cost[waiting], kind="stable")][: len(waiting) // 3]:
        count[way(towards, net.edges, int(village))] += 1
    count[live > 0] = 0
    return count


def _along_roads(country: Country, carrier: Carrier, behind: Integers, status: str) -> pd.DataFrame:
    """Return the cables along the edges that have something behind them."""
    edges = np.flatnonzero(behind)
    lines = geometry_to_lonlat(beside(country.web.lines[edges], carrier.offset_m))
    urban = (
        (country.villages["settlement_class"] == "urban").to_numpy()[country.web.edges[edges]].mean(axis=1)
    )
    wanted = (1.0 + behind[edges] ** 0.62) * (1.0 + 1.2 * urban)
    return pd.DataFrame(
        {
            "wanted": wanted,
            "status": status,
            "village": country.web.edges[edges, 1],
            "other": country.web.edges[edges, 0],
            "geometry": list(lines),
        }
    )


def _drops(country: Country, carrier: Carrier, served: NDArray[np.bool_], live: Integers) -> pd.DataFrame:
    """Return cables along lanes into the largest hamlets whose road has a cable."""
    homes = country.hamlets["households"].to_numpy()
    rng = stream(country.seed, "drops", carrier.id)
    wanted = served[country.of_village] & (live[country.lanes.edge] > 0)
    score = homes * rng.lognormal(0.0, 0.6, len(homes)) * wanted
    chosen = np.sort(np.argsort(-score, kind="stable")[: round(carrier.into_hamlets * wanted.sum())])
    paths = np.array([country.lanes.path(int(hamlet)) for hamlet in chosen], dtype=object)
    return pd.DataFrame(
        {
            "wanted": 1.0,
            "status": IN_SERVICE,
            "village": country.of_village[chosen],
            "other": country.of_village[chosen],
            "geometry": list(geometry_to_lonlat(paths)),
        }
    )


def beside(lines: NDArray[np.object_], offset_m: float) -> NDArray[np.object_]:
    """Return lines drawn beside the given ones (plane); the ends stay where they are."""
    return np.array([_beside(shapely.get_coordinates(line), offset_m) for line in lines], dtype=object)


def _beside(points: Floats, offset_m: float) -> shapely.Geometry:
    """Return one line whose inner vertices are moved to the left by `offset_m`."""
    along = points[2:] - points[:-2]
    length = np.hypot(*along.T)
    moved = points.copy()
    moved[1:-1] += np.column_stack([-along[:, 1], along[:, 0]]) / length[:, None] * offset_m
    return shapely.LineString(moved)


def _calibrated(table: gpd.GeoDataFrame, sheath_km: float) -> gpd.GeoDataFrame:
    """Return the table with whole numbers of cables that meet the sheath-km in service."""
    length = lengths_km(np.asarray(table.geometry.values))
    live = table["status"].eq(IN_SERVICE).to_numpy()
    wanted = table["wanted"].to_numpy()
    factor = _factor(wanted[live], length[live], sheath_km)
    cables = np.maximum(1, np.round(wanted * factor)).astype(np.int64)
    order = np.argsort(-length * live, kind="stable")
    for row in order[: int(live.sum())]:
        if sheath_km - float((cables * length)[live].sum()) < length[row]:
            continue
        cables[row] += 1
    return table.assign(cables=cables, sheath_km=np.round(cables * length, 3))


def _factor(wanted: Floats, length: Floats, total: float) -> float:
    """Return the factor on the wanted cables whose whole numbers fall just short of the total (bisection)."""
    low, high = 0.0, 200.0
    for _ in range(60):
        middle = (low + high) / 2
        reached = float((np.maximum(1, np.round(wanted * middle)) * length).sum())
        low, high = (low, middle) if reached > total else (middle, high)
    return low


def _described(table: gpd.GeoDataFrame, country: Country, carrier: Carrier) -> gpd.GeoDataFrame:
    """Return the table with ids, names, cores, dates and route names."""
    rng = stream(country.seed, "described", carrier.id)
    villages = country.villages
    county = villages["county_code6"].to_numpy()[table["village"]]
    number = pd.Series(county).groupby(county).cumcount() + 1
    name = villages["name"].str.replace(r"(社区)?(居委会|村委会).*$", "", regex=True).to_numpy()
    ends = [(name[a], name[b]) for a, b in zip(table["other"], table["village"], strict=True)]
    size = np.clip(np.log2(table["wanted"].to_numpy() + 1) + rng.integers(-1, 2, len(table)), 0, 5).astype(
        int
    )
    status = table["status"].where(table["status"].eq(IN_SERVICE) | (rng.random(len(table)) < 0.6), BUILDING)
    spelling = rng.choice(len(carrier.names), size=len(table), p=[0.9, 0.06, 0.04])
    described = table.assign(
        cable_id=[f"{carrier.id[0].upper()}-{c}-{n:05d}" for c, n in zip(county, number, strict=True)],
        operator=[carrier.names[n] for n in spelling],
        cores=[_CORES[n] for n in size],
        status=status,
        since=_dates(status, rng),
        route=[f"{a}—{b}" if a != b else f"{a}入村" for a, b in ends],
    )
    return described[COLUMNS].reset_index(drop=True)


def _dates(status: pd.Series, rng: np.random.Generator) -> list[str]:
    """Return the date in service, or the date meant for what is not yet."""
    live = status.eq(IN_SERVICE).to_numpy()
    years = np.where(
        live, 1998 + np.floor(13 * rng.random(len(status)) ** 0.6), rng.integers(2011, 2013, len(status))
    )
    months, days = rng.integers(1, 13, len(status)), rng.integers(1, 29, len(status))
    return [f"{int(y)}-{m:02d}-{d:02d}" for y, m, d in zip(years, months, days, strict=True)]


def is_lived_in(villages: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which villages are ordinary ones, with residents."""
    return ~villages["code12"].map(is_special).to_numpy(dtype=bool)
