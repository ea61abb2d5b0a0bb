"""Columns about persons: refused by name and by pattern; their values are never shown."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from geo.check.checked import Checked, Notes, values_of

#: Columns of the sort whose values are persons', whatever they look like.
_ALWAYS = re.compile(
    r"(?i)(?:.*_)?(?:msisdn|imsi|e-?mail|id_?card|passport|ssn|national_?id|(?:phone|tel|mobile)_?(?:no|number|num))"
    r"(?:_?(?:no|number|num))?|.*(?:身份证|证件号|邮箱|护照|手机号|电话号|联系方式|联系电话).*"
)
#: Columns that do where they hold long numbers: a count of telephones is none.
_PHONES = re.compile(
    r"(?i)(?:.*_)?(?:tele)?(?:phone|tel|mobile|cellphone)|(?:.*(?:住宅|家庭|移动|固定|办公))?(?:电话|手机)"
)
#: Columns that do where they hold words: a count of subscribers is none.
_PERSONS = re.compile(
    r"(?i)(?:.*_)?(?:subscriber|customer|client|user|person|contact|householder)s?(?:_?name)?|"
    r".*(?:姓名|户主|用户名|客户名|联系人|机主|负责人).*|客户|用户"
)
_FIGURE = re.compile(r"[-+\d.,\s%'万千亿]*|无|不详|/|--?")
_LONG = re.compile(r"\+?\d[\d\- ]{5,}\d")
_MOBILE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}")
_ID_CARD = re.compile(r"[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_ANY = re.compile("|".join(f"(?:{p.pattern})" for p in (_MOBILE, _ID_CARD, _EMAIL)))
#: A column is taken for one of persons from this share of such values on.
MANY = 0.5
#: So many values are looked at.
SAMPLE = 1_000


def check_personal(
    frame: pd.DataFrame,
    *,
    source: str,
    codes: Sequence[str] = (),
    code: str | None = None,
    lines: Mapping[int, int] | None = None,
) -> Checked:
    """Refuse a table with columns about persons; `codes` are the columns known to hold codes of places."""
    notes = Notes(frame, source, code, lines)
    found = [
        str(c) for c in frame.columns if c not in codes and c != "geometry" and is_personal(str(c), frame[c])
    ]
    if found:
        notes.whole("personal.column", columns=", ".join(found), count=len(found))
    return notes.done()


def is_personal(name: str, values: pd.Series) -> bool:
    """Tell whether a column is about persons, by its name or by what its values look like."""
    name = unicodedata.normalize("NFKC", name).strip()
    sample = values.head(SAMPLE)
    sample = sample if sample.notna().all() else values.dropna().head(SAMPLE)
    texts: dict[str, int] = {}
    for text, count in Counter(map(str, values_of(sample))).items():
        clean = unicodedata.normalize("NFKC", text).strip().removesuffix(".0")
        texts[clean] = texts.get(clean, 0) + count
    texts.pop("", None)
    if not texts:
        return False
    if _ALWAYS.fullmatch(name) or (_PHONES.fullmatch(name) and _many(_LONG, texts)):
        return True
    if _PERSONS.fullmatch(name) and not _many(_FIGURE, texts):
        return True
    return _many(_ANY, texts) and any(_many(p, texts) for p in (_MOBILE, _ID_CARD, _EMAIL))


def _many(pattern: re.Pattern[str], texts: Mapping[str, int]) -> bool:
    return sum(n for t, n in texts.items() if pattern.fullmatch(t)) >= MANY * sum(texts.values())
