"""The compiler of this room's inner loops, beside `geo.kernel.kernel`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from geo.kernel import kernel

__all__ = ["fast", "kernel"]

Function = TypeVar("Function", bound=Callable[..., Any])

#: Sums and maxima may be taken in any order, so that they run in vectors; no reciprocals or approximate functions.
_REORDER = {"nnan", "ninf", "nsz", "reassoc", "contract"}


def fast(function: Function) -> Function:
    """Compile a loop whose maxima and sums may be taken in any order (profiles without NaN); else as `kernel`."""
    compiled: Function = numba.njit(function, cache=True, nogil=True, error_model="numpy", fastmath=_REORDER)
    return compiled
