"""Hierarchy and figures: parents that are not there, go round, skip a level, or do not add up."""

import pandas as pd
import pytest

from geo.check.amounts import check_households, check_sums
from geo.check.hierarchy import check_hierarchy, check_orphans, check_prefix
from geo.terms import Action
from tests.geo.check.places import is_clean, rows_of, rules, table


def county(**parents: str) -> pd.DataFrame:
    """A city, a county, three townships of three villages; `v320402001200=` gives a unit another parent."""
    rows = [("320400", "city", ""), ("320402", "county", "320400")]
    for t in ("320402001", "320402002", "320402003"):
        rows += [(t, "township", "320402"), *((f"{t}{v}", "village", t) for v in (200, 201, 202))]
    given = {k[1:]: v for k, v in parents.items()}
    columns = zip(*((c, level, given.get(c, p) or None) for c, level, p in rows), strict=True)
    return table(**dict(zip(("code", "level", "parent"), columns, strict=True)))


def check(frame: pd.DataFrame):
    return check_hierarchy(frame, source="s", code="code", parent="parent", level="level")


def test_a_sound_hierarchy_is_silent_in_any_order() -> None:
    assert is_clean(check(county()))
    assert is_clean(check(county()[::-1]))


def test_villages_whose_townships_are_in_another_table_are_no_orphans() -> None:
    frame = county()
    assert is_clean(check(frame[frame["level"] == "village"]))


def test_an_orphan_is_named_with_its_parent() -> None:
    result = check(county(v320402001201="320402999"))
    assert rows_of(result, "hierarchy.orphan") == ["row 5 (320402001201)"]
    assert "320402999" in result.findings[0].message()


def test_orphans_are_told_by_the_level_above_where_that_is_another_table() -> None:
    frame = county()
    villages = frame[frame["level"] == "village"]
    known = {"320402001": "a", "320402002": "b"}
    result = check_orphans(villages, source="s", code="code", parent="parent", known=known)
    assert len(rows_of(result, "hierarchy.orphan")) == 3


def test_a_ring_of_parents_is_refused_and_written_out() -> None:
    result = check(county(v320402001="320402001200"))
    assert rules(result) == ["hierarchy.cycle"]
    assert result.rejected
    assert "320402001 > 320402001200 > 320402001" in result.findings[0].message()


def test_a_unit_that_is_its_own_parent_is_set_aside() -> None:
    assert rules(check(county(v320402003200="320402003200"))) == ["hierarchy.self_parent"]


def test_a_skipped_level_is_named() -> None:
    result = check(county(v320402001200="320402"))
    assert rules(result) == ["hierarchy.level_skip"]
    assert "township" in result.findings[0].message()


def test_a_code_that_does_not_begin_with_its_parents_is_named() -> None:
    frame = county(v320402001201="320402002")
    assert rows_of(check(frame), "hierarchy.prefix") == ["row 5 (320402001201)"]


def test_where_codes_do_not_nest_nothing_is_said() -> None:
    frame = table(code=["a1", "b7", "c3"], parent=["X", "Y", "Z"])
    assert is_clean(check_prefix(frame, source="s", code="code", parent="parent"))
    assert len(check_prefix(frame, source="s", code="code", parent="parent", due=True).findings) == 3


def test_people_without_a_household_are_noted() -> None:
    frame = table(code=["a", "b"], households=["0", "0"], population=["812", "0"])
    result = check_households(
        frame, source="s", households="households", population="population", code="code"
    )
    assert rows_of(result, "amount.zero_households") == ["row 1 (a)"]


def figures(stated: str) -> pd.DataFrame:
    return table(
        code=["320402001", "320402001200", "320402001201"],
        parent=["320402", "320402001", "320402001"],
        households=[stated, "600", "500"],
    )


def test_a_stated_sum_that_differs_is_named_with_both_figures() -> None:
    result = check_sums(figures("1200"), source="s", code="code", parent="parent", column="households")
    assert rules(result) == ["amount.sum"]
    text = result.findings[0].message()
    assert "1,200" in text
    assert "1,100" in text
    assert "-100" in text
    assert len(result.frame) == 3


@pytest.mark.parametrize("stated", ["1100", "0", None])
def test_a_right_sum_and_none_are_silent(stated: str) -> None:
    assert is_clean(
        check_sums(figures(stated), source="s", code="code", parent="parent", column="households")
    )


def test_a_wrong_sum_that_is_set_aside_leaves_the_row_without_its_figure() -> None:
    args = {
        "source": "s",
        "code": "code",
        "parent": "parent",
        "column": "households",
        "action": Action.QUARANTINE,
    }
    result = check_sums(figures("1200"), **args)
    assert len(result.frame) == 3
    assert is_clean(check_sums(result.frame, **args))
