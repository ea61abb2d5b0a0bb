"""Where a layer speaks: the units that its survey took in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.facts import Ints
from geo.region.schema import Survey
from geo.units import Hierarchy


def taken_in(survey: Survey, hierarchy: Hierarchy, units: Ints) -> npt.NDArray[np.bool_]:
    """Return which units a survey took in: all but those below `without`, or only those below `only`."""
    at = hierarchy.ancestor(units, survey.level)
    code = np.where(at >= 0, hierarchy.table["code"].to_numpy(dtype=object)[at], "")
    inside = ~np.isin(code, survey.without)
    return inside & np.isin(code, survey.only) if survey.only else inside
