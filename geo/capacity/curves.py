"""Curves: the figures of access technologies as files with their source; each may be replaced.

A file is CSV whose first lines, led by `#`, say source, mark, licence and how it was made.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from geo.errors import SourceError

Floats = npt.NDArray[np.float64]
Row = dict[str, str]
T = TypeVar("T")

#: Folder of the files that are shipped.
SHIPPED = Path(__file__).parent / "curves"

#: File -> its columns.
FILES: dict[str, tuple[str, ...]] = {
    "copper": ("technology", "scenario", "conductor_mm", "loop_m", "down_mbps"),
    "profiles": ("port", "profiles", "cap_mbps"),
    "pon": ("technology", "class", "budget_db", "usable_mbps"),
    "splitter": ("split", "loss_db"),
    "shared": ("technology", "medium", "per", "capacity_mbps", "wire_m", "fixed", "mark"),
    "backtest": ("model", "horizon_years", "error_p10", "error_p90", "median_abs_error"),
}


@dataclass(frozen=True)
class Curve:
    """Rate by length of one profile on one cable.

    Attributes
    ----------
    loop_m
        Lengths of wire, rising [m].
    down_mbps
        Rate at each, never rising [Mbps].
    """

    loop_m: Floats
    down_mbps: Floats


@dataclass(frozen=True)
class Profile:
    """What a copper port may run, and the greatest rate that is counted of it (NaN: no cap) [Mbps]."""

    profiles: tuple[str, ...]
    cap_mbps: float


@dataclass(frozen=True)
class Pon:
    """One class of optics of a PON technology: loss that it bridges [dB], usable rate of a port [Mbps]."""

    technology: str
    optics: str
    budget_db: float
    usable_mbps: float


@dataclass(frozen=True)
class Shared:
    """A medium that homes share.

    Attributes
    ----------
    medium
        port, coax or radio.
    per
        What one capacity is of: channel, head end, sector.
    capacity_mbps
        Usable rate of one [Mbps].
    wire_m
        Longest wire to a home; NaN where none is stated [m].
    fixed
        Whether it counts towards targets of fixed lines.
    """

    medium: str
    per: str
    capacity_mbps: float
    wire_m: float
    fixed: bool


@dataclass(frozen=True)
class Backtest:
    """Errors that a model made over a horizon: forecast / truth - 1, quantiles over many series."""

    model: str
    horizon_years: float
    error_p10: float
    error_p90: float


@dataclass(frozen=True)
class Curves:
    """All figures of one set of files, with what each file says of its source.

    Attributes
    ----------
    copper
        (technology, scenario, conductor in mm as written) -> curve.
    profiles, shared
        By port, by technology.
    pon
        In the order of the file: the first class of a technology is its default.
    splitter
        Homes -> greatest loss [dB].
    backtest
        By model and horizon.
    sources
        File -> its lines of source, mark, licence and making.
    """

    copper: dict[tuple[str, str, str], Curve]
    profiles: dict[str, Profile]
    pon: tuple[Pon, ...]
    splitter: dict[int, float]
    shared: dict[str, Shared]
    backtest: tuple[Backtest, ...]
    sources: dict[str, tuple[str, ...]]


def read_curves(folder: Path | None = None) -> Curves:
    """Return the shipped figures, each file replaced by one of the same name in `folder`.

    Raises
    ------
    SourceError
        A file is not there, lacks a column or its source, or a line holds no number where one is due, or a
        curve rises with length.
    """
    read = {name: _read(name, folder) for name in FILES}
    rows = {name: _Lines(path, lines) for name, (path, lines, _) in read.items()}
    return Curves(
        copper=_copper(rows["copper"]),
        profiles=dict(
            rows["profiles"].each(
                lambda r: (r["port"], Profile(tuple(r["profiles"].split()), _number(r["cap_mbps"])))
            )
        ),
        pon=tuple(
            rows["pon"].each(
                lambda r: Pon(r["technology"], r["class"], _amount(r["budget_db"]), _amount(r["usable_mbps"]))
            )
        ),
        splitter=dict(rows["splitter"].each(lambda r: (int(r["split"]), _amount(r["loss_db"])))),
        shared=dict(rows["shared"].each(_shared)),
        backtest=tuple(
            rows["backtest"].each(
                lambda r: Backtest(
                    r["model"], _amount(r["horizon_years"]), _given(r["error_p10"]), _given(r["error_p90"])
                )
            )
        ),
        sources={name: heads for name, (_, _, heads) in read.items()},
    )


@dataclass(frozen=True)
class _Lines:
    """Rows of a file with their line numbers, so that what is wrong can be named."""

    path: Path
    rows: tuple[tuple[int, Row], ...]

    def each(self, make: Callable[[Row], T]) -> list[T]:
        """Return what is made of each row.

        Raises
        ------
        SourceError
            A row cannot be read; its line is named.
        """
        out = []
        for line, row in self.rows:
            try:
                out.append(make(row))
            except ValueError as problem:
                raise SourceError(
                    f"{self.path.name}, line {line}: {problem}. Correct the line; the shipped file shows how."
                ) from problem
        return out


def _read(name: str, folder: Path | None) -> tuple[Path, tuple[tuple[int, Row], ...], tuple[str, ...]]:
    """Return a file's path, its rows with their lines, and its head."""
    path = folder / f"{name}.csv" if folder and (folder / f"{name}.csv").exists() else SHIPPED / f"{name}.csv"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise SourceError(f"{path.name}: cannot be read as UTF-8 text. Put the file back.") from problem
    heads = tuple(line.lstrip("# ") for line in lines if line.startswith("#"))
    if not any(h.startswith("source:") for h in heads):
        raise SourceError(f"{path.name}: says no source. Add a first line `# source: ...`.")
    body = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    columns = next(csv.reader([body[0][1]])) if body else []
    if lacking := [c for c in FILES[name] if c not in columns]:
        raise SourceError(f"{path.name}: lacks the columns {', '.join(lacking)}. Name them in its first row.")
    cells = csv.reader([line for _, line in body[1:]])
    rows = tuple(
        (n, dict(zip(columns, row, strict=False))) for (n, _), row in zip(body[1:], cells, strict=True)
    )
    for n, row in rows:
        if len(row) < len(columns):
            raise SourceError(
                f"{path.name}, line {n}: {len(row)} cells of {len(columns)}. Complete the line."
            )
    return path, rows, heads


