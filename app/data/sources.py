"""Sources of a snapshot: what each is, of which kind and edition, its licence, and the hashes of its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from app.texts import named, t
from app.view import View
from geo.atlas import Atlas
from geo.findings import visible
from geo.terms import Kind
from geo.wording import number

#: So many characters of a text from a source are shown; a few hundred rows are shown at once.
SHOWN = 400


def draw(view: View, atlas: Atlas) -> None:
    """Draw the sources and their files."""
    manifest, lang = atlas.manifest, view.lang
    if not manifest["inputs"]:
        st.info(t("data.sources_none", lang))
        return
    simulated = sum(x["kind"] == Kind.SIMULATED for x in manifest["inputs"].values())
    if simulated:
        st.warning(t("data.sources_simulated", lang, n=simulated, all=len(manifest["inputs"])), icon="⚠️")
    st.dataframe(
        sources_table(manifest, lang),
        hide_index=True,
        height="content",
        key="data_sources",
        alt=t("data.sources", lang),
    )
    st.subheader(t("data.files", lang))
    st.caption(t("data.files_about", lang))
    st.dataframe(
        files_table(manifest, lang),
        hide_index=True,
        height="content",
        key="data_files",
        alt=t("data.files", lang),
    )


def sources_table(manifest: Mapping[str, Any], lang: str) -> pd.DataFrame:
    """Return a row for each source, with words for its kind and what it is used for."""
    uses = used_for(manifest, lang)
    rows = [
        {
            "source": visible(name),
            "used": uses.get(name, "–"),
            "kind": kind_word(about["kind"], lang),
            "edition": str(about["edition"] or "–"),
            "crs": visible(about["crs"] or "–"),
            "rows": number(about["rows"]),
            "licence": visible(about["licence"], SHOWN),
            "attribution": visible(about["attribution"] or "–", SHOWN),
            "origin": visible(about["origin"] or "–", SHOWN),
        }
        for name, about in manifest["inputs"].items()
    ]
    return pd.DataFrame(rows).rename(columns=lambda c: t(f"data.col_{c}", lang))


def files_table(manifest: Mapping[str, Any], lang: str) -> pd.DataFrame:
    """Return a row for each file of each source with its SHA-256."""
    rows = [
        {"source": visible(name), "file": visible(file), "sha256": digest}
        for name, about in manifest["inputs"].items()
        for file, digest in sorted(about["files"].items())
    ]
    return pd.DataFrame(rows, columns=["source", "file", "sha256"]).rename(
        columns=lambda c: t(f"data.col_{c}", lang)
    )


def kind_word(kind: str, lang: str) -> str:
    """Return the word for a kind; made-up data is marked."""
    word = Kind.of(kind).word(lang) if kind in tuple(Kind) else visible(kind)
    return f"⚠ {word}" if kind == Kind.SIMULATED else word


def used_for(manifest: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Return for each source the levels, layers, rules and targets that rest on it."""
    uses: dict[str, list[str]] = {}
    for level in manifest["levels"]:
        uses.setdefault(level["source"], []).append(named(level["name"], lang, level["id"]))
    for layer in manifest["layers"]:
        uses.setdefault(layer["source"], []).append(layer["id"])
    for target in manifest["targets"]:
        if target["reported"]:
            uses.setdefault(target["reported"], []).append(t("data.use_reported", lang))
    for service in manifest["services"]:
        for rule in service["rules"]:
            if rule["population"]:
                uses.setdefault(rule["population"], []).append(t("data.use_population", lang))
    comma = "、" if lang == "zh" else ", "
    return {source: visible(comma.join(dict.fromkeys(names)), SHOWN) for source, names in uses.items()}
