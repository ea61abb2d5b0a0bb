"""Since: what changed since the earlier snapshot of the view."""

from __future__ import annotations

import streamlit as st

from app.links import Kind, table
from app.overview.figures import day_of
from app.overview.words import level_word, service_word
from app.plain import plain
from app.shelf import shelf
from app.texts import t
from app.view import View
from geo.atlas import Atlas
from geo.compare import Change, Pair, by_service, service_broken
from geo.wording import day


@st.cache_resource(max_entries=8, show_spinner=False)
def pair(before: str, after: str) -> Pair:
    """Return two snapshots held against each other, the same for all readers."""
    return Pair(shelf().atlas(before), shelf().atlas(after))


@st.fragment
def since(view: View, atlas: Atlas) -> None:
    """Draw how many units of each service were gained, lost, kept, are still without, or unknown."""
    lang = view.lang
    if not view.since:
        if shelf().earlier(atlas.snapshot):
            st.caption(t("overview.since_choose", lang))
        return
    st.markdown(f"### {t('overview.since', lang, date=day(day_of(view), lang))}")
    both = pair(view.since, view.snap)
    rows = by_service(both, atlas.position(view.unit))
    broken = [s["id"] for s in atlas.services if service_broken(both, s["id"])]
    if broken:
        names = ", ".join(service_word(atlas, s, lang) for s in broken)
        st.caption(plain(t("overview.since_broken", lang, services=names)))
    if rows.empty:
        st.caption(t("overview.since_nothing", lang))
        return
    counts = (*(c.value for c in Change), "elsewhere")
    if not rows["elsewhere"].any():
        counts = counts[:-1]
    rows["service"] = [service_word(atlas, s, lang) for s in rows["service"]]
    rows["level"] = [level_word(atlas, x, lang) for x in rows["level"]]
    heads = {c: t(f"overview.col_{'unknown_one' if c == Change.UNKNOWN else c}", lang) for c in counts}
    table(
        rows,
        {"service": t("overview.col_service", lang), "level": t("overview.col_level", lang), **heads},
        dict.fromkeys(counts, Kind.AMOUNT),
        key=f"since_{view.since}_{view.snap}_{view.unit}_{lang}",
        named=t("overview.since", lang, date=day(day_of(view), lang)),
    )
