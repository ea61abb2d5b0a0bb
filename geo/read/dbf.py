"""The .dbf of a shapefile: fixed-width records of text, whose encoding is often stated wrongly.

Read here rather than by GDAL, because a number that does not fit (`****`) or holds a comma would become
missing or cut without a word, deleted rows vanish, and names in GBK turn into other characters.

References
----------
.. [1] dBASE III+ file structure; code pages ("language driver") as in the ESRI and FoxPro lists.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.findings import Finding
from geo.read.limits import ROWS
from geo.read.rows import is_code_name
from geo.read.table import refuse
from geo.terms import Action

#: Language driver byte -> encoding; 0 and 0x57 ("the system's") state nothing.
_DRIVERS = {
    0x03: "cp1252",
    0x4D: "gbk",
    0x4F: "big5",
    0x78: "big5",
    0x7A: "gbk",
    0x01: "cp437",
    0x02: "cp850",
}
#: What a .cpg may say -> encoding.
_PAGES = {
    "utf8": "utf-8",
    "65001": "utf-8",
    "936": "gbk",
    "cp936": "gbk",
    "gbk": "gbk",
    "gb2312": "gbk",
    "gb18030": "gb18030",
    "950": "big5",
    "big5": "big5",
    "88591": "latin-1",
    "iso88591": "latin-1",
    "1252": "cp1252",
    "cp1252": "cp1252",
    "ansi1252": "cp1252",
}
_NUMBER = re.compile(r"(?:[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)?")
_HAN = re.compile("[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the header: name as bytes, type letter, place and width in the record, decimals."""

    raw: bytes
    kind: str
    start: int
    width: int
    decimals: int


@dataclass
class Records:
    """The records of a .dbf.

    Attributes
    ----------
    frame
        One row a record, deleted ones too; text decoded, numbers as numbers, codes as text.
    deleted
        Places of the records that carry the deletion mark.
    bad_numbers
        Place -> column and text of the first number that is none.
    encoding
        The one used; `findings` say where it is not the one stated.
    """

    frame: pd.DataFrame
    deleted: list[int]
    bad_numbers: dict[int, tuple[str, str]]
    encoding: str
    findings: list[Finding] = field(default_factory=list)


def read_dbf(path: Path, source: str, *, cpg: str | None = None, encoding: str | None = None) -> Records:
    """Read a .dbf whole.

    Parameters
    ----------
    path
        The file.
    source
        Name for the findings.
    cpg
        Content of the .cpg beside it, or None.
    encoding
        What the region file declares; it goes before anything that the files say.

    Raises
    ------
    Refused
        Header or records do not hold together, or the encoding cannot be told.
    """
    data = path.read_bytes()
    count, length, start, driver, columns = _header(data, source)
    grid = np.frombuffer(data, np.uint8, count * length, start).reshape(count, length)
    names_raw = [c.raw for c in columns]
    if not np.isin(grid[:, 0], (ord(" "), ord("*"))).all():
        raise refuse(source, "dbf.records", row=int(np.flatnonzero(~np.isin(grid[:, 0], (32, 42)))[0]) + 1)
    texts = {c.raw: _stripped(grid, c) for c in columns if c.kind == "C"}
    used, findings = _encoding([*names_raw, *_wide(texts)], source, cpg, driver, encoding)
    records = Records(pd.DataFrame(index=range(count)), [], {}, used, findings)
    records.deleted = np.flatnonzero(grid[:, 0] == ord("*")).tolist()
    names = _names([_decoded(c.raw, used)[0] for c in columns])
    _refuse_cut_names(names, source)
    cells = {n: _cells(c, n, grid, texts, records) for n, c in zip(names, columns, strict=True)}
    records.frame = pd.DataFrame({n: v for n, v in cells.items() if v is not None}, index=range(count))
    for name, value in cells.items():
        if value is None:
            findings.append(Finding(source, "", "dbf.column", Action.NOTICE, {"column": name}))
    return records


def _header(data: bytes, source: str) -> tuple[int, int, int, int, list[Column]]:
    """Return the number of records, their length, where they begin, the driver byte and the columns."""
    if len(data) < 33:
        raise refuse(source, "dbf.header", seen=len(data))
    count, start, length = struct.unpack_from("<IHH", data, 4)
    columns: list[Column] = []
    at, place = 32, 1
    while at + 32 <= min(start, len(data)) and data[at] != 0x0D:
        name, kind, width, decimals = struct.unpack_from("<11sc4xBB", data, at)
        raw, letter = name.split(b"\0")[0], kind.decode("latin-1")
        if letter == "C":
            width, decimals = width + 256 * decimals, 0
        columns.append(Column(raw, letter, place, width, decimals))
        at, place = at + 32, place + width
    if not columns or place != length or length == 0:
        raise refuse(source, "dbf.header", seen=len(data))
    if count > ROWS:
        raise refuse(source, "binary.rows", rows=count, limit=ROWS)
    there = (len(data) - start) // length
    if there < count or start > len(data):
        raise refuse(source, "dbf.short", count=count, rows=max(there, 0))
    if len(data) - start - count * length > 1:  # one byte marks the end
        raise refuse(source, "dbf.long", count=count, bytes=len(data) - start - count * length)
    return count, length, start, data[29], columns


def _stripped(grid: np.ndarray, column: Column) -> list[bytes]:
    """Return the bytes of one column without the blanks and NULs that fill it up."""
    cells = np.ascontiguousarray(grid[:, column.start : column.start + column.width])
    return [v.rstrip(b" \0") for v in cells.view(f"S{column.width}").ravel().tolist()] if column.width else []


