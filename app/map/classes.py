"""Classes: what a unit's byte means on the map, its colour, its sign and its words.

0 is nothing to show; 1 to 4 a status; 11 to 15 a share; 21 to 25 a unit's change since an earlier snapshot;
31 to 35 a share's change. Unknown (4, 24) has one look everywhere, which is never the colour of uncovered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.atlas import CODES
from geo.export.style import UNKNOWN_LIMIT
from geo.terms import Status
from geo.wording import SIGNS

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

#: Where a share's class ends: a quarter, a half, three quarters, and the 95 % from which a unit itself counts
#: as covered unless its region says otherwise.
BREAKS = (0.25, 0.5, 0.75, 0.95)

#: A share's change: up to half a percentage point it is the same; above five it is large.
SAME, LARGE = 0.005, 0.05

COVERED, PARTIAL, UNCOVERED, UNKNOWN = (CODES[s] for s in Status)
GAINED, STILL_WITHOUT, LOST, EITHER_UNKNOWN, BOTH = 21, 22, 23, 24, 25
SHARES = (11, 12, 13, 14, 15)
FELL_FAR, FELL, ALIKE, ROSE, ROSE_FAR = 31, 32, 33, 34, 35

#: Colour-blind-safe: least distance (CIE 76) 45 protan, 46 deutan, 33 tritan between the four of status.
_BLUE, _AMBER, _RED, _GREY = "#0b6fb8", "#f2b134", "#a50f15", "#9a9a9a"


@dataclass(frozen=True)
class Look:
    """How a class is drawn: its colour, its sign, and whether it is hatched."""

    fill: str
    sign: str
    hatch: bool = False


#: Nothing to count: only its outline is drawn.
NOTHING = Look("transparent", "–")

STATUS: dict[int, Look] = {
    COVERED: Look(_BLUE, SIGNS[Status.COVERED]),
    PARTIAL: Look(_AMBER, SIGNS[Status.PARTIAL]),
    UNCOVERED: Look(_RED, SIGNS[Status.UNCOVERED]),
    UNKNOWN: Look(_GREY, SIGNS[Status.UNKNOWN], hatch=True),
    0: NOTHING,
}
#: Viridis in five steps, dark where little is covered.
SHARE: dict[int, Look] = {
    11: Look("#440154", "▁"),
    12: Look("#3b528b", "▂"),
    13: Look("#21918c", "▄"),
    14: Look("#5ec962", "▆"),
    15: Look("#fde725", "█"),
    UNKNOWN: STATUS[UNKNOWN],
    0: NOTHING,
}
CHANGE: dict[int, Look] = {
    GAINED: Look("#1a9f87", "▲"),
    BOTH: Look("#a9c9e3", "●"),
    STILL_WITHOUT: Look(_RED, "○"),
    LOST: Look("#000000", "▼"),
    EITHER_UNKNOWN: Look(_GREY, "?", hatch=True),
    0: NOTHING,
}
SHARE_CHANGE: dict[int, Look] = {
    FELL_FAR: Look("#8c510a", "▼▼"),
    FELL: Look("#d8b365", "▼"),
    ALIKE: Look("#e6e6e6", "="),
    ROSE: Look("#5ab4ac", "▲"),
    ROSE_FAR: Look("#01665e", "▲▲"),
    EITHER_UNKNOWN: CHANGE[EITHER_UNKNOWN],
    0: NOTHING,
}

#: Every class; one code has one look.
LOOKS = {**STATUS, **SHARE, **CHANGE, **SHARE_CHANGE}

#: Classes that are no gap, left out where only gaps are shown.
NO_GAP = (COVERED, GAINED, BOTH, SHARES[-1], ALIKE, ROSE, ROSE_FAR)


def hidden(*, gaps: bool) -> list[int]:
    """Return the classes that are not drawn."""
    return sorted(NO_GAP) if gaps else []


def share_codes(low: Floats, share: Floats, high: Floats) -> Codes:
    """Return the class of each share: unknown where too much of it is (`UNKNOWN_LIMIT`), 0 where nothing is counted."""
    out = (11 + np.searchsorted(BREAKS, np.nan_to_num(share), side="right")).astype(np.uint8)
    with np.errstate(invalid="ignore"):
        unknown = np.isnan(share) | (high - low > UNKNOWN_LIMIT)
    out[unknown] = UNKNOWN
    out[np.isnan(low)] = 0
    return out


def change_codes(now: Codes, before: Codes) -> Codes:
    """Return what became of each unit's status; `before` is 0 where the unit was not there."""
    out = np.full(now.shape, STILL_WITHOUT, dtype=np.uint8)
    out[(now == COVERED) & (before == COVERED)] = BOTH
    out[(now == COVERED) & (before != COVERED)] = GAINED
    out[(now != COVERED) & (before == COVERED)] = LOST
    out[(now == UNKNOWN) | (before == UNKNOWN) | (before == 0)] = EITHER_UNKNOWN
    out[now == 0] = 0
    return out


def share_change_codes(now: Floats, before: Floats, counted: npt.NDArray[np.bool_]) -> Codes:
    """Return what became of each share (NaN unknown); 0 where nothing is counted now."""
    with np.errstate(invalid="ignore"):
        # Rounded: a share is a quotient, and a half point must not hang on its last bit.
        moved = np.round(now - before, 9)
        out = np.select(
            [moved < -LARGE, moved < -SAME, moved <= SAME, moved <= LARGE, moved > LARGE],
            [FELL_FAR, FELL, ALIKE, ROSE, ROSE_FAR],
            EITHER_UNKNOWN,
        ).astype(np.uint8)
    out[~counted] = 0
    return out
