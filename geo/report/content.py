"""Content: a report in words, the same for paper and for the page: strings in lists, ready to be set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.atlas import Atlas
from geo.export.style import UNKNOWN_LIMIT
from geo.export.write import marked
from geo.report.figures import (
    amount,
    cell_of,
    counted_of,
    figures_csv,
    goal_of,
    share_of,
    short_of,
    verdict_of,
)
from geo.report.method import method_lines
from geo.report.model import Below, Change, Figure, Report
from geo.report.picture import picture_of
from geo.report.words import LONGEST_NOTICE, clean, say, unit_word
from geo.terms import Basis, Status, Verdict
from geo.wording import SIGNS, absent, day, number, percent

#: Rows of the list of units below that a page holds; the workbook has all.
MOST_ROWS = 2_000


@dataclass(frozen=True)
class _Numbering:
    """The sections that a report has, numbered as they come."""

    language: str
    sections: Sequence[str]

    def of(self, section: str) -> str:
        return say(f"n{self.sections.index(section) + 1}", self.language)


def content_of(atlas: Atlas, report: Report, *, font: str) -> dict[str, Any]:
    """Return everything that the page says, as plain strings, lists and dictionaries.

    Parameters
    ----------
    font
        Family of the text in the map.
    """
    language, origin = report.language, report.origin
    picture = picture_of(atlas, report, font=font)
    sections = ["targets", "changes", "map", "below", "sources"]
    if not report.changes:
        sections.remove("changes")
    if not report.below:
        sections.remove("below")
    n = _Numbering(language, sections)
    place = str(report.unit["name"])
    qr = f"cuntong:sha256:{origin.sha256}"
    return {
        "lang": language,
        "title": say("title", language, place=place),
        "place": _place(report),
        "form": [say(f"form_{k}", language) for k in ("number", "by", "approval", "until")],
        "mark": marked(origin),
        "notice": clean(origin.notice, LONGEST_NOTICE),
        "sentence": sentence(report),
        "cards": [_card(f, language) for f in report.headline],
        "targets": _targets(report),
        "changes": _changes(report),
        "map": {
            "head": say("map", language, n=n.of("map")),
            "svg": picture.svg,
            "caption": _caption(report, picture.target),
            "alt": _alt(report, picture.target, picture.legend),
            "none": say("map_none", language),
        },
        "below": _below(report, n),
        "sources": {
            "head": say("sources", language, n=n.of("sources")),
            "lines": [clean(s, LONGEST_NOTICE) for s in origin.sources],
            "method": [
                *method_lines(atlas, report),
                *(say(k, language) for k in ("m_share", "m_rounding")),
                say("m_unknown", language, limit=f"{UNKNOWN_LIMIT * 100:g} %"),
                *([say("m_order", language)] if report.below else []),
                say("m_aside", language, count=number(report.set_aside)),
            ],
        },
        "sign": _sign(report),
        "hash": say("hash", language, hash=origin.sha256),
        "check": say("check", language, snapshot=origin.snapshot, unit=str(report.unit["unit_id"])),
        "qr_text": qr,
        "qr_alt": say("qr_alt", language, text=qr),
        "footer": [_map_note(report), say("footer", language, hash=origin.sha256[:16])],
        "page_of": say("page_of", language, page="{page}", pages="{pages}"),
        "date": [origin.as_of.year, origin.as_of.month, origin.as_of.day],
        "csv": figures_csv(report),
    }


def _place(report: Report) -> str:
    language, unit = report.language, report.unit
    return say(
        "place",
        language,
        path=say("path_join", language).join(clean(p) for p in report.path),
        level=report.level,
        code=str(unit["code"]),
        edition=str(unit["edition"]),
        day=day(report.origin.as_of, language),
    )


def _map_note(report: Report) -> str:
    if report.review:
        return say("map_review", report.language, number=report.review)
    return say("map_note", report.language)


def _heads(language: str, names: str) -> list[str]:
    return [say(f"h_{name}", language) for name in names.split()]


def sentence(report: Report) -> str:
    """Return the one sentence of the page: the first main connection that has anything to count here."""
    language = report.language
    told = next((f for f in report.headline if f.counted), None)
    if told is None:
        return say("sentence_none", language)
    goal, due = goal_of(told, language), day(told.due, language)
    if told.status:
        status = Status.of(told.status).word(language)
        return say("sentence_one", language, target=told.name, status=status, goal=goal, due=due)
    return say(
        "sentence",
        language,
        target=told.name,
        numerator=amount(told.numerator, told.basis),
        denominator=amount(told.denominator, told.basis),
        unknown=amount(told.unknown, told.basis),
        share=percent(told.share),
        goal=goal,
        due=due,
        verdict=verdict_of(told, language),
    )


def _card(figure: Figure, language: str) -> dict[str, str]:
    """Return a main connection in large figures."""
    goal = say("goal_of", language, goal=goal_of(figure, language))
    if figure.status:
        status = Status.of(figure.status)
        return {
            "name": clean(figure.name),
            "big": f"{SIGNS[status]} {status.word(language)}",
            "share": "",
            "rest": goal,
        }
    if not figure.counted:
        return {"name": clean(figure.name), "big": "–", "share": say("nothing", language), "rest": goal}
    big = f"{amount(figure.numerator, figure.basis)} / {amount(figure.denominator, figure.basis)}"
    unknown = say("card_unknown", language, unknown=amount(figure.unknown, figure.basis))
    short = short_of(figure, language)
    words = [
        verdict_of(figure, language),
        *([say("card_short", language, shortfall=short)] if short else []),
        goal,
    ]
    return {
        "name": clean(figure.name),
        "big": big,
        "share": say("gap", language).join([percent(figure.share), unknown]),
        "rest": say("gap", language).join(words),
    }


def _targets(report: Report) -> dict[str, Any]:
    """Return the table of targets; those of which nothing was reported stand below it in a line."""
    language = report.language
    told = [f for f in report.figures if f.counted]
    dues = {f.due: None for f in told}
    heads = _heads(language, "target goal numerator denominator unknown share verdict shortfall pace")
    if len(dues) == 1:
        heads[1] = say("h_goal_due", language, due=next(iter(dues)))
    silent = [
        say("no_value_one", language, target=f.name, goal=goal_of(f, language))
        for f in report.figures
        if not f.counted
    ]
    gap = say("list_gap", language)
    return {
        "head": say("targets", language),
        "columns": heads,
        "rows": [_target(f, language, due=len(dues) > 1) for f in told],
        "silent": say("no_value", language, targets=gap.join(silent)) if silent else "",
    }


def _target(figure: Figure, language: str, *, due: bool) -> list[str]:
    """Return one row of the table of targets."""
    goal = goal_of(figure, language)
    if due:
        goal = f"{goal}\n{say('by_due', language, due=day(figure.due, language))}"
    computed = figure.how == "computed"
    numbers = [
        amount(v, figure.basis) if computed else ("" if absent(v) else number(v, 2))
        for v in (figure.numerator, figure.denominator, figure.unknown)
    ]
    return [
        f"{clean(figure.name)}\n{counted_of(figure, language)}",
        goal,
        *numbers,
        share_of(figure, language),
        verdict_of(figure, language),
        short_of(figure, language),
        _pace(figure),
    ]


def _pace(figure: Figure) -> str:
    """Return what a month is needed, and seen, in the target's own count."""
    if figure.verdict == Verdict.MET or absent(figure.pace_needed) or not short_of(figure, "en"):
        return ""
    seen = "" if absent(figure.pace_seen) else f" ({number(figure.pace_seen, 1)})"
    return f"{number(figure.pace_needed, 1 if figure.pace_needed >= 10 else 2)}{seen}"