def _wide(texts: dict[bytes, list[bytes]]) -> list[bytes]:
    """Return the different texts that are not ASCII, in the order met."""
    return list(dict.fromkeys(v for values in texts.values() for v in values if not v.isascii()))


def _encoding(
    texts: Sequence[bytes], source: str, cpg: str | None, driver: int, declared: str | None
) -> tuple[str, list[Finding]]:
    """Return the encoding of the texts, and a finding where it is not the one that the files state."""
    wide = [t for t in texts if not t.isascii()]
    page = re.sub(r"[\s_-]", "", cpg or "").lower()
    stated = declared or _PAGES.get(page) or _DRIVERS.get(driver)
    if not wide:
        return stated or "utf-8", []
    if declared is not None:
        if not _fits(wide, declared):
            raise refuse(source, "dbf.encoding", tried=declared)
        return declared, []
    found = _detected(wide, stated)
    if found is None:
        raise refuse(source, "dbf.encoding", tried=f"{stated or 'none stated'}, UTF-8, GB18030")
    if found == stated:
        return found, []
    values = {"stated": stated or "-", "used": found.upper(), "example": _decoded(wide[-1], found)[0]}
    rule = "dbf.encoding_wrong" if stated else "dbf.encoding_unstated"
    return found, [Finding(source, "", rule, Action.REPAIR, values)]


def _detected(wide: Sequence[bytes], stated: str | None) -> str | None:
    """Return the encoding that the texts are in, or None where none or several could be meant."""
    utf8 = _fits(wide, "utf-8")
    if utf8 and (stated == "utf-8" or _chinese(wide, "utf-8")):
        return "utf-8"
    if stated not in (None, "utf-8") and _fits(wide, stated or ""):
        return stated
    gbk = _fits(wide, "gb18030") and _common(wide)
    if utf8 and gbk:
        return None
    return "utf-8" if utf8 else "gb18030" if gbk else None


def _decoded(text: bytes, encoding: str) -> tuple[str, bool]:
    """Return the text and whether its last character was cut off by the field's width."""
    try:
        return text.decode(encoding), False
    except UnicodeDecodeError as error:
        if error.start < len(text) - 3:
            raise
        return text[: error.start].decode(encoding), True


def _fits(wide: Sequence[bytes], encoding: str) -> bool:
    """Tell whether all texts can be of this encoding, but for a last character cut off."""
    cut = 0
    for text in wide:
        try:
            cut += _decoded(text, encoding)[1]
        except (UnicodeDecodeError, LookupError):
            return False
    return cut == 0 or cut < len(wide)


def _chinese(wide: Sequence[bytes], encoding: str) -> bool:
    """Tell whether most of the characters beyond ASCII come out as Chinese."""
    text = "".join(_decoded(t, encoding)[0] for t in wide)
    beyond = [c for c in text if ord(c) > 127]
    return len(_HAN.findall(text)) * 2 > len(beyond)


def _common(wide: Sequence[bytes]) -> bool:
    """Tell whether most characters, read as GB18030, are among the 6,763 in common use (GB 2312)."""
    beyond = [c for t in wide for c in _decoded(t, "gb18030")[0] if ord(c) > 127]
    return sum(bool(c.encode("gb2312", "ignore")) for c in beyond) * 10 >= 7 * len(beyond)


def _names(names: Sequence[str]) -> list[str]:
    """Return the names of the columns, each once: a second one of a name gets its place."""
    seen: list[str] = []
    for place, name in enumerate(names):
        seen.append(name if name and name not in seen else f"{name}_{place + 1}")
    return seen


def _refuse_cut_names(names: Sequence[str], source: str) -> None:
    """Refuse names that a writer cut to ten bytes and told apart by a number: which is which is lost."""
    for name in names:
        match = re.fullmatch(r"(.{7,8})_\d{1,2}", name)
        twin = next((n for n in names if match and n != name and n[: len(match[1])] == match[1]), None)
        if match and len(name.encode()) == 10 and twin is not None:
            raise refuse(source, "dbf.names_cut", column=name, twin=twin)


def _cells(
    column: Column, name: str, grid: np.ndarray, texts: dict[bytes, list[bytes]], records: Records
) -> pd.Series[Any] | None:
    """Return the values of one column; None for a type that this reader does not read."""
    if column.kind == "C":
        decoded = [v.decode() if v.isascii() else _decoded(v, records.encoding)[0] for v in texts[column.raw]]
        return pd.Series([v if v else pd.NA for v in decoded] if "" in decoded else decoded, dtype="str")
    if column.kind in "NF":
        return _numbers([v.strip() for v in _stripped(grid, column)], column, name, records)
    if column.kind in "DL":
        return pd.Series(
            [v.decode("latin-1") if v.strip(b"?0") else pd.NA for v in _stripped(grid, column)], dtype="str"
        )
    return None


def _numbers(texts: list[bytes], column: Column, name: str, records: Records) -> pd.Series[Any]:
    """Return numbers as stored: codes as text, whole ones as integers; what is none is noted by its row."""
    shown = [v.decode("latin-1") for v in texts]
    matches = map(_NUMBER.fullmatch, shown)
    for place in [i for i, match in enumerate(matches) if match is None]:
        records.bad_numbers.setdefault(place, (name, shown[place]))
        shown[place] = ""
    missing = "" in shown
    whole = column.decimals == 0 and not any("." in v or "e" in v.lower() for v in shown)
    if whole and (is_code_name(name) or max(map(len, shown), default=0) > 18):
        return pd.Series([v if v else pd.NA for v in shown] if missing else shown, dtype="str")
    if whole:
        return pd.Series([int(v) if v else None for v in shown], dtype="Int64" if missing else "int64")
    return pd.Series([float(v) if v else np.nan for v in shown], dtype="float64")
