"""What a skilled user would write: one page of st_folium with the villages and hamlets as GeoJSON.

The opponent of `benchmarks.app`; its Leaflet comes from this server, since no other host is reached.
"""

from __future__ import annotations

import os
from pathlib import Path

import folium
import geopandas as gpd
import pandas as pd
import streamlit as st
from streamlit_folium import st_folium

from app.map.elements import OfflineMap

COLOURS = {"covered": "#0b6fb8", "partial": "#f2b134", "uncovered": "#a50f15", "unknown": "#9a9a9a"}


@st.cache_data
def places() -> gpd.GeoDataFrame:
    folder = Path(os.environ["CUNTONG_PLAIN"])
    units = gpd.read_parquet(folder / "units.parquet")
    facts = pd.read_parquet(folder / "facts.parquet", columns=["unit_id", "service", "operator", "status"])
    service = facts["service"].iloc[0]
    mine = facts[(facts["service"] == service) & (facts["operator"] == "*")]
    status = mine.astype({"unit_id": str, "status": str})[["unit_id", "status"]]
    return units[["unit_id", "name", "geometry"]].merge(status, on="unit_id")


st.set_page_config(layout="wide")
shown = places()
west, south, east, north = shown.total_bounds
plain = OfflineMap(location=((south + north) / 2, (west + east) / 2), zoom_start=10, tiles=None)
folium.GeoJson(
    shown,
    style_function=lambda f: {
        "fillColor": COLOURS[f["properties"]["status"]],
        "color": "#333",
        "weight": 0.5,
    },
    marker=folium.CircleMarker(radius=3),
).add_to(plain)
answer = st_folium(plain, key="map", height=600, use_container_width=True)
st.text("picked " + str((answer.get("last_active_drawing") or {}).get("properties", {}).get("unit_id")))
