"""The e-government network at its four levels, and the rural information service platform."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulate.carriers import BUILDING, IN_SERVICE, PLANNED
from simulate.chance import stream
from simulate.country import Country

EGOV_COLUMNS = ["unit_level", "unit_code", "unit_name", "status", "bandwidth_mbps", "since"]
PLATFORM_COLUMNS = ["code12", "name", "status", "since"]


def egov_links(country: Country, city: tuple[str, str]) -> pd.DataFrame:
    """Return one row per unit of the four levels that was surveyed, columns `EGOV_COLUMNS`.

    City, counties and nearly all townships are linked (plan section 1: the network of three levels is
    basically built); of the villages about half.
    """
    rng = stream(country.seed, "egov")
    levels = [("city", [city[0]], [city[1]], 1.0, 1000)]
    for level, table, key, share, rate in (
        ("county", country.counties, "county_code6", 1.0, 622),
        ("township", country.townships, "code9", 0.96, 100),
    ):
        levels.append((level, table[key].tolist(), table["name"].tolist(), share, rate))
    parts = [_links(*level, rng=rng) for level in levels]
    chance = country.villages["settlement_class"].map({"urban": 0.74, "town": 0.55, "rural": 0.36}).to_numpy()
    villages = _links(
        "village", country.villages["code12"].tolist(), country.villages["name"].tolist(), chance, 10, rng=rng
    )
    return pd.concat([*parts, villages], ignore_index=True)


def _links(
    level: str,
    codes: list[str],
    names: list[str],
    share: float | np.ndarray,
    rate: int,
    *,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the links of one level."""
    linked = rng.random(len(codes)) < share
    return pd.DataFrame(
        {
            "unit_level": level,
            "unit_code": codes,
            "unit_name": names,
            "status": _status(linked, rng),
            "bandwidth_mbps": np.where(linked, rate, 0),
            "since": _since(linked, rng),
        }
    )[EGOV_COLUMNS]


def rural_platform(country: Country) -> pd.DataFrame:
    """Return one row per village outside the urban class, columns `PLATFORM_COLUMNS`."""
    rng = stream(country.seed, "platform")
    villages = country.villages[country.villages["settlement_class"] != "urban"]
    far = country.remoteness[villages.index] / country.remoteness.max()
    there = rng.random(len(villages)) < 0.80 - 0.45 * far
    return pd.DataFrame(
        {
            "code12": villages["code12"].to_numpy(),
            "name": villages["name"].to_numpy(),
            "status": _status(there, rng),
            "since": _since(there, rng),
        }
    )[PLATFORM_COLUMNS]


def _status(there: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return in service, being built, planned or nothing (未通)."""
    draw = rng.random(len(there))
    return np.where(there, IN_SERVICE, np.where(draw < 0.2, BUILDING, np.where(draw < 0.6, PLANNED, "未通")))


def _since(there: np.ndarray, rng: np.random.Generator) -> list[str]:
    """Return the date in service, empty for what is not."""
    years, months, days = (
        rng.integers(2006, 2011, len(there)),
        rng.integers(1, 13, len(there)),
        rng.integers(1, 29, len(there)),
    )
    return [
        f"{y}-{m:02d}-{d:02d}" if t else "" for t, y, m, d in zip(there, years, months, days, strict=True)
    ]
