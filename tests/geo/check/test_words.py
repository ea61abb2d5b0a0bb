"""Personal columns, operators and technologies: what words in a table may be."""

import pandas as pd
import pytest

from geo.check.operators import check_operators
from geo.check.personal import check_personal, is_personal
from geo.check.technologies import check_technologies
from geo.terms import Action
from tests.geo.check.places import codes, is_clean, rows_of, rules, table

PHONES = ["19901987898", "19915184475", "19938839825"]


def test_personal_columns_refuse_the_file_and_no_value_is_shown() -> None:
    frame = table(code=codes(3), subscriber=["李明", "赵明", "张华"], phone=PHONES)
    result = check_personal(frame, source="s", codes=["code"])
    assert rules(result) == ["personal.column"]
    shown = repr(result.findings) + result.findings[0].message() + result.findings[0].message("zh")
    assert not any(v in shown for v in [*PHONES, "李明", "赵明", "张华"])
    assert "subscriber, phone" in shown


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("remark", PHONES),
        ("备注", ["320402199001011234", "32040219900101123X"]),
        ("x1", ["a@b.cn", "c@d.com"]),
        ("户主", ["李明"]),
        ("联系电话", ["0519-86123456"]),
        ("身份证号", ["?"]),
        ("customer_name", ["Li Ming"]),
    ],
)
def test_persons_are_told_by_name_or_by_pattern(name: str, values: list[str]) -> None:
    assert is_personal(name, pd.Series(values, dtype=object))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("subscribers", ["1204", "88", "无"]),
        ("固定电话用户数", ["1204", "88"]),
        ("telephones", ["12", "13"]),
        ("phone", ["12", "13"]),
        ("cell", ["Akabahizi", "Kijote"]),
        ("mobile", ["yes", "no"]),
        ("name", ["东桥村", "老山"]),
        ("hotel", ["A", "B"]),
        ("code", codes(3)),
        ("length_m", ["1390000", "1880000"]),
        ("empty", []),
    ],
)
def test_counts_places_and_codes_are_not_personal(name: str, values: list[str]) -> None:
    assert not is_personal(name, pd.Series(values, dtype=object))


ALIASES = {"中国电信": "ct", "China Telecom": "ct", "CT": "ct", "中国移动": "cm"}
SPELLINGS = ["中国电信", "中国 电信", "中国電信", "China  telecom", "ＣＴ", "ct"]


def test_every_spelling_of_an_operator_becomes_its_id() -> None:
    result = check_operators(
        table(code=codes(6), operator=SPELLINGS), source="s", column="operator", aliases=ALIASES
    )
    assert result.frame["operator"].tolist() == ["ct"] * 6
    assert set(rules(result)) == {"operator.mapped"}
    assert is_clean(check_operators(result.frame, source="s", column="operator", aliases=ALIASES))


@pytest.mark.parametrize("odd", ["CТ", "中国联通", "Telecom"])
def test_an_unknown_operator_and_a_look_alike_are_set_aside(odd: str) -> None:
    result = check_operators(
        table(code=codes(2), operator=["中国电信", odd]),
        source="s",
        column="operator",
        aliases=ALIASES,
        code="code",
    )
    assert rows_of(result, "operator.unknown") == ["row 2 (320402001201)"]


def test_without_a_table_odd_spellings_are_set_aside_and_plain_ones_pass() -> None:
    odd = ["中国 电信", "電信", "CТ"]
    frame = table(code=codes(6), operator=[*odd, "中国电信", "China Telecom", "广电"])
    result = check_operators(frame, source="s", column="operator", code="code")
    assert len(rows_of(result, "operator.spelling")) == 3
    assert "<U+0422>" in result.findings[2].message()
    assert result.frame["operator"].tolist() == ["中国电信", "China Telecom", "广电"]


def test_technologies_have_one_spelling_a_first_year_and_no_strangers() -> None:
    frame = table(code=codes(7), technology=["ftth", "FTTH ", "光纤到户", "wimax", "5g", "adsl2+", None])
    result = check_technologies(frame, source="s", column="technology", year=2010, code="code")
    assert rows_of(result, "technology.unknown") == ["row 4 (320402001203)"]
    assert rows_of(result, "technology.anachronism") == ["row 5 (320402001204)"]
    assert result.frame["technology"].tolist()[:4] == ["ftth", "ftth", "ftth", "adsl2+"]
    assert set(rules(result, Action.REPAIR)) == {"technology.mapped"}
    assert is_clean(check_technologies(result.frame, source="s", column="technology", year=2010))


def test_a_region_may_know_more_technologies() -> None:
    result = check_technologies(
        table(t=["wimax", "WiMAX"]), source="s", column="t", aliases={"WiMAX": "wimax"}
    )
    assert result.frame["t"].tolist() == ["wimax", "wimax"]
