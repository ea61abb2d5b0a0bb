"""Copper: published points, reach tables inverted, nothing extrapolated, and the laws of a loop."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.capacity.copper import Cable, copper_rate, reach_of
from geo.capacity.curves import read_curves
from geo.capacity.reached import REACHED, Reached
from geo.errors import UnknownName, UsageError
from tests.reference import reference

CURVES = read_curves()
LOOPS = st.floats(0, 8000)


def rate(loop: float, port: str = "adsl2+", **cable: object) -> float:
    return float(copper_rate(np.array([loop]), CURVES, port=port, cable=Cable(**cable))[0][0])  # type: ignore[arg-type]


def on_curve(profile: str, scenario: str, conductor: str, loop: float) -> float:
    curve = CURVES.copper[profile, scenario, conductor]
    return float(np.interp(loop, curve.loop_m, curve.down_mbps))


def test_every_published_point_is_met_by_what_was_computed_for_it() -> None:
    with reference("capacity", "dsl_points_published.csv").open(encoding="utf-8") as lines:
        points = list(csv.DictReader(lines))
    assert len(points) == 38
    for p in points:
        for conductor in ("0.40", "0.50"):
            got = on_curve(p["technology"], p["compared_scenario"], conductor, float(p["loop_m"]))
            assert got == pytest.approx(float(p[f"computed_{conductor}_mbps"]), abs=0.051), p


def test_the_mean_errors_against_published_points_are_those_of_the_page() -> None:
    with reference("capacity", "dsl_points_published.csv").open(encoding="utf-8") as lines:
        points = list(csv.DictReader(lines))

    def errors(source: str, conductor: str) -> np.ndarray:
        mine = [p for p in points if p["source"] == source]
        got = [on_curve(p["technology"], p["compared_scenario"], conductor, float(p["loop_m"])) for p in mine]
        return np.array(got) / np.array([float(p["down_mbps"]) for p in mine]) - 1

    assert round(100 * np.abs(errors("P1", "0.40")).mean()) == 3
    assert [round(100 * np.abs(errors(p, "0.40")).mean()) for p in ("P2", "P3")] == [6, 6]
    assert round(100 * np.abs(errors("P4", "0.50")).mean()) == 13
    assert [round(100 * errors("P4", c).mean()) for c in ("0.50", "0.40")] == [-4, -29]
    assert round(100 * errors("P5", "0.40").mean()) == 17


def test_the_reach_of_each_threshold_is_the_tables_to_ten_metres() -> None:
    with reference("capacity", "dsl_reach_by_threshold.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    held = 0
    for row in rows:
        curve = CURVES.copper[row["technology"], row["scenario"], row["conductor_mm"]]
        for threshold in (2, 4, 8, 12, 20, 50, 100):
            due = float(row[f"reach_m_at_{threshold}_mbps"])
            if due == 0 or curve.loop_m[0] <= due <= curve.loop_m[-1]:
                assert reach_of(threshold, curve) == pytest.approx(due, abs=10), (row, threshold)
                held += 1
    assert held > 80


@pytest.mark.parametrize(
    ("loop", "mbps", "why"),
    [
        (0.0, 22.45, Reached.SHORT),
        (100.0, 22.45, Reached.ON_CURVE),
        (6000.0, 0.50, Reached.ON_CURVE),
        (6000.1, 0.0, Reached.BEYOND),
        (-1.0, np.nan, Reached.WRONG_LENGTH),
        (np.nan, np.nan, Reached.NO_LENGTH),
    ],
)
def test_a_loop_outside_the_curve_is_named_and_never_extrapolated(
    loop: float, mbps: float, why: Reached
) -> None:
    got, code = copper_rate(np.array([loop]), CURVES, port="adsl2+")
    assert got[0] == pytest.approx(mbps, nan_ok=True)
    assert code[0] == REACHED[why]


def test_a_wider_profile_may_be_slower_but_its_port_never_is() -> None:
    assert on_curve("vdsl2-30a", "single", "0.40", 1000) < on_curve("vdsl2-17a", "single", "0.40", 1000)
    assert on_curve("vdsl2-17a", "planning", "0.40", 3000) == pytest.approx(4.5, abs=0.05)
    assert rate(3000, "vdsl2-17a") == pytest.approx(6.8, abs=0.05)


def test_the_field_statement_of_8_mbps_at_500_m_is_a_derate_of_044() -> None:
    assert rate(500) == pytest.approx(18.2, abs=0.05)
    assert rate(500, derate=0.44) == pytest.approx(8.0, abs=0.05)


def test_rates_are_capped_as_the_profiles_say() -> None:
    assert rate(100, scenario="guide") == 24
    assert rate(50, "vdsl2-17a", scenario="single") == 100


@given(
    st.sampled_from(list(CURVES.profiles)),
    st.sampled_from(["planning", "vectored", "guide", "single"]),
    LOOPS,
    LOOPS,
)
def test_a_rate_never_rises_with_the_loop(port: str, scenario: str, a: float, b: float) -> None:
    near, far = min(a, b), max(a, b)
    assert rate(near, port, scenario=scenario) >= rate(far, port, scenario=scenario)


@given(st.sampled_from(["planning", "vectored"]), LOOPS)
def test_a_faster_technology_never_lowers_a_rate(scenario: str, loop: float) -> None:
    rates = [rate(loop, port, scenario=scenario) for port in ("adsl2+", "vdsl2-17a", "vdsl2-30a")]
    assert rates == sorted(rates)


@given(st.sampled_from(list(CURVES.profiles)), LOOPS)
def test_vectoring_and_thicker_wire_never_lower_a_rate(port: str, loop: float) -> None:
    assert rate(loop, port, scenario="vectored") >= rate(loop, port)
    assert rate(loop, port, conductor_mm="0.50") >= rate(loop, port) - 0.02


def test_a_cable_or_port_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnknownName, match=r"'sdsl' is no copper port; there is adsl2\+"):
        rate(1, "sdsl")
    with pytest.raises(UnknownName, match=r"0\.90 mm .planning.; there is 0\.40, 0\.50 mm"):
        rate(1, conductor_mm="0.90")
    with pytest.raises(UsageError, match="derate 0"):
        rate(1, derate=0.0)
