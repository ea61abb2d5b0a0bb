"""Copper: the rate of a loop by its length, the greatest over the profiles that the port may run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.capacity.curves import Curve, Curves, Floats
from geo.capacity.reached import REACHED, Codes, Reached
from geo.errors import UnknownName, UsageError

#: Wire that a metre of map stands for: an assumption, to be replaced where loops are measured.
WIRE_PER_MAP = 1.3

#: Scenario that stands in where a profile has no curve of the one asked for.
FALL_BACK = "planning"


@dataclass(frozen=True)
class Cable:
    """What the copper of a region is.

    Attributes
    ----------
    scenario
        planning (full cable, 6 dB margin), guide (a quiet pair), vectored, single (no crosstalk: an upper
        bound only). A profile without a curve of it is read at `planning`.
    conductor_mm
        Diameter as the curves write it.
    derate
        Share of the curve's rate that old joints leave.
    length_factor
        A cable that loses more than the curve's is read at a longer loop: 1.06 at the limit of the Chinese
        0.4 mm cable, 1.09 of 0.5 mm.
    """

    scenario: str = "planning"
    conductor_mm: str = "0.40"
    derate: float = 1.0
    length_factor: float = 1.0


def copper_rate(
    loop_m: Floats,
    curves: Curves,
    *,
    port: str,
    cable: Cable = Cable(),
) -> tuple[Floats, Codes]:
    """Return the down rate of loops and why it is so (`REACHED`).

    Parameters
    ----------
    loop_m
        Length of wire, not of map [m]; NaN unknown.
    port
        A port of `profiles.csv`. A wider profile is not always the faster one, so the greatest over those
        that the port may fall back to is taken.

    Returns
    -------
    rate
        [Mbps]. The best rate for a loop shorter than the curves; 0 beyond their end, which is named and never
        extrapolated; NaN for a length that is unknown or negative.
    reached
        uint8 codes.

    Raises
    ------
    UnknownName
        No such port or cable.
    UsageError
        A factor that is not above 0.
    """
    if not (0 < cable.derate <= 1 and cable.length_factor > 0):
        raise UsageError(
            f"derate {cable.derate:g}, length factor {cable.length_factor:g}: derate lies above 0 and at most "
            "at 1, the factor above 0."
        )
    if port not in curves.profiles:
        raise UnknownName(f"'{port}' is no copper port; there is {', '.join(curves.profiles)}.")
    read_at = np.asarray(loop_m, dtype=float) * cable.length_factor
    chosen = [_curve(curves, profile, cable) for profile in curves.profiles[port].profiles]
    rates = np.stack([_on(curve, read_at) for curve in chosen])
    best = rates.max(axis=0) * cable.derate
    if not np.isnan(cap := curves.profiles[port].cap_mbps):
        best = np.minimum(best, cap)  # NaN stays NaN
    first, last = (
        min(c.loop_m[0] for c in chosen),
        max(c.loop_m[-1] for c in chosen),
    )
    codes = np.select(
        [np.isnan(read_at), read_at < 0, read_at < first, read_at > last],
        [REACHED[r] for r in (Reached.NO_LENGTH, Reached.WRONG_LENGTH, Reached.SHORT, Reached.BEYOND)],
        default=REACHED[Reached.ON_CURVE],
    )
    return np.where(read_at < 0, np.nan, best), codes.astype(np.uint8)


def _on(curve: Curve, loop_m: Floats) -> Floats:
    """Return the rate between the curve's points on straight lines; 0 beyond its end."""
    return np.interp(loop_m, curve.loop_m, curve.down_mbps, right=0.0)


def _curve(curves: Curves, profile: str, cable: Cable) -> Curve:
    for scenario in (cable.scenario, FALL_BACK):
        if (profile, scenario, cable.conductor_mm) in curves.copper:
            return curves.copper[profile, scenario, cable.conductor_mm]
    there = ", ".join(dict.fromkeys(c for _, _, c in curves.copper))
    raise UnknownName(
        f"no curve of {profile} for {cable.conductor_mm} mm ({cable.scenario}); there is {there} mm."
    )


def reach_of(rate_mbps: float, curve: Curve) -> float:
    """Return the loop at which a rate ends on a curve [m]; 0 where it never has it, NaN beyond its end."""
    above = np.flatnonzero(curve.down_mbps >= rate_mbps)
    if not len(above):
        return 0.0
    i = int(above[-1])
    if i + 1 == len(curve.loop_m):
        return float("nan")
    (x0, x1), (y0, y1) = curve.loop_m[i : i + 2], curve.down_mbps[i : i + 2]
    return float(x0 + (y0 - rate_mbps) / (y0 - y1) * (x1 - x0))
