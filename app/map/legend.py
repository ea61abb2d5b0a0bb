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


def swatch(look: Look) -> str:
    """Return a class's colour as a small square of HTML."""
    fill = f"repeating-linear-gradient(135deg,{look.fill} 0 2px,#e4e4e4 2px 5px)" if look.hatch else look.fill
    return (
        '<span aria-hidden="true" style="display:inline-block;width:13px;height:13px;border:1px solid #777;'
        f'vertical-align:-2px;background:{fill}"></span>'
    )


def legend_html(legend: Legend, *, caption: str) -> str:
    """Return a legend as a table of HTML, a class a line; every text in it is escaped."""
    heads = "".join(f'<th scope="col" align="right">{html.escape(row.name)}</th>' for row in legend.rows)
    lines = "".join(
        f'<tr><th scope="row" align="left" style="font-weight:400">{swatch(look)} {html.escape(look.sign)} '
        f"{html.escape(legend.words[code])}</th>"
        + "".join(
            f'<td align="right" data-count="{html.escape(row.level)}/{code}">{number(row.counts[code])}</td>'
            for row in legend.rows
        )
        + "</tr>"
        for code, look in legend.scheme.items()
        if code or any(row.counts[code] for row in legend.rows)
    )
    return (
        '<div style="overflow-x:auto"><table cellpadding="2" style="border-collapse:collapse;'
        'font-size:.82rem;line-height:1.25;width:100%">'
        f'<caption style="text-align:left;opacity:.75">{html.escape(caption)}</caption>'
        f'<thead><tr style="opacity:.75"><th></th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>'
    )
