"""What a file holds, told by its first bytes: so that a wrong extension is named, never followed."""

from __future__ import annotations

import re

#: First bytes -> the format that they belong to (file signatures as each format's specification prints them).
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "ZIP (or XLSX, KMZ)"),
    (b"PK\x05\x06", "ZIP (empty)"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel 97-2003 (XLS) or an encrypted workbook"),
    (b"SQLite format 3\x00", "SQLite (or GeoPackage)"),
    (b"PAR1", "Parquet"),
    (b"fgb\x03", "FlatGeobuf"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7-Zip"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"\x89PNG", "PNG"),
    (b"{\\rtf", "RTF"),
)
#: First tag of a markup document -> the format's name.
_MARKUP: tuple[tuple[str, str], ...] = (
    (r"ogrvrt|vrtdataset", "VRT"),
    (r"!doctype\s+html|html|head|body|table|meta|script|div", "HTML"),
    (r"kml", "KML"),
    (r"\?mso-application|workbook", "Excel 2003 XML"),
    (r"osm", "OpenStreetMap XML"),
)


def foreign_content(data: bytes) -> str | None:
    """Return the name of the format that `data` begins as, or None where it may be text.

    Only the first 1,024 bytes are looked at; nothing that they name is opened.
    """
    head = data[:1024]
    for signature, name in _SIGNATURES:
        if head.startswith(signature):
            return name
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not text.startswith(b"<"):
        return None
    return _markup(text.decode("latin-1"))


def _markup(text: str) -> str | None:
    """Return the kind of markup, or None where `<` begins no tag."""
    body = re.sub(r"^(?:<\?xml[^>]*>|<!--.*?-->|\s)+", "", text, flags=re.S)
    for tags, name in _MARKUP:
        if re.match(rf"<(?:{tags})", body):
            return name
    return "XML" if re.match(r"<[?!a-z]", text) else None
