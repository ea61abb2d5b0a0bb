"""Paper: the report as a PDF that an official signs; the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from geo.atlas import Atlas
from geo.errors import UsageError
from geo.report.content import content_of
from geo.report.fonts import SETTING, Font, font_of, missing
from geo.report.model import Report
from geo.report.press import pressed, record
from geo.report.qr import qr_svg

#: Missing characters that a message names with the names that they stand in; the rest is counted.
MOST_NAMED = 40


class MissingGlyphs(UsageError):
    """Characters that the font lacks: no paper is made rather than one with boxes for names."""


def paper(atlas: Atlas, report: Report, *, fonts: Path | None = None) -> bytes:
    """Return the PDF of one report; raises as `papers` does."""
    return papers(atlas, [report], fonts=fonts)[0]


def papers(atlas: Atlas, reports: Sequence[Report], *, fonts: Path | None = None) -> list[bytes]:
    """Return the PDF of each report.

    Parameters
    ----------
    fonts
        Folder of the font; else as `geo.report.fonts.font_of` says.

    Raises
    ------
    MissingGlyphs
        Some text has characters that the font lacks; every one is listed.
    UsageError
        There is no font.
    """
    font = font_of(fonts)
    contents = [content_of(atlas, report, font=font.family) for report in reports]
    _check(contents, font)
    for content in contents:
        content |= {"qr": qr_svg(content["qr_text"]), "record": record(font)}
    return pressed(contents, font, reports[0].origin.as_of) if reports else []


def _check(contents: Sequence[dict[str, Any]], font: Font) -> None:
    parts = (part for content in contents for key, part in content.items() if key != "csv")
    texts = (text for part in parts for text in _texts(part))
    lacking = missing(dict.fromkeys(texts), font)
    if not lacking:
        return
    listed = [f"U+{ord(c):04X} {c} in '{where[0][:60]}'" for c, where in lacking.items()]
    more = f" and {len(listed) - MOST_NAMED} more" if len(listed) > MOST_NAMED else ""
    raise MissingGlyphs(
        f"{font.family} lacks {len(listed)} characters: {'; '.join(listed[:MOST_NAMED])}{more}. Nothing was written. "
        f"Name a folder with a font that has them in {SETTING}, or take the page (html) or the workbook (xlsx)."
    )


def _texts(part: Any) -> Iterator[str]:
    """Yield every text of a content that will be set; of a drawing the texts in it."""
    if isinstance(part, str):
        yield _drawn(part) if part.startswith("<svg") else part
    elif isinstance(part, dict):
        for value in part.values():
            yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)


def _drawn(svg: str) -> str:
    from xml.etree import ElementTree as Tree

    return "".join(Tree.fromstring(svg).itertext())  # noqa: S314  our own drawing
