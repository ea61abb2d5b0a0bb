"""What regulators and operators ask for, by name: thresholds and rules as presets of the configuration.

Each says how sure it is. What is "unconfirmed" is general knowledge: confirm it before a document cites it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from geo.errors import UnknownName

Checked = Literal["read", "secondary", "unconfirmed", "chosen"]


@dataclass(frozen=True)
class Preset:
    """A level or a rule that somebody uses.

    Attributes
    ----------
    name
        How the configuration names it.
    body, technology, quantity
        Whose it is, of what, and what is measured.
    least_dbm
        The threshold [dBm]; None where the body publishes a rule but no level.
    probability
        With which a pixel shall pass it, 0 to 1; None where none is stated.
    also
        What is asked beside the level, or the rule in words.
    checked
        How sure it is: the text was read, a copy of it, general knowledge to be confirmed, or chosen here.
    """

    name: str
    body: str
    technology: str
    quantity: str
    least_dbm: float | None
    probability: float | None
    also: str
    checked: Checked


_CHINA_DRIVE = "share of the points of a drive test"
PRESETS = (
    Preset("umts_indoor", "Cuntong", "UMTS", "CPICH RSCP", -85.0, None, "behind one wall", "chosen"),
    Preset("umts_outdoor", "Cuntong", "UMTS", "CPICH RSCP", -95.0, None, "", "chosen"),
    Preset("umts_limit", "Cuntong", "UMTS", "CPICH RSCP", -100.0, None, "below it no coverage", "chosen"),
    Preset(
        "miit_2018",
        "MIIT and Ministry of Finance",
        "LTE",
        "a site or signal",
        None,
        None,
        "a base station within 5 km of the village committee, or signal at committee, school, clinic and every "
        "settlement of 20 households and more",
        "read",
    ),
    Preset(
        "telecom_cdma",
        "China Telecom",
        "CDMA2000",
        "receive power",
        -95.0,
        None,
        "Ec/Io >= -12 dB; " + _CHINA_DRIVE,
        "secondary",
    ),
    Preset(
        "cdma_urban",
        "CDMA practice, China",
        "CDMA2000",
        "receive power",
        -90.0,
        None,
        "Ec/Io >= -12 dB and Tx power <= 15 dBm",
        "secondary",
    ),
    Preset(
        "cdma_elsewhere",
        "CDMA practice, China",
        "CDMA2000",
        "receive power",
        -95.0,
        None,
        "Ec/Io >= -12 dB and Tx power <= 20 dBm",
        "secondary",
    ),
    Preset(
        "wcdma_pilot",
        "operators, China",
        "WCDMA",
        "CPICH RSCP",
        -100.0,
        None,
        "below it a pilot does not count",
        "secondary",
    ),
    Preset(
        "lte_drive",
        "operators, China",
        "LTE",
        "RSRP",
        -105.0,
        None,
        "SINR >= -3 dB; " + _CHINA_DRIVE,
        "secondary",
    ),
    Preset(
        "td_scdma_urban",
        "China Mobile practice",
        "TD-SCDMA",
        "PCCPCH RSCP",
        -85.0,
        0.95,
        "C/I >= -3 dB",
        "unconfirmed",
    ),
    Preset(
        "td_scdma_rural",
        "China Mobile practice",
        "TD-SCDMA",
        "PCCPCH RSCP",
        -95.0,
        0.90,
        "C/I >= -3 dB",
        "unconfirmed",
    ),
    Preset(
        "ofcom_3g", "Ofcom", "UMTS", "CPICH RSCP", -100.0, 0.95, "of the pixel (call success)", "unconfirmed"
    ),
    Preset("ofcom_4g", "Ofcom", "LTE", "RSRP", -105.0, 0.95, "2 Mbit/s", "unconfirmed"),
    Preset("ofcom_2g", "Ofcom", "GSM", "RxLev", -81.0, 0.95, "", "unconfirmed"),
    Preset(
        "arcep_voice",
        "ARCEP",
        "GSM and UMTS voice",
        "service",
        None,
        0.95,
        "a call set up and held one minute; no level is published: each operator fits its own",
        "read",
    ),
    Preset(
        "fcc_22_911",
        "FCC",
        "cellular 850",
        "distance to the boundary",
        None,
        None,
        "d = 2.531 h^0.34 p^0.17 km on each of 8 radials; h in m, p in W",
        "unconfirmed",
    ),
    Preset(
        "fcc_bdc_3g",
        "FCC",
        "UMTS or CDMA2000",
        "rate",
        None,
        0.90,
        "200 kbit/s down and 50 kbit/s up at the cell's edge",
        "read",
    ),
)


def preset(name: str) -> Preset:
    """Return a preset by its name.

    Raises
    ------
    UnknownName
        There is none; the message lists them.
    """
    found = next((p for p in PRESETS if p.name == name), None)
    if found is None:
        raise UnknownName(f"no preset {name!r}; there are: {', '.join(p.name for p in PRESETS)}")
    return found
