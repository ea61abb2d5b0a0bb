"""Excel workbooks (.xlsx): one sheet as text, exactly what its cells hold.

A workbook hides more than it shows: rows filtered away, sheets out of sight, codes turned into numbers that
kept 15 digits, formulas that nobody computed, one cell merged over the rows that it speaks for. Each is read
the one way it can be meant and said, or refused.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from geo.findings import Finding, Value, visible
from geo.read.header import COLUMNS, LOOK_AHEAD, Header, blank_findings, read_header
from geo.read.limits import FIELD_CHARACTERS
from geo.read.package import Package, Sheet, open_package
from geo.read.rows import WIDE_DIGIT, code_column, is_code_name, is_total, line_label, narrow_number
from geo.read.sheet import MAX_ROW, Layout, blank_strings, column_letters, range_of, read_layout
from geo.read.table import Refused, SourceTable, refuse, text_column
from geo.terms import Action

#: Excel keeps 15 digits of a number: a whole number from here on has lost some.
_LOST = 10**15
#: A fault in more of a column's rows than this is the column's, and refuses the sheet.
_MOST = 0.5
#: A sheet that claims this many times its filled cells is said to be trimmed.
_OVERCLAIM, _OVERCLAIM_CELLS = 10, 1_000_000
_STRINGS = "xl/sharedStrings.xml"
#: So many cells at most: twenty columns of as many rows as Excel has.
_CELLS = 20 * MAX_ROW
_ZEROS = re.compile(r"0{2,20}")


@dataclass
class _Grid:
    """The filled cells of a sheet as text, and what was seen in them."""

    source: str
    layout: Layout
    lines: list[int] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)
    numbers: set[tuple[int, int]] = field(default_factory=set)
    lost: set[tuple[int, int]] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    dates: int = 0
    merged: dict[tuple[int, int], str] = field(default_factory=dict)


def read_workbook(path: Path, *, sheet: str | None = None) -> SourceTable:
    """Return one sheet of an Excel workbook as a table of text columns.

    Parameters
    ----------
    path
        The file.
    sheet
        Name of the sheet; it may be left out where only one sheet in sight holds anything.

    Returns
    -------
    SourceTable
        As `read_delimited`: text columns, indexed by the row as delivered; `lines` gives the sheet's own row
        numbers. Whole numbers have no point ("320402001001"), others their shortest exact form, dates are
        ISO 8601, booleans TRUE and FALSE. Hidden rows are read, and that is said.

    Raises
    ------
    Refused
        Not a workbook, damaged, above a limit, several sheets and none named, header over two lines,
        numbers that lost digits or formulas without values in most rows.
    """
    source = path.name
    with open_package(path) as package:
        chosen = _chosen(package, sheet, source)
        layout = _layout(package, chosen, source)
        findings = _sheet_findings(package, chosen, layout, source)
        if not layout.last_row:
            raise refuse(source, "workbook.empty_sheet", sheet=visible(chosen.name, 40))
        grid = _Grid(source, layout)
        _refuse_large(layout, source)
        if layout.texts is None:
            _fill(grid, _rows(path, chosen, layout, source))
        else:
            _fill_texts(grid, layout.texts)
    _refuse_two_line_header(grid)
    _spread_merged(grid)
    frame, lines, found = _table(grid)
    findings += [*found, *_date_findings(grid, package)]
    return SourceTable(frame, "XLSX", layer=chosen.name, findings=findings, lines=lines)


def _chosen(package: Package, name: str | None, source: str) -> Sheet:
    """Return the sheet asked for, or the only one in sight that holds anything."""
    names = visible(", ".join(s.name for s in package.sheets), 200)
    if name is not None:
        found = [s for s in package.sheets if s.name == name]
        if not found:
            raise refuse(source, "workbook.no_sheet", sheet=visible(name, 40), sheets=names)
        return found[0]
    shown = [s for s in package.sheets if not s.hidden]
    filled = [s for s in shown if s.is_filled]
    if len(filled) > 1:
        raise refuse(source, "workbook.sheets", sheets=visible(", ".join(s.name for s in filled), 200))
    if not shown:
        raise refuse(source, "workbook.no_sheet", sheet="?", sheets=names)
    return (filled or shown)[0]


def _layout(package: Package, sheet: Sheet, source: str) -> Layout:
    """Read the chosen sheet's layout."""
    try:
        blank: set[int] = set()
        if _STRINGS in package.archive.namelist():
            with package.archive.open(_STRINGS) as part:
                blank = blank_strings(part)
        with package.archive.open(sheet.member) as part:
            return read_layout(part, blank)
    except (ElementTree.ParseError, UnicodeError, ValueError, LookupError):
        raise refuse(source, "workbook.damaged", member=visible(sheet.member, 60)) from None


