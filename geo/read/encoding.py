"""The text of a delivered file: UTF-8, UTF-16 by its mark, else GBK or GB18030; never a guess in silence."""

from __future__ import annotations

import codecs
import re

from geo.findings import Finding
from geo.read.table import refuse
from geo.terms import Action

_UTF16 = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
#: Of the characters that GBK bytes give, at most this share may lie outside GB 2312 (the 6,763 in common
#: use): more, and the bytes are something else that happens to decode.
_RARE = 0.3


def decode(data: bytes, source: str, declared: str | None = None) -> tuple[str, list[Finding]]:
    """Return the text of `data` and what was found out about its encoding.

    Parameters
    ----------
    data
        The file's bytes, without a NUL unless they are UTF-16 with a mark.
    source
        Name for the findings.
    declared
        Encoding that the sender states; the bytes must then be that encoding.

    Raises
    ------
    Refused
        Where the bytes are no one encoding, not the declared one, or hold a NUL.
    """
    for mark, name in _UTF16:
        if data.startswith(mark):
            return _utf16(data[2:], name, source)
    _refuse_nul(data, source)
    data = data.removeprefix(codecs.BOM_UTF8)
    if declared is not None:
        return _declared(data, source, declared), []
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        return _gb(data, source, error.start)


def line_at(data: bytes, offset: int) -> int:
    """Return the 1-based line in which byte `offset` stands (line ends LF, CRLF or CR)."""
    head = data[:offset]
    return 1 + head.count(b"\n") + head.count(b"\r") - head.count(b"\r\n")


def _utf16(data: bytes, name: str, source: str) -> tuple[str, list[Finding]]:
    """Decode UTF-16 after its mark."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError as error:
        raise refuse(source, "encoding.unknown", offset=error.start + 2, line="?", tried=name) from None
    if "\0" in text:
        at = text.index("\0")
        raise refuse(source, "encoding.nul", offset=2 * at + 2, line=1 + text.count("\n", 0, at))
    return text, [Finding(source, "", "encoding.detected", Action.REPAIR, {"encoding": name.upper()})]


def _refuse_nul(data: bytes, source: str) -> None:
    """Refuse bytes that hold a NUL: no text in UTF-8 or GBK has one."""
    at = data.find(b"\0")
    if at >= 0:
        raise refuse(source, "encoding.nul", offset=at, line=line_at(data, at))


def _declared(data: bytes, source: str, declared: str) -> str:
    """Decode as the sender declares, unless the bytes plainly are UTF-8."""
    try:
        name = codecs.lookup(declared).name
        text = data.decode(name)
    except UnicodeDecodeError as error:
        where = {"offset": error.start, "line": line_at(data, error.start)}
        raise refuse(source, "encoding.declared_wrong", declared=declared, **where) from None
    except (LookupError, ValueError):
        raise refuse(source, "encoding.declared_unknown", declared=declared) from None
    if name not in ("utf-8", "ascii") and _is_chinese_utf8(data):
        raise refuse(source, "encoding.declared_utf8", declared=declared)
    return text


def _is_chinese_utf8(data: bytes) -> bool:
    """Tell whether the bytes are UTF-8 that holds Chinese: three-byte characters, in GBK a rare accident."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return re.search("[\u4e00-\u9fff]", text) is not None


def _gb(data: bytes, source: str, offset: int) -> tuple[str, list[Finding]]:
    """Decode as GBK, else GB18030, where the whole file can be that; `offset` is where UTF-8 breaks."""
    line = line_at(data, offset)
    for name in ("gbk", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if _utf8_lines(data):
            raise refuse(source, "encoding.mixed", offset=offset, line=line, other=name.upper())
        if _plausible(text):
            found = Finding(source, "", "encoding.detected", Action.REPAIR, {"encoding": name.upper()})
            return text, [found]
    if _utf8_lines(data):
        raise refuse(source, "encoding.mixed", offset=offset, line=line, other="?")
    raise refuse(source, "encoding.unknown", offset=offset, line=line, tried="UTF-8, GBK, GB18030")


def _utf8_lines(data: bytes) -> bool:
    """Tell whether lines are UTF-8 with Chinese in them: then the file is of two encodings.

    Three GBK characters in 10^5 happen to be two of UTF-8; so one line in a thousand is no evidence.
    """
    wide = [line for line in data.splitlines() if not line.isascii()]
    return sum(map(_is_chinese_utf8, wide)) > len(wide) / 1000


def _plausible(text: str) -> bool:
    """Tell whether decoded text looks written: most of its characters are in common use (GB 2312)."""
    wide = "".join(c for c in text if c > "\x7f")
    common = len(wide.encode("gb2312", "ignore")) // 2
    return len(wide) - common <= _RARE * len(wide)
