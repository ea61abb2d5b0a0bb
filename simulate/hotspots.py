"""Key and hotspot places of the towns (universities, stations, hospitals ...) and the WLAN there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulate.carriers import IN_SERVICE, MOBILE, PLANNED, TELECOM, UNICOM
from simulate.chance import stream
from simulate.country import Country
from simulate.fibre import is_lived_in
from simulate.plane import to_lonlat

KEY_COLUMNS = ["key_id", "name", "kind", "code12", "lon", "lat"]
WLAN_COLUMNS = ["hotspot_id", "operator", "name", "access_points", "reach_m", "lon", "lat", "since", "status"]

#: How many key places of each kind there are, and which share of them has WLAN at the end of 2010.
_KINDS = {
    "高校": (12, 0.95),
    "汽车站": (10, 0.8),
    "火车站": (3, 1.0),
    "医院": (42, 0.55),
    "图书馆": (9, 0.8),
    "商场": (58, 0.6),
    "酒店": (64, 0.75),
    "产业园": (28, 0.5),
    "公园": (26, 0.2),
    "政务中心": (8, 1.0),
}


def key_places(country: Country) -> pd.DataFrame:
    """Return the key and hotspot places, columns `KEY_COLUMNS`; all lie in urban villages."""
    rng = stream(country.seed, "key places")
    urban = np.flatnonzero(
        (country.villages["settlement_class"] == "urban").to_numpy() & is_lived_in(country.villages)
    )
    weight = country.terrain.density(country.seats[urban])
    rows = rng.choice(urban, size=sum(n for n, _ in _KINDS.values()), p=weight / weight.sum())
    turn, off = rng.uniform(0, 2 * np.pi, len(rows)), rng.uniform(10.0, 90.0, len(rows))
    lonlat = to_lonlat(country.seats[rows] + np.column_stack([np.cos(turn), np.sin(turn)]) * off[:, None])
    kinds = [kind for kind, (count, _) in _KINDS.items() for _ in range(count)]
    names = (
        country.villages["name"].str.replace(r"(社区)?(居委会|村委会).*$", "", regex=True).to_numpy()[rows]
    )
    return pd.DataFrame(
        {
            "key_id": [f"K{n:03d}" for n in range(1, len(rows) + 1)],
            "name": [
                f"{name}{kind}{n % 4 + 1}" for n, (name, kind) in enumerate(zip(names, kinds, strict=True))
            ],
            "kind": kinds,
            "code12": country.villages["code12"].to_numpy()[rows],
            "lon": lonlat[:, 0],
            "lat": lonlat[:, 1],
        }
    )


def wlan_hotspots(country: Country, places: pd.DataFrame) -> pd.DataFrame:
    """Return WLAN hotspots at the key places that have them, columns `WLAN_COLUMNS`; some places have two."""
    rng = stream(country.seed, "wlan")
    share = places["kind"].map({kind: share for kind, (_, share) in _KINDS.items()}).to_numpy()
    parts = []
    for carrier, part in ((TELECOM, 0.78), (MOBILE, 0.42), (UNICOM, 0.12)):
        has = rng.random(len(places)) < share * part
        mine = places[has]
        lonlat = mine[["lon", "lat"]].to_numpy() + np.round(rng.normal(0.0, 0.00025, (len(mine), 2)), 7)
        later = rng.random(len(mine)) < 0.08
        parts.append(
            pd.DataFrame(
                {
                    "operator": carrier.names[0],
                    "name": mine["name"].to_numpy(),
                    "access_points": rng.integers(2, 40, len(mine)),
                    "reach_m": rng.integers(8, 16, len(mine)) * 10,
                    "lon": np.round(lonlat[:, 0], 7),
                    "lat": np.round(lonlat[:, 1], 7),
                    "since": [
                        f"{y}-{m:02d}-{d:02d}"
                        for y, m, d in zip(
                            np.where(later, 2011, rng.integers(2007, 2011, len(mine))),
                            rng.integers(1, 13, len(mine)),
                            rng.integers(1, 29, len(mine)),
                            strict=True,
                        )
                    ],
                    "status": np.where(later, PLANNED, IN_SERVICE),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    table["hotspot_id"] = [f"W{n:04d}" for n in range(1, len(table) + 1)]
    return table[WLAN_COLUMNS]
