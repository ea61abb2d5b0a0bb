"""What a skilled user of plain GeoPandas writes for the same answers: the opponents."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from exactextract import exact_extract

from benchmarks.world import Floats, Geometries

#: Digits of a village's code that name its village, township, county and city.
LEVELS = (12, 9, 6, 4)


def _rolled_up(code: pd.Series, area: Floats) -> Floats:
    """Areas of all units of all levels, villages first, each level by code."""
    return np.concatenate([pd.Series(area).groupby(code.str[:k].to_numpy()).sum().to_numpy() for k in LEVELS])


def area_overlay(villages: gpd.GeoDataFrame, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """Unite the cover of a service, overlay it with the villages, group, roll up by the code."""
    rows = []
    for layer in cover.values():
        union = gpd.GeoDataFrame(geometry=[layer.union_all()], crs=layer.crs).explode(index_parts=False)
        pieces = gpd.overlay(villages, union, how="intersection", keep_geom_type=True)
        area = pieces.area.groupby(pieces.code).sum().reindex(villages.code, fill_value=0.0)
        rows.append(_rolled_up(villages.code, area.to_numpy()))
    return np.concatenate(rows)


def area_by_county(villages: gpd.GeoDataFrame, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """Overlay county by county: what one writes once the overlay of a province does not end.

    The box stands off the county's bounds: `clip_by_rect` through vertices of a border gives wrong pieces.
    """
    rows = []
    for layer in cover.values():
        areas = []
        for _, county in villages.groupby(villages.code.str[:6]):
            box = np.add(county.total_bounds, (-1.37, -1.53, 1.71, 1.29))
            near = layer.geometry.iloc[layer.sindex.query(shapely.box(*box))].clip_by_rect(*box)
            near = near[~near.is_empty]
            if len(near):
                union = gpd.GeoDataFrame(geometry=[near.union_all()], crs=layer.crs).explode(
                    index_parts=False
                )
                pieces = gpd.overlay(county, union, how="intersection", keep_geom_type=True)
                areas.append(pieces.area.groupby(pieces.code).sum())
        area = pd.concat(areas).reindex(villages.code, fill_value=0.0)
        rows.append(_rolled_up(villages.code, area.to_numpy()))
    return np.concatenate(rows)


def nearest_join(places: gpd.GeoDataFrame, lines: gpd.GeoDataFrame) -> Floats:
    """Distance from each place to the nearest line."""
    joined = gpd.sjoin_nearest(places, lines, distance_col="m")
    return joined[~joined.index.duplicated()].m.to_numpy()


def points_join(places: gpd.GeoDataFrame, cover: dict[str, gpd.GeoDataFrame]) -> Floats:
    """How many places lie in some polygon of each service, place by place."""
    flags = [
        places.index.isin(gpd.sjoin(places, layer[["geometry"]], predicate="intersects").index)
        for layer in cover.values()
    ]
    return np.concatenate(flags).astype(float)


def zonal_exactextract(path: Path, villages: gpd.GeoDataFrame) -> Floats:
    """Sum of a raster file over each village."""
    return exact_extract(str(path), villages, "sum", output="pandas")["sum"].to_numpy()


def frame_of(shapes: Geometries) -> gpd.GeoDataFrame:
    """Wrap shapes as a table."""
    return gpd.GeoDataFrame(geometry=shapes)
