"""What a byte means: statuses, shares and changes, with unknown never taken for uncovered."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.map import classes as c
from app.texts import catalogue


def share(low: float, known: float, high: float) -> int:
    return int(c.share_codes(*(np.array([x]) for x in (low, known, high)))[0])


@pytest.mark.parametrize(
    ("low", "known", "high", "code"),
    [
        (0, 0, 0, 11),
        (0.2499, 0.2499, 0.2499, 11),
        (0.25, 0.25, 0.25, 12),
        (0.5, 0.5, 0.5, 13),
        (0.75, 0.75, 0.75, 14),
        (0.95, 0.95, 0.95, 15),
        (1, 1, 1, 15),
        (0.45, 0.5, 0.64, 13),
        (0.4, 0.5, 0.61, c.UNKNOWN),
        (0, math.nan, 1, c.UNKNOWN),
        (math.nan, math.nan, math.nan, 0),
    ],
)
def test_a_share_has_the_class_that_the_legend_says(low: float, known: float, high: float, code: int) -> None:
    assert share(low, known, high) == code


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_greater_share_has_no_lower_class_and_none_is_left_out(a: float, b: float, unknown: float) -> None:
    low, high = sorted((a, b))
    first, second = share(low, low, low), share(high, high, high)
    assert first <= second
    assert {first, second} <= set(c.SHARES)
    code = share(low, low, min(low + unknown, 1))
    assert (code == c.UNKNOWN) == (min(low + unknown, 1) - low > c.UNKNOWN_LIMIT)


def test_every_pair_of_statuses_has_one_change() -> None:
    words = {0: "none", c.COVERED: "yes", c.PARTIAL: "part", c.UNCOVERED: "no", c.UNKNOWN: "?"}
    expected = {
        ("yes", "yes"): c.BOTH, ("yes", "no"): c.GAINED, ("yes", "part"): c.GAINED,
        ("no", "yes"): c.LOST, ("part", "yes"): c.LOST,
        ("no", "no"): c.STILL_WITHOUT, ("no", "part"): c.STILL_WITHOUT,
        ("part", "no"): c.STILL_WITHOUT, ("part", "part"): c.STILL_WITHOUT,
    }  # fmt: skip
    for now, a in words.items():
        for before, b in words.items():
            code = int(c.change_codes(np.array([now], np.uint8), np.array([before], np.uint8))[0])
            if a == "none":
                assert code == 0
            else:
                assert code == expected.get((a, b), c.EITHER_UNKNOWN), (a, b)


@pytest.mark.parametrize(
    ("now", "before", "code"),
    [
        (0.5, 0.5, c.ALIKE),
        (0.505, 0.5, c.ALIKE),
        (0.506, 0.5, c.ROSE),
        (0.55, 0.5, c.ROSE),
        (0.56, 0.5, c.ROSE_FAR),
        (0.494, 0.5, c.FELL),
        (0.45, 0.5, c.FELL),
        (0.44, 0.5, c.FELL_FAR),
        (math.nan, 0.5, c.EITHER_UNKNOWN),
        (0.5, math.nan, c.EITHER_UNKNOWN),
    ],
)
def test_a_shares_change_has_the_class_that_the_legend_says(now: float, before: float, code: int) -> None:
    counted = np.array([True, False])
    codes = c.share_change_codes(np.array([now, now]), np.array([before, before]), counted)
    assert codes.tolist() == [code, 0]


def test_unknown_has_one_hatched_look_and_no_two_classes_of_a_scheme_share_colour_sign_or_word() -> None:
    for scheme in (c.STATUS, c.SHARE, c.CHANGE, c.SHARE_CHANGE):
        looks = [scheme[code] for code in scheme if code]
        assert len({x.fill for x in looks}) == len({x.sign for x in looks}) == len(looks)
        unknown = [x for x in looks if x.hatch]
        assert [x.sign for x in unknown] == ["?"]
        assert unknown[0].fill == c.STATUS[c.UNKNOWN].fill != c.STATUS[c.UNCOVERED].fill
        for language in ("en", "zh"):
            words = [catalogue(language)[f"map.class_{code}"] for code in scheme]
            assert len(set(words)) == len(words)


def test_where_only_gaps_are_shown_no_covered_is_and_every_unknown_is() -> None:
    assert set(c.hidden(gaps=True)) == set(c.NO_GAP)
    assert not {c.UNCOVERED, c.PARTIAL, c.UNKNOWN, c.EITHER_UNKNOWN, c.LOST} & set(c.hidden(gaps=True))
    assert c.hidden(gaps=False) == []


def test_both_languages_have_the_same_texts_with_the_same_places() -> None:
    import re

    texts = [{k: v for k, v in catalogue(lang).items() if k.startswith("map.")} for lang in ("en", "zh")]
    assert texts[0].keys() == texts[1].keys()
    for key, text in texts[0].items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", texts[1][key])), key
