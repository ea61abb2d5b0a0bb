"""The checks of each kind of table, in their order: units, places, tables, ducts, fibre, radio sites.

Both doors use them: `cuntong run`, where the region file names the columns, and `cuntong check FILE --as`,
where they are guessed. Attributes are looked at before geometry. A refusal ends its own chain only, so that
one run of the check shows what is wrong with both.

`contradiction` is what is done with a row that is sound by itself and contradicts another one (a village in
another parent's outline, an overlap, people without a household): nobody knows which of the two is wrong.
A file checked alone sets it aside; a region notes it and goes on, for its owner has chosen the source.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from geo.check import codes as code_checks
from geo.check.amounts import check_households, check_sums
from geo.check.checked import Check, Checked, in_turn
from geo.check.columns_known import Columns
from geo.check.dates import check_dates
from geo.check.ducts import check_holes, check_length, check_sites
from geo.check.extent import Box, check_extent
from geo.check.geometry import check_finite, check_flat, check_present, check_type, check_valid
from geo.check.grid import check_grid
from geo.check.hierarchy import check_hierarchy, check_orphans, check_prefix
from geo.check.intact import check_intact
from geo.check.mosaic import check_mosaic
from geo.check.names import check_names
from geo.check.network import SpanColumns, check_spans
from geo.check.operators import check_operators
from geo.check.parents import check_filled, check_in_parent, check_whole_in_parent
from geo.check.personal import check_personal
from geo.check.technologies import check_technologies
from geo.check.thin import check_thin
from geo.check.values import Amount, check_flags, check_numbers, check_shares
from geo.measure import geodesic_distance
from geo.terms import Action


@dataclass(frozen=True)
class Known:
    """What is known besides the table itself.

    Attributes
    ----------
    extent
        The region's bounds in lon/lat, with a margin.
    pattern, prefix_is_parent
        Shape of the level's codes, and whether they begin with their parent's.
    parents
        Columns code, name, geometry: the level above, where it is another table.
    names
        Code -> name in another table of the same level (another edition).
    operators, technologies
        Spelling -> id.
    as_of
        Day of the survey: later dates are wrong.
    lines
        Row -> line of the file.
    persons
        Whether columns about persons are still to be looked for.

    """

    extent: Box | None = None
    pattern: str | None = None
    prefix_is_parent: bool | None = None
    parents: pd.DataFrame | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    operators: Mapping[str, str] | None = None
    technologies: Mapping[str, str] | None = None
    as_of: dt.date | None = None
    lines: Mapping[int, int] | None = None
    sealed: bool = True
    persons: bool = True


NOTHING = Known()


def check_units(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Columns,
    known: Known = NOTHING,
    contradiction: Action = Action.NOTICE,
) -> Checked:
    """Check units: codes, names, hierarchy, figures, and their outlines where they have any (lon/lat)."""
    attributes = [*attribute_checks(source, columns, known, contradiction)]
    outlines = [*area_checks(source, columns, known, contradiction)] if "geometry" in frame else []
    return both(frame, attributes, outlines)


def check_points(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Columns,
    known: Known = NOTHING,
    contradiction: Action = Action.NOTICE,
) -> Checked:
    """Check places or plant given as points in lon/lat."""
    places = place_checks(source, columns, known, "point")
    if known.parents is not None and columns.code and columns.parent:
        places.append(_inside(source, columns, known, contradiction))
    return both(frame, attribute_checks(source, columns, known, contradiction), places)


def check_table(
    frame: pd.DataFrame,
    *,
    source: str,
    columns: Columns,
    known: Known = NOTHING,
    contradiction: Action = Action.NOTICE,
) -> Checked:
    """Check a table without geometry."""
    return in_turn(frame, attribute_checks(source, columns, known, contradiction))


def check_duct(frame: pd.DataFrame, *, source: str, columns: Columns, known: Known = NOTHING) -> Checked:
    """Check duct sections: holes and lengths, and their lines where they have any (lon/lat)."""
    c = columns
    common: dict[str, Any] = {"source": source, "code": columns.code, "lines": known.lines}
    checks = list(attribute_checks(source, columns, known, Action.QUARANTINE))
    if c.holes:
        checks.append(partial(check_holes, holes=c.holes, used=c.used, reserved=c.reserved, **common))
    if "geometry" in frame:
        checks += place_checks(source, columns, known, "line")
    if c.length and ("geometry" in frame or (c.from_xy and c.to_xy)):
        checks.append(lambda f: check_length(f, length=str(c.length), measured=_drawn(f, c), **common))
    return in_turn(frame, checks)


def _drawn(frame: pd.DataFrame, c: Columns) -> Any | None:
    """Return the length [m] between two pairs of coordinate columns, None where there is a geometry."""
    if "geometry" in frame or c.from_xy is None or c.to_xy is None:
        return None
    ends = [pd.to_numeric(frame[n], errors="coerce").to_numpy(float) for n in (*c.from_xy, *c.to_xy)]
    return geodesic_distance(*ends)


def check_fibre(
    spans: pd.DataFrame,
    nodes: pd.DataFrame | None = None,
    *,
    source: str,
    columns: Columns,
    known: Known = NOTHING,
) -> Checked:
    """Check fibre routes (lines in lon/lat) against each other and their nodes (points in lon/lat)."""
    named = SpanColumns(columns.code, columns.start, columns.end, columns.node)
    checks: list[Check] = [
        *attribute_checks(source, columns, known, Action.QUARANTINE),
        *place_checks(source, columns, known, "line", wide=False),
        partial(check_spans, source=source, nodes=nodes, columns=named, lines=known.lines),
    ]
    return in_turn(spans, checks)


def check_tower(frame: pd.DataFrame, *, source: str, columns: Columns, known: Known = NOTHING) -> Checked:
    """Check radio sites: range, frequency, height, technology, and their points if any (lon/lat)."""
    c = columns
    sites = partial(
        check_sites,
        source=source,
        radius=c.radius,
        frequency=c.frequency,
        height=c.height,
        code=c.code,
        lines=known.lines,
    )
    checks: list[Check] = [*attribute_checks(source, columns, known, Action.QUARANTINE), sites]
    return both(frame, checks, place_checks(source, columns, known, "point") if "geometry" in frame else [])


def both(frame: pd.DataFrame, attributes: Sequence[Check], places: Sequence[Check]) -> Checked:
    """Run two chains; the second on the sound rows of the first, or on all of them if it was refused."""
    first = in_turn(frame, attributes)
    second = in_turn(frame if first.rejected else first.frame, places)
    rows = second.frame if not first.rejected else second.frame.iloc[:0]
    return Checked(rows, first.findings + second.findings, first.quarantined.append(second.quarantined))


def attribute_checks(source: str, c: Columns, known: Known, contradiction: Action) -> list[Check]:
    """Return the checks of all columns but the geometry, for those that there are."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}
    coded = tuple(str(x) for x in (c.code, c.parent, c.edition, c.x, c.y, *c.ids) if x)
    checks: list[Check] = [partial(check_personal, codes=coded, **common)] if known.persons else []
    if c.ids:
        checks.append(partial(code_checks.check_id_precision, columns=c.ids, **common))
    if c.code:
        checks.append(
            partial(code_checks.check_codes, name=c.name, parent=c.parent, pattern=known.pattern, **common)
        )
    if c.edition:
        checks.append(partial(code_checks.check_one_edition, edition=c.edition, **common))
    if c.name:
        checks.append(partial(check_names, name=c.name, **common))
    if c.code and c.name and known.names:
        checks.append(partial(code_checks.check_same_names, name=c.name, known=known.names, **common))
    if c.code and c.parent:
        checks += _parent_checks(c, known, contradiction, common)
    return checks + _value_checks(c, known, contradiction, common)


