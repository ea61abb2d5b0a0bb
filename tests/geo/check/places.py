"""Small worlds for the checks: a mosaic of villages, and tables, each knob a keyword."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.check.checked import Checked
from geo.terms import Action

WEST, SOUTH, SIDE = 119.7, 31.7, 0.02


def square(column: int, row: int, side: float = SIDE) -> shapely.Polygon:
    """One village of the mosaic."""
    return shapely.box(
        WEST + column * SIDE, SOUTH + row * SIDE, WEST + column * SIDE + side, SOUTH + row * SIDE + side
    )


def villages(columns: int = 3, rows: int = 2, **replaced: Any) -> gpd.GeoDataFrame:
    """A mosaic of square villages; `g2=` replaces the geometry of the third one (position 2)."""
    shapes = [square(c, r) for r in range(rows) for c in range(columns)]
    for key, shape in replaced.items():
        shapes[int(key[1:])] = shape
    n = len(shapes)
    data = {
        "code": [f"320402001{200 + i}" for i in range(n)],
        "name": [f"东{'桥坞巷溪湾塘'[i % 6]}村" for i in range(n)],
        "level": "village",
        "parent": "320402001",
        "edition": "2010",
    }
    return gpd.GeoDataFrame(
        data, geometry=np.array(shapes, dtype=object), index=rows_index(n), crs="OGC:CRS84"
    )


def table(**columns: Sequence[Any]) -> pd.DataFrame:
    """A table as a reader returns it: objects, 1-based rows."""
    n = len(next(iter(columns.values())))
    return pd.DataFrame({k: pd.Series(list(v), dtype=object) for k, v in columns.items()}).set_axis(
        rows_index(n)
    )


def codes(n: int, start: int = 200) -> list[str]:
    """Codes of n villages of one township."""
    return [f"320402001{start + i}" for i in range(n)]


def rows_index(n: int) -> pd.RangeIndex:
    """Rows as delivered, counted from 1."""
    return pd.RangeIndex(1, n + 1, name="row")


def rules(result: Checked, action: Action | None = None) -> list[str]:
    """The rules found, in order; of one action only, if one is given."""
    return [f.rule for f in result.findings if action is None or f.action is action]


def rows_of(result: Checked, rule: str) -> list[str]:
    """The rows that a rule named."""
    return [f.row for f in result.findings if f.rule == rule]


def is_clean(result: Checked) -> bool:
    """Nothing found and nothing set aside."""
    return not result.findings and result.quarantined.empty
