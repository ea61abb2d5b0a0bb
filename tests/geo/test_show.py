"""What the terminal shows, rendered at the widths that people have."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from geo.show import amount, percent, reason_lines, scorecard_table
from geo.why import Reason

NAMES = {
    "fibre": {"en": "Administrative villages with fibre", "zh": "行政村光缆通达率"},
    "machines": {
        "en": "Informatization rate of equipment and machinery products",
        "zh": "成套设备和传统产业整机产品信息化率",
    },
    "area": {"en": "Ground with 3G", "zh": "3G 覆盖面积"},
}
BLANK: dict[str, Any] = {
    "target_id": "fibre",
    "group": "infrastructure",
    "how": "computed",
    "level": "village",
    "basis": "households",
    "class": "rural",
    "verdict": "open",
    "numerator": 1_143_906.0,
    "unknown": 87_654.0,
    "denominator": 1_271_006.0,
    "share": 0.96666,
    "share_low": 0.9000004,
    "share_high": 0.99999999,
    "value": 96.67,
    "unit": "percent",
    "threshold": ">=98.5",
    "shortfall": 127_100.0,
    "pace_needed": 12_118.4,
    "value_date": "2010-12-31",
}
ROWS = [
    BLANK,
    {
        **BLANK,
        "target_id": "area",
        "basis": "area",
        "numerator": 4.1e9,
        "denominator": 4.372e9,
        "verdict": "missed",
    },
    {
        **BLANK,
        "target_id": "machines",
        "group": "economy",
        "how": "reported",
        "unit": "per_100_people",
        "value": 38.25,
        "verdict": "missed",
        "denominator": float("nan"),
        "unknown": float("nan"),
    },
]


def rendered(width: int, language: str, *, simulated: bool = False) -> str:
    """The scorecard as it stands on a terminal."""
    console = Console(record=True, width=width, file=io.StringIO())
    table = scorecard_table(
        pd.DataFrame(ROWS), NAMES, title="Changzhou 2010", language=language, simulated=simulated
    )
    console.print(table)
    return console.export_text()


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_of_the_scorecard_is_cut(width: int, language: str) -> None:
    text = rendered(width, language)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    month = {"en": "/month", "zh": "/月"}[language]
    whole = ["1,143,906", "/ 1,271,006", "87,654", "96.67 %", "90.00 –", ">99.99", ">=98.5 %", "127,100"]
    whole += ["12,118.4", month, "/ 4,372,000,000", "38.25", "per 100", "people"]
    for piece in whole:
        assert piece in text, f"{piece}\n{text}"
    for piece in {"en": ("cannot", "be told", "missed", "to connect"), "zh": ("无法判定", "未达标", "尚缺")}[
        language
    ]:
        assert piece in text
    squeezed = "".join(line[:12] for line in text.splitlines()).replace(" ", "")
    assert {"en": "Administr", "zh": "行政村"}[language] in squeezed


def test_rows_stand_under_the_heading_of_their_group() -> None:
    lines = [line.strip() for line in rendered(100, "en").splitlines()]
    infrastructure, economy = lines.index("infrastructure"), lines.index("economy")
    machines = next(i for i, line in enumerate(lines) if line.startswith("Informatization"))
    assert infrastructure < economy < machines
    assert lines.count("infrastructure") == 1


@pytest.mark.parametrize(("language", "word"), [("en", "SIMULATED"), ("zh", "模拟数据")])
@pytest.mark.parametrize("width", [80, 140])
def test_made_up_data_are_said_above_and_below(language: str, word: str, width: int) -> None:
    text = rendered(width, language, simulated=True)
    assert text.count(word) == 2
    assert text.index(word) < text.index("Changzhou 2010")
    assert text.rindex(word) > text.rindex("people")
    assert word not in rendered(width, language)


def test_reasons_are_shown_in_the_language_asked_for() -> None:
    unit = {"name": "村", "unit_id": "village:1@2010", "settlement_class": "rural", "households": 12.0}
    reason = Reason(
        "*", {"status": "unknown", "kind": "simulated+declared"}, ("说明。",), tuple("abcdefghijkl")
    )
    shown = "\n".join(line.plain for line in reason_lines(unit, [reason], "zh"))
    assert "乡村，12 户" in shown
    assert "任一运营商: 未知  [模拟+申报]" in shown
    assert "另有 2 个" in shown
    assert "any operator: unknown" in "\n".join(x.plain for x in reason_lines(unit, [reason]))


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0.00 %"),
        (1e-300, "<0.01 %"),
        (1 / 300_000, "<0.01 %"),
        (0.00004999, "<0.01 %"),
        (0.0001, "0.01 %"),
        (0.9666, "96.66 %"),
        (0.99994999, "99.99 %"),
        (0.99999, ">99.99 %"),
        (float(np.nextafter(1, 0)), ">99.99 %"),
        (1.0, "100.00 %"),
        (1.2, "120.00 %"),
        (float("nan"), ""),
        (None, ""),
    ],
)
def test_a_share_is_shown_as_0_only_for_none_and_as_100_only_for_all(share: float | None, shown: str) -> None:
    assert percent(share) == shown


@given(st.floats(0, 1), st.integers(0, 4))
@example(0.999999999999999, 2)
@example(5e-324, 1)
def test_no_share_between_none_and_all_reads_as_either(share: float, digits: int) -> None:
    shown = percent(share, digits)
    reads = float(shown.strip("<> %"))
    assert (reads == 0 and "<" not in shown) == (share == 0)
    assert (reads == 100 and ">" not in shown) == (share == 1)
    assert abs(reads - share * 100) <= 10.0**-digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (0.001, "<0.01"),
        (-0.001, ">-0.01"),
        (0.01, "0.01"),
        (2.5, "2.5"),
        (1234.0, "1,234"),
        (1234.5, "1,234"),
        (float("nan"), ""),
    ],
)
def test_an_amount_is_shown_as_0_only_where_it_is_0(value: float, shown: str) -> None:
    assert amount(value) == shown


def test_a_part_that_is_unknown_is_shown_however_small_it_is() -> None:
    row = {**BLANK, "unknown": 0.002, "share": 0.00001, "share_low": 0.00001, "share_high": 0.99999}
    table = scorecard_table(pd.DataFrame([row]), NAMES, title="t", language="en")
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(table)
    text = console.export_text()
    for piece in ("unknown <0.01", "<0.01 %", "<0.01 –", ">99.99"):
        assert piece in text, text
