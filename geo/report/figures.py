"""Figures in words: counts, shares, goals and verdicts as the report writes them."""

from __future__ import annotations

import io
import math

import pandas as pd

from geo.export.comma import write_csv
from geo.report.model import Cell, Figure, Report
from geo.report.words import clean, say, unit_word
from geo.terms import Basis, SettlementClass, Status, Verdict
from geo.wording import SIGNS, absent, day, distance, number, percent


def goal_of(figure: Figure, language: str) -> str:
    """Return a goal with its unit: >85 %."""
    return f"{clean(figure.threshold)} {unit_word(figure.unit, language)}".strip()


def verdict_of(figure: Figure, language: str) -> str:
    """Return the verdict in words; where too much is unknown, that not enough is known."""
    if not figure.enough_known:
        return say("not_enough", language)
    return Verdict.of(figure.verdict).word(language)


def amount(value: float, basis: str) -> str:
    """Return a covered, unknown or whole number as people count: areas in km², all else cut to whole ones.

    A number that lacks a little of a whole one is not rounded up to it: 16,681.9997 homes are 16,681.
    """
    if absent(value):
        return number(value)
    if basis == Basis.AREA:
        return f"{number(value / 1e6, 2)} km²"
    return number(math.floor(round(value, 9)))


def short_of(figure: Figure, language: str) -> str:
    """Return what is still to connect; "" where nothing is, or nothing can be said."""
    if figure.verdict == Verdict.MET or absent(figure.shortfall) or not figure.counted:
        return ""
    if figure.unit != "percent":
        return f"{number(figure.shortfall, 2)} {unit_word(figure.unit, language)}".strip()
    if figure.basis == Basis.AREA:
        return amount(figure.shortfall, figure.basis)
    return number(math.ceil(round(figure.shortfall, 9)))


def counted_of(figure: Figure, language: str) -> str:
    """Return what a target counts, or that its value was reported and when."""
    if figure.how != "computed":
        return say("reported", language, day=day(figure.value_date, language))
    basis = Basis.of(figure.basis).word(language)
    if figure.klass == SettlementClass.ALL:
        return say("counts", language, what=basis)
    gap = "" if language == "zh" else " "
    return say("counts", language, what=f"{SettlementClass.of(figure.klass).word(language)}{gap}{basis}")


def share_of(figure: Figure, language: str) -> str:
    """Return a share, with its least and greatest where some is unknown; a value that is no share with its unit."""
    if not figure.counted:
        return ""
    if figure.unit != "percent":
        return f"{number(figure.value, 2)} {unit_word(figure.unit, language)}".strip()
    if figure.how == "computed" and figure.unknown > 0:
        low, high = percent(figure.share_low).removesuffix(" %"), percent(figure.share_high)
        return f"{percent(figure.share)}\n{say('low_high', language, low=low, high=high)}"
    return percent(figure.share)


def cell_of(cell: Cell, basis: str, language: str) -> str:
    """Return a unit's own status (with the way to the nearest plant where it is not covered), or its counts."""
    if not cell.there:
        return "–"
    if cell.status:
        status = Status.of(cell.status)
        told = f"{SIGNS[status]} {status.word(language)}"
        if status is Status.COVERED or absent(cell.nearest_m):
            return told
        return say("below_status", language, status=told, distance=distance(cell.nearest_m, language))
    counts = {k: amount(getattr(cell, k), basis) for k in ("numerator", "denominator")}
    lines = [f"{say('below_counts', language, **counts)} ({percent(cell.share)})"]
    if cell.unknown > 0:
        lines.append(say("below_unknown", language, unknown=amount(cell.unknown, basis)))
    return "\n".join(lines)


def figures_csv(report: Report) -> str:
    """Return every figure in full, as CSV: what the paper carries inside."""
    columns = (
        "target_id", "name", "how", "level", "service", "basis", "klass", "verdict", "numerator", "unknown",
        "denominator", "share", "share_low", "share_high", "value", "unit", "threshold", "due", "shortfall",
        "pace_needed", "pace_seen", "value_date", "source",
    )  # fmt: skip
    rows = [[getattr(f, c) for c in columns] for f in report.figures]
    out = io.BytesIO()
    write_csv(pd.DataFrame(rows, columns=["class" if c == "klass" else c for c in columns]), out)
    return out.getvalue().decode("utf-8")
