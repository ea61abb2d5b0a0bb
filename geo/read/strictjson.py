"""Strict JSON (RFC 8259): UTF-8, no NaN, no key twice in silence, whole numbers exact, nesting bounded.

The nesting is counted before the text is parsed, by a linear scan of the brackets outside strings, so that
no depth can exhaust the stack.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from geo.findings import visible
from geo.read.encoding import line_at
from geo.read.limits import NESTING
from geo.read.table import Refused, refuse

#: Whole numbers to this size are exact in every program's doubles (IEEE 754: 53 bits).
EXACT = 2**53
#: JSON takes about eight times its bytes in memory once parsed: a smaller limit than other files'.
JSON_BYTES = 128 * 2**20
#: Brackets nested deeper than this are no data; between this and NESTING only the feature is set aside.
_ABSURD = 1_000
#: What stands in the place of a feature that is nested too deeply.
TOO_DEEP = "\x00too deep"

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)
_NO_NUMBER = re.compile(rb"(?<![\w.])(?:NaN|[-+]?Infinity)\b")
_SPACE = re.compile(r"[\s\x1e]*")


class LongInt(str):
    """Digits of a whole number beyond what doubles hold exactly, as written."""

    __slots__ = ()


class Doubled(dict[str, Any]):
    """An object in which the key `key` stood more than once; the last value won."""

    key: str = ""


@dataclass(frozen=True)
class Documents:
    """The values of a file one after the other (one, but for newline-delimited JSON) and where each begins.

    `doubled` tells whether any object in the file has a key twice.
    """

    values: list[Any]
    offsets: list[int]
    text: str
    doubled: bool

    def line(self, place: int) -> int:
        """Return the 1-based line in which value `place` begins."""
        return self.text.count("\n", 0, self.offsets[place]) + 1

    def column(self, place: int) -> int:
        """Return the 1-based column in which value `place` begins."""
        return self.offsets[place] - self.text.rfind("\n", 0, self.offsets[place])


def read_json(data: bytes, source: str) -> Documents:
    """Return the JSON values in `data`; objects are dicts, `Doubled` where a key repeats.

    Raises
    ------
    Refused
        Not UTF-8, empty, not whole, not JSON (with line and column), NaN, or nested beyond the limit.
    """
    data = data.removeprefix(codecs.BOM_UTF8)
    text = _utf8(data, source)
    if not text.strip():
        raise refuse(source, "json.empty")
    masked = _STRING.sub(lambda m: b'"' * (m.end() - m.start()), data)
    _refuse_nan(masked, data, source)
    shallow = _without_deep(data, masked, source)
    return _parsed(text if shallow is data else shallow.decode("utf-8"), source)


def doubled_key(value: Any) -> str | None:
    """Return a key that stands twice in an object somewhere within `value`, or None."""
    if type(value) is Doubled:
        return value.key
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        if isinstance(part, (dict, list)):
            key = doubled_key(part)
            if key is not None:
                return key
    return None


def _utf8(data: bytes, source: str) -> str:
    """Return the text, or refuse it naming the encoding that it seems to have."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        where = {"offset": error.start, "line": line_at(data, error.start)}
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refuse(source, "json.encoding", seen="UTF-16", **where)
    try:
        data.decode("gb18030")
        seen = "GBK"
    except UnicodeDecodeError:
        seen = "?"
    raise refuse(source, "json.encoding", seen=seen, **where)


def _refuse_nan(masked: bytes, data: bytes, source: str) -> None:
    """Refuse the literals NaN and Infinity, which JSON does not have."""
    found = _NO_NUMBER.search(masked)
    if found is not None:
        line = line_at(data, found.start())
        column = found.start() - max(data.rfind(b"\n", 0, found.start()), data.rfind(b"\r", 0, found.start()))
        raise refuse(source, "json.nan", seen=found.group().decode("ascii"), line=line, column=column)


def _without_deep(data: bytes, masked: bytes, source: str) -> bytes:
    """Return the bytes with each feature nested deeper than NESTING replaced by a mark.

    Raises
    ------
    Refused
        Where the depth is absurd, or is not within a member of an array of the root object.
    """
    marks = np.frombuffer(masked, dtype=np.uint8)
    places = np.flatnonzero((marks == 0x5B) | (marks == 0x7B) | (marks == 0x5D) | (marks == 0x7D))
    steps = np.where((marks[places] == 0x5B) | (marks[places] == 0x7B), 1, -1)
    depth = np.cumsum(steps)
    if not depth.size or depth.max() <= NESTING:
        return data
    deep = np.flatnonzero(depth > NESTING)
    if depth.max() > _ABSURD:
        raise refuse(source, "json.nesting", depth=int(depth.max()), limit=NESTING)
    starts = np.flatnonzero((depth == 3) & (steps == 1) & (marks[places] == 0x7B))
    ends = np.flatnonzero((depth == 2) & (steps == -1))
    first = np.unique(np.searchsorted(starts, deep, side="right") - 1)
    last = np.searchsorted(ends, starts[first]) if first.size and first[0] >= 0 else np.array([ends.size])
    if (last >= ends.size).any():
        raise refuse(source, "json.nesting", depth=int(depth.max()), limit=NESTING)
    return _cut(data, places[starts[first]], places[ends[last]] + 1)


def _cut(data: bytes, starts: np.ndarray, stops: np.ndarray) -> bytes:
    """Return the bytes with the given spans replaced by the mark."""
    mark = json.dumps(TOO_DEEP).encode("ascii")
    parts: list[bytes] = []
    at = 0
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        parts += [data[at:start], mark]
        at = stop
    return b"".join([*parts, data[at:]])


def _parsed(text: str, source: str) -> Documents:
    """Parse one value after the other."""
    doubled: list[Doubled] = []
    decoder = json.JSONDecoder(object_pairs_hook=partial(_object, doubled=doubled), parse_int=_integer)
    values: list[Any] = []
    offsets: list[int] = []
    at = _SPACE.match(text).end()  # type: ignore[union-attr]
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _broken(error, text, source, trailing=bool(values)) from None
        except RecursionError:
            raise refuse(source, "json.nesting", depth=_ABSURD, limit=NESTING) from None
        values.append(value)
        offsets.append(at)
        at = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return Documents(values, offsets, text, bool(doubled))


def _broken(error: json.JSONDecodeError, text: str, source: str, *, trailing: bool) -> Refused:
    """Return the refusal of text that is cut short, or is not JSON at some place."""
    where = {"line": error.lineno, "column": error.colno}
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return refuse(source, "json.truncated", **where)
    rule = "json.trailing" if trailing else "json.syntax"
    return refuse(source, rule, seen=visible(text[error.pos : error.pos + 20], 20), **where)


def _object(pairs: list[tuple[str, Any]], doubled: list[Doubled]) -> dict[str, Any]:
    """Return an object's members; where a key repeats they are marked and noted in `doubled`."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    marked = Doubled(members)
    marked.key = next(key for key, n in Counter(key for key, _ in pairs).items() if n > 1)
    doubled.append(marked)
    return marked


def _integer(digits: str) -> int | LongInt:
    """Return a whole number, as its digits where doubles would not hold it."""
    if len(digits) < 16:
        return int(digits)
    if len(digits) > 20 or abs(int(digits)) > EXACT:
        return LongInt(digits)
    return int(digits)
