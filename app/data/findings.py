"""Findings and rows set aside: grouped by what was done, source and rule; the rows paged and filtered."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.plain import plain
from app.texts import t
from geo.findings import visible
from geo.terms import Action
from geo.wording import number

#: Groups and rows on one page; characters shown of a row as it came.
GROUPS, ROWS, CAME = 8, 25, 600

#: Colour of each action; its word always stands beside it.
COLOURS: dict[Action, Literal["red", "orange", "blue", "gray"]] = {
    Action.REJECT: "red",
    Action.QUARANTINE: "orange",
    Action.REPAIR: "blue",
    Action.NOTICE: "gray",
}

_ALL = ""
_KEYS = ("source", "row", "rule")


@dataclass(frozen=True)
class Chosen:
    """What is filtered for; "" is everything."""

    action: str = _ALL
    source: str = _ALL
    rule: str = _ALL

    def of(self, findings: pd.DataFrame) -> pd.DataFrame:
        """Return the findings that fit."""
        for column in ("action", "source", "rule"):
            if value := getattr(self, column):
                findings = findings[findings[column] == value]
        return findings


def draw(findings: pd.DataFrame, aside: pd.DataFrame, *, key: str, lang: str) -> None:
    """Draw findings: counts, filters, groups with message and remedy, and the rows.

    Parameters
    ----------
    findings, aside
        The tables `findings` and `quarantine` of a snapshot, or of a check.
    key
        Where widgets of this table remember what is chosen.
    """
    if findings.empty:
        st.success(t("data.findings_none", lang))
        return
    _counts(findings, lang)
    several = len(findings[["action", "source", "rule"]].drop_duplicates()) > 1
    chosen = _filters(findings, key, lang) if several else Chosen()
    fits = chosen.of(findings)
    if fits.empty:
        st.info(t("data.findings_no_fit", lang))
        return
    groups = grouped(fits, lang)
    st.subheader(t("data.groups", lang, n=number(len(groups))))
    for group in _page(groups, GROUPS, f"{key}_groups", chosen, lang).itertuples():
        _group(group, key, lang)
    st.subheader(t("data.rows", lang, n=number(len(fits))))
    page = _page(fits, ROWS, f"{key}_rows", chosen, lang)
    st.dataframe(
        rows_table(page, aside, lang),
        hide_index=True,
        height="content",
        key=f"{key}_table",
        alt=t("data.rows", lang, n=number(len(fits))),
        column_config=_widths(lang),
    )


def grouped(findings: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a row for each action, source and rule: how many, the first message, the remedy."""
    message, remedy = _texts(lang)
    keys = ["action", "source", "rule"]
    text = findings[[*keys, message, remedy, "row"]].astype(dict.fromkeys(keys, "str"))
    out = text.groupby(keys, sort=False, observed=True, as_index=False).agg(
        n=("row", "size"), message=(message, "first"), remedy=(remedy, "first")
    )
    rank = {a.value: i for i, a in enumerate(Action)}
    order = pd.DataFrame({"rank": out["action"].map(rank), "n": -out["n"]})
    return out.loc[order.sort_values(["rank", "n"], kind="stable").index].reset_index(drop=True)


def rows_table(findings: pd.DataFrame, aside: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return findings as they are shown: row, what was done, message, remedy, and the row as it came."""
    message, remedy = _texts(lang)
    keys = list(_KEYS)
    came = aside.loc[aside["row"].isin(findings["row"]), [*keys, "as_it_came"]].drop_duplicates(keys)
    joined = findings.astype(dict.fromkeys(keys, "str")).merge(
        came.astype(dict.fromkeys(keys, "str")), on=keys, how="left"
    )
    columns = {
        "source": joined["source"].map(visible),
        "row": joined["row"].map(visible),
        "action": [Action.of(str(a)).word(lang) for a in joined["action"]],
        "message": joined[message].map(lambda x: visible(str(x), CAME)),
        "remedy": joined[remedy].map(lambda x: visible(str(x), CAME)),
        "came": joined["as_it_came"].fillna("").map(lambda x: visible(str(x), CAME)),
    }
    return pd.DataFrame(columns).rename(columns=lambda c: t(f"data.col_{c}", lang))


def _texts(lang: str) -> tuple[str, str]:
    return ("message_zh", "remedy_zh") if lang == "zh" else ("message", "remedy")


def _counts(findings: pd.DataFrame, lang: str) -> None:
    """Draw how many findings there are of each action."""
    met = findings["action"].astype("str").value_counts()
    with st.container(horizontal=True):
        for action in Action:
            st.metric(action.word(lang), number(int(met.get(action.value, 0))), width="content")


def _filters(findings: pd.DataFrame, key: str, lang: str) -> Chosen:
    """Draw the three filters; return what is chosen."""
    chosen: dict[str, str] = {}
    for column, place in zip(("action", "source", "rule"), st.columns(3), strict=True):
        there = sorted(set(findings[column].astype("str")))
        if column == "action":
            there = [a.value for a in Action if a.value in there]
        name = f"{key}_{column}"
        if st.session_state.get(name, _ALL) not in (_ALL, *there):
            st.session_state[name] = _ALL
        chosen[column] = place.selectbox(
            t(f"data.col_{column}", lang), [_ALL, *there], key=name, format_func=_word_of(column, lang)
        )
    return Chosen(**chosen)


def _word_of(column: str, lang: str) -> Callable[[str], str]:
    """Return the function that gives the word of a value to filter for."""

    def word(value: str) -> str:
        if not value:
            return t("data.all", lang)
        return Action.of(value).word(lang) if column == "action" else visible(value)

    return word


def _page(table: pd.DataFrame, size: int, key: str, chosen: Chosen, lang: str) -> pd.DataFrame:
    """Return one page of a table; with several pages, draw the choice of the page."""
    pages = math.ceil(len(table) / size)
    if pages <= 1:
        return table
    picked = st.number_input(
        t("data.page_of", lang, n=number(pages)),
        min_value=1,
        max_value=pages,
        key=f"{key}|{chosen.action}|{chosen.source}|{chosen.rule}|{len(table)}",
        width=220,
    )
    return table.iloc[(int(picked) - 1) * size : int(picked) * size]


def _group(group: object, key: str, lang: str) -> None:
    """Draw one group: what was done, where, how often, the first message and the remedy."""
    action, source, rule, n, message, remedy = (
        getattr(group, name) for name in ("action", "source", "rule", "n", "message", "remedy")
    )
    act = Action.of(action)
    with st.container(border=True, gap=None):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(act.word(lang), color=COLOURS[act])
            st.markdown(f"**{plain(visible(source))}** · {plain(visible(rule))}", width="content")
            st.button(
                t("data.group_rows", lang, n=number(n)),
                key=f"{key}_show_{action}_{source}_{rule}",
                type="tertiary",
                on_click=_filter_for,
                args=(key, action, source, rule),
            )
        st.markdown(plain(visible(message, CAME)))
        st.caption(f"→ {plain(visible(remedy, CAME))}")


def _filter_for(key: str, action: str, source: str, rule: str) -> None:
    for column, value in (("action", action), ("source", source), ("rule", rule)):
        st.session_state[f"{key}_{column}"] = value


def _widths(lang: str) -> dict[str, Any]:
    """Return the widths of the columns of text."""
    wide, middle = st.column_config.TextColumn(width="large"), st.column_config.TextColumn(width="medium")
    return {
        t("data.col_message", lang): wide,
        t("data.col_remedy", lang): wide,
        t("data.col_came", lang): wide,
        t("data.col_row", lang): middle,
    }
