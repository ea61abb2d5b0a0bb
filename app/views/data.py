"""The page of data: sources, the snapshot itself, findings and rows set aside, and what readers bring."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app.access import Thing, may, reader_of
from app.data import bring, findings, published, sources
from app.texts import t
from app.view import View
from geo.atlas import Atlas

#: Key of the session's memory: the part of the page that is looked at, kept while other pages are.
PART = "data_part"

PARTS = ("sources", "snapshot", "findings", "bring")


def page(view: View, atlas: Atlas) -> None:
    """Draw the page."""
    lang = view.lang
    kept = st.session_state.get(PART, PARTS[0])
    part = st.segmented_control(
        t("data.part", lang),
        PARTS,
        default=kept,
        format_func=lambda p: t(f"data.{p}", lang),
        required=True,
        label_visibility="collapsed",
        key=f"{PART}_chosen",
    )
    part = part or kept
    st.session_state[PART] = part
    {"sources": sources.draw, "snapshot": published.draw, "findings": _findings, "bring": bring.draw}[part](
        view, atlas
    )


def _findings(view: View, atlas: Atlas) -> None:
    """Draw the findings of the snapshot, with the rows set aside where the reader may see them."""
    reader = reader_of(st.context.cookies)
    if not may(reader, Thing(view.snap, "table", "findings")):
        st.info(t("data.findings_none", view.lang))
        return
    found = atlas.snapshot.frame("findings")
    aside = atlas.snapshot.frame("quarantine")
    if not may(reader, Thing(view.snap, "table", "quarantine")):
        aside = aside.iloc[:0]
    st.caption(t("data.findings_about", view.lang))
    with st.container(horizontal=True):
        _download(found, "findings", view)
        _download(aside, "quarantine", view)
    findings.draw(found, aside, key=f"data_{view.snap}", lang=view.lang)


def _download(table: pd.DataFrame, name: str, view: View) -> None:
    """Draw the button that gives a table as CSV; the file is made when it is pressed."""
    if not table.empty:
        st.download_button(
            t(f"data.download_{name}", view.lang),
            partial(as_csv, table),
            file_name=f"{view.snap}-{name}.csv",
            mime="text/csv",
            key=f"data_download_{name}",
            on_click="ignore",
        )


def as_csv(table: pd.DataFrame) -> bytes:
    """Return a table as CSV that a spreadsheet opens as text: UTF-8 with its mark, no formula."""
    from geo.show import spreadsheet_safe

    return spreadsheet_safe(table).to_csv(index=False).encode("utf-8-sig")
