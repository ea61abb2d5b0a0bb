"""Antenna patterns of measured antennas: Planet files (.msi, .pln), one antenna each.

The file is text: a line a key (NAME, MAKE, FREQUENCY, GAIN, TILT, H_WIDTH …), then `HORIZONTAL 360` and `VERTICAL
360` with as many lines of angle and loss. Gains are dBd unless dBi is written; losses are positive downwards from
the gain. The vertical cut's angle 0 is the horizon in front and 90 straight down.

References
----------
.. [1] The format has no standard; as MSI's Planet and its successors write it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.radio.antennas import DEEPEST_DB, ENTRIES, Antenna
from geo.read.table import Refused, refuse

Floats = NDArray[np.float64]

#: Bytes of one pattern file: 800 lines are usual.
PATTERN_BYTES = 2**20
#: A dipole's gain over isotropic [dB].
DIPOLE_DBI = 2.15
#: Directions of one cut: every degree, or finer.
CUT_LINES = (36, 3600)
#: Gains that a base station's antenna may have [dBi].
GAIN_DBI = (-10.0, 40.0)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_SUFFIXES = (".msi", ".pln")


@dataclass
class _Reading:
    """The state while a file is read: its lines, where it is, and what it said so far."""

    source: str
    lines: list[str]
    at: int = 0
    keys: dict[str, str] = field(default_factory=dict)
    cuts: dict[str, Floats] = field(default_factory=dict)

    def fault(self, rule: str, **values: str | int | float) -> Refused:
        """Return the refusal by `rule`, which names the line."""
        return refuse(self.source, f"pattern.{rule}", line=self.at, **values)


def read_pattern(path: Path) -> Antenna:
    """Read one antenna out of a Planet file.

    Parameters
    ----------
    path
        A `.msi` or `.pln`.

    Returns
    -------
    Antenna
        Named after the file.

    Raises
    ------
    Refused
        Not there, too large, not text, cut short, a cut twice or missing, an angle or a loss that cannot be; the
        message names the line.
    """
    source = path.name
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise refuse(source, "pattern.missing", expected=" or ".join(_SUFFIXES))
    if path.stat().st_size > PATTERN_BYTES:
        raise refuse(
            source, "pattern.size", kilobytes=path.stat().st_size // 1024, limit=PATTERN_BYTES // 1024
        )
    data = path.read_bytes()
    if b"\0" in data:
        raise refuse(source, "pattern.kind")
    reading = _Reading(source, data.decode("latin-1").splitlines())
    _read_lines(reading)
    for cut in ("HORIZONTAL", "VERTICAL"):
        if cut not in reading.cuts:
            raise reading.fault("no_cut", cut=cut)
    gain, tilt = _gain(reading), _tilt(reading)
    return Antenna(path.stem, reading.cuts["HORIZONTAL"], reading.cuts["VERTICAL"], DEEPEST_DB, gain, tilt)


def _read_lines(reading: _Reading) -> None:
    """Take every line: a key, or a cut with its lines."""
    while reading.at < len(reading.lines):
        words = reading.lines[reading.at].split(maxsplit=1)
        reading.at += 1
        if not words:
            continue
        key, value = words[0].upper(), words[1].strip() if len(words) > 1 else ""
        if key in ("HORIZONTAL", "VERTICAL"):
            if key in reading.cuts:
                raise reading.fault("twice", cut=key)
            reading.cuts[key] = _cut(reading, key, value)
        elif _NUMBER.fullmatch(key):
            raise reading.fault("surplus")
        else:
            reading.keys[key] = value


def _cut(reading: _Reading, name: str, count: str) -> Floats:
    """Return a cut's losses each tenth of a degree [dB]."""
    low, high = CUT_LINES
    if not count.isdecimal() or not low <= int(count) <= high:
        raise reading.fault("count", cut=name, seen=count, least=low, most=high)
    angles: list[float] = []
    losses: list[float] = []
    for seen in range(int(count)):
        words = reading.lines[reading.at].split() if reading.at < len(reading.lines) else []
        reading.at += 1
        if len(words) != 2 or not all(_NUMBER.fullmatch(w) for w in words):
            raise reading.fault("cut_short", cut=name, stated=int(count), seen=seen)
        angle, loss = float(words[0]), float(words[1])
        if not 0.0 <= angle <= 360.0 or (angles and angle <= angles[-1]):
            raise reading.fault("angle", angle=angle)
        if not math.isfinite(loss) or abs(loss) > 200.0:
            raise reading.fault("loss", loss=loss)
        angles.append(angle)
        losses.append(loss)
    return _even(np.array(angles), np.array(losses))


def _even(angles: Floats, losses: Floats) -> Floats:
    """Return losses each tenth of a degree, between the given ones by straight lines; negative ones turned round.

    Some makers write gains below the main direction (-3) where others write losses (3).
    """
    if losses.min() < -1e-9 and losses.max() <= 1e-9:
        losses = -losses
    deep = np.clip(losses, 0.0, DEEPEST_DB)
    return np.interp(np.arange(ENTRIES) / 10.0, angles, deep, period=360.0)


def _gain(reading: _Reading) -> float:
    """Return the gain [dBi]; NaN where none is stated."""
    text = reading.keys.get("GAIN", "")
    number = _NUMBER.match(text)
    if not text:
        return math.nan
    if number is None:
        raise reading.fault("gain", seen=text)
    gain = float(number[0]) + (0.0 if "dbi" in text.lower() else DIPOLE_DBI)
    if not GAIN_DBI[0] <= gain <= GAIN_DBI[1]:
        raise reading.fault("gain", seen=text)
    return gain


def _tilt(reading: _Reading) -> float:
    """Return the electrical tilt that the vertical cut holds [deg]; NaN where no number is stated."""
    for key in ("ELECTRICAL_TILT", "TILT"):
        number = _NUMBER.match(reading.keys.get(key, ""))
        if number is not None:
            return float(number[0])
    return math.nan
