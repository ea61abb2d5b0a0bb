"""The zip package of an Excel workbook (ECMA-376): within limits, without DTDs, never unpacked to disk."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from geo.read.content import foreign_content
from geo.read.limits import ARCHIVE_MEMBERS, FILE_BYTES, UNPACK_RATIO, UNPACKED_BYTES
from geo.read.table import refuse

#: Below this size no ratio of packing is a danger.
_SMALL = 8 * 2**20
_DTD = (b"<!DOCTYPE", b"<!ENTITY")


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, whether it is hidden, the member that holds it, and whether it has cells."""

    name: str
    hidden: bool
    member: str
    is_filled: bool


@dataclass(frozen=True)
class Package:
    """An open workbook package: the archive, its sheets in order and its date system."""

    archive: zipfile.ZipFile
    sheets: list[Sheet]
    is_1904: bool


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a workbook's package.

    Raises
    ------
    Refused
        Not a workbook (the format found is named), damaged, encrypted, with a DTD, or above a limit.
    """
    _refuse_foreign(path)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise refuse(path.name, "workbook.damaged", member="zip") from None
    with archive:
        _refuse_oversize(archive, path.name)
        _refuse_dtd(archive, path.name)
        yield Package(archive, *_workbook(archive, path.name))


def _refuse_foreign(path: Path) -> None:
    """Refuse content that is no zip, by its name."""
    size = path.stat().st_size
    if size == 0:
        raise refuse(path.name, "workbook.empty_file")
    if size > FILE_BYTES:
        raise refuse(path.name, "workbook.limit", what="bytes", seen=size, limit=FILE_BYTES)
    with path.open("rb") as file:
        head = file.read(1024)
    if not head.startswith(b"PK"):
        raise refuse(path.name, "workbook.format", kind=foreign_content(head) or "?")


def _refuse_oversize(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse an archive whose members are too many, too large together, packed too tightly, or encrypted.

    The sizes are those of the directory; the reader of a member never gives more bytes than stand there.
    """
    members = archive.infolist()
    if len(members) > ARCHIVE_MEMBERS:
        raise refuse(source, "workbook.limit", what="members", seen=len(members), limit=ARCHIVE_MEMBERS)
    unpacked = sum(m.file_size for m in members)
    packed = sum(m.compress_size for m in members)
    if unpacked > UNPACKED_BYTES:
        raise refuse(source, "workbook.limit", what="bytes", seen=unpacked, limit=UNPACKED_BYTES)
    if unpacked > max(_SMALL, UNPACK_RATIO * packed):
        raise refuse(
            source, "workbook.limit", what="ratio", seen=unpacked // max(packed, 1), limit=UNPACK_RATIO
        )
    if any(m.flag_bits & 0x1 for m in members):
        raise refuse(source, "workbook.encrypted")


def _refuse_dtd(archive: zipfile.ZipFile, source: str) -> None:
    """Refuse a package one of whose parts declares a document type: none needs it, bombs do.

    Every member is searched, whatever its name, for a part is named by its links; NULs are left out, so
    that UTF-16 hides nothing.
    """
    for name in archive.namelist():
        tail = b""
        with _opened(archive, name, source) as part:
            while block := _block(part, name, source):
                text = tail + block.replace(b"\0", b"")
                if any(mark in text for mark in _DTD):
                    raise refuse(source, "workbook.dtd", member=name[:60])
                tail = text[-16:]


def _opened(archive: zipfile.ZipFile, name: str, source: str) -> zipfile.ZipExtFile:
    """Open a member, or refuse the package as damaged."""
    try:
        return archive.open(name)  # type: ignore[return-value]
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, NotImplementedError, RuntimeError):
        raise refuse(source, "workbook.damaged", member=name[:60]) from None


def _block(part: zipfile.ZipExtFile, name: str, source: str) -> bytes:
    """Read the next megabyte of a member; its checksum is tested at the end."""
    try:
        return part.read(2**20)
    except Exception:  # zlib, bz2 and lzma each raise their own
        raise refuse(source, "workbook.damaged", member=name[:60]) from None


def _workbook(archive: zipfile.ZipFile, source: str) -> tuple[list[Sheet], bool]:
    """Return the sheets and whether dates are counted from 1904."""
    try:
        targets = {r.get("Id"): r.get("Target", "") for r in _xml(archive, "xl/_rels/workbook.xml.rels")}
        root = _xml(archive, "xl/workbook.xml")
    except (KeyError, ElementTree.ParseError, UnicodeError):
        raise refuse(source, "workbook.damaged", member="xl/workbook.xml") from None
    sheets = []
    for element in root.iter():
        if _local(element.tag) == "sheet":
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            member = posixpath.normpath(posixpath.join("/xl", targets.get(link, ""))).lstrip("/")
            hidden = element.get("state", "visible") != "visible"
            if "worksheets" in member and member in archive.namelist():
                sheets.append(Sheet(element.get("name", ""), hidden, member, _is_filled(archive, member)))
    flags = [e.get("date1904", "0") for e in root.iter() if _local(e.tag) == "workbookPr"]
    return sheets, any(f in ("1", "true") for f in flags)


def _xml(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Parse a small part; DTDs have been refused before."""
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - no DTD, so no entity


def _is_filled(archive: zipfile.ZipFile, member: str) -> bool:
    """Tell whether a sheet has a cell with a value or formula."""
    with archive.open(member) as part:
        tail = b""
        while block := part.read(2**18):
            if any(mark in tail + block for mark in (b"<v>", b"<t>", b"<t ", b"<f>", b"<f ", b":v>", b":t>")):
                return True
            tail = block[-8:]
    return False


def _local(tag: str) -> str:
    """Return an element's name without its namespace."""
    return tag.rsplit("}", 1)[-1]
