"""Load: the golden tree to the last digit, conservation, and that more homes never ease a link."""

from __future__ import annotations

import csv
import datetime as dt
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.capacity.filling import Span, filling
from geo.capacity.load import Busy, link_loads, unit_loads
from geo.capacity.tree import LEVELS, read_tree
from geo.errors import UsageError
from tests.reference import reference

#: The golden tree of the plan's figures, written out: id, level, parent, uplink, then subscribers and homes with
#: television, now and at the target.
GOLDEN = [
    ("A1", "access", "B", 1000, 200, 80, 240, 160),
    ("A2", "access", "B", 100, 150, 40, 180, 120),
    ("A3", "access", "B", None, 100, 0, 120, 0),
    ("A4", "access", "D", 1000, 400, 100, 480, 320),
    ("B", "aggregation", "M", 1000, *[None] * 4),
    ("D", "aggregation", "M", 200, *[None] * 4),
    ("M", "core", "E", 500, *[None] * 4),
    ("E", "egress", "", 300, *[None] * 4),
]
BUSY = {"now": Busy(), "target": Busy(internet_mbps=8)}


def golden(case: str = "now") -> pd.DataFrame:
    at = 4 if case == "now" else 6
    rows = [(*r[:4], *r[at : at + 2]) for r in GOLDEN]
    return pd.DataFrame(
        rows, columns=["node_id", "level", "parent_id", "uplink_mbps", "subscribers", "iptv_homes"]
    )


def loads(nodes: pd.DataFrame, busy: Busy | None = None) -> pd.DataFrame:
    return link_loads(read_tree(nodes)[0], busy or Busy())


@pytest.mark.parametrize(("case", "named"), [("now", "2010"), ("target", "target")])
def test_the_golden_tree_to_the_last_digit(case: str, named: str) -> None:
    got = loads(golden(case), BUSY[case])
    with reference("capacity", "golden_tree.csv").open(encoding="utf-8") as lines:
        rows = [r for r in csv.DictReader(lines) if r["case"] == named]
    assert len(rows) == 8
    same = {"subscribers": "subscribers", "iptv_homes": "iptv_homes", "internet_mbps": "internet_mbps",
            "distinct_channels": "channels", "live_mbps": "live_mbps", "vod_mbps": "vod_mbps",
            "demand_mbps": "demand_mbps"}  # fmt: skip
    for row in rows:
        link = got.loc[row["node"]]
        assert {k: float(row[k]) for k in same} == {
            k: pytest.approx(link[v], rel=1e-14) for k, v in same.items()
        }
        if row["gap_mbps"] == "unknown":
            assert np.isnan(link["gap_mbps"])
            assert np.isnan(link["utilisation"])
            assert link["state"] == "unknown"
        else:
            assert float(row["gap_mbps"]) == pytest.approx(link["gap_mbps"], rel=1e-14)
            assert row["utilisation"] == f"{link['utilisation']:.4f}"


def test_homes_of_the_golden_tree_by_the_first_link_that_is_full() -> None:
    got = loads(golden())
    leaves = got[got["level"] == "access"]
    assert list(zip(leaves.index, leaves["homes"], leaves["path"], leaves["first_full"], strict=True)) == [
        ("A1", 200, "within", ""), ("A2", 150, "full", "A2"), ("A3", 100, "unknown", ""), ("A4", 400, "full", "D"),
    ]  # fmt: skip
    assert got.loc["A4", "utilisation"] == 0.275
    assert got.loc["D", "homes_affected"] == 400


def test_live_television_is_a_union_and_coincidence_is_not_multiplied_on() -> None:
    got = loads(golden())
    assert got.loc[["A1", "A2", "A3"], "live_mbps"].sum() == 90
    assert got.loc["B", "live_mbps"] == 50
    assert got.loc["M", "internet_mbps"] == pytest.approx(255)  # not 204


def test_units_of_the_golden_tree() -> None:
    serving = pd.DataFrame(
        [
            ("u", "A1", 100.0),
            ("u", "A4", 60.0),
            ("v", "A2", 150.0),
            ("w", "A3", 30.0),
            ("w", "gone", 5.0),
            ("x", "A1", 9.0),
        ],
        columns=["unit_id", "node_id", "homes"],
    )
    got = unit_loads(serving, loads(golden())).set_index("unit_id")
    assert got.index.tolist() == ["v", "u", "w", "x"]
    assert got.loc["u", ["homes", "homes_within", "homes_full", "homes_unknown"]].tolist() == [
        160,
        100,
        60,
        0,
    ]
    assert got.loc[["v", "u", "x"], "gap_mbps"].tolist() == [25, 30, 0]
    assert got.loc["w", "homes_unknown"] == 35
    assert np.isnan(got.loc["w", "gap_mbps"])