def _sheet_findings(package: Package, chosen: Sheet, layout: Layout, source: str) -> list[Finding]:
    """Say what is hidden and what the sheet claims beyond its cells."""
    found = []
    hidden = [s.name for s in package.sheets if s.hidden and s is not chosen]
    if hidden:
        values: dict[str, Value] = {"count": len(hidden), "sheets": visible(", ".join(hidden), 120)}
        found.append(Finding(source, "", "workbook.hidden_sheets", Action.NOTICE, values))
    rows = sorted(r for r in layout.hidden_rows if r <= layout.last_row)
    if rows:
        seen: dict[str, Value] = {"count": len(rows), "rows": _first(rows)}
        found.append(Finding(source, "", "workbook.hidden_rows", Action.NOTICE, seen))
    columns = sorted(c for c in layout.hidden_columns if c <= layout.last_column)
    if columns:
        seen = {"count": len(columns), "columns": ", ".join(map(column_letters, columns[:5]))}
        found.append(Finding(source, "", "workbook.hidden_columns", Action.NOTICE, seen))
    claimed = range_of(layout.claimed)
    used = layout.last_row * layout.last_column
    if claimed and claimed[2] * claimed[3] > max(_OVERCLAIM * used, _OVERCLAIM_CELLS):
        values_ = {
            "claimed": layout.claimed,
            "used": f"A1:{column_letters(layout.last_column)}{layout.last_row}",
        }
        found.append(Finding(source, "", "workbook.range", Action.REPAIR, values_))
    if layout.formulas > len(layout.unvalued):
        count = {"count": layout.formulas - len(layout.unvalued)}
        found.append(Finding(source, "", "workbook.formula_values", Action.NOTICE, count))
    return found


def _first(numbers: Sequence[int]) -> str:
    """Return the first five numbers as they are shown."""
    return ", ".join(map(str, numbers[:5])) + (", …" if len(numbers) > 5 else "")


def _refuse_large(layout: Layout, source: str) -> None:
    """Refuse a sheet of more columns or cells than the limit."""
    cells = len(layout.filled_rows) * layout.last_column
    if layout.last_column > COLUMNS:
        raise refuse(source, "workbook.limit", what="columns", seen=layout.last_column, limit=COLUMNS)
    if cells > _CELLS:
        raise refuse(source, "workbook.limit", what="cells", seen=cells, limit=_CELLS)


def _rows(path: Path, sheet: Sheet, layout: Layout, source: str) -> Iterator[Sequence[Any]]:
    """Yield the cells of each row of the used range.

    Raises
    ------
    Refused
        Where the library cannot read the workbook, whatever it raises.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                page = book[sheet.name]
                page.reset_dimensions()
                yield from page.iter_rows(max_row=layout.last_row, max_col=layout.last_column)
            finally:
                book.close()
    except (Refused, GeneratorExit):
        raise
    except Exception:  # openpyxl raises whatever its parts raise
        raise refuse(source, "workbook.damaged", member=visible(sheet.member, 60)) from None


def _fill(grid: _Grid, rows: Iterator[Sequence[Any]]) -> None:
    """Take the rows that hold something, as text."""
    for line, row in enumerate(rows, 1):
        if line not in grid.layout.filled_rows:
            continue
        texts = [_text(cell, line, column, grid) for column, cell in enumerate(row, 1)]
        grid.lines.append(line)
        grid.cells.append(texts + [""] * (grid.layout.last_column - len(texts)))


def _fill_texts(grid: _Grid, texts: Mapping[tuple[int, int], str]) -> None:
    """Take the rows that hold something, of a sheet of plain texts: what `_fill` gives, without the library."""
    width = grid.layout.last_column
    for line in sorted(grid.layout.filled_rows):
        row = [texts.get((line, column), "") for column in range(1, width + 1)]
        grid.lines.append(line)
        grid.cells.append(["" if text.isspace() else text for text in row])


def _text(cell: Any, line: int, column: int, grid: _Grid) -> str:
    """Return a cell's value as text, without loss, and note what it was."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        if cell.data_type == "e":
            grid.errors[line, column] = value
        return value if value.strip() else ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, str(cell.number_format or ""), (line, column), grid)
    grid.dates += 1
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _number(value: float, number_format: str, at: tuple[int, int], grid: _Grid) -> str:
    """Return a number's digits; a format of zeros only ("000000") shows leading zeros, which are meant."""
    if not np.isfinite(value):
        grid.errors[at] = "#NUM!"
        return ""
    if value != int(value):
        return np.format_float_positional(value, trim="-")
    grid.numbers.add(at)
    if abs(value) >= _LOST:
        grid.lost.add(at)
    width = len(number_format) if _ZEROS.fullmatch(number_format) else 0
    return str(int(value)).zfill(width)


