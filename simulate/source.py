"""What is real in the country: the list of divisions and the county outlines, read from this package.

Both files lie in `data/boundaries/` as they came (see its README for licence and attribution).
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "boundaries"

DIVISIONS = "divisions_2023.csv"
OUTLINES = "county_outlines.geojson"


def read_divisions(folder: Path = SHIPPED) -> pd.DataFrame:
    """Return the villages with the names and codes of all that is above them; every column is text."""
    return pd.read_csv(folder / DIVISIONS, dtype=str, keep_default_na=False)


def read_outlines(folder: Path = SHIPPED) -> gpd.GeoDataFrame:
    """Return the counties (county_code6, name, polygon in EPSG:4490), by code."""
    table = gpd.read_file(folder / OUTLINES)
    table["geometry"] = table.geometry.map(_only_part)
    return table[["county_code6", "name", "geometry"]].sort_values("county_code6", ignore_index=True)


def _only_part(geometry: object) -> object:
    """Return the one polygon of a county's multipolygon."""
    (part,) = geometry.geoms  # type: ignore[attr-defined]
    return part
