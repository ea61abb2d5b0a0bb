"""Technologies, their bands, and what is assumed of a site that does not say.

Powers are those of what a receiver measures: the pilot of UMTS (CPICH RSCP) and TD-SCDMA (PCCPCH RSCP), the BCCH of
GSM (RxLev), the whole carrier of CDMA2000 (Rx power). For LTE the whole carrier is stated and the level is that of
one resource element (RSRP).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.radio.antennas import BEAMWIDTH, VERTICAL_BEAMWIDTH

#: Resource blocks of twelve elements a megahertz of an LTE carrier (100 at 20 MHz).
LTE_BLOCKS_PER_MHZ = 5.0
LTE_BANDWIDTH_MHZ = 20.0


@dataclass(frozen=True)
class Band:
    """A band by its nominal name: uplink to downlink [MHz], and the frequency computed with."""

    name: str
    low_mhz: float
    high_mhz: float
    f_mhz: float


@dataclass(frozen=True)
class Technology:
    """What is assumed of a technology's cells.

    Attributes
    ----------
    name, quantity
        As the table of sites writes it, and what a level means.
    bands
        Where it is used; the first is assumed.
    power_dbm, gain_dbi, loss_db
        Power, antenna gain, loss of feeder and connectors.
    """

    name: str
    quantity: str
    bands: tuple[Band, ...]
    power_dbm: float
    gain_dbi: float = 15.0
    loss_db: float = 3.0


TECHNOLOGIES = {
    t.name: t
    for t in (
        Technology(
            "umts",
            "CPICH RSCP",
            (Band("2100", 1920.0, 2170.0, 2140.0), Band("900", 880.0, 960.0, 942.5)),
            33.0,
            17.5,
        ),
        Technology("cdma2000", "receive power", (Band("850", 824.0, 894.0, 878.0),), 43.0),
        Technology(
            "td-scdma",
            "PCCPCH RSCP",
            (Band("2000", 2010.0, 2025.0, 2017.5), Band("1900", 1880.0, 1920.0, 1900.0)),
            33.0,
            17.5,
        ),
        Technology(
            "gsm",
            "RxLev",
            (Band("900", 880.0, 960.0, 947.5), Band("1800", 1710.0, 1880.0, 1842.5)),
            43.0,
        ),
        Technology(
            "lte",
            "RSRP",
            (
                Band("1800", 1710.0, 1880.0, 1842.5),
                Band("800", 791.0, 862.0, 806.0),
                Band("850", 824.0, 894.0, 878.0),
                Band("900", 880.0, 960.0, 942.5),
                Band("1900", 1880.0, 1920.0, 1900.0),
                Band("2100", 1920.0, 2170.0, 2140.0),
                Band("2300", 2300.0, 2400.0, 2350.0),
                Band("2600", 2496.0, 2690.0, 2630.0),
            ),
            46.0,
            17.5,
        ),
    )
}


@dataclass(frozen=True)
class Defaults:
    """What is assumed where neither the site nor its technology says.

    Attributes
    ----------
    height_m
        Antenna above ground by settlement class [m]; "" where the class is unknown.
    tilt, beamwidth, vertical_beamwidth
        Of a sector [deg].
    """

    height_m: tuple[tuple[str, float], ...] = (("urban", 30.0), ("town", 35.0), ("rural", 40.0), ("", 35.0))
    tilt: float = 3.0
    beamwidth: float = BEAMWIDTH
    vertical_beamwidth: float = VERTICAL_BEAMWIDTH

    def height_of(self, settlement_class: str) -> float:
        """Return the height assumed in a settlement class [m]."""
        known = dict(self.height_m)
        return known.get(settlement_class, known[""])


def frequency_mhz(technology: Technology, text: str) -> float | None:
    """Return the frequency that a band's name or number means [MHz]; None where the technology is not used there."""
    try:
        asked = float(text)
    except ValueError:
        return None
    for band in technology.bands:
        if text.strip() == band.name:
            return band.f_mhz
    return next((asked for band in technology.bands if band.low_mhz <= asked <= band.high_mhz), None)


def measured_dbm(technology: Technology, power_dbm: float, bandwidth_mhz: float = LTE_BANDWIDTH_MHZ) -> float:
    """Return the power of what is measured [dBm]: for LTE one resource element's of the carrier's."""
    if technology.name != "lte":
        return power_dbm
    return power_dbm - 10.0 * math.log10(12.0 * LTE_BLOCKS_PER_MHZ * bandwidth_mhz)
