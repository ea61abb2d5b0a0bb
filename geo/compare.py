"""Compare: what changed between two snapshots of a region, unit by unit and target by target.

Units are held against each other by their id, which carries the edition of their code: a unit whose code is
of another edition is a new one, and nothing is said of what became of the old. A share may be compared only
where both count the same things by the same rule; else the series is broken, and no change is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.atlas import ANY, CODES, Atlas
from geo.gaps import inside
from geo.terms import Status


class Change(StrEnum):
    """What became of a unit: a service is there where it is covered whole, not there where it is partly."""

    GAINED = "gained"
    WITHOUT = "without"
    LOST = "lost"
    UNKNOWN = "unknown"
    KEPT = "kept"


class Broken(StrEnum):
    """Why two figures are no series."""

    NO = ""
    ABSENT = "absent"
    EDITION = "edition"
    RULE = "rule"
    DENOMINATOR = "denominator"


#: Code of each change in the arrays of `changes`; 0 where a unit is not in both snapshots, or has no fact.
CHANGES: dict[Change, int] = {c: n for n, c in enumerate(Change, start=1)}

#: Columns of `by_service`.
SERVICE_COLUMNS = ("service", "level", *(c.value for c in Change), "elsewhere")

#: Columns of `cards`, the first of which is its index.
CARD_COLUMNS = ("target_id", "broken", "before", "after", "change")

#: What defines a service and a target: where one differs, two figures do not count the same.
_SERVICE_RULE = ("rules", "covered", "partial", "statuses")
_TARGET_RULE = ("service", "operator", "level", "basis", "class", "unit")

Codes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pair:
    """Two snapshots of one region.

    Attributes
    ----------
    before, after
        The earlier and the later one.
    """

    before: Atlas
    after: Atlas

    @cached_property
    def then(self) -> npt.NDArray[np.intp]:
        """Return the earlier position by position of the later snapshot; -1 where the unit is new."""
        before, after = (pd.Index(a.units["unit_id"]) for a in (self.before, self.after))
        return np.asarray(before.get_indexer(after), dtype=np.intp)

    @cached_property
    def gone(self) -> npt.NDArray[np.bool_]:
        """Return whether a unit is in the later snapshot no more, by position of the earlier one."""
        gone = np.ones(len(self.before.units), dtype=bool)
        gone[self.then[self.then >= 0]] = False
        return gone


def changes(pair: Pair, service: str, operator: str = ANY) -> Codes:
    """Return the code of the change (`CHANGES`) by position of the later snapshot's units."""
    then = np.where(pair.then < 0, 0, pair.before.status(service, operator)[pair.then])
    now = pair.after.status(service, operator)
    covered, unknown = CODES[Status.COVERED], CODES[Status.UNKNOWN]
    code = np.select(
        [
            (then == 0) | (now == 0),
            (then == unknown) | (now == unknown),
            (then == covered) & (now == covered),
            now == covered,
            then == covered,
        ],
        [0, *(CHANGES[c] for c in (Change.UNKNOWN, Change.KEPT, Change.GAINED, Change.LOST))],
        default=CHANGES[Change.WITHOUT],
    )
    return code.astype(np.uint8)


def by_service(pair: Pair, i: int) -> pd.DataFrame:
    """Return how many units changed inside a unit, one row a service and level (columns `SERVICE_COLUMNS`).

    `elsewhere` counts the units that have a fact in one of the snapshots only. A service that the earlier
    snapshot does not have, or has by another rule, is left out: `service_broken` says why.
    """
    rows: list[dict[str, Any]] = []
    for service in pair.after.services:
        if service_broken(pair, service["id"]):
            continue
        code, now = changes(pair, service["id"]), pair.after.status(service["id"])
        ruled = {r["level"] for r in service["rules"]}
        for level in (x["id"] for x in pair.after.levels if x["id"] in ruled):
            at = inside(pair.after, i, level)
            counts = {c.value: int((code[at] == n).sum()) for c, n in CHANGES.items()}
            elsewhere = int(((code[at] == 0) & (now[at] > 0)).sum()) + _gone(pair, i, level)
            if sum(counts.values()) + elsewhere:
                rows.append({"service": service["id"], "level": level, **counts, "elsewhere": elsewhere})
    return pd.DataFrame(rows, columns=list(SERVICE_COLUMNS))


