"""Reached: why a line's rate is what it is, as words and as codes in arrays."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt


class Reached(StrEnum):
    """Why a rate is what it is."""

    ON_CURVE = "on_curve"
    SHORT = "shorter_than_curve"
    BEYOND = "beyond_reach"
    NO_LENGTH = "no_length"
    WRONG_LENGTH = "wrong_length"
    NO_SPLIT = "no_split"
    ONE_WAY = "one_way"
    NO_CAPACITY = "no_capacity"
    STATED = "stated"
    UNKNOWN_TECHNOLOGY = "unknown_technology"


#: Code of each reason in arrays.
REACHED: dict[Reached, int] = {r: n for n, r in enumerate(Reached)}

Codes = npt.NDArray[np.uint8]