def _refuse_two_line_header(grid: _Grid) -> None:
    """Refuse a header whose cells are merged: it spans two lines, and which name is meant cannot be told."""
    first = grid.lines[0]
    for top, left, bottom, right in grid.layout.merged:
        crosses = top <= first <= bottom and (bottom > first or right > left)
        if crosses and not (sum(map(bool, grid.cells[0])) == 1 and bottom == first):
            area = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"
            raise refuse(
                grid.source, "workbook.merged_header", cells=area, first=first, last=max(bottom, first + 1)
            )


def _spread_merged(grid: _Grid) -> None:
    """Give every cell of a merged range the value of its first, which is the only one stored."""
    place = {line: i for i, line in enumerate(grid.lines)}
    for top, left, bottom, right in grid.layout.merged:
        if top not in place or top == grid.lines[0] or (bottom - top + 1) * (right - left + 1) > 100_000:
            continue
        value = grid.cells[place[top]][left - 1] if left <= grid.layout.last_column else ""
        for line in range(top, min(bottom, grid.lines[-1]) + 1) if value else ():
            for column in range(left, min(right, grid.layout.last_column) + 1):
                if (
                    (line, column) != (top, left)
                    and line in place
                    and not grid.cells[place[line]][column - 1]
                ):
                    grid.cells[place[line]][column - 1] = value
                    grid.merged[line, column] = f"{column_letters(left)}{top}:{column_letters(right)}{bottom}"


def _table(grid: _Grid) -> tuple[pd.DataFrame, dict[int, int], list[Finding]]:
    """Return the frame, the sheet's row of each of its rows, and the findings on columns and rows."""
    head = list(zip(grid.lines, grid.cells, strict=True))[: LOOK_AHEAD + 10]
    width = max((i for i, column in enumerate(zip(*grid.cells, strict=True), 1) if any(column)), default=0)
    header = read_header([(line, cells[:width]) for line, cells in head], grid.source)
    if len(grid.lines) < 2:
        raise refuse(grid.source, "header.no_rows")
    found = [*header.findings]
    _refuse_columns(grid, header)
    kept, lines = _kept(grid, header, found)
    index = pd.Index(list(kept), name="row", dtype="int64")
    columns = list(zip(*kept.values(), strict=True)) or [()] * width
    data = {n: text_column([v or None for v in c]) for n, c in zip(header.names, columns, strict=True)}
    frame = pd.DataFrame(data, index=index)
    empty = [header.names[i] for i in sorted(header.blank) if frame[header.names[i]].isna().all()]
    frame = frame.drop(columns=empty)
    found += [*_code_findings(grid, header), *blank_findings(header, list(frame.columns), grid.source)]
    return frame, lines, found


def _refuse_columns(grid: _Grid, header: Header) -> None:
    """Refuse a sheet in most of whose rows one column lost digits or has formulas without values."""
    rows = len(grid.lines) - 1
    for rule, cells in (("workbook.lost_digits", grid.lost), ("workbook.formula", grid.layout.unvalued)):
        for i, name in enumerate(header.names):
            places = sorted(line for line, column in cells if column == i + 1 and line > grid.lines[0])
            if len(places) > _MOST * rows:
                at = ", ".join(f"{column_letters(i + 1)}{line}" for line in places[:5])
                raise refuse(grid.source, rule, column=visible(name, 40), count=len(places), cells=at)


