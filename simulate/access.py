"""Broadband access nodes: where a line ends in a rate, and how far it carries.

A plain model: each technology has a rate and a reach. Every ordinary village has at least one ADSL2+ node at
its seat (the plan: all administrative villages have internet in 2010), so what lies farther than the copper
carries has none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulate.carriers import BUILDING, IN_SERVICE, MOBILE, PLANNED, TELECOM, UNICOM, Carrier
from simulate.chance import Floats, stream
from simulate.country import Country
from simulate.fibre import is_lived_in, served_villages
from simulate.plane import to_lonlat

COLUMNS = ["node_id", "operator", "technology", "max_mbps", "reach_m", "lon", "lat", "since", "status"]

#: Rate [Mbps] and reach [m, straight]: copper loops over 1.3, capacity.md section 1 ("planning").
RATES: dict[str, tuple[float, float]] = {
    "adsl2+": (4.0, 1480.0),
    "vdsl2": (20.0, 900.0),
    "fttb": (10.0, 420.0),
    "ftth": (100.0, 260.0),
}


def access_nodes(country: Country) -> pd.DataFrame:
    """Return the access nodes of all carriers, columns `COLUMNS`; max_mbps and reach_m are numbers."""
    parts = [
        _copper(country, np.flatnonzero(is_lived_in(country.villages))),
        _outposts(country),
        _buildings(country, TELECOM, {"vdsl2": 0.35, "fttb": 0.8, "ftth": 0.05}),
        _buildings(country, UNICOM, {"fttb": 0.55, "ftth": 0.01}),
        _buildings(country, MOBILE, {"fttb": 0.22}),
    ]
    table = pd.concat(parts, ignore_index=True)
    rng = stream(country.seed, "access")
    table[["lon", "lat"]] = to_lonlat(table[["x", "y"]].to_numpy())
    later = rng.random(len(table)) < np.where(table["technology"].eq("adsl2+"), 0.0, 0.06)
    table["status"] = np.where(later, np.where(rng.random(len(table)) < 0.5, PLANNED, BUILDING), IN_SERVICE)
    years = np.where(
        later,
        2011,
        np.where(
            table["technology"].eq("adsl2+"),
            rng.integers(2003, 2010, len(table)),
            rng.integers(2008, 2011, len(table)),
        ),
    )
    table["since"] = [
        f"{y}-{m:02d}-{d:02d}"
        for y, m, d in zip(
            years, rng.integers(1, 13, len(table)), rng.integers(1, 29, len(table)), strict=True
        )
    ]
    table["node_id"] = [f"AN{n:05d}" for n in range(1, len(table) + 1)]
    return table[COLUMNS]


def _nodes(points: Floats, carrier: Carrier, technology: str, rng: np.random.Generator) -> pd.DataFrame:
    """Return nodes of one technology at plane points; rates vary by equipment, reaches a little."""
    mbps, reach_m = RATES[technology]
    steps = {"adsl2+": (2.0, 4.0, 4.0, 8.0), "fttb": (10.0, 10.0, 20.0)}.get(technology, (mbps,))
    rates = np.array(steps)[rng.integers(len(steps), size=len(points))]
    reach = np.round(
        reach_m
        * rng.uniform(0.85, 1.15, len(points))
        * (4.0 / rates if technology == "adsl2+" else 1.0) ** 0.35
    )
    return pd.DataFrame(
        {
            "operator": carrier.names[0],
            "technology": technology,
            "max_mbps": rates,
            "reach_m": reach,
            "x": points[:, 0],
            "y": points[:, 1],
        }
    )


def _copper(country: Country, villages: np.ndarray) -> pd.DataFrame:
    """Return the ADSL2+ node at each village's seat."""
    nodes = _nodes(country.seats[villages], TELECOM, "adsl2+", stream(country.seed, "copper"))
    winding = 1.0 - 0.45 * country.terrain.hill(country.seats[villages])
    return nodes.assign(reach_m=np.round(nodes["reach_m"] * winding))


def _outposts(country: Country) -> pd.DataFrame:
    """Return ADSL2+ nodes in some hamlets far from the seat, where the village has fibre."""
    rng = stream(country.seed, "outposts")
    away = np.hypot(*(country.places - country.seats[country.of_village]).T)
    served = served_villages(country, TELECOM)[country.of_village]
    chosen = np.flatnonzero(served & (away > 1700) & (rng.random(len(away)) < 0.07))
    return _nodes(country.places[chosen], TELECOM, "adsl2+", rng)


def _buildings(country: Country, carrier: Carrier, shares: dict[str, float]) -> pd.DataFrame:
    """Return nodes in urban villages and, fewer, in town ones that the carrier's fibre serves."""
    served = served_villages(country, carrier) & is_lived_in(country.villages)
    chance = country.villages["settlement_class"].map({"urban": 1.0, "town": 0.35, "rural": 0.0}).to_numpy()
    parts = []
    for technology, share in shares.items():
        rng = stream(country.seed, "buildings", carrier.id, technology)
        for copy in range(3 if technology == "fttb" else 1):
            chosen = np.flatnonzero(served & (rng.random(len(served)) < chance * share))
            turn = rng.uniform(0, 2 * np.pi, len(chosen))
            off = np.column_stack([np.cos(turn), np.sin(turn)]) * (30.0 + 170.0 * copy)
            parts.append(_nodes(country.seats[chosen] + off, carrier, technology, rng))
    return pd.concat(parts, ignore_index=True)
