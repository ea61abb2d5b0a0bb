"""Places are found by name, code, pinyin and initials."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.search import Index, _Lines, normal, spellings

NAMES = ["雪堰镇", "曾家村委会", "六安居委会", "吕墅村委会", "Kigali", "Nyarugenge", "雪堰村委会", "解放村"]
CODES = [
    "320412104",
    "320412104201",
    "341500001001",
    "320411105203",
    "11",
    "1101",
    "320412104202",
    "320481999201",
]


@pytest.fixture(scope="module")
def index() -> Index:
    return Index(NAMES, CODES)


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        ("雪堰", 0),
        ("320412104201", 1),
        ("xueyan", 0),
        ("XueYan Zhen", 0),
        ("xyz", 0),
        ("zengjia", 1),
        ("cengjia", 1),
        ("luan", 2),
        ("liuan", 2),
        ("lvshu", 3),
        ("lushu", 3),
        ("lüshu", 3),
        ("kigali", 4),
        ("NYARU", 5),
        ("3204", 0),
        ("xiefang", 7),
        ("jiefang", 7),
    ],
)
def test_a_place_is_found_however_it_is_typed(index: Index, wanted: str, first: int) -> None:
    assert index.find(wanted)[0] == first


def test_a_whole_code_stands_before_codes_that_begin_with_it(index: Index) -> None:
    assert index.find("320412104")[:3] == [0, 1, 6]


def test_nothing_typed_or_nothing_like_it_finds_nothing(index: Index) -> None:
    assert index.find("  ") == []
    assert index.find("qqqq") == []


def test_a_text_with_line_breaks_or_patterns_is_only_text(index: Index) -> None:
    assert index.find(".*") == []
    assert index.find("雪堰镇\n曾家") == []


def test_a_name_of_many_readings_keeps_few_spellings() -> None:
    assert len(spellings("曾单解仇查曾单解仇查")) <= 4 * 12


@given(st.lists(st.text("ab雪\n", max_size=5), max_size=8), st.text("ab雪", min_size=1, max_size=3))
def test_a_scan_finds_what_a_look_at_every_line_finds(lines: list[str], wanted: str) -> None:
    assert _Lines.of(lines).holding(wanted) == [i for i, line in enumerate(lines) if wanted in line]


@given(st.lists(st.text("abc U", max_size=6), max_size=8), st.text("abcu", min_size=1, max_size=4))
def test_every_name_that_holds_the_text_is_found(names: list[str], wanted: str) -> None:
    found = Index(names, [""] * len(names)).find(wanted, limit=100)
    assert set(found) == {i for i, n in enumerate(names) if normal(wanted) in normal(n)}
