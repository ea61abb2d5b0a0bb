"""Where a TIFF's parts end: a file that is longer or shorter than its directory says has been damaged.

TIFF carries no checksum, and a GeoTIFF whose bytes were doubled somewhere decodes without a word. But its
directory names the place of every part, so bytes left over at the end, or missing there, give it away.

References
----------
.. [1] TIFF 6.0, section 2; BigTIFF as in the libtiff documentation.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

#: Bytes of each field type of TIFF and BigTIFF.
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_LETTERS = {3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUB_DIRECTORIES = 273, 279, 324, 325, 330
_DIRECTORIES = 100
_TRAILER = 4  # GDAL's cloud-optimised layout repeats the last bytes of each block


def surplus(path: Path) -> int:
    """Return how many bytes the file has beyond the last part that its directory names.

    Negative: so many are missing. Padding to an even length and the trailers of a cloud-optimised layout do
    not count.

    Raises
    ------
    ValueError
        The directory itself cannot be followed.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            end = max(_ends(data))
        except struct.error as error:
            raise ValueError(f"the directory leads outside the file: {error}") from None
        over = len(data) - end
        if 0 < over <= _TRAILER and b"GDAL_STRUCTURAL_METADATA_SIZE" in data[:100]:
            return 0
    return 0 if over == 1 and end % 2 == 1 else over


def _ends(data: mmap.mmap) -> Iterator[int]:
    """Yield where each part of the file ends."""
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    word = "Q" if big else "I"
    queue = [struct.unpack_from(order + word, data, 8 if big else 4)[0]]
    yield 16 if big else 8
    seen = 0
    while queue:
        at = queue.pop()
        seen += 1
        if at == 0:
            continue
        if seen > _DIRECTORIES:
            raise ValueError("the directory has no end")
        count = struct.unpack_from(order + ("Q" if big else "H"), data, at)[0]
        first, size = at + (8 if big else 2), 20 if big else 12
        if count > 4096:
            raise ValueError("the directory is too long")
        tags: dict[int, tuple[int, ...]] = {}
        for entry in range(first, first + count * size, size):
            tag, values, end = _entry(data, entry, order, big=big)
            tags[tag] = values
            yield end
        queue += [
            struct.unpack_from(order + word, data, first + count * size)[0],
            *tags.get(_SUB_DIRECTORIES, ()),
        ]
        yield first + count * size + (8 if big else 4)
        for places, lengths in ((_STRIPS, _STRIP_BYTES), (_TILES, _TILE_BYTES)):
            pairs = zip(tags.get(places, ()), tags.get(lengths, ()), strict=False)
            yield from (place + length for place, length in pairs if length)


def _entry(data: mmap.mmap, at: int, order: str, *, big: bool) -> tuple[int, tuple[int, ...], int]:
    """Return one entry's tag, its values where they are places or lengths, and where its data end."""
    tag, kind = struct.unpack_from(order + "HH", data, at)
    (count,) = struct.unpack_from(order + ("Q" if big else "I"), data, at + 4)
    inline = at + (12 if big else 8)
    size = _SIZES.get(kind, 0) * count
    place = (
        inline
        if size <= (8 if big else 4)
        else struct.unpack_from(order + ("Q" if big else "I"), data, inline)[0]
    )
    if place + size > len(data):
        return tag, (), place + size
    wanted = tag in (_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES, _SUB_DIRECTORIES) and kind in _LETTERS
    values = struct.unpack_from(f"{order}{count}{_LETTERS[kind]}", data, place) if wanted else ()
    return tag, values, place + size if place != inline else inline + (8 if big else 4)
