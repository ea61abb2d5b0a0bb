"""Columns: what heads a column of a table for people, its unit, and how its values are shown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from geo.terms import Basis, Kind, SettlementClass, Status, Term, Verdict
from geo.wording import SIGNS, absent

#: Columns of closed terms, and the set that each is of.
TERMS: dict[str, type[Term]] = {
    "settlement_class": SettlementClass,
    "class": SettlementClass,
    "status": Status,
    "declared_status": Status,
    "basis": Basis,
    "verdict": Verdict,
    "data": Kind,
}


@dataclass(frozen=True)
class Column:
    """One column for people.

    Attributes
    ----------
    kind
        text, word (a closed term), number, whole, plain (a number without thousands separated), degree,
        share (0 to 1, shown in percent).
    unit
        Unit of its values; "" where there is none.
    """

    name: str
    head: str
    unit: str
    kind: str


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("geo.export").joinpath("columns.toml").read_text(encoding="utf-8"))


def column(name: str, language: str, heads: Mapping[str, str] = MappingProxyType({})) -> Column:
    """Return a column's head and unit in a language; one that no text is for by `heads`, as text."""
    language = "zh" if language == "zh" else "en"
    own = heads.get(name, name)
    text = _texts().get(name, {"en": own, "zh": own, "kind": "text"})
    return Column(name, text[language], text.get(f"unit_{language}", ""), text["kind"])


def word(name: str, value: Any, language: str) -> str:
    """Return a closed term in words, a status led by its sign; "" where there is none."""
    if absent(value) or value == "":
        return ""
    term = TERMS[name]
    text = term.of(str(value)).word(language)
    return f"{SIGNS[Status.of(str(value))]} {text}" if term is Status else text
