"""The shipped country is a mosaic: no gap, no overlap, parents exactly the union of their children."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely

from tests.simulate.shipped import BOUNDARIES, GRS80


@pytest.fixture(scope="module")
def units() -> dict[str, gpd.GeoDataFrame]:
    return {
        "outline": gpd.read_file(BOUNDARIES / "county_outlines.geojson"),
        "county": gpd.read_file(BOUNDARIES / "counties.geojson"),
        "township": gpd.read_parquet(BOUNDARIES / "townships.parquet"),
        "village": gpd.read_parquet(BOUNDARIES / "villages.parquet"),
        "hamlet": gpd.read_parquet(BOUNDARIES / "hamlets.parquet"),
    }


def vertices(geometry: shapely.Geometry) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(geometry)}


def test_there_are_as_many_units_as_in_the_real_list(units):
    assert {level: len(table) for level, table in units.items() if level not in ("outline", "hamlet")} == {
        "county": 6, "township": 67, "village": 1049,
    }  # fmt: skip
    assert len(units["hamlet"]) == 10_001  # one of them is a known fault


@pytest.mark.parametrize("level", ["county", "township", "village"])
def test_units_of_a_level_share_borders_vertex_by_vertex(units, level):
    polygons = units[level].geometry.to_numpy()
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)


@pytest.mark.parametrize(("parent", "child", "key", "link"), [
    ("county", "township", "county_code6", "county_code6"),
    ("township", "village", "code9", "town_code9"),
])  # fmt: skip
def test_a_parent_is_exactly_the_union_of_its_children(units, parent, child, key, link):
    children = units[child].groupby(link)
    for code, polygon in zip(units[parent][key], units[parent].geometry, strict=True):
        mine = children.get_group(code).geometry.to_numpy()
        assert shapely.equals(polygon, shapely.union_all(mine)), code
        outer = shapely.boundary(polygon)
        assert vertices(outer) <= {v for p in mine for v in vertices(p)}, code


def test_the_real_outlines_keep_every_vertex_and_their_shape(units):
    for real, drawn in zip(units["outline"].geometry, units["county"].geometry, strict=True):
        assert vertices(real) <= vertices(drawn)
        areas = [abs(GRS80.geometry_area_perimeter(p)[0]) for p in (real, drawn)]
        # straight in degrees is not straight on the ellipsoid: a node in a long side moves it by centimetres
        assert areas[0] == pytest.approx(areas[1], rel=3e-5)
        assert shapely.area(real) == pytest.approx(shapely.area(drawn), rel=1e-7)
        added = shapely.points(list(vertices(drawn) - vertices(real)))
        assert max(shapely.distance(shapely.boundary(real), p) for p in added) < 1e-7


def test_codes_name_their_parents(units):
    village, hamlet = units["village"], units["hamlet"]
    assert (village["code12"].str[:9] == village["town_code9"]).all()
    assert (hamlet["code15"].str[:12] == hamlet["code12"]).all()
    assert village["code12"].is_unique
    assert hamlet["code15"].is_unique


def test_seats_and_hamlets_lie_in_their_village(units):
    village, hamlet = units["village"].set_index("code12"), units["hamlet"]
    seats = shapely.points(village[["lon", "lat"]].to_numpy())
    assert shapely.contains(village.geometry.to_numpy(), seats).all()
    known = hamlet[hamlet["code12"].isin(village.index)]
    assert shapely.contains(village.loc[known["code12"]].geometry.to_numpy(), known.geometry.to_numpy()).all()


def test_people_and_households_of_hamlets_add_up_to_their_village(units):
    village, hamlet = units["village"].set_index("code12"), units["hamlet"]
    sums = hamlet[hamlet["code12"].isin(village.index)].groupby("code12")[["population", "households"]].sum()
    assert (sums == village.loc[sums.index, ["population", "households"]]).all(axis=None)
    kinds = village.loc[sums.index, "settlement_class"]
    assert set(kinds) == {"rural", "town"}
    assert (hamlet["population"] >= hamlet["households"]).all()


def test_special_units_have_no_residents(units):
    village = units["village"]
    special = village["code12"].str[9].isin(["4", "5"])
    assert special.sum() == 14
    assert (village.loc[special, ["population", "households", "floating"]] == 0).all(axis=None)
    assert (village.loc[~special, ["population", "households"]] > 0).all(axis=None)


def test_town_villages_are_small_and_country_villages_large(units):
    village = units["village"]
    km2 = np.array([abs(GRS80.geometry_area_perimeter(p)[0]) / 1e6 for p in village.geometry])
    medians = {
        kind: float(np.median(km2[village["settlement_class"] == kind])) for kind in ("urban", "rural")
    }
    assert medians["rural"] > 3 * medians["urban"]


def test_borders_are_drawn_in_detail(units):
    count = shapely.get_num_coordinates(units["village"].geometry.to_numpy()).sum()
    assert 60_000 < count < 260_000


def test_the_population_raster_adds_up_to_the_villages():
    with rasterio.open(BOUNDARIES / "population.tif") as file:
        assert file.crs.to_epsg() == 4490
        assert int(file.read(1).astype(np.int64).sum()) == 3_600_000
        assert file.res == pytest.approx((1 / 1200, 1 / 1200))
