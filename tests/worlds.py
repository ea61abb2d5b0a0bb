"""Small places built in code, each knob a keyword: counties of villages with hamlets, plant and tables.

villages(3, 2)        squares in a grid            mosaic(7, seed=1)     a random partition
hamlets(of, 4)        points inside each village   features([...], …)    plant rows with an id each
ground(...)           all of it, ready to be asked
World(...)            the parts, so that a law can change one and ask again
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.cover.decide import Ground, cover
from geo.facts import Block, facts_table
from geo.ground import ground_of
from geo.region import Region
from geo.region.read import region_from
from geo.rollup import roll_up
from geo.units import Hierarchy, hierarchy, level_table

#: South-west corner of the world and the side of a village, in degrees (about 2.8 by 3.3 km).
WEST, SOUTH, SIDE = 119.5, 31.5, 0.03

CITY: dict[str, Any] = {
    "id": "city",
    "name": "city",
    "source": "cities",
    "code": "code",
    "label": "name",
    "edition": 2010,
    "geometry": "children",
}
LEVELS: list[dict[str, Any]] = [
    {
        "id": "county",
        "name": "county",
        "source": "counties",
        "code": "code",
        "label": "name",
        "edition": 2010,
        "geometry": "children",
    },
    {
        "id": "village",
        "name": "village",
        "source": "villages",
        "code": "code",
        "label": "name",
        "parent": "parent",
        "edition": 2010,
        "settlement_class": "class",
        "population": "people",
        "households": "homes",
    },
    {
        "id": "hamlet",
        "name": "hamlet",
        "source": "hamlets",
        "code": "code",
        "label": "name",
        "parent": "parent",
        "edition": 2010,
        "population": "people",
        "households": "homes",
        "place": "point",
    },
]
SOURCES = [
    {"id": s, "path": f"{s}.csv", "kind": "simulated", "crs": "OGC:CRS84"}
    for s in ("cities", "counties", "villages", "hamlets", "plant", "table")
]


def villages(
    columns: int = 3,
    rows: int = 2,
    *,
    classes: Sequence[str] = ("rural",),
    counties: int = 1,
    west: float = WEST,
    south: float = SOUTH,
) -> gpd.GeoDataFrame:
    """Square villages in a grid, codes V000…, counties C0… by column."""
    cells = [(c, r) for r in range(rows) for c in range(columns)]
    boxes = [
        shapely.box(west + c * SIDE, south + r * SIDE, west + (c + 1) * SIDE, south + (r + 1) * SIDE)
        for c, r in cells
    ]
    parents = [f"C{c * counties // columns}" for c, _ in cells]
    return _villages(boxes, parents, classes)


def mosaic(
    n: int, *, counties: int = 1, seed: int = 0, classes: Sequence[str] = ("rural",), west: float = WEST
) -> gpd.GeoDataFrame:
    """A random partition: n Voronoi villages in a box three villages wide and two high."""
    rng = np.random.default_rng(seed)
    box = shapely.box(west, SOUTH, west + 3 * SIDE, SOUTH + 2 * SIDE)
    seeds = rng.uniform([west, SOUTH], [west + 3 * SIDE, SOUTH + 2 * SIDE], (n, 2))
    if n == 1:
        cells = [box]
    else:
        made = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=box, ordered=True)
        cells = [shapely.intersection(c, box) for c in shapely.get_parts(made)]
    owners = np.argsort(np.argsort(seeds[:, 0], kind="stable")) * counties // n
    return _villages(cells, [f"C{i}" for i in owners], classes)


def _villages(
    outlines: Sequence[shapely.Geometry], parents: Sequence[str], classes: Sequence[str]
) -> gpd.GeoDataFrame:
    n = len(outlines)
    frame = {
        "code": [f"V{i:03d}" for i in range(n)],
        "name": [f"village {i}" for i in range(n)],
        "parent": list(parents),
        "class": [classes[i % len(classes)] for i in range(n)],
        "people": [100.0 + 10 * i for i in range(n)],
        "homes": [30.0 + 3 * i for i in range(n)],
    }
    return gpd.GeoDataFrame(frame, geometry=list(outlines), crs="OGC:CRS84")


def hamlets(of: gpd.GeoDataFrame, per_village: int = 4, *, seed: int = 0) -> gpd.GeoDataFrame:
    """Points inside each village, with the village's people and homes divided evenly."""
    rng = np.random.default_rng(seed)
    out = []
    for row in of.itertuples():
        west, south, east, north = row.geometry.bounds
        for k in range(per_village):
            x = west + (east - west) * rng.uniform(0.05, 0.95)
            y = south + (north - south) * rng.uniform(0.05, 0.95)
            people, homes = row.people / per_village, row.homes / per_village
            out.append((f"{row.code}H{k}", f"hamlet {k}", row.code, people, homes, shapely.Point(x, y)))
    frame = pd.DataFrame(out, columns=["code", "name", "parent", "people", "homes", "geometry"])
    return gpd.GeoDataFrame(frame, geometry="geometry", crs="OGC:CRS84")


def counties(of: gpd.GeoDataFrame) -> pd.DataFrame:
    """The county codes that the villages name."""
    codes = sorted(set(of["parent"]))
    return pd.DataFrame({"code": codes, "name": [f"county {c}" for c in codes]})


