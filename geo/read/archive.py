"""Zip archives: judged by their directory before anything is unpacked, then one data set is unpacked aside.

Nothing is ever unpacked beside the source or by a member's own path: the files of one data set go, by their
bare names, into a temporary folder that is gone when the reader is done.

References
----------
.. [1] PKWARE APPNOTE 6.3.10, ZIP File Format Specification.
"""

from __future__ import annotations

import re
import stat
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path, PurePosixPath

from geo.read.layer import checked
from geo.read.limits import ARCHIVE_MEMBERS, UNPACK_RATIO, UNPACKED_BYTES
from geo.read.table import refuse

_METHODS = {zipfile.ZIP_STORED: "stored", zipfile.ZIP_DEFLATED: "deflate"}
#: Below this many bytes unpacked no ratio is looked at: a small empty raster packs a thousandfold.
_RATIO_FROM = 2**20
_LOCAL_HEADER = 30
_CHUNK = 2**18
_ARCHIVES = frozenset((".zip", ".kmz", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".jar"))
#: Endings of files that are a data set by themselves; a shapefile's other parts follow their .shp.
DATA = (
    ".gpkg",
    ".shp",
    ".geojson",
    ".json",
    ".parquet",
    ".geoparquet",
    ".fgb",
    ".kml",
    ".csv",
    ".tsv",
    ".xlsx",
    ".tif",
    ".tiff",
)
_JUNK = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.I)


@contextmanager
def open_member(path: Path, *, member: str | None = None) -> Iterator[Path]:
    """Unpack one data set into a temporary folder and yield its file (for a shapefile the .shp).

    Parameters
    ----------
    path
        The `.zip`.
    member
        The data set's name in it, with or without folder and ending; may be left out where there is one only.

    Raises
    ------
    Refused
        Not sound, above a limit, or several data sets and none named.
    """
    with opened_archive(path) as (archive, names):
        main = _chosen(path.name, names, member)
        parts = _parts(main, list(names))
        with tempfile.TemporaryDirectory(prefix="cuntong-") as folder:
            for name in parts:
                unpack(archive, names[name], Path(folder) / PurePosixPath(name).name, path.name, name)
            yield Path(folder) / PurePosixPath(main).name


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack all members by their bare names into a temporary folder and yield the folder.

    Raises
    ------
    Refused
        The archive is beyond a limit, unsafe, or holds one bare name twice.
    """
    with opened_archive(path) as (archive, names), tempfile.TemporaryDirectory(prefix="cuntong-") as folder:
        bare = Counter(PurePosixPath(n).name.lower() for n in names)
        for name, info in names.items():
            plain = PurePosixPath(name).name
            if bare[plain.lower()] > 1:
                raise refuse(path.name, "zip.duplicate", member=plain, count=bare[plain.lower()])
            unpack(archive, info, Path(folder) / plain, path.name, name)
        yield Path(folder)


def data_sets(path: Path) -> list[str]:
    """Return the names of the data sets in a sound archive."""
    with opened_archive(path) as (_, names):
        return _data(list(names))


def named_member(path: Path, layer: str | None) -> tuple[str | None, str | None]:
    """Return which data set of an archive `layer` names, and which layer in it (None: not named).

    "town.gpkg/roads" names both, "town.gpkg" the data set; in an archive of one data set "roads" is its layer.
    """
    if layer is None:
        return None, None
    sets = data_sets(path)
    for name in dict.fromkeys(n for s in sets for n in (s, PurePosixPath(s).name)):
        if layer == name:
            return name, None
        if layer.startswith(name + "/"):
            return name, layer[len(name) + 1 :]
    return (None, layer) if len(sets) == 1 else (layer, None)


def judged(path: Path) -> None:
    """Refuse an archive (also one that is a workbook) by its directory, without unpacking anything."""
    with opened_archive(path):
        pass


@contextmanager
def opened_archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Open an archive whose directory is sound, with its members by name, without folders and junk.

    Raises
    ------
    Refused
        It is no zip, or its directory gives away what is not taken.
    """
    source = checked(path, "zip archive")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive, _members(archive.infolist(), source)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OverflowError) as error:
        raise refuse(source, "zip.unreadable", report=str(error)[:80]) from None


