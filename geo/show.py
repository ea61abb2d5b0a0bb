"""What the terminal shows: tables and sentences out of snapshots and findings, in English or Chinese."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, cast

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from geo.findings import Finding, by_rule, messages, summary, visible
from geo.terms import Action, Basis, Kind, SettlementClass, Status, Verdict

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import JustifyMethod

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
    "en": ("target", "covered\n/ of all", "share\nlow –\nhigh", "goal", "verdict", "to connect"),
    "zh": ("指标", "已覆盖\n/ 总数", "比例\n低 –\n高", "目标", "判定", "尚缺"),
}
_UNKNOWN = {"en": "unknown", "zh": "未知"}
_REPORTED = {"en": "reported", "zh": "上报"}
_MONTHLY = {"en": "/month", "zh": "/月"}


def say(key: str, language: str, **values: Any) -> str:
    """Return a word or sentence of `messages/why.*.toml`."""
    text = messages(language)[f"why.{key}"]["message"]
    return text.format_map(values)


def amount(value: Any, digits: int = 0) -> str:
    """Return a number with thousands separated, whole where it is whole; "" where it is unknown.

    What is not 0 is not shown as 0.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    number = float(value)
    if number == int(number):
        return f"{int(number):,}"
    if abs(number) >= 100:
        return f"{number:,.{digits}f}"
    places = max(digits, 2)
    shown = f"{number:,.{places}f}".rstrip("0").rstrip(".")
    if float(shown) == 0:
        return f"<{10**-places:.{places}f}" if number > 0 else f">-{10**-places:.{places}f}"
    return shown


def percent(share: Any, digits: int = 2) -> str:
    """Return a share as a percentage that never rounds up to 100 or down to 0.

    100 is all and 0 is none: a share between them that would be rounded to either is ">99.99 %" or "<0.01 %".
    """
    if share is None or math.isnan(float(share)):
        return ""
    part = float(share)
    shown = f"{part * 100:.{digits}f}"
    least = 10**-digits
    if part < 1 and float(shown) >= 100:
        return f">{100 - least:.{digits}f} %"
    if part > 0 and float(shown) == 0:
        return f"<{least:.{digits}f} %"
    return f"{shown} %"


def tenths(share: float) -> str:
    """Return a share in percent to a tenth: 96.7%; 0 is none and 100 all."""
    return percent(share, 1).replace(" ", "")


