"""The atlas says what the tables say: each look-up against a plain search in pandas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo.atlas import CODES, Atlas
from geo.errors import UnknownName
from geo.snapshot import Snapshot, open_snapshot
from geo.terms import Status


@pytest.fixture(scope="module")
def snapshot(demo_folder: Path) -> Snapshot:
    return open_snapshot(demo_folder)


@pytest.fixture(scope="module")
def atlas(snapshot: Snapshot) -> Atlas:
    return Atlas(snapshot)


def words(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    return frame.astype(dict.fromkeys(columns, object))


@pytest.mark.parametrize(
    ("service", "operator"), [("fibre", "*"), ("wlan", "telecom"), ("egov", "*"), ("no", "*")]
)
def test_the_status_of_every_unit_is_that_of_its_fact(
    atlas: Atlas, snapshot: Snapshot, service: str, operator: str
) -> None:
    facts = words(snapshot.frame("facts"), "unit_id", "status")
    facts = facts[(facts["service"] == service) & (facts["operator"] == operator)].set_index("unit_id")[
        "status"
    ]
    expected = [CODES[Status.of(facts[u])] if u in facts.index else 0 for u in atlas.units["unit_id"]]
    assert atlas.status(service, operator).tolist() == expected


def test_a_column_of_facts_stands_by_position(atlas: Atlas, snapshot: Snapshot) -> None:
    facts = words(snapshot.frame("facts", ["unit_id", "service", "operator", "nearest_m"]), "unit_id")
    facts = facts[(facts["service"] == "fibre") & (facts["operator"] == "telecom")].set_index("unit_id")[
        "nearest_m"
    ]
    expected = facts.reindex(atlas.units["unit_id"]).to_numpy()
    np.testing.assert_array_equal(atlas.fact_column("fibre", "telecom", "nearest_m"), expected)


def test_the_facts_of_a_unit_are_all_its_rows(atlas: Atlas, snapshot: Snapshot) -> None:
    unit_id = "village:320412104201@2023"
    facts = words(snapshot.frame("facts", ["unit_id", "service", "operator", "status"]), "unit_id")
    rows = facts[facts["unit_id"] == unit_id]
    got = atlas.facts(atlas.position(unit_id))
    assert [(f["service"], f["operator"], f["status"]) for f in got] == list(
        rows[["service", "operator", "status"]].itertuples(index=False, name=None)
    )
    assert atlas.fact(atlas.position("city:3204@2023"), "fibre") is None


def test_counts_are_those_of_the_roll_up(atlas: Atlas, snapshot: Snapshot) -> None:
    rollup = words(snapshot.frame("rollup"), "unit_id")
    key = (rollup["service"] == "broadband") & (rollup["operator"] == "*") & (rollup["level"] == "hamlet")
    expected = rollup[key & (rollup["basis"] == "households") & (rollup["class"] == "rural")].set_index(
        "unit_id"
    )
    townships = atlas.at_level("township")
    got = atlas.counts(townships, "broadband", "*", level="hamlet", basis="households", klass="rural")
    ids = atlas.units["unit_id"].to_numpy()[got.index]
    there = [u for u in atlas.units["unit_id"].to_numpy()[townships] if u in expected.index]
    assert list(ids) == there
    np.testing.assert_array_equal(got["numerator"], expected.loc[ids, "numerator"])
    low, known, high = atlas.share("broadband", "*", level="hamlet", basis="households", klass="rural")
    for mine, column in ((low, "share_low"), (known, "share"), (high, "share_high")):
        np.testing.assert_array_equal(mine[got.index], expected.loc[ids, column])


def test_the_tree_goes_down_and_up(atlas: Atlas) -> None:
    for i in (0, 3, 40, 500, len(atlas.units) - 1):
        assert all(atlas.ancestors(int(c))[-1] == i for c in atlas.children(i))
    city, hamlets = 0, atlas.at_level("hamlet")
    np.testing.assert_array_equal(atlas.below(city, "hamlet"), hamlets)
    county = atlas.position("county:320481@2023")
    codes = atlas.units["code"].to_numpy()
    expected = [i for i in hamlets if codes[i].startswith("320481")]
    assert atlas.below(county, "hamlet").tolist() == expected
    assert atlas.below(county, "county").tolist() == [county]
    assert atlas.below(county, "city").tolist() == []


def test_the_box_of_a_unit_without_outline_is_that_of_its_parts(atlas: Atlas, snapshot: Snapshot) -> None:
    counties = shapely.from_wkb(snapshot.frame("units").query("level == 'county'")["geometry"].to_numpy())
    assert atlas.bounds(0) == pytest.approx(tuple(shapely.total_bounds(counties)))


def test_the_scorecard_of_a_unit_is_whole_and_empty_where_nothing_is_judged(
    atlas: Atlas, snapshot: Snapshot
) -> None:
    card = snapshot.frame("scorecard")
    assert len(atlas.cards(0)) == (card["unit_id"] == "city:3204@2023").sum() > 30
    assert atlas.cards(len(atlas.units) - 1).empty


def test_the_nearest_plant_is_named_where_there_is_some(atlas: Atlas) -> None:
    hamlets = atlas.at_level("hamlet")[:50]
    metres = atlas.fact_column("fibre", "*", "nearest_m")[hamlets]
    assert [bool(n) for n in atlas.nearest_ids(hamlets, "fibre", "*")] == (~np.isnan(metres)).tolist()


def test_an_unknown_unit_is_said(atlas: Atlas) -> None:
    with pytest.raises(UnknownName, match="nowhere"):
        atlas.position("nowhere")
