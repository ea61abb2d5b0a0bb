"""Words of the report: both languages, the same values in both."""

from __future__ import annotations

from string import Formatter

import pytest

from geo.report.words import clean, say, texts, unit_word

KEYS = [key for key in texts() if key != "units"]


def values_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", KEYS)
def test_a_text_stands_in_both_languages_with_the_same_values(key: str) -> None:
    text = texts()[key]
    assert set(text) == {"en", "zh"}
    assert values_of(text["en"]) == values_of(text["zh"])


def test_units_of_values_have_both_words_and_an_unlisted_one_stays_as_it_is() -> None:
    assert all(set(w) == {"en", "zh"} for w in texts()["units"].values())
    assert unit_word("100M CNY", "zh") == "亿元"
    assert unit_word("furlongs", "zh") == "furlongs"


def test_text_from_data_cannot_fill_itself_in_and_shows_no_control_character() -> None:
    assert "{day}" in say("map_caption", "en", target="{day}", day="1 May", level="village")
    assert clean("a\x00b\u202ec") == "a\\u0000b\\u202ec"
