"""Links: to the other pages with the view, and tables with rows to click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

import pandas as pd
import streamlit as st

from app.frame import keep
from app.view import View
from geo.wording import NOTHING

#: A table of so many rows stands whole; a longer one scrolls in so many pixels.
WHOLE, SCROLLED = 20, 560


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


class Kind(Enum):
    """How a column of numbers reads in a table; it sorts by its values whatever it reads like.

    The browser puts the marks between thousands, as its own language has them.
    """

    AMOUNT = "localized"
    SHARE = "%.1f %%"


def table(
    rows: pd.DataFrame,
    heads: Mapping[str, str],
    kinds: Mapping[str, Kind],
    *,
    key: str,
    named: str,
    wide: Sequence[str] = (),
) -> int | None:
    """Draw a table; return the row that was clicked.

    It travels as Arrow without pandas' own notes, a third of the bytes of a styled one.

    Parameters
    ----------
    heads
        Columns that are shown, with their headings.
    kinds
        Columns of numbers; the others are text, and show as they are written.
    named
        What the table is, for those who cannot see it.
    wide
        Columns that get room; the others take what their content needs.
    """
    import pyarrow as pa

    shown = rows[list(heads)].assign(**{c: _told(rows[c], kind) for c, kind in kinds.items() if c in heads})
    bare = pa.Table.from_pandas(shown.rename(columns=heads), preserve_index=False)
    answer = st.dataframe(
        bare.replace_schema_metadata(None),
        height="content" if len(rows) <= WHOLE else SCROLLED,
        key=key,
        alt=named,
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=NOTHING,
        column_config={
            **{heads[c]: st.column_config.Column(width="large") for c in wide},
            **{
                heads[c]: st.column_config.NumberColumn(format=k.value)
                for c, k in kinds.items()
                if c in heads
            },
        },
    )
    cells = answer["selection"]["cells"]
    return int(cells[0][0]) if cells else None


def _told(values: pd.Series, kind: Kind) -> pd.Series:
    """Return numbers as they are shown.

    A share in percent, where 0 and 100 stand for none and all only; an amount whole from a thousand on.
    """
    numbers = values.astype(float)
    if kind is Kind.SHARE:
        part = (numbers * 100).round(1)
        return part.mask((numbers > 0) & (part <= 0), 0.1).mask((numbers < 1) & (part >= 100), 99.9)
    return numbers.round(2).mask(numbers.abs() >= 1000, numbers.round())
