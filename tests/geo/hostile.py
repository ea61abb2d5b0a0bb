"""A small region whose villages have the names that break things, and the snapshot of it."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geo.atlas import Atlas
from geo.run import run
from geo.snapshot import open_snapshot

#: Names that some program takes for markup, a formula, an escape or a character that it lacks.
NAMES = [
    "甲一村",
    "乙家湾村",
    "丙里社区",
    "<b>己村</b>",
    "=庚村",
    "#辛村",
    "*壬*村",
    "$癸$村",
    "𠮷野村",
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    "#panic()",
    "+1",
    "@SUM(A1)",
    "-2+3",
    "{{7*7}}",
    "'a' & \"b\"",
    "\\u0041_x0041_",
    "＝全角村",
    "https://example.org/村",
]

REGION = """
name = {{ en = "Hostile <i>names</i>", zh = "怪名县" }}
as_of = 2015-06-30
language = "zh"

[[levels]]
id = "county"
name = {{ en = "county", zh = "县" }}
source = "counties"
code = "code"
label = "name"
edition = 2015
geometry = "children"

[[levels]]
id = "village"
name = {{ en = "village", zh = "行政村" }}
source = "villages"
code = "code"
label = "name"
parent = "parent"
households = "homes"
edition = 2015

[[sources]]
id = "counties"
path = "counties.csv"
kind = "{kind}"

[[sources]]
id = "villages"
path = "villages.geojson"
kind = "{kind}"
crs = "EPSG:4490"
attribution = "<script>office</script>"

[[sources]]
id = "plant"
path = "plant.geojson"
kind = "{kind}"
crs = "EPSG:4490"

[[operators]]
id = "a"
name = "a"

[[layers]]
id = "cable"
source = "plant"
geometry = "line"
feature = "id"
operator = "a"
survey = {{ level = "village", without = {without} }}

[[services]]
id = "fibre"
name = {{ en = "fibre", zh = "光缆" }}
[[services.rules]]
level = "village"
rule = "within"
layers = ["cable"]
distance_m = 500.0

[[targets]]
id = "fibre_villages"
name = {{ en = "Villages with fibre", zh = "行政村光缆通达率" }}
group = "net"
service = "fibre"
level = "village"
threshold = "100"
unit = "percent"
due = 2015-12-31
source = "plan"
"""


def hostile(folder: Path, *, unknown: int = 2, names: list[str] = NAMES, kind: str = "simulated") -> Atlas:
    """Return the snapshot: a row of square villages, a cable through the first ten, `unknown` without a survey."""
    n = len(names)
    codes = [f"9999010000{i:02d}" for i in range(n)]
    boxes = [
        shapely.box(
            119.5 + 0.02 * (i % 5), 31.5 + 0.02 * (i // 5), 119.52 + 0.02 * (i % 5), 31.52 + 0.02 * (i // 5)
        )
        for i in range(n)
    ]
    pd.DataFrame({"code": ["999901"], "name": ["某县"]}).to_csv(folder / "counties.csv", index=False)
    villages = {"code": codes, "name": names, "parent": "999901", "homes": [120 + 37 * i for i in range(n)]}
    _write(gpd.GeoDataFrame(villages, geometry=boxes), folder / "villages.geojson")
    lines = [shapely.LineString([(119.5, y), (119.6, y)]) for y in (31.51, 31.53)]
    _write(gpd.GeoDataFrame({"id": ["f1", "f2"]}, geometry=lines), folder / "plant.geojson")
    text = REGION.format(kind=kind, without=codes[n - unknown :] if unknown else "[]")
    (folder / "hostile.toml").write_text(text, encoding="utf-8")
    return Atlas(open_snapshot(run(folder / "hostile.toml", folder / "snapshots").path))


def _write(frame: gpd.GeoDataFrame, path: Path) -> None:
    path.write_text(frame.to_json(), encoding="utf-8")
