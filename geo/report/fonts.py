"""Fonts: which font sets the paper, and which characters it has; no system font is ever used.

References
----------
ISO/IEC 14496-22 (OpenType): the tables name and cmap, formats 4 and 12; font collections (ttcf).

"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from geo.errors import UsageError
from geo.snapshot.layout import sha256

#: Setting that names the folder of fonts.
SETTING = "CUNTONG_FONTS"

#: Where Debian's package fonts-noto-cjk puts its files.
DEBIAN = Path("/usr/share/fonts/opentype/noto")

#: Families that are taken, the first that is there; all under the SIL Open Font License.
FAMILIES = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN")

#: A page on the screen is set by the reader's own fonts.
SCREEN = (
    "'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif"
)

_SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")
_WEIGHTS = ("Regular", "Bold")


@dataclass(frozen=True)
class Font:
    """One family of a folder.

    Attributes
    ----------
    characters
        What every weight of it that is used can show.
    files
        Its files, name and SHA-256 of each: the bytes of a paper depend on them.
    """

    folder: Path
    family: str
    characters: frozenset[int]
    files: tuple[tuple[str, str], ...] = ()


def font_of(folder: Path | None = None) -> Font:
    """Return the font of the folder, else of $CUNTONG_FONTS, else of Debian's fonts-noto-cjk.

    Raises
    ------
    UsageError
        There is none of `FAMILIES`.
    """
    folder = folder or Path(os.environ.get(SETTING) or DEBIAN)
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES) if folder.is_dir() else []
    stamps = tuple((str(p), p.stat().st_mtime_ns, p.stat().st_size) for p in found)
    font = _chosen(str(folder), stamps)
    if font is None:
        raise UsageError(
            f"{folder.name}: no font of {', '.join(FAMILIES)} there. Install fonts-noto-cjk, "
            f"or name a folder with its files in {SETTING}."
        )
    return font


@lru_cache(maxsize=4)
def _chosen(folder: str, stamps: tuple[tuple[str, int, int], ...]) -> Font | None:
    faces: dict[str, list[tuple[str, frozenset[int]]]] = {}
    for path, _, _ in stamps:
        for family, weight, characters in _faces(Path(path)):
            if family in FAMILIES and weight in _WEIGHTS:
                faces.setdefault(family, []).append((path, characters))
    for family in (f for f in FAMILIES if f in faces):
        files = tuple((Path(p).name, sha256(Path(p))) for p in dict.fromkeys(p for p, _ in faces[family]))
        return Font(Path(folder), family, frozenset.intersection(*(c for _, c in faces[family])), files)
    return None


def missing(texts: Iterable[str], font: Font) -> dict[str, list[str]]:
    """Return each character that the font lacks, with the texts that it stands in, in the order met."""
    out: dict[str, list[str]] = {}
    for text in texts:
        for c in dict.fromkeys(text):
            if ord(c) not in font.characters and c not in "\n\r\t":
                out.setdefault(c, []).append(text)
    return out


def _faces(path: Path) -> list[tuple[str, str, frozenset[int]]]:
    """Return family, weight and characters of each face of a file; only Simplified Chinese ones are read."""
    data = memoryview(path.read_bytes())
    try:
        starts = [0]
        if bytes(data[:4]) == b"ttcf":
            (count,) = struct.unpack_from(">I", data, 8)
            starts = list(struct.unpack_from(f">{count}I", data, 12))
        out = []
        for start in starts:
            tables = _tables(data, start)
            family, weight = _names(data, tables["name"])
            if family in FAMILIES:
                out.append((family, weight, _characters(data, tables["cmap"])))
    except (struct.error, LookupError, ValueError):
        return []  # no font: it shows nothing
    return out


def _tables(data: memoryview, start: int) -> dict[str, int]:
    (count,) = struct.unpack_from(">H", data, start + 4)
    entries = (struct.unpack_from(">4sIII", data, start + 12 + 16 * n) for n in range(count))
    return {tag.decode("latin-1"): offset for tag, _, offset, _ in entries}


def _names(data: memoryview, at: int) -> tuple[str, str]:
    """Return family and weight: the typographic names (16, 17) before the plain ones (1, 2)."""
    _, count, strings = struct.unpack_from(">HHH", data, at)
    names: dict[int, str] = {}
    for n in range(count):
        platform, _, language, name, length, offset = struct.unpack_from(">6H", data, at + 6 + 12 * n)
        if platform == 3 and language == 0x409:
            raw = bytes(data[at + strings + offset : at + strings + offset + length])
            names[name] = raw.decode("utf-16-be")
    return names.get(16, names.get(1, "")), names.get(17, names.get(2, ""))


def _characters(data: memoryview, at: int) -> frozenset[int]:
    """Return the characters of a cmap that have a glyph, out of its Unicode subtables."""
    (count,) = struct.unpack_from(">H", data, at + 2)
    out: set[int] = set()
    for n in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, at + 4 + 8 * n)
        if (platform, encoding) in ((3, 1), (3, 10), (0, 3), (0, 4)):
            out |= _subtable(data, at + offset)
    return frozenset(out)


def _subtable(data: memoryview, at: int) -> set[int]:
    (form,) = struct.unpack_from(">H", data, at)
    if form == 12:
        (groups,) = struct.unpack_from(">I", data, at + 12)
        spans = (struct.unpack_from(">III", data, at + 16 + 12 * n) for n in range(groups))
        return {c for first, last, glyph in spans for c in range(first, last + 1) if glyph + c - first}
    return _segments(data, at) if form == 4 else set()


def _segments(data: memoryview, at: int) -> set[int]:
    (double,) = struct.unpack_from(">H", data, at + 6)
    n = double // 2
    ends: Any = struct.unpack_from(f">{n}H", data, at + 14)
    starts: Any = struct.unpack_from(f">{n}H", data, at + 16 + double)
    deltas: Any = struct.unpack_from(f">{n}H", data, at + 16 + 2 * double)
    ranges_at = at + 16 + 3 * double
    ranges: Any = struct.unpack_from(f">{n}H", data, ranges_at)
    out = set()
    for k in range(n):
        for c in range(starts[k], ends[k] + 1):
            glyph = c
            if ranges[k]:
                where = ranges_at + 2 * k + ranges[k] + 2 * (c - starts[k])
                (glyph,) = struct.unpack_from(">H", data, where)
            if c != 0xFFFF and glyph and (glyph + deltas[k]) % 65_536:
                out.add(c)
    return out
