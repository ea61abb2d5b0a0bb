"""CSV and TSV: every column as text, every fault with its line.

A delivered table is written by a spreadsheet more often than by a program: GBK or UTF-16 instead of UTF-8,
semicolons with decimal commas, titles above the header, a total below. What can be read one way only is
read and said; what could be read two ways is refused or set aside. No value becomes a number here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

import pandas as pd

from geo.findings import Finding, Value, visible
from geo.read.content import foreign_content
from geo.read.encoding import decode
from geo.read.header import LOOK_AHEAD, Header, blank_findings, read_header
from geo.read.limits import FIELD_CHARACTERS, FILE_BYTES, ROWS
from geo.read.records import Lines, Record, records, separator_of
from geo.read.rows import WIDE_DIGIT, code_column, is_total, line_label, narrow_number
from geo.read.table import SourceTable, refuse, text_column
from geo.terms import Action

_NAMES = {",": ",", ";": ";", "\t": "TAB", "|": "|"}
_ENDS = {"\r\n": "CRLF", "\n": "LF", "\r": "CR"}
#: With more rows than this set aside for their number of fields the table itself is misread.
_RAGGED_SHARE = 0.5
_COMMA_NUMBER = r"[-+]?\d+(?:,\d+)?"
#: A comma that cannot part thousands: "69,7", "0,125", "1234,5"; "119,738" alone could.
_DECIMAL_COMMA = r"[-+]?(?:\d+,(?:\d{1,2}|\d{4,})|0\d*,\d+|\d{4,},\d+)"
#: So many rows become columns at once: bounds the memory of fields not yet packed.
_BLOCK = 50_000


@dataclass
class _Rows:
    """The rows kept so far, by column, and the findings on rows."""

    header: Header
    source: str
    wide: bool
    blocks: list[pd.DataFrame] = field(default_factory=list)
    kept: list[Sequence[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    trailing: int = 0
    ragged: int = 0

    def __post_init__(self) -> None:
        """Find the column that names the rows."""
        self.code_at = code_column(self.header.names)

    def set_aside(self, record: Record, rule: str, **values: Value) -> None:
        """Note that a row is left out, and why."""
        at = self.code_at
        code = record.fields[at] if at is not None and at < len(record.fields) else ""
        self.findings.append(
            Finding(self.source, line_label(record.line, code), rule, Action.QUARANTINE, values)
        )


def read_delimited(
    path: Path, *, encoding: str | None = None, header_columns: Sequence[str] | None = None
) -> SourceTable:
    """Return a CSV or TSV file as a table of text columns.

    Parameters
    ----------
    path
        The file.
    encoding
        What the sender states; without it UTF-8, UTF-16 with a mark, GBK and GB18030 are told apart.
    header_columns
        Names that the region file maps: where the first line holds none of them, the line that does is named.

    Returns
    -------
    SourceTable
        `frame` has text columns only (empty: missing), indexed by the row as delivered; blank lines
        are no rows. `lines` gives each row's line in the file.

    Raises
    ------
    Refused
        Empty file, header without rows, more than one encoding, NUL, unclosed quote, misplaced or double
        header, other content than text, or a limit.
    """
    source = path.name
    text, findings = decode(_bytes(path), source, encoding)
    separator = separator_of(text)
    lines = Lines(text)
    stream = records(lines, separator, source)
    head = list(islice((r for r in stream if any(r.fields)), LOOK_AHEAD + 10))
    if not head:
        raise refuse(source, "delimited.empty")
    header = read_header([(r.line, r.fields) for r in head], source, header_columns)
    rows = _Rows(header, source, wide=WIDE_DIGIT.search(text) is not None)
    _collect(chain(head[1:], stream), rows)
    findings += [*_separator_findings(separator, source), *_line_findings(lines, source), *header.findings]
    frame = _assemble(rows, separator)
    return SourceTable(frame, "CSV", findings=[*findings, *rows.findings], lines=rows.lines)


def _bytes(path: Path) -> bytes:
    """Return the file's bytes where they can be delimited text."""
    size = path.stat().st_size
    if size > FILE_BYTES:
        raise refuse(path.name, "delimited.file_limit", size=size, limit=FILE_BYTES)
    data = path.read_bytes()
    kind = foreign_content(data)
    if kind is not None:
        raise refuse(path.name, "delimited.format", kind=kind)
    return data


def _collect(stream: Iterator[Record], rows: _Rows) -> None:
    """Take every record: kept, set aside with its reason, or left out because it is blank."""
    width = len(rows.header.names)
    number = 0
    for record in stream:
        fields = record.fields
        if len(fields) != width:
            fields = _fitted(record, width, rows)
        if not any(fields):
            continue
        number += 1
        rows.lines[number] = record.line
        if _is_kept(record, fields, width, rows):
            rows.kept.append(fields)
            rows.numbers.append(number)
        if len(rows.kept) >= _BLOCK:
            _pack(rows)
        if number > ROWS:
            raise refuse(rows.source, "delimited.row_limit", limit=ROWS)
    _pack(rows)
    _refuse_hollow(rows, number)


def _fitted(record: Record, width: int, rows: _Rows) -> list[str]:
    """Return the fields without empty ones beyond the header, which spreadsheets add."""
    fields = record.fields
    if len(fields) > width and not any(fields[width:]):
        rows.trailing += 1
        return fields[:width]
    return fields


