"""The scorecard: verdicts, shortfalls and paces against figures reckoned by hand."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.cover.decide import cover
from geo.region import Target
from geo.region.read import region_from
from geo.rollup import roll_up
from geo.scorecard import COLUMNS, months_between, needed, scorecard, verdict
from geo.terms import Verdict
from tests import worlds

BARE = {"id": "t", "name": "t", "threshold": 100, "due": dt.date(2015, 12, 31), "source": "plan"}


def target(threshold: object, **more: Any) -> Target:
    return Target(**{**BARE, "service": "s", "level": "village", "threshold": threshold, **more})


@pytest.mark.parametrize(
    ("threshold", "low", "high", "expected"),
    [
        (90, 0.9, 0.9, Verdict.MET),
        (90, 0.95, 1.0, Verdict.MET),
        (90, 0.8, 0.89, Verdict.MISSED),
        (90, 0.8, 0.9, Verdict.OPEN),
        (">=90", 0.9, 0.9, Verdict.MET),
        (">80", 0.8, 0.8, Verdict.MISSED),
        (">80", 0.8, 0.81, Verdict.OPEN),
        (">80", 0.800001, 0.81, Verdict.MET),
        (100, 1.0, 1.0, Verdict.MET),
        (100, 999_999 / 1_000_000, 1.0, Verdict.OPEN),
        (100, 999_999 / 1_000_000, 999_999 / 1_000_000, Verdict.MISSED),
        (100, float("nan"), float("nan"), Verdict.OPEN),
        ("0.85", 0.0085, 0.0085, Verdict.MET),
    ],
)
def test_a_verdict_is_met_missed_or_open(
    threshold: object, low: float, high: float, expected: Verdict
) -> None:
    assert verdict(target(threshold), low, high) is expected


def test_one_home_of_the_largest_country_keeps_a_hundred_percent_from_being_met() -> None:
    homes = 500_000_000
    assert verdict(target(100), (homes - 1) / homes, (homes - 1) / homes) is Verdict.MISSED


@pytest.mark.parametrize(("tenths"), range(1, 10))
def test_a_share_that_is_a_round_fraction_is_not_lost_to_floating_point(tenths: int) -> None:
    share = sum([0.1] * tenths)  # 0.7999999999999999 for eight
    assert verdict(target(10 * tenths), share, share) is Verdict.MET
    assert verdict(target(f">{10 * tenths}"), share, share) is Verdict.MISSED


@pytest.mark.parametrize(
    ("threshold", "denominator", "count"),
    [
        (90, 1_271_006, 1_143_906),  # 1,143,905.4
        (100, 1_271_006, 1_271_006),
        (7, 100, 7),  # 0.07 * 100 is 7.000000000000001
        (29, 100, 29),
        (">80", 10, 9),
        (">80", 5, 5),
        (">80", 11, 9),  # 8.8
        (">100", 10, 10),  # nobody can be more than all
        ("99.9", 1000, 999),
        ("99.9", 1001, 1000),  # 999.999
        (95, 0, 0),
        (1, 3, 1),
    ],
)
def test_how_many_a_target_asks_for_is_exact(threshold: object, denominator: float, count: int) -> None:
    assert needed(target(threshold), denominator) == count


@given(st.integers(0, 1000), st.integers(1, 10**7), st.booleans())
def test_as_many_as_needed_reach_the_threshold_and_one_less_does_not(
    tenths: int, denominator: int, strict: bool
) -> None:
    goal = target(f"{'>' if strict else ''}{tenths / 10:.1f}")
    count = needed(goal, denominator)
    assert 0 <= count <= denominator
    limit = Fraction(tenths, 1000)
    reached = (
        (lambda n: Fraction(n, denominator) > limit)
        if strict
        else (lambda n: Fraction(n, denominator) >= limit)
    )
    assert reached(count) or (strict and limit == 1)
    assert count == 0 or not reached(count - 1)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 1000), st.booleans())
def test_a_known_count_is_met_exactly_where_nothing_is_lacking(
    numerator: int, denominator: int, tenths: int, strict: bool
) -> None:
    numerator = min(numerator, denominator)
    goal = target(f"{'>' if strict else ''}{tenths / 10:.1f}")
    share = numerator / denominator
    lacking = max(0, needed(goal, denominator) - numerator)
    judged = verdict(goal, share, share)
    if strict and tenths == 1000:
        assert judged is Verdict.MISSED
    else:
        assert (judged is Verdict.MET) == (lacking == 0)


def test_a_month_is_the_mean_of_the_calendar() -> None:
    assert months_between(dt.date(2000, 1, 1), dt.date(2400, 1, 1)) == pytest.approx(4800)
    assert months_between(dt.date(2010, 12, 31), dt.date(2015, 12, 31)) == pytest.approx(1826 / 30.436875)


# ---------------------------------------------------------------- whole cards


def world(covered: int, *, targets: list[dict[str, Any]], silent: tuple[str, ...] = (), n: int = 10) -> Any:
    """Ten villages in a row, one county each; the first ones have a node, some counties are silent."""
    of = worlds.villages(n, 1, counties=n)
    nodes = worlds.features([g.centroid for g in of.geometry[:covered]])
    survey = {"survey": [{"level": "county", "without": list(silent)}]} if silent else {}
    return worlds.ground(
        of,
        layers=[{"id": "nodes", "geometry": "point", "operator": "a", "feature": "id", **survey}],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "within", "layers": ["nodes"], "distance_m": 100}],
            }
        ],
        plant={"nodes": nodes},
        targets=targets,
        city=True,
    )


def card(at: Any, **more: Any) -> pd.DataFrame:
    rollup = roll_up(cover(at), at.hierarchy)
    out = scorecard(at.region, rollup, at.hierarchy, reported=more.pop("reported", {}), **more)
    assert list(out.columns) == list(COLUMNS)
    return out


def computed(id_: str, threshold: object, **more: Any) -> dict[str, Any]:
    return {**BARE, "id": id_, "service": "s", "level": "village", "threshold": threshold, **more}


def city(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["unit_id"] == "city:R@2010"].set_index("target_id")


def test_a_target_is_judged_at_every_unit_above_the_counted_level() -> None:
    table = card(world(7, targets=[computed("all", 100)]))
    assert len(table) == 11
    assert table["unit_id"].iloc[0] == "city:R@2010"
    by_county = table.iloc[1:]
    assert list(by_county["verdict"]) == ["met"] * 7 + ["missed"] * 3
    assert list(by_county["shortfall"]) == [0.0] * 7 + [1.0] * 3


def test_shortfall_and_pace_are_in_the_targets_own_count() -> None:
    row = city(card(world(7, targets=[computed("nine", 90)]))).loc["nine"]
    assert (row["numerator"], row["unknown"], row["denominator"]) == (7, 0, 10)
    assert row["shortfall"] == 2
    assert row["pace_needed"] == pytest.approx(2 / (1826 / 30.436875))
    assert (row["threshold"], row["due"], row["source"]) == ("90", "2015-12-31", "plan")


def test_households_are_counted_in_households() -> None:
    """Homes 30, 33 … 57: 435 in all, 273 covered by the first seven; 90 % of 435 are 391.5."""
    row = city(card(world(7, targets=[computed("homes", 90, basis="households")]))).loc["homes"]
    assert (row["numerator"], row["denominator"], row["shortfall"]) == (273, 435, 392 - 273)


def test_the_unknown_keep_a_target_open_and_stand_in_no_numerator() -> None:
    table = city(
        card(
            world(
                9,
                silent=("C8", "C9"),
                targets=[computed("nine", 90), computed("eight", 80), computed("all", 100)],
            )
        )
    )
    row = table.loc["nine"]
    assert (row["numerator"], row["unknown"], row["denominator"]) == (8, 2, 10)
    assert (row["share"], row["share_low"], row["share_high"]) == (1.0, 0.8, 1.0)
    assert list(table["verdict"]) == ["open", "met", "open"]
    assert list(table["shortfall"]) == [1.0, 0.0, 2.0]


def test_a_strict_threshold_asks_for_one_more() -> None:
    table = city(card(world(8, targets=[computed("plain", 80), computed("strict", ">80")])))
    assert list(table["verdict"]) == ["met", "missed"]
    assert list(table["shortfall"]) == [0.0, 1.0]


def test_targets_that_contradict_each_other_stand_side_by_side_with_their_lines() -> None:
    table = card(
        world(
            8,
            targets=[
                computed("text", 100, source="plan, 2.3.1: rural 20 Mbps"),
                computed("annex", 80, source="plan, annex: township 20, rural 12"),
            ],
        )
    )
    both = city(table)
    assert list(both["verdict"]) == ["missed", "met"]
    assert list(both["source"]) == ["plan, 2.3.1: rural 20 Mbps", "plan, annex: township 20, rural 12"]


def test_once_the_due_date_is_reached_no_pace_is_told() -> None:
    row = city(card(world(7, targets=[computed("late", 100, due=dt.date(2010, 12, 31))]))).loc["late"]
    assert row["shortfall"] == 3
    assert np.isnan(row["pace_needed"])


def test_a_class_counts_its_own_villages_only() -> None:
    of = worlds.villages(4, 1, classes=("rural", "urban"))
    at = worlds.ground(
        of,
        layers=[{"id": "nodes", "geometry": "point", "operator": "a", "feature": "id"}],
        services=[
            {
                "id": "s",
                "name": "s",
                "rules": [{"level": "village", "rule": "within", "layers": ["nodes"], "distance_m": 100}],
            }
        ],
        plant={
            "nodes": worlds.features(
                [of.geometry[0].centroid, of.geometry[1].centroid, of.geometry[3].centroid]
            )
        },
        targets=[computed("rural", 100, **{"class": "rural"}), computed("urban", 100, **{"class": "urban"})],
    )
    table = card(at).set_index("target_id")
    assert list(table["numerator"]) == [1, 2]
    assert list(table["denominator"]) == [2, 2]
    assert list(table["verdict"]) == ["missed", "met"]


def test_a_class_without_any_unit_is_open_and_never_left_out() -> None:
    table = card(world(7, targets=[computed("urban", 100, **{"class": "urban"})]))
    assert list(table["unit_id"]) == ["city:R@2010"]
    assert list(table["verdict"]) == ["open"]
    assert np.isnan(table["denominator"].iloc[0])


def test_met_on_a_measured_basis_lacks_nothing() -> None:
    """Areas are no whole numbers: the whole is reached without a square metre to connect."""
    row = city(card(world(10, targets=[computed("ground", 100, basis="area")]))).loc["ground"]
    assert row["verdict"] == "met"
    assert row["shortfall"] == 0
    row = city(card(world(9, targets=[computed("ground", 50, basis="area")]))).loc["ground"]
    assert (row["verdict"], row["shortfall"]) == ("met", 0)


def test_pace_seen_is_what_was_gained_between_two_dates() -> None:
    targets = [computed("all", 100), computed("homes", 100, basis="households")]
    before = card(world(4, targets=targets))
    after = city(card(world(7, targets=targets), before=before, before_date=dt.date(2010, 1, 1)))
    months = 364 / 30.436875
    assert after.loc["all", "pace_seen"] == pytest.approx(3 / months)
    assert after.loc["homes", "pace_seen"] == pytest.approx((42 + 45 + 48) / months)


def test_pace_seen_is_not_told_backwards_in_time_nor_for_a_new_target() -> None:
    before = card(world(4, targets=[computed("all", 100)]))
    later = card(world(7, targets=[computed("all", 100)]), before=before, before_date=dt.date(2011, 1, 1))
    assert later["pace_seen"].isna().all()
    at = world(7, targets=[computed("all", 100), computed("new", 90)])
    after = city(card(at, before=before, before_date=dt.date(2010, 1, 1)))
    assert np.isnan(after.loc["new", "pace_seen"])
    assert not np.isnan(after.loc["all", "pace_seen"])


# ---------------------------------------------------------------- reported values

REPORTED = {**BARE, "id": "pcs", "reported": "table", "threshold": 80, "unit": "per 100 people"}


def values(*rows: tuple[Any, ...]) -> dict[str, pd.DataFrame]:
    names = ["target_id", "unit_code", "date", "value", "numerator", "denominator", "source"]
    return {"table": pd.DataFrame(rows, columns=names)}


def test_the_latest_reported_value_counts_with_its_date_and_source() -> None:
    table = card(
        world(7, targets=[REPORTED]),
        reported=values(
            ("pcs", "R", "2009-12-31", "60", None, None, "old"),
            ("pcs", "R", "2010-06-30", "74", None, None, "yearbook"),
            ("pcs", "R", "2011-06-30", "90", None, None, "the future"),
        ),
    )
    row = table.iloc[0]
    assert (row["how"], row["verdict"], row["value"]) == ("reported", "missed", 74)
    assert (row["value_date"], row["value_source"]) == ("2010-06-30", "yearbook")
    assert row["shortfall"] == 6
    assert row["pace_needed"] == pytest.approx(6 / (1826 / 30.436875))


def test_a_reported_share_is_judged_like_a_computed_one() -> None:
    goal = {**REPORTED, "unit": "percent", "threshold": ">80"}
    at = world(7, targets=[goal])
    row = card(at, reported=values(("pcs", "R", "2010-12-31", "80", "80", "100", "x"))).iloc[0]
    assert (row["verdict"], row["share_low"], row["shortfall"]) == ("missed", 0.8, 1)
    row = card(at, reported=values(("pcs", "R", "2010-12-31", "80.1", "", "", "x"))).iloc[0]
    assert row["verdict"] == "met"
    assert np.isnan(row["denominator"])


def test_a_reported_share_without_its_counts_has_no_shortfall_rather_than_none() -> None:
    goal = {**REPORTED, "unit": "percent"}
    row = card(
        world(7, targets=[goal]), reported=values(("pcs", "R", "2010-12-31", "70", "", "100", "x"))
    ).iloc[0]
    assert row["verdict"] == "missed"
    assert np.isnan(row["shortfall"])


def test_without_a_reported_value_the_target_is_open() -> None:
    for reported in ({}, values(), values(("other", "R", "2010-12-31", "1", None, None, "x"))):
        row = card(world(7, targets=[REPORTED]), reported=reported).iloc[0]
        assert (row["verdict"], row["how"], row["value_source"]) == ("open", "reported", "no value reported")
        assert row["unit_id"] == "city:R@2010"


def test_a_value_of_a_unit_that_is_not_there_is_never_given_to_another() -> None:
    table = card(
        world(7, targets=[REPORTED]), reported=values(("pcs", "X9", "2010-12-31", "90", None, None, "x"))
    )
    assert list(table["unit_id"]) == ["city:R@2010"]
    assert list(table["verdict"]) == ["open"]


def test_a_code_that_two_levels_share_is_the_outer_ones() -> None:
    of = worlds.villages(2, 1, counties=2).assign(code=["R", "V1"])
    at = worlds.ground(of, layers=[], services=[], plant={}, targets=[REPORTED], city=True)
    table = card(at, reported=values(("pcs", "R", "2010-12-31", "90", None, None, "x")))
    assert list(table["unit_id"]) == ["city:R@2010"]


def test_a_reported_amount_that_is_no_number_is_open() -> None:
    row = card(
        world(7, targets=[REPORTED]), reported=values(("pcs", "R", "2010-12-31", "many", None, None, "x"))
    ).iloc[0]
    assert row["verdict"] == "open"
    assert np.isnan(row["shortfall"])


def test_a_region_without_targets_has_an_empty_scorecard() -> None:
    table = card(world(7, targets=[]))
    assert table.empty


def test_rows_come_by_unit_then_in_the_order_of_the_region_file() -> None:
    table = card(world(7, targets=[computed("z", 100), computed("a", 100)], n=10))
    assert list(table["target_id"].iloc[:2]) == ["z", "a"]
    assert list(dict.fromkeys(table["unit_id"]))[:2] == ["city:R@2010", "county:C0@2010"]


def test_the_target_model_reads_thresholds_as_the_plan_writes_them() -> None:
    region = region_from(
        {
            "name": "x",
            "as_of": dt.date(2010, 1, 1),
            "levels": worlds.LEVELS[:1],
            "sources": worlds.SOURCES,
            "targets": [
                {**REPORTED, "id": f"t{i}", "threshold": t}
                for i, t in enumerate(["1,000", ">0.85", 100, 99.5])
            ],
        },
        worlds.Path("x.toml"),
    )
    assert [(t.threshold.value, t.threshold.strict) for t in region.targets] == [
        (1000.0, False),
        (0.85, True),
        (100.0, False),
        (99.5, False),
    ]
