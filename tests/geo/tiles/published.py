"""A small place published as a snapshot by hand: two counties, villages, hamlets, plant of two operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo.snapshot import Snapshot, open_snapshot, publish

#: South-west corner and the side of a village in degrees.
WEST, SOUTH, SIDE = 119.5, 31.5, 0.03
COLUMNS, ROWS = 4, 3
SERVICES = [
    {
        "id": "fibre",
        "name": {"en": "fibre", "zh": "光缆"},
        "rules": [{"level": v} for v in ("village", "hamlet")],
    }
]


def levels() -> list[dict[str, Any]]:
    return [{"id": i, "name": {"en": i, "zh": i}} for i in ("county", "village", "hamlet")]


def units(names: dict[str, str] | None = None) -> gpd.GeoDataFrame:
    """12 square villages in two counties, two hamlets in each village, one hamlet without a place."""
    boxes = [
        shapely.box(WEST + c * SIDE, SOUTH + r * SIDE, WEST + (c + 1) * SIDE, SOUTH + (r + 1) * SIDE)
        for r in range(ROWS)
        for c in range(COLUMNS)
    ]
    county = [n % COLUMNS // 2 for n in range(len(boxes))]
    rows: list[dict[str, Any]] = [
        unit(
            "county",
            f"{k}",
            None,
            shapely.union_all([b for b, c in zip(boxes, county, strict=True) if c == k]),
        )
        for k in (0, 1)
    ]
    rows += [unit("village", f"{n}", f"county:{county[n]}@2010", b) for n, b in enumerate(boxes)]
    for n, box in enumerate(boxes):
        x, y = box.centroid.x, box.centroid.y
        rows += [
            unit("hamlet", f"{n}{k}", f"village:{n}@2010", shapely.Point(x + k * SIDE / 5, y)) for k in (0, 1)
        ]
    rows[-1] |= {"geometry": None, "lon": np.nan, "lat": np.nan}
    for row in rows:
        row["name"] = (names or {}).get(row["unit_id"], row["name"])
    return gpd.GeoDataFrame(rows, geometry="geometry", crs="OGC:CRS84")


def unit(level: str, code: str, parent: str | None, shape: shapely.Geometry) -> dict[str, Any]:
    return {
        "unit_id": f"{level}:{code}@2010",
        "level": level,
        "code": code,
        "edition": 2010,
        "name": f"{level} {code}",
        "parent_id": parent,
        "settlement_class": "town" if level == "village" and int(code) % 2 else "rural",
        "population": 100.0,
        "households": 30.0,
        "area_m2": 1e6,
        "lon": shape.centroid.x,
        "lat": shape.centroid.y,
        "geometry": shape,
    }


def plant(owners: tuple[str, ...] = ("one", "two", "")) -> gpd.GeoDataFrame:
    """A line of each owner across the place, and a point."""
    rows = []
    for n, owner in enumerate(owners):
        y = SOUTH + SIDE * (n + 0.5)
        rows.append((f"cables:{n}", owner, shapely.LineString([(WEST, y), (WEST + SIDE * COLUMNS, y)])))
        rows.append((f"cables:{n}p", owner, shapely.Point(WEST + SIDE, y)))
    frame = pd.DataFrame(rows, columns=["feature_id", "operator", "geometry"])
    frame["technology"], frame["mbps"], frame["reach_m"] = "fibre", np.nan, np.nan
    frame["status"], frame["since"], frame["in_service"] = "", pd.NaT, [n > 0 for n in range(len(rows))]
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="OGC:CRS84")


def facts(of: gpd.GeoDataFrame, statuses: tuple[str, ...]) -> pd.DataFrame:
    """Each village and hamlet has the next of the statuses."""
    leaf = of[of["level"] != "county"]
    status = [statuses[n % len(statuses)] for n in range(len(leaf))]
    return pd.DataFrame({"unit_id": leaf["unit_id"], "service": "fibre", "operator": "*", "status": status})


def rollup(shares: dict[str, tuple[float, float, float]]) -> pd.DataFrame:
    """Unit id -> covered, unknown and all villages below."""
    rows = []
    for unit_id, (covered, unknown, total) in shares.items():
        known = total - unknown
        rows.append(
            {
                "unit_id": unit_id, "service": "fibre", "operator": "*", "level": "village", "basis": "units",
                "class": "all", "numerator": covered, "unknown": unknown, "denominator": total,
                "share": covered / known if known else np.nan,
                "share_low": covered / total, "share_high": (covered + unknown) / total,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _plain(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def published(
    folder: Path,
    *,
    names: dict[str, str] | None = None,
    statuses: tuple[str, ...] = ("covered", "partial", "uncovered", "unknown"),
    shares: dict[str, tuple[float, float, float]] | None = None,
    as_of: str = "2010-12-31",
    owners: tuple[str, ...] = ("one", "two", ""),
    layer: str = "cables",
) -> Snapshot:
    """The place as a snapshot in a folder of snapshots."""
    from geo.run import _geo

    table = units(names)
    tables = {
        "units": _geo(table),
        "facts": _plain(facts(table, statuses)),
        "rollup": _plain(rollup(shares or {"county:0@2010": (3, 0, 6), "county:1@2010": (1, 4, 6)})),
        f"plant/{layer}": _geo(plant(owners)),
    }
    about = {
        "software": "test",
        "region": "world",
        "name": {"en": "world", "zh": "世界"},
        "as_of": as_of,
        "levels": levels(),
        "services": SERVICES,
        "layers": [
            {"id": layer, "name": {"en": "cables", "zh": "光缆"}, "geometry": "line", "source": "cables"}
        ],
        "operators": [{"id": o, "name": {"en": o, "zh": o}, "colour": "#336699"} for o in ("one", "two")],
        "inputs": {},
        "targets": [],
    }
    return open_snapshot(publish(folder, tables, about))
