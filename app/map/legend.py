"""The legend beside a map: every class with its colour, its sign, its word and how many units are in it."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np

from app.map.classes import CHANGE, SHARE, SHARE_CHANGE, STATUS, Look
from app.map.sources import level_name
from app.texts import t
from app.values import values
from app.view import View, counted_levels, ids
from geo.atlas import Atlas
from geo.wording import number


@dataclass(frozen=True)
class Row:
    """One level's line: how many units of the place are in each class."""

    level: str
    name: str
    counts: dict[int, int]


@dataclass(frozen=True)
class Legend:
    """The classes of one scheme, and a line for each level that is drawn in it."""

    scheme: dict[int, Look]
    words: dict[int, str]
    rows: tuple[Row, ...]


def schemes(*, change: bool) -> tuple[dict[int, Look], dict[int, Look]]:
    """Return the classes of units that have facts, and of those above."""
    return (CHANGE, SHARE_CHANGE) if change else (STATUS, SHARE)


def words(language: str, *, change: bool) -> dict[int, str]:
    """Return the word of every class."""
    return {code: t(f"map.class_{code}", language) for scheme in schemes(change=change) for code in scheme}


def drawn_levels(atlas: Atlas, view: View) -> list[str]:
    """Return the levels that are coloured: from the outermost to the one that is counted."""
    levels = ids(atlas.levels)
    return levels[: levels.index(view.level) + 1]


def legends(atlas: Atlas, view: View, language: str, before: Atlas | None = None) -> list[Legend]:
    """Return the legends for the units inside the view's place, as the map colours them."""
    place = atlas.position(view.unit)
    outer = ids(atlas.levels).index(str(atlas.units.at[place, "level"]))
    ruled = counted_levels(atlas, view.service)
    of_units, of_shares = schemes(change=before is not None)
    word = words(language, change=before is not None)
    out = []
    for scheme, levels in (
        (of_units, [v for v in drawn_levels(atlas, view) if v in ruled]),
        (of_shares, [v for v in drawn_levels(atlas, view) if v not in ruled]),
    ):
        rows = []
        for level in levels:
            if ids(atlas.levels).index(level) < outer:
                continue
            inside = np.isin(atlas.at_level(level), atlas.below(place, level))
            counts = np.bincount(values(atlas, level, view, before)[inside], minlength=256)
            rows.append(Row(level, level_name(atlas, level, language), {c: int(counts[c]) for c in scheme}))
        if rows:
            out.append(Legend(scheme, {c: word[c] for c in scheme}, tuple(rows)))
    return out


def style() -> str:
    """Return the looks of legends and small tables, sent once; what is sent at each click then stays short."""
    squares = "".join(
        f".ct-t .c{code}{{background:{_background(look)}}}"
        for scheme in (*schemes(change=False), *schemes(change=True))
        for code, look in scheme.items()
    )
    return (
        "<style>.ct-t{border-collapse:collapse;font-size:.84rem;line-height:1.3;width:100%}"
        ".ct-t caption{text-align:left;opacity:.75}.ct-t thead{opacity:.75}"
        ".ct-t th,.ct-t td{font-weight:400;text-align:left;vertical-align:top;padding:2px 10px 2px 0}"
        ".ct-t td:last-child{overflow-wrap:anywhere}.ct-n td,.ct-n thead th:not(:first-child){text-align:right}"
        ".ct-t i{display:inline-block;width:13px;height:13px;border:1px solid #777;vertical-align:-2px;"
        f"margin-right:5px}}{squares}"
        "@media(max-width:640px){.st-key-map_choices [data-testid=stColumn]{min-width:calc(50% - 1rem)!important;"
        "flex:1 1 calc(50% - 1rem)!important}.st-key-map_panel,:has(>.st-key-map_panel){height:auto!important;"
        "max-height:none!important;overflow:visible!important}}</style>"
    )


def _background(look: Look) -> str:
    return f"repeating-linear-gradient(135deg,{look.fill} 0 2px,#e4e4e4 2px 5px)" if look.hatch else look.fill


def legend_html(legend: Legend, *, caption: str) -> str:
    """Return a legend as a table of HTML, a class a line; every text in it is escaped."""
    heads = "".join(f"<th>{html.escape(row.name)}</th>" for row in legend.rows)
    lines = "".join(
        f'<tr><th><i class="c{code}"></i>{html.escape(look.sign)} {html.escape(legend.words[code])}</th>'
        + "".join(f"<td>{number(row.counts[code])}</td>" for row in legend.rows)
        + "</tr>"
        for code, look in legend.scheme.items()
        if code or any(row.counts[code] for row in legend.rows)
    )
    return (
        f'<table class="ct-t ct-n"><caption>{html.escape(caption)}</caption>'
        f"<thead><tr><th></th>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    )
