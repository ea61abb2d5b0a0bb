"""What a region file says of itself: every id that is named is there, once, and fits where it is named.

Works on the parsed TOML, sound or not, so that one pass shows all problems of a file.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from geo.region.schema import CHILD_RULES

#: Parts of the file whose tables carry an id.
PARTS = ("levels", "sources", "operators", "layers", "services", "targets")

#: Rule -> the geometries of layers that it can measure.
MEASURES: Mapping[str, tuple[str, ...]] = {
    "within": ("point", "line"),
    "area_share": ("area",),
    "population_share": ("area",),
    "household_share": ("area",),
    "declared": ("table",),
}

Table = Mapping[str, Any]


def loose_ends(file: str, tree: Table) -> Iterator[str]:
    """Yield a sentence for each id that is named and not there, stands twice, or does not fit its place."""
    ids = {part: [i for x in tables(tree.get(part)) for i in words(x.get("id"))] for part in PARTS}
    for part in PARTS:
        for name, times in Counter(ids[part]).items():
            if times > 1:
                yield f"{file}, {part}: the id '{name}' stands {times} times."
    yield from (f"{file}, operators: {fault}" for fault in _shared_spellings(tree))
    for where, part, name in _named(tree):
        if name not in ids[part]:
            yield f"{file}, {where}: there is no {part[:-1]} '{name}'{nearest(name, ids[part])}."
    for service in tables(tree.get("services")):
        for rule in tables(service.get("rules")):
            where = f"{file}, services '{service.get('id')}', {_called('rules', rule)}"
            yield from (f"{where}: {fault}" for fault in _misfits(tree, service, rule))
    yield from (f"{file}, {fault}" for fault in _uncounted(tree, ids["levels"]))


def tables(value: Any) -> list[Table]:
    """Return the tables of an array of tables; what is none is left out."""
    items = value if isinstance(value, list | tuple) else [value]
    return [x for x in items if isinstance(x, dict)]


def words(value: Any) -> list[str]:
    """Return one name or several; what is no text is left out."""
    items = value if isinstance(value, list | tuple) else [value]
    return [x for x in items if isinstance(x, str)]


def nearest(word: str, choices: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" or the list of what there is."""
    there = list(dict.fromkeys(choices))
    close = difflib.get_close_matches(word, there, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there is {', '.join(there)}" if 0 < len(there) <= 40 else ""


#: (part, key, part that it names an id of); for every table of the first part.
_NAMES = (
    ("levels", "source", "sources"),
    ("layers", "source", "sources"),
    ("layers", "unit_level", "levels"),
    ("layers", "operator", "operators"),
    ("layers", "service", "services"),
    ("targets", "service", "services"),
    ("targets", "level", "levels"),
    ("targets", "reported", "sources"),
    ("targets", "operator", "operators"),
)
#: The same for the tables inside a layer or a service: (part, its tables, key, part named).
_INNER_NAMES = (
    ("layers", "survey", "level", "levels"),
    ("layers", "survey", "operator", "operators"),
    ("services", "rules", "level", "levels"),
    ("services", "rules", "layers", "layers"),
    ("services", "rules", "declared", "layers"),
    ("services", "rules", "population", "sources"),
)


def _named(tree: Table) -> Iterator[tuple[str, str, str]]:
    """Yield (where, part, id) for every reference in the file."""
    for part, key, there in _NAMES:
        for item in tables(tree.get(part)):
            names = [n for n in words(item.get(key)) if (part, n) != ("targets", "*")]
            yield from ((f"{part} '{item.get('id')}', {key}", there, n) for n in names)
    for part, inner, key, there in _INNER_NAMES:
        for item in tables(tree.get(part)):
            for table in tables(item.get(inner)):
                where = f"{part} '{item.get('id')}', {_called(inner, table)}, {key}"
                yield from ((where, there, n) for n in words(table.get(key)))


def _called(inner: str, table: Table) -> str:
    return f"rule {table.get('rule')} at {table.get('level')}" if inner == "rules" else inner


def _shared_spellings(tree: Table) -> Iterator[str]:
    """Yield spellings (blanks and case apart) that stand for two operators: a delivery could mean either."""
    owner: dict[str, str] = {}
    for operator in tables(tree.get("operators")):
        names = [*words(operator.get("id")), *words(operator.get("name")), *words(operator.get("aliases"))]
        names += [w for label in tables(operator.get("name")) for w in words(list(label.values()))]
        for name in names:
            mine = str(operator.get("id"))
            first = owner.setdefault("".join(name.split()).casefold(), mine)
            if first != mine:
                yield f"the spelling '{name}' stands for both '{first}' and '{mine}'."


def _misfits(tree: Table, service: Table, rule: Table) -> Iterator[str]:
    """Yield why a rule cannot decide: layers of another kind, no distance, no rule below."""
    layers = {n: x for x in tables(tree.get("layers")) for n in words(x.get("id"))}
    name, level = rule.get("rule"), rule.get("level")
    geometries = MEASURES.get(name, ()) if isinstance(name, str) else ()
    for key, fits in (("layers", geometries), ("declared", ("table",))):
        for layer in (layers[n] for n in words(rule.get(key)) if n in layers):
            if fits and layer.get("geometry") not in fits:
                yield (
                    f"the layer '{layer.get('id')}' in {key} has geometry '{layer.get('geometry')}', "
                    f"where {' or '.join(fits)} is needed."
                )
    if name == "within" and rule.get("distance_m") is None:
        for layer in (layers[n] for n in words(rule.get("layers")) if n in layers):
            if layer.get("reach_m") is None and layer.get("geometry") in geometries:
                yield (
                    f"neither the rule states distance_m nor the layer '{layer.get('id')}' reach_m: "
                    "nothing would ever be near enough."
                )
    levels = [x.get("id") for x in tables(tree.get("levels"))]
    if name in CHILD_RULES and level in levels:
        at = levels.index(level)
        if at == len(levels) - 1:
            yield "the lowest level has no units below it."
        elif levels[at + 1] not in [r.get("level") for r in tables(service.get("rules"))]:
            yield f"the level below, '{levels[at + 1]}', has no rule of this service to decide by."


def _uncounted(tree: Table, levels: list[str]) -> Iterator[str]:
    """Yield targets at a level where their service has no rule."""
    have: dict[str, list[str]] = {}
    for service in tables(tree.get("services")):
        for name in words(service.get("id")):
            have[name] = [x for r in tables(service.get("rules")) for x in words(r.get("level"))]
    for target in tables(tree.get("targets")):
        wanted, level = target.get("service"), target.get("level")
        there = have.get(wanted, []) if isinstance(wanted, str) else []
        if there and level in levels and level not in there:
            yield (
                f"targets '{target.get('id')}': the service '{wanted}' has no rule at level "
                f"'{level}', only at {', '.join(sorted(set(there)))}."
            )