def _parent_checks(c: Columns, known: Known, contradiction: Action, common: Mapping[str, Any]) -> list[Check]:
    parent = str(c.parent)
    if known.parents is None:
        return [partial(check_hierarchy, parent=parent, level=c.level, contradiction=contradiction, **common)]
    names = dict(
        zip(known.parents["code"].astype(str), known.parents.get("name", known.parents["code"]), strict=True)
    )
    return [
        partial(check_orphans, parent=parent, known=names, **common),
        partial(check_prefix, parent=parent, due=known.prefix_is_parent, action=contradiction, **common),
    ]


def _value_checks(c: Columns, known: Known, contradiction: Action, common: Mapping[str, Any]) -> list[Check]:
    checks: list[Check] = []
    if c.shares:
        checks.append(partial(check_shares, columns=c.shares, **common))
    amounts = number_columns(c)
    if amounts:
        checks.append(partial(check_numbers, amounts=amounts, **common))
    if c.flags:
        checks.append(partial(check_flags, columns=c.flags, **common))
    if c.dates:
        checks.append(partial(check_dates, columns=c.dates, as_of=known.as_of, **common))
    if c.operator:
        checks.append(partial(check_operators, column=c.operator, aliases=known.operators, **common))
    if c.technology:
        year = known.as_of.year if known.as_of else None
        checks.append(
            partial(check_technologies, column=c.technology, year=year, aliases=known.technologies, **common)
        )
    if c.households and c.population:
        both_named: dict[str, Any] = {"households": c.households, "population": c.population}
        checks.append(partial(check_households, action=contradiction, **both_named, **common))
    if c.code and c.parent and known.parents is None:
        summed = [column for column in (c.households, c.population) if column]
        sums = partial(check_sums, parent=c.parent, action=contradiction, **common)
        checks += [partial(sums, column=column) for column in summed]
    return checks


