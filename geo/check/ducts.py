"""Ducts and sites: holes, lengths, ranges and frequencies that cannot be, or are in another unit."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.check.checked import Checked, Notes
from geo.check.geometry import geometries
from geo.check.values import plain_numbers
from geo.measure import geodesic_length

Floats = npt.NDArray[np.float64]

#: Stated and drawn length may differ by this share: a route is drawn coarser than it was dug.
LENGTH_TOLERANCE = 0.5
#: Factors between units, and how near to one [share] a ratio must be to name it.
FACTORS = {1000.0: "m / km", 0.001: "km / m", 3.2808: "m / ft", 0.5: "m / 里"}
NEAR_FACTOR = 0.25
#: Carriers of public mobile networks lie between these [MHz].
MHZ = (300.0, 90_000.0)
#: Cells reach from 10 m to 150 km; a value 100 times below the others' middle is in another unit.
RADIUS_M = (10.0, 150_000.0)
UNIT_STEP = 100.0
#: Antennas above ground [m]: the tallest mast in the world has 646 m.
HEIGHT_M = (0.0, 650.0)


def check_holes(
    frame: pd.DataFrame,
    *,
    source: str,
    holes: str,
    used: str | None = None,
    reserved: str | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside ducts with more holes used, or used and reserved, than built (columns of numbers)."""
    notes = Notes(frame, source, code, lines)
    total, taken, kept = (_amount(frame, c) for c in (holes, used, reserved))
    for i in np.flatnonzero(np.nan_to_num(taken) + np.nan_to_num(kept) > total):
        values = {"used": _show(taken[i]), "reserved": _show(kept[i]), "total": _show(total[i])}
        notes.row(notes.label(i), "duct.used_above_total", **values)
    return notes.done()


def _amount(frame: pd.DataFrame, column: str | None) -> Floats:
    return plain_numbers(frame[column])[0] if column in frame else np.full(len(frame), np.nan)


def _show(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:g}"


def check_length(
    frame: pd.DataFrame,
    *,
    source: str,
    length: str,
    measured: Floats | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside rows whose stated length [m] is not that of their geometry, naming the unit it would fit.

    Parameters
    ----------
    measured
        Length of each row's geometry [m]; None: of the lines in the geometry column.

    """
    notes = Notes(frame, source, code, lines)
    drawn = geodesic_length(geometries(frame)) if measured is None else measured
    stated = _amount(frame, length)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = drawn / stated
        off = (np.abs(np.log(ratio)) > np.log(1 + LENGTH_TOLERANCE)) & (drawn > 1) & (stated > 0)
    for i in np.flatnonzero(off):
        unit = next((u for f, u in FACTORS.items() if abs(ratio[i] / f - 1) < NEAR_FACTOR), "")
        values = {"stated": f"{stated[i]:,.4g}", "drawn": f"{drawn[i]:,.0f}", "ratio": f"{ratio[i]:,.4g}"}
        notes.row(
            notes.label(i), "duct.length_unit" if unit else "duct.length", column=length, **values, unit=unit
        )
    return notes.done()


def check_sites(
    frame: pd.DataFrame,
    *,
    source: str,
    radius: str | None = None,
    frequency: str | None = None,
    height: str | None = None,
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Set aside radio sites whose radius [m], frequency [MHz] or height [m] cannot be (another unit)."""
    notes = Notes(frame, source, code, lines)
    for column, bounds, rule in (
        (radius, RADIUS_M, "tower.radius"),
        (frequency, MHZ, "tower.frequency"),
        (height, HEIGHT_M, "tower.height"),
    ):
        values = _amount(frame, column)
        middle = float(np.nanmedian(values)) if np.isfinite(values).any() else np.nan
        with np.errstate(invalid="ignore"):
            odd = (values < bounds[0]) | (values > bounds[1]) | ((values == 0) & (rule == "tower.height"))
            if rule == "tower.radius":
                odd |= values * UNIT_STEP < middle
        for i in np.flatnonzero(odd):
            notes.row(notes.label(i), rule, column=str(column), seen=f"{values[i]:g}", usual=f"{middle:g}")
    return notes.done()
