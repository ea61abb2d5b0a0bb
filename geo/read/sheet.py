"""What a worksheet says beside its values: hidden rows and columns, merged cells, formulas, the used range.

The library that reads the values keeps none of this in its bounded mode, so the part is read once more here,
element by element, in memory that does not grow with the sheet.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO
from xml.etree import ElementTree

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
#: Excel's own size of a sheet (ECMA-376, "Excel specifications and limits").
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384

Cell = tuple[int, int]
#: So many texts at most are kept: what the sheet says beside its values must not grow with the sheet.
TEXTS = 250_000


@dataclass
class Layout:
    """Rows and columns are 1-based; a range is (first row, first column, last row, last column).

    `texts` holds the cells of a sheet of which every cell is empty or plain text that stands in the sheet itself
    (as programs that stream their rows write it); None for any other sheet, and for a large one.
    """

    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unvalued: set[Cell] = field(default_factory=set)
    filled_rows: set[int] = field(default_factory=set)
    formulas: int = 0
    last_row: int = 0
    last_column: int = 0
    claimed: str = ""
    texts: dict[Cell, str] | None = field(default_factory=dict)


def blank_strings(part: IO[bytes]) -> set[int]:
    """Return the numbers of the shared strings that are blank: cells that hold them are empty.

    Raises
    ------
    ElementTree.ParseError
        Where the part is not whole XML.
    """
    blank: set[int] = set()
    number = 0
    for _, element in ElementTree.iterparse(part):  # noqa: S314  a DTD was refused before (geo.read.package)
        if _local(element.tag) == "si":
            if not "".join(element.itertext()).strip():
                blank.add(number)
            number += 1
            element.clear()
    return blank


def read_layout(part: IO[bytes], blank: Collection[int] = ()) -> Layout:
    """Return the layout of the sheet in `part`; `blank` are the shared strings that hold nothing.

    Raises
    ------
    ElementTree.ParseError
        Where it is not whole XML.
    """
    layout = Layout()
    at = (0, 0)
    rows: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(part, events=("start", "end")):  # noqa: S314  as above
        name = _local(element.tag)
        if event == "start":
            rows = element if name == "sheetData" else rows
            at = _begun_row(element, at, layout) if name == "row" else at
        elif name == "c":
            at = _cell(element.get("r", "")) or (at[0], at[1] + 1)
            _note_cell(element, at, layout, blank)
            _note_text(element, at, layout)
        elif name == "row" and rows is not None:
            rows.clear()
        else:
            _note_other(name, element, layout)
    return layout


def _begun_row(element: ElementTree.Element, before: Cell, layout: Layout) -> Cell:
    """Return the place before a row's first cell, and note a hidden row."""
    row = _number(element.get("r"), before[0] + 1)
    if element.get("hidden") in ("1", "true"):
        layout.hidden_rows.add(row)
    return row, 0


def column_letters(column: int) -> str:
    """Return a column's letters: 1 -> "A", 28 -> "AB"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def range_of(text: str) -> tuple[int, int, int, int] | None:
    """Return the range that "A1:C4" (or "A1") names, or None."""
    ends = [_cell(p) for p in text.replace("$", "").split(":")[:2]]
    first, last = ends[0], ends[-1]
    return None if first is None or last is None else (*first, *last)


def _note_cell(element: ElementTree.Element, at: Cell, layout: Layout, blank: Collection[int]) -> None:
    """Note a cell: whether it is filled, and whether a formula lacks its value."""
    texts = {"v": "", "t": ""}
    has_formula = False
    for child in element.iter():
        name = _local(child.tag)
        has_formula = has_formula or name == "f"
        if name in texts:
            texts[name] += (child.text or "").strip()
    kind = element.get("t")
    filled = bool(texts["v"] or texts["t"])
    if kind == "s" and _number(texts["v"], -1) in blank:
        filled = False
    if has_formula:
        layout.formulas += 1
        # a text formula whose value is "" is stored as t="str" with an empty value: that is a value
        if not filled and kind != "str":
            layout.unvalued.add(at)
    if filled or has_formula:
        layout.filled_rows.add(at[0])
        layout.last_row = max(layout.last_row, at[0])
        layout.last_column = max(layout.last_column, at[1])


def _note_text(element: ElementTree.Element, at: Cell, layout: Layout) -> None:
    """Keep a cell's plain text; give all of them up at the first cell that is something else."""
    if layout.texts is None:
        return
    text = _plain_text(element)
    if text is None or at in layout.texts or len(layout.texts) >= TEXTS:
        layout.texts = None
    else:
        layout.texts[at] = text


def _plain_text(element: ElementTree.Element) -> str | None:
    """Return the text of a cell that is empty or holds one inline string without runs, else None."""
    if len(element) == 0:
        return ""
    if element.get("t") != "inlineStr" or len(element) > 1 or _local(element[0].tag) != "is":
        return None
    parts = element[0]
    plain = len(parts) == 1 and _local(parts[0].tag) == "t" and len(parts[0]) == 0
    return parts[0].text or "" if plain else None


def _note_other(name: str, element: ElementTree.Element, layout: Layout) -> None:
    """Note merged cells, hidden columns and the range that the sheet claims."""
    if name == "mergeCell":
        area = range_of(element.get("ref", ""))
        if area is not None:
            layout.merged.append(area)
    elif name == "col" and element.get("hidden") in ("1", "true"):
        first, last = _number(element.get("min"), 1), _number(element.get("max"), 1)
        layout.hidden_columns.update(range(first, min(last, MAX_COLUMN) + 1))
    elif name == "dimension":
        layout.claimed = element.get("ref", "")[:40]


def _cell(reference: str) -> Cell | None:
    """Return (row, column) of "C14"."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    column = 0
    for letter in found.group(1):
        column = 26 * column + ord(letter) - 64
    return min(int(found.group(2)), MAX_ROW), min(column, MAX_COLUMN)


@lru_cache(maxsize=256)
def _local(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


def _number(text: str | None, otherwise: int) -> int:
    """Return a small whole number, or `otherwise` where the text is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise
