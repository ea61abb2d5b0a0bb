"""Names: mojibake is found, foreign names are not taken for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.check.names import as_meant, check_names
from tests.geo.check.places import codes, is_clean, rules, table

NAMES = ["东桥村", "老山社区", "中泾", "大浜村", "凌家社区居委会", "新河村"]


def check(names: list[str]):
    return check_names(table(code=codes(len(names)), name=names), source="s", name="name", code="code")


@pytest.mark.parametrize(("right", "wrong"), [("utf-8", "gb18030"), ("gb18030", "latin-1")])
def test_names_read_in_a_wrong_encoding_are_set_aside_with_what_they_were(right: str, wrong: str) -> None:
    garbled = [n.encode(right).decode(wrong, errors="replace") for n in NAMES]
    result = check(garbled)
    assert set(rules(result)) == {"name.encoding"}
    assert len(result.frame) == 0
    assert any(name in f.message() for f in result.findings for name in NAMES)


@pytest.mark.parametrize(
    "names",
    [
        NAMES,
        ["Café", "São Tomé", "Zürich", "Kigarama", "Nyarugenge"],
        ["NA", "None", "null", "无", "nan"],
        ["{{7*7}}", "<b>", "'; DROP TABLE", "=1+1"],
    ],
)
def test_real_names_are_silent(names: list[str]) -> None:
    assert is_clean(check(names))


def test_one_lost_character_sets_its_row_aside() -> None:
    assert rules(check([*NAMES, "老\ufffd村"])) == ["name.encoding"]


def test_invisible_characters_are_shown_and_the_row_stays() -> None:
    result = check([*NAMES, "\u202e小岸"])
    assert rules(result) == ["name.invisible"]
    assert "<U+202E>" in result.findings[0].message()
    assert len(result.frame) == 7


@given(
    st.lists(
        st.text(alphabet="东桥村老山社区中泾大浜凌家居委会新河南北西前后上下", min_size=2, max_size=8),
        min_size=1,
    )
)
def test_chinese_names_are_never_taken_for_mojibake(names: list[str]) -> None:
    assert all(as_meant(n) is None for n in names)
