"""Access: rates of lines, the best of a unit, and the shares of homes; unknown is never uncovered."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.capacity.access import Access, best_lines, line_rates, rate_shares
from geo.capacity.curves import read_curves
from geo.capacity.reached import REACHED, Reached
from geo.errors import UnknownName

CURVES = read_curves()


def lines(*rows: dict[str, Any]) -> pd.DataFrame:
    plain = {"unit_id": "u", "node_id": "n", "technology": "gpon", "distance_m": 100.0}
    return pd.DataFrame([plain | r for r in rows])


def one(access: Access | None = None, **row: Any) -> tuple[float, float, str]:
    got = line_rates(lines(row), CURVES, access=access).iloc[0]
    return float(got["alone_mbps"]), float(got["busy_mbps"]), list(REACHED)[int(got["reached"])].value


def test_a_pon_gives_all_of_its_port_as_far_as_the_light_reaches() -> None:
    assert one(technology="epon", split=64, loop_m=6200.0)[0] == 1000
    assert one(technology="epon", split=64, loop_m=6300.0) == (0, 0, "beyond_reach")
    assert one(technology="epon", split=32, loop_m=6300.0)[0] == 1000
    assert one(technology="epon", optics="PX20", split=64, loop_m=1.0)[0] == 0
    assert one(technology="gpon", optics="C+", split=64, loop_m=13_000.0)[0] == 2300


def test_a_pon_without_a_split_is_unknown_unless_the_region_states_one() -> None:
    assert one(technology="epon")[2] == "no_split"
    assert np.isnan(one(technology="epon")[0])
    assert one(Access(split=64), technology="epon")[0] == 1000


def test_a_distance_on_the_map_is_less_than_its_wire() -> None:
    assert one(technology="adsl2+", distance_m=1000.0) == one(technology="adsl2+", loop_m=1300.0)


def test_what_is_left_of_a_shared_port_is_its_part_among_the_active() -> None:
    alone, busy, _ = one(technology="epon", split=64.0, loop_m=10.0)
    assert (alone, busy) == (1000, pytest.approx(1000 / 24))  # 24 of 64 are active in 99 of 100 moments


def test_a_coaxial_node_has_its_channels_and_a_one_way_one_has_nothing() -> None:
    assert one(technology="docsis", capacities=4.0, homes=500.0)[0] == 200
    assert np.isnan(one(technology="docsis", homes=500.0)[0])
    assert one(technology="docsis", homes=500.0)[2] == "no_capacity"
    assert one(technology="catv one-way", homes=500.0) == (0, 0, "one_way")


def test_a_port_in_the_building_ends_at_a_hundred_metres() -> None:
    assert one(technology="fttb+lan", loop_m=100.0)[:2] == (95, 95)
    assert one(technology="fttb+lan", loop_m=100.5) == (0, 0, "beyond_reach")


def test_a_stated_rate_is_taken_as_it_is_and_a_technology_nobody_knows_is_unknown() -> None:
    assert one(technology="carrier pigeon", stated_mbps=3.0)[::2] == (3, "stated")
    assert one(technology="carrier pigeon")[2] == "unknown_technology"
    assert np.isnan(one(technology="carrier pigeon")[0])


def test_a_negative_length_is_named_for_every_medium() -> None:
    for technology in ("adsl2+", "gpon", "fttb+lan"):
        alone, _, why = one(technology=technology, loop_m=-5.0, split=32)
        assert why == "wrong_length"
        assert np.isnan(alone)


def test_the_best_line_of_a_unit_comes_with_its_node_and_3g_never_counts_as_fixed() -> None:
    table = lines(
        {"node_id": "d", "technology": "adsl2+", "loop_m": 1000.0},
        {"node_id": "o", "technology": "gpon", "split": 32.0},
        {"node_id": "b", "technology": "lte 20 mhz"},
        {"unit_id": "v", "node_id": "b", "technology": "hsdpa+ 21"},
    )
    rates = line_rates(table, CURVES)
    best = best_lines(table, rates)
    assert best.loc["u", "node_id"] == "o"
    assert "v" not in best.index
    assert best_lines(table, rates, fixed=False).loc["v", "best_mbps"] == 4.5


def units(*rows: tuple[str, str, float, bool]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["unit_id", "settlement_class", "households", "surveyed"])


def test_shares_count_unknown_homes_apart() -> None:
    table = lines(
        {"unit_id": "fast", "technology": "gpon", "split": 32.0},
        {"unit_id": "slow", "technology": "adsl2+", "loop_m": 3000.0},
        {"unit_id": "doubt", "technology": "adsl2+", "loop_m": 3000.0},
        {"unit_id": "doubt", "technology": "gpon"},
    )
    best = best_lines(table, line_rates(table, CURVES))
    of = units(
        ("fast", "urban", 100, True), ("slow", "rural", 30, True), ("doubt", "rural", 20, True),
        ("none", "rural", 10, True), ("silent", "rural", 5, False),
    )  # fmt: skip
    shares = rate_shares(best, of, thresholds=[4, 12]).set_index(["class", "mbps"])
    assert shares.loc[("all", 12.0), ["numerator", "unknown", "denominator"]].tolist() == [100, 25, 165]
    assert shares.loc[("all", 4.0), ["numerator", "unknown"]].tolist() == [150, 5]
    assert shares.loc[("rural", 12.0), ["numerator", "unknown", "denominator"]].tolist() == [0, 25, 65]
    assert shares.loc[("rural", 12.0), "share"] == 0
    assert shares.loc[("urban", 12.0), "share"] == 1


TECHNOLOGIES = st.sampled_from([*CURVES.profiles, "epon", "gpon", *CURVES.shared])


@given(TECHNOLOGIES, st.floats(0, 9000), st.integers(1, 300), st.integers(1, 300))
def test_more_homes_on_a_medium_never_leave_a_home_more(
    technology: str, loop: float, homes: int, more: int
) -> None:
    row = {"technology": technology, "loop_m": loop, "split": 32.0, "capacities": 4.0}
    few, many = (one(**row, homes=float(n))[1] for n in (homes, homes + more))
    assert many <= few <= one(**row, homes=float(homes))[0]


@settings(max_examples=15)
@given(st.permutations(range(6)))
def test_the_order_of_lines_changes_nothing(order: list[int]) -> None:
    table = lines(
        *(
            {"unit_id": u, "node_id": n, "technology": t, "split": 32.0}
            for u in "ab"
            for n, t in zip("xyz", ["epon", "epon", "adsl2+"], strict=True)
        )
    )
    mixed = table.iloc[order]
    pd.testing.assert_frame_equal(
        best_lines(table, line_rates(table, CURVES)), best_lines(mixed, line_rates(mixed, CURVES))
    )


def test_a_missing_column_is_named() -> None:
    with pytest.raises(UnknownName, match="lines lack the columns distance_m; there is unit_id"):
        line_rates(lines({}).drop(columns="distance_m"), CURVES)


def test_every_reason_has_a_code_of_its_own() -> None:
    assert sorted(REACHED.values()) == list(range(len(Reached)))
