"""The page data."""

from __future__ import annotations

import streamlit as st

from app.view import View
from geo.atlas import Atlas


def page(view: View, atlas: Atlas) -> None:
    """Draw the page."""
    st.text(f"{view.unit} {len(atlas.units)}")
