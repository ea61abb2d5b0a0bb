"""Small grounds and networks for tests."""

from __future__ import annotations

import numpy as np
import pyproj

from geo.radio.antennas import omni, sector
from geo.radio.area import Cell
from geo.radio.frame import Frame

UTM = pyproj.CRS("EPSG:32650")


def frame(rows: int = 121, columns: int = 121, pixel_m: float = 100.0) -> Frame:
    """A frame with its first corner at 500 km east, 3,500 km north."""
    return Frame(500_000.0, 3_500_000.0, pixel_m, rows, columns, UTM)


def hills(seed: int, shape=(121, 121), relief: float = 150.0) -> np.ndarray:
    """Smooth random ground."""
    random = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    k[0, 0] = 1.0
    z = np.fft.irfft2(np.fft.rfft2(random.normal(size=shape)) * k**-1.8, s=shape)
    return (z - z.min()) / (z.max() - z.min()) * relief


def cell(cell_id: str = "A", column: float = 60, row: float = 60, at: Frame | None = None, **change) -> Cell:
    """A cell at a pixel's centre of a frame: an omni of 45 dBm at 30 m, 2,100 MHz."""
    at = at or frame()
    parts = {
        "x": at.west + (column + 0.5) * at.pixel_m,
        "y": at.north - (row + 0.5) * at.pixel_m,
        "agl_m": 30.0,
        "f_mhz": 2100.0,
        "eirp_dbm": 45.0,
        "azimuth": 0.0,
        "tilt": 0.0,
        "antenna": omni(180.0),
    }
    return Cell(cell_id, **{**parts, **change})


def three_sectors(site: str, column: float, row: float, at: Frame | None = None, **change) -> list[Cell]:
    """A site of three sectors of 65 degrees, tilted by 3 degrees."""
    return [
        cell(
            f"{site}-{k}",
            column,
            row,
            at,
            **{"azimuth": 120.0 * k, "tilt": 3.0, "antenna": sector(), **change},
        )
        for k in range(3)
    ]
