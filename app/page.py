"""The page list, the header and the reader's view: what Streamlit runs for every page."""

from __future__ import annotations

from app.frame import framed
from app.views import data, gaps, overview
from app.views import map as map_page

PAGES = {
    "overview": overview.page,
    "map": map_page.page,
    "gaps": gaps.page,
    "data": data.page,
}

framed(PAGES)