def number_columns(c: Columns) -> list[Amount]:
    """Return what each column of numbers may hold."""
    people = [Amount(x) for x in (c.households, c.population) if x]
    holes = [Amount(x, whole=True) for x in (c.holes, c.used, c.reserved) if x]
    sizes = [Amount(x) for x in (c.length, c.radius) if x]
    free = [Amount(x, None) for x in (c.frequency, c.height, *(c.from_xy or ()), *(c.to_xy or ())) if x]
    shares = [Amount(x, 0.0, 100.0, percent=True) for x in c.shares]
    return [*people, *holes, *sizes, *free, *(Amount(x, None) for x in c.amounts), *shares]


def delivered_checks(
    source: str, c: Columns, known: Known, crs: Any, *, xy: tuple[str, str] | None = None
) -> list[Check]:
    """Return the checks of a geometry as delivered, before it goes to lon/lat: there, finite, in its zone."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}
    grid = partial(check_grid, crs=crs, xy=xy, **common)
    if xy is not None:
        return [grid]
    return [
        partial(check_present, **common),
        partial(check_finite, **common),
        partial(check_flat, **common),
        grid,
    ]


def place_checks(source: str, c: Columns, known: Known, kind: str, *, wide: bool = True) -> list[Check]:
    """Return the checks of each geometry by itself, in lon/lat."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}
    checks: list[Check] = [
        partial(check_present, **common),
        partial(check_finite, **common),
        partial(check_flat, **common),
        partial(check_extent, extent=known.extent, **common),
        partial(check_type, kind=kind, **common),
    ]
    return [*checks, partial(check_valid, **common)] if wide else checks


def area_checks(source: str, c: Columns, known: Known, contradiction: Action) -> list[Check]:
    """Return the checks of outlines, each by itself and side by side, in lon/lat."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}
    checks: list[Check] = [
        *place_checks(source, c, known, "area"),
        partial(check_thin, **common),
        *(
            []
            if known.sealed
            else [lambda f: by_level(f, c, partial(check_intact, source=source, code=c.code))]
        ),
        lambda f: by_level(f, c, partial(check_mosaic, action=contradiction, **common)),
    ]
    if c.code and c.parent:
        checks.append(_inside(source, c, known, contradiction))
    return checks


def _inside(source: str, c: Columns, known: Known, contradiction: Action) -> Check:
    """Return the check of children in their parents' outlines, of another table or the same one."""
    common: dict[str, Any] = {"source": source, "code": c.code, "lines": known.lines}

    def inside(frame: pd.DataFrame) -> Checked:
        parents = known.parents if known.parents is not None else _own_parents(frame, c)
        if "geometry" not in parents or len(parents) == 0:
            return Checked(frame)
        given = frame.assign(**{_STATED: _nearest_stated(frame, c, parents)})
        checks = [
            partial(check_in_parent, parent=_STATED, parents=parents, action=contradiction, **common),
            partial(check_whole_in_parent, parent=_STATED, parents=parents, **common),
        ]
        result = in_turn(given, checks)
        rows = parents[parents["code"].isin(given[_STATED])]
        filled = check_filled(rows, code="code", children=result.frame, parent=_STATED, source=source)
        aside = result.quarantined
        return Checked(frame[~frame.index.isin(aside)], result.findings + filled.findings, aside)

    return inside


_STATED = "_stated_parent"


def _own_parents(frame: pd.DataFrame, c: Columns) -> pd.DataFrame:
    """Return the rows of a table as the parents that they may be."""
    data = {
        "code": frame[c.code].astype(str),
        "name": frame[c.name] if c.name else "",
        "geometry": frame["geometry"],
    }
    return pd.DataFrame(data | ({"level": frame[c.level]} if c.level else {}), index=frame.index)


def _nearest_stated(frame: pd.DataFrame, c: Columns, parents: pd.DataFrame) -> pd.Series:
    """Return the code of each row's parent: as stated, else the longest code that its own begins with."""
    there = set(parents["code"])
    lengths = sorted({len(p) for p in there}, reverse=True)

    def above(code: str, stated: object) -> object:
        if isinstance(stated, str) and stated in there:
            return stated
        return next((code[:n] for n in lengths if n < len(code) and code[:n] in there), pd.NA)

    pairs = zip(frame[c.code].astype(str), frame[c.parent], strict=True)
    return pd.Series([above(code, stated) for code, stated in pairs], frame.index, dtype=object)


def by_level(frame: pd.DataFrame, c: Columns, check: Check) -> Checked:
    """Run a check of siblings over each level of a table by itself."""
    if c.level and c.level in frame:
        groups = frame[c.level].astype(str)
    elif c.code and c.code in frame:
        groups = frame[c.code].astype(str).str.len().astype(str)
    else:
        return check(frame)
    results = [check(rows) for _, rows in frame.groupby(groups, sort=True)]
    aside = pd.Index(np.concatenate([r.quarantined for r in results]) if results else [], dtype="int64")
    return Checked(frame[~frame.index.isin(aside)], [f for r in results for f in r.findings], aside)
