"""Page: the report as one HTML file that prints as it stands: no script, no request, every text escaped."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from geo.atlas import Atlas
from geo.report.content import content_of
from geo.report.fonts import SCREEN
from geo.report.model import Report
from geo.report.qr import qr_svg

if TYPE_CHECKING:
    from jinja2 import Template


def page(atlas: Atlas, report: Report) -> str:
    """Return the page: the paper's content in one file, its map and QR code inside."""
    from markupsafe import Markup

    content = content_of(atlas, report, font=SCREEN)
    content["map"]["svg"] = Markup(content["map"]["svg"])  # noqa: S704  our own drawing, its texts escaped
    content["qr"] = Markup(qr_svg(content["qr_text"]))  # noqa: S704  as above
    return _template().render(d=content, fonts=SCREEN)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    source = files("geo.report").joinpath("page.html").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(source)
