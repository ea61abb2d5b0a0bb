"""Subscribers by township, adding up to the plan's figures of 2010, and the city's egress links."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulate.chance import apportion, stream
from simulate.country import Country

#: How much likelier than a rural one an urban or town household takes each.
_PULL = {
    "broadband": (2.3, 1.5),
    "fixed": (1.4, 1.2),
    "mobile": (1.35, 1.15),
    "users_3g": (3.2, 1.7),
    "mobile_internet": (2.0, 1.4),
    "cable_tv": (1.15, 1.1),
    "interactive_tv": (6.0, 1.5),
}

#: Computers per 100 rural households (plan section 1).
RURAL_COMPUTERS = 37

COLUMNS = [
    *("town_code9", "name", "county_code6", "households", "broadband", "fixed", "mobile", "users_3g"),
    *("mobile_internet", "cable_tv", "digital_tv", "interactive_tv", "rural_households", "rural_computers"),
]

EGRESS_COLUMNS = ["link_id", "operator", "far_end", "gbps", "since", "status"]


def subscribers(country: Country) -> pd.DataFrame:
    """Return one row per township, columns `COLUMNS`; the totals are the plan's."""
    rng = stream(country.seed, "subscribers")
    villages = country.villages
    kinds = villages["settlement_class"]
    table = country.townships[["code9", "name", "county_code6"]].rename(columns={"code9": "town_code9"})
    towns = villages["town_code9"]
    table["households"] = villages["households"].groupby(towns).sum().reindex(table["town_code9"]).to_numpy()
    for name, (urban, town) in _PULL.items():
        total = int(getattr(country.totals, {"cable_tv": "cable_homes"}.get(name, name)))
        weight = villages["households"] * kinds.map({"urban": urban, "town": town, "rural": 1.0})
        by_town = weight.groupby(towns).sum().reindex(table["town_code9"]).to_numpy(dtype=np.float64)
        table[name] = apportion(total, by_town * rng.uniform(0.93, 1.07, len(table)))
    rural = villages["households"].where(kinds == "rural", 0).groupby(towns).sum()
    rural = rural.reindex(table["town_code9"]).to_numpy()
    table["digital_tv"] = table["cable_tv"] - _analogue(country, table["cable_tv"].to_numpy(), rural)
    table["rural_households"] = rural
    table["rural_computers"] = apportion(
        round(rural.sum() * RURAL_COMPUTERS / 100), rural * rng.uniform(0.8, 1.2, len(table))
    )
    return pd.DataFrame(table[COLUMNS])


def _analogue(country: Country, cable: NDArray[np.int64], rural: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cable homes per township that are still analogue: mostly where many are rural."""
    missing = country.totals.cable_homes - country.totals.digital_homes
    households = country.villages["households"].sum() / len(cable)
    return apportion(missing, cable * (0.15 + rural / households))


def egress_links() -> pd.DataFrame:
    """Return the links that leave the metropolitan network, columns `EGRESS_COLUMNS`; together 200 Gbps."""
    rows = [
        (f"EG{n:02d}", "中国电信", "南京" if n % 2 else "上海", 10, f"{2006 + n // 5}-06-30", "在用")
        for n in range(1, 21)
    ]
    return pd.DataFrame(rows, columns=EGRESS_COLUMNS)
