"""Attributes of features -> typed columns: codes as text, numbers exact, one type a column.

A column whose values are of two types is never turned into text in silence: codes become text and that is
said; in any other column the rows of the rarer type are set aside.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from geo.findings import visible
from geo.read.limits import FIELD_CHARACTERS
from geo.read.rows import is_code_name
from geo.read.strictjson import LongInt

#: Text columns: missing is NaN, so that a comparison gives plain True and False.
TEXT = pd.StringDtype(na_value=np.nan)

#: Python's types by JSON's own names; and what fills the places that are set aside, which nobody sees.
_NAMES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
    LongInt: "number",
}
_FILLERS: dict[str, Any] = {"string": "", "number": 0, "boolean": False, "array": [], "object": []}


@dataclass
class Column:
    """One column: its values by place, the places set aside with (rule, seen), and how many became text."""

    name: str
    values: Any
    bad: dict[int, tuple[str, str]] = field(default_factory=dict)
    cast: int = 0
    example: str = ""


def column_of(name: str, values: Sequence[Any]) -> Column:
    """Return `values` (any JSON values, None for missing) as a column of one type.

    Text, whole numbers (int64), numbers (float64, missing NaN) and booleans stay what they are; arrays and
    objects become JSON text; numbers in a column that is named as a code, or that holds text of digits
    only, become their digits.
    """
    bad = _hopeless(values)
    kinds = Counter(_NAMES[type(v)] for i, v in enumerate(values) if v is not None and i not in bad)
    column = Column(name, list(values), bad)
    if kinds["number"] and (is_code_name(name) or _digits_only(values, kinds)):
        _to_text(column)
        kinds = Counter(
            _NAMES[type(v)] for i, v in enumerate(column.values) if v is not None and i not in bad
        )
    chosen = _chosen(kinds)
    for i, value in enumerate(column.values):
        if value is not None and i not in bad and _NAMES[type(value)] not in chosen:
            bad[i] = ("geojson.mixed_type", f"{_short(value)} ({_NAMES[type(value)]} ≠ {chosen[0]})")
    filler = _FILLERS[chosen[0]]
    column.values = _typed([filler if i in bad else v for i, v in enumerate(column.values)], chosen)
    return column


def _hopeless(values: Sequence[Any]) -> dict[int, tuple[str, str]]:
    """Return the places of values that no column can hold, with rule and what was seen."""
    bad: dict[int, tuple[str, str]] = {}
    kinds = set(map(type, values))
    if LongInt in kinds:
        for_long = {
            i: ("geojson.integer_precision", str(v)[:40]) for i, v in enumerate(values) if type(v) is LongInt
        }
        bad |= for_long
    if float in kinds:
        bad |= {
            i: ("geojson.not_finite", str(v))
            for i, v in enumerate(values)
            if type(v) is float and not math.isfinite(v)
        }
    if kinds & {str, list, dict}:
        for i, v in enumerate(values):
            rule = _text_fault(v)
            if rule:
                bad[i] = (rule, _short(v))
    return bad


def _text_fault(value: Any) -> str:
    """Return the rule that a text (or JSON within) breaks, or ""."""
    if type(value) not in (str, list, dict):
        return ""
    text = value if type(value) is str else json.dumps(value, ensure_ascii=False)
    if len(text) > FIELD_CHARACTERS:
        return "geojson.long_text"
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        return "geojson.surrogate"
    return ""


def _digits_only(values: Sequence[Any], kinds: Counter[str]) -> bool:
    """Tell whether the texts among numbers are digits only: then all are codes."""
    return kinds["string"] > 0 and all(v.isascii() and v.isdigit() for v in values if type(v) is str)


def _to_text(column: Column) -> None:
    """Turn the numbers of a column into their digits and count them."""
    for i, value in enumerate(column.values):
        if type(value) in (int, float) and i not in column.bad:
            column.values[i] = _digits(value)
            column.example = column.example or column.values[i]
            column.cast += 1


def _digits(value: float) -> str:
    """Return a number as text without loss: whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(value)


def _chosen(kinds: Counter[str]) -> tuple[str, ...]:
    """Return the type that most values have; arrays and objects go together."""
    if not kinds:
        return ("string",)
    merged = Counter({"nested": kinds["array"] + kinds["object"], **kinds})
    for k in ("array", "object"):
        del merged[k]
    best = max(sorted(merged), key=lambda k: merged[k])
    return ("array", "object") if best == "nested" else (best,)


def _typed(values: list[Any], chosen: tuple[str, ...]) -> Any:
    """Return the values as an array of the chosen type."""
    if chosen == ("number",):
        whole = all(type(v) is int for v in values)
        return np.array(values, dtype=np.int64) if whole else np.array(values, dtype=np.float64)
    if chosen == ("boolean",):
        return pd.array(values, dtype="boolean") if None in values else np.array(values, dtype=bool)
    if chosen == ("string",):
        return pd.array(values, dtype=TEXT)
    return pd.array([None if v is None else json.dumps(v, ensure_ascii=False) for v in values], dtype=TEXT)


def _short(value: Any) -> str:
    """Return a value as it may be shown."""
    return visible(value if type(value) is str else json.dumps(value, ensure_ascii=False)[:41], 40)
