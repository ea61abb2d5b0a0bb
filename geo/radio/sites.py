"""The table of sites: one row a cell, checked by row; what is missing is assumed and said.

Columns, all text as delivered: `cell_id`, `site_id`, `operator`, `technology`, `band`, `lon`, `lat`, `height_m`,
`azimuth`, `tilt`, `beamwidth`, `power_dbm`, `gain_dbi`, `loss_db`, `eirp_dbm`, `bandwidth_mhz`, `pattern`,
`ground_m`, `settlement_class`, `since`. Only `technology`, `lon`, `lat` and one of the ids must be there. A row whose
value cannot be is set aside with the value and the remedy; the others are kept.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from geo.findings import Finding
from geo.radio.technologies import (
    LTE_BANDWIDTH_MHZ,
    TECHNOLOGIES,
    Defaults,
    Technology,
    frequency_mhz,
    measured_dbm,
)
from geo.read.rows import line_label, row_label
from geo.read.table import SourceTable, refuse
from geo.terms import Action

#: Columns of the checked table.
COLUMNS = (
    "cell_id",
    "site_id",
    "operator",
    "technology",
    "f_mhz",
    "lon",
    "lat",
    "height_m",
    "azimuth",
    "tilt",
    "beamwidth",
    "eirp_dbm",
    "pattern",
    "gain_of_pattern",
    "ground_m",
    "since",
    "assumed",
)
NEEDED = ("technology", "lon", "lat")


@dataclass(frozen=True)
class Limit:
    """What a number may be, ends included, and its unit."""

    low: float
    high: float
    unit: str


LIMITS = {
    "height_m": Limit(1.0, 500.0, "m"),
    "azimuth": Limit(0.0, 360.0, "deg"),
    "tilt": Limit(-15.0, 30.0, "deg"),
    "beamwidth": Limit(5.0, 360.0, "deg"),
    "gain_dbi": Limit(-5.0, 30.0, "dBi"),
    "loss_db": Limit(0.0, 20.0, "dB"),
    "eirp_dbm": Limit(30.0, 80.0, "dBm"),
    "bandwidth_mhz": Limit(1.4, 20.0, "MHz"),
    "ground_m": Limit(-500.0, 9000.0, "m"),
}
#: A base station's power [dBm]; 20 W is 43 dBm, and 20 in this column is watts.
POWER_DBM = Limit(25.0, 55.0, "dBm")


@dataclass(frozen=True)
class Sites:
    """Checked cells: `frame` has `COLUMNS`, one row a cell, its index the row as delivered (name "row").

    `eirp_dbm` lacks the antenna's gain where `gain_of_pattern` is set. `azimuth` is NaN for an antenna that sends
    alike in all directions. `assumed` names the fields that rest on defaults, by commas.
    """

    frame: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)


class _RowError(Exception):
    """A row that cannot be used: its rule and the values seen."""

    def __init__(self, rule: str, **values: str | float | int) -> None:
        self.rule, self.values = rule, values
        super().__init__(rule)


@dataclass
class _Row:
    """One row while it is checked."""

    cells: Mapping[str, str]
    assumed: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a cell's text, "" where it is missing."""
        return self.cells.get(name, "")

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number within its limits; the default where it is missing, and NaN without one.

        Raises
        ------
        _RowError
            It is no number, or outside what can be.
        """
        text = self.text(name)
        if not text:
            if default is not None:
                self.assumed.append(name)
            return math.nan if default is None else default
        value = _number(name, text)
        limit = LIMITS.get(name)
        if limit is not None and not limit.low <= value <= limit.high:
            raise _RowError(
                "site.outside", column=name, value=value, least=limit.low, most=limit.high, unit=limit.unit
            )
        return value


def checked_sites(
    table: SourceTable, source: str, *, defaults: Defaults | None = None, as_of: dt.date | None = None
) -> Sites:
    """Return the cells of a table of sites.

    Parameters
    ----------
    table
        As read: text columns, named as in the module's head; longitude and latitude on WGS 84.
    source
        Its id, for the findings.
    defaults
        What is assumed.
    as_of
        Cells that went on air later are left out, and counted.

    Raises
    ------
    Refused
        A column that must be there is not.
    """
    frame = table.frame
    missing = [c for c in NEEDED if c not in frame.columns]
    if missing or not {"cell_id", "site_id"} & set(frame.columns):
        raise refuse(
            source,
            "site.columns",
            missing=", ".join(missing or ["cell_id"]),
            there=", ".join(map(str, frame.columns)),
        )
    rows: list[dict[str, object]] = []
    findings: list[Finding] = []
    seen: dict[str, int] = {}
    for label, row, cells in _labelled(table):
        try:
            cell = _cell(_Row(cells), defaults or Defaults(), seen)
            _on_air(str(cell["since"]), as_of)
            rows.append({"row": row, **cell})
        except _RowError as error:
            action = Action.NOTICE if error.rule == "site.later" else Action.QUARANTINE
            findings.append(Finding(source, label, error.rule, action, error.values))
    made = pd.DataFrame(rows, columns=["row", *COLUMNS]).set_index("row")
    return Sites(made, [*findings, *_assumptions(made, source)])


def _labelled(table: SourceTable) -> list[tuple[str, int, dict[str, str]]]:
    """Return each row's name in findings, its number, and its filled cells."""
    out = []
    columns = [str(c) for c in table.frame.columns]
    for row, values in zip(table.frame.index, table.frame.itertuples(index=False, name=None), strict=True):
        cells = {
            n: str(v).strip()
            for n, v in zip(columns, values, strict=True)
            if not pd.isna(v) and str(v).strip()
        }
        code = cells.get("cell_id") or cells.get("site_id", "")
        line = table.lines.get(int(row))
        label = row_label(int(row), code) if line is None else line_label(line, code)
        out.append((label, int(row), cells))
    return out


