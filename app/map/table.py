"""The table below a map: the counted units of the place, gaps first; its text alternative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from app.map.classes import COVERED, PARTIAL, UNCOVERED, UNKNOWN
from app.texts import t
from app.view import View
from geo.atlas import CODES, Atlas
from geo.terms import SettlementClass, Status
from geo.wording import SIGNS

#: Rows that are sent at once: what a reader can look through, and some ten kilobytes.
SHOWN = 100

#: Columns of `rows` that are amounts.
AMOUNTS = ("col_homes", "col_people", "col_nearest")

#: Gaps first, then what nobody knows.
_ORDER = {UNCOVERED: 0, PARTIAL: 1, UNKNOWN: 2, COVERED: 3}
_STATUS = {code: status for status, code in CODES.items()}


@dataclass(frozen=True)
class Listed:
    """Units in the order of the table; `positions` holds all of them, of which the first are shown."""

    positions: npt.NDArray[np.int32]

    @property
    def shown(self) -> npt.NDArray[np.int32]:
        """Return the positions of the rows that are shown."""
        return self.positions[:SHOWN]

    def row_of(self, position: int) -> int | None:
        """Return the row of a unit, 1 first; None where it is not among them."""
        found = np.flatnonzero(self.positions == position)
        return int(found[0]) + 1 if len(found) else None


def listed(atlas: Atlas, view: View) -> Listed:
    """Return the counted units inside the view's place that the map colours."""
    inside = atlas.below(atlas.position(view.unit), view.level)
    status = atlas.status(view.service, view.operator)[inside]
    keep = status > 0
    if view.klass != SettlementClass.ALL:
        keep &= atlas.units["settlement_class"].to_numpy()[inside] == view.klass
    if view.gaps:
        keep &= status != COVERED
    inside, status = inside[keep], status[keep]
    rank = np.array([_ORDER.get(int(s), 9) for s in range(256)])[status]
    people = np.nan_to_num(atlas.units["population"].to_numpy()[inside])
    return Listed(inside[np.lexsort((inside, -people, rank))])


def status_text(code: int, language: str) -> str:
    """Return a status as its sign and word; "" where there is none."""
    status = _STATUS.get(int(code))
    return f"{SIGNS[status]} {Status.of(status).word(language)}" if status else ""


def rows(atlas: Atlas, view: View, positions: npt.NDArray[np.int32]) -> pd.DataFrame:
    """Return the rows of some units, words in the view's language; columns as in the keys of `heads`."""
    units, lang = atlas.units.iloc[positions], view.lang
    status = atlas.status(view.service, view.operator)[positions]
    nearest = atlas.fact_column(view.service, view.operator, "nearest_m")[positions]
    parents = atlas.parent[positions]
    names = atlas.units["name"].to_numpy()
    table = {
        "col_status": [status_text(s, lang) for s in status],
        "col_name": units["name"].to_numpy(),
        "col_in": np.where(parents >= 0, names[np.maximum(parents, 0)], ""),
        "col_class": [SettlementClass.of(k).word(lang) for k in units["settlement_class"]],
        "col_homes": units["households"].to_numpy(),
        "col_people": units["population"].to_numpy(),
        "col_nearest": np.round(nearest),
        "col_code": units["code"].to_numpy(),
    }
    return pd.DataFrame(table).dropna(axis="columns", how="all")


def heads(frame: pd.DataFrame, language: str) -> dict[str, str]:
    """Return the columns of `rows` with their headings."""
    return {str(c): t(f"map.{c}", language) for c in frame.columns}
