"""Search: units by name, code, pinyin or initials; case, spaces, tones and accents do not matter.

Every reading of a character counts (曾 is ceng and zeng), ü as `v` and as `u`; names of one kind repeat, so
each hit is shown with the units above it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

import numpy as np

#: So many spellings of a name are kept: more come only from names full of rare readings.
SPELLINGS = 12

#: Hits of one kind that are looked at before they are ranked.
LOOKED_AT = 2000

_LINE = "\n"


def normal(text: str) -> str:
    """Return text as it is compared: case folded, without accents, tones, blanks and quotes."""
    bare = unicodedata.normalize("NFKD", text.replace("ü", "v").replace("Ü", "v")).casefold()
    return "".join(c for c in bare if not unicodedata.combining(c) and not c.isspace() and c not in "'’·-")


@dataclass(frozen=True)
class _Lines:
    """Many short texts as one, so that one scan finds them all."""

    text: str
    starts: np.ndarray

    @classmethod
    def of(cls, lines: Iterable[str]) -> _Lines:
        lines = [line.replace(_LINE, " ") for line in lines]
        lengths = np.array([0, *(len(line) + 1 for line in lines)], dtype=np.int64)
        return cls(_LINE + _LINE.join(lines) + _LINE, np.cumsum(lengths))

    def holding(self, wanted: str) -> list[int]:
        """Return the lines that hold a text, in order, each once."""
        found: list[int] = []
        at = self.text.find(wanted)
        while at >= 0 and len(found) < LOOKED_AT:
            line = int(np.searchsorted(self.starts, at, side="right")) - 1
            found.append(line)
            at = self.text.find(wanted, int(self.starts[line + 1]))
        return found


class Index:
    """What units can be found by; built once, then only read."""

    def __init__(self, names: Sequence[str], codes: Sequence[str]) -> None:
        """Index units by position."""
        self._names = _Lines.of(normal(n) for n in names)
        self._codes = _Lines.of(normal(c) for c in codes)
        spelled = [(i, s) for i, n in enumerate(names) for s in spellings(n)]
        self._spelled = _Lines.of(s for _, s in spelled)
        self._spelled_unit = [i for i, _ in spelled]

    def find(self, wanted: str, limit: int = 20) -> list[int]:
        """Return positions: whole name or code, then beginnings, then parts, then spellings; in order of units."""
        key = normal(wanted)
        if not key:
            return []
        ranked: dict[int, None] = {}
        for lines, pattern in (
            (self._codes, f"{_LINE}{key}{_LINE}"),
            (self._names, f"{_LINE}{key}{_LINE}"),
            (self._names, f"{_LINE}{key}"),
            (self._codes, f"{_LINE}{key}"),
            (self._names, key),
        ):
            ranked.update(dict.fromkeys(lines.holding(pattern)))
            if len(ranked) >= limit:
                return list(islice(ranked, limit))
        for pattern in (f"{_LINE}{key}{_LINE}", f"{_LINE}{key}"):
            ranked.update(dict.fromkeys(self._spelled_unit[s] for s in self._spelled.holding(pattern)))
        return list(islice(ranked, limit))


def spellings(name: str) -> list[str]:
    """Return the pinyin and the initials of a Chinese name, by every reading; none for other scripts."""
    if name.isascii():
        return []
    readings = [_readings(c) for c in name]
    whole = islice(product(*readings), SPELLINGS)
    out: dict[str, None] = {}
    for syllables in whole:
        out[normal("".join(syllables))] = None
        out[normal("".join(s[:1] for s in syllables))] = None
    out.update({s.replace("v", "u"): None for s in list(out)})
    return list(out)


@lru_cache(maxsize=50_000)
def _readings(character: str) -> tuple[str, ...]:
    """Return the readings of a character without tones; the character itself where it has none."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, v_to_u=False)
    return tuple(dict.fromkeys(found[0])) if found else (character,)
