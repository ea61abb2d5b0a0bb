"""The snapshot itself: its name, software, tables with rows and hashes, planes, and whether it is unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.plain import plain
from app.texts import named, t
from app.view import View
from geo.atlas import Atlas
from geo.errors import SnapshotError
from geo.findings import visible
from geo.snapshot import verify
from geo.snapshot.layout import MANIFEST, sha256
from geo.wording import day, number

#: Key of the session's memory: snapshot -> problems that the last look found.
VERIFIED = "data_verified"


def draw(view: View, atlas: Atlas) -> None:
    """Draw what the snapshot is, verify it on demand, list its tables."""
    manifest, lang = atlas.manifest, view.lang
    st.dataframe(
        about_table(atlas, lang),
        hide_index=True,
        height="content",
        key="data_about",
        alt=t("data.snapshot", lang),
        column_config={t("data.col_value", lang): st.column_config.TextColumn(width="large")},
    )
    _verify(atlas, lang)
    st.subheader(t("data.tables", lang))
    st.dataframe(
        tables_table(manifest, lang),
        hide_index=True,
        height="content",
        key="data_tables",
        alt=t("data.tables", lang),
    )


def about_table(atlas: Atlas, lang: str) -> pd.DataFrame:
    """Return the snapshot's name, region, day, software, hash and planes, one a row."""
    manifest = atlas.manifest
    facts = {
        "name": atlas.snapshot.name,
        "region": f"{visible(named(manifest['name'], lang))} ({visible(manifest['region'])})",
        "as_of": day(manifest["as_of"], lang),
        "since": visible(manifest["since"] or t("shell.since_none", lang)),
        "software": visible(manifest["software"]),
        "layout": str(manifest["layout"]),
        "manifest": sha256(atlas.snapshot.path / MANIFEST),
        **{f"plane_{p}": visible(x["crs"], 300) for p, x in sorted(manifest["planes"].items())},
        **{f"error_{p}": _error(x["scale_error"], lang) for p, x in sorted(manifest["planes"].items())},
    }
    rows = [(t(f"data.about_{key}", lang), value) for key, value in facts.items()]
    return pd.DataFrame(rows, columns=[t("data.col_what", lang), t("data.col_value", lang)])


def tables_table(manifest: Mapping[str, Any], lang: str) -> pd.DataFrame:
    """Return the tables of a snapshot with their rows and SHA-256."""
    rows = [
        {"table": visible(name), "rows": number(about["rows"]), "sha256": about["sha256"]}
        for name, about in sorted(manifest["tables"].items())
    ]
    return pd.DataFrame(rows).rename(columns=lambda c: t(f"data.col_{c}", lang))


def _error(scale_error: float, lang: str) -> str:
    """Return a plane's greatest error of scale, as one part in so many."""
    if scale_error <= 0:
        return t("data.plane_exact", lang)
    return t("data.plane_error", lang, n=number(int(1 / scale_error)))


def _verify(atlas: Atlas, lang: str) -> None:
    """Draw the button that reads every byte again, and what it found."""
    name = atlas.snapshot.name
    found = st.session_state.setdefault(VERIFIED, {})
    if st.button(t("data.verify", lang), help=t("data.verify_about", lang), key="data_verify"):
        with st.spinner(t("data.verifying", lang)):
            try:
                found[name] = verify(atlas.snapshot.path)
            except SnapshotError as problem:
                found[name] = [str(problem)]
    if name not in found:
        return
    if found[name]:
        st.error(t("data.verify_bad", lang, n=len(found[name])))
        for sentence in found[name][:20]:
            st.markdown(f"- {plain(visible(sentence, 300))}")
    else:
        st.success(t("data.verify_good", lang, name=plain(name)))
