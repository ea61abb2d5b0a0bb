"""What the terminal shows: tables and sentences out of snapshots and findings, in English or Chinese."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo.findings import Finding, by_rule, summary, visible
from geo.terms import Action, Status, Verdict

if TYPE_CHECKING:
    import pandas as pd

    from geo.why import Reason

_COLOURS = {"met": "green", "missed": "red", "open": "yellow", "covered": "green", "partial": "yellow", "uncovered": "red", "unknown": "magenta"}

_HEADS = {
    "en": ("target", "of", "covered", "unknown", "all", "share", "low to high", "goal", "verdict", "to connect", "a month"),
    "zh": ("指标", "口径", "已覆盖", "未知", "总数", "比例", "下限至上限", "目标", "判定", "尚缺", "每月需"),
}
_REPORTED = {"en": "reported", "zh": "上报"}


def amount(value: Any, digits: int = 0) -> str:
    """Return a number with thousands separated, whole where it is whole; "" where it is unknown."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    number = float(value)
    if number == int(number):
        return f"{int(number):,}"
    return f"{number:,.{max(digits, 2)}f}".rstrip("0").rstrip(".") if abs(number) < 100 else f"{number:,.{digits}f}"


def percent(share: Any) -> str:
    """Return a share as a percentage that never rounds up to 100 or down to 0."""
    if share is None or math.isnan(float(share)):
        return ""
    shown = float(share) * 100
    if 99.995 <= shown < 100:
        return ">99.99 %"
    return f"{shown:.2f} %"


def scorecard_table(card: pd.DataFrame, names: dict[str, dict[str, str]], *, title: str, language: str) -> Table:
    """Return one unit's scorecard as a terminal table.

    Parameters
    ----------
    card
        Rows of one unit.
    names
        Target id -> its names by language.
    """
    table = Table(title=Text(visible(title, 200)), title_justify="left", header_style="bold", show_lines=False)
    for i, head in enumerate(_HEADS[language]):
        table.add_column(head, justify="left" if i in (0, 1, 8) else "right", overflow="fold")
    for row in card.to_dict("records"):
        verdict = Verdict(row["verdict"])
        table.add_row(*[Text(c) for c in _cells(row, names, language)], Text(verdict.word(language), style=_COLOURS[verdict]), *[Text(c) for c in _needs(row)])
    return table


def _cells(row: dict[str, Any], names: dict[str, dict[str, str]], language: str) -> list[str]:
    reported = row["how"] == "reported"
    of = f"{_REPORTED[language]} {row['value_date']}" if reported and isinstance(row["value_date"], str) else _REPORTED[language] if reported else _of(row)
    share = percent(row["share"]) if row["unit"] == "percent" else f"{amount(row['value'], 2)} {row['unit']}" if amount(row["value"]) else ""
    band = "" if reported or not amount(row["share_low"]) else f"{percent(row['share_low'])} – {percent(row['share_high'])}"
    goal = row["threshold"] + (" %" if row["unit"] == "percent" else "")
    counts = [amount(row[c]) for c in ("numerator", "unknown", "denominator")]
    return [names[row["target_id"]].get(language, row["target_id"]), of, *counts, share, band, goal]


def _of(row: dict[str, Any]) -> str:
    kind = row["level"] if row["basis"] == "units" else row["basis"]
    return kind if row["class"] == "all" else f"{row['class']} {kind}"


def _needs(row: dict[str, Any]) -> list[str]:
    return [amount(row["shortfall"], 2) if row["verdict"] != "met" else "", amount(row["pace_needed"], 1) if row["verdict"] != "met" else ""]


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
    lines = [Text(f"{visible(str(unit['name']))}  {unit['unit_id']}  ({unit['settlement_class']}, {amount(unit['households'])} households)", style="bold")]
    for reason in reasons:
        status = Status(str(reason.fact["status"]))
        who = "any operator" if reason.operator == "*" else reason.operator
        lines.append(Text.assemble((f"{who}: ", "bold"), (status.en, _COLOURS[status]), f"  [{reason.fact['kind'] or 'no source'}]"))
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
        return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value

    return frame.apply(lambda column: column.map(safe) if column.dtype == object or str(column.dtype) in ("str", "string", "category") else column)


def console(*, error: bool = False) -> Console:
    """Return the terminal; plain text where it is none or NO_COLOR is set."""
    return Console(stderr=error, highlight=False, markup=False, soft_wrap=error, width=None)
