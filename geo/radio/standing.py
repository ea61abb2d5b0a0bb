"""Sites on their ground: who stands on the frame, and who stands where nobody built a mast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from geo.findings import Finding
from geo.measure import project
from geo.radio.antennas import Antenna, omni, sector
from geo.radio.area import Cell
from geo.radio.frame import Frame
from geo.radio.reach import cells_of, ground_m
from geo.radio.terrain import Ground
from geo.read.rows import row_label
from geo.terms import Action

#: A stated ground height that differs more from the elevation model is worth a word [m].
GROUND_DIFFERENCE_M = 30.0


def standing_cells(
    sites: pd.DataFrame,
    frame: Frame,
    ground: Ground,
    source: str,
    *,
    patterns: dict[str, Antenna] | None = None,
) -> tuple[list[Cell], list[Finding]]:
    """Return the cells that stand on known ground of the frame, and what is wrong with the others.

    Parameters
    ----------
    sites
        Checked cells (`geo.radio.sites.checked_sites`).
    frame, ground
        The pixels and their ground.
    source
        Id of the table of sites, for the findings.
    patterns
        Antennas by the name in the column `pattern`.
    """
    import shapely

    points = project(shapely.points(sites["lon"].to_numpy(float), sites["lat"].to_numpy(float)), frame.crs)
    x, y = shapely.get_x(points), shapely.get_y(points)
    columns, rows = frame.place(x, y)
    held = frame.holds(columns, rows)
    cells = cells_of(ground.heights, None, frame.pixel_m)
    out: list[Cell] = []
    findings: list[Finding] = []
    for i, (row, site) in enumerate(zip(sites.index, sites.to_dict("records"), strict=True)):
        label = row_label(int(row), str(site["cell_id"]))
        height = ground_m(cells, rows[i], columns[i]) if held[i] else np.nan
        rule = _fault(site, bool(held[i]), height, patterns or {})
        if rule is not None:
            values: dict[str, str | int | float] = {
                "lon": float(site["lon"]),
                "lat": float(site["lat"]),
                "pattern": str(site["pattern"]),
            }
            findings.append(Finding(source, label, rule, Action.QUARANTINE, values))
            continue
        if ground.kind != "flat" and abs(site["ground_m"] - height) > GROUND_DIFFERENCE_M:
            seen: dict[str, str | int | float] = {
                "stated": float(site["ground_m"]),
                "model": round(height, 1),
            }
            findings.append(Finding(source, label, "site.ground", Action.NOTICE, seen))
        out.append(_cell(site, float(x[i]), float(y[i]), patterns or {}))
    return out, findings


def _fault(site: Mapping[Any, Any], held: bool, height: float, patterns: dict[str, Antenna]) -> str | None:
    """Return the rule that a cell breaks, or None."""
    if not held:
        return "site.off_frame"
    if height < -1000.0:
        return "site.on_void"
    if site["pattern"] and site["pattern"] not in patterns:
        return "site.pattern"
    if site["gain_of_pattern"] and np.isnan(patterns[site["pattern"]].gain_dbi):
        return "site.pattern_gain"
    return None


def _cell(site: Mapping[Any, Any], x: float, y: float, patterns: dict[str, Antenna]) -> Cell:
    """Return a cell as it is predicted: its pattern's gain and tilt count where the table leaves them out."""
    numbers = {
        k: float(str(site[k])) for k in ("height_m", "f_mhz", "eirp_dbm", "azimuth", "tilt", "beamwidth")
    }
    tilt, eirp = numbers["tilt"], numbers["eirp_dbm"]
    antenna = patterns.get(str(site["pattern"]))
    if antenna is not None:
        held = 0.0 if np.isnan(antenna.tilt) else antenna.tilt
        tilt = 0.0 if np.isnan(tilt) else tilt - held
        eirp += antenna.gain_dbi if site["gain_of_pattern"] else 0.0
    elif np.isnan(numbers["azimuth"]):
        antenna = omni()
    else:
        antenna = sector(numbers["beamwidth"])
    azimuth = 0.0 if np.isnan(numbers["azimuth"]) else numbers["azimuth"]
    return Cell(
        str(site["cell_id"]), x, y, numbers["height_m"], numbers["f_mhz"], eirp, azimuth, tilt, antenna
    )
