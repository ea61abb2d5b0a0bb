"""Classes of levels.

A class is the first whose threshold a level reaches: 1 is the best. 0 is no class: below all thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import UsageError
from geo.radio.levels import Service
from geo.radio.probability import unknown_pixels

#: The value of unknown pixels in a raster of classes.
UNKNOWN = 255
#: Most classes of one raster.
MOST_CLASSES = 20


@dataclass(frozen=True)
class LevelClass:
    """A class of levels: name and the least level [dBm]."""

    name: str
    least_dbm: float


#: The project's own choice for UMTS, CPICH RSCP: indoors behind one wall, outdoors, and the limit.
UMTS = (LevelClass("indoor", -85.0), LevelClass("outdoor", -95.0), LevelClass("limit", -100.0))


def classified(
    service: Service, classes: Sequence[LevelClass] = UMTS, *, margin_db: float = 0.0, complete: bool = False
) -> NDArray[np.uint8]:
    """Return each pixel's class: 1 the best, 0 below all, UNKNOWN where nobody knows.

    Parameters
    ----------
    service
        Best levels.
    classes
        From the best down.
    margin_db
        Added to every threshold: `probability.margin_db` of the probability asked for.
    complete
        Whether the list of sites is, so that out of range is 0 and not unknown.

    Raises
    ------
    UsageError
        No class, too many, or thresholds that do not fall.
    """
    least = np.array([c.least_dbm for c in classes])
    if not 0 < len(least) <= MOST_CLASSES or (np.diff(least) >= 0).any():
        said = ", ".join(f"{c.name} {c.least_dbm:g}" for c in classes)
        raise UsageError(
            f"thresholds of classes fall from the best to the worst, 1 to {MOST_CLASSES}: {said or 'none'}"
        )
    limits = np.round((least + margin_db) * 100.0)[::-1]
    passed = np.searchsorted(limits, service.level.ravel(), side="right").reshape(service.level.shape)
    out = np.where(passed > 0, len(least) + 1 - passed, 0).astype(np.uint8)
    out[unknown_pixels(service, complete=complete)] = UNKNOWN
    return out
