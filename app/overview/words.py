"""Words of the overview: targets, levels and verdicts as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.texts import named, t
from geo.atlas import Atlas
from geo.terms import Basis, SettlementClass, Verdict
from geo.wording import absent, number, percent

Target = Mapping[str, Any]
Row = Mapping[str, Any]


def level_word(atlas: Atlas, level: str, language: str, *, many: bool = False) -> str:
    """Return the name of a level, in English as one or as many."""
    word = named(next(x["name"] for x in atlas.levels if x["id"] == level), language, level)
    if language == "zh" or not many or word.endswith("s"):
        return word
    return f"{word[:-1]}ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else f"{word}s"


def target_word(target: Target, language: str) -> str:
    """Return the name of a target."""
    return named(target["name"], language, str(target["id"]))


def service_word(atlas: Atlas, service: str, language: str) -> str:
    """Return the name of a service."""
    return named(next((s["name"] for s in atlas.services if s["id"] == service), None), language, service)


def counts_word(atlas: Atlas, target: Target, language: str) -> str:
    """Return what a computed target counts: units, or homes or people of units, and of which class."""
    units = level_word(atlas, target["level"], language, many=True)
    if target["basis"] == Basis.UNITS:
        told = t("overview.counts_units", language, units=units)
    else:
        basis = Basis.of(target["basis"]).word(language)
        told = t("overview.counts_basis", language, basis=basis, units=units)
    if target["class"] == SettlementClass.ALL:
        return told
    klass = SettlementClass.of(target["class"]).word(language)
    return f"{told} · {t('overview.of_class', language, klass=klass)}"


def verdict_word(verdict: str, language: str) -> str:
    """Return a verdict with the sign that stands beside its colour."""
    return t(f"overview.verdict_{Verdict.of(verdict).value}", language)


def threshold_word(threshold: str, unit: str) -> str:
    """Return a goal as the plan writes it, with its unit."""
    return f"{threshold} %" if unit == "percent" else f"{threshold} {unit.replace('_', ' ')}"


def share_word(row: Row) -> str:
    """Return a share, from the least to the greatest where something is unknown."""
    low, high = percent(row["share_low"]), percent(row["share_high"])
    return low if absent(row["unknown"]) or row["unknown"] == 0 or low == high else f"{low} – {high}"


def value_word(row: Row) -> str:
    """Return a reported value with its unit, or a computed share."""
    if absent(row["value"]):
        return "–"
    return (
        f"{number(row['value'], 2)} {'%' if row['unit'] == 'percent' else str(row['unit']).replace('_', ' ')}"
    )
