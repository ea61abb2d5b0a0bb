"""Compare: what became of each unit between two days, and which figures are no series."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.compare import CHANGES, Broken, Change, Pair, by_service, cards, changes, service_broken
from tests.places import BROADBAND, CABLE_TV, VILLAGES, atlas


@pytest.fixture
def pair(tmp_path: Path) -> Any:
    """Two days of the valley, each with its own knobs."""

    def made(before: dict[str, Any], after: dict[str, Any]) -> Pair:
        then = {"as_of": "2010-06-30", **before}
        return Pair(atlas(tmp_path / "a", **then), atlas(tmp_path / "b", **after))

    return made


#: Before: V1H2 none, V2H1 whole, V4H1 whole, V6H2 none; see tests.places for what is after.
THEN = {**BROADBAND, "V1H2": "no", "V2H1": "yes", "V4H1": "yes", "V6H2": "no"}


def test_each_unit_is_gained_still_without_lost_unknown_in_one_or_kept(pair: Any) -> None:
    found = pair({"broadband": THEN}, {})
    code = changes(found, "broadband")
    word = {v: k for k, v in CHANGES.items()}
    units = found.after.units
    told = {units.at[i, "code"]: word[code[i]] for i in found.after.at_level("hamlet")}
    assert {h: told[h] for h in ("V1H1", "V1H2", "V2H1", "V2H2", "V4H1", "V6H2", "V5H1")} == {
        "V1H1": Change.KEPT,
        "V1H2": Change.GAINED,
        "V2H1": Change.LOST,  # covered in part is not covered
        "V2H2": Change.WITHOUT,
        "V4H1": Change.UNKNOWN,
        "V6H2": Change.UNKNOWN,
        "V5H1": Change.UNKNOWN,
    }
    assert (code[found.after.at_level("county")] == 0).all()


def test_the_counts_of_a_place_are_those_of_its_units_and_sum_up(pair: Any) -> None:
    found = pair({"broadband": THEN}, {})
    whole = by_service(found, 0).set_index("service").loc["broadband"]
    assert {c.value: whole[c.value] for c in Change} == {
        "gained": 1,
        "lost": 1,
        "kept": 2,
        "without": 2,
        "unknown": 6,
    }
    assert whole["elsewhere"] == 0
    columns = [c.value for c in Change]
    parts = pd.concat([by_service(found, int(i)) for i in found.after.at_level("county")])
    sums = parts.groupby("service", sort=False)[columns].sum()
    assert sums.equals(by_service(found, 0).set_index("service")[columns])


def test_the_two_days_swapped_swap_gained_and_lost_and_nothing_else(pair: Any) -> None:
    found = pair({"broadband": THEN}, {})
    swap = {Change.GAINED: Change.LOST, Change.LOST: Change.GAINED}
    there = Counter(changes(found, "broadband").tolist())
    back = Counter(changes(Pair(found.after, found.before), "broadband").tolist())
    for change, n in CHANGES.items():
        assert there[n] == back[CHANGES[swap.get(change, change)]]


def test_a_card_tells_how_many_more(pair: Any) -> None:
    found = cards(pair({"nodes": ("V1",)}, {}), 0)
    fibre = found.loc["fibre_villages"]
    assert (fibre["before"], fibre["after"], fibre["change"], fibre["broken"]) == (1, 3, 2, Broken.NO)
    assert found.loc["tv_hamlets", "change"] == 0
    assert (found.loc["index", "before"], found.loc["index", "change"]) == (0.757, 0)


def test_a_changed_denominator_breaks_the_series(pair: Any) -> None:
    found = pair({"villages": VILLAGES[:5]}, {})
    card = cards(found, 0).loc["fibre_villages"]
    assert (card["before"], card["after"], card["broken"]) == (3, 3, Broken.DENOMINATOR)
    assert np.isnan(card["change"])
    east = found.after.position("county:C1@2010")
    assert cards(found, east).loc["fibre_villages", "broken"] == Broken.NO
    counts = by_service(found, 0).set_index("service")
    assert counts.at["fibre", "elsewhere"] == 1
    back = by_service(Pair(found.after, found.before), 0).set_index("service")
    assert back.at["cable_tv", "elsewhere"] == 2


def test_another_edition_of_the_codes_breaks_the_series(pair: Any) -> None:
    found = pair({"edition": 2005}, {})
    told = cards(found, 0)
    assert set(told["broken"]) == {Broken.EDITION}
    assert told["change"].isna().all()
    assert (changes(found, "fibre") == 0).all()


def test_another_rule_breaks_the_series_of_its_service_alone(pair: Any) -> None:
    found = pair({"distance": 500}, {})
    assert [service_broken(found, s) for s in ("fibre", "broadband")] == [Broken.RULE, Broken.NO]
    assert "fibre" not in set(by_service(found, 0)["service"])
    told = cards(found, 0)["broken"]
    assert (told["fibre_villages"], told["broadband_hamlets"]) == (Broken.RULE, Broken.NO)


def test_a_value_that_was_not_reported_then_gives_no_change(pair: Any) -> None:
    found = cards(pair({"as_of": "2009-06-30"}, {}), 0).loc["index"]
    assert (found["broken"], found["after"]) == (Broken.ABSENT, 0.757)
    assert np.isnan(found["change"])


def test_a_snapshot_held_against_itself_changes_nothing(tmp_path: Path) -> None:
    one = atlas(tmp_path)
    same = Pair(one, one)
    assert cards(same, 0)["change"].fillna(0).eq(0).all()
    found = by_service(same, 0)
    assert found[["gained", "lost", "elsewhere"]].to_numpy().sum() == 0
    tv = found.set_index("service").loc["cable_tv"]
    assert (tv["kept"], tv["without"]) == (
        sum(w == "yes" for w in CABLE_TV.values()),
        sum(w == "no" for w in CABLE_TV.values()),
    )
