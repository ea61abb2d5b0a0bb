"""Layer reflection, ducting and scatter in the troposphere: what carries a signal beyond diffraction.

References
----------
.. [1] ITU-R P.1812-7 §4.5 (ducting and layer reflection), eq (46) to (56).
.. [2] ITU-R P.1812-6 §4.4 (troposcatter), eq (44) and (45): the form of edition 7 is withdrawn; edition 8 and the
   validation examples use that of edition 6.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from geo.radio.air import LN10, Air, inland_factor
from geo.radio.compiled import kernel
from geo.radio.p526 import Wave
from geo.radio.profile import Outline


class Coast(NamedTuple):
    """Distances over land from each antenna to the coast, and the longest inland section [km]."""

    from_tx_km: float
    from_rx_km: float
    inland_km: float


@kernel
def scatter_db(d_km: float, angle: float, f_ghz: float, n0: float, time_pct: float) -> float:
    """Return the loss by scatter in the troposphere [dB] (P.1812-6 §4.4, eq (44), (45)).

    Parameters
    ----------
    d_km, angle
        Distance [km] and angular distance [mrad].
    f_ghz
        Frequency [GHz].
    n0
        Refractivity at sea level [N-units].
    time_pct
        Part of time in which the loss is not exceeded [%], at most 50.
    """
    log_f = math.log10(f_ghz)
    loss = 190.1 + 25.0 * log_f - 2.5 * math.log10(f_ghz / 2.0) ** 2
    loss += 20.0 * math.log10(d_km) + 0.573 * angle - 0.15 * n0
    often: float = 10.125 * math.log10(50.0 / time_pct) ** 0.7
    return loss - often


@kernel
def shielding_db(angle: float, d_km: float, f_ghz: float) -> float:
    """Return a site's shielding by its horizon [dB] (P.1812-7 eq (48)); angle [mrad], distance to it [km]."""
    above = angle - 0.1 * d_km
    if above <= 0.0:
        return 0.0
    near = 20.0 * math.log10(1.0 + 0.361 * above * math.sqrt(f_ghz * d_km))
    far: float = 0.264 * above * np.cbrt(f_ghz)
    return near + far


@kernel
def _duct_coupling_db(coast_km: float, horizon_km: float, above_sea_m: float) -> float:
    """Return the coupling to ducts over sea [dB], which is negative (P.1812-7 eq (49))."""
    if coast_km > 5.0 or coast_km > horizon_km:
        return 0.0
    return -3.0 * math.exp(-0.25 * coast_km * coast_km) * (1.0 + math.tanh(0.07 * (50.0 - above_sea_m)))


@kernel
def duct_log_beta(d_km: float, path: Outline, air: Air, radius: float, inland_km: float) -> float:
    """Return log10 of the part of time of layer reflection [%], by geometry and roughness (eq (54) to (56))."""
    tau = inland_factor(inland_km)
    alpha = max(-0.6 - 3.5e-9 * math.exp(3.1 * math.log(d_km)) * tau, -3.4)
    roots = math.sqrt(path.over_tx_m) + math.sqrt(path.over_rx_m)
    geometry = min(alpha * math.log10(500.0 / radius * d_km * d_km / (roots * roots)), 0.0)
    between = min(d_km - path.to_tx_km - path.to_rx_km, 40.0)
    rough = -4.6e-5 * (max(path.rough_m, 10.0) - 10.0) * (43.0 + 6.0 * between) / LN10
    return air.log_beta0 + geometry + rough


@kernel
def ducting_db(
    d_km: float, path: Outline, wave: Wave, air: Air, radius: float, coast: Coast, time_pct: float
) -> float:
    """Return the loss by ducting and layer reflection [dB] (P.1812-7 §4.5, eq (46) to (56)).

    Parameters
    ----------
    d_km, path
        Distance [km] and the profile's outline.
    wave, air
        Frequency and part over sea; refractivity and its part of time.
    radius
        Median effective radius of the Earth [km].
    coast
        Where land ends.
    time_pct
        Part of time in which the loss is not exceeded [%].
    """
    f = wave.f_ghz
    fixed = 102.45 + 20.0 * math.log10(f) + 20.0 * math.log10(path.to_tx_km + path.to_rx_km)
    if f < 0.5:
        fixed += 45.375 - 137.0 * f + 92.5 * f * f
    fixed += shielding_db(path.angle_tx, path.to_tx_km, f) + shielding_db(path.angle_rx, path.to_rx_km, f)
    if wave.sea >= 0.75:
        fixed += _duct_coupling_db(coast.from_tx_km, path.to_tx_km, path.tx_m)
        fixed += _duct_coupling_db(coast.from_rx_km, path.to_rx_km, path.rx_m)
    low = min(path.angle_tx, 0.1 * path.to_tx_km) + min(path.angle_rx, 0.1 * path.to_rx_km)
    along = 5e-5 * radius * np.cbrt(f) * (1000.0 * d_km / radius + low)
    b = duct_log_beta(d_km, path, air, radius, coast.inland_km)
    decay = (9.51 - 4.8 * b + 0.198 * b * b) * 1e-6 * math.exp(1.13 * math.log(d_km))
    gamma = 1.076 * math.exp(-1.012 * math.log(2.0058 - b) - decay)
    rarer = math.log10(time_pct) - b
    often = -12.0 + (1.2 + 0.0037 * d_km) * rarer + 12.0 * math.exp(LN10 * rarer * gamma)
    loss: float = fixed + along + often
    return loss