def _changes(report: Report) -> dict[str, Any] | None:
    if not report.changes:
        return None
    language = report.language
    return {
        "head": say("changes", language, day=day(report.since, language)),
        "columns": _heads(language, "target before now change"),
        "rows": [_change(c, language) for c in report.changes],
    }


def _change(change: Change, language: str) -> list[str]:
    """Return then, now and what changed; where the two cannot be compared, why, and no difference."""
    figure = change.figure
    then = replace(figure, numerator=change.numerator, denominator=change.denominator, share=change.share)
    now, before = (_told(f, language) for f in (figure, replace(then, value=change.value)))
    if change.broken:
        told = say("broken", language, why=say(f"broken_{change.broken}", language))
    else:
        told = _gained(change) or say("same", language)
    return [clean(figure.name), before, now, told]


def _gained(change: Change) -> str:
    """Return what was gained (+) or lost, in whole ones for counts; "" where nothing was."""
    figure = change.figure
    gained = figure.value - change.value
    if figure.how == "computed" and figure.basis == Basis.AREA:
        gained = (figure.numerator - change.numerator) / 1e6
    elif figure.how == "computed":
        gained = math.floor(round(figure.numerator, 9)) - math.floor(round(change.numerator, 9))
    return f"{'+' if gained > 0 else ''}{number(gained, 2)}" if gained else ""