def _number(cell: str) -> float:
    """Return a number of at least 0; NaN for an empty cell."""
    return _amount(cell) if cell else np.nan


def _amount(cell: str) -> float:
    value = _given(cell)
    if value < 0:
        raise ValueError(f"{cell} is below 0")
    return value


def _given(cell: str) -> float:
    value = float(cell)
    if not np.isfinite(value):
        raise ValueError(f"'{cell}' is no finite number")
    return value


def _shared(row: Row) -> tuple[str, Shared]:
    if row["fixed"] not in ("yes", "no"):
        raise ValueError(f"fixed is '{row['fixed']}', neither yes nor no")
    return row["technology"], Shared(
        row["medium"],
        row["per"],
        _amount(row["capacity_mbps"]),
        _number(row["wire_m"]),
        row["fixed"] == "yes",
    )


def _copper(lines: _Lines) -> dict[tuple[str, str, str], Curve]:
    """Return the curves, each sorted by length and never rising."""
    points: dict[tuple[str, str, str], list[tuple[float, float, int]]] = {}
    found = lines.each(
        lambda r: (
            (r["technology"], r["scenario"], r["conductor_mm"]),
            _amount(r["loop_m"]),
            _amount(r["down_mbps"]),
        )
    )
    for (line, _), (key, loop, rate) in zip(lines.rows, found, strict=True):
        points.setdefault(key, []).append((loop, rate, line))
    curves = {}
    for key, of_key in points.items():
        of_key.sort()
        for (loop, rate, _), (farther, there, line) in pairwise(of_key):
            if farther == loop or there > rate:
                raise SourceError(
                    f"{lines.path.name}, line {line}: {' '.join(key)} mm gives {there:g} Mbps at {farther:g} m "
                    f"after {rate:g} at {loop:g} m; a rate never rises with length, and a length stands once."
                )
        curves[key] = Curve(*(np.array([p[i] for p in of_key]) for i in (0, 1)))
    return curves
