"""Place: find one by name, code, pinyin or initials; the units above it; go there."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.frame import VIEW, keep
from app.overview.words import level_word
from app.plain import plain
from app.shelf import shelf
from app.texts import t
from app.view import View
from geo.atlas import Atlas

#: Hits that are listed.
HITS = 8

#: The search box in the session's memory.
WANTED = "overview_wanted"

#: A hit that takes two lines begins at the left, as the others do.
_STYLE = """<style>
[class*="st-key-hit_"] button {justify-content: flex-start; text-align: left;}
[class*="st-key-hit_"] button p {text-align: left;}
</style>"""


def place(view: View, atlas: Atlas) -> None:
    """Draw the path to the place and the search beside it."""
    path, search = st.columns([3, 2], vertical_alignment="bottom")
    with path:
        _path(view, atlas)
    with search:
        wanted = st.text_input(
            t("overview.search", view.lang),
            key=WANTED,
            placeholder=t("overview.search_hint", view.lang),
            max_chars=60,
        )
    if wanted:
        _hits(view, atlas, wanted)


def _path(view: View, atlas: Atlas) -> None:
    """Draw the units above, each a button, and the name of the place."""
    i = atlas.position(view.unit)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for a in atlas.ancestors(i):
            name, unit_id = atlas.units.at[a, "name"], str(atlas.units.at[a, "unit_id"])
            st.button(f"{plain(name)} ›", key=f"up_{a}", type="tertiary", on_click=to_unit, args=(unit_id,))
    unit = atlas.unit(i)
    st.markdown(f"## {plain(unit['name'])}")
    st.caption(f"{plain(level_word(atlas, unit['level'], view.lang))} · {plain(unit['code'])}")


def _hits(view: View, atlas: Atlas, wanted: str) -> None:
    """Draw what was found, each with the units above it."""
    found = shelf().index(view.snap).find(wanted, HITS + 1)
    if not found:
        st.info(t("overview.no_hit", view.lang))
    st.html(_STYLE)
    with st.container(border=bool(found), gap=None):
        for i in found[:HITS]:
            line = [str(atlas.units.at[a, "name"]) for a in (*atlas.ancestors(i)[1:], i)]
            level = level_word(atlas, str(atlas.units.at[i, "level"]), view.lang)
            label = f"{plain(' › '.join(line))} :gray[{plain(level)} {plain(atlas.units.at[i, 'code'])}]"
            unit_id = str(atlas.units.at[i, "unit_id"])
            st.button(label, key=f"hit_{i}", type="tertiary", on_click=to_unit, args=(unit_id,))
        if len(found) > HITS:
            st.caption(t("overview.more_hits", view.lang, n=HITS))


def to_unit(unit_id: str) -> None:
    """Show a unit, and forget what was searched for."""
    st.session_state[WANTED] = ""
    keep(replace(st.session_state[VIEW], unit=unit_id))
