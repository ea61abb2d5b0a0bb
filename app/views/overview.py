"""The page overview: is every village connected, and may that be signed."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
import streamlit as st

from app.downloads import report_address
from app.overview.below import below, services
from app.overview.figures import figures, sentence
from app.overview.place import place
from app.overview.plan import plan
from app.overview.since import pair, since
from app.overview.words import Row
from app.texts import t
from app.view import View
from geo.atlas import Atlas
from geo.compare import cards
from geo.export.formats import ReportFormat
from geo.report.model import headline_targets


def page(view: View, atlas: Atlas) -> None:
    """Draw the place, its main connections, every target, the units below and what changed."""
    i = atlas.position(view.unit)
    rows = cast("list[dict[str, Any]]", atlas.cards(i).to_dict("records"))
    of: dict[str, Row] = {r["target_id"]: r for r in rows if r["how"] == "computed"}
    targets = [x for x in atlas.manifest["targets"] if x["service"] is not None]
    mains = headline_targets(atlas.manifest["targets"])
    place(view, atlas)
    if mains:
        sentence(view, atlas, mains[0], of.get(mains[0]["id"]))
        st.space("xxsmall")
        figures(view, atlas, mains, of, _changed(view, i))
    if rows:
        _take(view)
    services(view, atlas)
    below(view, atlas, targets)
    plan(view, atlas)
    since(view, atlas)


def _take(view: View) -> None:
    """Draw the links to the place's scorecard as paper, page and workbook."""
    with st.container(horizontal=True, gap="small"):
        for form in ReportFormat:
            url = report_address(view.snap, form, unit=view.unit, lang=view.lang, since=view.since)
            st.link_button(t(f"overview.take_{form.value}", view.lang), url, icon=":material/download:")


def _changed(view: View, i: int) -> pd.DataFrame | None:
    return cards(pair(view.since, view.snap), i) if view.since else None
