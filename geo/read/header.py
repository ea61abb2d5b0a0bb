"""The header of a table: where it stands, what its columns are called, and what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from geo.findings import Finding, visible
from geo.read.rows import line_label
from geo.read.table import refuse
from geo.terms import Action

#: So many lines are searched for the header when the first line is not it.
LOOK_AHEAD = 20
#: So many columns at most: a table of units has tens.
COLUMNS = 2_000

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f]")
_BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_NUMBER = re.compile(r"\s*[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*%?\s*")
#: Full-width letters, digits and blank are typing habits; other full-width marks may be meant.
_NARROW = {
    c: c - 0xFEE0 for c in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF3F)
}
_NARROW[0x3000] = 0x20

Line = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class Header:
    """Names of the columns; `blank` are the places whose name was empty and was made up."""

    names: list[str]
    blank: frozenset[int]
    findings: list[Finding]


def clean_name(name: str) -> str:
    """Return a column's name without invisible characters, full-width letters and stray blanks."""
    text = _INVISIBLE.sub("", name).translate(_NARROW)
    return _BETWEEN_CHINESE.sub("", " ".join(text.split()))


def read_header(lines: Sequence[Line], source: str, expected: Sequence[str] | None = None) -> Header:
    """Return the header that the first of `lines` is.

    Parameters
    ----------
    lines
        The first filled lines of the table: (line number, cells).
    source
        Name for the findings.
    expected
        Names of which the header must hold one, where the region file gives them.

    Raises
    ------
    Refused
        Where the header stands further down, is data, or names a column twice.
    """
    _refuse_misplaced(lines, source, expected)
    line, cells = lines[0]
    if len(cells) > COLUMNS:
        raise refuse(source, "header.columns", count=len(cells), limit=COLUMNS)
    names = [clean_name(c) for c in cells]
    blank = frozenset(i for i, n in enumerate(names) if not n)
    _refuse_duplicates(names, line, source)
    findings = [
        Finding(
            source,
            line_label(line),
            "header.cleaned",
            Action.REPAIR,
            {"seen": visible(cell), "column": visible(name)},
        )
        for cell, name in zip(cells, names, strict=True)
        if name and name != cell
    ]
    return Header([n or _made_up(i, names) for i, n in enumerate(names)], blank, findings)


def blank_findings(header: Header, used: Sequence[str], source: str) -> list[Finding]:
    """Return a finding for each column without a name that holds values (`used`: names kept)."""
    kept = set(used)
    names = [header.names[i] for i in sorted(header.blank)]
    return [Finding(source, "", "header.blank", Action.REPAIR, {"column": n}) for n in names if n in kept]


def _made_up(place: int, names: Sequence[str]) -> str:
    """Return a name for the column at `place` that no other column has."""
    name = f"column_{place + 1}"
    while name in names:
        name += "_"
    return name


def _refuse_duplicates(names: Sequence[str], line: int, source: str) -> None:
    """Refuse a header with one name for two columns: either could be meant."""
    twice = [name for name, n in Counter(names).items() if n > 1 and name]
    if twice:
        places = ", ".join(str(i + 1) for i, n in enumerate(names) if n == twice[0])
        raise refuse(source, "header.duplicate", column=visible(twice[0]), line=line, places=places)


def _refuse_misplaced(lines: Sequence[Line], source: str, expected: Sequence[str] | None) -> None:
    """Refuse a table whose first line is a title or data."""
    first_line, first = lines[0]
    wanted = {clean_name(e) for e in expected or ()}
    if wanted & {clean_name(c) for c in first}:
        return
    for line, cells in lines[1 : LOOK_AHEAD + 1]:
        if wanted & {clean_name(c) for c in cells}:
            raise refuse(source, "header.title_lines", line=line, first=first_line)
    filled = _filled(first)
    width = Counter(_filled(cells) for _, cells in lines).most_common(1)[0][0]
    if filled <= width // 2:
        for line, cells in lines[1 : LOOK_AHEAD + 1]:
            if _is_header(cells, width):
                raise refuse(source, "header.title_lines", line=line, first=first_line)
    numbers = sum(1 for c in first if _NUMBER.fullmatch(c))
    if len(first) > 1 and numbers > len(first) / 2 and _NUMBER.fullmatch(first[0]):
        raise refuse(source, "header.is_data", line=first_line)


def _filled(cells: Sequence[str]) -> int:
    """Return how many cells hold something."""
    return sum(1 for c in cells if c.strip())


def _is_header(cells: Sequence[str], width: int) -> bool:
    """Tell whether a line could be a header: as wide as the rows, all cells filled, different, no number."""
    names = [clean_name(c) for c in cells if c.strip()]
    return len(names) >= width and len(set(names)) == len(names) and not any(map(_NUMBER.fullmatch, names))
