"""Model: the scorecard of one place as numbers, taken out of a snapshot as they stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.atlas import Atlas
from geo.compare import Pair
from geo.compare import cards as compare_cards
from geo.errors import UnknownName
from geo.export.origin import Origin, origin_of
from geo.export.style import UNKNOWN_LIMIT
from geo.export.tables import STATUS
from geo.findings import visible
from geo.terms import Basis, SettlementClass, Status, Verdict
from geo.wording import absent

#: So many connections stand first, large.
HEADLINES = 3

_NAN = float("nan")

#: Target id -> its name and the name of its service.
Names = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Figure:
    """One target at one place: a row of the scorecard, or the place's own fact.

    Attributes
    ----------
    status
        The place's own status where it is itself what the target counts, else "".
    counted
        Whether there is anything to count, or a value was reported.
    """

    target_id: str
    name: str
    level: str
    service: str
    service_name: str
    how: str
    basis: str
    klass: str
    unit: str
    threshold: str
    due: str
    verdict: str
    numerator: float = _NAN
    unknown: float = _NAN
    denominator: float = _NAN
    share: float = _NAN
    share_low: float = _NAN
    share_high: float = _NAN
    value: float = _NAN
    shortfall: float = _NAN
    pace_needed: float = _NAN
    pace_seen: float = _NAN
    value_date: str = ""
    source: str = ""
    status: str = ""
    counted: bool = True

    @property
    def enough_known(self) -> bool:
        """Return whether so little is unknown that a verdict can stand."""
        return not self.denominator > 0 or not self.unknown / self.denominator > UNKNOWN_LIMIT


@dataclass(frozen=True)
class Cell:
    """One unit below under one main connection: its own status, or what is counted in it.

    `there` is False where there is nothing to count.
    """

    status: str = ""
    numerator: float = _NAN
    unknown: float = _NAN
    denominator: float = _NAN
    share: float = _NAN
    low: float = _NAN
    high: float = _NAN
    nearest_m: float = _NAN
    there: bool = False

    @property
    def enough_known(self) -> bool:
        """Return whether so little is unknown that its share says something."""
        return not self.denominator > 0 or not self.unknown / self.denominator > UNKNOWN_LIMIT


@dataclass(frozen=True)
class Below:
    """One unit right below, with a cell for each main connection."""

    position: int
    unit_id: str
    code: str
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Change:
    """One target now, and its figures then; `broken` says why the two cannot be compared (`geo.compare.Broken`)."""

    figure: Figure
    numerator: float
    denominator: float
    share: float
    value: float
    broken: str


@dataclass(frozen=True)
class Report:
    """The scorecard of one place.

    Attributes
    ----------
    unit
        Row of the units' table.
    path
        Names from the outermost unit to this one.
    headline
        The main connections; see `headline_targets`.
    figures
        Every target that is judged here, in the order of the plan.
    below
        Units right below, weakest first.
    below_level, below_id
        Their level in words, and its id; "" where there is none.
    since
        Day of the earlier snapshot; "" where none was named.
    review
        Review number of the map (审图号); "" until one is stated.
    """

    origin: Origin
    position: int
    unit: Mapping[str, Any]
    path: tuple[str, ...]
    level: str
    headline: tuple[Figure, ...]
    figures: tuple[Figure, ...]
    below: tuple[Below, ...]
    below_level: str
    below_id: str
    changes: tuple[Change, ...]
    since: str
    set_aside: int
    review: str

    @property
    def language(self) -> str:
        """Return "en" or "zh"."""
        return self.origin.language

    @property
    def not_enough(self) -> tuple[Figure, ...]:
        """Return the figures of which too much is unknown: any keeps the page from being signed."""
        every = {f.target_id: f for f in (*self.headline, *self.figures)}
        return tuple(f for f in every.values() if not f.enough_known)


def headline_targets(targets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the targets that stand first: the first of each of three services, as the plan lists them.

    Only those that count units of every class in percent are taken. In a plan of fibre to villages, broadband
    and cable TV to hamlets these are the three connections (新三通). Where there is no such target: the first
    computed one of each service.
    """
    computed = [t for t in targets if t["service"] is not None]
    whole = [
        t
        for t in computed
        if t["basis"] == Basis.UNITS and t["class"] == SettlementClass.ALL and t["unit"] == "percent"
    ]
    first: dict[str, Mapping[str, Any]] = {}
    for target in whole or computed:
        first.setdefault(target["service"], target)
    return list(first.values())[:HEADLINES]


def review_number(manifest: Mapping[str, Any]) -> str:
    """Return the number under which a snapshot's maps were reviewed (审图号); "" where there is none."""
    return visible(str(manifest.get("map_review_number") or ""))


