"""Okumura-Hata and COST-231-Hata: median loss by distance, inside their limits and nowhere else.

A cross-check of P.1812, never a replacement: outside the limits there is an error that names each limit, never a
number. UMTS 2100 and TD-SCDMA at 2010 to 2025 MHz lie outside both, and so does every mast below 30 m.

References
----------
.. [1] M. Hata, Empirical formula for propagation loss in land mobile radio services, IEEE Transactions on
   Vehicular Technology 29 (1980).
.. [2] COST Action 231, Digital mobile radio towards future generation systems, final report, §4.4.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from geo.errors import UsageError

Environment = Literal["urban_small", "urban_large", "suburban", "open"]
City = Literal["medium", "metropolitan"]
Range = tuple[float, float]

#: Where both hold, ends included: base and mobile antenna above ground [m], distance [km].
BASE_M, MOBILE_M, DISTANCE_KM = (30.0, 200.0), (1.0, 10.0), (1.0, 20.0)
#: Frequencies [MHz], ends included.
OKUMURA_MHZ, COST_MHZ = (150.0, 1500.0), (1500.0, 2000.0)
#: Between these frequencies [MHz] sources disagree on a large city's correction: refused there.
LARGE_GAP_MHZ = (200.0, 400.0)


class OutsideModel(UsageError):
    """A path outside a model's limits; `reasons` names them: frequency, base_height, mobile_height, distance."""

    def __init__(self, model: str, seen: dict[str, tuple[float, str, Range]]) -> None:
        self.reasons = tuple(seen)
        said = "; ".join(
            f"{name} {value:g} {unit} (from {low:g} to {high:g})"
            for name, (value, unit, (low, high)) in seen.items()
        )
        super().__init__(f"outside {model}: {said}. Use P.1812, or leave the cross-check out")


@dataclass(frozen=True)
class Path:
    """One path: frequency [MHz], base and mobile antenna above ground [m], distance [km]."""

    f_mhz: float
    base_m: float
    mobile_m: float
    d_km: float


def okumura_hata_db(path: Path, environment: Environment) -> float:
    """Return the median loss after Okumura and Hata [dB].

    Parameters
    ----------
    path
        Frequency 150 to 1,500 MHz, base 30 to 200 m, mobile 1 to 10 m, distance 1 to 20 km.
    environment
        A small or medium city, a large one, a suburb, or open land.

    Raises
    ------
    OutsideModel
        Any of the four lies outside.
    """
    _refuse("Okumura-Hata", path, OKUMURA_MHZ)
    low, high = LARGE_GAP_MHZ
    if environment == "urban_large" and low < path.f_mhz < high:
        raise OutsideModel(
            "Okumura-Hata for a large city", {"frequency": (path.f_mhz, "MHz", (high, 1500.0))}
        )
    log_f = math.log10(path.f_mhz)
    mobile = _large_city_db(path) if environment == "urban_large" else _mobile_db(path)
    loss = 69.55 + 26.16 * log_f - mobile + _distance_db(path)
    if environment == "suburban":
        loss -= 2.0 * math.log10(path.f_mhz / 28.0) ** 2 + 5.4
    elif environment == "open":
        loss -= 4.78 * log_f**2 - 18.33 * log_f + 40.94
    return loss


def cost231_hata_db(path: Path, city: City) -> float:
    """Return the median loss after COST 231's extension of Hata [dB].

    Parameters
    ----------
    path
        Frequency 1,500 to 2,000 MHz; else as `okumura_hata_db`.
    city
        A medium city or suburb with medium trees, or a metropolitan centre (3 dB more).

    Raises
    ------
    OutsideModel
        Any of the four lies outside.
    """
    _refuse("COST-231-Hata", path, COST_MHZ)
    extra = 3.0 if city == "metropolitan" else 0.0
    return 46.3 + 33.9 * math.log10(path.f_mhz) - _mobile_db(path) + _distance_db(path) + extra


def _refuse(model: str, path: Path, f_mhz: Range) -> None:
    """Refuse a path outside the limits, naming all that are."""
    asked = {
        "frequency": (path.f_mhz, "MHz", f_mhz),
        "base_height": (path.base_m, "m", BASE_M),
        "mobile_height": (path.mobile_m, "m", MOBILE_M),
        "distance": (path.d_km, "km", DISTANCE_KM),
    }
    wrong = {name: (v, unit, (a, b)) for name, (v, unit, (a, b)) in asked.items() if not a <= v <= b}
    if wrong:
        raise OutsideModel(model, wrong)


def _distance_db(path: Path) -> float:
    """Return the terms of the base's height and the distance [dB]."""
    log_base = math.log10(path.base_m)
    return -13.82 * log_base + (44.9 - 6.55 * log_base) * math.log10(path.d_km)


def _mobile_db(path: Path) -> float:
    """Return a(hm) of a small or medium city [dB]."""
    log_f = math.log10(path.f_mhz)
    return (1.1 * log_f - 0.7) * path.mobile_m - (1.56 * log_f - 0.8)


def _large_city_db(path: Path) -> float:
    """Return a(hm) of a large city [dB]."""
    if path.f_mhz <= LARGE_GAP_MHZ[0]:
        return 8.29 * math.log10(1.54 * path.mobile_m) ** 2 - 1.1
    return 3.2 * math.log10(11.75 * path.mobile_m) ** 2 - 4.97
