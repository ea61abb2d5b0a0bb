"""Counted: how a figure was counted, what it rests on, and what would make it wrong."""

from __future__ import annotations

import streamlit as st

from app.overview.words import Row, Target, counts_word, level_word
from app.plain import plain
from app.texts import named, t
from app.view import View
from geo.atlas import ANY, Atlas
from geo.doubts import Doubts, doubts, layers_of, rules_of, sources_of
from geo.report.method import rule_sentence
from geo.terms import Kind, Status
from geo.wording import absent, day, number, percent


def how_counted(view: View, atlas: Atlas, target: Target, row: Row, found: Doubts | None = None) -> None:
    """Draw the rule, the basis, the sources and the plan's own line; then the doubts."""
    lang = view.lang
    if row["how"] == "reported":
        told = t("overview.counted_no_value", lang)
        if not absent(row["value"]):
            source = str(row["value_source"])
            told = t("overview.counted_reported", lang, date=day(row["value_date"], lang), source=source)
        _lines([told, t("overview.counted_plan", lang, source=row["source"])])
        return
    _lines(
        [
            counts_word(atlas, target, lang),
            t("overview.counted_operator", lang, operator=operator_word(atlas, target["operator"], lang)),
            t("overview.counted_share", lang),
            t("overview.known_share", lang, share=percent(row["share"])),
            t("overview.counted_judged", lang),
            *_rules(view, atlas, target),
            t("overview.counted_plan", lang, source=row["source"]),
        ]
    )
    st.markdown(f"**{t('overview.sources', lang)}**")
    _lines([_source(view, atlas, s) for s in sources_of(atlas, target)])
    st.markdown(f"**{t('overview.wrong', lang)}**")
    _lines(_wrong(view, found or doubts(atlas, atlas.position(view.unit), target)))


def operator_word(atlas: Atlas, operator: str, language: str) -> str:
    """Return the name of an operator; "any" for `*`."""
    if operator == ANY:
        return t("overview.any_operator", language)
    return named(
        next((o["name"] for o in atlas.manifest["operators"] if o["id"] == operator), None),
        language,
        operator,
    )


def _lines(lines: list[str]) -> None:
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _rules(view: View, atlas: Atlas, target: Target) -> list[str]:
    """Return the rules in words, each with the layers that it asks."""
    service = next(s for s in atlas.services if s["id"] == target["service"])
    out = []
    for rule in rules_of(atlas, target):
        level = level_word(atlas, rule["level"], view.lang)
        told = rule_sentence(atlas, service, rule, view.lang)
        line = t("overview.counted_rule", view.lang, level=level, rule=told)
        names = [named(x["name"], view.lang, x["id"]) for x in layers_of(atlas, rule)]
        if names:
            gap = "；" if view.lang == "zh" else "; "
            line += " " + t("overview.counted_layers", view.lang, layers=gap.join(names))
        out.append(line)
    return out


def _source(view: View, atlas: Atlas, source: str) -> str:
    about = atlas.manifest["inputs"].get(source, {})
    kind = Kind.of(about["kind"]).word(view.lang) if about.get("kind") else "–"
    edition = about.get("edition") or t("overview.edition_none", view.lang)
    licence = about.get("licence") or "–"
    return t("overview.counted_source", view.lang, source=source, kind=kind, edition=edition, licence=licence)


def _wrong(view: View, found: Doubts) -> list[str]:
    """Return what is unknown, contradicted and set aside."""
    lang, out = view.lang, []
    if unknown := found.parts[Status.UNKNOWN]:
        out.append(t("overview.wrong_unknown", lang, n=number(unknown)))
    if found.contradicted:
        out.append(t("overview.wrong_contradicted", lang, n=number(found.contradicted)))
    out += [t("overview.wrong_set_aside", lang, n=number(n), source=s) for s, n in found.set_aside.items()]
    return out or [t("overview.wrong_nothing", lang)]