def _told(figure: Figure, language: str) -> str:
    """Return a figure in one line: counts and share, or a reported value."""
    if figure.how != "computed":
        return f"{number(figure.value, 2)} {unit_word(figure.unit, language)}".strip()
    if absent(figure.denominator):
        return "–"
    counts = f"{amount(figure.numerator, figure.basis)} / {amount(figure.denominator, figure.basis)}"
    return f"{counts} ({percent(figure.share)})"


def _caption(report: Report, target: Figure | None) -> str:
    if target is None or not report.below_level:
        return ""
    words = {
        "target": target.name,
        "day": day(report.origin.as_of, report.language),
        "level": report.below_level,
    }
    return say("map_caption", report.language, **words)


def _alt(report: Report, target: Figure | None, legend: str) -> str:
    name = target.name if target else str(report.unit["name"])
    return say("map_alt", report.language, place=str(report.unit["name"]), target=name, legend=legend)


def _below(report: Report, n: _Numbering) -> dict[str, Any] | None:
    """Return the list of the units below, weakest first."""
    if not report.below:
        return None
    language, shown = report.language, report.below[:MOST_ROWS]
    more = len(report.below) - len(shown)
    return {
        "head": say("below", language, n=n.of("below"), level=report.below_level),
        "columns": [*_heads(language, "name code"), *(_called(f, report) for f in report.headline)],
        "rows": [_below_row(b, report, language) for b in shown],
        "note": say("short_list", language, shown=number(len(shown)), all=number(len(report.below)))
        if more
        else "",
    }


def _called(figure: Figure, report: Report) -> str:
    """Return what heads a column of the units below: the target, or for units that it does not count its service."""
    statuses = any(b.cells[report.headline.index(figure)].status for b in report.below)
    return clean(figure.service_name if statuses and figure.level != report.below_id else figure.name)


def _below_row(below: Below, report: Report, language: str) -> list[str]:
    cells = [cell_of(c, f.basis, language) for c, f in zip(below.cells, report.headline, strict=True)]
    return [clean(below.name), clean(below.code), *cells]


def _sign(report: Report) -> dict[str, Any]:
    """Return the block to be signed; where not enough is known, the reason why there is none."""
    language, open_ = report.language, report.not_enough
    if open_:
        gap = "、" if language == "zh" else ", "
        what = gap.join(clean(f.name) for f in open_)
        return {"fields": [], "refused": say("unsigned", language, what=what[:600])}
    keys = ("by", "statistics", "head", "phone", "day", "seal")
    return {"fields": [say(f"signed_{k}", language) for k in keys], "refused": ""}
