"""Figures: the main connections as large figures, each with what it counts and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from app.links import link
from app.overview.counted import how_counted
from app.overview.words import (
    Row,
    Target,
    counts_word,
    level_word,
    service_word,
    share_word,
    target_word,
    threshold_word,
    verdict_word,
)
from app.plain import plain
from app.texts import t
from app.view import View
from geo.atlas import CODES, Atlas
from geo.compare import Broken
from geo.doubts import Doubts, doubts
from geo.export.style import UNKNOWN_LIMIT
from geo.terms import Basis, Status
from geo.wording import SIGNS, absent, day, distance, number, percent

COLOURS = {
    Status.COVERED: "#0b6fb8",
    Status.PARTIAL: "#f2b134",
    Status.UNCOVERED: "#a50f15",
    Status.UNKNOWN: "#9a9a9a",
}
_HATCHED = "repeating-linear-gradient(45deg,#9a9a9a 0 4px,#d0d0d0 4px 7px)"
_VERDICTS = {"met": "blue", "missed": "red", "open": "gray"}


def sentence(view: View, atlas: Atlas, target: Target, row: Row | None) -> None:
    """Draw the page's answer: the first connection in one sentence."""
    lang = view.lang
    if row is None:
        own = own_status(atlas, atlas.position(view.unit), target)
        told = t("overview.nothing_judged", lang)
        if own is not None:
            word = own.word(lang)
            service = service_word(atlas, target["service"], lang)
            told = t("overview.sentence_own", lang, service=service, status=f"{SIGNS[own]} {word}")
        st.markdown(f"#### {plain(told)}")
        return
    told = t(
        "overview.sentence",
        lang,
        numerator=number(round(row["numerator"])),
        denominator=number(round(row["denominator"])),
        units=level_word(atlas, target["level"], lang, many=True),
        service=service_word(atlas, target["service"], lang),
        share=share_word(row),
        without=number(round(row["denominator"] - row["numerator"] - row["unknown"])),
        unknown=number(round(row["unknown"])),
        threshold=threshold_word(row["threshold"], row["unit"]),
        due=day(row["due"], lang),
        verdict=verdict_word(row["verdict"], lang),
    )
    st.markdown(f"#### {plain(told)}")


def figures(
    view: View, atlas: Atlas, targets: Sequence[Target], rows: dict[str, Row], changed: pd.DataFrame | None
) -> None:
    """Draw the main connections side by side."""
    for column, target in zip(st.columns(len(targets)), targets, strict=True):
        with column, st.container(border=True, key=f"card_{target['id']}"):
            _figure(view, atlas, target, rows.get(target["id"]), changed)


