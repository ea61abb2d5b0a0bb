"""What the terminal shows: tables and sentences out of snapshots and findings, in English or Chinese."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo.findings import Finding, by_rule, summary, visible
from geo.terms import Action, Basis, SettlementClass, Status, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from geo.why import Reason

#: Columns of a page that is no terminal (a file, a pipe).
WIDTH = 140

_COLOURS = {
    "met": "green",
    "missed": "red",
    "open": "yellow",
    "covered": "green",
    "partial": "yellow",
    "uncovered": "red",
    "unknown": "magenta",
}

_HEADS = {
    "en": ("target", "counted", "covered / of all", "unknown", "share", "goal", "verdict", "to connect"),
    "zh": ("指标", "口径", "已覆盖 / 总数", "未知", "比例", "目标", "判定", "尚缺"),
}
_REPORTED = {"en": "reported", "zh": "上报"}
_MONTHLY = {"en": "/month", "zh": "/月"}


def amount(value: Any, digits: int = 0) -> str:
    """Return a number with thousands separated, whole where it is whole; "" where it is unknown."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    number = float(value)
    if number == int(number):
        return f"{int(number):,}"
    return (
        f"{number:,.{max(digits, 2)}f}".rstrip("0").rstrip(".")
        if abs(number) < 100
        else f"{number:,.{digits}f}"
    )


def percent(share: Any) -> str:
    """Return a share as a percentage that never rounds up to 100 or down to 0."""
    if share is None or math.isnan(float(share)):
        return ""
    shown = float(share) * 100
    if 99.995 <= shown < 100:
        return ">99.99 %"
    return f"{shown:.2f} %"


def scorecard_table(
    card: pd.DataFrame, names: dict[str, dict[str, str]], *, title: str, language: str
) -> Table:
    """Return one unit's scorecard as a terminal table.

    Parameters
    ----------
    card
        Rows of one unit.
    names
        Target id -> its names by language.
    """
    table = Table(
        title=Text(visible(title, 200)),
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for i, head in enumerate(_HEADS[language]):
        text = i in (0, 1, 6)
        table.add_column(head, justify="left" if text else "right", overflow="fold", no_wrap=i > 1, ratio=1 if i == 0 else None)
    for row in card.to_dict("records"):
        verdict = Verdict(row["verdict"])
        cells = [Text(c) for c in _cells(row, names, language)]
        table.add_row(
            *cells, Text(verdict.word(language), style=_COLOURS[verdict]), Text(_needs(row, language))
        )
    return table


def _cells(row: dict[str, Any], names: dict[str, dict[str, str]], language: str) -> list[str]:
    """Return a row's cells up to the goal."""
    counts = (
        f"{amount(row['numerator'])} / {amount(row['denominator'])}" if amount(row["denominator"]) else ""
    )
    goal = row["threshold"] + (" %" if row["unit"] == "percent" else "")
    return [
        names[row["target_id"]].get(language, row["target_id"]),
        _counted(row, language),
        counts,
        amount(row["unknown"]),
        _value(row),
        goal,
    ]


def _counted(row: dict[str, Any], language: str) -> str:
    """Return what a row counts, or that it was reported and when."""
    if row["how"] == "reported":
        return (
            f"{_REPORTED[language]} {row['value_date']}"
            if isinstance(row["value_date"], str)
            else _REPORTED[language]
        )
    basis = Basis(row["basis"]).word(language)
    what = f"{row['level']}s" if row["basis"] == Basis.UNITS and language == "en" else basis
    return (
        what
        if row["class"] == SettlementClass.ALL
        else f"{SettlementClass(row['class']).word(language)} {what}"
    )


def _value(row: dict[str, Any]) -> str:
    """Return the share with its low and high where some is unknown, or the reported amount."""
    if row["unit"] != "percent":
        return f"{amount(row['value'], 2)} {row['unit']}" if amount(row["value"]) else ""
    if row["how"] == "computed" and amount(row["unknown"]) not in ("", "0"):
        return f"{percent(row['share'])} ({percent(row['share_low'])} – {percent(row['share_high'])})"
    return percent(row["share"])


def _needs(row: dict[str, Any], language: str) -> str:
    """Return what is lacking, and how much a month until the due date."""
    if row["verdict"] == Verdict.MET or not amount(row["shortfall"]):
        return ""
    pace = f" ({row['pace_needed']:,.1f}{_MONTHLY[language]})" if row["pace_needed"] >= 0.05 else ""
    return amount(row["shortfall"], 2) + pace


def findings_lines(findings: Sequence[Finding], language: str) -> list[Text]:
    """Return the findings grouped by what was done, source and rule, gravest first."""
    lines: list[Text] = []
    action: Action | None = None
    for group in by_rule(findings):
        if group[0].action is not action:
            action = group[0].action
            count = sum(f.action is action for f in findings)
            lines.append(Text(f"{action.word(language)} ({count})", style="bold"))
        lines.append(Text(f"  {len(group)} × {summary(list(group), language)}"))
    return lines


def reason_lines(unit: dict[str, Any], reasons: Sequence[Reason]) -> list[Text]:
    """Return the explanation of a unit's facts for one service."""
    lines = [
        Text(
            f"{visible(str(unit['name']))}  {unit['unit_id']}  ({unit['settlement_class']}, {amount(unit['households'])} households)",
            style="bold",
        )
    ]
    for reason in reasons:
        status = Status(str(reason.fact["status"]))
        who = "any operator" if reason.operator == "*" else reason.operator
        lines.append(
            Text.assemble(
                (f"{who}: ", "bold"),
                (status.en, _COLOURS[status]),
                f"  [{reason.fact['kind'] or 'no source'}]",
            )
        )
        lines += [Text(f"  {visible(s, 400)}") for s in reason.sentences]
        if reason.evidence:
            more = f" and {len(reason.evidence) - 10} more" if len(reason.evidence) > 10 else ""
            lines.append(Text("  Evidence: " + ", ".join(visible(e) for e in reason.evidence[:10]) + more))
    return lines


def as_json(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as JSON; an unknown number is null."""
    clean = [{k: _plain(v) for k, v in row.items()} for row in rows]
    return json.dumps(clean, ensure_ascii=False, indent=1)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def spreadsheet_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with text that a spreadsheet would run as a formula made plain text."""

    def safe(value: Any) -> Any:
        return (
            f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
        )

    return frame.apply(
        lambda column: (
            column.map(safe)
            if column.dtype == object or str(column.dtype) in ("str", "string", "category")
            else column
        )
    )


def console(*, error: bool = False) -> Console:
    """Return the terminal; where it is none, plain text of a fixed width."""
    plain = Console(stderr=error, highlight=False, markup=False)
    return plain if plain.is_terminal else Console(stderr=error, highlight=False, markup=False, width=WIDTH)
