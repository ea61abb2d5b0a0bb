"""The page map: where the gaps are, and why there.

A click answers inside one fragment: the map is told its new state by one short text and is never mounted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit_folium import st_folium

from app.access import reader_of
from app.frame import VIEW, go, keep
from app.links import Kind, table
from app.map.classes import hidden
from app.map.controls import controls
from app.map.elements import carried, offline_map
from app.map.legend import drawn_levels, legend_html, legends, schemes, style
from app.map.panel import evidence_choice, feature_panel, unit_panel
from app.map.picks import MOST_EVIDENCE, bounds, picked, refs, seen
from app.map.shown import Shown, side_by_side
from app.map.sources import level_name, opened_at
from app.map.table import AMOUNTS, heads, listed, rows
from app.plain import plain
from app.shelf import shelf
from app.texts import t
from app.tiles import address as sources_address
from app.tiles import archives_for
from app.values import address
from app.view import View, knows
from geo.atlas import Atlas
from geo.errors import SnapshotError
from geo.findings import visible
from geo.terms import Basis
from geo.tiles import Entry
from geo.wording import day, number

#: Pixels that a map is high.
HIGH = 500

#: Keys of the session's memory.
_SEEN, _FLY, _MOUNTED, _START, _ROW = "map_seen", "map_fly", "map_mounted", "map_start", "map_row"


def page(view: View, atlas: Atlas) -> None:
    """Draw the page."""
    try:
        with st.spinner(t("map.drawing", view.lang)):
            before = shelf().atlas(view.since) if view.since else None
            shown = Shown(atlas, _archives(atlas), before, _archives(before) if before else ())
    except SnapshotError as fault:
        st.error(plain(t("map.no_tiles", view.lang, why=str(fault))))
        return
    if not shown.archives:
        st.error(t("map.refused", view.lang))
        return
    st.html(style())
    with st.container(key="map_choices"):
        controls(view, shown)
    _body(shown)
    _legend(st.session_state[VIEW], shown)
    _table(shown)


def _archives(atlas: Atlas) -> list[Entry]:
    return archives_for(reader_of(st.context.cookies), atlas.snapshot)


def _legend(view: View, shown: Shown) -> None:
    """Draw the legends with their counts, beside the map and never over it."""
    atlas, lang = shown.atlas, view.lang
    before = None if side_by_side(view) else shown.before
    place = visible(str(atlas.unit(atlas.position(view.unit))["name"]))
    date = day(shown.before.manifest["as_of"], lang) if shown.before else ""
    counted, basis = level_name(atlas, view.level, lang), Basis.of(view.basis).word(lang)
    suffix = "_change" if before else ""
    shown_legends = legends(atlas, view, lang, before)
    columns = st.columns([2, 2, 1] if len(shown_legends) > 1 else [2, 2])
    for column, legend in zip(columns, shown_legends, strict=False):
        of = "units" if legend.scheme in (schemes(change=False)[0], schemes(change=True)[0]) else "shares"
        caption = t(f"map.legend_{of}{suffix}", lang, place=place, day=date, counted=counted, basis=basis)
        column.html(legend_html(legend, caption=caption))
    columns[-1].caption(t("map.keys", lang))


@st.fragment
def _body(shown: Shown) -> None:
    """Draw the maps, the panel and the table: all that a click changes."""
    view = _clicked(shown)
    left, right = st.columns([3, 1.25])
    with right:
        found = _search(view, shown.atlas)
        if found:
            view = _show(replace(view, pick=found), shown)
        with st.container(height=HIGH - 85, border=False, key="map_panel"):
            evidence = _panel(view, shown)
    with left:
        _maps(view, shown, evidence)


def _clicked(shown: Shown) -> View:
    """Return the view after the last click, which is looked at once."""
    view: View = st.session_state[VIEW]
    for key, atlas, archives in (
        ("map", shown.atlas, shown.archives),
        ("map_before", shown.before, shown.before_archives),
    ):
        click = (st.session_state.get(key) or {}).get("last_active_drawing")
        if not isinstance(click, dict) or atlas is None or not isinstance(click.get("n"), int):
            continue
        if click["n"] == st.session_state.get(f"{_SEEN}_{key}"):
            continue
        st.session_state[f"{_SEEN}_{key}"] = click["n"]
        view = replace(view, pick=picked(atlas, archives, click), at=str(click.get("at", ""))[:60])
        keep(view)
    return view


def _show(view: View, shown: Shown) -> View:
    """Keep a view and have the map go to what is picked in it."""
    keep(view)
    found = refs(shown.atlas, shown.archives, [view.pick])
    box = bounds(shown.atlas, found[0], shown.archives) if found else None
    if box:
        st.session_state[_FLY] = {"bounds": box, "zoom": 13, "n": view.pick}
    return view


def _search(view: View, atlas: Atlas) -> str:
    """Draw the search; return the id of a place that was newly chosen."""
    wanted = st.text_input(
        t("map.search", view.lang), key="map_search", placeholder=t("map.search_help", view.lang)
    )
    if not wanted.strip():
        return ""
    found = shelf().index(view.snap).find(wanted, 8)
    if not found:
        st.caption(t("map.search_none", view.lang))
        return ""
    chosen = st.selectbox(
        t("map.found", view.lang),
        found,
        key=f"map_found_{wanted}",
        index=0 if len(found) == 1 else None,
        format_func=lambda i: _placed(atlas, i, view.lang),
    )
    if chosen is None or st.session_state.get("map_found") == (wanted, chosen):
        return ""
    st.session_state["map_found"] = (wanted, chosen)
    return str(atlas.units.at[chosen, "unit_id"])


def _placed(atlas: Atlas, i: int, lang: str) -> str:
    """Return a place's name with its level and what it lies in: names occur more than once."""
    names = atlas.units["name"]
    line = " › ".join(visible(str(names[a])) for a in atlas.ancestors(i)[1:]) or atlas.units.at[i, "code"]
    level = level_name(atlas, str(atlas.units.at[i, "level"]), lang)
    return t("map.place_in", lang, name=visible(str(names[i])), level=level, line=line)


