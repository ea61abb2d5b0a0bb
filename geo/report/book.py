"""Book: the report as a workbook: figures, units below, every counted unit, sources, about."""

from __future__ import annotations

from typing import Any

import numpy as np

from geo.atlas import Atlas
from geo.export.columns import Column, column, word
from geo.export.sheet import Sheet, workbook
from geo.export.tables import STATUS
from geo.export.write import marked
from geo.report.content import content_of
from geo.report.figures import verdict_of
from geo.report.fonts import SCREEN
from geo.report.model import Figure, Report, headline_targets
from geo.report.words import say
from geo.terms import Kind

_FIGURES = (
    "target", "target_id", "how", "counted_level", "service", "basis", "class", "verdict", "numerator", "unknown",
    "denominator", "share", "share_low", "share_high", "value", "unit", "threshold", "due", "shortfall",
    "pace_needed", "pace_seen", "value_date", "source",
)  # fmt: skip
_CALLED = {"target": "name", "counted_level": "level", "class": "klass"}


def book(atlas: Atlas, report: Report) -> bytes:
    """Return the workbook; numbers in full, shares as 0 to 1, unknown as an empty cell and the word unknown."""
    language = report.language
    content = content_of(atlas, report, font=SCREEN)
    sheets = [_figures(report), *_lists(atlas, report)]
    method = Column("text", say("method_only", language), "", "text")
    sources = Column("text", say("sources_only", language), "", "text")
    about = Column("text", say("about_only", language), "", "text")
    sheets += [
        Sheet(method.head, [method], [[t] for t in content["sources"]["method"]]),
        Sheet(sources.head, [sources], [[t] for t in content["sources"]["lines"]]),
        Sheet(about.head, [about], [[t] for t in _about(content)]),
    ]
    return workbook(sheets, title=content["title"], notice=marked(report.origin), made=report.origin.as_of)


def _about(content: dict[str, Any]) -> list[str]:
    keys = ("title", "place", "sentence", "mark", "notice", "hash", "check")
    return [content[k] for k in keys if content[k]]


def _figures(report: Report) -> Sheet:
    language = report.language
    heads = [column(c, language) for c in _FIGURES]
    rows = [[_value(f, c, language) for c in _FIGURES] for f in report.figures]
    if report.origin.simulated:
        heads.append(column("data", language))
        rows = [[*r, word("data", Kind.SIMULATED.value, language)] for r in rows]
    return Sheet("指标" if language == "zh" else "figures", heads, rows)


def _value(figure: Figure, name: str, language: str) -> Any:
    if name == "verdict":
        return verdict_of(figure, language)
    value = getattr(figure, _CALLED.get(name, name))
    return word(name, value, language) if name in ("basis", "class") else value


def _lists(atlas: Atlas, report: Report) -> list[Sheet]:
    """Return a sheet of every counted level inside, each unit with its status, in the order of units."""
    ids = [x["id"] for x in atlas.levels]
    mine = ids.index(str(report.unit["level"]))
    mains = headline_targets(atlas.manifest["targets"])
    levels = sorted({t["level"] for t in mains if ids.index(t["level"]) > mine}, key=ids.index)
    if report.below:
        levels = sorted({*levels, ids[mine + 1]}, key=ids.index)
    return [_list(atlas, report, level) for level in levels if len(atlas.below(report.position, level))]


def _list(atlas: Atlas, report: Report, level: str) -> Sheet:
    language = report.language
    at = atlas.below(report.position, level)
    units = atlas.units.iloc[at]
    above = atlas.parent[at]
    names = atlas.units["name"].to_numpy()
    columns = [
        column(c, language)
        for c in ("code", "name", "parent_name", "settlement_class", "population", "households")
    ]
    values: list[Any] = [
        list(units["code"]),
        list(units["name"]),
        [names[p] if p >= 0 else "" for p in above],
        [word("settlement_class", c, language) for c in units["settlement_class"]],
        list(units["population"]),
        list(units["households"]),
    ]
    for head, part in _services(atlas, at, report):
        columns.append(head)
        values.append(part)
    if report.origin.simulated:
        columns.append(column("data", language))
        values.append([word("data", Kind.SIMULATED.value, language)] * len(at))
    name = next(x["name"][language] for x in atlas.levels if x["id"] == level)
    for sign in "[]:*?/\\":
        name = name.replace(sign, " ")
    return Sheet(name[:31], columns, list(zip(*values, strict=True)))


def _services(atlas: Atlas, at: np.ndarray, report: Report) -> list[tuple[Column, list[Any]]]:
    """Return for each main connection status and way to the nearest plant, or the counts of what is inside."""
    language, out = report.language, []
    ids = [x["id"] for x in atlas.levels]
    depth = ids.index(str(atlas.units.at[int(at[0]), "level"]))
    for target in headline_targets(atlas.manifest["targets"]):
        title, service, operator = target["name"][language], target["service"], target["operator"]

        def head(name: str, title: str = title) -> Column:
            own = column(name, language)
            return Column(
                name,
                f"{title}: {own.head}" if language == "en" else f"{title}：{own.head}",
                own.unit,
                own.kind,
            )

        if depth < ids.index(target["level"]):
            counts = atlas.counts(
                at, service, operator, level=target["level"], basis=target["basis"], klass=target["class"]
            ).reindex(at)
            names = ("numerator", "unknown", "denominator", "share", "share_low", "share_high")
            out += [(head(c), list(counts[c])) for c in names]
            continue
        status = atlas.status(service, operator)[at]
        if status.any():
            out.append((head("status"), [word("status", s, language) for s in STATUS[status]]))
            out.append((head("nearest_m"), list(atlas.fact_column(service, operator, "nearest_m")[at])))
    return out
