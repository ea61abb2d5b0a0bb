"""Document: a report in the format that is asked for."""

from __future__ import annotations

from geo.atlas import Atlas
from geo.export.formats import ReportFormat
from geo.report.model import Report


def document(atlas: Atlas, made: Report, form: ReportFormat) -> bytes:
    """Return a report in a format."""
    if form is ReportFormat.PDF:
        from geo.report.paper import paper

        return paper(atlas, made)
    if form is ReportFormat.HTML:
        from geo.report.page import page

        return page(atlas, made).encode()
    from geo.report.book import book

    return book(atlas, made)