def test_the_egress_fills_as_the_outlook_says() -> None:
    with reference("capacity", "egress_outlook.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            nodes = pd.DataFrame(
                [("E", "egress", "", 200_000.0, float(row["subscribers"]), 0.0)],
                columns=["node_id", "level", "parent_id", "uplink_mbps", "subscribers", "iptv_homes"],
            )
            rate = float(row["busy_hour_kbps"]) / 1000
            got = loads(nodes, Busy(per_subscriber_mbps={"egress": rate})).iloc[0]
            assert f"{got['demand_mbps'] / 1000:.1f}" == row["demand_gbps"]
            assert f"{got['utilisation']:.3f}" == pytest.approx(row["share_of_200_gbps"])
            kept = loads(nodes, Busy(per_subscriber_mbps={"egress": rate}, cached=0.25)).iloc[0]
            assert kept["demand_mbps"] == pytest.approx(got["demand_mbps"] * 0.75)


def test_the_default_asks_of_the_egress_a_little_more_than_the_plan_gives_each_user() -> None:
    got = loads(golden())
    assert got.loc["E", "demand_mbps"] / got.loc["E", "subscribers"] == pytest.approx(0.30)


def test_a_measured_link_stands_in_place_of_what_is_computed_and_goes_no_farther() -> None:
    nodes = golden().assign(measured_mbps=[np.nan, 90.0, *[np.nan] * 6])
    told, plain = loads(nodes, Busy(measured=True)), loads(nodes)
    assert (told.loc["A2", "demand_mbps"], told.loc["A2", "how"], told.loc["A2", "state"]) == (
        90,
        "measured",
        "within",
    )
    assert told.loc["B", "demand_mbps"] == plain.loc["B", "demand_mbps"]


def test_unknown_subscribers_are_unknown_above_unless_the_known_part_fills_the_link() -> None:
    nodes = golden()
    nodes.loc[nodes["node_id"] == "A4", "subscribers"] = np.nan
    got = loads(nodes)
    assert got.loc[["A4", "D", "M", "E"], "whole"].tolist() == [False] * 4
    assert got.loc[["A4", "D"], "state"].tolist() == ["unknown", "unknown"]
    assert np.isnan(got.loc["E", "utilisation"])
    assert got.loc["B", "state"] == "within"
    nodes.loc[nodes["node_id"] == "E", "uplink_mbps"] = 100
    tight = loads(nodes)
    assert tight.loc["E", "state"] == "full"
    assert tight.loc["E", "gap_mbps"] == pytest.approx(135 - 100)  # at least


def test_no_capacity_is_not_an_unknown_one() -> None:
    nodes = golden()
    nodes.loc[nodes["node_id"] == "A1", "uplink_mbps"] = 0
    assert loads(nodes).loc["A1", ["state", "gap_mbps", "carried_mbps"]].tolist() == ["full", 170, 0]


def test_a_way_that_ends_before_the_egress_is_unknown() -> None:
    got = loads(golden().iloc[[0, 4]].assign(parent_id=["B", ""]))
    assert got["path"].tolist() == ["unknown", "unknown"]


def test_small_groups_are_asked_for_their_peak() -> None:
    nodes = golden().assign(subscribers=[32, 64, 256, 1024, *[np.nan] * 4], iptv_homes=0.0)
    got = loads(nodes, Busy(concurrency=0.1, peak_below=300))["internet_mbps"]
    assert got[["A1", "A2", "A3"]].tolist() == pytest.approx([32 * 0.2 * 2.5, 64 * 0.2 * 1.875, 37 * 2.0])
    assert got["A4"] == pytest.approx(1024 * 0.2)


# Laws.

PARENTS = st.lists(st.integers(0, 6), min_size=1, max_size=12)


@st.composite
def trees(draw: st.DrawFn) -> pd.DataFrame:
    """A tree of every level with some hundreds of homes; some capacities unknown."""
    rows: list[tuple[Any, ...]] = [
        ("E", "egress", "", draw(st.sampled_from([100.0, 1000.0, np.nan])), np.nan, np.nan)
    ]
    for depth, level in enumerate(LEVELS[-2::-1], start=1):
        for i in range(draw(st.integers(1, 3 + depth))):
            above = [r[0] for r in rows if LEVELS.index(r[1]) > LEVELS.index(level)]
            leaf = level == "access"
            rows.append((
                f"{level}{i}", level, draw(st.sampled_from(above)), draw(st.sampled_from([50.0, 500.0, np.nan])),
                float(draw(st.integers(0, 300))) if leaf else np.nan, float(draw(st.integers(0, 300))) if leaf else np.nan,
            ))  # fmt: skip
    return pd.DataFrame(
        rows, columns=["node_id", "level", "parent_id", "uplink_mbps", "subscribers", "iptv_homes"]
    )


def below(nodes: pd.DataFrame, node: str) -> list[str]:
    children = nodes.loc[nodes["parent_id"] == node, "node_id"]
    return [node, *(n for c in children for n in below(nodes, c))]


FLAT = dict.fromkeys(LEVELS, 1.0)


@settings(max_examples=40)
@given(trees())
def test_without_television_and_coincidence_every_link_is_asked_for_the_sum_of_the_homes_below(
    nodes: pd.DataFrame,
) -> None:
    got = loads(nodes.assign(iptv_homes=0.0), Busy(coincidence=FLAT))
    own = nodes.set_index("node_id")["subscribers"].fillna(0)
    for node, link in got.iterrows():
        assert Fraction(link["demand_mbps"]) == sum(Fraction(own[n]) for n in below(nodes, str(node))) / 2