def report_of(atlas: Atlas, i: int, *, language: str, since: Atlas | None = None, review: str = "") -> Report:
    """Return the scorecard of the unit at position `i`.

    Parameters
    ----------
    review
        Number under which the map was reviewed (审图号); else the region's own, where it has one.

    Raises
    ------
    UnknownName
        No target is judged there and no service has a rule at its level.
    """
    language = "zh" if language == "zh" else "en"
    services = {s["id"]: s["name"][language] for s in atlas.services}
    names = {
        t["id"]: (t["name"][language], services.get(t["service"], "")) for t in atlas.manifest["targets"]
    }
    cards = {str(r["target_id"]): r for r in atlas.cards(i).to_dict("records")}
    mains = headline_targets(atlas.manifest["targets"])
    headline = tuple(_main(atlas, i, t, names, cards.get(t["id"])) for t in mains)
    if not cards and not any(f.status for f in headline):
        raise UnknownName(
            f"{atlas.unit(i)['unit_id']}: no target of the plan is judged there. Name a unit above it."
        )
    figures = tuple(_figure(r, names) for r in cards.values())
    level = str(atlas.units.at[i, "level"])
    words = {x["id"]: x["name"][language] for x in atlas.levels}
    inner = atlas.level_below(level)
    below = _below(atlas, i, mains) if inner else ()
    return Report(
        origin=origin_of(atlas.snapshot, language),
        position=i,
        unit=atlas.unit(i),
        path=tuple(str(atlas.units.at[p, "name"]) for p in (*atlas.ancestors(i), i)),
        level=words[level],
        headline=headline,
        figures=figures,
        below=below,
        below_level=words[inner] if inner and below else "",
        below_id=inner if inner and below else "",
        changes=_changes(atlas, i, figures, since) if since else (),
        since=since.manifest["as_of"] if since else "",
        set_aside=int(atlas.manifest["tables"]["quarantine.parquet"]["rows"]),
        review=review or review_number(atlas.manifest),
    )


def _figure(row: Mapping[Any, Any], names: Names) -> Figure:
    """Return a row of the scorecard."""
    numbers = (
        "numerator", "unknown", "denominator", "share", "share_low", "share_high", "value", "shortfall",
        "pace_needed", "pace_seen",
    )  # fmt: skip
    told: dict[str, Any] = {
        k: str(row[k]) for k in ("level", "service", "how", "basis", "unit", "threshold", "due", "source")
    }
    told |= {k: float(row[k]) for k in numbers}
    return Figure(
        target_id=str(row["target_id"]),
        name=names[str(row["target_id"])][0],
        service_name=names[str(row["target_id"])][1],
        verdict=str(row["verdict"]),
        klass=str(row["class"]),
        value_date="" if absent(row["value_date"]) else str(row["value_date"]),
        counted=not absent(row["denominator"]) or not absent(row["value"]),
        **told,
    )


def _main(
    atlas: Atlas, i: int, target: Mapping[str, Any], names: Names, card: Mapping[Any, Any] | None
) -> Figure:
    """Return a main connection here: the card's row, else the place's own fact, else nothing to count."""
    if card is not None:
        return _figure(card, names)
    cell = _cell(atlas, i, target)
    told: dict[str, Any] = {k: str(target[k]) for k in ("service", "level", "basis", "unit", "due", "source")}
    return Figure(
        target_id=target["id"],
        name=names[target["id"]][0],
        service_name=names[target["id"]][1],
        how="computed",
        klass=target["class"],
        threshold=target["threshold"]["text"],
        verdict=Verdict.OPEN.value,
        status=cell.status,
        counted=bool(cell.status),
        **told,
    )


def _cell(atlas: Atlas, i: int, target: Mapping[str, Any]) -> Cell:
    """Return what one unit shows under a target: its counts above the counted level, else its own status."""
    ids = [x["id"] for x in atlas.levels]
    service, operator = target["service"], target["operator"]
    if ids.index(str(atlas.units.at[i, "level"])) < ids.index(target["level"]):
        counts = atlas.counts(
            np.array([i]),
            service,
            operator,
            level=target["level"],
            basis=target["basis"],
            klass=target["class"],
        )
        if not len(counts):
            return Cell()
        row = counts.iloc[0]
        numbers = ("numerator", "unknown", "denominator", "share")
        told: dict[str, Any] = {k: float(row[k]) for k in numbers}
        return Cell(**told, low=float(row["share_low"]), high=float(row["share_high"]), there=True)
    status = str(STATUS[atlas.status(service, operator)[i]])
    if not status:
        return Cell()
    near = float(atlas.fact_column(service, operator, "nearest_m")[i])
    low, high = float(status == Status.COVERED), float(status in (Status.COVERED, Status.UNKNOWN))
    return Cell(status, low=low, high=high, nearest_m=near, there=True)


def _below(atlas: Atlas, i: int, targets: Sequence[Mapping[str, Any]]) -> tuple[Below, ...]:
    """Return the units right below, weakest first: by the least sure share of any main connection."""
    rows = [
        Below(
            int(c),
            str(atlas.units.at[c, "unit_id"]),
            str(atlas.units.at[c, "code"]),
            str(atlas.units.at[c, "name"]),
            tuple(_cell(atlas, int(c), t) for t in targets),
        )
        for c in atlas.children(i)
    ]
    return tuple(sorted(rows, key=_weakness))


def _weakness(row: Below) -> tuple[Any, ...]:
    """Return what units are sorted by: least low share, least high share, then each connection in turn."""
    there = [c for c in row.cells if c.there]
    lows, highs = [c.low for c in there], [c.high for c in there]
    return (min(lows, default=2.0), min(highs, default=2.0), sum(lows) if lows else 9.0, row.code)


def _changes(atlas: Atlas, i: int, figures: Sequence[Figure], since: Atlas) -> tuple[Change, ...]:
    """Return each target then and now; what breaks a series is told by `geo.compare`."""
    pair = Pair(since, atlas)
    told = {str(t): str(b) for t, b in compare_cards(pair, i)["broken"].items()}
    then = int(pair.then[i])
    old = {str(r["target_id"]): r for r in since.cards(then).to_dict("records")} if then >= 0 else {}
    out = []
    for figure in figures:
        if not figure.counted or figure.target_id not in told:
            continue
        row = old.get(figure.target_id)
        numbers = ("numerator", "denominator", "share", "value")
        then_: dict[str, Any] = {k: _NAN if row is None else float(row[k]) for k in numbers}
        out.append(Change(figure, **then_, broken=told[figure.target_id]))
    return tuple(out)