def scorecard_table(
    card: pd.DataFrame,
    names: dict[str, dict[str, str]],
    *,
    title: str,
    language: str,
    simulated: bool = False,
) -> Table:
    """Return one unit's scorecard as a terminal table, grouped as the plan groups its targets.

    Figures stand above each other in their cells, so that 80 columns hold them uncut; only names wrap.

    Parameters
    ----------
    card
        Rows of one unit.
    names
        Target id -> its names by language.
    simulated
        Whether an input is made up: said above and below the table.
    """
    notice = say("simulated", language) if simulated else ""
    table = Table(
        title=Text("\n".join(t for t in (notice, visible(title, 200)) if t)),
        title_justify="left",
        caption=Text(notice) if notice else None,
        caption_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for i, head in enumerate(_HEADS[language]):
        justify: JustifyMethod = "left" if i in (0, 4) else "right"
        table.add_column(
            head, justify=justify, overflow="fold", no_wrap=i > 0, min_width=12 if i == 0 else None
        )
    group = None
    # The columns' names are text, which the stubs cannot know.
    for row in cast("list[dict[str, Any]]", card.to_dict("records")):
        if row["group"] != group and row["group"]:
            table.add_section()
            table.add_row(Text(visible(str(row["group"]).replace("_", " ")), style="bold underline"))
        group = row["group"]
        table.add_row(*_cells(row, names, language))
    return table


def _cells(row: dict[str, Any], names: dict[str, dict[str, str]], language: str) -> list[Text]:
    """Return a row's cells."""
    verdict = Verdict.of(row["verdict"])
    name = visible(names[row["target_id"]].get(language, row["target_id"]))
    counts = (
        [amount(row["numerator"]), f"/ {amount(row['denominator'])}"] if amount(row["denominator"]) else []
    )
    if amount(row["unknown"]) not in ("", "0"):
        counts.append(f"{_UNKNOWN[language]} {amount(row['unknown'])}")
    goal = row["threshold"] + (" %" if row["unit"] == "percent" else "")
    word = verdict.word(language).replace("cannot be", "cannot\nbe")
    return [
        Text.assemble(name, ("\n" + _counted(row, language), "dim")),
        Text("\n".join(counts)),
        Text(_value(row)),
        Text(goal),
        Text(word, style=_COLOURS[verdict]),
        Text(_needs(row, language)),
    ]


def _counted(row: dict[str, Any], language: str) -> str:
    """Return what a row counts, or that it was reported and when."""
    if row["how"] == "reported":
        return (
            f"{_REPORTED[language]} {row['value_date']}"
            if isinstance(row["value_date"], str)
            else _REPORTED[language]
        )
    basis = Basis.of(row["basis"]).word(language)
    what = f"{row['level']}s" if row["basis"] == Basis.UNITS and language == "en" else basis
    return (
        what
        if row["class"] == SettlementClass.ALL
        else f"{SettlementClass.of(row['class']).word(language)} {what}"
    )


def _value(row: dict[str, Any]) -> str:
    """Return the share with its low and high where some is unknown, or the reported amount."""
    if row["unit"] != "percent":
        unit = wrap(visible(str(row["unit"])).replace("_", " "), 10, break_on_hyphens=False)
        return "\n".join([amount(row["value"], 2), *unit]) if amount(row["value"]) else ""
    if row["how"] == "computed" and amount(row["unknown"]) not in ("", "0"):
        low, high = (percent(row[s]).removesuffix(" %") for s in ("share_low", "share_high"))
        return f"{percent(row['share'])}\n{low} –\n{high}"
    return percent(row["share"])


def _needs(row: dict[str, Any], language: str) -> str:
    """Return what is lacking, and how much a month until the due date."""
    if row["verdict"] == Verdict.MET or not amount(row["shortfall"]):
        return ""
    pace = f"\n{row['pace_needed']:,.1f}\n{_MONTHLY[language]}" if row["pace_needed"] >= 0.05 else ""
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


def reason_lines(unit: dict[str, Any], reasons: Sequence[Reason], language: str = "en") -> list[Text]:
    """Return the explanation of a unit's facts for one service."""
    settlement = SettlementClass.of(unit["settlement_class"]).word(language)
    about = say("unit", language, **{"class": settlement, "households": amount(unit["households"]) or "?"})
    lines = [Text(f"{visible(str(unit['name']))}  {unit['unit_id']}  {about}", style="bold")]
    for reason in reasons:
        status = Status.of(str(reason.fact["status"]))
        who = say("any_operator", language) if reason.operator == "*" else reason.operator
        kinds = [Kind.of(k).word(language) for k in str(reason.fact["kind"]).split("+") if k in tuple(Kind)]
        kind = "+".join(kinds) or say("no_kind", language)
        lines.append(
            Text.assemble((f"{who}: ", "bold"), (status.word(language), _COLOURS[status]), f"  [{kind}]")
        )
        lines += [Text(f"  {visible(s, 400)}") for s in reason.sentences]
        if reason.evidence:
            rest = len(reason.evidence) - 10
            more = say("more", language, count=rest) if rest > 0 else ""
            ids = say("join", language).join(visible(e) for e in reason.evidence[:10])
            lines.append(
                Text("  " + messages(language)["why.evidence"]["message"].format(ids=ids, more=more))
            )
    return lines


def as_json(rows: Sequence[dict[str, Any]] | Sequence[dict[Hashable, Any]]) -> str:
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

    safe_frame: pd.DataFrame = frame.apply(
        lambda column: (
            column.map(safe)
            if column.dtype == object or str(column.dtype) in ("str", "string", "category")
            else column
        )
    )
    return safe_frame


def console(*, error: bool = False) -> Console:
    """Return the terminal; where it is none, plain text of a fixed width."""
    plain = Console(stderr=error, highlight=False, markup=False)
    return plain if plain.is_terminal else Console(stderr=error, highlight=False, markup=False, width=WIDTH)
