"""A small made-up layer of units, from which the readers' tests write their files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import shapely

NAMES = ("南湾社区", "西圩村", "大庄村", "老港村", "上溪村", "后坞村")


def units(count: int = 6, crs: str = "EPSG:4490") -> gpd.GeoDataFrame:
    """Return squares of 0.01 degrees side by side, with codes that begin with zero and Chinese names."""
    squares = [shapely.box(119.9 + 0.01 * i, 31.7, 119.91 + 0.01 * i, 31.71) for i in range(count)]
    values = {
        "code": [f"0{320402001000 + i}" for i in range(count)],
        "name": [NAMES[i % len(NAMES)] for i in range(count)],
        "households": [100 + i for i in range(count)],
    }
    return gpd.GeoDataFrame(values, geometry=squares, crs=crs)


def folder_hash(folder: Path) -> str:
    """Return a hash of all names and bytes in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()
