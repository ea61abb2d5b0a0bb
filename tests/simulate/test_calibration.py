"""The deliveries add up to the plan: each figure is computed again here, from the files, with other code."""

import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from tests.simulate.shipped import (
    BOUNDARIES,
    GRS80,
    NETWORKS,
    PLAN,
    csv_rows,
    fibre,
    gpkg_rows,
    length_km,
    without_faults,
)


def total(column: str) -> int:
    return sum(int(row[column]) for row in csv_rows(NETWORKS / "subscribers.csv"))


def sheath_km() -> float:
    table = without_faults(fibre(), "cable_id")
    live = table[table["status"] == "在用"]
    return float((live["cables"] * length_km(live["geometry"])).sum())


def hole_km(column: str) -> float:
    rows = without_faults(pd.DataFrame(gpkg_rows(NETWORKS / "ducts.gpkg", "sections")), "section_id")
    rows = rows[rows["status"] == "在用"]
    return float((rows[column] * rows["length_m"]).sum() / 1000)


def digital_share() -> float:
    nodes = [n for n in gpkg_rows(NETWORKS / "catv.gpkg", "optical_nodes") if n["homes"] >= 0]
    return 100 * sum(n["homes"] for n in nodes if n["system"] == "digital") / sum(n["homes"] for n in nodes)


def villages_with_internet() -> float:
    villages = gpd.read_parquet(BOUNDARIES / "villages.parquet")
    villages = villages[villages["population"] > 0]
    nodes = [
        n for n in csv_rows(NETWORKS / "access_nodes.csv") if n["status"] == "在用" and float(n["lat"]) > 30
    ]
    nodes = [n for n in nodes if float(n["lon"]) > 100]
    lon, lat, reach = (np.array([float(n[c]) for n in nodes]) for c in ("lon", "lat", "reach_m"))
    reached = 0
    for x, y in zip(villages["lon"], villages["lat"], strict=True):
        near = np.flatnonzero((np.abs(lon - x) < 0.03) & (np.abs(lat - y) < 0.03))
        gap = GRS80.inv(np.full(len(near), x), np.full(len(near), y), lon[near], lat[near])[2]
        reached += bool((gap <= reach[near]).any())
    return 100 * reached / len(villages)


def village_sum(column: str) -> int:
    return int(gpd.read_parquet(BOUNDARIES / "villages.parquet")[column].sum())


def built_up_km2() -> float:
    features = json.loads((BOUNDARIES / "built_up.geojson").read_text("utf-8"))["features"]
    shapes = [shapely.from_geojson(json.dumps(f["geometry"])) for f in features]
    return sum(abs(GRS80.geometry_area_perimeter(s)[0]) for s in shapes) / 1e6


FIGURES = {
    "fibre_sheath_km": sheath_km,
    "metro_egress_gbps": lambda: sum(int(r["gbps"]) for r in csv_rows(NETWORKS / "egress_links.csv")),
    "broadband_users": lambda: total("broadband"),
    "broadband_penetration": lambda: 100 * total("broadband") / village_sum("households"),
    "telephone_users": lambda: total("fixed") + total("mobile"),
    "fixed_line_users": lambda: total("fixed"),
    "mobile_users": lambda: total("mobile"),
    "users_3g": lambda: total("users_3g"),
    "digital_tv_users": lambda: total("digital_tv"),
    "digital_tv_coverage": digital_share,
    "duct_hole_km": lambda: hole_km("holes"),
    "duct_reserve_hole_km": lambda: hole_km("reserve_holes"),
    "villages_with_internet": villages_with_internet,
    "rural_computers_per_100_homes": lambda: 100 * total("rural_computers") / total("rural_households"),
    "resident_population": lambda: village_sum("population"),
    "floating_population": lambda: village_sum("floating"),
    "built_up_area_km2": built_up_km2,
}

#: Facts of the plan that the country does not meet, and says so in the table.
NOT_MET = {"districts", "broadcast_coverage"}


def plan() -> dict[str, float]:
    rows = csv_rows(PLAN / "facts_2010.csv")
    return {row["id"]: float(row["value"].lstrip("~")) for row in rows}


def calibration() -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in csv_rows(PLAN / "calibration.csv")}


@pytest.mark.parametrize("figure", sorted(FIGURES))
def test_a_figure_recomputed_from_the_files_is_within_one_percent_of_the_plan(figure):
    value = FIGURES[figure]()
    assert value == pytest.approx(plan()[figure], rel=0.01)
    assert value == pytest.approx(float(calibration()[figure]["simulated_value"]), rel=2e-4)


def test_every_fact_of_the_plan_has_its_row_in_the_table():
    assert set(plan()) <= set(calibration())
    assert set(plan()) == set(FIGURES) | NOT_MET


def test_the_table_states_the_plans_values_and_the_deviation():
    facts = plan()
    for figure, row in calibration().items():
        if figure in facts and row["plan_value"]:
            assert float(row["plan_value"]) == facts[figure]
        if row["deviation_percent"]:
            exact = 100 * (float(row["simulated_value"]) / float(row["plan_value"]) - 1)
            assert float(row["deviation_percent"]) == pytest.approx(exact, abs=1e-3)
        assert row["how"]


def test_households_are_the_ones_that_the_plan_counts():
    assert village_sum("households") == round(765_400 / 0.6022)


def test_written_sheath_km_is_cables_times_length():
    table = without_faults(fibre(), "cable_id")
    table = table[table["geometry"].notna()]
    assert np.allclose(
        table["sheath_km"], table["cables"] * length_km(table["geometry"]), atol=0.02, rtol=1e-4
    )


def test_no_township_has_more_digital_than_cable_homes():
    for row in csv_rows(NETWORKS / "subscribers.csv"):
        assert int(row["digital_tv"]) <= int(row["cable_tv"])
        assert math.isfinite(float(row["households"]))
