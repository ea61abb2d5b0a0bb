"""Read a region file; every problem at once, each with its file, key and the nearest right spelling."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from geo.errors import RegionError
from geo.region.references import loose_ends, nearest
from geo.region.schema import (
    Column,
    Label,
    Layer,
    Level,
    Operator,
    Region,
    Rule,
    Service,
    Source,
    Survey,
    Target,
)

#: Keys of a layer that name a column, those that may be a plain value instead, and how the two ways are told.
_COLUMNS = ("status", "since", "until", "holes", "holes_used", "holes_reserved", "length_m")
_TWO_WAYS = ("operator", "technology", "mbps", "reach_m", "owner", "service")
_WAYS = ("str", "float", "Column")

#: Key -> what its table may hold.
_TABLES: dict[str, type[BaseModel]] = {
    "levels": Level,
    "sources": Source,
    "operators": Operator,
    "layers": Layer,
    "services": Service,
    "targets": Target,
    "rules": Rule,
    "survey": Survey,
    "name": Label,
    "notice": Label,
    **dict.fromkeys(_COLUMNS, Column),
}


def read_region(path: Path) -> Region:
    """Return the region that the TOML file at `path` describes.

    Raises
    ------
    RegionError
        The file is missing or not TOML, or has problems: all of them, one line each.
    """
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        near = nearest(path.name, sorted(p.name for p in path.parent.glob("*.toml")))
        raise RegionError([f"{path.name}: there is no such region file{near}."]) from None
    except UnicodeDecodeError as fault:
        raise RegionError([f"{path.name}: is not UTF-8 at byte {fault.start}. Save it as UTF-8."]) from None
    except OSError as fault:
        raise RegionError([f"{path.name}: cannot be read: {fault.strerror}."]) from None
    except ValueError as fault:  # TOMLDecodeError, or a number of thousands of digits
        raise RegionError([f"{path.name}: is not TOML: {fault}."]) from None
    except RecursionError:
        raise RegionError([f"{path.name}: is nested too deeply for a region file."]) from None
    return region_from(tree, path)


def region_from(tree: dict[str, Any], path: Path) -> Region:
    """Return the region of a parsed TOML tree; `path` names it and is where its sources lie.

    Raises
    ------
    RegionError
        All problems of the tree.
    """
    problems = [f"{path.name}, top level: the key 'path' is not known."] if "path" in tree else []
    tree = {"id": path.stem, **tree}
    region = None
    try:
        region = Region.model_validate({**tree, "path": path})
    except ValidationError as fault:
        problems += _sentences(path.name, tree, fault.errors(include_url=False))
    problems += loose_ends(path.name, tree)
    if region is None or problems:
        raise RegionError(list(dict.fromkeys(problems)))
    return region


def _sentences(file: str, tree: dict[str, Any], errors: Sequence[Any]) -> list[str]:
    """Return the faults as sentences; the many of a value that may be given in two ways are one."""
    out: dict[tuple[Any, ...], str] = {}
    for error in errors:
        loc = tuple(error["loc"])
        way = next((i for i in range(1, len(loc)) if loc[i] in _WAYS and loc[i - 1] in _TWO_WAYS), None)
        if way is None:
            out[(*loc, error["type"])] = _sentence(file, tree, error)
        else:
            out.setdefault(
                loc[:way], f'{file}, {_key(tree, loc[:way])}: give a plain value, or {{ column = "…" }}.'
            )
    return list(out.values())


def _sentence(file: str, tree: dict[str, Any], error: Any) -> str:
    """Return one pydantic fault as a sentence: file, key, what was expected, nearest spelling."""
    loc = list(error["loc"])
    key = _key(tree, loc)
    kind, message = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind == "extra_forbidden":
        near = nearest(str(loc[-1]), _keys_at(loc))
        return f"{file}, {_key(tree, loc[:-1]) or 'top level'}: the key '{loc[-1]}' is not known{near}."
    if kind == "missing":
        return f"{file}, {_key(tree, loc[:-1]) or 'top level'}: the key '{loc[-1]}' is missing."
    seen = error.get("input")
    shown = f" (seen: {seen!r})" if isinstance(seen, str | int | float | bool) else ""
    if kind in ("enum", "literal_error"):
        expected = str(error.get("ctx", {}).get("expected", ""))
        words = [w.strip("' ") for w in expected.replace(" or ", ", ").split(",")]
        return f"{file}, {key}: {seen!r} is not one of {', '.join(words)}{nearest(str(seen), words)}."
    if kind in ("model_type", "model_attributes_type"):
        keys = " and ".join(_keys_at([*loc, ""]))
        return f"{file}, {key}: should be a table with the keys {keys}{shown}."
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


def _keys_at(loc: Sequence[Any]) -> list[str]:
    """Return the keys that the table at `loc` may have."""
    names = [p for p in loc[:-1] if isinstance(p, str)]
    model = _TABLES.get(names[-1], Region) if names else Region
    return [f.alias or n for n, f in model.model_fields.items() if n != "path"]
