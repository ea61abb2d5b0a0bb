"""Against plain GeoPandas: overlay for areas, sjoin for points in polygons, sjoin_nearest and geodesics for distances.

Written as a skilled user of GeoPandas would, without a line of ours: the answers must be the same to 1e-6.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

from geo.cover.decide import cover
from geo.rollup import roll_up
from tests.worlds import SIDE, SOUTH, WEST, facts_of, features, ground, hamlets, mosaic

GEOD = Geod(ellps="WGS84")
OPERATORS = ("a", "b", "c")
LIMIT = 1200.0


def circles(n: int, seed: int) -> gpd.GeoDataFrame:
    """Ragged polygons of three operators that overlap one another and the villages' borders."""
    dice = np.random.default_rng(seed)
    shapes = []
    for _ in range(n):
        turn = np.sort(dice.uniform(0, 2 * np.pi, 12))
        reach = dice.uniform(0.2, 0.6, 12) * SIDE
        x, y = WEST + dice.uniform(0, 3) * SIDE, SOUTH + dice.uniform(0, 2) * SIDE
        shapes.append(shapely.Polygon(np.column_stack([x + reach * np.cos(turn), y + reach * np.sin(turn)])))
    return features(shapes, op=[OPERATORS[i % 3] for i in range(n)])


def cables(n: int, seed: int) -> gpd.GeoDataFrame:
    """Points and lines, of which some are in service."""
    dice = np.random.default_rng(seed)
    xy = dice.uniform([WEST, SOUTH], [WEST + 3 * SIDE, SOUTH + 2 * SIDE], (n, 2))
    step = dice.uniform(-0.005, 0.005, (n, 3, 2)).cumsum(axis=1)
    lines = [
        shapely.LineString([p, *(p + s)]) if i % 2 else shapely.Point(p)
        for i, (p, s) in enumerate(zip(xy, step, strict=True))
    ]
    return features(
        lines,
        op=[OPERATORS[i % 3] for i in range(n)],
        state=["up" if i % 5 else "planned" for i in range(n)],
    )


@pytest.fixture(scope="module", params=[1, 2, 3])
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    seed = request.param
    of = mosaic(12, counties=3, seed=seed, classes=("urban", "rural"))
    below = hamlets(of, 5, seed=seed)
    dice = np.random.default_rng(seed)
    below = below.assign(homes=dice.integers(1, 90, len(below)).astype(float))
    zones, plant = circles(20, seed), cables(20, seed)
    near = {"rule": "within", "layers": ["n"], "distance_m": LIMIT}
    share = {"level": "village", "layers": ["z"]}
    at = ground(
        of,
        below,
        layers=[
            {"id": "z", "geometry": "area", "feature": "id", "operator": {"column": "op"}},
            {
                "id": "n",
                "geometry": "line",
                "feature": "id",
                "operator": {"column": "op"},
                "status": {"column": "state"},
                "in_service": ["up"],
            },
        ],
        services=[
            {"id": "near", "name": "near", "rules": [{**near, "level": "hamlet"}]},
            {"id": "village", "name": "village", "rules": [{**near, "level": "village"}]},
            {"id": "ground", "name": "ground", "rules": [{**share, "rule": "area_share"}]},
            {"id": "homes", "name": "homes", "rules": [{**share, "rule": "household_share"}]},
        ],
        plant={"z": zones, "n": plant},
        city=True,
    )
    blocks = cover(at)
    return {
        "of": of,
        "below": below,
        "zones": zones,
        "plant": plant[plant["state"] == "up"],
        "facts": facts_of(blocks, at),
        "rollup": roll_up(blocks, at.hierarchy),
        "area_crs": at.places.planes.area.crs,
    }


def ours(made: dict[str, Any], service: str, operator: str, column: str) -> pd.Series:
    facts = made["facts"].xs((service, operator), level=("service", "operator"))[column]
    return facts.set_axis(facts.index.str.extract(r":(.*)@", expand=False)).sort_index()


def of_operator(frame: gpd.GeoDataFrame, operator: str) -> gpd.GeoDataFrame:
    return frame if operator == "*" else frame[frame["op"] == operator]


