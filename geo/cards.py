"""Cards: the rows of the scorecard that somebody asks for, with the names that go with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from geo.errors import UnknownName
from geo.snapshot import Snapshot
from geo.why import find_unit


@dataclass(frozen=True)
class Cards:
    """Chosen scorecard rows.

    Attributes
    ----------
    rows
        Scorecard rows with the unit's code and name.
    names
        Target id -> its names by language.
    region, as_of
        Name of the region by language, and its day.
    simulated
        Whether any input of the snapshot is made up.
    """

    rows: pd.DataFrame
    names: dict[str, dict[str, str]]
    region: dict[str, str]
    as_of: str
    simulated: bool = False

    def by_unit(self, language: str) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield a title and the rows of each unit."""
        for unit_id, rows in self.rows.groupby("unit_id", sort=False, observed=True):
            first = rows.iloc[0]
            yield f"{self.region[language]} · {first['unit_name']} ({unit_id}) · {self.as_of}", rows


def chosen_cards(snapshot: Snapshot, *, level: str | None, unit: str | None, target: str | None) -> Cards:
    """Return the scorecard of the whole region, of one unit, or of every unit of a level.

    Raises
    ------
    UnknownName
        No such unit, level or target; the message says which there are.
    """
    card = snapshot.frame("scorecard").astype({"unit_id": str, "target_id": str})
    units = snapshot.frame("units", ["unit_id", "level", "code", "name"])
    card = card.merge(
        units.rename(columns={"level": "unit_level", "code": "unit_code", "name": "unit_name"}), on="unit_id"
    )
    names = {t["id"]: t["name"] for t in snapshot.manifest["targets"]}
    if target is not None:
        card = card[card["target_id"] == _known(target, list(names), "target")]
    if unit is not None:
        card = card[card["unit_id"] == find_unit(snapshot, unit)["unit_id"]]
    if level is not None:
        card = card[
            card["unit_level"] == _known(level, [x["id"] for x in snapshot.manifest["levels"]], "level")
        ]
    if unit is None and level is None:
        card = card[card["unit_id"] == units["unit_id"].iloc[0]]
    if card.empty:
        raise UnknownName(
            "no target of the plan is judged there: ask for a level above the one that is counted."
        )
    simulated = any(i["kind"] == "simulated" for i in snapshot.manifest.get("inputs", {}).values())
    return Cards(card, names, snapshot.manifest["name"], snapshot.manifest["as_of"], simulated)


def _known(wanted: str, there: list[str], what: str) -> str:
    if wanted not in there:
        raise UnknownName(f"'{wanted}' is no {what} of this snapshot; there is {', '.join(there)}.")
    return wanted
