"""The records of delimited text, one at a time, each with the line it begins in (RFC 4180).

Python's own csv module neither says where a quote opens nor reads a field longer than a global limit;
lines without a quote, nearly all, are split by `str.split` and cost no more than there.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

from geo.read.limits import FIELD_CHARACTERS
from geo.read.table import refuse

#: Marks that may separate fields, the likeliest first.
SEPARATORS = ("\t", ",", ";", "|")
_HEAD_CHARACTERS = 64 * 1024
_HEAD_LINES = 40
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_END = re.compile(r"\r\n|\r|\n")
_NO_LINE = (0, ("", ""))


class Record(NamedTuple):
    """Fields of one record, the line it begins in, and whether text follows a closing quote."""

    line: int
    fields: list[str]
    stray: bool = False


@dataclass
class Lines:
    """The lines of a text with their ends, and a count of the ends met between records."""

    text: str
    ends: Counter[str] = field(default_factory=Counter)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield (line, its end)."""
        if "\r" not in self.text:
            return zip(self.text.split("\n"), repeat("\n"), strict=False)
        return ((m.group(1), m.group(2)) for m in _LINE.finditer(self.text))


def separator_of(text: str) -> str:
    """Return the mark that separates the fields: the one that most lines have equally often."""
    head = _QUOTED.sub("", text[:_HEAD_CHARACTERS])
    lines = [line for line in _END.split(head) if line.strip()][:_HEAD_LINES]
    best, best_share = ",", 0.0
    for mark in SEPARATORS:
        counts = Counter(line.count(mark) for line in lines)
        n, same = max(((k, v) for k, v in counts.items() if k), key=lambda c: (c[1], c[0]), default=(0, 0))
        if n and same >= 2 and same / len(lines) > best_share:
            best, best_share = mark, same / len(lines)
    if best_share == 0.0 and lines:
        return max(SEPARATORS, key=lambda mark: (lines[0].count(mark), mark == ","))
    return best


def records(lines: Lines, separator: str, source: str) -> Iterator[Record]:
    """Yield every record, blank lines left out.

    Raises
    ------
    Refused
        Where a quote is not closed, or closes in the middle of a later line.
    """
    counted = "\r" in lines.text
    numbered = enumerate(lines, 1)
    for number, (line, end) in numbered:
        if not line:
            continue
        if '"' in line:
            record, last = _quoted(number, line, end, numbered, separator, source)
            lines.ends[last] += counted
            yield record
        else:
            if counted:
                lines.ends[end] += 1
            yield Record(number, line.split(separator))


def _quoted(
    number: int, line: str, end: str, rest: Iterator[tuple[int, tuple[str, str]]], separator: str, source: str
) -> tuple[Record, str]:
    """Return the record that begins in a line with quotes, and the line end after it."""
    fields: list[str] = []
    at, here, stray = 0, number, False
    while True:
        opened = here
        while (cut := _cut(line, at, separator)) is None:
            here, (more, next_end) = next(rest, _NO_LINE)
            if not here or len(line) - at > FIELD_CHARACTERS:
                raise refuse(source, "delimited.unbalanced_quote", line=opened)
            line, end = line + end + more, next_end
        text, stop, odd = cut
        if odd and here != opened:
            raise refuse(source, "delimited.unbalanced_quote", line=opened)
        fields.append(text)
        stray = stray or odd
        if stop >= len(line):
            return Record(number, fields, stray), end
        at = stop + 1


def _cut(line: str, at: int, separator: str) -> tuple[str, int, bool] | None:
    """Return the field at `at`, where it stops and whether text follows its quote; None: unclosed."""
    if not line.startswith('"', at):
        stop = line.find(separator, at)
        stop = len(line) if stop < 0 else stop
        return line[at:stop], stop, False
    close = line.find('"', at + 1)
    while close >= 0 and line.startswith('"', close + 1):
        close = line.find('"', close + 2)
    if close < 0:
        return None
    text = line[at + 1 : close].replace('""', '"')
    stop = line.find(separator, close + 1)
    stop = len(line) if stop < 0 else stop
    return text + line[close + 1 : stop], stop, stop > close + 1
