"""Read a region file; every problem at once, each with its file, key and the nearest right spelling."""

from __future__ import annotations

import difflib
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from geo.errors import RegionError
from geo.region.schema import Layer, Level, Operator, Region, Rule, Service, Source, Survey, Target

_PARTS: dict[str, type[BaseModel]] = {
    "levels": Level,
    "sources": Source,
    "operators": Operator,
    "layers": Layer,
    "services": Service,
    "targets": Target,
    "rules": Rule,
    "survey": Survey,
}


def read_region(path: Path) -> Region:
    """Return the region that the TOML file at `path` describes.

    Raises
    ------
    RegionError
        The file is missing or not TOML, or has problems: all of them, one line each.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        near = (
            _nearest(path.name, [p.name for p in path.parent.glob("*.toml")]) if path.parent.is_dir() else ""
        )
        raise RegionError([f"{path.name}: there is no such region file{near}."]) from None
    except UnicodeDecodeError as fault:
        raise RegionError([f"{path.name}: is not UTF-8 at byte {fault.start}. Save it as UTF-8."]) from None
    except OSError as fault:
        raise RegionError([f"{path.name}: cannot be read: {fault.strerror}."]) from None
    except tomllib.TOMLDecodeError as fault:
        raise RegionError([f"{path.name}: is not TOML: {fault}."]) from None
    return region_from(tree, path)


def region_from(tree: dict[str, Any], path: Path) -> Region:
    """Return the region of a parsed TOML tree; `path` names it and is where its sources lie.

    Raises
    ------
    RegionError
        All problems of the tree.
    """
    tree = {"id": path.stem, **tree}
    try:
        region = Region.model_validate({**tree, "path": path})
    except ValidationError as fault:
        problems = [_sentence(path.name, tree, error) for error in fault.errors(include_url=False)]
        raise RegionError(problems + list(_loose_references(path.name, tree))) from None
    problems = list(_references(path.name, region))
    if problems:
        raise RegionError(problems)
    return region


def _sentence(file: str, tree: dict[str, Any], error: Any) -> str:
    """Return one pydantic fault as a sentence: file, key, what was expected, nearest spelling."""
    loc = [p for p in error["loc"] if p not in ("str", "Column", "float", "int")]
    key = _key(tree, loc)
    kind, message = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        return f"{file}, {_key(tree, loc[:-1]) or 'top level'}: the key '{loc[-1]}' is not known{_nearest(str(loc[-1]), _keys_at(loc))}."
    if kind == "missing":
        return f"{file}, {_key(tree, loc[:-1]) or 'top level'}: the key '{loc[-1]}' is missing."
    seen = error.get("input")
    shown = f" (seen: {seen!r})" if isinstance(seen, str | int | float | bool) else ""
    if kind in ("enum", "literal_error"):
        expected = str(error.get("ctx", {}).get("expected", ""))
        words = [w.strip("' ") for w in expected.replace(" or ", ", ").split(",")]
        return f"{file}, {key}: {seen!r} is not one of {', '.join(words)}{_nearest(str(seen), words)}."
    return f"{file}, {key}: {message[:1].lower() + message[1:]}{shown}."


def _key(tree: Any, loc: Iterable[Any]) -> str:
    """Return a readable path such as layers 'fibre_ct', operator, with ids in place of positions."""
    words: list[str] = []
    for part in loc:
        tree = (
            tree[part]
            if isinstance(tree, list) and isinstance(part, int) and part < len(tree)
            else (tree.get(part) if isinstance(tree, dict) else None)
        )
        if isinstance(part, int):
            name = tree.get("id") or tree.get("level") if isinstance(tree, dict) else None
            words[-1:] = [f"{words[-1] if words else ''} {name!r}" if name else f"{words[-1]} no. {part + 1}"]
        else:
            words.append(str(part))
    return ", ".join(words)


def _keys_at(loc: list[Any]) -> list[str]:
    """Return the keys that the table at `loc` may have."""
    part = next((p for p in reversed(loc[:-1]) if isinstance(p, str) and p in _PARTS), None)
    fields = _PARTS[part].model_fields if part else Region.model_fields
    return [f.alias or n for n, f in fields.items() if n != "path"]


def _nearest(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" or the list of what there is."""
    choices = list(dict.fromkeys(words))
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there is {', '.join(choices)}" if 0 < len(choices) <= 40 else ""


