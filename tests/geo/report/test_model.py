"""The report's numbers are the snapshot's: the scorecard of each place, its units below, what changed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from geo.atlas import Atlas
from geo.cards import chosen_cards
from geo.errors import UnknownName
from geo.report.figures import amount, cell_of, share_of, verdict_of
from geo.report.model import Cell, Figure, headline_targets, report_of
from tests.geo.hostile import NAMES, hostile


def figure(**changed: object) -> Figure:
    told: dict[str, object] = {
        "target_id": "t",
        "name": "t",
        "level": "village",
        "service": "s",
        "service_name": "s",
        "how": "computed",
        "basis": "units",
        "klass": "all",
        "unit": "percent",
        "threshold": "100",
        "due": "2015-12-31",
        "verdict": "missed",
    }
    return Figure(**{**told, **changed})  # type: ignore[arg-type]


def target(name: str, **changed: object) -> dict[str, object]:
    return {"id": name, "service": name, "basis": "units", "class": "all", "unit": "percent", **changed}


def test_the_three_connections_of_the_demo_stand_first(demo: Atlas) -> None:
    mains = headline_targets(demo.manifest["targets"])
    assert [(t["id"], t["level"]) for t in mains] == [
        ("fibre_villages", "village"),
        ("broadband_hamlets", "hamlet"),
        ("cable_tv_hamlets", "hamlet"),
    ]


def test_first_stand_whole_unit_targets_one_a_service_and_no_reported_one() -> None:
    plan = [
        target("reported", service=None),
        target("homes", service="a", basis="households"),
        target("urban", service="a", **{"class": "urban"}),
        target("all", service="a"),
        target("again", service="a"),
        *(target(x) for x in "bcd"),
    ]
    assert [t["id"] for t in headline_targets(plan)] == ["all", "b", "c"]
    assert [t["id"] for t in headline_targets(plan[:3])] == ["homes"], "none counts units of every class"


def test_every_figure_of_every_township_is_the_scorecard_s(demo: Atlas) -> None:
    cards = chosen_cards(demo.snapshot, level="township", unit=None, target=None).rows
    numbers = [
        "numerator",
        "unknown",
        "denominator",
        "share",
        "share_low",
        "share_high",
        "value",
        "shortfall",
    ]
    seen = 0
    for unit_id, rows in cards.groupby("unit_id", sort=False, observed=True):
        made = report_of(demo, demo.position(str(unit_id)), language="zh")
        assert [f.target_id for f in made.figures] == list(rows["target_id"])
        found = np.array([[getattr(f, n) for n in numbers] for f in made.figures])
        assert np.array_equal(found, rows[numbers].to_numpy(dtype=float), equal_nan=True)
        assert [f.verdict for f in made.figures] == list(rows["verdict"])
        seen += 1
    assert seen == 67


def test_units_below_hold_what_the_roll_up_and_the_facts_say(demo: Atlas) -> None:
    city = report_of(demo, 0, language="en")
    rollup = demo.snapshot.frame("rollup")
    key = {"service": "broadband", "operator": "*", "level": "hamlet", "basis": "units", "class": "all"}
    for column, value in key.items():
        rollup = rollup[rollup[column] == value]
    wanted = rollup.astype({"unit_id": str}).set_index("unit_id")
    assert len(city.below) == 6
    for below in city.below:
        assert below.cells[1].numerator == wanted.at[below.unit_id, "numerator"]
        assert below.cells[1].unknown == wanted.at[below.unit_id, "unknown"]
    assert sum(b.cells[1].denominator for b in city.below) == 10_000


def test_the_weakest_unit_stands_first(demo: Atlas) -> None:
    for i in (0, *demo.at_level("county")):
        made = report_of(demo, int(i), language="en")
        least = [min(c.low for c in b.cells if c.there) for b in made.below]
        assert least == sorted(least)


def test_what_is_not_covered_stands_before_what_is_unknown(atlas: Atlas) -> None:
    made = report_of(atlas, 0, language="en")
    assert [b.cells[0].status for b in made.below] == ["uncovered"] * 8 + ["unknown"] * 2 + ["covered"] * 10
    assert {b.name for b in made.below} == set(NAMES)


def test_a_village_shows_its_own_status_where_the_target_counts_villages(demo: Atlas) -> None:
    village = next(int(i) for i in demo.at_level("village") if len(demo.children(int(i))))
    made = report_of(demo, village, language="en")
    fact = demo.fact(village, "fibre")
    assert fact is not None
    assert made.headline[0].status == fact["status"]
    assert made.headline[1].denominator == len(demo.children(village))


def test_a_place_without_a_fact_and_a_target_is_told(atlas: Atlas, tmp_path: Path) -> None:
    bare = hostile(tmp_path)
    bare.manifest["targets"].clear()
    with pytest.raises(UnknownName, match="no target of the plan is judged there"):
        report_of(bare, 1, language="en")


def test_changes_are_differences_of_the_two_scorecards(days: tuple[Atlas, Atlas]) -> None:
    earlier, own = days
    made = report_of(own, 0, language="en", since=earlier)
    assert made.since == "2010-06-30"
    then = earlier.cards(0).astype({"target_id": str}).set_index("target_id")
    told = {c.figure.target_id: c for c in made.changes}
    assert set(told) == {f.target_id for f in made.figures if f.counted}
    for name in ("fibre_villages", "broadband_hamlets", "cable_tv_homes"):
        assert told[name].broken == ""
        assert told[name].numerator == then.at[name, "numerator"]


def test_another_edition_breaks_the_series(days: tuple[Atlas, Atlas], atlas: Atlas) -> None:
    made = report_of(days[1], 0, language="en", since=atlas)
    assert {c.broken for c in made.changes} <= {"absent", "edition"}
    assert made.changes
    assert all(math.isnan(c.numerator) for c in made.changes)


@pytest.mark.parametrize(
    ("unknown", "denominator", "enough"), [(0, 10, True), (2, 10, True), (2.001, 10, False), (10, 10, False)]
)
def test_above_a_fifth_unknown_nothing_is_judged(unknown: float, denominator: float, enough: bool) -> None:
    told = figure(numerator=0.0, unknown=unknown, denominator=denominator)
    assert told.enough_known == enough
    assert verdict_of(told, "zh") == ("未达标" if enough else "不足以认定")
    assert verdict_of(told, "en") == ("missed" if enough else "not enough is known")


@pytest.mark.parametrize(
    ("value", "basis", "shown"),
    [
        (16_681.9997, "households", "16,681"),
        (3.9999999999999996, "households", "4"),
        (7.0, "units", "7"),
        (12_345_678.0, "area", "12.35 km²"),
        (float("nan"), "units", "–"),
    ],
)
def test_a_covered_number_is_cut_and_never_rounded_up_to_all(value: float, basis: str, shown: str) -> None:
    assert amount(value, basis) == shown


def test_a_share_is_never_rounded_to_all_or_none() -> None:
    told = {"numerator": 1.0, "unknown": 0.0, "denominator": 2.0}
    assert share_of(figure(share=0.99996, **told), "en") == ">99.9 %"
    assert share_of(figure(share=0.00004, **told), "en") == "<0.1 %"
    assert share_of(figure(share=0.1225, **told), "en") == "12.3 %", "half up"
    assert share_of(figure(share=1.0, **told), "en") == "100.0 %"
    least = figure(share=1.0, share_low=0.9, share_high=1.0, numerator=9.0, unknown=1.0, denominator=10.0)
    assert share_of(least, "zh") == "100.0 %\n90.0–100.0 %"


def test_a_unit_below_shows_sign_word_and_way_to_the_nearest_plant() -> None:
    assert cell_of(Cell("uncovered", nearest_m=2_249.0, there=True), "units", "zh") == "○ 未覆盖，2.2 公里"
    assert cell_of(Cell("covered", nearest_m=12.0, there=True), "units", "en") == "● covered"
    assert cell_of(Cell(), "units", "en") == "–"
    counts = Cell(numerator=9.0, unknown=2.0, denominator=12.0, share=0.9, there=True)
    assert cell_of(counts, "units", "en") == "9 / 12 (90.0 %)\nunknown 2"
