"""Facts: evidence as lists of ids, blocks taken apart and put together, and the table that leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.facts import (
    COVERED,
    NONE,
    PARTIAL,
    STATUSES,
    UNCOVERED,
    UNKNOWN,
    Block,
    Evidence,
    Named,
    Setting,
    facts_table,
    graded,
    merged,
    unknown_block,
)

IDS = np.array(["a", "b", "c", "d"], object)
lists = st.lists(st.lists(st.integers(0, 3), max_size=3, unique=True).map(sorted), max_size=5)


def evidence(of: list[list[int]]) -> Evidence:
    offsets = np.cumsum([0, *(len(x) for x in of)])
    return Evidence(offsets, np.array([i for x in of for i in x], np.intp), IDS)


def ids_of(e: Evidence) -> list[list[str]]:
    return [list(e.ids[e.index[a:b]]) for a, b in zip(e.offsets[:-1], e.offsets[1:], strict=True)]


@given(lists, st.data())
def test_evidence_of_some_units_is_their_lists_in_that_order(
    of: list[list[int]], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, max(len(of) - 1, 0)), max_size=6 if of else 0))
    taken = evidence(of).take(np.array(rows, np.intp))
    assert ids_of(taken) == [[IDS[i] for i in of[r]] for r in rows]


@given(lists, st.data())
def test_joined_evidence_is_one_list_after_the_other(first: list[list[int]], data: st.DataObject) -> None:
    second = data.draw(st.lists(st.just([0, 2]), min_size=len(first), max_size=len(first)))
    joined = Evidence.joined(
        [evidence(first), replace(evidence(second), ids=np.array(["x", "?", "z"], object))]
    )
    assert ids_of(joined) == [
        [*(IDS[i] for i in x), *("x?z"[i] for i in y)] for x, y in zip(first, second, strict=True)
    ]


def test_single_evidence_is_one_id_or_none() -> None:
    assert ids_of(Evidence.single(np.array([2, -1, 0]), IDS)) == [["c"], [], ["a"]]
    assert ids_of(Evidence.none(2)) == [[], []]


def test_a_name_is_a_position_and_none_stays_none() -> None:
    both = Named.stacked(
        [Named(np.array([1, NONE]), IDS), Named(np.array([0, NONE]), np.array(["z"], object))]
    )
    assert [both.ids[i] if i >= 0 else None for i in both.index] == ["b", None, "z", None]
    taken = both.take(np.array([2, NONE, 0]))
    assert [taken.ids[i] if i >= 0 else None for i in taken.index] == ["z", None, "b"]


@pytest.mark.parametrize(
    ("share", "status"),
    [
        (1.0, COVERED),
        (0.95, COVERED),
        (0.9499, PARTIAL),
        (0.31, PARTIAL),
        (0.3, UNCOVERED),
        (0.0, UNCOVERED),
        (np.nan, UNKNOWN),
    ],
)
def test_a_share_becomes_a_status_at_its_two_thresholds(share: float, status: int) -> None:
    assert graded(np.array([share]), covered=0.95, partial=0.3)[0] == status


def block(statuses: list[int], **more: object) -> Block:
    n = len(statuses)
    blank = unknown_block(Setting("s", "a", "within", "simulated", "point"), np.arange(n))
    return replace(blank, status=np.array(statuses, np.int8), unknown_share=np.zeros(n), **more)


def test_parts_of_a_status_without_a_share_speak_for_the_whole_unit() -> None:
    whole = replace(block([COVERED, PARTIAL, UNCOVERED, UNKNOWN]), unknown_share=np.array([0, 0.4, 0, 1.0]))
    for basis in ("area", "population", "households"):
        covered, unknown = whole.parts(basis)
        assert covered.tolist() == [1, 0, 0, 0]
        assert unknown.tolist() == [0, 1, 0, 1]
    covered, unknown = whole.parts("units")
    assert covered.tolist() == [1, 0, 0, 0]
    assert unknown.tolist() == [0, 1, 0, 1]


def test_parts_with_a_share_are_that_share_and_at_most_the_rest() -> None:
    one = replace(
        block([PARTIAL, COVERED]),
        share_population=np.array([0.6, 0.97]),
        unknown_share=np.array([0.4, 0.1]),
        unknown_population=np.array([0.3, np.nan]),
    )
    covered, unknown = one.parts("population")
    assert covered.tolist() == [0.6, 0.97]
    assert unknown.tolist() == pytest.approx([0.3, 0.03])


def test_a_closed_unit_is_unknown_on_no_count_of_units() -> None:
    lost = replace(block([UNKNOWN, UNKNOWN]), unknown_share=np.ones(2), closed=np.array([True, False]))
    assert lost.parts("units")[1].tolist() == [0, 1]


def test_merged_takes_some_units_from_the_second_and_the_rest_from_the_first() -> None:
    first = block([COVERED, COVERED, COVERED], evidence=evidence([[0], [1], [2]]))
    second = replace(
        block([UNCOVERED], evidence=Evidence(np.array([0, 1]), np.array([0]), np.array(["z"], object))),
        nearest=Named(np.array([0]), np.array(["near"], object)),
        nearest_m=np.array([7.0]),
    )
    both = merged(first, second, np.array([1]))
    assert both.status.tolist() == [COVERED, UNCOVERED, COVERED]
    assert ids_of(both.evidence) == [["a"], ["z"], ["c"]]
    assert np.isnan(both.nearest_m).tolist() == [True, False, True]
    assert both.nearest.index.tolist()[0] == NONE
    assert both.nearest.ids[both.nearest.index[1]] == "near"
    assert merged(first, second, np.array([], int)) is first


def test_the_table_holds_words_numbers_and_nulls() -> None:
    one = replace(
        block([COVERED, UNKNOWN], evidence=evidence([[0, 2], []])),
        share_area=np.array([0.5, np.nan]),
        declared=np.array([NONE, UNCOVERED], np.int8),
        nearest=Named(np.array([3, NONE]), IDS),
    )
    table = facts_table([one, replace(one, operator="*")], np.array(["u0", "u1"], object))
    rows = table.to_pylist()
    assert [r["unit_id"] for r in rows] == ["u0", "u1", "u0", "u1"]
    assert [r["operator"] for r in rows] == ["a", "a", "*", "*"]
    assert [r["status"] for r in rows[:2]] == ["covered", "unknown"]
    assert [r["share_area"] for r in rows[:2]] == [0.5, None]
    assert [r["declared_status"] for r in rows[:2]] == [None, "uncovered"]
    assert [r["evidence"] for r in rows[:2]] == [["a", "c"], []]
    assert [r["nearest_id"] for r in rows[:2]] == ["d", None]
    assert pa.types.is_dictionary(table.schema.field("unit_id").type)


def test_without_a_service_the_table_has_its_columns_and_no_row() -> None:
    some = facts_table([block([COVERED])], np.array(["u0"], object))
    none = facts_table([], np.array(["u0"], object))
    assert none.num_rows == 0
    assert none.schema.names == some.schema.names


def test_statuses_are_the_terms_in_their_order() -> None:
    assert [STATUSES[i].value for i in (COVERED, PARTIAL, UNCOVERED, UNKNOWN)] == [
        "covered",
        "partial",
        "uncovered",
        "unknown",
    ]
