"""Rows as a sender writes them: which column is the code, how a row is named, which rows are totals."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from geo.findings import visible

_CODE_NAME = re.compile(
    r"(?:code|id|ids|fid|gid|objectid|uuid|no)\d*|parent|.*[_ ](?:code|id|ids|no)\d*|(?:code|id)[_ ].*"
    r"|.*代码|.*编码|.*编号|.*区划码",
    re.I,
)
_TOTALS = re.compile(r"[合总小共累總][计計数]|全[市县区省]合计|(?:sub|grand)?totals?|sum", re.I)
#: A number written with at least one full-width digit, and its marks in either width.
_WIDE_NUMBER = re.compile(r"[0-9０-９.．,，\-－+＋%％\s]*[０-９][0-9０-９.．,，\-－+＋%％\s]*")
WIDE_DIGIT = re.compile("[０-９]")


def is_code_name(name: str) -> bool:
    """Tell whether a column's name says that it holds codes or ids, which are text."""
    return _CODE_NAME.fullmatch(name.strip()) is not None


def code_column(names: Sequence[str]) -> int | None:
    """Return the place of the first column that holds codes, or None."""
    return next((i for i, name in enumerate(names) if is_code_name(name)), None)


def line_label(line: int, code: str = "") -> str:
    """Return how a finding names a row of a text file: "line 14 (320402001001)"."""
    return f"line {line} ({visible(code, 24)})" if code else f"line {line}"


def row_label(row: int, code: str = "") -> str:
    """Return how a finding names a feature: "row 3 (320402001001)"."""
    return f"row {row} ({visible(code, 24)})" if code else f"row {row}"


def is_total(fields: Sequence[str]) -> bool:
    """Tell whether a row is a total: its first filled cell says so instead of giving a code."""
    first = next((f for f in fields if f), "")
    if first[:1].isdigit():  # what most rows begin with
        return False
    return len(first) < 16 and _TOTALS.fullmatch(re.sub(r"[\s:：]", "", first)) is not None


def narrow_number(text: str) -> str | None:
    """Return a number's text with full-width digits and marks made narrow, or None where there are none."""
    if WIDE_DIGIT.search(text) is None or _WIDE_NUMBER.fullmatch(text) is None:
        return None
    return unicodedata.normalize("NFKC", text)