def _gone(pair: Pair, i: int, level: str) -> int:
    """Return how many units of a level lay in a unit before that are in the later snapshot no more."""
    if pair.then[i] < 0 or level not in [x["id"] for x in pair.before.levels]:
        return 0
    return int(pair.gone[inside(pair.before, int(pair.then[i]), level)].sum())


def service_broken(pair: Pair, service: str) -> Broken:
    """Return why a service of two snapshots is not the same one; `Broken.NO` where it is."""
    then, now = (next((s for s in a.services if s["id"] == service), None) for a in (pair.before, pair.after))
    if then is None or now is None:
        return Broken.ABSENT
    same = all(then.get(k) == now.get(k) for k in _SERVICE_RULE)
    return Broken.NO if same else Broken.RULE


def cards(pair: Pair, i: int) -> pd.DataFrame:
    """Return what changed in the scorecard of a unit of the later snapshot, one row a target.

    Returns
    -------
    pandas.DataFrame
        Index: target_id. Columns: `broken` (a word of `Broken`); `before`, `after` (numerators, or reported
        values) and `change` (after less before; NaN where the series is broken or a figure is missing).
    """
    whole = _unit_broken(pair, i)
    then = {} if whole else {r["target_id"]: r for r in _rows(pair.before, int(pair.then[i]))}
    rows = [
        {"target_id": now["target_id"], **_card(pair, then.get(now["target_id"]), now, whole)}
        for now in _rows(pair.after, i)
    ]
    return pd.DataFrame(rows, columns=list(CARD_COLUMNS)).set_index("target_id")


def _rows(atlas: Atlas, i: int) -> list[dict[str, Any]]:
    # The columns' names are text, which the stubs cannot know.
    return cast("list[dict[str, Any]]", atlas.cards(i).to_dict("records"))


def _card(pair: Pair, then: dict[str, Any] | None, now: dict[str, Any], whole: Broken) -> dict[str, Any]:
    """Return one target's figures of both snapshots, and whether they count the same."""
    what = "value" if now["how"] == "reported" else "numerator"
    if then is None or np.isnan(then[what]):
        return {"broken": str(whole or Broken.ABSENT), "before": np.nan, "after": now[what], "change": np.nan}
    broken = _target_broken(pair, now["target_id"])
    if not broken and not np.array_equal(then["denominator"], now["denominator"], equal_nan=True):
        broken = Broken.DENOMINATOR
    change = np.nan if broken else now[what] - then[what]
    return {"broken": str(broken), "before": then[what], "after": now[what], "change": change}


def _unit_broken(pair: Pair, i: int) -> Broken:
    """Return whether the unit was there before, and all levels had codes of the same edition."""
    if pair.then[i] < 0:
        unit, units = pair.after.unit(i), pair.before.units
        same = ((units["level"] == unit["level"]) & (units["code"] == unit["code"])).any()
        return Broken.EDITION if same else Broken.ABSENT
    editions = [{x["id"]: x["edition"] for x in a.levels} for a in (pair.before, pair.after)]
    return Broken.NO if editions[0] == editions[1] else Broken.EDITION


def _target_broken(pair: Pair, target_id: str) -> Broken:
    """Return whether a target asked for the same count by the same rule."""
    then, now = (
        next((t for t in a.manifest["targets"] if t["id"] == target_id), None)
        for a in (pair.before, pair.after)
    )
    if then is None or now is None:
        return Broken.ABSENT
    if any(then.get(k) != now.get(k) for k in _TARGET_RULE):
        return Broken.RULE
    return service_broken(pair, now["service"]) if now["service"] else Broken.NO
