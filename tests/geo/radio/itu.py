"""The ITU's validation examples as tables."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from geo.radio.air import Air, log_beta0
from geo.radio.ducting import Coast
from geo.radio.p526 import Wave
from geo.radio.p1812 import Link

SEA, COASTAL, INLAND = 1, 3, 4


@cache
def profile(path: Path) -> np.ndarray:
    """Distance km, ground m, clutter m, zone."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("{Begin of Profile"))
    end = next(i for i, line in enumerate(lines) if line.startswith("{End of Profile"))
    rows = [line.split(",") for line in lines[start + 2 : end]]
    return np.array([[float(r[0]), float(r[1]), float(r[3]), float(r[4])] for r in rows])


def sections(d: np.ndarray, inside: np.ndarray) -> list[float]:
    """Lengths of the runs of points that are inside, each to half the way to its neighbours."""
    edge = np.r_[d[0], (d[1:] + d[:-1]) / 2, d[-1]]
    flips = np.flatnonzero(np.diff(np.r_[0, inside.astype(int), 0]))
    return [float(edge[b] - edge[a]) for a, b in zip(flips[::2], flips[1::2], strict=True)]


def case_of(row: pd.Series, folder: Path) -> dict:
    """The arguments of `path_loss` of one case."""
    d, h, clutter, zone = profile(folder / "profiles" / row["profile"]).T
    land = max(sections(d, zone != SEA), default=0.0)
    inland = max(sections(d, zone == INLAND), default=0.0)
    sea = sum(sections(d, zone == SEA)) / d[-1]
    middle = middle_latitude(row, d[-1])
    return {
        "d": d,
        "h": h,
        "clutter": clutter,
        "link": Link(row.htg_m, row.hrg_m, row.time_pct),
        "wave": Wave(row.f_mhz / 1000, bool(row.pol == 2), sea),
        "air": Air(row.dn, row.n0, log_beta0(middle, land, inland)),
        "coast": Coast(row.dct_km, row.dcr_km, inland),
    }


def middle_latitude(row: pd.Series, d_km: float) -> float:
    """Latitude half the profile's length on the way to the receiver, on a sphere; some profiles are cut short."""
    lat1, lat2 = np.radians([row.tx_lat, row.rx_lat])
    turn = np.radians(row.rx_lon - row.tx_lon)
    bearing = np.arctan2(
        np.cos(lat2) * np.sin(turn), np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(turn)
    )
    along = 0.5 * d_km / 6371.0
    return float(
        np.degrees(np.arcsin(np.sin(lat1) * np.cos(along) + np.cos(lat1) * np.sin(along) * np.cos(bearing)))
    )