def _cell(row: _Row, defaults: Defaults, seen: dict[str, int]) -> dict[str, object]:
    """Return one checked cell, or raise what is wrong with the row."""
    technology = TECHNOLOGIES.get(row.text("technology").lower())
    if technology is None:
        raise _RowError("site.technology", value=row.text("technology"), known=", ".join(TECHNOLOGIES))
    lon, lat = _place(row)
    azimuth = row.number("azimuth") % 360.0
    pattern = row.text("pattern")
    height = row.number("height_m", defaults.height_of(row.text("settlement_class")))
    tilt = row.number("tilt", None if pattern else 0.0 if math.isnan(azimuth) else defaults.tilt)
    beamwidth = math.nan if math.isnan(azimuth) or pattern else row.number("beamwidth", defaults.beamwidth)
    cell = {
        "operator": row.text("operator"),
        "technology": technology.name,
        "f_mhz": _frequency(row, technology),
        "lon": lon,
        "lat": lat,
        "height_m": height,
        "azimuth": azimuth,
        "tilt": tilt,
        "beamwidth": beamwidth,
        "eirp_dbm": _eirp(row, technology),
        "pattern": pattern,
        "gain_of_pattern": _gain_of_pattern(row),
        "ground_m": row.number("ground_m"),
        "since": _since(row),
    }
    return {**_ids(row, seen), **cell, "assumed": ", ".join(row.assumed)}


def _ids(row: _Row, seen: dict[str, int]) -> dict[str, str]:
    """Return a cell's own id and its site's; a cell without one is numbered at its site."""
    site = row.text("site_id") or row.text("cell_id")
    if not site:
        raise _RowError("site.no_id")
    cell = row.text("cell_id")
    if not cell:
        count = f"{site}\n"  # no id holds a line's end
        seen[count] = seen.get(count, 0) + 1
        cell = f"{site}-{seen[count]}"
        row.assumed.append("cell_id")
    if cell in seen:
        raise _RowError("site.twice", cell=cell)
    seen[cell] = 1
    return {"cell_id": cell, "site_id": site}


def _place(row: _Row) -> tuple[float, float]:
    """Return longitude and latitude [deg]."""
    lon, lat = (_number(name, row.text(name)) for name in ("lon", "lat"))
    if abs(lat) > 90.0 and abs(lon) <= 90.0 and abs(lat) <= 180.0:
        raise _RowError("site.swapped", lon=lon, lat=lat)
    if abs(lon) > 180.0 or abs(lat) > 90.0:
        raise _RowError("site.degrees", lon=lon, lat=lat)
    return lon, lat


def _frequency(row: _Row, technology: Technology) -> float:
    """Return the frequency [MHz]."""
    text = row.text("band")
    if not text:
        row.assumed.append("band")
        return technology.bands[0].f_mhz
    found = frequency_mhz(technology, text)
    if found is None:
        known = ", ".join(b.name for b in technology.bands)
        raise _RowError("site.band", value=text, technology=technology.name, known=known)
    return found


def _eirp(row: _Row, technology: Technology) -> float:
    """Return the power of what is measured in the main direction [dBm]: as stated, else of its three parts."""
    wide = row.number("bandwidth_mhz")
    wide = LTE_BANDWIDTH_MHZ if math.isnan(wide) else wide
    if row.text("eirp_dbm"):
        return measured_dbm(technology, row.number("eirp_dbm"), wide)
    text = row.text("power_dbm")
    if text:
        power = _number("power_dbm", text)
        if not POWER_DBM.low <= power <= POWER_DBM.high:
            meant = f"{10.0 * math.log10(power * 1000.0):.1f}" if power > 0 else "-"
            raise _RowError("site.power", value=power, least=POWER_DBM.low, most=POWER_DBM.high, meant=meant)
    else:
        power = technology.power_dbm
        row.assumed.append("power_dbm")
    gain = 0.0 if _gain_of_pattern(row) else row.number("gain_dbi", technology.gain_dbi)
    return measured_dbm(technology, power, wide) + gain - row.number("loss_db", technology.loss_db)


def _gain_of_pattern(row: _Row) -> bool:
    """Tell whether the antenna's gain is to be taken from its pattern file."""
    return bool(row.text("pattern")) and not row.text("gain_dbi") and not row.text("eirp_dbm")


def _since(row: _Row) -> str:
    """Return the day on air as an ISO date, "" where none is stated."""
    text = row.text("since")
    try:
        return dt.date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise _RowError("site.since", value=text) from None


def _on_air(since: str, as_of: dt.date | None) -> None:
    """Leave out a cell that goes on air after a day."""
    if as_of is not None and since > as_of.isoformat():
        raise _RowError("site.later", since=since, as_of=as_of.isoformat())


def _number(name: str, text: str) -> float:
    """Return a finite number out of a cell's text."""
    try:
        value = float(text)
    except ValueError:
        raise _RowError("site.number", column=name, value=text) from None
    if not math.isfinite(value):
        raise _RowError("site.number", column=name, value=text)
    return value


def _assumptions(frame: pd.DataFrame, source: str) -> list[Finding]:
    """Return one notice a field that rests on defaults, with how many cells."""
    names = frame["assumed"].str.split(", ").explode()
    counts = names[names != ""].value_counts().sort_index()
    return [
        Finding(
            source, "", "site.assumed", Action.NOTICE, {"field": str(name), "cells": int(n), "of": len(frame)}
        )
        for name, n in counts.items()
    ]


def omni_rows(frame: pd.DataFrame) -> np.ndarray:
    """Tell which cells send alike in all directions."""
    return np.asarray(frame["azimuth"].isna() & (frame["pattern"] == ""))
