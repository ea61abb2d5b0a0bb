"""What carriers declare, village by village, apart from their plant; some of it the plant contradicts."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.carriers import CARRIERS, IN_SERVICE, SILENT_COUNTY, TELECOM, UNICOM
from simulate.chance import Floats, stream
from simulate.country import Country
from simulate.fibre import is_lived_in
from simulate.plane import geometry_to_plane

COLUMNS = ["code12", "village", "operator", "service", "status", "since"]

#: Words of the column status: reached, not reached.
REACHED, NOT_REACHED = "已通", "未通"

#: A carrier says that its fibre reaches a village when a cable in service lies this near to the seat [m].
NEAR_M = 500.0

#: Villages per carrier declared reached though the plant is far, and declared not reached though it is there.
TOO_MUCH, TOO_LITTLE = 4, 3


def declared_services(country: Country, cables: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Return the declarations of fibre by three carriers and of broadband by one, columns `COLUMNS`.

    Besides what their cables reach (`cables`: carrier id -> its delivery), carriers declare the `TOO_MUCH`
    most remote of the other villages, where the plant is kilometres away, and leave out `TOO_LITTLE` that
    it reaches.
    """
    lived = is_lived_in(country.villages)
    elsewhere = (country.villages["county_code6"] != SILENT_COUNTY).to_numpy() & lived
    parts = []
    for carrier in CARRIERS[:3]:
        gap = _gap_m(country, cables[carrier.id])
        says = _says(
            gap, np.where(elsewhere, country.remoteness, 0.0), stream(country.seed, "says", carrier.id)
        )
        parts.append(_declared(country, carrier.names[0], "fibre", says & lived))
    parts.append(_declared(country, TELECOM.names[0], "broadband", lived))
    table = pd.concat(parts, ignore_index=True)
    silent = table["operator"].eq(UNICOM.names[0]) & table["code12"].str.startswith(SILENT_COUNTY)
    return table[~silent].reset_index(drop=True)


def _gap_m(country: Country, cables: gpd.GeoDataFrame) -> Floats:
    """Return how far the nearest cable in service is from each village's seat [m]."""
    live = cables.loc[cables["status"] == IN_SERVICE, "geometry"]
    lines = geometry_to_plane(np.asarray(live.values))
    if len(lines) == 0:
        return np.full(len(country.seats), np.inf)
    nearest = shapely.STRtree(lines).nearest(shapely.points(country.seats))
    return np.asarray(shapely.distance(lines[nearest], shapely.points(country.seats)))


def _says(gap_m: Floats, remoteness: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which villages a carrier says are reached."""
    near = gap_m <= NEAR_M
    says = near.copy()
    missed = np.flatnonzero((gap_m < 100.0) & (remoteness > 0))
    says[rng.permutation(missed)[:TOO_LITTLE]] = False
    far = np.where(near, 0.0, remoteness)
    boast = np.argsort(-far, kind="stable")[:TOO_MUCH]
    says[boast[far[boast] > 0]] = True
    return says


def _declared(country: Country, operator: str, service: str, says: NDArray[np.bool_]) -> pd.DataFrame:
    """Return one carrier's declarations of one service, a row per ordinary village."""
    rng = stream(country.seed, "declared", operator, service)
    rows = np.flatnonzero(is_lived_in(country.villages))
    years, months = rng.integers(2004, 2011, len(rows)), rng.integers(1, 13, len(rows))
    dates = [f"{y}-{m:02d}-01" for y, m in zip(years, months, strict=True)]
    table = pd.DataFrame(
        {
            "code12": country.villages["code12"].to_numpy()[rows],
            "village": country.villages["name"].to_numpy()[rows],
            "operator": operator,
            "service": service,
            "status": np.where(says[rows], REACHED, NOT_REACHED),
            "since": np.where(says[rows], dates, ""),
        }
    )
    return table[COLUMNS]
