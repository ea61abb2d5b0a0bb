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
from xml.parsers import expat

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
#: Excel's own size of a sheet (ECMA-376, "Excel specifications and limits").
MAX_ROW, MAX_COLUMN = 1_048_576, 16_384

Cell = tuple[int, int]
#: So many texts at most are kept: what the sheet says beside its values must not grow with the sheet.
TEXTS = 250_000
#: Bytes that are parsed at once.
_BLOCK = 1 << 16
#: The elements in a cell of plain text.
_INLINE = "(is(t))"
#: A cell's shape that is longer than this is no plain text, and need not be known further.
_PLAIN = len(_INLINE)


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
    reading = _Reading(blank)
    parser = expat.ParserCreate(namespace_separator="}")  # a DTD was refused before (geo.read.package)
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    try:
        while block := part.read(_BLOCK):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        raise ElementTree.ParseError(str(fault)) from None
    return reading.layout


@dataclass(slots=True)
class _Reading:
    """A sheet as its elements begin and end; no tree of them is kept.

    `inside` is how the cell's shape begins, "(is(t" while its text is read; `value` holds what stands in its
    values and `text` its first text that is not blank; `name` is the element that is open, `open` its text.
    """

    blank: Collection[int]
    layout: Layout = field(default_factory=Layout)
    at: Cell = (0, 0)
    cell: dict[str, str] | None = None
    depth: int = 0
    inside: str = ""
    name: str = ""
    open: list[str] = field(default_factory=list)
    formula: bool = False
    value: str = ""
    text: str = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take an element's begin."""
        name = _local(tag)
        if self.cell is not None:
            if self.open:
                self._keep()
            if len(self.inside) <= _PLAIN:
                self.inside += "(" + name
            if name == "f":
                self.formula = True
            self.depth += 1
            self.name = name
        elif name == "c":
            self.cell = attributes
        elif name == "row":
            self.at = _begun_row(attributes, self.at, self.layout)
        else:
            _note_other(name, attributes, self.layout)

    def data(self, text: str) -> None:
        """Take text: what stands in an element before the first one in it."""
        if self.name:
            self.open.append(text)

    def end(self, _tag: str) -> None:
        """Take an element's end; that of a cell is noted."""
        if self.depth:
            if self.open:
                self._keep()
            if len(self.inside) <= _PLAIN:
                self.inside += ")"
            self.depth -= 1
            self.name = ""
        elif self.cell is not None:
            self.at = at = _place(self.cell.get("r", ""), self.at)
            kind = self.cell.get("t", "")
            _note_cell(self, kind, at)
            _note_text(self, kind, at)
            self.cell = None
            self.formula = False
            self.inside = self.value = self.text = ""

    def _keep(self) -> None:
        """Keep the text of the element that was open."""
        if self.name == "v":
            self.value += "".join(self.open).strip()
        elif self.name == "t" and not self.text.strip():
            self.text = "".join(self.open)
        self.open.clear()


def _begun_row(attributes: dict[str, str], before: Cell, layout: Layout) -> Cell:
    """Return the place before a row's first cell, and note a hidden row."""
    row = _number(attributes.get("r"), before[0] + 1)
    if attributes.get("hidden") in ("1", "true"):
        layout.hidden_rows.add(row)
    return row, 0


def column_letters(column: int) -> str:
    """Return a column's letters: 1 -> "A", 28 -> "AB"."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_letters = lru_cache(maxsize=256)(column_letters)


def range_of(text: str) -> tuple[int, int, int, int] | None:
    """Return the range that "A1:C4" (or "A1") names, or None."""
    ends = [_cell(p) for p in text.replace("$", "").split(":")[:2]]
    first, last = ends[0], ends[-1]
    return None if first is None or last is None else (*first, *last)


def _note_cell(cell: _Reading, kind: str, at: Cell) -> None:
    """Note a cell: whether it is filled, and whether a formula lacks its value."""
    layout = cell.layout
    filled = bool(cell.value or cell.text.strip())
    if kind == "s" and _number(cell.value, -1) in cell.blank:
        filled = False
    if cell.formula:
        layout.formulas += 1
        # a text formula whose value is "" is stored as t="str" with an empty value: that is a value
        if not filled and kind != "str":
            layout.unvalued.add(at)
    if filled or cell.formula:
        layout.filled_rows.add(at[0])
        layout.last_row = max(layout.last_row, at[0])
        layout.last_column = max(layout.last_column, at[1])


def _note_text(cell: _Reading, kind: str, at: Cell) -> None:
    """Keep a cell's plain text; give all of them up at the first cell that is something else."""
    known = cell.layout.texts
    if known is None:
        return
    plain = not cell.inside or (kind == "inlineStr" and cell.inside == _INLINE)
    if not plain or at in known or len(known) >= TEXTS:
        cell.layout.texts = None
    else:
        known[at] = cell.text


def _note_other(name: str, attributes: dict[str, str], layout: Layout) -> None:
    """Note merged cells, hidden columns and the range that the sheet claims."""
    if name == "mergeCell":
        area = range_of(attributes.get("ref", ""))
        if area is not None:
            layout.merged.append(area)
    elif name == "col" and attributes.get("hidden") in ("1", "true"):
        first, last = _number(attributes.get("min"), 1), _number(attributes.get("max"), 1)
        layout.hidden_columns.update(range(first, min(last, MAX_COLUMN) + 1))
    elif name == "dimension":
        layout.claimed = attributes.get("ref", "")[:40]


def _place(reference: str, before: Cell) -> Cell:
    """Return (row, column) of a cell: that of its reference, else the one after the cell before."""
    row, column = before[0], before[1] + 1
    if row <= MAX_ROW and column <= MAX_COLUMN and reference == f"{_letters(column)}{row}":
        return row, column
    return _cell(reference) or (row, column)


def _cell(reference: str) -> Cell | None:
    """Return (row, column) of "C14"."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    return min(int(found.group(2)), MAX_ROW), _column(found.group(1))


@lru_cache(maxsize=256)
def _column(letters: str) -> int:
    """Return the number of a column's letters: "A" -> 1, "AB" -> 28."""
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return min(column, MAX_COLUMN)


@lru_cache(maxsize=256)
def _local(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]


def _number(text: str | None, otherwise: int) -> int:
    """Return a small whole number, or `otherwise` where the text is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else otherwise
