"""Carriers of the simulated country: their names as delivered, and how far each one's network goes."""

from __future__ import annotations

from dataclasses import dataclass

#: The county for which China Unicom delivered nothing (unknown, not uncovered).
SILENT_COUNTY = "320413"


@dataclass(frozen=True)
class Carrier:
    """One carrier.

    Attributes
    ----------
    id, names
        Short id and the spellings of its name in the deliveries, the usual one first.
    reach
        Share of the villages, least remote first, that its fibre serves.
    offset_m
        How far beside the middle of the road its cables lie [m].
    into_hamlets
        Share of the hamlets of served villages that a cable of its own reaches.
    """

    id: str
    names: tuple[str, ...]
    reach: float
    offset_m: float
    into_hamlets: float


TELECOM = Carrier("telecom", ("中国电信", "中国电信常州分公司", "常州电信"), 0.915, 4.0, 0.30)
MOBILE = Carrier("mobile", ("中国移动", "中国移动常州分公司", "常州移动"), 0.78, -5.0, 0.0)
UNICOM = Carrier("unicom", ("中国联通", "中国联通常州分公司", "联通公司"), 0.52, 7.5, 0.0)
BROADCAST = Carrier("broadcast", ("江苏有线常州分公司", "常州广电", "江苏有线"), 0.80, -8.0, 0.12)

CARRIERS = (TELECOM, MOBILE, UNICOM, BROADCAST)

#: Status words of the deliveries.
IN_SERVICE, BUILDING, PLANNED = "在用", "在建", "规划"