def units(
    of: gpd.GeoDataFrame, below: gpd.GeoDataFrame | None, *, city: bool = False
) -> tuple[Region, Hierarchy]:
    """The hierarchy of a world, and the region without services; with `city` one root above the counties."""
    levels = LEVELS if below is not None else LEVELS[:2]
    frames = [counties(of), of, below]
    if city:
        levels = [CITY, *levels]
        frames = [pd.DataFrame({"code": ["R"], "name": ["city"]}), *frames]
    region = a_region(levels=levels)
    tables: list[pd.DataFrame] = []
    for level, frame in zip(region.levels, frames, strict=False):
        tables.append(level_table(level, frame, tables[-1] if tables else None))
    return region, hierarchy(region.levels, tables)


def a_region(**parts: Any) -> Region:
    """A region out of parts of its file."""
    tree = {"name": "world", "as_of": dt.date(2010, 12, 31), "levels": LEVELS, "sources": SOURCES, **parts}
    return region_from(tree, Path("world.toml"))


def ground(
    of: gpd.GeoDataFrame,
    below: gpd.GeoDataFrame | None = None,
    *,
    layers: Sequence[Mapping[str, Any]],
    services: Sequence[Mapping[str, Any]],
    operators: Sequence[str] = ("a", "b", "c"),
    plant: Mapping[str, pd.DataFrame],
    targets: Sequence[Mapping[str, Any]] = (),
    city: bool = False,
    metric_crs: str = "auto",
) -> Ground:
    """The ground of a world: `plant` holds each layer's rows (geometry in degrees, or a table)."""
    base, tree = units(of, below, city=city)
    region = a_region(
        levels=[x.model_dump() for x in base.levels],
        operators=[{"id": o, "name": o} for o in operators],
        layers=[{"source": "table" if x["geometry"] == "table" else "plant", **x} for x in layers],
        services=list(services),
        targets=list(targets),
        metric_crs=metric_crs,
    )
    return ground_of(region, tree, plant)[0]


def features(geometries: Sequence[shapely.Geometry], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    """Plant rows with an id each, in degrees."""
    ids = [f"f{i:03d}" for i in range(len(geometries))]
    return gpd.GeoDataFrame({"id": ids, **columns}, geometry=list(geometries), crs="OGC:CRS84")


@dataclass(frozen=True, repr=False)
class World:
    """The parts of a world; `but` changes some of them, `ground` builds it."""

    of: gpd.GeoDataFrame
    below: gpd.GeoDataFrame | None
    layers: tuple[dict[str, Any], ...]
    services: tuple[dict[str, Any], ...]
    plant: dict[str, pd.DataFrame] = field(default_factory=dict)
    operators: tuple[str, ...] = ("a", "b", "c")
    city: bool = True
    metric_crs: str = "auto"

    def __repr__(self) -> str:
        """Return what tells two worlds apart."""
        surveys = {x["id"]: x["survey"] for x in self.layers if "survey" in x}
        tables = {"of": self.of, "below": self.below, **self.plant}
        return f"World({surveys}\n" + "\n".join(f"{k}:\n{v}" for k, v in tables.items()) + ")"

    def but(self, **changes: Any) -> World:
        """Return the same world with some parts changed."""
        return replace(self, **changes)

    def ground(self) -> Ground:
        """Build the world."""
        return ground(
            self.of,
            self.below,
            layers=self.layers,
            services=self.services,
            operators=self.operators,
            plant=self.plant,
            city=self.city,
            metric_crs=self.metric_crs,
        )

    def surveyed(self, layer: str, *surveys: dict[str, Any]) -> World:
        """Return the world in which a layer speaks only where the surveys say."""
        layers = [
            {**x, "survey": [*x.get("survey", ()), *surveys]} if x["id"] == layer else x for x in self.layers
        ]
        return self.but(layers=tuple(layers))


def facts_of(blocks: Sequence[Block], at: Ground) -> pd.DataFrame:
    """The facts as a table indexed by unit, service and operator; every key once."""
    ids = at.hierarchy.table["unit_id"].to_numpy(dtype=object)
    frame = facts_table(blocks, ids).to_pandas()
    for column in ("unit_id", "service", "operator", "status"):
        frame[column] = frame[column].astype(str)
    frame = frame.set_index(["unit_id", "service", "operator"])
    assert frame.index.is_unique
    return frame


def rollup_of(blocks: Sequence[Block], at: Ground) -> pd.DataFrame:
    """The roll-up indexed by its key; every key once."""
    frame = roll_up(blocks, at.hierarchy)
    key = ["unit_id", "service", "operator", "level", "basis", "class"]
    frame = frame.astype(dict.fromkeys(key, str)).set_index(key).sort_index()
    assert frame.index.is_unique
    return frame


def facts_in(world: World) -> pd.DataFrame:
    """Facts of a world."""
    at = world.ground()
    return facts_of(cover(at), at)


def answered(world: World) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Facts and roll-up of a world."""
    at = world.ground()
    blocks = cover(at)
    return facts_of(blocks, at), rollup_of(blocks, at)
