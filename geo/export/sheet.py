"""Sheet: a workbook for people: heads, units, frozen, filtered; no text ever runs as a formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from geo.errors import LimitError
from geo.export.columns import Column
from geo.wording import absent

#: Rows of a sheet below its two heads, and characters of a cell: limits of the format.
MOST_ROWS = 1_048_576 - 2
MOST_CHARACTERS = 32_767

_FORMATS = {
    "text": {"num_format": "@", "quote_prefix": True},
    "number": {"num_format": "#,##0.0##"},
    "whole": {"num_format": "#,##0"},
    "plain": {"num_format": "0"},
    "degree": {"num_format": "0.000000"},
    "share": {"num_format": "0.0%"},
}
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


@dataclass(frozen=True)
class Sheet:
    """One sheet: names in row 1, units in row 2, values from row 3; shares as 0 to 1, unknown as an empty cell."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def workbook(sheets: Sequence[Sheet], *, title: str, notice: str, made: dt.date) -> bytes:
    """Return a workbook.

    Parameters
    ----------
    notice
        What stands on top of every printed page, e.g. that the data are simulated; may be "".
    made
        Day that the file is dated with.

    Raises
    ------
    LimitError
        More rows than a sheet holds.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    created = dt.datetime(made.year, made.month, made.day, tzinfo=dt.UTC)
    book.set_properties({"title": title, "author": "Cuntong", "created": created.replace(tzinfo=None)})
    formats = {kind: book.add_format(look) for kind, look in _FORMATS.items()}
    formats["head"] = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    formats["unit"] = book.add_format({"font_color": "#777777", "italic": True})
    for sheet in sheets:
        if len(sheet.rows) > MOST_ROWS:
            raise LimitError(
                f"{sheet.name}: {len(sheet.rows):,} rows; a sheet holds {MOST_ROWS:,}. "
                "Take Parquet, or a smaller place."
            )
        _fill(book.add_worksheet(sheet.name), sheet, formats, notice=notice)
    book.close()
    return out.getvalue()


def _fill(page: Any, sheet: Sheet, formats: dict[str, Any], *, notice: str) -> None:
    for c, column in enumerate(sheet.columns):
        page.write_string(0, c, column.head, formats["head"])
        page.write_string(1, c, column.unit, formats["unit"])
        page.set_column(c, c, _width(column, [row[c] for row in sheet.rows[:200]]))
    for r, row in enumerate(sheet.rows, start=2):
        for c, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
            _write(page, (r, c), column, value, formats)
    last = len(sheet.rows) + 1
    page.freeze_panes(2, min(2, len(sheet.columns)))
    page.autofilter(1, 0, max(last, 1), len(sheet.columns) - 1)
    page.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, 1)
    page.set_header(f"&L&B{_header(notice)}&R{_header(sheet.name)}")
    page.set_footer("&C&P / &N")


def _write(page: Any, at: tuple[int, int], column: Column, value: Any, formats: dict[str, Any]) -> None:
    if absent(value) or value == "":
        return
    if isinstance(value, str):
        text = value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
        page.write_string(*at, text, formats["text"])
    else:
        page.write_number(*at, float(value), formats[column.kind if column.kind in _FORMATS else "number"])


def _width(column: Column, values: Sequence[Any]) -> float:
    """Return a width that holds the head on two lines and most values, in characters."""
    longest = max((_breadth(v) for v in values if isinstance(v, str)), default=0)
    return min(44.0, max(9.0, _breadth(column.head) / 1.8 + 2, longest + 2))


def _breadth(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def _header(text: str) -> str:
    """Return a text for a page's head, where & leads a code, and which holds 255 characters in all."""
    return text[:100].replace("&", "&&")
