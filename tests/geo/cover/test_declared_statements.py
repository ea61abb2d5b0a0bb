"""What tables declare: on which day, where the survey speaks, by which operator, and for any operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from geo.cover.decide import cover
from geo.cover.declared import any_of, beside_all
from geo.facts import COVERED, NONE, PARTIAL, STATUSES, UNCOVERED, UNKNOWN
from geo.ground import ground_of
from geo.terms import Action
from tests import worlds

LAYER = {
    "id": "said",
    "geometry": "table",
    "source": "table",
    "unit": "code",
    "unit_level": "village",
    "service": "tv",
    "operator": {"column": "operator"},
    "status": {"column": "status"},
    "since": {"column": "since"},
    "until": {"column": "until"},
}
DECLARED = {"id": "tv", "name": "tv", "rules": [{"level": "village", "rule": "declared", "layers": "said"}]}


def table(*rows: tuple[str, ...]) -> pd.DataFrame:
    """Rows of (village, operator, status, since, until); dates may be left out."""
    full = [(*r, *("",) * (5 - len(r))) for r in rows]
    return pd.DataFrame(full, columns=["code", "operator", "status", "since", "until"])


def statuses(frame: pd.DataFrame, **layer: Any) -> dict[tuple[str, str], str]:
    """(village, operator) -> status, of a table alone."""
    at = worlds.ground(
        worlds.villages(2, 1), layers=[{**LAYER, **layer}], services=[DECLARED], plant={"said": frame}
    )
    facts = worlds.facts_of(cover(at), at)
    return {(u.split(":")[1].split("@")[0], o): str(s) for (u, _, o), s in facts["status"].items()}


@pytest.mark.parametrize(
    ("status", "since", "until", "expected"),
    [
        ("covered", "2010-12-31", "", "covered"),
        ("covered", "2011-01-01", "", "uncovered"),
        ("partial", "2020-01-01", "", "uncovered"),
        ("uncovered", "2020-01-01", "", "unknown"),
        ("who knows", "2020-01-01", "", "unknown"),
        ("covered", "", "2010-12-31", "uncovered"),
        ("covered", "", "2011-01-01", "covered"),
        ("covered", "2008-01-01", "2009-01-01", "uncovered"),
        ("uncovered", "", "2009-01-01", "unknown"),
    ],
)
def test_a_row_counts_on_the_days_that_it_names(status: str, since: str, until: str, expected: str) -> None:
    assert statuses(table(("V000", "a", status, since, until)))["V000", "a"] == expected


def test_a_later_extension_does_not_undo_what_stands_today() -> None:
    said = statuses(table(("V000", "a", "covered", "2020-01-01"), ("V000", "a", "covered", "2008-01-01")))
    assert said["V000", "a"] == "covered"


def test_outside_its_survey_a_table_says_nothing() -> None:
    rows = table(("V000", "a", "covered"), ("V001", "a", "uncovered"), ("V001", "b", "uncovered"))
    survey = {"level": "village", "operator": "a", "without": ["V001"]}
    said = statuses(rows, survey=[survey])
    assert said["V000", "a"] == "covered"
    assert said["V001", "a"] == "unknown"
    assert said["V001", "b"] == "uncovered"
    assert statuses(rows, survey=[{"level": "county", "only": ["C9"]}])["V000", "*"] == "unknown"


def test_a_row_of_an_operator_that_the_region_does_not_know_is_set_aside_and_said() -> None:
    base, tree = worlds.units(worlds.villages(2, 1), None)
    region = worlds.a_region(
        levels=[x.model_dump() for x in base.levels],
        operators=[{"id": "a", "name": "a"}],
        layers=[LAYER],
        services=[DECLARED],
    )
    rows = table(("V000", "zeta", "covered"), ("V001", "a", "uncovered"))
    at, findings = ground_of(region, tree, {"said": rows})
    assert [(f.rule, f.action, f.values["operator"]) for f in findings] == [
        ("region.operator_unknown", Action.QUARANTINE, "zeta")
    ]
    facts = worlds.facts_of(cover(at), at).sort_index()
    assert set(facts["status"].xs("village:V000@2010")) == {"unknown"}
    assert set(facts["status"].xs("village:V001@2010")) == {"uncovered"}


def test_a_table_whose_file_was_refused_says_nothing() -> None:
    assert set(statuses(pd.DataFrame()).values()) == {"unknown"}


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ((COVERED, NONE), COVERED),
        ((COVERED, UNCOVERED), COVERED),
        ((UNCOVERED, NONE), UNKNOWN),
        ((PARTIAL, UNKNOWN), UNKNOWN),
        ((UNCOVERED, PARTIAL), PARTIAL),
        ((UNCOVERED, UNCOVERED), UNCOVERED),
        ((NONE, NONE), NONE),
    ],
)
def test_any_operator_is_unknown_where_one_is_silent_and_none_covers(
    voices: tuple[int, int], expected: int
) -> None:
    assert any_of([np.array([v], np.int8) for v in voices])[0] == expected


def test_one_operator_that_says_no_does_not_speak_for_one_that_is_silent() -> None:
    rows = table(("V000", "a", "uncovered"), ("V001", "a", "uncovered"), ("V001", "b", "uncovered"))
    said = statuses(rows)
    assert said["V000", "a"] == "uncovered"
    assert said["V000", "b"] == "unknown"
    assert said["V000", "*"] == "unknown"
    assert said["V001", "*"] == "uncovered"


def test_a_row_without_operator_counts_for_each() -> None:
    said = statuses(table(("V000", "", "covered")), operator=None)
    assert said == {("V000", "*"): "covered", ("V001", "*"): "unknown"}


def beside(frame: pd.DataFrame, silent: tuple[str, ...]) -> dict[str, str]:
    """Operator -> status of V000, where a and b have far plant and the silent ones speak of no village."""
    of = worlds.villages(2, 1)
    rule = {"level": "village", "rule": "area_share", "layers": "plant"}
    far = worlds.features([of.geometry.iloc[1]] * 2, operator=["a", "b"])
    surveys = [{"level": "village", "operator": o, "without": ["V000"]} for o in silent]
    plant = {"id": "plant", "geometry": "area", "feature": "id", "survey": surveys}
    plant["operator"] = {"column": "operator"}
    at = worlds.ground(
        of,
        layers=[plant, LAYER],
        services=[{"id": "tv", "name": "tv", "rules": [rule]}],
        plant={"plant": far, "said": frame},
    )
    blocks = beside_all(cover(at), [at.statements["said"]], "tv")
    return {b.operator: STATUSES[b.status[0]].value for b in blocks}


@pytest.mark.parametrize(
    ("rows", "silent", "expected"),
    [
        ([("V000", "a", "covered")], (), "uncovered"),  # a contradiction: listed, not decided
        ([("V000", "b", "covered")], ("b",), "covered"),
        ([("V000", "b", "uncovered")], ("b",), "uncovered"),  # a by its plant, b by its word
        ([("V000", "b", "uncovered")], ("a", "b"), "unknown"),  # a says nothing either way
        ([("V000", "b", "uncovered")], ("a",), "unknown"),
        ([("V000", "c", "covered")], (), "covered"),
    ],
)
def test_any_operator_is_joined_from_what_each_computed_or_declared(
    rows: list[tuple[str, str, str]], silent: tuple[str, ...], expected: str
) -> None:
    assert beside(table(*rows), silent)["*"] == expected
