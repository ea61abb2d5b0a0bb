"""Shown: what a map is drawn from, and how two snapshots stand on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.view import View
from geo.atlas import Atlas
from geo.tiles import Entry

#: Among the layers of a view: that two snapshots stand side by side.
SIDE = "~side"


@dataclass(frozen=True)
class Shown:
    """The snapshot and the earlier one, each with the archives that the reader may see."""

    atlas: Atlas
    archives: Sequence[Entry]
    before: Atlas | None
    before_archives: Sequence[Entry]


def side_by_side(view: View) -> bool:
    """Return whether two snapshots stand side by side; else it is one map of what changed."""
    return bool(view.since) and SIDE in view.layers.split(",")