def _members(members: Sequence[zipfile.ZipInfo], source: str) -> dict[str, zipfile.ZipInfo]:
    """Refuse what the directory gives away; return the members that are data."""
    if len(members) > ARCHIVE_MEMBERS:
        raise refuse(source, "zip.members", count=len(members), limit=ARCHIVE_MEMBERS)
    named = [(_name(m), m) for m in members]
    for name, info in named:
        _judge_name(name, info, source)
    _judge_sizes(named, source)
    _judge_places(named, source)
    kept = [(n, m) for n, m in named if not m.is_dir() and not _JUNK.search(n)]
    for name, _ in kept:
        if PurePosixPath(name.lower()).suffix in _ARCHIVES:
            raise refuse(source, "zip.nested", member=name)
    counts = Counter(n for n, _ in kept)
    for name, _ in kept:
        if counts[name] > 1:
            raise refuse(source, "zip.duplicate", member=name, count=counts[name])
    return dict(kept)


def _name(info: zipfile.ZipInfo) -> str:
    """Return a member's name; without the UTF-8 flag it may be UTF-8 or GBK all the same [1]_."""
    name = info.orig_filename
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _judge_name(name: str, info: zipfile.ZipInfo, source: str) -> None:
    """Refuse paths that lead out, links, and what is encrypted or packed otherwise."""
    outside = name.startswith("/") or "\\" in name or "\0" in name or re.match(r"[A-Za-z]:", name)
    if outside or ".." in PurePosixPath(name).parts:
        raise refuse(source, "zip.path", member=name)
    if stat.S_ISLNK(info.external_attr >> 16):
        raise refuse(source, "zip.link", member=name)
    if info.flag_bits & 0x1:
        raise refuse(source, "zip.encrypted", member=name)
    if info.compress_type not in _METHODS:
        raise refuse(source, "zip.method", member=name, method=info.compress_type)


def _judge_sizes(named: Sequence[tuple[str, zipfile.ZipInfo]], source: str) -> None:
    """Refuse what would unpack beyond the limits."""
    total = sum(m.file_size for _, m in named)
    if total > UNPACKED_BYTES:
        raise refuse(source, "zip.size", megabytes=total // 2**20, limit=UNPACKED_BYTES // 2**20)
    for name, info in named:
        if info.file_size > max(_RATIO_FROM, UNPACK_RATIO * info.compress_size):
            ratio = info.file_size // max(info.compress_size, 1)
            raise refuse(source, "zip.ratio", member=name, ratio=ratio, limit=UNPACK_RATIO)


def _judge_places(named: Sequence[tuple[str, zipfile.ZipInfo]], source: str) -> None:
    """Refuse members that lie on one another in the archive."""
    ordered = sorted(named, key=lambda pair: pair[1].header_offset)
    for (name, one), (other, two) in pairwise(ordered):
        if one.header_offset + _LOCAL_HEADER + one.compress_size > two.header_offset:
            raise refuse(source, "zip.overlap", member=name, other=other)


def _data(names: Sequence[str]) -> list[str]:
    """Return the members that are data sets."""
    return [n for n in names if n.lower().endswith(DATA)]


def _chosen(source: str, names: dict[str, zipfile.ZipInfo], asked: str | None) -> str:
    """Return the data set asked for, or the only one."""
    data = _data(list(names))
    shown = ", ".join(data[:12]) + (" …" if len(data) > 12 else "")
    if not data:
        raise refuse(source, "zip.none", members=", ".join(list(names)[:12]) or "-")
    if asked is not None:
        fits = [n for n in data if asked in (n, PurePosixPath(n).name, PurePosixPath(n).stem)]
        if len(fits) != 1:
            raise refuse(source, "zip.data_unknown", asked=asked, layers=shown)
        return fits[0]
    if len(data) > 1:
        raise refuse(source, "zip.data_several", count=len(data), layers=shown)
    return data[0]


def _parts(main: str, names: Sequence[str]) -> list[str]:
    """Return the members that belong to a data set: for a shapefile all of its stem."""
    if not main.lower().endswith(".shp"):
        return [main]
    stem = main[:-4].lower()
    return [n for n in names if n.lower().rpartition(".")[0] == stem]


def unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, to: Path, source: str, name: str) -> None:
    """Unpack one member, counting its bytes: neither the declared size nor the checksum may be wrong.

    Raises
    ------
    Refused
        The member is not what the directory says.
    """
    done = 0
    try:
        with archive.open(info) as packed, to.open("wb") as out:
            while block := packed.read(_CHUNK):
                done += len(block)
                if done > info.file_size:
                    break
                out.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, OverflowError):
        done = -1
    if done != info.file_size:
        raise refuse(source, "zip.lies", member=name, declared=info.file_size)