def _references(file: str, region: Region) -> Iterator[str]:
    """Yield a sentence for each id that is named and not there, or there twice."""
    for part in ("levels", "sources", "operators", "layers", "services", "targets"):
        ids = [item.id for item in getattr(region, part)]
        yield from (
            f"{file}, {part}: the id '{i}' stands {n} times." for i, n in Counter(ids).items() if n > 1
        )
    yield from _dangling(file, region)
    yield from _depths(file, region)


def _named(region: Region) -> Iterator[tuple[str, str, str]]:
    """Yield (where, part, id) for every reference in the file."""
    for level in region.levels:
        yield f"levels '{level.id}', source", "sources", level.source
    for layer in region.layers:
        yield f"layers '{layer.id}', source", "sources", layer.source
        for survey in layer.survey:
            yield f"layers '{layer.id}', survey, level", "levels", survey.level
            if survey.operator:
                yield f"layers '{layer.id}', survey, operator", "operators", survey.operator
        if layer.unit_level:
            yield f"layers '{layer.id}', unit_level", "levels", layer.unit_level
        if isinstance(layer.operator, str):
            yield f"layers '{layer.id}', operator", "operators", layer.operator
        if isinstance(layer.service, str):
            yield f"layers '{layer.id}', service", "services", layer.service
    for service in region.services:
        for rule in service.rules:
            where = f"services '{service.id}', rule {rule.rule} at {rule.level}"
            yield f"{where}, level", "levels", rule.level
            yield from ((f"{where}, layers", "layers", name) for name in (*rule.layers, *rule.declared))
            if rule.population:
                yield f"{where}, population", "sources", rule.population
    for target in region.targets:
        where = f"targets '{target.id}'"
        if target.service:
            yield f"{where}, service", "services", target.service
        if target.level:
            yield f"{where}, level", "levels", target.level
        if target.reported:
            yield f"{where}, reported", "sources", target.reported
        if target.operator != "*":
            yield f"{where}, operator", "operators", target.operator


def _dangling(file: str, region: Region) -> Iterator[str]:
    ids = {
        p: [i.id for i in getattr(region, p)]
        for p in ("levels", "sources", "operators", "layers", "services")
    }
    for where, part, name in _named(region):
        if name not in ids[part]:
            yield f"{file}, {where}: there is no {part[:-1]} '{name}'{_nearest(name, ids[part])}."


def _depths(file: str, region: Region) -> Iterator[str]:
    """Yield faults of rules against levels: children need a level below, a target a rule at its level."""
    levels = [level.id for level in region.levels]
    for service in region.services:
        for rule in service.rules:
            if rule.rule.endswith(("children", "child")) and rule.level == levels[-1]:
                yield (
                    f"{file}, services '{service.id}', rule {rule.rule} at {rule.level}: "
                    "the lowest level has no units below it."
                )
    rules = {(s.id, r.level) for s in region.services for r in s.rules}
    for target in region.targets:
        if target.service and (target.service, target.level) not in rules:
            have = [level for s, level in rules if s == target.service]
            if have and target.level in levels:
                yield (
                    f"{file}, targets '{target.id}': the service '{target.service}' has no rule at level "
                    f"'{target.level}', only at {', '.join(sorted(have))}."
                )


def _loose_references(file: str, tree: dict[str, Any]) -> Iterator[str]:
    """Yield dangling source ids of a tree that does not validate, so that one pass shows all problems."""
    names = {p: [x.get("id") for x in tree.get(p, []) if isinstance(x, dict)] for p in _PARTS}
    checks = (
        ("levels", "source", "sources"),
        ("layers", "source", "sources"),
        ("targets", "service", "services"),
    )
    for part, key, there in checks:
        items = tree.get(part, [])
        for item in items if isinstance(items, list) else []:
            name = item.get(key) if isinstance(item, dict) else None
            if isinstance(name, str) and name not in names[there]:
                near = _nearest(name, [n for n in names[there] if isinstance(n, str)])
                yield f"{file}, {part} '{item.get('id')}', {key}: there is no {there[:-1]} '{name}'{near}."