@settings(max_examples=40)
@given(trees())
def test_demand_is_the_coincident_sum_below_and_live_the_union(nodes: pd.DataFrame) -> None:
    busy = Busy()
    got = loads(nodes, busy)
    own = nodes.set_index("node_id")[["subscribers", "iptv_homes"]].fillna(0)
    for node, link in got.iterrows():
        subscribers, tv = own.loc[below(nodes, str(node))].sum()
        part = busy.coincidence[link["level"]]
        on = link["level"] != "egress"
        plain = subscribers * 0.5 * part + on * (min(20, tv * 0.4) * 2.5 + tv * 0.25 * part)
        assert link["demand_mbps"] == pytest.approx(plain)
        assert link["live_mbps"] <= 50
        children = got[got["parent_id"] == node]
        if on and len(children):
            assert link["live_mbps"] <= children["live_mbps"].sum() + 1e-9


@settings(max_examples=40)
@given(trees(), st.integers(0, 50), st.integers(1, 200), st.booleans())
def test_more_homes_never_lower_any_use(nodes: pd.DataFrame, which: int, more: int, peak: bool) -> None:
    leaves = nodes.index[nodes["level"] == "access"]
    grown = nodes.copy()
    grown.loc[leaves[which % len(leaves)], ["subscribers", "iptv_homes"]] += more
    busy = Busy(peak_below=100 if peak else 0)
    before, after = loads(nodes, busy), loads(grown, busy)
    assert (after["demand_mbps"] >= before["demand_mbps"] * (1 - 1e-12)).all()
    used = pd.DataFrame({"before": before["utilisation"], "after": after["utilisation"]}).dropna()
    assert (used["after"] >= used["before"] * (1 - 1e-12)).all()
    assert before["utilisation"].isna().equals(after["utilisation"].isna())


@settings(max_examples=40)
@given(trees(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_bit(nodes: pd.DataFrame, chance: Any) -> None:
    order = list(range(len(nodes)))
    chance.shuffle(order)
    pd.testing.assert_frame_equal(loads(nodes), loads(nodes.iloc[order]), check_exact=True)


@settings(max_examples=40)
@given(trees())
def test_what_is_carried_is_the_less_of_offered_and_capacity(nodes: pd.DataFrame) -> None:
    got = loads(nodes)
    assert (got["carried_mbps"] <= got["demand_mbps"]).all()
    known = got.dropna(subset=["gap_mbps"])
    np.testing.assert_allclose(known["carried_mbps"] + known["gap_mbps"], known["demand_mbps"], rtol=1e-12)


@settings(max_examples=40)
@given(trees())
def test_every_home_is_within_behind_a_full_link_or_unknown(nodes: pd.DataFrame) -> None:
    got = loads(nodes)
    for node, link in got.iterrows():
        way, at = [], str(node)
        while at:
            way.append(at)
            at = str(got.loc[at, "parent_id"])
        full = [n for n in way if got.loc[n, "state"] == "full"]
        assert link["first_full"] == (full[0] if full else "")
        dark = any(got.loc[n, "state"] == "unknown" for n in way)
        assert link["path"] == ("full" if full else "unknown" if dark else "within")


# Filling.

SPAN = Span(dt.date(2010, 12, 31), dt.date(2015, 12, 31))


def test_links_fill_on_the_way_to_the_target() -> None:
    tree = read_tree(golden())[0]
    now = link_loads(tree, BUSY["now"])
    then = link_loads(read_tree(golden("target"))[0], BUSY["target"])
    got = filling(tree, now, then, span=SPAN)
    days = 1826
    assert got.loc["A4", "fills_after_days"] == np.ceil((1000 - 275) / (1090 - 275) * days)
    assert got.loc["E", "fills_after_days"] == np.ceil((300 - 255) / (1224 - 255) * days)
    assert got.loc["E", "fills_on"] == "2011-03-26"
    assert got.loc["A2", ["fills_after_days", "first_to_fill"]].tolist() == [0, "A2"]
    assert np.isnan(got.loc["A3", "fills_after_days"])
    assert got.loc[["A1", "A3", "A4", "B"], "first_to_fill"].tolist() == ["E", "E", "D", "E"]


def test_a_link_that_does_not_fill_by_then_has_no_day() -> None:
    tree = read_tree(golden())[0]
    now = link_loads(tree, BUSY["now"])
    got = filling(tree, now, now, span=SPAN)
    assert got["fills_on"].tolist() == ["", "2010-12-31", "", "", "", "2010-12-31", "", ""]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"coincidence": {**FLAT, "access": 0.5}}, "never rising inward"),
        ({"coincidence": {"access": 1.0}}, "give every level one"),
        ({"concurrency": 1.5}, "shares lie in 0 to 1"),
        ({"live_mbps": -1.0}, "rates are at least 0"),
        ({"live_until": "attic"}, "none of access"),
    ],
)
def test_settings_that_no_busy_hour_has_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Busy(**settings)
