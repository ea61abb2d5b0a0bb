"""Links: to the other pages with the view, and tables whose figures read as the reader's language writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd
import streamlit as st

from app.frame import keep
from app.view import View
from geo.wording import NOTHING


def link(name: str, view: View, label: str, icon: str | None = None) -> None:
    """Draw a link to a page that shows a view, in the same session.

    Streamlit knows a page by its path alone, so the page itself need not be at hand.
    """
    st.page_link(_page(name), label=label, icon=icon, query_params=view.query())


def jump(name: str, view: View) -> None:
    """Show a view on another page."""
    keep(view)
    st.switch_page(_page(name), query_params=view.query())


def _page(name: str) -> st.Page:
    return st.Page(_nowhere, url_path=name, title=name)


def _nowhere() -> None:
    """Stand for a page that is only linked to."""


def table(
    rows: pd.DataFrame,
    heads: Mapping[str, str],
    words: Mapping[str, Callable[[Any], str]],
    *,
    key: str,
    wide: Sequence[str] = (),
    height: int | Literal["content"] = "content",
) -> int | None:
    """Draw a table that sorts by its values and shows them in words; return the row that was clicked.

    Parameters
    ----------
    heads
        Columns that are shown, with their headings.
    words
        How the values of a column are written; what has none is shown as it is, as text.
    wide
        Columns that get room; the others take what their content needs.
    """
    shown = rows[list(heads)].rename(columns=heads).reset_index(drop=True)
    styled = shown.style.format({heads[c]: w for c, w in words.items()})
    answer = st.dataframe(
        styled,
        hide_index=True,
        height=height,
        key=key,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=NOTHING,
        column_config={heads[c]: st.column_config.Column(width="large") for c in wide},
    )
    cells = answer["selection"]["cells"]
    return int(cells[0][0]) if cells else None
