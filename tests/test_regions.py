"""Whole regions, end to end through the command, against published figures and independent measures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod

from geo.run import check_region, run
from geo.snapshot import Snapshot, misfits, open_snapshot
from tests.reference import reference, reference_folder

PROJECT = Path(__file__).resolve().parents[1]

#: One worker runs these: their regions are run once.
pytestmark = pytest.mark.xdist_group("regions")


@pytest.fixture(scope="session")
def rwanda(rwanda_folder: Path) -> Snapshot:
    return open_snapshot(rwanda_folder)


@pytest.fixture(scope="session")
def ibiza(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    reference("ibiza", "inputs", "points_of_interest.csv")
    out = tmp_path_factory.mktemp("ibiza")
    return open_snapshot(run(PROJECT / "tests" / "regions" / "ibiza.toml", out, data=reference_folder()).path)


def facts_of(snapshot: Snapshot, service: str, level: str) -> pd.DataFrame:
    facts = snapshot.frame("facts")
    facts = facts[
        (facts["service"] == service)
        & (facts["operator"] == "*")
        & facts["unit_id"].astype(str).str.startswith(f"{level}:")
    ]
    code = facts["unit_id"].astype(str).str.extract(r":(.*)@", expand=False)
    return facts.assign(code=code).set_index("code")


@pytest.mark.parametrize(
    ("km", "villages", "people"),
    [(1, 2_319, 1_377_949), (2, 4_085, 2_414_161), (5, 8_073, 4_745_411), (10, 12_251, 7_178_365)],
)
def test_rwanda_counts_the_villages_and_people_near_fibre_that_the_reference_counts(
    rwanda: Snapshot, km: int, villages: int, people: int
) -> None:
    card = rwanda.frame("scorecard").astype({"unit_id": str})
    card = card[card["unit_id"] == "country:RW@2021"].set_index("target_id")
    assert abs(card.loc[f"fibre_{km}km_units", "numerator"] - villages) <= 1
    assert card.loc[f"fibre_{km}km_units", "denominator"] == 14_814
    assert card.loc[f"fibre_{km}km_population", "numerator"] == pytest.approx(people, abs=2_000)
    assert card.loc[f"fibre_{km}km_population", "denominator"] == 8_690_590


def test_rwanda_distances_are_those_of_the_reference_to_a_fifth_of_a_metre(rwanda: Snapshot) -> None:
    published = pd.read_csv(reference("rwanda", "reference_distances.csv"), dtype={"id": str}).set_index("id")
    facts = facts_of(rwanda, "fibre_10km", "village")
    assert len(facts) == 14_814
    assert (facts["nearest_m"] - published["centroid_m"]).abs().max() < 0.2


@pytest.mark.parametrize("name", ["rwanda", "ibiza"])
def test_every_row_of_every_table_is_as_its_schema_says(name: str, request: pytest.FixtureRequest) -> None:
    assert misfits(request.getfixturevalue(name).path) == []


def test_rwanda_is_measured_in_a_space_within_one_in_ten_thousand(rwanda: Snapshot) -> None:
    assert rwanda.manifest["planes"]["distance"]["scale_error"] < 1e-4


def test_rwanda_by_province_adds_up_to_the_reference(rwanda: Snapshot) -> None:
    card = rwanda.frame("scorecard").astype({"unit_id": str})
    near = card[card["target_id"] == "fibre_5km_units"].set_index("unit_id")["numerator"]
    for code, count in {"1": 1_041, "2": 1_582, "3": 2_014, "4": 1_639, "5": 1_797}.items():
        assert abs(near[f"province:{code}@2021"] - count) <= 1


@pytest.fixture(scope="session")
def rwanda_findings() -> list[tuple[str, str, str]]:
    reference("rwanda", "rwanda_5levels.gpkg.zip")
    found = check_region(PROJECT / "data" / "rwanda.toml", data=reference_folder())
    return [(f.rule, f.row, json.dumps(dict(f.values), ensure_ascii=False)) for f in found]


@pytest.mark.parametrize(
    ("trap", "row"),
    [
        ("village 34110309 has a wrong cell parent", "34110309"),
        ("cell 240103 lies in another sector", "240103"),
        ("village 33070502 overlaps another", "33070502"),
        ("the lake is left out of district 32", "(32)"),
        ("village 34070704 has people and no household", "34070704"),
    ],
)
def test_rwanda_traps_are_found(rwanda_findings: list[tuple[str, str, str]], trap: str, row: str) -> None:
    assert any(row in r for _, r, _ in rwanda_findings), trap


def test_rwanda_stubs_are_set_aside_and_the_parts_of_the_network_are_reported(
    rwanda_findings: list[tuple[str, str, str]],
) -> None:
    assert sum(rule in ("network.loop", "network.zero_length") for rule, _, _ in rwanda_findings) == 28
    parts = [values for rule, _, values in rwanda_findings if rule == "network.parts"]
    assert len(parts) == 1
    assert json.loads(parts[0])["parts"] == 12


def geodesic(points: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Full matrix of geodesic distances [m]: the independent answer."""
    n, m = len(points), len(others)
    lon0, lat0 = np.repeat(points["lon"].to_numpy(), m), np.repeat(points["lat"].to_numpy(), m)
    lon1, lat1 = np.tile(others["lon"].to_numpy(), n), np.tile(others["lat"].to_numpy(), n)
    return np.asarray(Geod(ellps="WGS84").inv(lon0, lat0, lon1, lat1)[2]).reshape(n, m)


@pytest.mark.parametrize(
    ("service", "file", "kind", "mean"),
    [("fibre", "transmission_nodes.csv", None, 2407.3678), ("site_3g", "cell_sites.csv", "3G", 2386.2263)],
)
def test_ibiza_finds_the_right_neighbour_of_all_hundred_points(
    ibiza: Snapshot, service: str, file: str, kind: str | None, mean: float
) -> None:
    points = pd.read_csv(reference("ibiza", "inputs", "points_of_interest.csv")).set_index("poi_id")
    plant = pd.read_csv(reference("ibiza", "inputs", file))
    plant = plant[plant["radio_type"] == kind] if kind else plant
    facts = facts_of(ibiza, service, "point").loc[points.index]
    matrix = geodesic(points, plant)
    assert facts["nearest_m"].mean() == pytest.approx(mean, abs=1e-4)
    right = plant["ict_id"].to_numpy()[matrix.argmin(axis=1)]
    assert (facts["nearest_id"].astype(str).str.split(":").str[1].to_numpy() == right).all()
    assert np.abs(facts["nearest_m"].to_numpy() - matrix.min(axis=1)).max() < 1e-6


def test_ibiza_4g_flags_are_the_published_ones(ibiza: Snapshot) -> None:
    published = pd.read_csv(reference("ibiza", "outputs", "proximity_coverage_demand.csv")).set_index(
        "poi_id"
    )["4G_coverage"]
    facts = facts_of(ibiza, "mobile_4g", "point").loc[published.index]
    assert ((facts["status"] == "covered").to_numpy() == (published == 1.0).to_numpy()).all()
    assert (facts["status"] == "covered").sum() == 8