def _panel(view: View, shown: Shown) -> list[str]:
    """Draw the panel; return the ids of the evidence that is to be drawn."""
    atlas = shown.atlas
    # An id in a link is no right: what is in none of the reader's archives is not told of either.
    if not (knows(atlas, view.pick) or seen(atlas, shown.archives, [view.pick])):
        st.info(t("map.pick_none", view.lang))
        return []
    if not knows(atlas, view.pick):
        feature_panel(atlas, view, view.pick)
        _clear(view)
        return []
    i = atlas.position(view.pick)
    evidence = seen(atlas, shown.archives, unit_panel(atlas, view, i))
    units = listed(atlas, view)
    row = units.row_of(i)
    if row:
        st.caption(t("map.table_marked", view.lang, row=number(row), all=number(len(units.positions))))
    chosen = evidence_choice(view, evidence, view.pick) if evidence else ""
    if chosen and st.session_state.get("map_proof") != (view.pick, chosen):
        found = refs(atlas, shown.archives, [chosen])
        box = bounds(atlas, found[0], shown.archives) if found else None
        if box:
            st.session_state[_FLY] = {"bounds": box, "zoom": 15, "n": chosen}
    st.session_state["map_proof"] = (view.pick, chosen)
    with st.container(horizontal=True):
        inner = len(atlas.children(i)) and view.pick != view.unit
        if inner and st.button(t("map.make_place", view.lang)):
            st.session_state[_FLY] = {"bounds": atlas.bounds(i), "zoom": 14, "n": view.pick}
            go(replace(view, unit=view.pick))
        if st.button(t("map.show_there", view.lang)):
            _show(view, shown)
        _clear(view)
    return [chosen] if chosen else list(evidence[:MOST_EVIDENCE])


def _clear(view: View) -> None:
    if st.button(t("map.clear", view.lang)):
        keep(replace(view, pick=""))
        st.rerun(scope="fragment")


