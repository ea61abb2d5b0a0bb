"""Below: the units right below, worst first; a click goes there. And a unit's own services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app.frame import VIEW, keep
from app.links import Kind, jump, table
from app.overview.words import Target, level_word, service_word, target_word, verdict_word
from app.texts import t
from app.view import View
from geo.atlas import CODES, Atlas
from geo.terms import Status
from geo.wording import NOTHING, SIGNS, number

#: So many units are listed: the worst.
LISTED = 200

_CARD = ("verdict", "numerator", "unknown", "denominator", "share_low", "share_high", "shortfall")


@st.fragment
def below(view: View, atlas: Atlas, targets: Sequence[Target]) -> None:
    """Draw the units right below a place, by what one target lacks there."""
    i = atlas.position(view.unit)
    if not targets or not len(atlas.children(i)):
        return
    level = str(atlas.units.at[atlas.children(i)[0], "level"])
    name = level_word(atlas, level, view.lang, many=True)
    title = t("overview.below", view.lang, units=name.capitalize())
    st.markdown(f"### {title}")
    words = {x["id"]: target_word(x, view.lang) for x in targets}
    target = focus(view, targets)
    key = f"by_{view.snap}_{view.lang}"
    st.session_state[key] = target["id"]
    st.selectbox(
        t("overview.below_by", view.lang),
        list(words),
        key=key,
        format_func=words.__getitem__,
        on_change=_focus,
        args=(key, {x["id"]: x for x in targets}),
    )
    rows = below_table(atlas, i, target)
    st.caption(t("overview.below_hint", view.lang) + _cut(view, len(rows)))
    key = f"below_{view.snap}_{view.unit}_{target['id']}_{view.lang}"
    chosen = _drawn(view, rows.head(LISTED), key, title)
    if chosen is not None:
        keep(replace(view, unit=chosen))
        st.rerun()


def _cut(view: View, n: int) -> str:
    return " " + t("overview.below_cut", view.lang, n=number(LISTED), all=number(n)) if n > LISTED else ""


def focus(view: View, targets: Sequence[Target]) -> Target:
    """Return the target that the view counts; the first one where it counts none of them."""
    asked = (view.service, view.level, view.basis, view.klass, view.operator)
    keys = ("service", "level", "basis", "class", "operator")
    return next((x for x in targets if tuple(x[k] for k in keys) == asked), targets[0])


def _focus(key: str, targets: dict[str, Target]) -> None:
    x = targets[st.session_state[key]]
    keep(
        replace(
            st.session_state[VIEW],
            service=x["service"],
            level=x["level"],
            basis=x["basis"],
            klass=x["class"],
            operator=x["operator"],
        )
    )


def below_table(atlas: Atlas, i: int, target: Target) -> pd.DataFrame:
    """Return the units right below with their figures of one target, what lacks most first.

    A unit with nothing to count has none; one that is itself counted shows its own status.
    """
    at = atlas.children(i)
    frame = atlas.units.iloc[at][["unit_id", "name", "code", "households", "population"]].copy()
    cards = _cards(atlas, frame["unit_id"], target["id"])
    for column in _CARD:
        frame[column] = cards[column].to_numpy()
    frame["verdict"] = frame["verdict"].astype(object).where(frame["verdict"].notna(), "")
    word = {code: s.value for s, code in CODES.items()}
    status = atlas.status(target["service"], target["operator"])[at]
    frame["own"] = [word.get(int(s), "") for s in status]
    worst = {Status.UNCOVERED.value: 0, Status.PARTIAL.value: 1, Status.UNKNOWN.value: 2}
    frame["rank"] = [worst.get(s, 3) for s in frame["own"]]
    return frame.sort_values(
        ["shortfall", "rank", "households", "code"],
        ascending=[False, True, False, True],
        na_position="last",
        kind="stable",
    )


def _cards(atlas: Atlas, units: pd.Series, target_id: str) -> pd.DataFrame:
    """Return the scorecard's rows of some units for one target, in their order; empty where there is none."""
    import pyarrow.compute as pc

    card = atlas.snapshot.arrow("scorecard")
    rows: pd.DataFrame = card.filter(pc.equal(card["target_id"].cast("string"), target_id)).to_pandas()
    rows.index = pd.Index(rows["unit_id"].astype(object))
    return rows.reindex(units)


def _drawn(view: View, rows: pd.DataFrame, key: str, title: str) -> str | None:
    """Draw the table; return the unit that was clicked."""
    counted = bool(rows["denominator"].notna().any())
    heads = {"name": "unit", "code": "code"}
    if counted:
        heads |= {
            "shortfall": "short",
            "numerator": "numerator",
            "unknown": "unknown",
            "denominator": "denominator",
            "share_low": "low",
            "share_high": "high",
            "verdict": "verdict",
        }
    heads |= {"own": "own"} if (rows["own"] != "").any() else {}
    heads |= {c: h for c, h in (("households", "homes"), ("population", "people")) if rows[c].notna().any()}
    amounts = ("shortfall", "numerator", "unknown", "denominator", "households", "population")
    kinds = {**dict.fromkeys(amounts, Kind.AMOUNT), "share_low": Kind.SHARE, "share_high": Kind.SHARE}
    shown = rows.assign(
        own=[status_word(s, view.lang) for s in rows["own"]],
        verdict=[verdict_word(v, view.lang) if v else NOTHING for v in rows["verdict"]],
    )
    chosen = table(
        shown,
        {c: t(f"overview.col_{h}", view.lang) for c, h in heads.items()},
        kinds,
        key=key,
        named=title,
    )
    return str(rows["unit_id"].iloc[chosen]) if chosen is not None and chosen < len(rows) else None


def status_word(status: str, language: str) -> str:
    """Return a status with its sign; a dash for none."""
    return f"{SIGNS[Status.of(status)]} {Status.of(status).word(language)}" if status else NOTHING


@st.fragment
def services(view: View, atlas: Atlas) -> None:
    """Draw the statuses of a place that has facts of its own; a click shows it on the map."""
    i = atlas.position(view.unit)
    facts = [f for s in atlas.services if (f := atlas.fact(i, s["id"])) is not None]
    if not facts:
        return
    st.markdown(f"### {t('overview.services_here', view.lang)}")
    rows = pd.DataFrame(
        {
            "service": [service_word(atlas, f["service"], view.lang) for f in facts],
            "status": [status_word(f["status"], view.lang) for f in facts],
            "nearest": np.round(np.array([f["nearest_m"] for f in facts], dtype=float)),
            "declared": [status_word(f["declared_status"] or "", view.lang) for f in facts],
        }
    )
    chosen = table(
        rows,
        {c: t(f"overview.col_{c}", view.lang) for c in rows.columns},
        {"nearest": Kind.AMOUNT},
        key=f"services_{view.snap}_{view.unit}_{view.lang}",
        named=t("overview.services_here", view.lang),
    )
    if chosen is not None and chosen < len(facts):
        jump("map", replace(view, service=facts[chosen]["service"], pick=view.unit))