def _kept(grid: _Grid, header: Header, found: list[Finding]) -> tuple[dict[int, list[str]], dict[int, int]]:
    """Return the sound rows by number and every row's line; the others are noted in `found`."""
    width = len(header.names)
    code_at = code_column(header.names)
    faults = _row_faults(grid, header)
    kept: dict[int, list[str]] = {}
    lines: dict[int, int] = {}
    for row, (line, cells) in enumerate(zip(grid.lines[1:], grid.cells[1:], strict=True), 1):
        lines[row] = line
        mended = bool(grid.merged) or WIDE_DIGIT.search("".join(cells)) is not None
        if not (mended or line in faults or is_total(cells)):
            kept[row] = cells[:width]
            continue
        label = line_label(line, cells[code_at] if code_at is not None else "")
        found += _mended(grid, header, line, label, cells)
        if is_total(cells):
            values = {"seen": visible(next(filter(None, cells)), 24)}
            found.append(Finding(grid.source, label, "row.total", Action.QUARANTINE, values))
        elif line in faults:
            rule, seen = faults[line]
            found.append(Finding(grid.source, label, rule, Action.QUARANTINE, seen))
        else:
            kept[row] = cells[:width]
    return kept, lines


def _row_faults(grid: _Grid, header: Header) -> dict[int, tuple[str, dict[str, Value]]]:
    """Return the rows to be set aside by line, with rule and what was seen."""
    faults: dict[int, tuple[str, dict[str, Value]]] = {}
    cells = [(at, "workbook.error_cell", text) for at, text in grid.errors.items()]
    cells += [(at, "workbook.lost_digits", "") for at in grid.lost]
    cells += [(at, "workbook.formula", "") for at in grid.layout.unvalued]
    for (line, column), rule, text in sorted(cells):
        if line > grid.lines[0] and column <= len(header.names):
            at = f"{column_letters(column)}{line}"
            values: dict[str, Value] = {
                "cells": at,
                "count": 1,
                "column": visible(header.names[column - 1], 40),
                "seen": visible(text, 24),
            }
            faults.setdefault(line, (rule, values))
    for line, row in zip(grid.lines[1:], grid.cells[1:], strict=True):
        if max(map(len, row)) <= FIELD_CHARACTERS:
            continue
        long = next(
            (i for i, text in enumerate(row[: len(header.names)]) if len(text) > FIELD_CHARACTERS), None
        )
        if long is not None:
            values = {
                "line": line,
                "column": visible(header.names[long], 40),
                "length": len(row[long]),
                "limit": FIELD_CHARACTERS,
            }
            faults.setdefault(line, ("delimited.long_field", values))
    return faults


def _mended(grid: _Grid, header: Header, line: int, label: str, cells: list[str]) -> list[Finding]:
    """Make full-width numbers narrow, and say that and what merged cells gave to a row."""
    found = []
    for i, name in enumerate(header.names):
        text = narrow_number(cells[i])
        if text is not None:
            cells[i] = text
            values: dict[str, Value] = {"column": visible(name, 40)}
            found.append(Finding(grid.source, label, "row.full_width", Action.REPAIR, values))
        if (line, i + 1) in grid.merged:
            values = {"column": visible(name, 40), "cells": grid.merged[line, i + 1]}
            found.append(Finding(grid.source, label, "workbook.merged", Action.REPAIR, values))
    return found


def _code_findings(grid: _Grid, header: Header) -> list[Finding]:
    """Say of each column of codes how many are numbers in the sheet."""
    found = []
    for i, name in enumerate(header.names):
        places = sorted(line for line, column in grid.numbers if column == i + 1 and line > grid.lines[0])
        if places and is_code_name(name):
            example = grid.cells[grid.lines.index(places[0])][i]
            values: dict[str, Value] = {
                "column": visible(name, 40),
                "count": len(places),
                "seen": visible(example, 24),
            }
            found.append(Finding(grid.source, "", "workbook.code_number", Action.REPAIR, values))
    return found


def _date_findings(grid: _Grid, package: Package) -> list[Finding]:
    """Say that dates are counted from 1904 where they are."""
    if not (package.is_1904 and grid.dates):
        return []
    return [Finding(grid.source, "", "workbook.date_1904", Action.REPAIR, {"count": grid.dates})]
