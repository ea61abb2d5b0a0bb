"""The panel beside a map: what is known of the unit or feature that was clicked, and why."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app.map.picks import MOST_EVIDENCE, feature, layer_of
from app.map.sources import layer_name, level_name, operator_name
from app.map.table import status_text
from app.plain import plain
from app.texts import named, t
from app.view import View, counted_levels
from geo.atlas import ANY, CODES, Atlas
from geo.findings import visible
from geo.terms import Kind, SettlementClass, Status
from geo.why import Reason, why
from geo.wording import absent, day, distance, number, percent


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a small table of HTML (`app.map.legend.style`); every text in it is escaped."""
    top = "".join(f"<th>{html.escape(h)}</th>" for h in heads)
    lines = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    head = f"<thead><tr>{top}</tr></thead>" if heads else ""
    return f'<table class="ct-t">{head}<tbody>{lines}</tbody></table>'


def unit_panel(atlas: Atlas, view: View, i: int) -> tuple[str, ...]:
    """Draw what is known of a unit; return the ids of the evidence of its fact."""
    unit, lang = atlas.unit(i), view.lang
    st.markdown(f"##### {plain(visible(str(unit['name'])))}")
    line = [atlas.units.at[a, "name"] for a in atlas.ancestors(i)]
    above = " › ".join([*(visible(str(n)) for n in line), level_name(atlas, str(unit["level"]), lang)])
    st.caption(plain(above))
    klass = SettlementClass.of(str(unit["settlement_class"])).word(lang)
    about = [(t("map.code", lang), str(unit["code"])), (t("map.class_of", lang), klass)]
    about = about[:1] if unit["settlement_class"] == SettlementClass.UNKNOWN else about
    about += [
        (t(f"map.{k}", lang), number(unit[k])) for k in ("households", "population") if not absent(unit[k])
    ]
    st.text("   ".join(f"{k} {visible(v)}" for k, v in about))
    if str(unit["level"]) not in counted_levels(atlas, view.service):
        _shares(atlas, view, i)
        st.caption(t("map.why_not", lang))
        return ()
    reasons = why(atlas.snapshot, str(unit["unit_id"]), view.service, language=lang)
    reason = next((r for r in reasons if r.operator == view.operator), None) or reasons[0]
    _reason(atlas, view, reason, reasons)
    with st.expander(t("map.facts", lang)):
        st.html(_facts(atlas, lang, i))
    return reason.evidence


def _reason(atlas: Atlas, view: View, reason: Reason, reasons: Sequence[Reason]) -> None:
    """Draw the service's own answer: the status in words, each operator's, and the sentences."""
    lang = view.lang
    service = next(named(s["name"], lang) for s in atlas.services if s["id"] == view.service)
    code = CODES[Status.of(str(reason.fact["status"]))]
    st.markdown(f"**{plain(service)}: {plain(status_text(code, lang))}**")
    others = [
        f"{operator_name(atlas, r.operator, lang)} {status_text(CODES[Status.of(str(r.fact['status']))], lang)}"
        for r in reasons
        if r.operator != reason.operator
    ]
    if others:
        st.text(" · ".join(others))
    title = t("map.why", lang, service=service, operator=operator_name(atlas, reason.operator, lang))
    st.caption(plain(title))
    st.text("\n".join(f"– {visible(s, 400)}" for s in reason.sentences))


def _facts(atlas: Atlas, lang: str, i: int) -> str:
    """Return every service's status at a unit, as a table of HTML."""
    facts = pd.DataFrame(atlas.facts(i))
    rows = []
    for service in atlas.services:
        mine = facts[facts["service"].astype(str) == service["id"]]
        any_one = mine[mine["operator"].astype(str) == ANY]
        if any_one.empty:
            continue
        by = "  ".join(
            f"{operator_name(atlas, str(r['operator']), lang)} {status_text(_code(r), lang)[:1]}"
            for r in mine.to_dict("records")
            if str(r["operator"]) != ANY
        )
        fact = any_one.to_dict("records")[0]
        rows.append(
            (
                named(service["name"], lang),
                status_text(_code(fact), lang),
                distance(fact["nearest_m"], lang) if not absent(fact["nearest_m"]) else "",
                by,
            )
        )
    heads = ("fact_service", "fact_status", "fact_nearest", "fact_operators")
    return table_html([t(f"map.{h}", lang) for h in heads], rows)


def _code(fact: dict[str, Any]) -> int:
    return CODES[Status.of(str(fact["status"]))]


def _shares(atlas: Atlas, view: View, i: int) -> None:
    """Draw the share of each service inside a unit, of the units that it counts."""
    lang, rows = view.lang, []
    for service in atlas.services:
        level = counted_levels(atlas, service["id"])[-1]
        if service["id"] == view.service:
            level = view.level
        counts = atlas.counts(np.array([i]), service["id"], ANY, level=level, basis="units", klass=view.klass)
        if counts.empty or not counts["denominator"].iloc[0]:
            continue
        row = counts.iloc[0]
        told = t(
            "map.share_covered",
            lang,
            numerator=number(row["numerator"]),
            denominator=number(row["denominator"]),
            level=level_name(atlas, level, lang),
        )
        if row["unknown"]:
            told += "; " + t("map.share_unknown", lang, unknown=number(row["unknown"]))
        rows.append((named(service["name"], lang), percent(row["share"]).replace(" ", "\u00a0"), told))
    st.caption(t("map.shares", lang))
    st.html(table_html((), rows))


def feature_panel(atlas: Atlas, view: View, feature_id: str) -> None:
    """Draw what is known of a feature of a network."""
    found, lang = feature(atlas, feature_id), view.lang
    if found is None:
        st.info(t("map.pick_none", lang))
        return
    _, row = found
    layer = next(x for x in atlas.manifest["layers"] if x["id"] == layer_of(feature_id))
    source = atlas.manifest["inputs"].get(layer["source"], {})
    kind = source.get("kind")
    st.markdown(f"##### {plain(layer_name(atlas, layer['id'], lang))}")
    told = [
        ("feature_id", visible(feature_id)),
        ("operator", operator_name(atlas, str(row["operator"]), lang) if row["operator"] else ""),
        ("technology", visible(str(row["technology"]))),
        ("rate", "" if absent(row["mbps"]) else t("map.mbps", lang, n=f"{row['mbps']:g}")),
        ("state", " · ".join(w for w in (visible(str(row["status"])), _served(row, lang)) if w)),
        ("since", "" if row["since"] is None else day(str(row["since"])[:10], lang)),
        (
            "source",
            " · ".join(str(w) for w in (layer["source"], Kind.of(kind).word(lang) if kind else "") if w),
        ),
    ]
    st.html(table_html((), [(t(f"map.{k}", lang), v) for k, v in told if v]))


def _served(row: dict[str, Any], lang: str) -> str:
    return t("map.served" if row["in_service"] else "map.not_served", lang)


def evidence_choice(view: View, evidence: Sequence[str], at: str) -> str:
    """Let the reader choose one piece of evidence to be shown; return its id, "" for all."""
    drawn = evidence[:MOST_EVIDENCE]
    chosen: str = st.selectbox(
        t("map.evidence", view.lang),
        ["", *drawn],
        key=f"map_evidence_{at}",
        format_func=lambda e: visible(e) if e else t("map.evidence_all", view.lang, n=len(evidence)),
    )
    if len(evidence) > len(drawn):
        st.caption(t("map.evidence_cut", view.lang, n=len(drawn), all=len(evidence)))
    return chosen or ""
