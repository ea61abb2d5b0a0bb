"""Codes: text, whole, of the level's shape, once, of one edition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.check.codes import check_codes, check_id_precision, check_one_edition, check_same_names
from geo.terms import Action
from tests.geo.check.places import codes, is_clean, rows_of, rules, table


def check(values: list, **more: object):
    frame = table(code=values, name=[f"村{i}" for i in range(len(values))], **more)
    parent = "parent" if "parent" in frame else None
    return check_codes(frame, source="s", code="code", name="name", parent=parent)


def test_sound_codes_are_silent() -> None:
    assert is_clean(check(codes(8), parent=["320402001"] * 8))
    assert is_clean(check([f"0104050812{i:02d}" for i in range(8)], parent=["010405081"] * 8))
    assert is_clean(check([f"340102{i:02d}" for i in range(8)], parent=["340102"] * 8))
    assert is_clean(check(["16511889-a653-4fcb-8bf3-e03923314c4f", "S1", "D000"]))


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ([f"{c}.0" for c in codes(3)], "code.float"),
        ([int(c) for c in codes(3)], "code.number"),
        ([float(c) for c in codes(3)], "code.number"),
        (["３２０４０２００１２００", *codes(2, 201)], "code.full_width"),
    ],
)
def test_codes_that_lost_nothing_are_mended_and_that_is_said(values: list, rule: str) -> None:
    result = check(values)
    assert rules(result, Action.REPAIR) == [rule]
    assert list(result.frame["code"]) == codes(3)
    assert is_clean(check_codes(result.frame, source="s", code="code", name="name"))


def test_scientific_notation_loses_digits() -> None:
    some = check(["3.20402E+11", *codes(3, 201)])
    assert rows_of(some, "code.scientific") == ["row 1 (3.20402E+11)"]
    assert check(["3.20402E+11"] * 4).rejected


def test_a_leading_zero_lost_everywhere_refuses_the_source_and_is_not_padded() -> None:
    result = check([f"10411045{i}" for i in range(200, 208)], parent=["320411045"] * 8)
    assert rules(result) == ["code.zero_lost"]
    assert result.rejected
    both = check([f"10411045{i}" for i in range(200, 208)], parent=["10411045"] * 8)
    assert rules(both) == ["code.zero_lost"]


@pytest.mark.parametrize("bad", ["../../x", "CON", "a/b", "3" * 5000, "a\\u0000b", "320 402", "nul.txt"])
def test_a_code_that_is_no_safe_id_is_set_aside(bad: str) -> None:
    result = check([bad, *codes(3)])
    assert rules(result) == ["code.pattern"]
    assert list(result.frame["code"]) == codes(3)


def test_the_pattern_of_a_level_holds() -> None:
    frame = table(code=["320402", "32040A"])
    result = check_codes(frame, source="s", code="code", pattern=r"\d{6}")
    assert rows_of(result, "code.pattern") == ["row 2 (32040A)"]


def test_an_invisible_character_is_shown_by_its_number() -> None:
    result = check([f"3204{chr(0x200B)}02001200", *codes(2, 201)])
    assert rules(result) == ["code.invisible"]
    assert "<U+200B>" in result.findings[0].message()


@pytest.mark.parametrize(
    ("value", "rule"),
    [("合计", "code.total_row"), ("Total", "code.total_row"), (None, "code.missing"), ("", "code.missing")],
)
def test_totals_and_rows_without_a_code_are_left_out(value: object, rule: str) -> None:
    result = check([*codes(3), value])
    assert rules(result) == [rule]
    assert len(result.frame) == 3


def test_a_row_delivered_twice_counts_once() -> None:
    frame = table(code=[*codes(3), codes(1)[0]], name=["a", "b", "c", "a"], households=["1", "2", "3", "1"])
    result = check_codes(frame, source="s", code="code", name="name")
    assert rules(result, Action.REPAIR) == ["code.duplicate_row"]
    assert list(result.frame.index) == [1, 2, 3]


def test_of_two_rows_with_one_code_neither_wins() -> None:
    result = check_codes(
        table(code=[*codes(3), codes(1)[0]], name=["a", "b", "c", "d"]), source="s", code="code", name="name"
    )
    assert rows_of(result, "code.duplicate") == ["row 1 (320402001200)", "row 4 (320402001200)"]
    assert list(result.frame["name"]) == ["b", "c"]


def test_two_editions_in_one_table_are_refused() -> None:
    result = check_one_edition(
        table(code=codes(4), edition=["2010", "2010", 2013, "2010"]),
        source="s",
        edition="edition",
        code="code",
    )
    assert rules(result) == ["edition.mixed"]
    assert "2010 (3), 2013 (1)" in result.findings[0].message()
    assert is_clean(
        check_one_edition(table(code=codes(2), edition=[2010, "2010.0"]), source="s", edition="edition")
    )


def test_a_code_of_another_name_elsewhere_is_noted_but_not_for_its_committee() -> None:
    frame = table(code=codes(2), name=["吊桥路社区居民委员会", "东桥村村委会"])
    known = {codes(2)[0]: "东头村社区居委会", codes(2)[1]: "东桥村村民委员会"}
    result = check_same_names(frame, source="s", code="code", name="name", known=known)
    assert rows_of(result, "edition.other_name") == ["row 1 (320402001200)"]
    assert result.quarantined.empty


@pytest.mark.parametrize("values", [[2**53 + 1, 2**53 + 2], [float(2**60), 1.0]])
def test_ids_too_long_for_a_double_are_set_aside(values: list) -> None:
    result = check_id_precision(
        table(code=codes(2), span_id=values), source="s", columns=["span_id"], code="code"
    )
    assert set(rules(result)) == {"code.precision"}


@given(st.lists(st.from_regex(r"[0-9]{12}", fullmatch=True), unique=True, min_size=1))
def test_any_distinct_codes_of_twelve_digits_pass_unchanged(values: list[str]) -> None:
    result = check_codes(table(code=values), source="s", code="code")
    assert is_clean(result)
    assert list(result.frame["code"]) == values


@given(st.permutations([*codes(4), codes(1)[0], "CON", "3.2E+11", "合计"]))
def test_the_order_of_rows_changes_no_finding(values: list[str]) -> None:
    result = check(list(values))
    found = sorted((f.rule, f.row.partition("(")[2]) for f in result.findings)
    assert found == sorted(
        [("code.duplicate", "320402001200)")] * 2
        + [("code.pattern", "CON)"), ("code.scientific", "3.2E+11)"), ("code.total_row", "合计)")]
    )


def test_missing_values_of_every_kind_are_no_codes() -> None:
    assert rules(check([*codes(2), np.nan, pd.NA])) == ["code.missing", "code.missing"]
