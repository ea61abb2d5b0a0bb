"""Datum: points that lie in a neighbour's village because their datum is another one."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.check.shift import check_reach, check_shift
from geo.offsets import wgs84_to_bd09, wgs84_to_gcj02
from tests.geo.check.places import is_clean, rows_index, rows_of, rules

SIDE, N = 0.008, 8
WEST, SOUTH = 119.78, 31.76


def outlines() -> pd.DataFrame:
    """64 villages of 760 m, smaller than twice the shift of GCJ-02."""
    boxes = [
        shapely.box(WEST + c * SIDE, SOUTH + r * SIDE, WEST + (c + 1) * SIDE, SOUTH + (r + 1) * SIDE)
        for r in range(N)
        for c in range(N)
    ]
    return pd.DataFrame({"code": [f"v{i}" for i in range(N * N)], "geometry": boxes})


def points(move=None, some: int = N * N, seed: int = 7, spread: float = 0.4) -> gpd.GeoDataFrame:
    """One point in each village, the first `some` of them moved."""
    rng = np.random.default_rng(seed)
    middle = shapely.get_coordinates(shapely.centroid(outlines()["geometry"].to_numpy()))
    lon, lat = (middle + rng.uniform(-spread, spread, middle.shape) * SIDE).T
    if move is not None:
        lon[:some], lat[:some] = move(lon[:some], lat[:some])
    return gpd.GeoDataFrame(
        {"code": outlines()["code"].to_numpy()}, geometry=shapely.points(lon, lat), index=rows_index(N * N)
    )


def check(frame: gpd.GeoDataFrame):
    return check_shift(frame, source="s", outlines=outlines(), code="code")


def test_points_at_home_are_silent() -> None:
    assert is_clean(check(points()))


@pytest.mark.parametrize(
    ("move", "name"),
    [(wgs84_to_gcj02, "GCJ-02"), (wgs84_to_bd09, "BD-09"), (lambda x, y: (y.copy(), x.copy()), "lat/lon")],
)
def test_a_uniform_shift_refuses_the_source_and_names_the_datum(move, name: str) -> None:
    result = check(points(move))
    assert rules(result) == ["datum.shift"]
    assert result.rejected
    assert result.findings[0].values["datum"] == name


def test_two_populations_of_shifts_set_the_moved_rows_aside() -> None:
    result = check(points(wgs84_to_gcj02, some=20, spread=0.2))
    assert set(rules(result)) == {"datum.row_shift"}
    assert set(result.quarantined) == set(range(1, 21))


def test_points_that_no_datum_explains_are_not_called_shifted() -> None:
    rng = np.random.default_rng(3)
    frame = points(
        lambda lon, lat: (
            lon + rng.uniform(-0.05, 0.05, lon.shape),
            lat + rng.uniform(-0.05, 0.05, lat.shape),
        )
    )
    assert is_clean(check(frame))


@given(st.integers(0, 4))
def test_a_few_points_across_the_border_prove_nothing(few: int) -> None:
    assert is_clean(check(points(wgs84_to_gcj02, some=few)))


BOUNDS = (119.0, 31.0, 120.2, 32.1)


@pytest.mark.parametrize(
    ("spot", "guess"), [((31.5, 119.5), "axes"), ((488_000, 3_503_000), "metres"), ((30.1, -1.9), "datum")]
)
def test_a_layer_that_reaches_no_unit_is_named_with_both_boxes_and_a_guess(
    spot: tuple[float, float], guess: str
) -> None:
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(*spot)], index=rows_index(1))
    result = check_reach(frame, source="s", bounds=BOUNDS, layer="fibre")
    assert rules(result) == [f"datum.reaches_nothing_{guess}"]
    text = result.findings[0].message()
    assert f"{spot[0]:.4f}" in text
    assert "119.0000, 31.0000, 120.2000, 32.1000" in text


def test_a_layer_that_reaches_one_unit_is_silent() -> None:
    frame = gpd.GeoDataFrame(
        geometry=[shapely.Point(30, -2), shapely.Point(119.5, 31.5)], index=rows_index(2)
    )
    assert is_clean(check_reach(frame, source="s", bounds=BOUNDS))


def test_rows_are_named_by_their_lines() -> None:
    frame = points(wgs84_to_gcj02, some=20, spread=0.2)
    result = check_shift(
        frame, source="s", outlines=outlines(), code="code", lines={i: i + 1 for i in frame.index}
    )
    assert rows_of(result, "datum.row_shift")[0] == "line 2 (v0)"
