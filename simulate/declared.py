"""What carriers declare, village by village, apart from their plant; some of it the plant contradicts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulate.carriers import CARRIERS, SILENT_COUNTY, TELECOM, UNICOM
from simulate.chance import stream
from simulate.country import Country
from simulate.fibre import is_lived_in, served_villages

COLUMNS = ["code12", "village", "operator", "service", "status", "since"]

#: Words of the column status: reached, not reached.
REACHED, NOT_REACHED = "已通", "未通"


def declared_services(country: Country) -> pd.DataFrame:
    """Return the declarations of fibre by three carriers and of broadband by one, columns `COLUMNS`.

    Of the villages that the plant does not serve, carriers declare the most remote ones reached in four
    cases each: the plant is kilometres away.
    """
    parts = [
        _declared(country, carrier.id, carrier.names[0], "fibre", served_villages(country, carrier))
        for carrier in CARRIERS[:3]
    ]
    parts.append(_declared(country, TELECOM.id, TELECOM.names[0], "broadband", is_lived_in(country.villages)))
    table = pd.concat(parts, ignore_index=True)
    silent = table["operator"].eq(UNICOM.names[0]) & table["code12"].str.startswith(SILENT_COUNTY)
    return table[~silent].reset_index(drop=True)


def _declared(country: Country, key: str, operator: str, service: str, served: np.ndarray) -> pd.DataFrame:
    """Return one carrier's declarations of one service."""
    rng = stream(country.seed, "declared", key, service)
    lived = is_lived_in(country.villages)
    says = served & lived
    far = np.where(
        ~served & lived & (country.villages["county_code6"] != SILENT_COUNTY), country.remoteness, 0.0
    )
    says[np.argsort(-far, kind="stable")[:4]] |= far.max() > 0
    rows = np.flatnonzero(lived)
    years, months = rng.integers(2004, 2011, len(rows)), rng.integers(1, 13, len(rows))
    return pd.DataFrame(
        {
            "code12": country.villages["code12"].to_numpy()[rows],
            "village": country.villages["name"].to_numpy()[rows],
            "operator": operator,
            "service": service,
            "status": np.where(says[rows], REACHED, NOT_REACHED),
            "since": [
                f"{y}-{m:02d}-01" if s else "" for s, y, m in zip(says[rows], years, months, strict=True)
            ],
        }
    )[COLUMNS]
