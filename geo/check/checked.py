"""What every check returns, how a row is named in it, and how checks follow one another.

A check never changes the table it was given. It returns the sound rows (repaired where no guess was
needed), what it saw, and the labels of the rows set aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geo.findings import Finding
from geo.terms import Action

#: A row's label in the table: the 1-based row as delivered (a label of pandas, hence untyped).
Row = Any

_NONE: pd.Index[Any] = pd.Index([], dtype="int64")

#: A code longer than this is cut where it names a row.
CODE_SHOWN = 40


@dataclass(frozen=True)
class Checked:
    """The outcome of a check.

    Attributes
    ----------
    frame
        The sound rows, possibly repaired; no row where the source was refused.
    findings
        What was seen, in the order of the rows.
    quarantined
        Labels (1-based rows) of the rows set aside.

    """

    frame: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)
    quarantined: pd.Index = field(default_factory=lambda: _NONE)

    @property
    def rejected(self) -> bool:
        """Whether the source is refused as a whole."""
        return any(f.action is Action.REJECT for f in self.findings)


Check = Callable[[pd.DataFrame], Checked]


def in_turn(frame: pd.DataFrame, checks: Iterable[Check]) -> Checked:
    """Run checks one after another, each on the sound rows of the one before; the first refusal ends them."""
    findings: list[Finding] = []
    aside = _NONE
    for check in checks:
        result = check(frame)
        findings += result.findings
        if len(result.quarantined):
            aside = aside.append(result.quarantined)
        frame = result.frame
        if result.rejected:
            break
    return Checked(frame, findings, aside)


def rows_of(column: pd.Series) -> list[tuple[Row, Any]]:
    """Return (label, value) of each row of a column."""
    return list(zip(column.index.tolist(), values_of(column), strict=True))


def values_of(column: pd.Series) -> list[Any]:
    """Return a column's values; those of text leave their store all at once."""
    text = isinstance(column.dtype, pd.StringDtype)
    return (column.to_numpy(dtype=object) if text else column).tolist()


def stated_pairs(frame: pd.DataFrame, code: str, parent: str) -> list[tuple[Row, str, str]]:
    """Return (label, code, parent's code) of the rows that state both, the codes as text."""
    both = frame[code].notna() & frame[parent].notna()
    one, other = (frame[c] if both.all() else frame[c][both] for c in (code, parent))
    return [(row, str(c), str(p)) for (row, c), p in zip(rows_of(one), values_of(other), strict=True)]


def is_blank(value: Any) -> bool:
    """Tell whether a cell holds nothing: None, NA, NaN or an empty text."""
    if isinstance(value, list | dict | tuple):
        return False
    return value is None or value == "" if isinstance(value, str | None) else bool(pd.isna(value))


def row_name(row: Row, code: Any = None, lines: Mapping[int, int] | None = None) -> str:
    """Return how a row is named: "line 14 (320402001001)" where lines are known, else "row 3 (3204…)"."""
    where = f"line {lines[row]}" if lines and row in lines else f"row {row}"
    if is_blank(code):
        return where
    text = str(code)
    return f"{where} ({text[:CODE_SHOWN]}…)" if len(text) > CODE_SHOWN else f"{where} ({text})"


class Notes:
    """Takes down the findings of one check over one table."""

    def __init__(
        self,
        frame: pd.DataFrame,
        source: str,
        code: str | None = None,
        lines: Mapping[int, int] | None = None,
    ) -> None:
        self.frame, self.source, self.lines = frame, source, lines
        self.code = code if code in frame.columns else None
        self.findings: list[Finding] = []
        self._aside: dict[Row, None] = {}

    def label(self, position: Any) -> Row:
        """Return the label of the row at a position."""
        return self.frame.index[position]

    def name(self, row: Row) -> str:
        """Return how this row of the table is named."""
        code = self.frame.at[row, self.code] if self.code is not None else None
        return row_name(row, code, self.lines)

    def names(self, rows: Iterable[Row], shown: int = 5) -> str:
        """Return the names of the first rows and how many more there are."""
        rows = list(rows)
        more = f" (+{len(rows) - shown})" if len(rows) > shown else ""
        return ", ".join(self.name(r) for r in rows[:shown]) + more

    def row(self, row: Row, rule: str, action: Action = Action.QUARANTINE, /, **values: Any) -> None:
        """Note a finding about one row; with QUARANTINE the row is set aside."""
        self.findings.append(Finding(self.source, self.name(row), rule, action, values))
        if action is Action.QUARANTINE:
            self._aside[row] = None

    def whole(self, rule: str, action: Action = Action.REJECT, /, **values: Any) -> None:
        """Note a finding about the source as a whole."""
        self.findings.append(Finding(self.source, "", rule, action, values))

    def done(self, frame: pd.DataFrame | None = None) -> Checked:
        """Return the outcome: `frame` (or the table as given) without the rows set aside."""
        frame = self.frame if frame is None else frame
        if any(f.action is Action.REJECT for f in self.findings):
            return Checked(frame.iloc[:0], self.findings)
        if not self._aside:
            return Checked(frame, self.findings)
        aside = pd.Index(list(self._aside), dtype="int64")
        return Checked(frame[~frame.index.isin(aside)], self.findings, aside)