def _is_kept(record: Record, fields: list[str], width: int, rows: _Rows) -> bool:
    """Tell whether a row is sound; if not, note why it is set aside."""
    if is_total(fields):
        rows.set_aside(record, "row.total", seen=visible(next(filter(None, fields)), 24))
    elif len(fields) != width:
        rows.ragged += 1
        rows.set_aside(record, "delimited.field_count", line=record.line, seen=len(fields), expected=width)
    elif record.stray:
        rows.set_aside(record, "delimited.stray_quote", line=record.line)
    elif max(map(len, fields)) > FIELD_CHARACTERS:
        at = max(range(width), key=lambda i: len(fields[i]))
        seen: dict[str, Value] = {"column": visible(rows.header.names[at]), "length": len(fields[at])}
        rows.set_aside(record, "delimited.long_field", line=record.line, limit=FIELD_CHARACTERS, **seen)
    else:
        _refuse_swallowed(record, width, rows.source)
        return True
    return False


def _refuse_swallowed(record: Record, width: int, source: str) -> None:
    """Refuse a quoted field that holds a whole line of the table: two stray quotes met."""
    if width < 4:
        return
    line = record.line
    for text in record.fields:
        if "\n" in text or "\r" in text:
            inner = re.split(r"\r\n|\r|\n", text)
            if any(part.count(mark) == width - 1 for part in inner[1:-1] for mark in _NAMES):
                raise refuse(source, "delimited.unbalanced_quote", line=line)
            line += len(inner) - 1


def _pack(rows: _Rows) -> None:
    """Turn the rows kept since the last time into columns."""
    if not rows.kept and rows.blocks:
        return
    columns: Sequence[Sequence[str]] = list(zip(*rows.kept, strict=True)) or [()] * len(rows.header.names)
    if rows.wide:
        columns = _narrowed(columns, rows)
    index = pd.Index(rows.numbers, name="row", dtype="int64")
    data = {n: text_column([v or None for v in c]) for n, c in zip(rows.header.names, columns, strict=True)}
    rows.blocks.append(pd.DataFrame(data, index=index))
    rows.kept, rows.numbers = [], []


def _narrowed(columns: Sequence[Sequence[str]], rows: _Rows) -> list[list[str]]:
    """Return the columns with numbers in full-width digits made narrow, and say so by row."""
    narrow = [list(c) for c in columns]
    seen: dict[int, list[str]] = {}
    for name, column in zip(rows.header.names, narrow, strict=True):
        for i, value in enumerate(column):
            text = narrow_number(value) if value else None
            if text is not None:
                column[i] = text
                seen.setdefault(i, []).append(name)
    for i in sorted(seen):
        label = line_label(
            rows.lines[rows.numbers[i]], narrow[rows.code_at][i] if rows.code_at is not None else ""
        )
        columns_seen = visible(", ".join(seen[i]))
        rows.findings.append(
            Finding(rows.source, label, "row.full_width", Action.REPAIR, {"column": columns_seen})
        )
    return narrow


def _refuse_hollow(rows: _Rows, number: int) -> None:
    """Refuse a table without rows, or one most of whose rows do not fit the header."""
    if number == 0:
        raise refuse(rows.source, "header.no_rows")
    if rows.ragged > max(_RAGGED_SHARE * number, 1):
        width = len(rows.header.names)
        raise refuse(rows.source, "delimited.mostly_ragged", count=rows.ragged, rows=number, expected=width)
    if rows.trailing:
        seen = {"count": rows.trailing}
        rows.findings.append(Finding(rows.source, "", "delimited.trailing_separators", Action.NOTICE, seen))


def _assemble(rows: _Rows, separator: str) -> pd.DataFrame:
    """Return the whole frame: nameless empty columns dropped, decimal commas made points."""
    frame = rows.blocks[0] if len(rows.blocks) == 1 else pd.concat(rows.blocks)
    names = rows.header.names
    empty = [names[i] for i in sorted(rows.header.blank) if frame[names[i]].isna().all()]
    frame = frame.drop(columns=empty)
    rows.findings += blank_findings(rows.header, list(frame.columns), rows.source)
    if separator != ",":
        frame = _with_points(frame, rows)
    return frame


def _with_points(frame: pd.DataFrame, rows: _Rows) -> pd.DataFrame:
    """Return the frame with decimal commas made points, where some number can be read no other way."""
    texts = [(c, frame[c].dropna()) for c in frame.columns]
    numeric = [
        (c, t)
        for c, t in texts
        if t.str.contains(",", regex=False).any() and t.str.fullmatch(_COMMA_NUMBER).all()
    ]
    if not any(t.str.fullmatch(_DECIMAL_COMMA).any() for _, t in numeric):
        return frame
    for column, texts_ in numeric:
        commas = texts_[texts_.str.contains(",", regex=False)]
        values: dict[str, Value] = {
            "column": visible(column),
            "count": len(commas),
            "seen": visible(commas.iloc[0], 24),
        }
        rows.findings.append(Finding(rows.source, "", "delimited.decimal_comma", Action.REPAIR, values))
    points = {c: frame[c].str.replace(",", ".", regex=False) for c, _ in numeric}
    return frame.assign(**points)


def _separator_findings(separator: str, source: str) -> list[Finding]:
    """Say which mark separates the fields where it is not the comma."""
    if separator == ",":
        return []
    return [Finding(source, "", "delimited.separator", Action.NOTICE, {"separator": _NAMES[separator]})]


def _line_findings(lines: Lines, source: str) -> list[Finding]:
    """Say that line ends are mixed, or that the last line has none."""
    found = []
    ends: Counter[str] = lines.ends
    kinds = [f"{ends[e]} {name}" for e, name in _ENDS.items() if ends[e]]
    if len(kinds) > 1:
        values = {"seen": ", ".join(kinds)}
        found.append(Finding(source, "", "delimited.line_ends", Action.REPAIR, values))
    if not lines.text.endswith(("\n", "\r")):
        found.append(Finding(source, "", "delimited.no_last_end", Action.NOTICE, {}))
    return found
