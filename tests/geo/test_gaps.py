"""Gaps: which units lack a service, in what order, and what the filters leave."""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.__main__ import main
from geo.atlas import CODES, Atlas
from geo.errors import UnknownName
from geo.gaps import ORDERS, Chosen, ancestor_names, gaps, known_level, ordered, totals
from geo.terms import Status
from tests.places import HOSTILE, atlas, published


@pytest.fixture(scope="module")
def valley(tmp_path_factory: pytest.TempPathFactory) -> Atlas:
    return atlas(tmp_path_factory.mktemp("valley"))


def codes(table: pd.DataFrame) -> list[str]:
    return list(table["code"])


def test_partly_covered_units_are_gaps_and_unknown_ones_are_not(valley: Atlas) -> None:
    assert codes(gaps(valley, "broadband")) == ["V2H2", "V2H1", "V3H1"]
    assert codes(gaps(valley, "fibre")) == ["V3", "V5"]


def test_unknown_units_come_on_top_only_when_they_are_asked_for(valley: Atlas) -> None:
    table = gaps(valley, "fibre", chosen=Chosen(unknown=True))
    assert codes(table) == ["V3", "V5", "V6"]
    assert list(table["status"]) == ["uncovered", "uncovered", "unknown"]


@pytest.mark.parametrize("service", ["fibre", "broadband", "cable_tv"])
def test_covered_gaps_and_unknown_are_all_units_of_the_level(valley: Atlas, service: str) -> None:
    level = known_level(valley, service, None)
    status = valley.status(service)[valley.at_level(level)]
    listed = gaps(valley, service, chosen=Chosen(unknown=True))
    assert len(listed) + int((status == CODES[Status.COVERED]).sum()) == len(status)


def test_the_list_agrees_with_the_scorecard(valley: Atlas) -> None:
    for row in valley.cards(0).to_dict("records"):
        if row["how"] == "computed" and row["basis"] == "units":
            table = gaps(valley, row["service"], level=row["level"])
            assert len(table) == row["denominator"] - row["numerator"] - row["unknown"]


def test_each_gap_has_its_nearest_plant_and_the_names_above_it(valley: Atlas) -> None:
    first = gaps(valley, "fibre").iloc[0]
    assert (first["nearest_id"], first["county_name"]) == ("nodes:nV2", "东县")
    # From V3 to the node at V2: 0.02 degrees of longitude at 31.5 degrees north, 0.002 of latitude.
    assert math.isclose(first["nearest_m"], math.hypot(1900.0, 221.8), rel_tol=2e-3)
    assert gaps(valley, "fibre").iloc[1]["county_name"] == HOSTILE


def test_a_place_holds_only_its_own_gaps(valley: Atlas) -> None:
    parts = [codes(gaps(valley, "fibre", within=f"county:{c}@2010")) for c in ("C1", "C2")]
    assert parts == [["V3"], ["V5"]]
    assert codes(gaps(valley, "fibre", within="village:V3@2010")) == ["V3"]
    assert codes(gaps(valley, "fibre", within="hamlet:V3H1@2010")) == []
    assert "county_name" in gaps(valley, "fibre", within="hamlet:V3H1@2010").columns


def test_the_filters_leave_what_they_say(valley: Atlas) -> None:
    assert codes(gaps(valley, "fibre", chosen=Chosen(least_homes=61))) == ["V3"]
    assert codes(gaps(valley, "fibre", chosen=Chosen(klass="urban"))) == []
    assert codes(gaps(valley, "fibre", chosen=Chosen(klass="rural"))) == ["V3", "V5"]
    at = gaps(valley, "fibre").set_index("code")["nearest_m"]
    assert codes(gaps(valley, "fibre", chosen=Chosen(most_m=at["V5"]))) == [
        c for c in at.index if at[c] <= at["V5"]
    ]
    assert codes(gaps(valley, "broadband", chosen=Chosen(least_m=0.0))) == []  # declared: no distance


def test_the_totals_are_those_of_the_list(valley: Atlas) -> None:
    assert totals(gaps(valley, "fibre")) == {
        "units": 2.0,
        "households": 140.0,
        "population": 420.0,
        "households_unknown": 0.0,
        "population_unknown": 0.0,
    }


@given(
    st.lists(
        st.tuples(*(st.one_of(st.just(math.nan), st.integers(0, 3).map(float)) for _ in ORDERS)), max_size=8
    ),
    st.sampled_from(ORDERS),
)
def test_sorting_loses_nothing_and_puts_what_is_not_known_last(
    rows: list[tuple[float, ...]], by: str
) -> None:
    table = pd.DataFrame(rows, columns=list(ORDERS)).assign(code=[str(n) for n in range(len(rows))])
    found = ordered(table, by)
    assert sorted(found["code"]) == sorted(table["code"])
    known = found[by].dropna()
    assert found[by].isna().tolist() == [False] * len(known) + [True] * (len(found) - len(known))
    assert known.is_monotonic_increasing if by == "nearest_m" else known.is_monotonic_decreasing


def test_the_names_above_are_those_of_the_parents(valley: Atlas) -> None:
    at = valley.at_level("hamlet")
    names = ancestor_names(valley, at, "hamlet")
    assert list(names) == ["county", "village"]
    for n, i in enumerate(at):
        line = [valley.units.at[a, "name"] for a in valley.ancestors(int(i))]
        assert [names[x][n] for x in names] == line[1:]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({"service": "radio"}, "'radio' is no service .* there is fibre, broadband, cable_tv"),
        ({"service": "fibre", "level": "hamlet"}, "no rule for 'hamlet'; it has for village"),
        ({"service": "fibre", "operator": "b"}, "'b' has no facts of 'fibre'"),
        ({"service": "fibre", "within": "village:V9@2010"}, "is no unit of"),
    ],
)
def test_an_unknown_name_is_said_with_those_there_are(
    valley: Atlas, named: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnknownName, match=message):
        gaps(valley, **named)


def ran(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> str:
    monkeypatch.setattr(sys, "argv", ["cuntong", *map(str, words)])
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, capsys.readouterr().err
    return capsys.readouterr().out


def test_the_verb_prints_the_same_list_in_every_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    path = published(tmp_path / "in", tmp_path / "out")
    ask = ("gaps", path, "--service", "fibre", "--lang", "en")
    rows = json.loads(ran(monkeypatch, capsys, *ask, "--format", "json"))
    assert [r["code"] for r in rows] == ["V3", "V5"]
    table = list(csv.DictReader(io.StringIO(ran(monkeypatch, capsys, *ask, "--format", "csv"))))
    assert [r["code"] for r in table] == ["V3", "V5"]
    assert list(table[0]) == list(rows[0])
    shown = ran(monkeypatch, capsys, *ask)
    assert "V3" in shown
    assert "2 units, 140 homes, 420 people" in shown
    within = json.loads(ran(monkeypatch, capsys, *ask, "--unit", "C2", "--format", "json", "--unknown"))
    assert [r["code"] for r in within] == ["V5", "V6"]
