"""Plan: every target, grouped as the plan groups them; a click tells how its figure was counted."""

from __future__ import annotations

from itertools import groupby
from typing import Any, cast

import pandas as pd
import streamlit as st

from app.links import Kind, table
from app.overview.counted import how_counted
from app.overview.words import Target, target_word, threshold_word, value_word, verdict_word
from app.plain import plain
from app.texts import t
from app.view import View
from geo.atlas import Atlas
from geo.wording import absent, day

_AMOUNTS = ("numerator", "unknown", "denominator", "shortfall", "pace_needed", "pace_seen")
_SHARES = ("share_low", "share_high")


def plan(view: View, atlas: Atlas) -> None:
    """Draw the targets that are judged here, one table a group of the plan."""
    rows = cast("list[dict[str, Any]]", atlas.cards(atlas.position(view.unit)).to_dict("records"))
    if not rows:
        return
    targets = {x["id"]: x for x in atlas.manifest["targets"]}
    st.markdown(f"### {t('overview.plan', view.lang)}")
    st.caption(t("overview.plan_hint", view.lang))
    for group, members in groupby(rows, key=lambda r: str(r["group"])):
        if group:
            st.markdown(f"**{plain(group.replace('_', ' '))}**")
        _group(view, atlas, list(members), targets)


@st.fragment
def _group(view: View, atlas: Atlas, rows: list[dict[str, Any]], targets: dict[str, Target]) -> None:
    """Draw a group's targets, and how the chosen one was counted."""
    computed = any(r["how"] == "computed" for r in rows)
    heads = {"target": "target", "value": "value", "goal": "goal", "verdict": "verdict", "due": "due"}
    if computed:
        heads = {
            "target": "target",
            "numerator": "numerator",
            "unknown": "unknown",
            "denominator": "denominator",
            "share_low": "low",
            "share_high": "high",
            "goal": "goal",
            "verdict": "verdict",
            "due": "due",
        }
        if any(r["how"] == "reported" and r["unit"] != "percent" for r in rows):
            heads["value"] = "value"
    heads |= {"shortfall": "short", "pace_needed": "pace_needed", "pace_seen": "pace_seen"}
    heads |= {"how": "how", "source": "source"}
    frame = plan_table(rows, targets, view.lang)
    chosen = table(
        frame,
        {c: t(f"overview.col_{h}", view.lang) for c, h in heads.items()},
        {**dict.fromkeys(_AMOUNTS, Kind.AMOUNT), **dict.fromkeys(_SHARES, Kind.SHARE)},
        key=f"plan_{view.snap}_{view.unit}_{rows[0]['target_id']}_{view.lang}",
        named=f"{t('overview.plan', view.lang)}: {rows[0]['group'].replace('_', ' ')}",
        wide=("target",),
    )
    if chosen is not None and chosen < len(rows):
        row = rows[chosen]
        target = targets[row["target_id"]]
        with st.container(border=True):
            st.markdown(f"**{plain(target_word(target, view.lang))}**")
            how_counted(view, atlas, target, row)


def plan_table(rows: list[dict[str, Any]], targets: dict[str, Target], language: str) -> pd.DataFrame:
    """Return the scorecard's rows with words for what is no number."""
    frame = pd.DataFrame(rows)
    frame["target"] = [target_word(targets[r["target_id"]], language) for r in rows]
    frame["goal"] = [threshold_word(r["threshold"], r["unit"]) for r in rows]
    frame["value"] = [value_word(r) for r in rows]
    frame["due"] = [day(r["due"], language) for r in rows]
    frame["verdict"] = [verdict_word(r["verdict"], language) for r in rows]
    frame["how"] = [_how(r, language) for r in rows]
    return frame


def _how(row: dict[str, Any], language: str) -> str:
    if row["how"] == "computed":
        return t("overview.how_computed", language)
    if absent(row["value"]):
        return t("overview.how_reported_none", language)
    return t("overview.how_reported", language, date=day(row["value_date"], language))