@pytest.mark.parametrize("operator", ["*", *OPERATORS])
def test_shares_of_ground_are_those_of_an_overlay(made: dict[str, Any], operator: str) -> None:
    units = made["of"].to_crs(made["area_crs"])
    under = of_operator(made["zones"], operator).to_crs(made["area_crs"]).dissolve()
    pieces = gpd.overlay(
        units[["code", "geometry"]], under[["geometry"]], how="intersection", keep_geom_type=True
    )
    covered = pieces.area.groupby(pieces["code"]).sum()
    expected = (covered.reindex(units["code"], fill_value=0.0) / units.set_index("code").area).sort_index()
    seen = ours(made, "ground", operator, "share_area")
    assert 0 < expected.mean() < 1
    np.testing.assert_allclose(seen, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("operator", ["*", *OPERATORS])
def test_shares_of_homes_are_those_of_a_spatial_join(made: dict[str, Any], operator: str) -> None:
    below = made["below"]
    hit = gpd.sjoin(
        below, of_operator(made["zones"], operator)[["geometry"]], predicate="intersects"
    ).index.unique()
    homes = below.assign(hit=below.index.isin(hit) * below["homes"]).groupby("parent")[["hit", "homes"]].sum()
    seen = ours(made, "homes", operator, "share_households")
    np.testing.assert_allclose(seen, (homes["hit"] / homes["homes"]).sort_index(), rtol=1e-6)


@pytest.mark.parametrize("operator", ["*", *OPERATORS])
def test_distances_are_those_of_sjoin_nearest_and_the_geodesic(made: dict[str, Any], operator: str) -> None:
    """The zone of 120 E holds the whole world: the nearest there is the nearest, measured on the ellipsoid."""
    places = made["below"].to_crs("EPSG:4549")
    plant = of_operator(made["plant"], operator).to_crs("EPSG:4549")
    joined = gpd.sjoin_nearest(places[["code", "geometry"]], plant[["id", "geometry"]])
    joined = joined.drop_duplicates("code")
    ends = gpd.GeoSeries(
        shapely.get_point(
            shapely.shortest_line(
                joined.geometry.to_numpy(), plant.loc[joined["index_right"]].geometry.to_numpy()
            ),
            1,
        ),
        crs="EPSG:4549",
    ).to_crs("OGC:CRS84")
    from_ = joined.to_crs("OGC:CRS84").geometry
    metres = GEOD.inv(from_.x.to_numpy(), from_.y.to_numpy(), ends.x.to_numpy(), ends.y.to_numpy())[2]
    expected = pd.Series(metres, joined["code"].to_numpy()).sort_index()
    np.testing.assert_allclose(ours(made, "near", operator, "nearest_m"), expected, rtol=1e-6, atol=1e-4)
    named = pd.Series(("n:" + joined["id"]).to_numpy(), joined["code"].to_numpy()).sort_index()
    assert list(ours(made, "near", operator, "nearest_id")) == list(named)
    status = ours(made, "near", operator, "status")
    assert list(status == "covered") == list(expected <= LIMIT)
    assert 0 < (status == "covered").sum() < len(status)


def test_the_city_is_the_sum_of_its_villages_by_groupby(made: dict[str, Any]) -> None:
    rollup = made["rollup"].astype(dict.fromkeys(("unit_id", "service", "operator", "basis", "class"), str))
    of = made["of"].set_index("code")
    area = made["of"].to_crs(made["area_crs"]).set_index("code").area
    for class_ in ("urban", "rural"):
        mine = of.index[of["class"] == class_]
        key = (rollup["unit_id"] == "city:R@2010") & (rollup["operator"] == "*") & (rollup["class"] == class_)
        row = rollup[key & (rollup["service"] == "ground") & (rollup["basis"] == "area")].iloc[0]
        share = ours(made, "ground", "*", "share_area")
        assert row["denominator"] == pytest.approx(area[mine].sum(), rel=1e-9)
        assert row["numerator"] == pytest.approx((share * area)[mine].sum(), rel=1e-9)
        row = rollup[key & (rollup["service"] == "village") & (rollup["basis"] == "units")].iloc[0]
        status = ours(made, "village", "*", "status")
        assert (row["numerator"], row["denominator"]) == ((status[mine] == "covered").sum(), len(mine))
