"""What stops a run, as a tree of exceptions.

    CuntongError (exit 3)           a fault of the program
    ├── UsageError (exit 2)         wrong use or wrong input; the message says what, where and the remedy
    │   ├── RegionError             the region file: every problem at once
    │   ├── SourceError             a source that is missing, unreadable or refused as a whole
    │   ├── SnapshotError           a snapshot that is absent, half or changed
    │   └── UnknownName             a unit, service, target or level that is not there
    └── LimitError                  an input above a stated limit (also a UsageError)

Bad *rows* are findings (`geo.findings`), not exceptions.
"""

from __future__ import annotations

from collections.abc import Sequence


class CuntongError(Exception):
    """Root of every error that Cuntong raises on purpose."""

    exit_code = 3


class UsageError(CuntongError, ValueError):
    """Wrong use or wrong input: the message names it and says what to do."""

    exit_code = 2


class RegionError(UsageError):
    """All that is wrong with one region file, one problem a line.

    Parameters
    ----------
    problems
        One complete sentence each: file, key, what was expected, the nearest right spelling.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class SourceError(UsageError, OSError):
    """A source that is missing, unreadable or refused as a whole."""


class LimitError(SourceError):
    """A source above a stated limit (bytes, rows, vertices, nesting, cells)."""


class SnapshotError(UsageError, OSError):
    """A snapshot that is absent, half written or changed."""


class UnknownName(UsageError, KeyError):
    """A name that the snapshot or region does not hold; the message lists the nearest ones."""

    def __str__(self) -> str:
        """Return the message itself: KeyError would print it in quotes."""
        return str(self.args[0]) if self.args else ""