def _figure(view: View, atlas: Atlas, target: Target, row: Row | None, changed: pd.DataFrame | None) -> None:
    lang, i = view.lang, atlas.position(view.unit)
    st.markdown(f"**{plain(target_word(target, lang))}**")
    if row is None or absent(row["denominator"]):
        _own(view, atlas, target)
        return
    st.html(_large(row))
    found = doubts(atlas, i, target)
    shares = _parts(found, target, row)
    st.html(_bar(shares))
    st.caption(
        " ".join(f"{plain(SIGNS[s])} {number(round(n))}" for s, n in shares.items())
        + _counted(view, atlas, target)
    )
    _judged(
        view, row, change_word(changed.loc[target["id"]], view, day_of(view)) if changed is not None else ""
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        with st.popover(t("overview.counted", lang), type="tertiary"):
            how_counted(view, atlas, target, row, found)
        there = replace(
            view,
            service=target["service"],
            level=target["level"],
            basis=target["basis"],
            klass=target["class"],
            operator=target["operator"],
        )
        link("map", there, t("overview.to_map", lang), ":material/map:")
        link("gaps", there, t("overview.to_gaps", lang), ":material/format_list_bulleted:")


def _counted(view: View, atlas: Atlas, target: Target) -> str:
    return f" · {plain(counts_word(atlas, target, view.lang))}"


def _large(row: Row) -> str:
    """Return numerator, denominator and share as HTML; there is nothing in it but numbers."""
    return (
        f'<div style="line-height:1.15"><span style="font-size:2.1rem;font-weight:600">'
        f"{number(round(row['numerator']))}</span> "
        f'<span style="font-size:1.15rem;opacity:.75">/ {number(round(row["denominator"]))}</span>'
        f'<div style="font-size:1.15rem">{share_word(row)}</div></div>'
    )


def _parts(found: Doubts, target: Target, row: Row) -> dict[Status, float]:
    """Return what a figure is made of; on another basis than units there is no part that is partly covered."""
    if target["basis"] == Basis.UNITS:
        return {s: float(n) for s, n in found.parts.items()}
    rest = row["denominator"] - row["numerator"] - row["unknown"]
    return {Status.COVERED: row["numerator"], Status.UNCOVERED: rest, Status.UNKNOWN: row["unknown"]}


def _bar(parts: dict[Status, float]) -> str:
    """Return a bar of parts as HTML; there is nothing in it but numbers and colours."""
    whole = sum(parts.values()) or 1.0
    pieces = "".join(
        f'<span style="width:{100 * n / whole:.2f}%;min-width:{3 if n else 0}px;background:'
        f'{_HATCHED if s is Status.UNKNOWN else COLOURS[s]}"></span>'
        for s, n in parts.items()
    )
    told = ", ".join(f"{s.value} {number(n)}" for s, n in parts.items())
    return (
        f'<div role="img" aria-label="{told}" style="display:flex;height:14px;border-radius:3px;'
        f'overflow:hidden;gap:1px">{pieces}</div>'
    )


def _judged(view: View, row: Row, change: str) -> None:
    """Draw the verdict, the goal and what is lacking; and whether enough is known to sign."""
    lang, verdict = view.lang, row["verdict"]
    goal = threshold_word(row["threshold"], row["unit"])
    told = f":{_VERDICTS[verdict]}-badge[{plain(verdict_word(verdict, lang))}]"
    if not absent(row["shortfall"]) and row["shortfall"] > 0:
        told += f" **{plain(t('overview.short', lang, n=number(row['shortfall'])))}**"
    st.markdown(told)
    lines = [
        t("overview.goal", lang, threshold=goal, due=day(row["due"], lang)),
        *([change] if change else []),
    ]
    st.caption("  \n".join(plain(line) for line in lines))
    if row["unknown"] > UNKNOWN_LIMIT * row["denominator"]:
        share = percent(row["unknown"] / row["denominator"])
        st.warning(plain(t("overview.not_enough", lang, share=share)), icon=":material/help:")


def _own(view: View, atlas: Atlas, target: Target) -> None:
    """Draw the place's own status where it is itself what the target counts."""
    lang, i = view.lang, atlas.position(view.unit)
    own = own_status(atlas, i, target)
    if own is None:
        st.caption(t("overview.nothing", lang))
        return
    st.markdown(f"### {plain(SIGNS[own])} {plain(own.word(lang))}")
    metres = atlas.fact_column(target["service"], target["operator"], "nearest_m")[i]
    if not absent(metres):
        st.caption(plain(t("overview.own_near", lang, distance=distance(metres, lang))))
    there = replace(view, service=target["service"], level=target["level"], pick=view.unit)
    link("map", there, t("overview.to_map", lang), ":material/map:")


def own_status(atlas: Atlas, i: int, target: Target) -> Status | None:
    """Return the status of a place that a target counts; None where it has no fact."""
    code = int(atlas.status(target["service"], target["operator"])[i])
    return next((s for s, c in CODES.items() if c == code), None)


def change_word(change: Any, view: View, date: str) -> str:
    """Return how a figure changed since a day, or why that cannot be told."""
    lang, told = view.lang, day(date, view.lang)
    if change["broken"] != Broken.NO:
        return t(f"overview.broken_{change['broken']}", lang, date=told)
    if absent(change["change"]) or change["change"] == 0:
        return t("overview.change_none", lang, date=told)
    sign = "▲" if change["change"] > 0 else "▼"
    return t("overview.change", lang, sign=sign, n=number(abs(change["change"]), 2), date=told)


def day_of(view: View) -> str:
    """Return the day of the snapshot that the view is compared with."""
    from app.shelf import shelf

    return str(shelf().snapshot(view.since).manifest["as_of"])
