"""3G sites of three carriers and their coverage by a plain range model.

The range of a site is a radius by the kind of place, shortened in each direction by the hills there; no wave
is computed. Columns are in metres and degrees.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.carriers import MOBILE, SILENT_COUNTY, TELECOM, UNICOM, Carrier
from simulate.chance import Floats, noise, stream
from simulate.country import Country
from simulate.fibre import is_lived_in
from simulate.plane import LONLAT, geometry_to_lonlat, to_lonlat, to_plane

SITE_COLUMNS = ["site_id", "operator", "technology", "lon", "lat", "height_m", "range_m", "since"]
COVERAGE_COLUMNS = ["id", "operator", "technology", "geometry"]

#: Directions of a coverage polygon.
_DIRECTIONS = 24

#: Range by settlement class [m], for a mast of 35 m.
_RANGE_M = {"urban": 900.0, "town": 1750.0, "rural": 2500.0}


@dataclass(frozen=True)
class Radio:
    """One carrier's 3G: technology, range against the others', share of villages with a site by class."""

    carrier: Carrier
    technology: str
    range_factor: float
    urban: float
    town: float
    rural: float
    dissolved: bool


RADIOS = (
    Radio(UNICOM, "UMTS 2100", 1.0, 0.80, 0.62, 0.14, dissolved=True),
    Radio(TELECOM, "CDMA2000", 1.18, 0.66, 0.55, 0.16, dissolved=False),
    Radio(MOBILE, "TD-SCDMA", 0.86, 0.90, 0.60, 0.05, dissolved=False),
)


def sites_3g(country: Country) -> pd.DataFrame:
    """Return the 3G sites of the three carriers, columns `SITE_COLUMNS`."""
    return pd.concat([_sites(country, radio) for radio in RADIOS], ignore_index=True)


def _sites(country: Country, radio: Radio) -> pd.DataFrame:
    """Return one carrier's sites: near the seats of the villages it chose."""
    rng = stream(country.seed, "sites", radio.carrier.id)
    villages = country.villages
    kind = villages["settlement_class"]
    chance = kind.map({"urban": radio.urban, "town": radio.town, "rural": radio.rural}).to_numpy()
    rough = noise(country.seats, scale_m=9000.0, rng=rng)
    chance = chance * np.clip(1.0 + 0.9 * rough, 0.2, 2.0) * (1.0 - 0.9 * country.terrain.hill(country.seats))
    chosen = (rng.random(len(villages)) < chance) & is_lived_in(villages)
    chosen[list(country.towns.values())] = True
    if radio.carrier is UNICOM:
        chosen &= (villages["county_code6"] != SILENT_COUNTY).to_numpy()
    rows = np.flatnonzero(chosen)
    turn, off = rng.uniform(0, 2 * np.pi, len(rows)), rng.uniform(20.0, 260.0, len(rows))
    lonlat = to_lonlat(country.seats[rows] + np.column_stack([np.cos(turn), np.sin(turn)]) * off[:, None])
    height = np.round(
        np.where(kind.iloc[rows] == "urban", rng.uniform(22, 40, len(rows)), rng.uniform(32, 55, len(rows)))
    )
    reach = (
        kind.iloc[rows].map(_RANGE_M).to_numpy() * np.sqrt(height / 35.0) * rng.uniform(0.88, 1.12, len(rows))
    )
    return pd.DataFrame(
        {
            "site_id": [f"{radio.carrier.id[0].upper()}3G{n:04d}" for n in range(1, len(rows) + 1)],
            "operator": radio.carrier.names[0],
            "technology": radio.technology,
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
            "height_m": height.astype(np.int64),
            "range_m": np.round(reach * radio.range_factor).astype(np.int64),
            "since": [
                f"{y}-{m:02d}-{d:02d}"
                for y, m, d in zip(
                    np.where(rng.random(len(rows)) < 0.55, 2010, 2009),
                    rng.integers(1, 13, len(rows)),
                    rng.integers(1, 29, len(rows)),
                    strict=True,
                )
            ],
        }
    )


def coverage_3g(country: Country, sites: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the coverage polygons, columns `COVERAGE_COLUMNS`.

    One row per site, except for the carrier that delivered its coverage dissolved: there the rows are
    the parts of the union, with their holes.
    """
    parts = []
    for radio in RADIOS:
        mine = sites[sites["technology"] == radio.technology]
        polygons = _polygons(country, mine)
        if radio.dissolved:
            polygons = np.asarray(
                shapely.get_parts(shapely.normalize(shapely.union_all(polygons, grid_size=1e-7)))
            )
        parts.append(
            gpd.GeoDataFrame(
                {"operator": radio.carrier.names[0], "technology": radio.technology},
                geometry=polygons,
                crs=LONLAT,
                index=range(len(polygons)),
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "id", [f"C3G{n:05d}" for n in range(1, len(table) + 1)])
    return gpd.GeoDataFrame(table[COVERAGE_COLUMNS], geometry="geometry", crs=LONLAT)


def _polygons(country: Country, sites: pd.DataFrame) -> NDArray[np.object_]:
    """Return the coverage polygon of each site in longitude and latitude on the lattice."""
    centres = to_plane(sites[["lon", "lat"]].to_numpy())
    angles = np.linspace(0, 2 * np.pi, _DIRECTIONS, endpoint=False)
    rays = np.column_stack([np.cos(angles), np.sin(angles)])
    reach = sites["range_m"].to_numpy(dtype=np.float64)[:, None] * _shortening(country, centres, rays, sites)
    rings = centres[:, None, :] + reach[:, :, None] * rays
    return geometry_to_lonlat(shapely.polygons(rings))


def _shortening(country: Country, centres: Floats, rays: Floats, sites: pd.DataFrame) -> Floats:
    """Return by which factor the hills shorten each direction of each site."""
    reach = sites["range_m"].to_numpy(dtype=np.float64)
    middles = (centres[:, None, :] + 0.6 * reach[:, None, None] * rays).reshape(-1, 2)
    hill = country.terrain.hill(middles)
    rough = noise(middles, scale_m=1500.0, rng=stream(country.seed, "clutter"))
    return np.asarray(((1.0 - 0.62 * hill) * (1.0 + 0.22 * rough)).reshape(len(centres), len(rays)))
