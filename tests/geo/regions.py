"""Region folders written out: two villages in one county, one layer of plant, each part replaceable."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

LEVELS = """
[[levels]]
id = "county"
name = "county"
source = "counties"
code = "code"
label = "name"
edition = 2010
geometry = "children"

[[levels]]
id = "village"
name = "village"
source = "villages"
code = "code"
label = "name"
parent = "parent"
edition = 2010
"""
SOURCES = """
[[sources]]
id = "counties"
path = "counties.csv"
kind = "simulated"

[[sources]]
id = "villages"
path = "villages.geojson"
kind = "simulated"
crs = "OGC:CRS84"
"""
PLANT = """
[[sources]]
id = "plant"
path = "{name}"
kind = "simulated"
"""
LAYERS = """
[[layers]]
id = "cable"
source = "plant"
geometry = "line"
feature = "id"
operator = "a"
"""
SERVICES = """
[[operators]]
id = "a"
name = "a"

[[services]]
id = "fibre"
name = "fibre"
[[services.rules]]
level = "village"
rule = "within"
layers = ["{layer}"]
distance_m = 500.0
"""


def villages() -> gpd.GeoDataFrame:
    """Two square villages side by side."""
    boxes = [shapely.box(119.5 + 0.03 * i, 31.5, 119.53 + 0.03 * i, 31.53) for i in range(2)]
    data = {"code": ["C0V0", "C0V1"], "name": ["east", "west"], "parent": ["C0", "C0"]}
    return gpd.GeoDataFrame(data, geometry=boxes, crs="OGC:CRS84")


def write_geojson(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoJSON as RFC 7946 wants it: without a word on the CRS."""
    path.write_text(frame.set_crs(None, allow_override=True).to_json(), encoding="utf-8")


def write_region(
    folder: Path,
    plant: pd.DataFrame | Path,
    *,
    levels: str = LEVELS,
    sources: str = SOURCES,
    layers: str = LAYERS,
    source: str = 'crs = "OGC:CRS84"\n',
) -> Path:
    """Write a region's files; `plant` is a frame, or a file that lies in the folder already.

    Parameters
    ----------
    source
        What the region file says of the source of plant besides its path.
    """
    pd.DataFrame({"code": ["C0"], "name": ["county"]}).to_csv(folder / "counties.csv", index=False)
    write_geojson(villages(), folder / "villages.geojson")
    path = plant if isinstance(plant, Path) else folder / "plant.geojson"
    if isinstance(plant, pd.DataFrame):
        write_geojson(gpd.GeoDataFrame(plant), path)
    first = layers.split('id = "')[1].split('"')[0]
    head = 'name = "made"\nas_of = 2010-12-31\n'
    services = SERVICES.format(layer=first)
    if 'geometry = "area"' in layers:
        services = services.replace('"within"', '"area_share"').replace("distance_m = 500.0\n", "")
    text = head + levels + sources + PLANT.format(name=path.name) + source + layers + services
    (folder / "made.toml").write_text(text, encoding="utf-8")
    return folder / "made.toml"
