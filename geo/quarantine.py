"""Quarantine: the rows that were set aside, each as it came, with the rule and the remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

import pandas as pd

from geo.findings import Finding
from geo.terms import Action

COLUMNS = ("source", "row", "rule", "message", "message_zh", "remedy", "remedy_zh", "as_it_came")
FINDING_COLUMNS = ("source", "row", "rule", "action", "message", "message_zh", "remedy", "remedy_zh")


def quarantine_table(findings: Sequence[Finding], delivered: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows set aside (columns `COLUMNS`), by source and row.

    Parameters
    ----------
    delivered
        Source id -> its rows as read, index = 1-based row.
    """
    rows = [
        {**_texts(f), "as_it_came": as_it_came(f.row, delivered.get(f.source))}
        for f in findings
        if f.action in (Action.QUARANTINE, Action.REJECT)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["source", "row", "rule"], kind="stable", ignore_index=True
    )


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return every finding (columns `FINDING_COLUMNS`), gravest first, then by source, rule and row as met."""
    order = {a: i for i, a in enumerate(Action)}
    ranked = sorted(findings, key=lambda f: (order[f.action], f.source, f.rule))
    return pd.DataFrame(
        [{**_texts(f), "action": f.action.value} for f in ranked], columns=list(FINDING_COLUMNS)
    )


def _texts(finding: Finding) -> dict[str, str]:
    return {
        "source": finding.source,
        "row": finding.row,
        "rule": finding.rule,
        "message": finding.message("en"),
        "message_zh": finding.message("zh"),
        "remedy": finding.remedy("en"),
        "remedy_zh": finding.remedy("zh"),
    }


def as_it_came(row: str, frame: pd.DataFrame | None) -> str:
    """Return the row's fields as JSON text, geometry as WKT; "" where the row is not one of the frame's."""
    match = re.match(r"row (\d+)", row)
    if frame is None or not match or int(match[1]) not in frame.index:
        return ""
    record = frame.loc[int(match[1])]
    if isinstance(record, pd.DataFrame):
        record = record.iloc[0]
    fields = {str(k): None if _missing(v) else str(v)[:10_000] for k, v in record.items()}
    return json.dumps(fields, ensure_ascii=False)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)  # noqa: PLR0124  NaN