def _maps(view: View, shown: Shown, evidence: list[str]) -> None:
    """Draw the map; side by side with the earlier one where that is wanted."""
    start = _start(view, shown)
    if not (side_by_side(view) and shown.before):
        state = _state(view, shown.atlas, shown.archives, evidence, since=view.since)
        _map("map", shown.atlas, shown.archives, view, state, start, pair=False)
        return
    left, right = st.columns(2)
    for column, key, atlas, archives, word in (
        (left, "map_before", shown.before, shown.before_archives, "before"),
        (right, "map", shown.atlas, shown.archives, "now"),
    ):
        with column:
            st.caption(t(f"map.{word}", view.lang, day=day(atlas.manifest["as_of"], view.lang)))
            _map(key, atlas, archives, view, _state(view, atlas, archives, evidence), start, pair=True)


def _start(view: View, shown: Shown) -> tuple[tuple[float, float], int]:
    """Return where the map opens; the same until it is mounted anew, for its text must not change."""
    mounted = (view.snap, view.lang, side_by_side(view), "map" in st.session_state)
    before = st.session_state.get(_MOUNTED)
    place = shown.atlas.bounds(shown.atlas.position(view.unit))
    if before is None or before[:3] != mounted[:3] or not mounted[3]:
        st.session_state[_START] = opened_at(view.at, place)
        fly = st.session_state.get(_FLY)
        if fly and fly["n"] != view.pick:
            st.session_state[_FLY] = None
    if before is not None and st.session_state.get("map_unit") != view.unit and place:
        st.session_state[_FLY] = {"bounds": place, "zoom": 14, "n": view.unit}
    st.session_state["map_unit"] = view.unit
    st.session_state[_MOUNTED] = (*mounted[:3], True)
    start: tuple[tuple[float, float], int] = st.session_state[_START]
    return start


def _state(
    view: View, atlas: Atlas, archives: Sequence[Entry], evidence: list[str], since: str = ""
) -> dict[str, Any]:
    """Return what the map is to show, as its script reads it."""
    chosen = view.layers.split(",")
    picks = refs(atlas, archives, [view.pick]) if view.pick else []
    return {
        "theme": {
            "url": address(atlas.snapshot.name, view, "{level}", since),
            "levels": drawn_levels(atlas, view),
            "hide": hidden(gaps=bool(view.gaps)),
        },
        "layers": [e.archive for e in archives if e.kind == "plant" and e.of in chosen],
        "select": picks[0].said() if picks else None,
        "evidence": [r.said() for r in refs(atlas, archives, evidence)],
        "fly": st.session_state.get(_FLY),
    }


def _map(
    key: str,
    atlas: Atlas,
    archives: Sequence[Entry],
    view: View,
    state: dict[str, Any],
    start: tuple[tuple[float, float], int],
    *,
    pair: bool,
) -> None:
    boot = {
        "url": sources_address(atlas, archives, view.lang),
        "pair": pair,
        "follows": key != "map",
    }
    st_folium(
        offline_map(boot, centre=start[0], zoom=start[1]),
        key=key,
        height=HIGH,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=carried(state),
    )


@st.fragment
def _table(shown: Shown) -> None:
    """Draw the counted units of the place; a row that is chosen is shown on the map."""
    view: View = st.session_state[VIEW]
    atlas, lang = shown.atlas, view.lang
    units = listed(atlas, view)
    level = level_name(atlas, view.level, lang)
    place = visible(str(atlas.unit(atlas.position(view.unit))["name"]))
    title = t("map.table", lang, level=level, place=place)
    st.markdown(f"##### {plain(title)}")
    total = len(units.positions)
    if not total:
        st.info(plain(t("map.empty_level", lang, level=level)))
        return
    cut = "map.table_cut" if total > len(units.shown) else "map.table_all"
    st.caption(t(cut, lang, n=len(units.shown), all=number(total)) + " " + t("map.table_pick", lang))
    frame = rows(atlas, view, units.shown)
    kinds = {c: Kind.AMOUNT for c in AMOUNTS if c in frame}
    chosen = table(frame, heads(frame, lang), kinds, key="map_table", named=title)
    if chosen == st.session_state.get(_ROW):
        return
    st.session_state[_ROW] = chosen
    if chosen is not None and chosen < len(units.shown):
        _show(replace(view, pick=str(atlas.units.at[int(units.shown[chosen]), "unit_id"])), shown)
        st.rerun()
