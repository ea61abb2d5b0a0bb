"""The page gaps: which units lack a service, how many people they have, how far the nearest plant is."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from app.downloads import table_address
from app.frame import bound, choose
from app.links import Kind, jump, table
from app.overview.below import status_word
from app.overview.counted import operator_word
from app.overview.place import place
from app.overview.words import level_word, service_word
from app.plain import plain
from app.texts import t
from app.view import View, counted_levels, ids
from geo.atlas import ANY, Atlas
from geo.errors import UnknownName
from geo.export.formats import ExportFormat, TableName
from geo.gaps import ORDERS, Chosen, gaps, levels_above, ordered, totals
from geo.terms import SettlementClass, Status
from geo.wording import number

#: Rows that go to the browser at once.
PAGE = 100

_AMOUNTS = ("households", "population", "nearest_m")


def page(view: View, atlas: Atlas) -> None:
    """Draw the filters, the totals and one page of the list."""
    place(view, atlas)
    service = service_word(atlas, view.service, view.lang)
    st.markdown(f"### {plain(t('gaps.title', view.lang, service=service))}")
    _choices(view, atlas)
    chosen, order = _filters(view)
    found = gaps(
        atlas, view.service, operator=view.operator, level=view.level, within=view.unit, chosen=chosen
    )
    if found.empty:
        st.info(plain(t("gaps.none", view.lang, service=service)))
        return
    _totals(view, found, service)
    _take(view, len(found))
    _listed(view, atlas, ordered(found, order))


def _choices(view: View, atlas: Atlas) -> None:
    """Draw the choices that stand in the URL."""
    lang = view.lang
    klasses = [SettlementClass.ALL, *(k for k in SettlementClass if k is not SettlementClass.ALL)]
    first, second, third, fourth = st.columns(4)
    with first:
        choose(
            t("gaps.service", lang),
            ids(atlas.services),
            "service",
            words=lambda s: service_word(atlas, s, lang),
        )
    with second:
        choose(
            t("gaps.operator", lang),
            [ANY, *atlas.operators_of(view.service)],
            "operator",
            words=lambda o: operator_word(atlas, o, lang),
        )
    with third:
        choose(
            t("gaps.level", lang),
            counted_levels(atlas, view.service),
            "level",
            words=lambda x: level_word(atlas, x, lang),
        )
    with fourth:
        choose(
            t("gaps.class", lang),
            [k.value for k in klasses],
            "klass",
            words=lambda k: SettlementClass.of(k).word(lang),
        )


def _filters(view: View) -> tuple[Chosen, str]:
    """Draw the filters of the list; return what they ask for."""
    lang = view.lang
    order_at, unknown_at, more_at = st.columns([2, 1, 1], vertical_alignment="bottom")
    chosen = filters(view)
    order = view.order if view.order in ORDERS else ORDERS[0]
    order_at.segmented_control(
        t("gaps.order", lang),
        ORDERS,
        format_func=lambda o: t(f"gaps.order_{o}", lang),
        **bound("order", "gaps_order", order),
    )
    unknown_at.toggle(
        t("gaps.unknown", lang),
        help=t("gaps.unknown_help", lang),
        **bound("unknown", "gaps_unknown", chosen.unknown),
    )
    with more_at.popover(t("gaps.more", lang), icon=":material/tune:", width="stretch"):
        for field, value, step in (
            ("homes", chosen.least_homes or None, 10.0),
            ("near", chosen.least_m, 500.0),
            ("far", chosen.most_m, 500.0),
        ):
            how = bound(field, f"gaps_{field}", value)
            st.number_input(t(f"gaps.{field}", lang), min_value=0.0, step=step, format="%.0f", **how)
    return chosen, order


def filters(view: View) -> Chosen:
    """Return the filters of a view; what is no number filters nothing."""
    try:
        return Chosen.of_text(view.query(), view.klass)
    except UnknownName:
        return Chosen(view.klass)


def _totals(view: View, found: pd.DataFrame, service: str) -> None:
    """Draw how many units, homes and people the whole list holds."""
    lang, unknown = view.lang, int((found["status"] == Status.UNKNOWN).sum())
    sums = {k: number(v) for k, v in totals(found).items()}
    told = [t("gaps.totals", lang, service=service, **sums)]
    if unknown:
        told.append(t("gaps.totals_unknown", lang, n=number(unknown)))
    if totals(found)["households_unknown"]:
        told.append(t("gaps.homes_unknown", lang, n=sums["households_unknown"]))
    st.markdown(f"**{plain(('' if lang == 'zh' else ' ').join(told))}**")


def _take(view: View, count: int) -> None:
    """Draw the links to the list as files: all its pages, the same rows."""
    kept = ("unit", "service", "operator", "level", "homes", "near", "far", "unknown")
    asked = {k: getattr(view, k) for k in kept} | {"class": view.klass}
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for form in (ExportFormat.CSV, ExportFormat.XLSX, ExportFormat.GPKG):
            url = table_address(view.snap, TableName.GAPS, form, asked=asked, lang=view.lang)
            st.link_button(t(f"gaps.take_{form.value}", view.lang), url, icon=":material/download:")
        st.caption(t("gaps.take", view.lang, n=number(count)))


def _listed(view: View, atlas: Atlas, found: pd.DataFrame) -> None:
    """Draw one page of the list; a click shows the unit on the map."""
    lang, pages = view.lang, math.ceil(len(found) / PAGE)
    at = min(int(st.session_state.get("gaps_page", 1)), pages)
    rows = found.iloc[(at - 1) * PAGE : at * PAGE]
    told = t("gaps.hint", lang)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if pages > 1:
            st.session_state["gaps_page"] = at
            st.number_input(t("gaps.page", lang), min_value=1, max_value=pages, key="gaps_page", width=140)
            first, last = (at - 1) * PAGE + 1, (at - 1) * PAGE + len(rows)
            counts = {"first": first, "last": last, "all": len(found), "size": PAGE}
            told = f"{t('gaps.paged', lang, **{k: number(v) for k, v in counts.items()})} {told}"
        st.caption(told)
    shown, heads = gaps_words(atlas, rows, view)
    key = f"gaps_{view.snap}_{view.unit}_{view.service}_{view.operator}_{view.level}_{at}_{lang}"
    named = t("gaps.title", lang, service=service_word(atlas, view.service, lang))
    clicked = table(shown, heads, dict.fromkeys(_AMOUNTS, Kind.AMOUNT), key=key, named=named)
    if clicked is not None and clicked < len(rows):
        jump("map", replace(view, pick=str(rows["unit_id"].iloc[clicked])))


def gaps_words(atlas: Atlas, rows: pd.DataFrame, view: View) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows with words for what is no number, and the columns that say something with their headings."""
    lang = view.lang
    shown = rows.assign(
        nearest_m=rows["nearest_m"].round(),
        status=[status_word(s, lang) for s in rows["status"]],
        settlement_class=[SettlementClass.of(c).word(lang) for c in rows["settlement_class"]],
    )
    above = {f"{x}_name": level_word(atlas, x, lang) for x in levels_above(atlas, view.level)}
    heads = {"name": t("gaps.col_unit", lang), **above}
    kept = {
        "households": "homes",
        "population": "people",
        "nearest_m": "distance",
        "status": "status",
        "settlement_class": "class",
        "code": "code",
        "nearest_id": "nearest",
    }
    if (rows["settlement_class"] == SettlementClass.UNKNOWN).all():
        del kept["settlement_class"]
    heads |= {c: t(f"gaps.col_{w}", lang) for c, w in kept.items() if rows[c].notna().any()}
    return shown, heads
