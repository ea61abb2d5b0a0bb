"""Quarantine: the rows that were set aside, each as it came, with the rule and the remedy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pandas as pd

from geo.findings import Finding
from geo.read.table import SourceTable
from geo.terms import Action

COLUMNS = ("source", "row", "rule", "message", "message_zh", "remedy", "remedy_zh", "as_it_came")
FINDING_COLUMNS = ("source", "row", "rule", "action", "message", "message_zh", "remedy", "remedy_zh")


#: A field longer than this many characters is cut.
FIELD_SHOWN = 10_000
#: The finding of columns about persons: of such a source no row is shown.
PERSONAL = "personal.column"

Delivered = Mapping[str, SourceTable | pd.DataFrame]


def quarantine_table(findings: Sequence[Finding], delivered: Delivered) -> pd.DataFrame:
    """Return the rows set aside (columns `COLUMNS`, all of text), by source and row.

    Rows of a source with columns about persons are not shown as they came, whatever they were set aside for.

    Parameters
    ----------
    delivered
        Source id -> its table as read; a plain frame (index = 1-based row) has no lines.
    """
    personal = {f.source for f in findings if f.rule == PERSONAL}
    tables = {s: _Rows.of(t) for s, t in delivered.items() if s not in personal}
    rows = [
        {**_texts(f), "as_it_came": tables[f.source].shown(f.row) if f.source in tables else ""}
        for f in findings
        if f.action in (Action.QUARANTINE, Action.REJECT)
    ]
    return _text_table(rows, COLUMNS).sort_values(["source", "row", "rule"], kind="stable", ignore_index=True)


def findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    """Return every finding (columns `FINDING_COLUMNS`), gravest first, then by source, rule and row as met."""
    order = {a: i for i, a in enumerate(Action)}
    ranked = sorted(findings, key=lambda f: (order[f.action], f.source, f.rule))
    return _text_table([{**_texts(f), "action": f.action.value} for f in ranked], FINDING_COLUMNS)


def _text_table(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> pd.DataFrame:
    """Return a table of text columns, also where it has no row."""
    return pd.DataFrame(rows, columns=list(columns), dtype="str")


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


@dataclass(frozen=True)
class _Rows:
    """A source's rows as read, found by how findings name them."""

    frame: pd.DataFrame
    row_of_line: Mapping[int, int]

    @classmethod
    def of(cls, table: SourceTable | pd.DataFrame) -> Self:
        """Return the rows of a table."""
        if isinstance(table, pd.DataFrame):
            return cls(table, {})
        return cls(table.frame, {line: row for row, line in table.lines.items()})

    def shown(self, name: str) -> str:
        """Return a row's fields as JSON text, geometry as WKT; "" where the frame does not hold it."""
        match = re.match(r"(row|line) (\d+)\b", name)
        if not match:
            return ""
        row = int(match[2]) if match[1] == "row" else self.row_of_line.get(int(match[2]))
        if row is None or row not in self.frame.index:
            return ""
        record = self.frame.loc[row]
        if isinstance(record, pd.DataFrame):
            record = record.iloc[0]
        fields = {str(k): None if _missing(v) else str(v)[:FIELD_SHOWN] for k, v in record.items()}
        return json.dumps(fields, ensure_ascii=False)


def _missing(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)  # noqa: PLR0124  NaN
