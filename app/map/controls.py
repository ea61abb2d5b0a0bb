"""The choices above a map: what is counted, for whom, and what lies over it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from app.frame import VIEW, choose, keep
from app.map.shown import SIDE, Shown, side_by_side
from app.map.sources import layer_name, level_name, operator_name
from app.texts import named, t
from app.view import View, counted_levels
from geo.atlas import ANY, Atlas
from geo.terms import Basis, SettlementClass


def controls(view: View, shown: Shown) -> None:
    """Draw the choices: what is counted, for whom, and what lies over it."""
    atlas, lang = shown.atlas, view.lang
    names = {s["id"]: named(s["name"], lang, s["id"]) for s in atlas.services}
    levels = counted_levels(atlas, view.service)
    operators = [ANY, *atlas.operators_of(view.service)]
    columns = st.columns([3, 3, 3, 2, 2])
    with columns[0]:
        choose(t("map.service", lang), list(names), "service", words=lambda s: names[s])
    with columns[1]:
        choose(t("map.operator", lang), operators, "operator", words=lambda o: operator_name(atlas, o, lang))
    with columns[2]:
        choose(t("map.level", lang), levels, "level", words=lambda x: level_name(atlas, x, lang))
    with columns[3]:
        choose(t("map.basis", lang), _bases(atlas, view), "basis", words=lambda b: Basis.of(b).word(lang))
    with columns[4]:
        choose(
            t("map.klass", lang), _classes(atlas), "klass", words=lambda k: SettlementClass.of(k).word(lang)
        )
    columns = st.columns([5, 2, 3] if shown.before else [6, 2], vertical_alignment="bottom")
    with columns[0]:
        _layers(view, shown)
    with columns[1]:
        st.session_state["map_gaps"] = bool(view.gaps)
        st.toggle(t("map.gaps", lang), key="map_gaps", on_change=_gaps_chosen)
    if shown.before:
        with columns[2]:
            st.session_state["map_mode"] = "side" if side_by_side(view) else "change"
            st.segmented_control(
                t("map.mode", lang),
                ["change", "side"],
                key="map_mode",
                format_func=lambda m: t(f"map.mode_{m}", lang),
                on_change=_mode_chosen,
            )


def _bases(atlas: Atlas, view: View) -> list[str]:
    """Return the bases on which the counted level's shares are known."""
    there: list[str] = [
        b
        for b in Basis
        if not np.isnan(atlas.share(view.service, view.operator, level=view.level, basis=b)[0]).all()
    ]
    return there or [Basis.UNITS]


def _classes(atlas: Atlas) -> list[str]:
    there = {str(k) for k in atlas.units["settlement_class"].unique()}
    return [SettlementClass.ALL, *(k for k in SettlementClass if k in there and k != SettlementClass.UNKNOWN)]


def _layers(view: View, shown: Shown) -> None:
    """Draw the choice of networks; only those that the reader may see are in it."""
    there = list(dict.fromkeys(e.of for e in shown.archives if e.kind == "plant"))
    st.session_state["map_layers"] = [x for x in view.layers.split(",") if x in there]
    st.multiselect(
        t("map.layers", view.lang),
        there,
        key="map_layers",
        placeholder=t("map.layers_none", view.lang),
        format_func=lambda x: layer_name(shown.atlas, x, view.lang),
        on_change=_layers_chosen,
    )


def _layers_chosen() -> None:
    view = st.session_state[VIEW]
    side = [SIDE] if side_by_side(view) else []
    keep(replace(view, layers=",".join([*side, *st.session_state["map_layers"]])))


def _gaps_chosen() -> None:
    keep(replace(st.session_state[VIEW], gaps="1" if st.session_state["map_gaps"] else ""))


def _mode_chosen() -> None:
    view = st.session_state[VIEW]
    layers = [x for x in view.layers.split(",") if x and x != SIDE]
    side = [SIDE] if st.session_state["map_mode"] == "side" else []
    keep(replace(view, layers=",".join([*side, *layers])))
