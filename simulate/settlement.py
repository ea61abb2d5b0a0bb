"""People: the kind of committee, the settlement class by a stated rule, and who lives where.

The class is this project's own rule over a simulated country and is never the official class:

- residents' committee (居委会) of a sub-district (街道), or whose seat lies in a large built-up area (at
  least `LARGE_KM2`) or within `FRINGE_M` of one: urban; elsewhere: town;
- villagers' committee (村委会) whose seat lies in a large built-up area or within `FRINGE_M` of one, or
  within `TOWN_CORE_M` of the centre of its sub-district: urban; within `TOWN_CORE_M` of its town's centre:
  town; elsewhere: rural;
- other units (industrial parks, prisons, virtual communities): urban within `FRINGE_M`, else town.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from simulate.chance import Floats, apportion, stream
from simulate.totals import Totals

#: Width of the fringe of the built-up area [m] (the statistical class 112, urban-rural fringe).
FRINGE_M = 3000.0

#: Built-up areas from this size make a city, smaller ones a town [km2].
LARGE_KM2 = 6.0

#: Radius of a town's core [m] (class 122, town-rural fringe).
TOWN_CORE_M = 2000.0

_PEOPLE = {"urban": 3300.0, "town": 3900.0, "rural": 3000.0}
_FLOATING = {"urban": 0.42, "town": 0.22, "rural": 0.07}
_PER_HOME = {"urban": 2.72, "town": 2.85, "rural": 2.98}


def committee(name: str) -> str:
    """Return the kind of committee that a village's name states.

    >>> committee("邹区社区居委会（含邹区村村委）"), committee("新河村村委会"), committee("创意产业园社区")
    ('居委会', '村委会', 'other')
    """
    plain = name.partition("（")[0]
    if plain.endswith(("居委会", "居民委员会")):
        return "居委会"
    return "村委会" if plain.endswith(("村委会", "村民委员会")) else "other"


def is_special(code12: str) -> bool:
    """Return whether a unit is no ordinary village: its last three digits begin with 4 or 5."""
    return code12[9] in "45"


def settlement_class(
    villages: pd.DataFrame, seats: Floats, *, built_up: NDArray[np.object_], centres: Floats
) -> list[str]:
    """Return the settlement class of each village by the rule of this module.

    Parameters
    ----------
    villages
        code12, committee and the name of the township (town).
    seats
        Plane metres, (n, 2).
    built_up
        The built-up area, plane polygons.
    centres
        For each village the centre of its town, plane metres, (n, 2).
    """
    large = built_up[shapely.area(built_up) >= LARGE_KM2 * 1e6]
    near = shapely.buffer(shapely.union_all(large), FRINGE_M)
    inside = shapely.contains_xy(near, seats[:, 0], seats[:, 1])
    core = np.hypot(*(seats - centres).T) <= TOWN_CORE_M
    villagers = villages["committee"].eq("村委会").to_numpy()
    residents = villages["committee"].eq("居委会").to_numpy()
    street = villages["town"].str.endswith("街道").to_numpy()
    urban = inside | (street & (residents | core))
    kinds = np.where(urban, "urban", np.where(villagers & ~core, "rural", "town"))
    return [str(kind) for kind in kinds]


def inhabitants(villages: pd.DataFrame, totals: Totals, *, seed: int) -> pd.DataFrame:
    """Return population, households and floating per village; each adds up to its total.

    Special units have no residents.
    """
    rng = stream(seed, "people")
    kinds = villages["settlement_class"]
    lived_in = ~villages["code12"].map(is_special).to_numpy()
    weight = kinds.map(_PEOPLE).to_numpy() * rng.lognormal(0.0, 0.33, len(villages)) * lived_in
    people = apportion(totals.population, weight)
    size = kinds.map(_PER_HOME).to_numpy() * rng.uniform(0.94, 1.06, len(villages))
    homes = apportion(totals.households, people / size)
    floating = apportion(
        totals.floating, people * kinds.map(_FLOATING).to_numpy() * rng.lognormal(0.0, 0.5, len(villages))
    )
    return pd.DataFrame(
        {"population": people, "households": homes, "floating": floating}, index=villages.index
    )
