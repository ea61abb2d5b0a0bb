"""The figures that the country is calibrated to: the plan's state at the end of 2010."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Totals:
    """Totals of one city (plan section 1, facts of 2010; what the plan does not give is said so).

    Attributes
    ----------
    households
        Registered households, which the plan counts: 765,400 users / 60.22 %.
    hamlets
        Natural villages; invented, the plan has no figure.
    built_up_km2
        The built-up area on the city-management platform.
    cable_homes
        960,000 digital users / 94 %.
    mobile_internet, interactive_tv
        Users; invented.
    """

    population: int = 3_600_000
    households: int = 1_271_006
    floating: int = 1_000_000
    hamlets: int = 10_000
    built_up_km2: float = 220.0
    telecom_sheath_km: float = 11_200.0
    mobile_sheath_km: float = 6_300.0
    unicom_sheath_km: float = 3_100.0
    broadcast_sheath_km: float = 4_400.0
    duct_hole_km: float = 2962.0
    duct_reserve_hole_km: float = 580.0
    broadband: int = 765_400
    fixed: int = 1_637_400
    mobile: int = 4_094_500
    users_3g: int = 340_000
    mobile_internet: int = 1_105_500
    cable_homes: int = 1_021_277
    digital_homes: int = 960_000
    interactive_tv: int = 86_400

    def part(self, share: float) -> Totals:
        """Return the totals of a part of the city; counts of people and things stay whole."""
        scaled = {f.name: getattr(self, f.name) * share for f in fields(self)}
        counts = {f.name for f in fields(self) if isinstance(getattr(self, f.name), int)}
        return replace(self, **{name: round(v) if name in counts else v for name, v in scaled.items()})

    def sheath_km(self, carrier: str) -> float:
        """Return one carrier's sheath-km in service."""
        return float(getattr(self, f"{carrier}_sheath_km"))
