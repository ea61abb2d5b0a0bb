"""What one map is made of: the archives that the reader may see, as the map's script takes them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from app.map.classes import LOOKS
from app.texts import named, t
from geo.atlas import Atlas
from geo.findings import visible
from geo.tiles import Entry
from geo.tiles.index import VERSION

#: Plant that is nobody's own, and where an operator has no colour.
_PLAIN = "#6a51a3"

#: Pixels that a map of a page is taken to be wide and high, to open it at a fitting zoom.
_WIDE, _HIGH = 700, 520


def configuration(atlas: Atlas, archives: Sequence[Entry], *, language: str) -> dict[str, Any]:
    """Return what a map of some archives is told once, when it opens."""
    keys = ("label", "now", "gone", "zoomIn", "zoomOut", "link", "copied")
    text = {k: t(f"map.frame_{k.lower()}", language, level="{level}") for k in keys}
    return {
        "sources": [_source(atlas, e, language) for e in archives],
        "text": {**text, "note": note(atlas, language)},
        "looks": {str(code): _look(code, language) for code in sorted(LOOKS)},
    }


def _look(code: int, language: str) -> dict[str, Any]:
    look = LOOKS[code]
    out = {"fill": look.fill, "sign": look.sign, "word": t(f"map.class_{code}", language)}
    return {**out, "hatch": True} if look.hatch else out


def note(atlas: Atlas, language: str) -> str:
    """Return the line at the map's lower left: the number under which it was reviewed, or that it is internal."""
    number = visible(str(atlas.manifest.get("map_review_number") or ""))
    return t("map.reviewed", language, number=number) if number else t("map.internal", language)


def _source(atlas: Atlas, entry: Entry, language: str) -> dict[str, Any]:
    snapshot = atlas.snapshot.name
    out = {
        "id": entry.archive,
        "kind": entry.kind,
        "shapes": list(entry.shapes),
        "url": f"/tiles/{snapshot}/{entry.archive}/{{z}}/{{x}}/{{y}}.pbf?v={VERSION}",
        "shapesUrl": f"/shapes/{snapshot}/{entry.archive}.json?v={VERSION}&i=",
        "min": entry.minzoom,
        "fits": entry.fits,
        "max": entry.maxzoom,
        "first": entry.first,
        "bounds": list(entry.bounds),
    }
    if entry.kind == "units":
        return {**out, "level": entry.of, "name": level_name(atlas, entry.of, language)}
    return {**out, "name": plant_name(atlas, entry, language), "colour": colour_of(atlas, entry.owner)}


def level_name(atlas: Atlas, level: str, language: str) -> str:
    """Return a level's name."""
    return next((named(x["name"], language, level) for x in atlas.levels if x["id"] == level), level)


def layer_name(atlas: Atlas, layer: str, language: str) -> str:
    """Return a layer's name."""
    layers = atlas.manifest["layers"]
    return next((named(x["name"], language, layer) for x in layers if x["id"] == layer), layer)


def operator_name(atlas: Atlas, operator: str, language: str) -> str:
    """Return an operator's name; "any operator" for the star."""
    if operator == "*":
        return t("map.any_operator", language)
    operators = atlas.manifest["operators"]
    return next((named(o["name"], language, operator) for o in operators if o["id"] == operator), operator)


def plant_name(atlas: Atlas, entry: Entry, language: str) -> str:
    """Return the name of a layer of plant, with its owner's."""
    name = layer_name(atlas, entry.of, language)
    return f"{name} · {operator_name(atlas, entry.owner, language)}" if entry.owner else name


def colour_of(atlas: Atlas, operator: str) -> str:
    """Return the colour of an operator's plant."""
    colours = {o["id"]: str(o.get("colour") or "") for o in atlas.manifest["operators"]}
    return colours.get(operator) or _PLAIN


def opened_at(at: str, bounds: tuple[float, float, float, float] | None) -> tuple[tuple[float, float], int]:
    """Return centre (latitude, longitude) and zoom: those of the link, else the whole of `bounds`."""
    try:
        zoom, lat, lon = (float(x) for x in at.split("/"))
    except ValueError:
        zoom, lat, lon = math.nan, math.nan, math.nan
    if 5 <= zoom <= 18 and abs(lat) <= 85 and abs(lon) <= 180:
        return (lat, lon), round(zoom)
    if bounds is None:
        return (0.0, 0.0), 5
    west, south, east, north = bounds
    wide = max(east - west, 1e-4) / 360 * 256 / _WIDE
    high = max(north - south, 1e-4) / 360 * 256 / _HIGH / math.cos(math.radians((south + north) / 2))
    fitting = math.floor(-math.log2(max(wide, high)))
    return ((south + north) / 2, (west + east) / 2), min(max(fitting, 5), 14)
