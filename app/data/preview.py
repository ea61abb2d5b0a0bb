"""Preview: what came of a check or a run: what would be refused, set aside and repaired, and the first rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.data import findings
from app.jobs import CANCELLED, DONE, FAILED, REFUSED, Job, State
from app.plain import plain
from app.texts import named, t
from app.work import ASIDE, FINDINGS
from geo.findings import visible
from geo.terms import Action
from geo.wording import day, number

#: So many sentences of a refusal are shown.
LINES = 60


def draw_outcome(job: Job, state: State, lang: str) -> None:
    """Draw how a job has ended."""
    if state.phase == CANCELLED:
        st.info(t("data.was_cancelled", lang))
    elif state.phase == FAILED:
        st.error(t(f"data.failed_{state.why or 'fault'}", lang))
    elif state.phase == REFUSED:
        _refusal(state, lang)
    elif job.verb == "run":
        name, count = plain(state.result["snapshot"]), number(state.result["quarantined"])
        st.success(t("data.published", lang, name=name, n=count))
    elif state.phase == DONE:
        _verdict(state, lang)


def draw_details(job: Job, state: State, lang: str) -> None:
    """Draw what a check has found: sources, rules, and the first rows of what would be set aside."""
    if state.phase != DONE or job.verb != "check":
        return
    if len(state.result["sources"]) > 1:
        st.dataframe(
            sources_met(state.result["sources"], lang),
            hide_index=True,
            height="content",
            key=f"data_met_{job.id}",
            alt=t("data.sources", lang),
        )
    found, aside = _kept(job)
    if found is not None and aside is not None:
        findings.draw(found, aside, key=f"data_job_{job.id}", lang=lang)


def _refusal(state: State, lang: str) -> None:
    """Draw why an upload is refused as a whole."""
    result = state.result
    if "key" in result:
        st.error(t(f"data.{result['key']}", lang, **{k: plain(v) for k, v in result["values"].items()}))
        return
    if f"text_{lang}" in result:
        st.error(t("data.refused", lang))
        st.markdown(plain(f"{visible(result['source'])}: {result[f'text_{lang}']}"))
        return
    lines = result["lines"]
    st.error(t("data.refused_region" if result.get("region") else "data.refused", lang))
    if lang != "en":
        st.caption(t("data.only_english", lang))
    for line in lines[:LINES]:
        st.markdown(f"- {plain(visible(line, 600))}")


def _verdict(state: State, lang: str) -> None:
    """Draw what was checked, and in a sentence what would happen to it."""
    result = state.result
    if "region" in result:
        name, when = plain(named(result["region"], lang)), day(result["as_of"], lang)
        st.markdown(f"**{t('data.checked_region', lang, name=name, day=when)}**")
    if about := result.get("about", {}).get(lang):
        st.markdown("  \n".join(plain(line) for line in about))
    totals = result["totals"]
    draw = (
        st.error
        if totals[Action.REJECT.value]
        else st.warning
        if totals[Action.QUARANTINE.value]
        else st.success
    )
    draw(verdict(totals, lang, is_region="region" in result))


def verdict(totals: dict[str, int], lang: str, *, is_region: bool) -> str:
    """Return in a sentence what would happen to what was sent."""
    grave = next((a for a in (Action.REJECT, Action.QUARANTINE, Action.REPAIR) if totals[a.value]), None)
    counts = {a.value: number(totals[a.value]) for a in Action}
    key = f"verdict_{grave.value}" if grave else "verdict_good"
    return t(f"data.{key}{'_region' if is_region and grave is Action.REJECT else ''}", lang, **counts)


def sources_met(sources: Sequence[dict[str, Any]], lang: str) -> pd.DataFrame:
    """Return a row for each source: rows as delivered, and how many each action met."""
    rows = [
        {
            t("data.col_source", lang): visible(s["source"]),
            t("data.col_delivered", lang): number(s["rows"]),
            **{a.word(lang): number(s[a.value]) for a in Action},
        }
        for s in sources
    ]
    return pd.DataFrame(rows)


def _kept(job: Job) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return the findings and the rows set aside that a check has left; None where they are gone."""
    try:
        return pd.read_parquet(job.folder / FINDINGS), pd.read_parquet(job.folder / ASIDE)
    except OSError:
        return None, None
